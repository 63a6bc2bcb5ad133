import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Decoded, decodeBytes } from '../support/decode-bytes.ts';
import { sharedCaptures } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

/** Small real captures of every kind. */
const SMALL = [
  'pcap-invalid-version-2.pcap',
  'nanosecs_big_endian.pcap',
  'nanosecs.pcap',
  'modified-format.pcap',
  'dhcp.pcapng',
  'test001.pcapng',
  'test101.pcapng',
  'test202.pcapng',
  'many_interfaces-1.pcapng',
  'http_head.pcapng.gz',
  'dns.cap.zst',
];

const formats = sharedCaptures('formats');
const files = SMALL.map((name) => {
  const path = formats.find((file) => basename(file) === name);
  if (path === undefined) throw new Error(`no ${name} among the captures of CATPOOL_SHARED`);
  return { name, path, bytes: readFileSync(path) };
});
const whole = new Map<string, Decoded>();

beforeAll(async () => {
  for (const { name, bytes } of files) whole.set(name, await decodeBytes(bytes));
});

describe('cut at any byte, a capture gives its packets before the cut', () => {
  test.each(files)('$name', async ({ name, path, bytes }) => {
    const all = whole.get(name)!.packets;
    expect(all.length).toBe(tsharkFields(path, 'frame.encap_type', ['frame.number']).length);
    let before = 0;
    for (let cut = 4; cut <= bytes.length; cut++) {
      const { packets, stop } = await decodeBytes(bytes.subarray(0, cut));
      if (packets.length < before || packets.some((packet, i) => packet !== all[i])) {
        expect([cut, packets]).toEqual([cut, all.slice(0, before)]);
      }
      before = packets.length;
      if (stop !== null && stop.offset > cut + bytes.length * 100) expect(stop).toBeNull();
    }
    expect(before).toBe(all.length);
  });

  test('a classic capture: exactly those whose last byte is there', async () => {
    const { bytes } = files.find(({ name }) => name === 'nanosecs_big_endian.pcap')!;
    const ends: number[] = [];
    for (let at = 24; at < bytes.length; ) ends.push((at += 16 + bytes.readUInt32BE(at + 8)));
    for (let cut = 4; cut <= bytes.length; cut++) {
      const { packets, stop } = await decodeBytes(bytes.subarray(0, cut));
      const expected = ends.filter((end) => end <= cut).length;
      if (packets.length !== expected) expect([cut, packets.length]).toEqual([cut, expected]);
      const between = cut === 24 || ends.includes(cut);
      if ((stop === null) !== between) expect([cut, stop]).toEqual([cut, between ? null : 'a stop']);
    }
  });
});

describe('in chunks of any size, a capture gives the same', () => {
  test.each(files)('$name', async ({ name, bytes }) => {
    for (const size of [1, 2, 3, 7, 16, 61, 1000]) expect(await decodeBytes(bytes, [size])).toEqual(whole.get(name));
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, async (chunks) => {
        expect(await decodeBytes(bytes, chunks)).toEqual(whole.get(name));
      }),
      { numRuns: 15 },
    );
  });
});

describe('changed anywhere, a capture never makes the reader throw, and keeps what is before', () => {
  const changes = fc.array(fc.record({ at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 255)) }), {
    minLength: 1,
    maxLength: 8,
  });
  const inputs = files.flatMap((file) =>
    /\.(gz|zst)$/.test(file.name)
      ? [file]
      : [file, { name: `${file.name}, in gzip`, path: '', bytes: gzipSync(file.bytes) }],
  );
  test.each(inputs)('$name', async ({ name, bytes }) => {
    const plain = whole.get(name);
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 5000 }), async (list, chunk) => {
        const damaged = Buffer.from(bytes);
        let first = bytes.length;
        for (const { at, value } of list) {
          // Not the magic number, which makes it no capture.
          const place = 4 + (at % (bytes.length - 4));
          damaged[place] = value;
          first = Math.min(first, place);
        }
        const { packets, length, stop } = await decodeBytes(damaged, [chunk]);
        expect(packets.reduce((sum, packet) => sum + packet.split(' ').at(-1)!.length / 2, 0)).toBeLessThanOrEqual(
          length,
        );
        if (stop !== null) expect(stop.offset).toBeLessThanOrEqual(Math.max(length, bytes.length) + 0xffff_ffff);
        if (plain === undefined || name.endsWith('.gz') || name.endsWith('.zst')) return;
        const { packets: kept } = await decodeBytes(bytes.subarray(0, first), [chunk]);
        expect(packets.slice(0, kept.length)).toEqual(first < 24 ? packets.slice(0, kept.length) : kept);
      }),
      { numRuns: 150 },
    );
  });

  test('bytes of chance after a magic number', async () => {
    const magics = ['d4c3b2a1', 'a1b23c4d', '0a0d0d0a', '1f8b0800', '28b52ffd'].map((hex) => Buffer.from(hex, 'hex'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), async (magic, rest) => {
        const { packets, length } = await decodeBytes(Buffer.concat([magic, rest]), [37]);
        expect(packets.length * 12).toBeLessThanOrEqual(length);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('hostile Zstandard', () => {
  test('a block that claims more sequences than it has bits for ends at once', async () => {
    // No literals, 98,047 sequences, all three codes of one symbol: the longest literals, offset code 0, the longest match.
    const block = Buffer.from([0x00, 0xff, 0xff, 0xff, 0x54, 35, 0, 52, 0x01]);
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | (2 << 1), 0, 3);
    const one = Buffer.concat([blockHeader, block]);
    const { stop, length } = await decodeBytes(Buffer.concat([head, ...new Array<Buffer>(1000).fill(one)]));
    expect(stop).toEqual({ layer: 'zstd', offset: 6, need: 0, have: 1000 * one.length, reason: 'block content' });
    expect(length).toBe(0);
  });
});
