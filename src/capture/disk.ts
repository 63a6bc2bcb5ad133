import { type FileHandle, open } from 'node:fs/promises';
import { SYSTEM_WORDS, UserError } from '../base/errors.ts';

/** Bytes read at a time: large enough that a read costs little beside its bytes, small enough for the processor's cache. */
const READ_BYTES = 1024 * 1024;

/**
 * The bytes of a file, named pipe or (`-`) standard input, in chunks that are valid until the next one is asked for. The next
 * chunk is read while one is worked on. A regular file ends where it ended when it was opened, so that one that grows is read
 * to an end.
 *
 * @throws UserError where it cannot be opened or read
 */
export async function* readDisk(path: string, readBytes = READ_BYTES): AsyncGenerator<Buffer, void, undefined> {
  if (path === '-') yield* process.stdin as AsyncIterable<Buffer>;
  else yield* readFile(path, readBytes);
}

async function* readFile(path: string, readBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  let pending: Promise<{ bytesRead: number }> | null = null;
  try {
    const stat = await file.stat();
    let left = stat.isFile() ? stat.size : Number.POSITIVE_INFINITY;
    const size = Math.max(1, Math.min(readBytes, left));
    const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
    const read = (buffer: Buffer) => file.read(buffer, 0, Math.min(size, left), null);
    pending = read(buffers[0]);
    for (let turn = 0; ; turn ^= 1) {
      const { bytesRead } = await pending;
      pending = null;
      left -= bytesRead;
      if (bytesRead === 0) return;
      if (left > 0) pending = read(buffers[turn ^ 1]!);
      yield buffers[turn]!.subarray(0, bytesRead);
      if (pending === null) return;
    }
  } catch (error) {
    throw isSystemError(error) ? unreadable(path, error) : error;
  } finally {
    await pending?.catch(() => {});
    await file.close();
  }
}

/** The one line for a path that the system does not let us read. */
export function unreadable(path: string, error: unknown): UserError {
  const code = isSystemError(error) ? error.code : String(error);
  return new UserError(`${path}: ${SYSTEM_WORDS.get(code) ?? `cannot be read (${code})`}`);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
