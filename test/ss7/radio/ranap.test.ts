import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { createOpenType, readOpenType } from '../../../src/ss7/radio/aper.ts';
import { createRadio, radioTypeName } from '../../../src/ss7/radio/bssap.ts';
import { eachIuConnection, readRanap } from '../../../src/ss7/radio/ranap.ts';
import { encodeOpenType, encodeRanap, encodeResetResource } from '../../../src/ss7/radio/ranap-encode.ts';
import { RanapOutcome, ranapTypeName } from '../../../src/ss7/radio/ranap-names.ts';
import { type Said, SubsystemNumber, saidOf, unitdata } from '../../support/radio.ts';
import { RANAP } from '../../support/radio-messages.ts';
import { hex, withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const radio = createRadio();

/** What a RANAP message says; it must be read to its end. */
function said(bytes: Buffer): Said {
  expect(readRanap(bytes, 0, bytes.length, radio)).toBeNull();
  return saidOf(radio);
}

/** A relocation request (procedure 3) with one element. */
const withElement = (id: number, value: string): Buffer =>
  encodeRanap(RanapOutcome.initiating, 3, [{ id, value: hex(value) }]);

/** Elements of 3GPP TS 25.413 §9.2, their aligned PER by hand, and what they say. */
const ELEMENTS: readonly (readonly [name: string, id: number, value: string, expected: Said])[] = [
  ['AreaIdentity: service area', 0, '00 64f000 1807 0001', { cell: '460-00-6151-1' }],
  ['CN-DomainIndicator: packet switched', 3, '80', { domain: 1 }],
  ['Cause: radio network 64', 4, '0f c0', { cause: 64 }],
  ['Cause: transmission network 66', 4, '11', { cause: 66 }],
  ['Cause: NAS 96', 4, '2f', { cause: 96 }],
  ['Cause: protocol 97', 4, '30', { cause: 97 }],
  ['Cause: misc 116', 4, '43', { cause: 116 }],
  ['Cause: non-standard 256', 4, '5f e0', { cause: 256 }],
  ['Cause: radio network extension 268', 4, '80 01 0b', { cause: 268 }],
  ['ClassmarkInformation2', 7, '03 3319a2', { classmark: '3319a2' }],
  ['ClassmarkInformation3', 8, '02 6014', { classmark3: '6014' }],
  ['LAI', 15, '00 130014 1807', { cell: '310-410-6151' }],
  // A protocol extension (25.413 §9.3.7): how many less one, identifier, criticality, one octet.
  ['LAI with extensions', 15, '80 64f000 1807 0000 012c 40 01 01', { cell: '460-00-6151' }],
  ['PagingAreaID: location area', 21, '00 64f000 1807', { cell: '460-00-6151' }],
  ['PagingAreaID: location area with extensions', 21, '20 64f000 1807 0000 012c 40 01 01', { cell: '460-00-6151' }],
  ['PagingAreaID: routeing area', 21, '40 64f000 1807 05', { cell: '460-00-6151' }],
  ['PermanentNAS-UE-ID: 15 digits', 23, '50 64001032547698 f0', { imsi: '460001234567890' }],
  ['PermanentNAS-UE-ID: 6 digits', 23, '00 640010', { imsi: '460001' }],
  ['SAI', 58, '00 64f000 1807 ffff', { cell: '460-00-6151-65535' }],
  ['SourceID: service area', 60, '40 64f000 1807 0001', { cell: '460-00-6151-1' }],
  ['SourceID: RNC', 60, '00 64f000 0004', {}],
  ['TargetID: RNC', 62, '00 64f000 1807 0004', { target: '460-00-6151' }],
  ['TargetID: cell', 62, '40 64f000 1807 0001', { target: '460-00-6151-1' }],
  ['TemporaryUE-ID: TMSI', 64, '00 deadbeef', { tmsi: 0xdeadbeef }],
  ['TemporaryUE-ID: P-TMSI', 64, '40 cafebabe', { tmsi: 0xcafebabe }],
];

const CAUSES = [
  'radioNetwork',
  'transmissionNetwork',
  'nAS',
  'protocol',
  'misc',
  'non_Standard',
  'radioNetworkExtension',
].map((name) => `ranap.${name}`);

describe('RANAP: what is written is what is read', () => {
  it.each(RANAP.map(([expected, bytes], index) => [`${index} ${expected.name}`, expected, bytes] as const))(
    '%s',
    (_, expected, bytes) => {
      expect(said(bytes)).toEqual(expected);
    },
  );

  it('anywhere in a buffer', () => {
    for (const [expected, bytes] of RANAP) {
      const data = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(9, 0x10)]);
      expect(readRanap(data, 5, 5 + bytes.length, radio)).toBeNull();
      expect(saidOf(radio)).toEqual(expected);
    }
  });
});

describe('RESET RESOURCE', () => {
  const connections = [0, 1, 0x12_3456, 0xff_ffff];
  const bytes = encodeResetResource({ domain: 0, cause: 115, connections });
  const read = (data: Buffer): number[] => {
    readRanap(data, 0, data.length, radio);
    const found: number[] = [];
    eachIuConnection(radio.iuConnections, (connection) => found.push(connection));
    return found;
  };

  it('names the connections that tshark names', () => {
    expect(read(bytes)).toEqual(connections);
    withCapture(142, [unitdata(SubsystemNumber.ranap, bytes)], (file) => {
      const [row] = tsharkFields(file, 'ranap', ['ranap.iuSigConId', 'ranap.procedureCode', '_ws.expert']);
      expect(row).toEqual([connections.map((each) => each.toString(16).padStart(6, '0')), ['27'], []]);
    });
  });

  it('names none that is not there, whatever the list claims', () => {
    const element = bytes.length - 1 - 10 * connections.length;
    for (const claimed of [0, 1, 255]) {
      const data = Buffer.from(bytes);
      data[element] = claimed;
      expect(read(data)).toEqual(connections.slice(0, claimed + 1));
    }
  });

  it('of as many connections as fit', () => {
    const all = Array.from({ length: 250 }, (_, index) => index * 1001);
    expect(read(encodeResetResource({ domain: 0, cause: 115, connections: all }))).toEqual(all);
  });
});

describe('elements of RANAP', () => {
  it.each(ELEMENTS)('%s', (_, id, value, expected) => {
    expect(said(withElement(id, value))).toEqual({ name: 'relocationRequest', ...expected });
  });

  it('tshark reads these bytes without complaint, and the causes alike', () => {
    const units = ELEMENTS.map(([, id, value]) => unitdata(SubsystemNumber.ranap, withElement(id, value)));
    withCapture(142, units, (file) => {
      expect(tsharkFields(file, '_ws.malformed', ['frame.number', '_ws.expert.message'])).toEqual([]);
      const causes = tsharkFields(file, 'ranap.Cause', CAUSES).map((row) => Number(row.flat()[0]));
      expect(causes).toEqual(ELEMENTS.flatMap(([, , , { cause }]) => (cause === undefined ? [] : [cause])));
    });
  });

  it.each([
    ['an extended choice of source', 60, '80 02 0000'],
    ['an extended choice of target', 62, '80 02 0000'],
    ['an extended choice of identity', 23, '80 02 0000'],
    ['an extended choice of temporary identity', 64, '80 04 00000000'],
    ['a geographical area', 0, '40 00'],
    ['a short area', 15, '00 64f0'],
    ['a short TMSI', 64, '00 dead'],
    ['a cause of a seventh kind', 4, '60 00'],
    ['nothing at all', 4, ''],
    ['nothing at all, domain', 3, ''],
    ['nothing at all, target', 62, ''],
    ['nothing at all, source', 60, ''],
    ['nothing at all, area', 0, ''],
    ['an element that no edition has', 0xffff, '0102030405'],
    ['an element of a later edition', 200, '0102030405'],
  ])('%s is passed over', (_, id, value) => {
    expect(said(withElement(id, value))).toEqual({ name: 'relocationRequest' });
  });

  it('a service area stays when a location area follows', () => {
    const area = { id: 15, value: hex('00 64f000 1807') };
    const service = { id: 58, value: hex('00 64f000 1807 0001') };
    for (const elements of [
      [area, service],
      [service, area],
    ])
      expect(said(encodeRanap(RanapOutcome.initiating, 20, elements)).cell).toBe('460-00-6151-1');
  });

  it('an identity that is longer than its element', () => {
    const bytes = withElement(23, '50 6400');
    expect(readRanap(bytes, 0, bytes.length, radio)).toMatchObject({
      layer: 'ranap',
      need: 8,
      have: 2,
      reason: 'IMSI',
    });
  });
});

describe('lengths of aligned PER, ITU-T X.691 §11.9', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 16_385, 65_535, 65_536, 100_000, 131_072])('%i octets', (length) => {
    const value = Buffer.from(Array.from({ length }, (_, index) => index & 0xff));
    const bytes = Buffer.concat([encodeOpenType(value), Buffer.of(0xaa)]);
    const open = createOpenType();
    readOpenType(bytes, 0, bytes.length, open);
    expect([open.missing, open.next]).toEqual([0, bytes.length - 1]);
    expect(open.data.subarray(open.start, open.end).equals(value)).toBe(true);
  });

  it.each([
    ['no length', '', 1, ''],
    ['half a length', '81', 1, ''],
    ['less than the length', '05 0102', 3, '0102'],
    ['fragment without its end', 'c1 0102', 16_382, '0102'],
    ['half a length behind a fragment', `c1 ${'00'.repeat(16_384)} 81`, 1, '00'.repeat(16_384)],
    ['nothing behind a fragment', `c1 ${'00'.repeat(16_384)}`, 1, '00'.repeat(16_384)],
  ])('%s', (_, octets, missing, there) => {
    const bytes = hex(octets);
    const open = createOpenType();
    readOpenType(bytes, 0, bytes.length, open);
    expect([open.missing, open.data.toString('hex', open.start, open.end)]).toEqual([missing, there]);
  });

  it('a message in fragments is read like one that is not', () => {
    const filler = { id: 61, value: Buffer.alloc(40_000) };
    const service = { id: 58, value: hex('00 64f000 1807 0001') };
    const bytes = encodeRanap(RanapOutcome.initiating, 2, [filler, service]);
    expect(bytes[3]).toBe(0xc2);
    expect(said(bytes)).toEqual({ name: 'relocationRequired', cell: '460-00-6151-1' });
  });
});

describe('RANAP names, 25.413 §9.1', () => {
  it('are different from each other', () => {
    const names: string[] = [];
    for (let procedure = 0; procedure < 256; procedure++) {
      for (let outcome = 0; outcome < 4; outcome++) {
        const name = ranapTypeName(procedure, outcome);
        if (name !== 'unknown') names.push(name);
      }
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(75);
  });

  it.each([
    [0, RanapOutcome.initiating, 'rabAssignmentRequest'],
    [0, RanapOutcome.outcome, 'rabAssignmentResponse'],
    [2, RanapOutcome.successful, 'relocationCommand'],
    [3, RanapOutcome.unsuccessful, 'relocationFailure'],
    [6, RanapOutcome.unsuccessful, 'securityModeReject'],
    [8, RanapOutcome.initiating, 'unknown'],
    [200, RanapOutcome.initiating, 'unknown'],
  ] as const)('procedure %i, kind %i: %s', (procedure, outcome, name) => {
    expect(said(encodeRanap(outcome, procedure, []))).toEqual({ name });
  });

  it('a direct transfer of nothing keeps its name', () => {
    expect(said(encodeRanap(RanapOutcome.initiating, 20, []))).toEqual({ name: 'directTransfer' });
  });
});

describe('RANAP cut short or wrong', () => {
  it.each([
    ['nothing', '', 0, 'procedure'],
    ['a kind that no edition has', '80 0f 40 00', 0, 'kind of message'],
    ['no length', '00 0f 40', 3, 'message length'],
    ['no elements', '00 0f 40 01 00', 0, 'number of elements'],
    ['fewer elements than it says', '00 0f 40 03 00 0001', 3, 'element'],
    ['element longer than the message', '00 0f 40 08 00 0001 0017 40 05 50', 7, 'element length'],
  ])('%s', (_, octets, offset, reason) => {
    const bytes = hex(octets);
    expect(readRanap(bytes, 0, bytes.length, radio)).toMatchObject({ offset, reason });
  });

  it('every message at every length: what was there stays, and nothing else is said', () => {
    for (const [expected, bytes] of RANAP) {
      let before = 0;
      for (let length = 0; length < bytes.length; length++) {
        expect(readRanap(Buffer.from(bytes.subarray(0, length)), 0, length, radio)).not.toBeNull();
        const fields = Object.entries(saidOf(radio)).filter(([field]) => field !== 'name' && field !== 'nas');
        expect(fields.length).toBeGreaterThanOrEqual(before);
        before = fields.length;
        // Of a service area the location area comes first.
        for (const [field, value] of fields)
          expect([field, value]).toEqual([
            field,
            field === 'cell' && value === '460-00-6151' ? value : expected[field],
          ]);
      }
    }
  });

  it('random octets never throw', () => {
    const random = new Random(25_413);
    for (let round = 0; round < 20_000; round++) {
      const [, message] = random.pick(RANAP);
      const bytes = Buffer.from(message);
      const changes = random.integer(1, 5);
      for (let change = 0; change < changes; change++)
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      readRanap(bytes, 0, bytes.length, radio);
      expect(radioTypeName(radio)).toBeTypeOf('string');
      saidOf(radio);
    }
  });
});
