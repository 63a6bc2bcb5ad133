import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type CaptureResult, readCapture } from '../../src/capture/read.ts';

/** One packet, held. */
export interface ReadPacket {
  frame: number;
  seconds: number;
  nanoseconds: number;
  linkType: number;
  originalLength: number;
  data: Buffer;
}

/** A folder that is there for the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** All packets of a capture file. */
export async function readPackets(path: string): Promise<{ packets: ReadPacket[]; result: CaptureResult }> {
  const packets: ReadPacket[] = [];
  const result = await readCapture({ path, kind: 'file', bytes: null, first: null }, (packet) => {
    const { frame, seconds, nanoseconds, linkType, originalLength, data, start, end } = packet;
    packets.push({
      frame,
      seconds,
      nanoseconds,
      linkType,
      originalLength,
      data: Buffer.from(data.subarray(start, end)),
    });
  });
  return { packets, result };
}

/** Packets as text, which is compared much faster than bytes are. */
export function asText(packets: readonly ReadPacket[]): string[] {
  return packets.map(({ frame, seconds, nanoseconds, linkType, originalLength, data }) =>
    [frame, seconds, nanoseconds, linkType, originalLength, data.toString('base64')].join(' '),
  );
}

/** Makes a named pipe. */
export function makePipe(folder: string, name: string): string {
  const path = join(folder, name);
  const { status, error } = spawnSync('sh', ['-c', 'exec mkfifo "$1"', 'sh', path]);
  if (status !== 0) throw new Error(`mkfifo did not run: ${error}`);
  return path;
}

/** Writes bytes to a file of the folder and gives its path. */
export function writeBytes(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
