import { closeSync, writeSync } from 'node:fs';
import { UserError } from '../../base/errors.ts';
import { CATALOGUE } from '../../features/catalogue.ts';
import { COMPANY_WIDTH } from '../../gateways/among.ts';
import { loadFrom, openUnnamed } from '../spool.ts';

/** Bytes of vectors up to which they stay in memory. */
const MEMORY = 8 * 1024 * 1024;
const WIDTH = CATALOGUE.length;
/** What is kept of a line: its vector, in the order of the catalogue, then the company it keeps. Doubles. */
const RECORD = WIDTH + COMPANY_WIDTH;
/** Lines that are read and written at once. */
const BLOCK = 256;

/**
 * The vectors of the lines of one window and the company they keep, by place of the line: in memory where they are few, else in a file
 * of their own, which threads share: each puts lines that no other does. Quick where lines are asked for in order.
 */
export class LineVectors {
  /** The file; -1 where there is none. */
  readonly descriptor: number;
  private readonly lines: number;
  private readonly isOwner: boolean;
  /** Records of `count` lines from `begin` on. */
  private readonly block: Float64Array<ArrayBuffer>;
  private begin = 0;
  private count = 0;
  private isChanged = false;

  /** @param shared file of another thread's; left out: memory or a new one */
  constructor(lines: number, { inFile = false, shared = -1 }: { inFile?: boolean; shared?: number } = {}) {
    this.lines = lines;
    this.isOwner = shared < 0;
    const inMemory = this.isOwner && !inFile && 8 * RECORD * lines <= MEMORY;
    this.block = new Float64Array(RECORD * (inMemory ? lines : BLOCK));
    if (inMemory) {
      this.count = lines;
      this.descriptor = -1;
    } else {
      this.descriptor = this.isOwner ? openFile() : shared;
    }
  }

  /** Keeps the vector of a line. */
  put(line: number, vector: Float64Array): void {
    if (this.descriptor >= 0 && line === this.begin + this.count && this.count < BLOCK) {
      this.count++;
    } else if (this.descriptor >= 0) {
      this.flush();
      this.begin = line;
      this.count = 1;
    }
    this.block.set(vector.subarray(0, WIDTH), (line - this.begin) * RECORD);
    this.isChanged = true;
  }

  /** The vector of a line: a view, valid until the next is asked for. */
  vector(line: number): Float64Array<ArrayBuffer> {
    const at = this.find(line);
    return this.block.subarray(at, at + WIDTH);
  }

  /** Keeps the company of a line that has a vector. */
  putCompany(line: number, values: Float64Array): void {
    this.block.set(values, this.find(line) + WIDTH);
    this.isChanged = true;
  }

  /** The company of a line: a view likewise. */
  company(line: number): Float64Array<ArrayBuffer> {
    const at = this.find(line) + WIDTH;
    return this.block.subarray(at, at + COMPANY_WIDTH);
  }

  /** Makes what was put known to other threads. */
  flush(): void {
    if (this.isChanged && this.descriptor >= 0) {
      const bytes = Buffer.from(this.block.buffer, 0, 8 * RECORD * this.count);
      const place = 8 * RECORD * this.begin;
      try {
        for (let done = 0; done < bytes.length; )
          done += writeSync(this.descriptor, bytes, done, bytes.length - done, place + done);
      } catch (error) {
        throw new UserError(`cannot keep vectors of lines: ${(error as Error).message}`);
      }
    }
    this.isChanged = false;
  }

  /** Gives memory and file back. */
  close(): void {
    if (this.isOwner && this.descriptor >= 0) closeSync(this.descriptor);
  }

  private find(line: number): number {
    if (line < this.begin || line >= this.begin + this.count) {
      this.flush();
      this.begin = line;
      this.count = Math.min(BLOCK, this.lines - line);
      const bytes = 8 * RECORD * this.count;
      loadFrom(this.descriptor, 8 * RECORD * line, bytes, Buffer.from(this.block.buffer));
    }
    return (line - this.begin) * RECORD;
  }
}

function openFile(): number {
  try {
    return openUnnamed();
  } catch (error) {
    throw new UserError(`cannot keep vectors of lines: ${(error as Error).message}`);
  }
}
