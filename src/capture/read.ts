import { createHash } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import type { Stop } from '../base/stop.ts';
import type { PacketTime } from '../base/time.ts';
import { CaptureDecoder } from './decode.ts';
import { readDisk } from './disk.ts';
import type { CaptureInput } from './list.ts';
import type { PacketHandler } from './packet.ts';

/** What a capture was, told when it has been read. */
export interface CaptureResult {
  /** As given. */
  path: string;
  /** SHA-256 of the decompressed bytes, hexadecimal; empty where nobody asked for it. */
  sha256: string;
  /** In words, for instance `pcap, little-endian, microseconds`; `unknown` where a compressed file ends before its first byte. */
  format: string;
  compression: 'none' | 'gzip' | 'zstd';
  packets: number;
  /** Decompressed bytes. */
  bytes: number;
  /** Bytes read from the disk or pipe. */
  diskBytes: number;
  /** Earliest and latest packet time. */
  first: PacketTime | null;
  last: PacketTime | null;
  /** Where the file is cut or damaged. Every packet before was handed over. */
  stop: Stop | null;
  /** Packets captured with fewer bytes than they had on the wire. */
  cutPackets: number;
}

export interface ReadOptions {
  /** Called now and then with the bytes read so far from the disk or pipe. */
  onProgress?: (bytesOnDisk: number) => void;
  signal?: AbortSignal;
  /** Whether the capture gets its name, which costs as much as all the rest of reading it. Default: yes. */
  named?: boolean;
}

/**
 * Reads one capture (pcap or pcapng, plain or compressed with gzip or zstd) in one pass, in memory that does not depend on its
 * size, and hands over its packets in their order.
 *
 * A capture that is cut, damaged, or still being written gives every packet that is whole before that place, and says so in
 * `stop`.
 *
 * @throws UserError, one line that names the file, where it is no capture or cannot be read; the reason of `signal` when aborted
 */
export async function readCapture(
  input: CaptureInput,
  onPacket: PacketHandler,
  options: ReadOptions = {},
): Promise<CaptureResult> {
  const { onProgress, signal, named = true } = options;
  const hash = named ? createHash('sha256') : null;
  const decoder = new CaptureDecoder(onPacket, (chunk) => {
    hash?.update(chunk);
    return true;
  });
  let diskBytes = 0;
  try {
    signal?.throwIfAborted();
    for await (const chunk of readDisk(input.path)) {
      signal?.throwIfAborted();
      diskBytes += chunk.length;
      await decoder.push(chunk);
      if (decoder.found !== null) break;
      onProgress?.(diskBytes);
    }
    const stop = decoder.finish();
    if (decoder.found !== null) throw notCapture(input, decoder.found);
    const { reader } = decoder;
    return {
      path: input.path,
      sha256: hash?.digest('hex') ?? '',
      format: reader?.format ?? 'unknown',
      compression: decoder.compression ?? 'none',
      packets: reader?.packets ?? 0,
      bytes: decoder.bytes,
      diskBytes,
      first: reader?.first ?? null,
      last: reader?.last ?? null,
      stop,
      cutPackets: reader?.cutPackets ?? 0,
    };
  } finally {
    decoder.close();
  }
}

/** The one line for a file that is no capture. */
export function notCapture(input: Pick<CaptureInput, 'path' | 'kind'>, found: string): UserError {
  const name = input.path === '-' ? 'standard input' : input.path;
  if (input.kind === 'stdin' && found === 'an empty file')
    return new UserError(`${name}: closed before anything was written`);
  return new UserError(`${name}: not a pcap or pcapng capture but ${found}`);
}
