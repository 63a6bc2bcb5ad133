import { createHash } from 'node:crypto';
import type { Stop } from '../../src/base/stop.ts';
import { CaptureDecoder } from '../../src/capture/decode.ts';

/** What came of bytes that were decoded as a capture. */
export interface Decoded {
  /** Each packet as text: frame, time, link type, lengths, bytes. */
  packets: string[];
  /** How many bytes there are decompressed, and their SHA-256. */
  length: number;
  sha256: string;
  format: string | null;
  found: string | null;
  stop: Stop | null;
}

/** Decodes a capture that is in memory, given in chunks of the sizes of `chunks`, over and over. */
export async function decodeBytes(bytes: Buffer, chunks: readonly number[] = [bytes.length || 1]): Promise<Decoded> {
  const packets: string[] = [];
  const hash = createHash('sha256');
  const decoder = new CaptureDecoder(
    ({ frame, seconds, nanoseconds, linkType, originalLength, data, start, end }) => {
      packets.push([frame, seconds, nanoseconds, linkType, originalLength, data.toString('hex', start, end)].join(' '));
    },
    (chunk) => {
      hash.update(chunk);
      return true;
    },
  );
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const next = Math.min(bytes.length, at + chunks[turn % chunks.length]!);
    // A copy that is spoilt afterwards shows whatever is kept of it.
    const chunk = Buffer.from(bytes.subarray(at, next));
    await decoder.push(chunk);
    chunk.fill(0xee);
    at = next;
  }
  const stop = decoder.finish();
  decoder.close();
  const { bytes: length, found, reader } = decoder;
  return { packets, length, sha256: hash.digest('hex'), format: reader?.format ?? null, found, stop };
}
