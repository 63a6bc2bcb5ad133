import { describe, expect, test } from 'vitest';
import { pcap } from '../support/capture-bytes.ts';
import { readPackets, temporaryFolder, writeBytes } from '../support/read-bytes.ts';
import { tsharkFields } from '../support/tshark.ts';

// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html

const folder = temporaryFolder();
const first = Buffer.from('00112233445566778899aabb0800', 'hex');
const second = Buffer.from('ffffffffffff00112233445508060001', 'hex');
const RECORDS = [
  { seconds: 1_600_000_000, fraction: 123_456, data: first, original: 60 },
  { seconds: 4_294_967_295, fraction: 999_999, data: second },
];

let files = 0;
const write = (bytes: Buffer) => writeBytes(folder, `${files++}.pcap`, bytes);

describe('variants of pcap', () => {
  const variants = [
    ['microseconds', 0xa1b2c3d4, 1000, {}],
    ['nanoseconds', 0xa1b23c4d, 1, {}],
    ['Kuznetzov', 0xa1b2cd34, 1000, { record: new Uint8Array(8).fill(7) }],
    ['IXIA hardware', 0x1c0001ac, 1, { file: Uint8Array.of(0, 0, 0, 46) }],
    ['IXIA software', 0x1c0001ab, 1000, { file: Uint8Array.of(0, 0, 0, 46) }],
  ] as const;
  for (const [name, magic, unit, extra] of variants) {
    test.each([true, false])(`${name}, little-endian %s: as written, and as tshark reads it`, async (little) => {
      const after = 'record' in extra ? extra.record : new Uint8Array(0);
      const records = RECORDS.map((record) => ({ ...record, after }));
      const options = 'file' in extra ? { magic, little, after: extra.file } : { magic, little };
      const path = write(pcap(records, options));
      const { packets, result } = await readPackets(path);
      expect(packets).toEqual(
        RECORDS.map(({ seconds, fraction, data, original }, i) => ({
          frame: i + 1,
          seconds,
          nanoseconds: fraction * unit,
          linkType: 1,
          originalLength: original ?? data.length,
          data,
        })),
      );
      expect(result).toMatchObject({ packets: 2, cutPackets: 1, compression: 'none', stop: null });
      expect(result.format).toMatch(little ? /little-endian/ : /big-endian/);
      expect(result.format).toMatch(unit === 1 ? /nanoseconds$/ : /microseconds$/);
      const rows = tsharkFields(path, '', ['frame.time_epoch', 'frame.cap_len', 'frame.len']);
      expect(rows.map((row) => row.flat())).toEqual(
        packets.map(({ seconds, nanoseconds, data, originalLength }) => [
          `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
          String(data.length),
          String(originalLength),
        ]),
      );
    });
  }

  test('the bits beside the link type are no part of it', async () => {
    const { packets } = await readPackets(write(pcap(RECORDS, { linkType: 0xf400_0071 })));
    expect(packets.map((packet) => packet.linkType)).toEqual([113, 113]);
    const big = await readPackets(write(pcap(RECORDS, { linkType: 0xf400_0071, little: false })));
    expect(big.packets.map((packet) => packet.linkType)).toEqual([113, 113]);
  });

  test('before version 2.3 the two lengths stand the other way round, in 2.3 where they must', async () => {
    const swapped = { seconds: 1, fraction: 0, data: first, captured: 60, original: first.length };
    for (const minor of [2, 3]) {
      const { packets, result } = await readPackets(write(pcap([swapped], { minor })));
      expect(packets.map(({ data, originalLength }) => [data, originalLength])).toEqual([[first, 60]]);
      expect(result.stop).toBeNull();
    }
    const usual = { seconds: 1, fraction: 0, data: first, original: 60 };
    const { packets } = await readPackets(write(pcap([usual], { minor: 3 })));
    expect(packets.map(({ data, originalLength }) => [data, originalLength])).toEqual([[first, 60]]);
  });

  test('a fraction of more than a second is carried over', async () => {
    const { packets } = await readPackets(write(pcap([{ seconds: 5, fraction: 2_500_000, data: first }])));
    expect(packets[0]).toMatchObject({ seconds: 7, nanoseconds: 500_000_000 });
  });

  test('first and last are the earliest and the latest time, not the first and last packet', async () => {
    const at = (seconds: number, fraction: number) => ({ seconds, fraction, data: first });
    const { result } = await readPackets(write(pcap([at(5, 5), at(3, 2), at(9, 1), at(3, 1), at(9, 2), at(4, 0)])));
    expect(result.first).toEqual({ s: 3, ns: 1000 });
    expect(result.last).toEqual({ s: 9, ns: 2000 });
  });
});

describe('damage', () => {
  test('a captured length that cannot be stops at its record; what is before is kept', async () => {
    const bad = { seconds: 1, fraction: 0, data: first, captured: 262_145 };
    const { packets, result } = await readPackets(write(pcap([...RECORDS, bad, ...RECORDS])));
    expect(packets.length).toBe(2);
    expect(result.stop).toMatchObject({
      layer: 'pcap',
      offset: 24 + 16 + first.length + 16 + second.length,
      need: 262_145,
      reason: 'captured length above 262144',
    });
  });

  test('the largest captured length is read', async () => {
    const data = Buffer.alloc(262_144, 1);
    const { packets, result } = await readPackets(write(pcap([{ seconds: 1, fraction: 0, data }])));
    expect(packets[0]!.data.equals(data)).toBe(true);
    expect(result.stop).toBeNull();
  });

  test('another major version is refused, as by libpcap', async () => {
    const { packets, result } = await readPackets(write(pcap(RECORDS, { major: 3 })));
    expect(packets).toEqual([]);
    expect(result.stop).toMatchObject({ layer: 'pcap', offset: 4, reason: 'major version' });
  });

  test('a record that the end of the file cuts tells what it needs', async () => {
    const bytes = pcap(RECORDS);
    const { packets, result } = await readPackets(write(bytes.subarray(0, -3)));
    expect(packets.length).toBe(1);
    const offset = 24 + 16 + first.length;
    const need = 16 + second.length;
    expect(result.stop).toEqual({ layer: 'pcap', offset, need, have: need - 3, reason: 'captured length' });
  });
});
