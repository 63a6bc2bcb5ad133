import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { pcap } from '../support/capture-bytes.ts';
import { decodeBytes } from '../support/decode-bytes.ts';

const random = new Random(7);
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
const words = ['INVITE sip:', '8613812345678', '@ims.example', ' SIP/2.0\r\n', 'Via: ', 'z9hG4bK', '\0\0\0\0\0\0\0\0'];

/** A capture of packets that are partly alike, so that all ways of compressing them come up. */
function sample(packets: number): Buffer {
  return pcap(
    Array.from({ length: packets }, (_, i) => {
      const parts = [noise(random.integer(0, 30))];
      for (let part = random.integer(0, 60); part > 0; part--) parts.push(Buffer.from(random.pick(words)));
      return { seconds: 1_700_000_000 + i, fraction: i, data: Buffer.concat(parts) };
    }),
  );
}

const small = sample(12);
const large = sample(8000);
const plain = await decodeBytes(small);
const plainLarge = await decodeBytes(large);

/** The zstd program; what it says where it can't. */
function zstd(bytes: Buffer, ...options: string[]): Buffer {
  const run = spawnSync('zstd', ['-q', '-c', ...options], { input: bytes, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`zstd (Debian package zstd) did not run: ${run.error ?? run.stderr}`);
  return run.stdout;
}

test('the sample is what it should be', () => {
  expect([plain.packets.length, plainLarge.packets.length]).toEqual([12, 8000]);
  expect(plain.sha256).toBe(sha256(small));
});

describe('gzip', () => {
  test.each([1, 6, 9, 0])('level %i gives the packets of the plain file, in chunks of any size', async (level) => {
    const packed = gzipSync(large, { level });
    for (const chunk of [packed.length, 4099, 64 * 1024])
      expect(await decodeBytes(packed, [chunk])).toEqual(plainLarge);
    expect(await decodeBytes(gzipSync(small, { level }), [1])).toEqual(plain);
  });

  test('members one after the other, and zeros at the end, are read through', async () => {
    const parts = [small.subarray(0, 3), small.subarray(3, 100), Buffer.alloc(0), small.subarray(100)];
    const packed = Buffer.concat([...parts.map((part) => gzipSync(part)), Buffer.alloc(1000)]);
    for (const chunk of [packed.length, 7, 1]) expect(await decodeBytes(packed, [chunk])).toEqual(plain);
  });

  test('extra field, name, comment and header CRC are passed over', async () => {
    const body = gzipSync(small).subarray(10);
    const fixed = (flags: number) => Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]);
    const extra = Buffer.from([4, 0, 1, 2, 3, 4]);
    const name = Buffer.from('a name\0');
    for (const parts of [
      [fixed(0x1e), extra, name, name, Buffer.alloc(2, 9)],
      [fixed(0x04), Buffer.alloc(2)],
      [fixed(0x10), name],
      [fixed(0x0a), name, Buffer.alloc(2, 9)],
    ]) {
      const packed = Buffer.concat([...parts, body]);
      for (const chunk of [packed.length, 1]) expect(await decodeBytes(packed, [chunk])).toEqual(plain);
      const header = packed.length - body.length;
      for (let cut = 4; cut < header; cut++) {
        const { packets, stop } = await decodeBytes(packed.subarray(0, cut));
        expect([packets.length, stop?.layer, stop?.offset]).toEqual([0, 'gzip', cut]);
      }
    }
  });

  test('cut at every byte it gives what zlib gives of the cut file, and says where', async () => {
    const first = gzipSync(small.subarray(0, 900));
    const packed = Buffer.concat([first, gzipSync(small.subarray(900))]);
    for (let cut = 10; cut < packed.length; cut++) {
      const decoded = await decodeBytes(packed.subarray(0, cut), [100]);
      const { packets, length, stop } = decoded;
      const witness = gunzipSync(packed.subarray(0, cut), { finishFlush: constants.Z_SYNC_FLUSH });
      expect([length, decoded.sha256]).toEqual([witness.length, sha256(witness)]);
      expect(packets).toEqual(plain.packets.slice(0, packets.length));
      // Between the two members the gzip data are whole, and only the packet is cut.
      if (cut === first.length) expect(stop?.layer).toBe('pcap');
      else if (cut < packed.length) expect([stop?.layer, stop!.offset <= cut]).toEqual(['gzip', true]);
    }
  });

  test('the same where a chunk gives many times as many bytes as it has', async () => {
    const bytes = gzipSync(large, { level: 9 });
    for (let cut = 1000; cut < bytes.length; cut += 9973) {
      const { length, sha256: ours } = await decodeBytes(bytes.subarray(0, cut));
      const witness = gunzipSync(bytes.subarray(0, cut), { finishFlush: constants.Z_SYNC_FLUSH });
      expect([length, ours]).toEqual([witness.length, sha256(witness)]);
    }
  });

  const packed = gzipSync(small);
  const trailer = packed.length - 8;
  test.each([
    ['bytes after the end', Buffer.concat([packed, Buffer.from('garbage, not a member')]), packed.length],
    ['bytes after the padding', Buffer.concat([packed, Buffer.alloc(9), Buffer.from('x')]), packed.length + 9],
    ['a wrong CRC-32', changed(packed, trailer), trailer],
    ['a wrong length', changed(packed, trailer + 4), trailer + 4],
    ['another method', Buffer.concat([packed, changed(packed, 2)]), packed.length],
    ['reserved flags', Buffer.concat([packed, changed(packed, 3, 0x80)]), packed.length],
  ])('%s: a stop, and all packets', async (_, bytes, offset) => {
    for (const chunk of [bytes.length, 11]) {
      const { packets, stop } = await decodeBytes(bytes, [chunk]);
      expect(packets).toEqual(plain.packets);
      expect(stop).toMatchObject({ layer: 'gzip', offset });
    }
  });

  test('damaged deflate data stop; packets before are kept up to the 64 KiB that zlib was working on', async () => {
    const bytes = gzipSync(large);
    const at = bytes.length >> 1;
    bytes.fill(0xff, at, at + 50);
    const { packets, stop } = await decodeBytes(bytes, [64 * 1024]);
    expect(packets.length).toBeGreaterThan(3000);
    expect(packets.slice(0, -1)).toEqual(plainLarge.packets.slice(0, packets.length - 1));
    // Damaged deflate data give wrong bytes first, and are found out by the one or the other.
    expect(stop?.reason).toMatch(/^deflate data: |^captured length/);
  });
});

describe('Zstandard', () => {
  const levels = ['-1', '-3', '-12', '-19', '--fast=10', '-6 --no-check', '-3 --long=27'];
  test.each(levels)('made by zstd %s gives the packets of the plain file, in chunks of any size', async (level) => {
    const options = level.split(' ');
    const bytes = zstd(large, ...options);
    for (const chunk of [bytes.length, 4099]) expect(await decodeBytes(bytes, [chunk])).toEqual(plainLarge);
    expect(await decodeBytes(zstd(small, ...options), [1])).toEqual(plain);
  });

  test('content far beyond the window is right to the last byte', async () => {
    const block = noise(100_000);
    const data = Array.from({ length: 900 }, (_, i) =>
      i % 9 === 0 ? Buffer.alloc(50_000) : block.subarray(i * 17, 50_000 + i * 31),
    );
    const bytes = pcap(data.map((one, i) => ({ seconds: i, fraction: 0, data: one })));
    for (const options of [['--fast=3'], ['-1'], ['-5', '--zstd=wlog=17']]) {
      const decoded = await decodeBytes(zstd(bytes, ...options), [1 << 20]);
      expect(decoded.stop).toBeNull();
      expect(decoded.sha256).toBe(sha256(bytes));
    }
  });

  test('literals of every kind, and matches from far back, are right to the last byte', async () => {
    const from = (symbols: number, length: number) =>
      Buffer.from(Array.from({ length }, () => Math.floor(symbols * random.next() ** 2)));
    const long = noise(300_000);
    const contents = [2, 3, 4, 6, 9, 14, 40, 128, 256].flatMap((symbols) => [
      from(symbols, 300),
      from(symbols, 20_000),
      Buffer.concat(Array.from({ length: 300 }, (_, i) => from(symbols, i).subarray(0, i % symbols))),
    ]);
    // Pieces of what went before with one and the same letter between them: literals that are one byte repeated.
    const pieces = Array.from({ length: 3000 }, () => {
      const at = random.integer(0, 290_000);
      return long.subarray(at, at + 40);
    });
    contents.push(Buffer.concat([long, ...pieces.flatMap((piece) => [piece, Buffer.from('x')])]));
    contents.push(Buffer.concat([long, Buffer.alloc(70_000_000), long]));
    for (const content of contents) {
      const bytes = Buffer.concat([small.subarray(0, 24), content]);
      for (const options of [['-1'], ['-19'], ['-3', '--long=27']]) {
        if (content.length > 1e7 && options[0] === '-19') continue;
        const decoded = await decodeBytes(zstd(bytes, ...options), [1 << 20]);
        expect([decoded.length, decoded.sha256]).toEqual([bytes.length, sha256(bytes)]);
      }
    }
  });

  test('frames one after the other, and frames to skip, are read through', async () => {
    const skippable = Buffer.concat([Buffer.from('5a2a4d1805000000', 'hex'), Buffer.from('12345')]);
    const parts = [skippable, zstd(small.subarray(0, 50)), skippable, zstd(Buffer.alloc(0)), zstd(small.subarray(50))];
    const bytes = Buffer.concat([...parts, skippable]);
    for (const chunk of [bytes.length, 1]) expect(await decodeBytes(bytes, [chunk])).toEqual(plain);
  });

  test('cut at every byte it gives what the npm package fzstd gives of the cut file', async () => {
    const bytes = zstd(sample(700), '--no-check', '-B65536', '-T1');
    for (let cut = 4; cut < bytes.length; cut += cut < 40 ? 1 : 97) {
      const { length, stop } = await decodeBytes(bytes.subarray(0, cut), [1000]);
      let theirs = 0;
      const witness = new Decompress((chunk) => {
        theirs += chunk.length;
      });
      witness.push(new Uint8Array(bytes.subarray(0, cut)));
      expect(length).toBe(theirs);
      expect(stop).toMatchObject({ layer: 'zstd' });
      expect(stop!.offset + stop!.have).toBe(cut);
    }
  });

  const frame = zstd(small);
  const header = (...bytes: number[]) => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.from(bytes)]);
  test.each([
    ['a dictionary', header(0x21, 7, 100), 'dictionary, which we do not have'],
    ['a window larger than zstd itself takes', header(0x00, 0xff), 'window size above 134217728'],
    ['a single segment larger than that', header(0xe0, 0, 0, 0, 0, 0, 0, 0, 1), 'window size above 134217728'],
    ['a reserved bit', header(0x08, 0x58), 'reserved bit'],
    ['a reserved block type', header(0x00, 0x58, 0x07, 0, 0), 'block type'],
    ['a block larger than the window', header(0x00, 0x00, 0x00, 0x40, 0), 'block size'],
    ['a block of nothing', header(0x00, 0x58, 0x05, 0, 0), 'block content'],
    ['less content than told', header(0x20, 9, 0x01, 0, 0), 'frame content size'],
  ])('%s: a stop', async (_, bytes, reason) => {
    const decoded = await decodeBytes(bytes);
    expect(decoded.packets).toEqual([]);
    expect(decoded.stop).toMatchObject({ layer: 'zstd', reason });
  });

  test('bytes after the end: a stop, and all packets', async () => {
    const { packets, stop } = await decodeBytes(Buffer.concat([frame, Buffer.from('garbage')]));
    expect(packets).toEqual(plain.packets);
    expect(stop).toMatchObject({ layer: 'zstd', offset: frame.length, reason: 'bytes after the end of the zstd data' });
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A copy with one byte changed. */
function changed(bytes: Buffer, at: number, by = 0x11): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= by;
  return copy;
}
