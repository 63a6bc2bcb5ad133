import { describe, expect, test } from 'vitest';
import { digitsText } from '../../../src/ss7/digits.ts';
import { encodeIsup } from '../../../src/ss7/isup/isup-encode.ts';
import { readM2pa } from '../../../src/ss7/link/m2pa.ts';
import { encodeM2pa } from '../../../src/ss7/link/m2pa-encode.ts';
import { encodeM2ua } from '../../../src/ss7/link/m2ua-encode.ts';
import { encodeM3ua } from '../../../src/ss7/link/m3ua-encode.ts';
import { encodeMtp2 } from '../../../src/ss7/link/mtp2-encode.ts';
import { createMsu } from '../../../src/ss7/link/mtp3.ts';
import { encodeMtp3 } from '../../../src/ss7/link/mtp3-encode.ts';
import { encodeParameter, encodeSigtran } from '../../../src/ss7/link/sigtran-encode.ts';
import { Ss7Variant } from '../../../src/ss7/message.ts';
import { createSccp } from '../../../src/ss7/sccp/sccp.ts';
import { encodeSccp } from '../../../src/ss7/sccp/sccp-encode.ts';
import { SuaReader } from '../../../src/ss7/sccp/sua.ts';
import { encodeCldt, encodeSuaConnection, type SuaAddress } from '../../../src/ss7/sccp/sua-encode.ts';
import { encodeInvoke, encodeTcap } from '../../../src/ss7/tcap/tcap-encode.ts';
import { Association, dispatch } from '../../support/dispatch.ts';
import { frame, hex } from '../../support/frames.ts';
import { withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const ETHERNET = 1;
const MTP2 = 140;
const MTP3 = 141;
const number = (digits: string) => ({ digits, nature: 4 });
const iam = encodeIsup({ type: 'IAM', cic: 77, called: number('8613800000001'), calling: number('8613900000002') });
const rel = encodeIsup({ type: 'REL', cic: 77, cause: 16 });
const begin = encodeTcap({ type: 'begin', originating: 0x01020304, components: [encodeInvoke(1, 59, hex('3000'))] });
const udt = encodeSccp({ type: 'UDT', called: { ssn: 6 }, calling: { ssn: 7 }, data: begin });
const label = { networkIndicator: 2, opc: 4711, dpc: 815, sls: 5 };
const isupLabel = { ...label, serviceIndicator: 5 };
const IAM = { protocol: 'isup', type: 'IAM', opc: 4711, dpc: 815, cic: 77, called: '8613800000001' };
const SEGMENT = { first: true, remaining: 5, reference: 0x01_2345 };
const itu = (user: Buffer, serviceIndicator = 5): Buffer =>
  encodeMtp3({ ...label, variant: Ss7Variant.itu, serviceIndicator }, user);

/** Records of single SCTP payloads. */
function read(...payloads: [payload: Buffer, ppid?: number][]) {
  const association = new Association();
  return dispatch(
    ETHERNET,
    payloads.map(([payload, ppid]) => association.packet(payload, ppid)),
  );
}

test('a message of TCAP with several components is one message', () => {
  const components = [1, 2, 3].map((id) => encodeInvoke(id, 59, hex('3000')));
  const data = encodeTcap({ type: 'begin', originating: 9, components });
  const { records, counters } = dispatch(MTP3, [
    itu(udt, 3),
    itu(encodeSccp({ type: 'UDT', called: { ssn: 6 }, calling: { ssn: 7 }, data }), 3),
  ]);
  expect(records).toHaveLength(4);
  expect([counters.messages.get('map'), counters.messages.get('ss7')]).toEqual([2, 2]);
});

describe('M3UA', () => {
  test('every protocol data parameter of a message is a message', () => {
    const { records, counters } = read([
      encodeM3ua(isupLabel, [iam, rel], { networkAppearance: 1, routingContext: 2 }),
    ]);
    expect(records).toMatchObject([IAM, { type: 'REL', cic: 77, cause: 16 }]);
    expect(counters.messages.get('isup')).toBe(2);
    expect(counters.messages.get('ss7')).toBe(2);
  });

  test('one association carries ISUP and SCCP together', () => {
    const { records } = read([encodeM3ua(isupLabel, [iam])], [encodeM3ua({ ...label, serviceIndicator: 3 }, [udt])]);
    expect(records).toMatchObject([
      IAM,
      {
        protocol: 'map',
        type: 'begin',
        otid: '01020304',
        component: 'invoke',
        opcode: 59,
        called_ssn: 6,
        calling_ssn: 7,
      },
    ]);
  });

  test.each([0, 0x03000000, 99, 2, 5])(
    'is told by its contents where the payload protocol identifier is %i',
    (ppid) => {
      expect(read([encodeM3ua(isupLabel, [iam]), ppid]).records).toMatchObject([IAM]);
    },
  );

  test('a message whose length leaves the padding of its last parameter out, and one without padding', () => {
    const acm = encodeIsup({ type: 'ACM', cic: 77, calledStatus: 1 });
    const whole = encodeM3ua(isupLabel, [acm]);
    const padding = (4 - ((12 + acm.length) % 4)) % 4;
    expect(padding).toBeGreaterThan(0);
    const short = Buffer.from(whole);
    short.writeUInt32BE(whole.length - padding, 4);
    for (const bytes of [short, short.subarray(0, whole.length - padding), whole.subarray(0, whole.length - padding)]) {
      const { records } = read([bytes]);
      expect(records).toMatchObject([{ type: 'ACM', cic: 77 }]);
      expect(records[0]).not.toHaveProperty('stop');
    }
  });

  test('drafts: the MTP3 message by itself (tags 2 and 3), behind its length, and the fields of the RFC under tag 3', () => {
    const mtp3 = itu(iam);
    const fields = Buffer.concat([hex('00001267 0000032f 05020005'), iam]);
    for (const parameter of [
      encodeParameter(2, mtp3),
      encodeParameter(3, mtp3),
      encodeParameter(3, Buffer.concat([Buffer.of(mtp3.length), mtp3])),
      encodeParameter(3, fields),
    ]) {
      expect(read([encodeSigtran(1, 1, [encodeParameter(1, hex('00000001')), parameter])]).records).toMatchObject([
        IAM,
      ]);
    }
  });

  test('management, state and traffic maintenance are passed over', () => {
    for (const messageClass of [0, 2, 3, 4, 9]) {
      const { records, counters } = read([encodeSigtran(messageClass, 1, [encodeParameter(0x0d, hex('00010002'))])]);
      expect(records).toEqual([]);
      expect(counters.anomalies.size).toBe(0);
    }
  });

  test('on TCP, in segments that cut it anywhere, joined midway too', () => {
    const stream = Buffer.concat([
      encodeM3ua(isupLabel, [iam]),
      encodeM3ua(isupLabel, [rel]),
      encodeM3ua(isupLabel, [iam]),
    ]);
    const segment = (at: number, bytes: Buffer, flags = 'A'): Buffer =>
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(40000, 2905, { sequence: at, flags }).data(bytes).bytes();
    for (let cut = 1; cut < stream.length; cut += 7) {
      const syn = segment(99, Buffer.alloc(0), 'S');
      const whole = [syn, segment(100, stream.subarray(0, cut)), segment(100 + cut, stream.subarray(cut))];
      expect(dispatch(ETHERNET, whole).records.map(({ type }) => type)).toEqual(['IAM', 'REL', 'IAM']);
    }
    // On any port, by content.
    const elsewhere = frame()
      .ethernet()
      .ipv4('10.0.0.1', '10.0.0.2')
      .tcp(40000, 7777, { sequence: 100 })
      .data(stream)
      .bytes();
    expect(dispatch(ETHERNET, [elsewhere]).records.map(({ type }) => type)).toEqual(['IAM', 'REL', 'IAM']);
    const midway = [segment(500, stream.subarray(30))];
    expect(dispatch(ETHERNET, midway).records.map(({ type }) => type)).toEqual(['REL', 'IAM']);
  });

  test('on TCP, bytes that are no message are gone past, to the next that is one', () => {
    const messages = [iam, rel].map((user) => encodeM3ua(isupLabel, [user]));
    const noise = hex('01ff 0101 00000000 01000101');
    const stream = Buffer.concat([messages[0]!, noise, messages[1]!]);
    const packets = [
      [99, Buffer.alloc(0), 'S'],
      [100, stream.subarray(0, 70), 'A'],
      [170, stream.subarray(70), 'A'],
    ] as const;
    const { records } = dispatch(
      ETHERNET,
      packets.map(([sequence, bytes, flags]) =>
        frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(40000, 2905, { sequence, flags }).data(bytes).bytes(),
      ),
    );
    expect(records.map(({ type }) => type)).toEqual(['IAM', 'REL']);
  });

  test('cut at every length: what is there is read, nothing throws', () => {
    const bytes = encodeM3ua(isupLabel, [iam]);
    for (let length = 0; length < bytes.length; length++) {
      const { records } = read([bytes.subarray(0, length)]);
      expect(records.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('M2PA, M2UA, SUA', () => {
  test('M2PA of the RFC and of draft 2; acknowledgements and link status are passed over', () => {
    const mtp3 = itu(iam);
    const draft = Buffer.concat([hex('0100 0601 00000000 0001 0002'), Buffer.of(mtp3.length), mtp3]);
    draft.writeUInt32BE(mtp3.length + 1, 4);
    const { records, counters } = read(
      [encodeM2pa(1, 2, mtp3), 5],
      [draft, 5],
      [encodeM2pa(1, 2, Buffer.alloc(0)), 5],
      [hex('01000b02 00000014 00ffffff 00ffffff 00000009'), 5],
    );
    expect(records).toMatchObject([IAM, IAM]);
    expect(counters.anomalies.size).toBe(0);
  });

  test('M2PA cut at every length: the message as far as it is there, or how much more there should be', () => {
    const mtp3 = itu(iam);
    const whole = encodeM2pa(1, 2, mtp3);
    const out = { data: whole, start: 0, end: 0 };
    for (let length = 0; length <= whole.length; length++) {
      const read = readM2pa(whole, 0, length, out);
      if (length < 8) expect(read).toMatchObject({ need: 8, have: length, reason: 'common header' });
      // Sequence numbers of 8 bytes and a priority stand before the message.
      else if (length <= 17) expect(read).toMatchObject({ need: whole.length, have: length, reason: 'message length' });
      else expect([read, out.data.subarray(out.start, out.end)]).toEqual([true, mtp3.subarray(0, length - 17)]);
    }
  });

  test('M2UA data 1, and data 2 behind a length indicator', () => {
    const mtp3 = itu(iam);
    const second = encodeSigtran(6, 1, [encodeParameter(0x0301, Buffer.concat([Buffer.of(mtp3.length), mtp3]))]);
    const { records } = read([encodeM2ua(7, mtp3), 2], [second, 2], [encodeSigtran(6, 2, []), 2]);
    expect(records).toMatchObject([IAM, IAM]);
  });

  test('SUA stands for SCCP: connectionless with titles, connections by reference', () => {
    const called = { title: '8613800000001', ssn: 6 };
    const calling = { title: '861390000000', pointCode: 815, ssn: 7 };
    const dtap = hex('010003 050802');
    const { records } = read(
      [encodeCldt(called, calling, begin), 4],
      [encodeSuaConnection(1, { source: 9 }, { pointCode: 100, ssn: 254 }, dtap), 4],
      [encodeSuaConnection(8, { destination: 9 }, null, dtap), 4],
      [encodeSuaConnection(4, { source: 8, destination: 9 }, null, null), 4],
    );
    expect(records).toMatchObject([
      {
        protocol: 'map',
        called_gt: '8613800000001',
        calling_gt: '861390000000',
        calling_ssn: 7,
        opc: 815,
        otid: '01020304',
      },
      { protocol: 'bssap', connection: '10.0.0.1:2905:9', called_ssn: 254, dpc: 100 },
      { protocol: 'bssap', connection: '10.0.0.2:2905:9' },
      { protocol: 'sua', type: 'RLSD', connection: '10.0.0.1:2905:8 10.0.0.2:2905:9' },
    ]);
  });

  test('SUA whose title is cut off has no title: its beginning is another one', () => {
    const digits = '8613900000001';
    const whole = encodeCldt({ ssn: 6, title: digits }, { ssn: 7, title: digits }, hex('6200'));
    const msu = createMsu();
    const sccp = createSccp();
    const titles = new Set<string | null>();
    for (let length = 8; length < whole.length; length++) {
      new SuaReader(msu, sccp).read(whole, 0, length);
      titles.add(digitsText(sccp.called.title)).add(digitsText(sccp.calling.title));
    }
    expect([...titles].sort()).toEqual([digits, null]);
  });

  test('SUA in segments is one message, whatever their order; one that is seen twice counts once', () => {
    const segments = (reference: number, calling: SuaAddress): Buffer[] => {
      const cuts = [0, 7, 8, begin.length];
      return [2, 1, 0].map((remaining, index) =>
        encodeCldt({ ssn: 6 }, calling, begin.subarray(cuts[index], cuts[index + 1]), {
          ...{ first: index === 0, remaining, reference },
        }),
      );
    };
    const [one, two, three] = segments(0xabcdef, { title: '8613900000002', ssn: 7 });
    const [other] = segments(0xabcdef, { title: '8613900000003', ssn: 7 });
    const sequence = [two!, other!, one!, one!, three!];
    const { records, counters } = read(...sequence.map((bytes): [Buffer, number] => [bytes, 4]));
    expect(records).toMatchObject([
      ...[{ protocol: 'sua', type: 'UDT' }, { protocol: 'sua' }, { protocol: 'sua' }, { protocol: 'sua' }],
      { protocol: 'map', otid: '01020304', operation: 'processUnstructuredSS-Request', calling_gt: '8613900000002' },
    ]);
    expect(counters.anomalies.size).toBe(0);
    // In one piece: nothing remains after the first.
    const whole = encodeCldt({ ssn: 6 }, { ssn: 7 }, begin, { first: true, remaining: 0, reference: 1 });
    expect(read([whole, 4]).records).toMatchObject([{ protocol: 'map', otid: '01020304' }]);
    // A connection of class 3 says whether more follows in the next.
    const dtap = hex('010003 050802');
    const parts = [dtap.subarray(0, 2), dtap.subarray(2)];
    const connection = parts.map((part, index): [Buffer, number] => [
      encodeSuaConnection(8, { destination: 9 }, null, part, index === 0),
      4,
    ]);
    expect(read(...connection).records).toMatchObject([
      { protocol: 'sua', type: 'DT1' },
      { protocol: 'bssap', type: 'locationUpdatingRequest' },
    ]);
  });

  test('IPA of base stations is counted by name, each message once wherever TCP cuts it', () => {
    // Length 2, protocol (0 RSL, 255 OML, 254 its own), contents.
    const stream = hex('0003 00 aabbcc 0001 ff 00 0001 fe 01 0002 00 0102');
    for (let cut = 3; cut < stream.length; cut++) {
      const packets = [stream.subarray(0, cut), stream.subarray(cut)].map((bytes, index) =>
        frame()
          .ethernet()
          .ipv4('10.0.0.1', '10.0.0.2')
          .tcp(40000, 3003, { sequence: 100 + index * cut })
          .data(bytes)
          .bytes(),
      );
      const { records, counters } = dispatch(ETHERNET, packets);
      expect(records).toEqual([]);
      expect(counters.messages.get('not decoded abis rsl')).toBe(2);
      expect(counters.messages.get('not decoded abis oml')).toBe(1);
    }
  });

  test('what is known and not read is counted by name', () => {
    const { records, counters } = read(
      [hex('00010203'), 19],
      [hex('00010203'), 7],
      [hex('0100000c'), 46],
      [encodeSigtran(5, 1, []), 1],
    );
    expect(records).toEqual([]);
    for (const name of ['rua', 'h248', 'diameter', 'iua']) expect(counters.messages.get(`not decoded ${name}`)).toBe(1);
  });

  test('cut at every length and with random bytes nothing throws', () => {
    const whole = [
      encodeM2pa(1, 2, itu(iam)),
      encodeM2ua(7, itu(iam)),
      encodeCldt({ ssn: 6 }, { title: '123', ssn: 7 }, begin),
    ];
    for (const bytes of whole) {
      for (let length = 0; length <= bytes.length; length++) read([bytes.subarray(0, length), 0]);
      for (let seed = 1; seed < 200; seed++) {
        const bad = Buffer.from(bytes);
        for (let step = 0, value = seed; step < 5; step++) {
          value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
          bad[8 + ((value >>> 8) % (bad.length - 8))] = value >>> 24;
        }
        read([bad, 0]);
      }
    }
  });
});

describe('signalling links', () => {
  test('MTP2: messages short and long, with and without check bytes, with 12-bit sequence numbers', () => {
    const long = itu(Buffer.concat([iam.subarray(0, -1), hex('3940'), Buffer.alloc(64, 7), hex('00')]));
    for (const mtp3 of [itu(iam), itu(rel), long]) {
      for (const check of [false, true]) {
        const { records } = dispatch(MTP2, [encodeMtp2(1, 2, mtp3, { check })]);
        expect(records).toMatchObject([{ opc: 4711, dpc: 815, cic: 77, source: '4711', destination: '815' }]);
        expect(records[0]).not.toHaveProperty('stop');
      }
    }
    // LINKTYPE_MTP2_WITH_PHDR: direction, Annex A used, link number.
    const extended = Buffer.concat([hex('00 01 0007'), encodeMtp2(0x123, 0x456, itu(iam), { extended: true })]);
    expect(dispatch(139, [extended]).records).toMatchObject([IAM]);
    const { records, counters } = dispatch(MTP2, [encodeMtp2(1, 2, Buffer.alloc(0)), hex('808001 00'), hex('80')]);
    expect(records).toEqual([]);
    expect(counters.anomalies.get('mtp2 header')).toBe(1);
  });

  test('MTP2: 12-bit sequence numbers are known by what the units of a link are (Q.703 Annex A)', () => {
    const units = Array.from({ length: 600 }, (_, i) => {
      const mtp3 = i % 3 === 0 ? itu(iam) : i % 3 === 1 ? itu(rel) : Buffer.alloc(0);
      return encodeMtp2(5 * i, 7 * i, mtp3, { extended: true, check: i % 2 === 0 });
    });
    const { records, counters } = dispatch(MTP2, units);
    expect(records).toHaveLength(400);
    for (const record of records) expect(record).toMatchObject({ cic: 77 });
    expect(counters.toJSON().anomalies).toEqual({});
    // A link of 7 bits stays one, whatever its units look like by chance, and so does the other of two.
    const basic = Array.from({ length: 600 }, (_, i) => encodeMtp2(i, 3 * i, i % 2 === 0 ? itu(iam) : itu(rel), {}));
    expect(dispatch(MTP2, basic).records).toHaveLength(600);
    const link = (number: number, unit: Buffer) => Buffer.concat([Buffer.from([0, 2, 0, number]), unit]);
    const both = units.slice(0, 60).flatMap((unit, i) => [link(1, unit), link(2, basic[i]!)]);
    expect(dispatch(139, both).records).toHaveLength(40 + 60);
    const neither = Buffer.concat([encodeMtp2(1, 2, itu(iam)), Buffer.alloc(9)]);
    const odd = dispatch(MTP2, [neither]);
    expect(odd.counters.anomalies.get('mtp2 length indicator')).toBe(1);
  });

  test('SCCP by itself: no point codes, an end named by its reference', () => {
    const cr = encodeSccp({ type: 'CR', sourceReference: 5, called: { ssn: 254 }, data: hex('010002 0521') });
    const { records } = dispatch(142, [udt, cr]);
    expect(records).toMatchObject([
      { protocol: 'map', otid: '01020304', called_ssn: 6 },
      { protocol: 'bssap', type: 'cmServiceAccept', connection: '-:5' },
    ]);
    for (const record of records) for (const absent of ['opc', 'source']) expect(record).not.toHaveProperty(absent);
  });

  test('what is cut before its label or header is counted, not read', () => {
    const { records, counters } = dispatch(141, [hex('85'), hex('8501'), itu(Buffer.alloc(0), 4)]);
    expect(records).toEqual([]);
    expect(counters.anomalies.get('mtp3 routing label')).toBe(2);
    expect(counters.messages.get('not decoded tup')).toBe(1);
    const short = read([hex('01000b01 00000010 00000000'), 5], [hex('01000b01'), 5]);
    expect(short.records).toEqual([]);
    expect(short.counters.anomalies.get('sigtran header')).toBe(2);
  });

  test('what tshark reads of what we write', () => {
    const association = new Association();
    const packets = [
      association.packet(encodeM3ua(isupLabel, [iam], { networkAppearance: 1, routingContext: 2 }), 3),
      association.packet(encodeM2ua(7, itu(iam)), 2),
      association.packet(encodeM2pa(1, 2, itu(iam)), 5),
      association.packet(encodeCldt({ title: '8613800000001', ssn: 6 }, { pointCode: 815, ssn: 7 }, begin), 4),
      association.packet(encodeSuaConnection(1, { source: 9 }, { pointCode: 100, ssn: 254 }, hex('010002 0521')), 4),
      association.packet(encodeSuaConnection(4, { source: 8, destination: 9 }, null, null), 4),
      association.packet(encodeCldt({ ssn: 6 }, { ssn: 7 }, begin.subarray(0, 8), SEGMENT), 4),
      association.packet(encodeSuaConnection(8, { destination: 9 }, null, hex('0100'), true), 4),
    ];
    withCapture(ETHERNET, packets, (file) => {
      const rows = tsharkFields(file, '', [
        'mtp3.opc',
        'mtp3.dpc',
        'isup.called',
        'sua.source.ssn',
        'sua.destination.ssn',
        'tcap.otid',
        '_ws.expert.message',
        'sua.segmentation_first_bit',
        'sua.segmentation_number_of_remaining_segments',
        'sua.segmentation_reference',
        'sua.sequence_number_more_data_bit',
      ]);
      const called = [['4711'], ['815'], ['8613800000001'], [], [], []];
      expect(rows.map((row) => row.slice(0, 6))).toEqual([
        called,
        called,
        called,
        [[], [], [], ['7'], ['6'], ['01020304']],
        [[], [], [], [], ['254'], []],
        [[], [], [], [], [], []],
        // tshark looks into a segment as if it were all, and misses the rest.
        [[], [], [], ['7'], ['6'], ['01020304']],
        [[], [], [], [], [], []],
      ]);
      expect(rows.slice(6).map((row) => row.slice(7))).toEqual([
        [['True'], ['5'], ['74565'], []],
        [[], [], [], ['True']],
      ]);
      expect(rows.slice(0, 6).flatMap((row) => row[6]!)).toEqual([]);
    });
    withCapture(MTP2, [encodeMtp2(1, 2, itu(iam), { check: true })], (file) => {
      const check = ['-o', 'mtp2.capture_contains_frame_check_sequence:TRUE'];
      expect(
        tsharkFields(file, '', ['mtp3.opc', 'isup.cic', 'mtp2.fcs_16.status', 'mtp2.bsn'], check)[0]!.slice(0, 2),
      ).toEqual([['4711'], ['77']]);
    });
  });
});
