import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { MessageDecoder } from '../../../src/messages/decoder.ts';
import { ss7Record } from '../../../src/messages/ss7-record.ts';
import { Network } from '../../../src/network/network.ts';
import { AddressReader } from '../../../src/sip/address-reader.ts';
import { createDiameter, looksLikeDiameter, readDiameter } from '../../../src/ss7/diameter/diameter.ts';
import { encodeDiameter, encodePair } from '../../../src/ss7/diameter/diameter-encode.ts';
import { diameterTypeName } from '../../../src/ss7/diameter/diameter-names.ts';
import { digitsText } from '../../../src/ss7/digits.ts';
import type { Bytes, Diameter } from '../../../src/ss7/message.ts';
import { DIAMETER, ends, IMSI } from '../../support/diameter-messages.ts';
import { frame, hex } from '../../support/frames.ts';
import { data, overIp } from '../../support/sctp.ts';
import { withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const view = createDiameter();

const textOf = ({ data: bytes, start, end }: Bytes): string => bytes.toString('latin1', start, end);

/** What a message says of a subscriber, absent things left out. */
function saidOf(diameter: Diameter): Record<string, unknown> {
  const { imsi, imei, softwareVersion, msisdn, cell, result, updateFlags, equipmentStatus, cancellationType } =
    diameter;
  const said: Record<string, unknown> = {};
  for (const [name, bytes] of Object.entries({ imsi, imei, softwareVersion })) {
    if (bytes.end > bytes.start) said[name] = textOf(bytes);
  }
  for (const [name, value] of Object.entries({ result, updateFlags, equipmentStatus, cancellationType })) {
    if (value >= 0) said[name] = value;
  }
  if (msisdn.count > 0) said.msisdn = digitsText(msisdn);
  if (cell.mcc >= 0) said.network = `${cell.mcc}-${String(cell.mnc).padStart(cell.mncDigits, '0')}`;
  if (cell.lac >= 0) said.area = cell.lac;
  if (cell.ci >= 0) said.cell = cell.ci;
  return said;
}

function read(bytes: Buffer): ReturnType<typeof readDiameter> {
  return readDiameter(bytes, 0, bytes.length, view);
}

const pairs = (command: number, ...given: Buffer[]): Buffer =>
  encodeDiameter({ command, application: 16_777_251, isRequest: true, hopByHop: 1, endToEnd: 2 }, given);

/** Records of these frames of Ethernet, one a second, and the counters. */
function recordsOf(frames: readonly Buffer[]) {
  const counters = new Counters();
  const records: Record<string, unknown>[] = [];
  const decoder = new MessageDecoder(DEFAULT_LIMITS, counters, new AddressReader(counters), () => {}, false, {
    variant: null,
    onMessage: (message, payload, duplicate) => records.push(ss7Record(message, payload, duplicate, 'made')),
  });
  const network = new Network(decoder, DEFAULT_LIMITS, counters);
  for (const [index, bytes] of frames.entries()) {
    network.packet({
      ...{ data: bytes, start: 0, end: bytes.length, originalLength: bytes.length, linkType: 1 },
      ...{ seconds: index, nanoseconds: 0, frame: index + 1 },
    });
  }
  network.finish();
  decoder.finish();
  return { records, counters };
}

const overSctp = (messages: readonly Buffer[], ppid = 46): Buffer[] =>
  messages.map((payload, index) =>
    overIp({ sourcePort: 3868, destinationPort: 3868 }, data({ tsn: 1 + index, payload, ppid })),
  );

const overTcp = (parts: readonly Buffer[], port = 3868): Buffer[] => {
  let sequence = 100;
  return parts.map((part) => {
    const made = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(40_000, port, { sequence }).data(part).bytes();
    sequence += part.length;
    return made;
  });
};

describe('Diameter: what is written is what is read', () => {
  test.each(DIAMETER.map(([name, said, bytes], index) => [`${index} ${name}`, name, said, bytes] as const))(
    '%s',
    (_, name, said, bytes) => {
      expect(read(bytes)).toBeNull();
      expect(diameterTypeName(view.command, view.isRequest)).toBe(name);
      expect(saidOf(view)).toEqual(said);
    },
  );

  test('session, host, identifiers', () => {
    expect(read(DIAMETER[0]![2])).toBeNull();
    const { request } = ends(1);
    expect(textOf(view.session)).toBe(request.session);
    expect(textOf(view.originHost)).toBe(request.origin[0]);
    expect(textOf(view.destinationHost)).toBe(request.destination[0]);
    expect([view.hopByHop, view.endToEnd]).toEqual([request.hopByHop, request.endToEnd]);
  });

  test('tshark reads the same, and marks nothing as wrong', () => {
    const fields = [
      ...['diameter.cmd.code', 'diameter.flags.request', 'diameter.Session-Id', 'diameter.Origin-Host'],
      ...['diameter.User-Name', 'diameter.IMEI', 'diameter.Software-Version', 'e164.msisdn', 'diameter.ULR-Flags'],
      ...['diameter.Result-Code', 'diameter.Experimental-Result-Code', 'diameter.Equipment-Status'],
      ...['diameter.Cancellation-Type', 'diameter.Visited-PLMN-Id', 'diameter.hopbyhopid'],
      '_ws.expert.message',
    ];
    withCapture(1, overSctp(DIAMETER.map(([, , bytes]) => bytes)), (file) => {
      const rows = tsharkFields(file, 'diameter', fields);
      expect(rows.length).toBe(DIAMETER.length);
      for (const [index, row] of rows.entries()) {
        const [, said, bytes] = DIAMETER[index]!;
        const of = (name: string): string[] => row[fields.indexOf(name)]!;
        const one = (name: string): string[] => (said[name] === undefined ? [] : [String(said[name])]);
        read(bytes);
        expect(of('_ws.expert.message')).toEqual([]);
        expect(of('diameter.cmd.code')).toEqual([String(view.command)]);
        expect(of('diameter.flags.request')).toEqual([view.isRequest ? 'True' : 'False']);
        expect(of('diameter.Session-Id')).toEqual([textOf(view.session)]);
        expect(of('diameter.Origin-Host')).toEqual([textOf(view.originHost)]);
        expect(Number(of('diameter.hopbyhopid')[0])).toBe(view.hopByHop);
        expect(of('diameter.User-Name')).toEqual(one('imsi'));
        expect(of('diameter.IMEI')).toEqual(one('imei'));
        expect(of('diameter.Software-Version')).toEqual(one('softwareVersion'));
        expect(of('e164.msisdn')).toEqual(one('msisdn'));
        expect(of('diameter.ULR-Flags')).toEqual(one('updateFlags'));
        expect(of('diameter.Equipment-Status')).toEqual(one('equipmentStatus'));
        expect(of('diameter.Cancellation-Type')).toEqual(one('cancellationType'));
        expect([...of('diameter.Result-Code'), ...of('diameter.Experimental-Result-Code')]).toEqual(one('result'));
        const [octets] = of('diameter.Visited-PLMN-Id');
        if (octets !== undefined) {
          // Swapped half bytes: MCC, MNC with a filler where it has two digits (3GPP TS 24.008 §10.5.1.3).
          const [a, b, c, third, d, e] = [1, 0, 3, 2, 5, 4].map((place) => octets.replaceAll(':', '')[place]);
          expect(`${a}${b}${c}-${d}${e}${third === 'f' ? '' : third}`).toBe(said.network);
        }
      }
    });
  });

  test('tshark reads the same tracking area and cell', () => {
    const [, said, bytes] = DIAMETER.find(([name]) => name === 'IDA')!;
    withCapture(1, overSctp([bytes]), (file) => {
      const [row] = tsharkFields(file, 'diameter', [
        'diameter.E-UTRAN-Cell-Global-Identity',
        'diameter.Tracking-Area-Identity',
      ]);
      const [[cell], [area]] = row as [[string], [string]];
      expect(Number.parseInt(cell!.replaceAll(':', '').slice(-7), 16)).toBe(said.cell);
      expect(Number.parseInt(area!.replaceAll(':', '').slice(-4), 16)).toBe(said.area);
    });
  });
});

describe('pairs of Diameter', () => {
  test.each([
    ['an IMSI with the realm of its network', '460001234567890@lte.operator.net', IMSI],
    ['the name of somebody', 'user001@3gpp.com', null],
    ['a number that is too long', '4600012345678901', null],
    ['digits and letters', '46000123456x', null],
    ['nothing', '', null],
  ])('User-Name: %s', (_, name, expected) => {
    read(pairs(316, encodePair(1, Buffer.from(name))));
    expect(saidOf(view).imsi ?? null).toBe(expected);
  });

  test.each([
    ['of another vendor', encodePair(1402, Buffer.from('35693803564980'), 193)],
    ['of none', encodePair(1402, Buffer.from('35693803564980'))],
    ['visited network too short', encodePair(1407, hex('64f0'), 10_415)],
    ['visited network of fillers', encodePair(1407, hex('ffffff'), 10_415)],
    ['flags of three octets', encodePair(1405, hex('000002'), 10_415)],
  ])('%s: passed over', (_, pair) => {
    expect(read(pairs(316, pair))).toBeNull();
    expect(saidOf(view)).toEqual({});
  });

  test('a cell of 2G or 3G of the node of packets', () => {
    const cell = encodePair(1604, hex('64f000 1807 0001'), 10_415);
    read(pairs(319, encodePair(1496, encodePair(1601, cell, 10_415), 10_415)));
    expect(saidOf(view)).toEqual({ network: '460-00', area: 0x1807, cell: 1 });
  });

  test('groups within groups end', () => {
    let group = encodePair(1402, Buffer.from('35693803564980'), 10_415);
    for (let depth = 0; depth < 2000; depth++) group = encodePair(1401, group, 10_415);
    expect(read(pairs(316, group))).toBeNull();
    expect(saidOf(view)).toEqual({});
  });
});

describe('Diameter cut short or wrong', () => {
  test('every message at every length: what was there stays, and nothing else is said', () => {
    for (const [, said, bytes] of DIAMETER) {
      for (let length = 0; length < bytes.length; length++) {
        expect(readDiameter(Buffer.from(bytes.subarray(0, length)), 0, length, view)).not.toBeNull();
        // Where the phone is comes after the network that it is in.
        for (const [name, value] of Object.entries(saidOf(view))) expect([name, value]).toEqual([name, said[name]]);
      }
    }
  });

  test.each([
    ['version 2', '02 000014 80 00013c 01000023 00000001 00000002', 0, 'version'],
    ['a message shorter than its header', '01 000010 80 00013c 01000023 00000001 00000002', 1, 'message length'],
    ['half a pair', '01 000018 80 00013c 01000023 00000001 00000002 00000001', 20, 'AVP header'],
    [
      'a pair shorter than its header',
      '01 00001c 80 00013c 01000023 00000001 00000002 00000001 40 000007',
      25,
      'AVP length',
    ],
    [
      'a pair longer than the message',
      '01 00001c 80 00013c 01000023 00000001 00000002 00000001 40 000009',
      20,
      'AVP length',
    ],
  ])('%s', (_, octets, offset, reason) => {
    expect(read(hex(octets))).toMatchObject({ layer: 'diameter', offset, reason });
  });

  test('random octets never throw, and what is read lies in them', () => {
    const message = fc.constantFrom(...DIAMETER.map(([, , bytes]) => bytes));
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(message, changes, (original, changed) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changed) bytes[at % bytes.length] = value;
        read(bytes);
        for (const { start, end } of [view.session, view.imsi, view.imei, view.softwareVersion, view.originHost])
          expect(start >= 0 && start <= end && end <= bytes.length).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('Diameter in captures', () => {
  const messages = DIAMETER.map(([, , bytes]) => bytes);
  const names = DIAMETER.map(([name]) => name);

  test('on SCTP, whatever its payload protocol identifier says', () => {
    for (const ppid of [46, 0]) {
      const { records, counters } = recordsOf(overSctp(messages, ppid));
      expect(records.map(({ type }) => type)).toEqual(names);
      expect(counters.messages.get('diameter')).toBe(messages.length);
      expect(records[0]).toMatchObject({
        ...{ protocol: 'diameter', type: 'ULR', transport: 'sctp', source: '10.0.0.1:3868', opcode: 316 },
        ...{ context: '16777251', imsi: IMSI, mcc: '460', mnc: '00', opc: null, stop: null },
      });
    }
  });

  test('on TCP, wherever its segments are cut, on its port or another', () => {
    const stream = Buffer.concat(messages.slice(0, 5));
    for (const port of [3868, 4000]) {
      for (let cut = 24; cut < stream.length - 1; cut += 7) {
        const { records } = recordsOf(overTcp([stream.subarray(0, cut), stream.subarray(cut)], port));
        expect(
          records.map(({ type }) => type),
          `port ${port}, cut at ${cut}`,
        ).toEqual(names.slice(0, 5));
      }
    }
  });

  test('on TCP that is joined in the middle of a message', () => {
    const stream = Buffer.concat([hex('000102030405060708090a0b01'), ...messages.slice(0, 3)]);
    const { records } = recordsOf(overTcp([stream]));
    expect(records.map(({ type }) => type)).toEqual(names.slice(0, 3));
  });

  test('M3UA beside it is no Diameter, and the other way round', () => {
    for (const bytes of messages) expect(looksLikeDiameter(bytes, 0, bytes.length)).toBe(true);
    const m3ua = hex('01000101 00000018 02100010 00000001 00000002 03020000');
    expect(looksLikeDiameter(m3ua, 0, m3ua.length)).toBe(false);
  });

  test('under TLS on SCTP it is counted by name and not read', () => {
    const { records, counters } = recordsOf(overSctp([hex('16 feff 0000 000000000000 0001')], 47));
    expect(records).toEqual([]);
    expect(counters.messages.get('not decoded diameter')).toBe(1);
  });
});
