import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PcapngBytes } from '../support/capture-bytes.ts';
import { readPackets, temporaryFolder, writeBytes } from '../support/read-bytes.ts';
import { tsharkFields } from '../support/tshark.ts';

// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html

const folder = temporaryFolder();
const data = Buffer.from('00112233445566778899aabb08004', 'hex');
const text = Buffer.from('a key log, a comment');

let files = 0;
const write = (bytes: PcapngBytes) => writeBytes(folder, `${files++}.pcapng`, bytes.build());
const times = (packets: readonly { seconds: number; nanoseconds: number }[]) =>
  packets.map(({ seconds, nanoseconds }) => `${seconds}.${String(nanoseconds).padStart(9, '0')}`);

describe.each([true, false])('pcapng, little-endian %s', (little) => {
  test('each interface has its own link type, resolution and origin of time', async () => {
    const path = write(
      new PcapngBytes()
        .section({ little })
        .interface({ linkType: 1, name: 'eth0' })
        .interface({ linkType: 113, resolution: 9 })
        .interface({ linkType: 101, resolution: 3, offset: 1_000_000_000n })
        .interface({ linkType: 276, resolution: 0x8a })
        .enhanced(1, 1_700_000_000_123_456_789n, data)
        .enhanced(0, 1_700_000_000_123_456n, data, 2000)
        .enhanced(3, (1_700_000_000n << 10n) + 512n, data)
        .enhanced(2, 700_000_000_999n, data)
        .packet(1, 3, 1_700_000_001_000_000_001n, data)
        .simple(data),
    );
    const { packets, result } = await readPackets(path);
    expect(packets.map((packet) => packet.linkType)).toEqual([113, 1, 276, 101, 113, 1]);
    expect(packets.map((packet) => packet.originalLength)).toEqual([14, 2000, 14, 14, 14, 14]);
    expect(packets.every((packet) => packet.data.equals(data))).toBe(true);
    expect(times(packets)).toEqual([
      '1700000000.123456789',
      '1700000000.123456000',
      '1700000000.500000000',
      '1700000000.999000000',
      '1700000001.000000001',
      // A simple packet has none: the one before it lends its own.
      '1700000001.000000001',
    ]);
    expect(result).toMatchObject({ stop: null, cutPackets: 1, format: `pcapng, ${little ? 'little' : 'big'}-endian` });
    const rows = tsharkFields(path, '', ['frame.time_epoch', 'frame.len']).map((row) => row.flat());
    expect(rows.slice(0, 5)).toEqual(
      times(packets)
        .slice(0, 5)
        .map((time, i) => [time, String(packets[i]!.originalLength)]),
    );
    expect(rows[5]).toEqual(['14']);
  });

  test('a new section forgets the interfaces and may have the other byte order', async () => {
    const path = write(
      new PcapngBytes()
        .section({ little })
        .interface({ linkType: 101 })
        .enhanced(0, 1_000_000n, data)
        .section({ little: !little })
        .interface({ linkType: 113 })
        .enhanced(0, 2_000_000n, data)
        .section({ little })
        .enhanced(0, 3_000_000n, data),
    );
    const { packets, result } = await readPackets(path);
    expect(packets.map(({ linkType, seconds }) => [linkType, seconds])).toEqual([
      [101, 1],
      [113, 2],
    ]);
    expect(result.stop).toMatchObject({ layer: 'pcapng', reason: 'interface' });
  });

  test('name resolution, statistics, secrets, custom and unknown blocks are passed over, however large', async () => {
    const bytes = new PcapngBytes().section({ little });
    for (const type of [4, 5, 10, 0x0bad, 0x4000_0bad, 0x7777_7777]) bytes.block(type, text);
    bytes.interface().enhanced(0, 1n, data).block(0x7777_7777, Buffer.alloc(3_000_000)).enhanced(0, 2n, data);
    const { packets, result } = await readPackets(write(bytes));
    expect(packets.map(({ frame, nanoseconds }) => [frame, nanoseconds])).toEqual([
      [1, 1000],
      [2, 2000],
    ]);
    expect(result.stop).toBeNull();
  });

  // Clause 3.1: the length is a multiple of 4, padding and all. Some writers leave it out.
  test('blocks may say their length without the padding', async () => {
    const bytes = new PcapngBytes().section({ little }).interface();
    const packet = bytes.fields().u32(0).u32(0).u32(7).u32(14).u32(14).padded(data).build();
    bytes
      .block(6, packet, 46)
      .block(0x7777_7777, bytes.fields().padded(text.subarray(0, 18)).build(), 30)
      .block(6, packet, 46)
      .enhanced(0, 8n, data);
    const path = write(bytes);
    const { packets, result } = await readPackets(path);
    expect(packets.map((one) => [one.data.equals(data), one.nanoseconds])).toEqual([
      [true, 7000],
      [true, 7000],
      [true, 8000],
    ]);
    expect(result.stop).toBeNull();
    expect(tsharkFields(path, '', ['frame.len'])).toEqual([[['14']], [['14']], [['14']]]);
  });

  test('a simple packet is as long as the snap length of the first interface allows', async () => {
    const bytes = new PcapngBytes().section({ little }).interface({ snapLength: 12 });
    const { packets, result } = await readPackets(
      write(bytes.simple(data.subarray(0, 12), 90).simple(data.subarray(0, 9))),
    );
    expect(packets.map((packet) => [packet.data.length, packet.originalLength])).toEqual([
      [12, 90],
      [9, 9],
    ]);
    expect(result).toMatchObject({ cutPackets: 1, first: { s: 0, ns: 0 } });
  });
});

describe('times', () => {
  test('are exact for every resolution and origin (checked with whole-number arithmetic)', async () => {
    const interfaces = fc.record({
      resolution: fc.integer({ min: 0, max: 255 }),
      offset: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
      stamps: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(interfaces, { minLength: 1, maxLength: 5 }), async (list) => {
        const bytes = new PcapngBytes().section();
        const expected: [number, number][] = [];
        for (const one of list) bytes.interface(one);
        for (const [index, { resolution, offset, stamps }] of list.entries()) {
          const units = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
          for (const any of stamps) {
            // Seconds that a double holds.
            const stamp = any % (units << 50n);
            bytes.enhanced(index, stamp, data);
            expected.push([Number(offset + stamp / units), Number(((stamp % units) * 10n ** 9n) / units)]);
          }
        }
        const { packets } = await readPackets(write(bytes));
        expect(packets.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('damage stops at its offset; what is before is kept', () => {
  const begun = () => new PcapngBytes().section().interface().enhanced(0, 1n, data);
  const offset = begun().build().length;
  const body = (bytes: PcapngBytes) => bytes.fields().u32(0).u32(0).u32(0).u32(14).u32(14).padded(data).build();
  const cases: [string, PcapngBytes, object][] = [
    ['an interface that was not described', begun().enhanced(1, 2n, data), { reason: 'interface' }],
    ['a captured length beyond the block', begun().enhanced(0, 2n, data, 14, 17), { reason: 'captured length' }],
    ['a simple packet beyond the block', begun().simple(data, 1000), { reason: 'original length' }],
    [
      'a simple packet without interface',
      new PcapngBytes().section().simple(data),
      { offset: 28, reason: 'interface' },
    ],
    ['a block of no length', begun().block(6, body(begun()), 0), { reason: 'block total length' }],
    ['a block too short for its type', begun().block(6, new Uint8Array(16)), { reason: 'block total length' }],
    ['a length that is not the next multiple of four', begun().block(6, body(begun()), 50), { offset: offset + 48 }],
    ['a huge packet', begun().block(6, body(begun()), 0x7fff_fffc), { reason: 'block total length above 67108864' }],
    ['a length that is not repeated', begun().block(6, body(begun()), 48, 44), { offset: offset + 44 }],
    ['the same of a block passed over', begun().block(5, text, 32, 36), { offset: offset + 28 }],
    ['a byte order that is none', begun().block(0x0a0d0d0a, Buffer.alloc(16, 9)), { reason: 'byte-order magic' }],
    ['another major version', begun().section({ major: 2 }), { reason: 'major version' }],
    ['an unknown block beyond the end', begun().block(5, text, 4_000_000_000), { reason: 'block total length' }],
  ];
  test.each(cases)('%s', async (_, bytes, stop) => {
    const { packets, result } = await readPackets(write(bytes.enhanced(0, 3n, data)));
    expect(packets.length).toBeLessThanOrEqual(1);
    expect(result.stop).toMatchObject({ layer: 'pcapng', ...stop });
    if (!('offset' in stop) && result.stop!.have > 0) expect(result.stop!.offset).toBe(offset);
  });

  test('an interface beyond the bound', async () => {
    const bytes = new PcapngBytes().section();
    for (let i = 0; i < 65_536; i++) bytes.interface();
    const { packets, result } = await readPackets(write(bytes.enhanced(65_535, 1n, data).interface()));
    expect(packets.length).toBe(1);
    expect(result.stop?.reason).toBe('more than 65536 interfaces');
  });

  test('options that lie are not read', async () => {
    const option = (code: number, length: number) =>
      begun().fields().u16(1).u16(0).u32(0).u16(code).u16(length).padded(Uint8Array.of(9)).build();
    const path = write(
      new PcapngBytes()
        .section()
        .block(1, option(9, 200))
        .block(1, option(9, 0))
        .block(1, option(14, 4))
        .enhanced(0, 1n, data)
        .enhanced(1, 1n, data)
        .enhanced(2, 1n, data),
    );
    const { packets, result } = await readPackets(path);
    expect(packets.map((packet) => packet.nanoseconds)).toEqual([1000, 1000, 1000]);
    expect(result.stop).toBeNull();
  });
});
