import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitsText } from '../../../src/ss7/digits.ts';
import type { Sgsap } from '../../../src/ss7/message.ts';
import { nasTypeName } from '../../../src/ss7/radio/nas.ts';
import { createSgsap, looksLikeSgsap, readSgsap } from '../../../src/ss7/radio/sgsap.ts';
import { encodeSgsap, type SgsapFields } from '../../../src/ss7/radio/sgsap-encode.ts';
import { SgsapType, sgsapTypeName } from '../../../src/ss7/radio/sgsap-names.ts';
import { DIAMETER } from '../../support/diameter-messages.ts';
import { dispatch } from '../../support/dispatch.ts';
import { hex } from '../../support/frames.ts';
import { data, overIp } from '../../support/sctp.ts';
import * as made from '../../support/sgsap-messages.ts';
import { withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const PORT = 29_118;
const ETHERNET = 1;
const ALL = [...made.PHONE_MESSAGES, ...made.NODE_MESSAGES];
const view = createSgsap();

function read(bytes: Buffer): ReturnType<typeof readSgsap> {
  return readSgsap(bytes, 0, bytes.length, view);
}

const two = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** What a message says, as fields of the encoder; the short message inside by itself. */
function saidOf(sgsap: Sgsap): Record<string, unknown> {
  const { type, area, cell, calling, classmark } = sgsap;
  const said: Record<string, unknown> = { type };
  for (const name of ['imsi', 'imeisv'] as const) if (sgsap[name].count > 0) said[name] = digitsText(sgsap[name]);
  for (const name of ['tmsi', 'cause', 'reject', 'updateType', 'detachType', 'service'] as const)
    if (sgsap[name] >= 0) said[name] = sgsap[name];
  if (calling.count > 0) said.calling = { digits: digitsText(calling), nature: calling.nature };
  if (area.lac >= 0) said.area = { ...networkOf(area), lac: area.lac };
  if (cell.lac >= 0) said.trackingArea = { ...networkOf(cell), tac: cell.lac };
  if (cell.ci >= 0) said.cell = { ...networkOf(cell), ci: cell.ci };
  if (classmark.end > classmark.start) said.classmark2 = classmark.data.subarray(classmark.start, classmark.end);
  return said;
}

function networkOf({ mcc, mnc, mncDigits }: Sgsap['cell']): { mcc: string; mnc: string } {
  return { mcc: two(mcc, 3), mnc: two(mnc, mncDigits) };
}

/** Without what the view shows in another form, or not at all. */
function sayable({ nas: _, oldArea: __, mmeName: ___, vlrName: ____, ...rest }: SgsapFields): Record<string, unknown> {
  return rest;
}

/** Packets of SCTP, one message each. */
const packets = (messages: readonly Buffer[], port = PORT, ppid = 0): Buffer[] =>
  messages.map((payload, index) =>
    overIp({ sourcePort: port, destinationPort: port }, data({ tsn: 1 + index, payload, ppid })),
  );

describe('SGsAP: what is written is what is read', () => {
  test.each(ALL.map(([name, fields], index) => [`${index} ${name}`, name, fields] as const))(
    '%s',
    (_, name, fields) => {
      expect(read(encodeSgsap(fields))).toBeNull();
      expect(sgsapTypeName(view.type)).toBe(name);
      expect(saidOf(view)).toEqual(sayable(fields));
    },
  );

  test('tshark reads the same, and marks nothing as wrong', () => {
    const fields = [
      ...['sgsap.msg_type', 'e212.imsi', 'sgsap.imeisv', 'sgsap.sgs_cause', 'gsm_a.dtap.rej_cause'],
      ...['sgsap.eps_location_update_type', 'sgsap.imsi_det_eps', 'sgsap.imsi_det_non_eps', 'sgsap.service_indicator'],
      ...['gsm_a.tmsi', '3gpp.tmsi', 'gsm_a.dtap.clg_party_bcd_num', 'gsm_a.lac', 'e212.lai.mcc', 'e212.lai.mnc'],
      ...['nas-eps.emm.tai_tac', 'e212.tai.mcc', 'e212.tai.mnc', 'sgsap.eci', 'e212.ecgi.mcc', 'e212.ecgi.mnc'],
      ...['sgsap.mme_name', 'sgsap.vlr_name', 'gsm_a.dtap.msg_sms_type', 'gsm_sms.tp-da', 'gsm_sms.tp-oa'],
      '_ws.expert.message',
    ];
    const bytes = made.bytesOf(ALL);
    const { records } = dispatch(ETHERNET, packets(bytes));
    withCapture(ETHERNET, packets(bytes), (file) => {
      const rows = tsharkFields(file, 'sgsap', fields);
      expect(rows.length).toBe(ALL.length);
      for (const [index, row] of rows.entries()) {
        read(bytes[index]!);
        const record = records[index]!;
        const { nas, area, cell } = view;
        const of = (...names: string[]): string[] => names.flatMap((name) => row[fields.indexOf(name)]!);
        const numbers = (...names: string[]): number[] => of(...names).map(Number);
        const one = (value: number): number[] => (value < 0 ? [] : [value]);
        const text = (value: unknown): unknown[] => (value === undefined ? [] : [value]);
        expect(of('_ws.expert.message')).toEqual([]);
        expect(numbers('sgsap.msg_type')).toEqual([view.type]);
        expect(of('e212.imsi')).toEqual(text(record.imsi));
        expect(of('sgsap.imeisv')).toEqual(text(record.imeisv));
        expect(numbers('sgsap.sgs_cause')).toEqual(one(view.cause));
        expect(numbers('gsm_a.dtap.rej_cause')).toEqual(one(view.reject));
        expect(numbers('sgsap.eps_location_update_type')).toEqual(one(view.updateType));
        expect(numbers('sgsap.imsi_det_eps', 'sgsap.imsi_det_non_eps')).toEqual(one(view.detachType));
        expect(numbers('sgsap.service_indicator')).toEqual(one(view.service));
        expect(numbers('gsm_a.tmsi', '3gpp.tmsi')).toEqual(one(view.tmsi));
        expect(of('gsm_a.dtap.clg_party_bcd_num')).toEqual(text(record.calling));
        expect(numbers('gsm_a.lac').slice(0, 1)).toEqual(one(area.lac));
        const network = (place: Sgsap['cell']): string[] => (place.mcc < 0 ? [] : Object.values(networkOf(place)));
        expect([...of('e212.lai.mcc').slice(0, 1), ...of('e212.lai.mnc').slice(0, 1)]).toEqual(network(area));
        expect(numbers('nas-eps.emm.tai_tac')).toEqual(one(cell.lac));
        expect(of('e212.tai.mcc', 'e212.tai.mnc')).toEqual(network(cell));
        expect(numbers('sgsap.eci')).toEqual(one(cell.ci));
        expect(of('e212.ecgi.mcc', 'e212.ecgi.mnc')).toEqual(network(cell));
        expect(of('sgsap.mme_name')).toEqual(text(record.origin_host));
        expect(of('sgsap.vlr_name')).toEqual(text(record.vlr));
        expect(numbers('gsm_a.dtap.msg_sms_type')).toEqual(one(nas.type));
        expect(of('gsm_sms.tp-da', 'gsm_sms.tp-oa')).toEqual(text(record.sms_address));
      }
    });
  });
});

describe('elements of SGsAP', () => {
  const with_ = (...octets: string[]): Buffer =>
    Buffer.concat([encodeSgsap({ type: 9, imsi: made.IMSI }), ...octets.map(hex)]);

  test('a cell before its tracking area, and without it', () => {
    expect(read(with_('24 07 64f000 0123 3405', '23 05 64f000 6001'))).toBeNull();
    expect(saidOf(view)).toMatchObject({
      trackingArea: made.TRACKING_AREA,
      cell: { mcc: '460', mnc: '00', ci: 0x0123_3405 },
    });
    read(with_('24 07 130014 f123 3405'));
    expect(saidOf(view)).toEqual({ type: 9, imsi: made.IMSI, cell: { mcc: '310', mnc: '410', ci: 0x0123_3405 } });
  });

  test('a tracking area and a cell with octets behind them', () => {
    expect(read(with_('23 07 64f000 6001 0000', '24 09 64f000 0012 3405 0000'))).toBeNull();
    expect(saidOf(view)).toMatchObject({ trackingArea: made.TRACKING_AREA, cell: made.CELL });
  });

  test.each([
    ['an area of four octets', '04 04 64f00018'],
    ['a tracking area of fillers', '23 05 ffffff 0001'],
    ['a cell of fillers', '24 07 ffffff 00000001'],
    ['a TMSI of three octets', '03 03 010203'],
    ['an IMSI in place of a TMSI', '0e 08 4906001032547698'],
    ['an element that no standard has', '7f 02 0102'],
    ['causes of no octets', '08 00 0f 00 0a 00'],
  ])('%s: passed over', (_, octets) => {
    expect(read(with_(octets))).toBeNull();
    expect(saidOf(view)).toEqual({ type: 9, imsi: made.IMSI });
  });
});

describe('SGsAP cut short or wrong', () => {
  test('every message at every length: what was there stays, and nothing else is said', () => {
    for (const [, fields] of ALL) {
      const bytes = encodeSgsap(fields);
      const whole = sayable(fields);
      for (let length = 0; length < bytes.length; length++) {
        readSgsap(Buffer.from(bytes.subarray(0, length)), 0, length, view);
        if (length > 0)
          for (const [name, value] of Object.entries(saidOf(view)))
            expect({ [name]: value }).toEqual({ [name]: whole[name] });
      }
    }
  });

  test.each([
    ['nothing', '', 0, 'message type'],
    ['half an element', '0901', 1, 'element length'],
    ['an element longer than the message', '0901 08 49060010', 3, 'element length'],
  ])('%s', (_, octets, offset, reason) => {
    expect(read(hex(octets))).toMatchObject({ layer: 'sgsap', offset, reason });
  });

  test('a short message that is cut is read as far as it goes', () => {
    const bytes = encodeSgsap({ type: SgsapType.uplinkUnitdata, imsi: made.IMSI, nas: made.submit() });
    expect(readSgsap(bytes, 0, bytes.length - 5, view)).not.toBeNull();
    expect([nasTypeName(view.nas), view.nas.rpType]).toEqual(['cpData', 0]);
  });

  test('random octets never throw, and what is read lies in them', () => {
    const message = fc.constantFrom(...made.bytesOf(ALL));
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(message, changes, (original, changed) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changed) bytes[at % bytes.length] = value;
        read(bytes);
        for (const { start, end } of [view.mmeName, view.vlrName, view.classmark])
          expect(start >= 0 && start <= end && end <= bytes.length).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('SGsAP in captures', () => {
  const phones = made.bytesOf(made.PHONE_MESSAGES);
  const names = made.PHONE_MESSAGES.map(([name]) => name);

  test('what is about a phone, whatever port and payload protocol identifier say', () => {
    for (const [port, ppid] of [
      [PORT, 0],
      [2905, 0],
      [3868, 46],
      [36_412, 18],
      [9999, 3],
      [PORT, 0x0100_0000],
    ] as const) {
      const { records, counters } = dispatch(ETHERNET, packets(phones, port, ppid));
      expect(records.map(({ protocol, type }) => [protocol, type])).toEqual(names.map((name) => ['sgsap', name]));
      expect(counters.messages.get('sgsap')).toBe(phones.length);
      expect(counters.anomalies.size).toBe(0);
    }
  });

  test('what is about no phone, on its port alone', () => {
    const nodes = made.bytesOf(made.NODE_MESSAGES);
    expect(dispatch(ETHERNET, packets(nodes)).records.map(({ type }) => type)).toEqual(
      made.NODE_MESSAGES.map(([name]) => name),
    );
    expect(dispatch(ETHERNET, packets(nodes, 2905)).records).toEqual([]);
  });

  test('records', () => {
    const { records } = dispatch(ETHERNET, packets(phones));
    expect(records[names.indexOf('locationUpdateRequest')]).toMatchObject({
      ...{ protocol: 'sgsap', imsi: made.IMSI, imeisv: made.IMEISV, origin_host: made.MME_NAME, lu_type: 1 },
      ...{ location_area: '460-00-6151', cell: '460-00-24577-1192965', lac: 24_577, source: '10.0.0.1:29118' },
    });
    expect(records[names.indexOf('locationUpdateAccept')]).toMatchObject({
      tmsi: '80000001',
      location_area: '460-00-6151',
    });
    expect(records[names.indexOf('uplinkUnitdata')]).toMatchObject({
      ...{
        operation: 'cpData',
        sms_address: made.NUMBER,
        sms_length: 20,
        service_centre: '8613800100500',
        classmark: '5759a1',
      },
    });
  });

  test('messages of the others on SCTP stay theirs', () => {
    const diameter = DIAMETER.map(([, , bytes]) => bytes);
    for (const ppid of [46, 0]) {
      const { records } = dispatch(ETHERNET, packets(diameter, PORT, ppid));
      expect(records.map(({ protocol }) => protocol)).toEqual(diameter.map(() => 'diameter'));
    }
    // An initial UE message of S1AP, a reset of RANAP in RUA, a MEGACO in text.
    const s1ap = hex('000c 4048 0000 0500 0800 0200 01');
    expect(dispatch(ETHERNET, packets([s1ap], 36_412, 18)).counters.messages.get('not decoded s1ap')).toBe(1);
    for (const octets of [
      '000c4048000005000800020001',
      '21 2f31',
      '01000304 00000008',
      '09 01 08 49 06 00 10 32 54 76',
    ]) {
      expect(looksLikeSgsap(hex(octets), 0, hex(octets).length, false)).toBe(false);
      expect(dispatch(ETHERNET, packets([hex(octets)], 2905)).records).toEqual([]);
    }
  });

  test.each([
    ['a type that is none', '03 01 08 4906001032547698'],
    ['an IMSI of three octets', '09 01 03 490600'],
    ['an IMSI of nine octets', '09 01 09 490600103254769810'],
    ['an IMEI', '09 01 08 4a06001032547698'],
    ['a digit that is none', '09 01 08 49060010325476a8'],
    ['an even number of digits without a filler', '09 01 08 4106001032547698'],
    ['an element that is none', '09 01 08 4906001032547698 2f 00'],
    ['an element that goes over the end', '09 01 08 4906001032547698 04 05 64f00018'],
    ['half an element', '09 01 08 4906001032547698 04'],
    ['another element first', '09 09 08 4906001032547698'],
  ])('not by content: %s', (_, octets) => {
    const bytes = hex(octets);
    expect(looksLikeSgsap(bytes, 0, bytes.length, false)).toBe(false);
  });

  test('by content where the capture kept the beginning alone', () => {
    const [bytes] = phones.slice(names.indexOf('locationUpdateRequest'));
    for (let length = 11; length < bytes!.length; length++) expect(looksLikeSgsap(bytes!, 0, length, true)).toBe(true);
    for (let length = 0; length < 11; length++) expect(looksLikeSgsap(bytes!, 0, length, true)).toBe(false);
  });
});
