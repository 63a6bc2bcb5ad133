import { CATALOGUE } from '../features/catalogue.ts';
import type { KnownVectors } from '../features/definition.ts';
import { SpoolStore } from './spool.ts';

/** Bytes kept in memory before they go to a temporary file. */
const MEMORY = 8 * 1024 * 1024;
const WIDTH = CATALOGUE.length;
/** Vectors that are read at once. */
const BLOCK = 256;
const BLOCK_BYTES = 8 * WIDTH * BLOCK;

/**
 * The vectors of the lines of one window: kept as the lines come, in order of name, and recalled in that order as fast as a file is read,
 * or out of it. 16 bytes a line in memory, and a file of its own.
 */
export class WindowVectors implements KnownVectors {
  private readonly store = new SpoolStore(MEMORY);
  /** In order of name. */
  private readonly lines: string[] = [];
  private readonly blocks: (Buffer | number)[] = [];
  /** The block that the next vector goes into. */
  private readonly last = Buffer.alloc(BLOCK_BYTES);
  /** The block that was read last. */
  private readonly spare = Buffer.alloc(BLOCK_BYTES);
  private loaded = -1;
  private vectors = new Float64Array(0);
  /** Line that is most likely asked for. */
  private next = 0;

  keep(line: string, vector: Float64Array): void {
    const { lines, last } = this;
    if (!(line > (lines.at(-1) ?? ''))) return;
    const at = lines.length % BLOCK;
    viewOf(last).set(vector.subarray(0, WIDTH), at * WIDTH);
    lines.push(line);
    if (at === BLOCK - 1) this.blocks.push(this.store.keep(Buffer.from(last)));
  }

  recall(line: string, out: Float64Array): boolean {
    const index = this.find(line);
    if (index < 0) return false;
    this.next = index + 1;
    const at = (index % BLOCK) * WIDTH;
    out.set(this.block(Math.floor(index / BLOCK)).subarray(at, at + WIDTH));
    return true;
  }

  /** Gives memory and file back. */
  close(): void {
    this.store.close();
  }

  private find(line: string): number {
    const { lines, next } = this;
    if (lines[next] === line) return next;
    if (!(line <= (lines.at(-1) ?? ''))) return -1;
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lines[middle]! < line) low = middle + 1;
      else high = middle;
    }
    return lines[low] === line ? low : -1;
  }

  private block(number: number): Float64Array {
    if (number === this.blocks.length) return viewOf(this.last);
    if (number === this.loaded) return this.vectors;
    const place = this.blocks[number]!;
    if (typeof place === 'number') this.store.load(place, BLOCK_BYTES, this.spare);
    this.vectors = viewOf(typeof place === 'number' ? this.spare : place);
    this.loaded = number;
    return this.vectors;
  }
}

function viewOf({ buffer, byteOffset }: Buffer): Float64Array<ArrayBuffer> {
  return new Float64Array(buffer as ArrayBuffer, byteOffset, WIDTH * BLOCK);
}
