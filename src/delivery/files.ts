import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../base/errors.ts';
import { makeFolders } from '../base/folders.ts';

/** The calls that fail on a full or failing disk; a test puts its own in their place. */
export interface DiskCalls {
  /** Writes from `offset` on and returns how many bytes it wrote, which may be fewer. */
  write(file: number, data: Buffer, offset: number): number;
  fsync(file: number): void;
  rename(from: string, to: string): void;
}

export const diskCalls: DiskCalls = {
  write: (file, data, offset) => writeSync(file, data, offset),
  fsync: (file) => fsyncSync(file),
  rename: (from, to) => renameSync(from, to),
};

/** End of the name of a file that is still being written. */
export const PART = '.part';

/** Makes a folder, and those above it, for this user alone. @throws UserError where that cannot be */
export function privateFolder(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) makeFolders(path);
    else if (found.isDirectory()) chmodSync(path, 0o700);
    else throw new Error('not a directory');
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${systemWords(error)}`);
  }
}

/**
 * Puts a small file in place of what was under its name, whole or not at all.
 *
 * @param durable wait until it is on the disk; without it a crash of the machine, not of the process, may bring back the older one
 * @throws UserError that names the file
 */
export function replaceFile(path: string, text: string, durable: boolean, calls: DiskCalls): void {
  const part = path + PART;
  try {
    const file = openSync(part, 'w', 0o600);
    try {
      writeAll(file, Buffer.from(text), calls);
      if (durable) calls.fsync(file);
    } finally {
      closeSync(file);
    }
    calls.rename(part, path);
    if (durable) syncFolder(dirname(path), calls);
  } catch (error) {
    rmSync(part, { force: true });
    throw new UserError(`cannot write ${path}: ${systemWords(error)}`);
  }
}

/**
 * Appends to an open file and waits until it is on the disk. Where that fails the file is cut back to what it was.
 *
 * @throws the system's error; `torn` is called first where the file could not be cut back either
 */
export function appendDurably(file: number, data: Buffer, calls: DiskCalls, torn: () => void): void {
  const before = fstatSync(file).size;
  try {
    writeAll(file, data, calls);
    calls.fsync(file);
  } catch (error) {
    try {
      ftruncateSync(file, before);
    } catch {
      torn();
    }
    throw error;
  }
}

function writeAll(file: number, data: Buffer, calls: DiskCalls): void {
  for (let at = 0; at < data.length; ) at += calls.write(file, data, at);
}

/** Puts the names in a folder on the disk. */
export function syncFolder(folder: string, calls: DiskCalls): void {
  const handle = openSync(folder, 'r');
  try {
    calls.fsync(handle);
  } finally {
    closeSync(handle);
  }
}

/** `length` bytes of a file from `offset` on, or fewer where it is shorter. */
export function readPiece(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const data = Buffer.alloc(Math.min(length, Math.max(0, fstatSync(file).size - offset)));
    return data.subarray(0, readSync(file, data, 0, data.length, offset));
  } finally {
    closeSync(file);
  }
}

/** What the system said, without the name of the call. */
export function systemWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '');
}
