import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { createRadio, radioTypeName, readBssap } from '../../../src/ss7/radio/bssap.ts';
import {
  encodeAssignmentRequest,
  encodeResetIpResource,
  encodeResetIpResourceAcknowledge,
} from '../../../src/ss7/radio/bssap-encode.ts';
import { eachCallIdentifier } from '../../../src/ss7/radio/bssmap.ts';
import { type Said, SubsystemNumber, saidOf, unitdata } from '../../support/radio.ts';
import { BSSAP } from '../../support/radio-messages.ts';
import { hex, withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const radio = createRadio();

/** What a BSSAP message says; it must be read to its end. */
function said(bytes: Buffer): Said {
  expect(readBssap(bytes, 0, bytes.length, radio)).toBeNull();
  return saidOf(radio);
}

/** What a BSSMAP message of these octets says. */
function bssmap(octets: string): Said {
  const message = hex(octets);
  return said(Buffer.concat([Buffer.of(0, message.length), message]));
}

describe('BSSAP: what is written is what is read', () => {
  it.each(BSSAP.map(([expected, bytes], index) => [`${index} ${expected.name}`, expected, bytes] as const))(
    '%s',
    (_, expected, bytes) => {
      expect(said(bytes)).toEqual(expected);
    },
  );

  it('anywhere in a buffer', () => {
    for (const [expected, bytes] of BSSAP) {
      const data = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(9, 0x17)]);
      expect(readBssap(data, 7, 7 + bytes.length, radio)).toBeNull();
      expect(saidOf(radio)).toEqual(expected);
    }
  });
});

describe('RESET IP RESOURCE', () => {
  const callIdentifiers = [0, 1, 0x1234_5678, 0xffff_ffff];
  const bytes = encodeResetIpResource({ callIdentifiers, cause: 7 });
  const listed = (data: Buffer): number[] => {
    readBssap(data, 0, data.length, radio);
    const found: number[] = [];
    eachCallIdentifier(radio.callIdentifiers, (identifier) => found.push(identifier));
    return found;
  };

  it('lists the calls that tshark lists, as do the assignment and the acknowledgement', () => {
    expect(listed(bytes)).toEqual(callIdentifiers);
    const answer = encodeResetIpResourceAcknowledge({ callIdentifiers });
    expect(listed(answer)).toEqual(callIdentifiers);
    const assignment = encodeAssignmentRequest({ callIdentifier: 0x1234_5678 });
    expect(readBssap(assignment, 0, assignment.length, radio)).toBeNull();
    expect(radio.callIdentifier).toBe(0x1234_5678);
    const units = [bytes, answer, assignment].map((each) => unitdata(SubsystemNumber.bssap, each));
    withCapture(142, units, (file) => {
      const rows = tsharkFields(file, 'bssap', ['gsm_a.bssmap.msgtype', 'gsm_a.bssmap.callid', '_ws.expert']);
      expect(rows).toEqual([
        [['0x3d'], callIdentifiers.map(String), []],
        [['0x3e'], callIdentifiers.map(String), []],
        [['0x01'], [String(0x1234_5678)], []],
      ]);
    });
  });

  it('lists none that is not there whole, wherever it is cut', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(listed(bytes.subarray(0, length))).toEqual([]);
      const shorter = Buffer.from(bytes.subarray(0, length));
      if (length > 1) shorter[1] = length - 2;
      expect(listed(shorter)).toEqual([]);
    }
    // Three octets beyond the last call are none.
    expect(listed(hex('00 0d 3d 04 01 07 80 07 01000000 020000'))).toEqual([1]);
  });
});

describe('BSSMAP, 3GPP TS 48.008', () => {
  it.each([
    ['cell global identification', '00 64f000 1807 0001', '460-00-6151-1'],
    ['location area code and cell identity', '01 1807 0001', '6151-1'],
    ['cell identity', '02 ffff', '65535'],
    ['no cell', '03', undefined],
    ['location area identification', '04 130014 1807', '310-410-6151'],
    ['location area code', '05 1807', '6151'],
    ['PLMN, location area, RNC', '08 64f000 1807 0fff', '460-00-6151'],
    ['RNC', '09 0fff', undefined],
    ['location area, RNC', '0a 1807 0fff', '6151'],
    ['service area identification', '0b 64f000 1807 0002', '460-00-6151-2'],
    ['location area, RNC, UTRAN cell', '0c 1807 0fff 0001', '6151'],
    ['a form that no edition has', '0e 1807', undefined],
    ['spare bits set', 'f2 0001', '1'],
  ])('cell identifier: %s', (_, value, cell) => {
    const bytes = hex(value);
    const element = `05 ${bytes.length.toString(16).padStart(2, '0')} ${value}`;
    const expected = cell === undefined ? { name: 'handoverPerformed' } : { name: 'handoverPerformed', cell };
    expect(bssmap(`17 ${element}`)).toEqual(expected);
  });

  it.each([
    ['cells by CGI', '00 64f000 1807 0001 64f000 1807 0002', '460-00-6151-1'],
    ['location areas', '04 64f000 1807 64f000 1808', '460-00-6151'],
    ['all cells of the BSS', '06', undefined],
  ])('cell identifier list: %s', (_, value, cell) => {
    const length = hex(value).length.toString(16).padStart(2, '0');
    const paging = { name: 'paging', imsi: '460001234567890' };
    expect(bssmap(`52 08 08 4906002143658709 1a ${length} ${value}`)).toEqual(
      cell === undefined ? paging : { ...paging, cell },
    );
  });

  // §3.2.1.8: the serving cell, then the target.
  it.each([
    ['a cell', '05 08 00 64f000 1807 0001', '460-00-6151-1'],
    ['no cell', '05 01 03', undefined],
    ['an RNC', '05 03 09 0fff', undefined],
  ])('a handover request has its target second, where the serving one is %s', (_, serving, cell) => {
    const expected = { name: 'handoverRequest', target: '310-410-2-65534' };
    expect(bssmap(`10 ${serving} 05 08 00 130014 0002 fffe`)).toEqual(
      cell === undefined ? expected : { ...expected, cell },
    );
  });

  it('a cause of two octets', () => {
    expect(bssmap('20 04 02 c0 05')).toEqual({ name: 'clearCommand', cause: 0x4005 });
    expect(bssmap('20 04 01 c0')).toEqual({ name: 'clearCommand' });
    expect(bssmap('20 04 00')).toEqual({ name: 'clearCommand' });
  });

  it('elements of fixed length, of two length octets and unknown ones do not shift what follows', () => {
    const elements = '01 0021 1b 8f 1d 55 7f 00000001 49 0002 aaaa 7c 03 010203 ef 01 00 04 01 09';
    expect(bssmap(`22 ${elements}`)).toEqual({
      name: 'clearRequest',
      circuit: 0x21,
      callIdentifier: 0x0100_0000,
      cause: 9,
    });
  });

  it.each([
    ['assignment request, talker priority', '01 6a 02 7f 78563412', { name: 'assignmentRequest' }],
    ['assignment request, emergency set', '01 6b 7f 78563412', { name: 'assignmentRequest' }],
    ['assignment request, talker identity', '01 6c 02 0312 7f 78563412', { name: 'assignmentRequest' }],
    ['assignment request, operators', '01 97 98 64f000 99 64f000 9a 64f000 7f 78563412', { name: 'assignmentRequest' }],
    ['assignment request, Osmux', '01 f1 05 f0 7f 78563412', { name: 'assignmentRequest' }],
    ['assignment request, old area', '01 96 64f0001807 7f 78563412', { name: 'assignmentRequest' }],
  ])('%s: what follows is read', (_, octets, expected) => {
    expect(bssmap(octets)).toEqual({ ...expected, callIdentifier: 0x1234_5678 });
  });

  it('paging information is one octet, as tshark has it', () => {
    const message = hex('52 08 08 4906103254769810 1a 01 06 67 05');
    const bytes = Buffer.concat([Buffer.of(0, message.length), message]);
    expect(said(bytes)).toEqual({ name: 'paging', imsi: '460012345678901' });
    withCapture(142, [unitdata(SubsystemNumber.bssap, bytes)], (file) => {
      expect(tsharkFields(file, 'bssap', ['gsm_a.bssmap.elem_id', 'gsm_a.bssmap.paging_cause'])).toEqual([
        [['0x08', '0x1a', '0x67'], ['2']],
      ]);
    });
  });

  it('names and passes over location services', () => {
    expect(bssmap('2a 49 0003 010203')).toEqual({ name: 'connectionOrientedInformation' });
    expect(bssmap('2b 44 01 00')).toEqual({ name: 'performLocationRequest' });
    expect(bssmap('ee')).toEqual({ name: 'unknown' });
  });

  it('what a message does not say is not left over from the one before', () => {
    for (const [, bytes] of BSSAP) readBssap(bytes, 0, bytes.length, radio);
    expect(said(hex('00 01 21'))).toEqual({ name: 'clearComplete' });
  });
});

describe('BSSAP cut short or wrong', () => {
  it.each([
    ['nothing', '', 0, 'discrimination'],
    ['neither BSSMAP nor DTAP', '02 01 21', 0, 'discrimination'],
    ['no length', '00', 1, 'length indicator'],
    ['no length behind the data link connection', '01 00', 1, 'length indicator'],
    ['longer than the input', '00 05 20 04 01 09', 2, 'length indicator'],
    ['no message type', '00 00', 0, 'message type'],
    ['element without a length', '00 02 20 04', 2, 'element length'],
    ['element longer than the message', '00 05 20 04 04 01 02', 3, 'element length'],
    ['cell identifier shorter than its form', '00 05 17 05 02 01 18', 0, 'cell identification discriminator'],
    ['empty cell identifier', '00 03 17 05 00', 0, 'cell identification discriminator'],
  ])('%s', (_, octets, offset, reason) => {
    const bytes = hex(octets);
    expect(readBssap(bytes, 0, bytes.length, radio)).toMatchObject({ offset, reason });
  });

  it('goes on behind an element that is wrong', () => {
    const bytes = hex('00 08 17 05 02 01 18 04 01 0c');
    expect(readBssap(bytes, 0, bytes.length, radio)).not.toBeNull();
    expect(saidOf(radio)).toEqual({ name: 'handoverPerformed', cause: 12 });
  });

  it('every message at every length: what was there stays, and nothing else is said', () => {
    for (const [expected, bytes] of BSSAP) {
      let before = 0;
      for (let length = 0; length < bytes.length; length++) {
        expect(readBssap(Buffer.from(bytes.subarray(0, length)), 0, length, radio)).not.toBeNull();
        const cut = saidOf(radio);
        if (length > 4) expect(cut.name).toBe(expected.name);
        const fields = Object.entries(cut);
        expect(fields.length).toBeGreaterThanOrEqual(before);
        before = fields.length;
        for (const [field, value] of fields) {
          if (field === 'name' || field === 'nas') continue;
          expect([field, value]).toEqual([field, expected[field]]);
        }
      }
    }
  });

  it('random octets never throw', () => {
    const random = new Random(48_008);
    for (let round = 0; round < 20_000; round++) {
      const [, message] = random.pick(BSSAP);
      const bytes = Buffer.from(message);
      const changes = random.integer(1, 4);
      for (let change = 0; change < changes; change++)
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      readBssap(bytes, 0, bytes.length, radio);
      expect(radioTypeName(radio)).toBeTypeOf('string');
      saidOf(radio);
    }
  });
});
