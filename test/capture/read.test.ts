import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import type { CaptureInput } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { PcapWriter } from '../../src/capture/write.ts';
import { pcap } from '../support/capture-bytes.ts';
import { asText, makePipe, readPackets, temporaryFolder, writeBytes } from '../support/read-bytes.ts';
import { tsharkFields } from '../support/tshark.ts';

const folder = temporaryFolder();
const root = fileURLToPath(new URL('../../', import.meta.url));
const stream = (path: string): CaptureInput => ({ path, kind: 'stdin', bytes: null, first: null });
const file = (path: string): CaptureInput => ({ path, kind: 'file', bytes: null, first: null });

/** A capture of several chunks of reading, with packets of many lengths. */
const records = Array.from({ length: 6000 }, (_, i) => ({
  seconds: 1000 + i,
  fraction: i,
  data: Buffer.alloc((i * 37) % 1500, i),
}));
const large = writeBytes(folder, 'large.pcap', pcap(records));

describe('a capture larger than what is read at a time', () => {
  test('gives its packets and says what it was', async () => {
    const { packets, result } = await readPackets(large);
    expect(packets.length).toBe(records.length);
    expect(packets.every((packet, i) => packet.data.equals(records[i]!.data))).toBe(true);
    const bytes = readFileSync(large);
    expect(bytes.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(result).toEqual({
      path: large,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      format: 'pcap, little-endian, microseconds',
      compression: 'none',
      packets: 6000,
      bytes: bytes.length,
      diskBytes: bytes.length,
      first: { s: 1000, ns: 0 },
      last: { s: 6999, ns: 5_999_000 },
      stop: null,
      cutPackets: 0,
    });
  });

  test('has the same name compressed', async () => {
    const packed = writeBytes(folder, 'large.pcap.gz', gzipSync(readFileSync(large)));
    const { result } = await readPackets(packed);
    expect(result).toMatchObject({
      sha256: (await readPackets(large)).result.sha256,
      compression: 'gzip',
      bytes: statSync(large).size,
      diskBytes: statSync(packed).size,
    });
  });

  test('tells its progress in bytes on disk', async () => {
    const progress: number[] = [];
    await readCapture(file(large), () => {}, { onProgress: (bytes) => progress.push(bytes) });
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.every((bytes, i) => i === 0 || bytes > progress[i - 1]!)).toBe(true);
    expect(progress.at(-1)).toBe(statSync(large).size);
  });

  test('can be left off', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let packets = 0;
    const reading = readCapture(file(large), () => packets++, {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(reading).rejects.toBe(reason);
    expect(packets).toBeGreaterThan(0);
    expect(packets).toBeLessThan(6000);
    await expect(readCapture(file(large), () => {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('what the handler throws is not swallowed', async () => {
    const bug = new Error('a bug in a decoder');
    const broken = readCapture(file(large), () => {
      throw bug;
    });
    await expect(broken).rejects.toBe(bug);
    const packed = writeBytes(folder, 'thrown.pcap.gz', gzipSync(readFileSync(large)));
    const brokenInGzip = readCapture(file(packed), () => {
      throw bug;
    });
    await expect(brokenInGzip).rejects.toBe(bug);
  });
});

test('a file that grows while it is read gives its whole packets as far as it went when it was opened', async () => {
  const bytes = pcap(records);
  const half = 3_000_001;
  const path = writeBytes(folder, 'grows.pcap', bytes.subarray(0, half));
  let written = half;
  const result = await readCapture(file(path), () => {}, {
    onProgress: () => {
      appendFileSync(path, bytes.subarray(written, written + 500_000));
      written += 500_000;
    },
  });
  expect(result.diskBytes).toBe(half);
  expect(result.stop).toMatchObject({ layer: 'pcap', reason: 'captured length' });
  expect(result.stop!.offset + result.stop!.have).toBe(half);
});

describe('standard input and pipes', () => {
  const program = `
    import { readCapture } from './src/capture/read.ts';
    readCapture({ path: '-', kind: 'stdin', bytes: null, first: null }, () => {}).then(
      (result) => console.log(JSON.stringify(result)),
      (error) => console.log(error.name + ': ' + error.message),
    );`;
  const run = (input: Buffer) =>
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: root,
      input,
      encoding: 'utf8',
    });

  test('are read as a file is', async () => {
    const { result } = await readPackets(large);
    expect(JSON.parse(run(readFileSync(large)))).toEqual({ ...result, path: '-' });
    const pipe = makePipe(folder, 'pipe');
    const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', large, pipe]);
    expect(await readCapture(stream(pipe), () => {})).toEqual({ ...result, path: pipe });
    expect(writer.exitCode ?? 0).toBe(0);
  });

  test('that are closed early, or carry something else, give one line', async () => {
    expect(run(Buffer.alloc(0))).toBe('UserError: standard input: closed before anything was written\n');
    expect(run(Buffer.from('hello'))).toBe('UserError: standard input: not a pcap or pcapng capture but text\n');
    const pipe = makePipe(folder, 'closed');
    spawn('sh', ['-c', ': > "$1"', 'sh', pipe]);
    await expect(readCapture(stream(pipe), () => {})).rejects.toThrow(
      new UserError(`${pipe}: closed before anything was written`),
    );
  });
});

describe('what cannot be read', () => {
  test('gives one line', async () => {
    const gone = join(folder, 'gone');
    await expect(readCapture(file(gone), () => {})).rejects.toThrow(new UserError(`${gone}: no such file or folder`));
    await expect(readCapture(file(folder), () => {})).rejects.toThrow(
      new UserError(`${folder}: cannot be read (EISDIR)`),
    );
    const text = writeBytes(folder, 'text', Buffer.from('text'));
    await expect(readCapture(file(text), () => {})).rejects.toThrow(
      new UserError(`${text}: not a pcap or pcapng capture but text`),
    );
  });

  test('compressed and cut before its first byte, it has no format', async () => {
    const path = writeBytes(folder, 'headless.gz', gzipSync(pcap(records)).subarray(0, 9));
    const { packets, result } = await readPackets(path);
    expect(packets).toEqual([]);
    expect(result).toMatchObject({ format: 'unknown', compression: 'gzip', bytes: 0, first: null, last: null });
    expect(result.stop).toMatchObject({ layer: 'gzip', offset: 9, need: 1, reason: 'gzip header' });
  });
});

describe('PcapWriter', () => {
  test.each([true, false])('writes what is read again and what tshark reads, nanoseconds %s', async (nanoseconds) => {
    const path = join(folder, `written-${nanoseconds}.pcap`);
    const writer = new PcapWriter(path, { nanoseconds, linkType: 113 });
    for (const { seconds, fraction, data } of records)
      writer.write(data, seconds, fraction * 1000 + 7, data.length + 1);
    writer.close();
    const { packets, result } = await readPackets(path);
    const written = records.map(({ seconds, fraction, data }, i) => ({
      frame: i + 1,
      seconds,
      nanoseconds: fraction * 1000 + (nanoseconds ? 7 : 0),
      linkType: 113,
      originalLength: data.length + 1,
      data,
    }));
    expect(asText(packets)).toEqual(asText(written));
    expect(result.format).toBe(`pcap, little-endian, ${nanoseconds ? 'nanoseconds' : 'microseconds'}`);
    const rows = tsharkFields(
      path,
      '',
      ['frame.time_epoch', 'frame.cap_len', 'frame.len'],
      ['--only-protocols', 'frame'],
    );
    expect(rows.slice(0, 50).map((row) => row.flat())).toEqual(
      packets
        .slice(0, 50)
        .map((packet) => [
          `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`,
          String(packet.data.length),
          String(packet.originalLength),
        ]),
    );
  });

  test('makes a file for its owner only', () => {
    const path = join(folder, 'owned.pcap');
    new PcapWriter(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBe(24);
  });
});
