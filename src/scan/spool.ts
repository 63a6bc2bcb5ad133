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
  private closed = false;

  /** @param budget bytes kept in memory */
  constructor(budget: number) {
    this.budget = budget;
  }

  /** Takes a chunk in: the chunk itself, or a copy of it, while there is memory, else its place in the file. */
  keep(chunk: Buffer): Buffer | number {
    if (this.closed) throw new Error('nothing more is kept');
    if (this.budget < chunk.length) return this.write(chunk);
    this.budget -= chunk.length;
    // A small part would keep all of a large buffer alive.
    return 2 * chunk.length < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
  }

  /** Puts a chunk into the file. @returns its place there */
  write(chunk: Buffer): number {
    try {
      if (this.file < 0) this.file = openUnnamed();
      storeTo(this.file, this.fileEnd, chunk);
    } catch (error) {
      throw new UserError(`cannot keep events in ${tmpdir()}: ${(error as Error).message}`);
    }
    this.fileEnd += chunk.length;
    return this.fileEnd - chunk.length;
  }

  /** The file, for other threads to {@link loadFrom}; what was put there stays until {@link close}. */
  get descriptor(): number {
    return this.file;
  }

  /** Reads bytes of the file at `at` into the start of `buffer`. */
  load(at: number, length: number, buffer: Buffer): void {
    loadFrom(this.file, at, length, buffer);
  }

  /** Gives the memory of a chunk back. */
  release(bytes: number): void {
    this.budget += bytes;
  }

  close(): void {
    this.closed = true;
    if (this.file >= 0) closeSync(this.file);
    this.file = -1;
  }
}

/** One chunk of a spool. */
class SpoolChunk {
  private readonly store: SpoolStore;
  private readonly place: Buffer | number;
  private readonly length: number;

  constructor(store: SpoolStore, chunk: Buffer) {
    this.store = store;
    this.place = store.keep(chunk);
    this.length = chunk.length;
  }

  /** Bytes that reading it needs. */
  get onDisk(): number {
    return typeof this.place === 'number' ? this.length : 0;
  }

  /** All its bytes; those of the file in `buffer`, which has room for them. */
  bytes(buffer: Buffer): Buffer {
    if (typeof this.place !== 'number') return this.place;
    this.store.load(this.place, this.length, buffer);
    return buffer.subarray(0, this.length);
  }

  /** At least the row at `start`, at the start of a buffer of its own. */
  row(start: number): Buffer {
    if (typeof this.place !== 'number') return this.place.subarray(start);
    const left = this.length - start;
    let row = Buffer.allocUnsafe(Math.min(left, MOST_ROWS));
    this.store.load(this.place + start, row.length, row);
    const length = row.readUInt32BE(0);
    if (length > row.length) {
      row = Buffer.allocUnsafe(length);
      this.store.load(this.place + start, length, row);
    }
    return row;
  }

  release(): void {
    if (typeof this.place !== 'number') this.store.release(this.length);
  }
}

/** Few rows are longer, bytes. */
const MOST_ROWS = 1024;

/** Chunks of whole rows in the order they were added. */
export class Spool {
  private readonly store: SpoolStore;
  chunks: SpoolChunk[] = [];

  constructor(store: SpoolStore) {
    this.store = store;
  }

  /** Keeps a chunk; the caller does not write to it again. */
  add(chunk: Buffer): void {
    this.chunks.push(new SpoolChunk(this.store, chunk));
  }

  /** The bytes of every chunk in turn; they are valid until the next are asked for. */
  *read(): Generator<Buffer> {
    const buffer = Buffer.allocUnsafe(this.chunks.reduce((most, chunk) => Math.max(most, chunk.onDisk), 0));
    for (const chunk of this.chunks) yield chunk.bytes(buffer);
  }

  /** Gives the memory back. */
  clear(): void {
    for (const chunk of this.chunks) chunk.release();
    this.chunks = [];
  }
}

/** Reads bytes of a file of a {@link SpoolStore} at `at` into the start of `buffer`. */
export function loadFrom(file: number, at: number, length: number, buffer: Buffer): void {
  for (let done = 0; done < length; ) {
    const got = readSync(file, buffer, done, length - done, at + done);
    if (got === 0) throw new UserError('temporary events were cut short by another program');
    done += got;
  }
}

/** Writes bytes to a file of a {@link SpoolStore} at `at`. */
export function storeTo(file: number, at: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}

/** A new file that only this user can read, and that has no name. */
export function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
  try {
    return openSync(join(folder, 'events'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
