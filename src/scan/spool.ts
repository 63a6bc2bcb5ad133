import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';

/**
 * A private temporary place for event rows: memory up to a budget shared by all its spools, then one file that only this user
 * can read and that has no name any more once it is open.
 */
export class SpoolStore {
  private file = -1;
  private fileEnd = 0;
  private budget: number;

  /** @param budget bytes kept in memory */
  constructor(budget: number) {
    this.budget = budget;
  }

  /** Takes a chunk in: the chunk itself while there is memory, else its place in the file. */
  keep(chunk: Buffer): Buffer | number {
    if (this.budget >= chunk.length) {
      this.budget -= chunk.length;
      return chunk;
    }
    try {
      if (this.file < 0) this.file = openUnnamed();
      for (let done = 0; done < chunk.length; ) {
        done += writeSync(this.file, chunk, done, chunk.length - done, this.fileEnd + done);
      }
    } catch (error) {
      throw new UserError(`cannot keep events in ${tmpdir()}: ${(error as Error).message}`);
    }
    this.fileEnd += chunk.length;
    return this.fileEnd - chunk.length;
  }

  /** Reads bytes of the file at `at` into the start of `buffer`. */
  load(at: number, length: number, buffer: Buffer): void {
    for (let done = 0; done < length; ) {
      const got = readSync(this.file, buffer, done, length - done, at + done);
      if (got === 0) throw new UserError('temporary events were cut short by another program');
      done += got;
    }
  }

  /** Gives the memory of a chunk back. */
  release(bytes: number): void {
    this.budget += bytes;
  }

  close(): void {
    if (this.file >= 0) closeSync(this.file);
    this.file = -1;
  }
}

/** Chunks of whole rows in the order they were added. */
export class Spool {
  private readonly store: SpoolStore;
  private chunks: { place: Buffer | number; length: number }[] = [];
  bytes = 0;

  constructor(store: SpoolStore) {
    this.store = store;
  }

  /** Keeps a chunk; the caller does not write to it again. */
  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.chunks.push({ place: this.store.keep(chunk), length: chunk.length });
  }

  /** Every chunk in turn; one is valid until the next is asked for, unless `keep` asks for copies that last. */
  *read(keep = false): Generator<Buffer> {
    let buffer = Buffer.alloc(0);
    for (const { place, length } of this.chunks) {
      if (typeof place !== 'number') {
        yield place;
        continue;
      }
      if (keep || buffer.length < length) buffer = Buffer.allocUnsafe(length);
      this.store.load(place, length, buffer);
      yield buffer.subarray(0, length);
    }
  }

  /** Gives the memory back. */
  clear(): void {
    for (const { place } of this.chunks) if (typeof place !== 'number') this.store.release(place.length);
    this.chunks = [];
    this.bytes = 0;
  }
}

function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
  try {
    return openSync(join(folder, 'events'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
