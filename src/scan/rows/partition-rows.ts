import { BLOCK_ROWS, FLOATS, INTEGERS, ROW_BYTES, RowBlock, Whole } from '../../features/history/rows.ts';
import { loadFrom, type SpoolStore, storeTo } from '../spool.ts';

/**
 * Rows that go to the file at once. While the rows of a window are spread, each partition gathers so many in memory, and there are as
 * many partitions as the events need.
 */
const PIECE_ROWS = BLOCK_ROWS / 4;
const PIECE_BYTES = PIECE_ROWS * ROW_BYTES;

/** In a row of a partition: number of the name of the other line, or -1, where its capture was. */
export const OTHER = Whole.capture;
/** In a row of a partition: twice the place of its line, plus one where it is mirrored, where its identity was. */
export const OWNER = Whole.identity;

/** Rows of one partition in the file of a store. */
export interface FileBlocks {
  file: number;
  /** Where its rows are; {@link PIECE_ROWS} in each but the last. */
  pieces: { at: number; rows: number }[];
}

/** Reads rows into blocks of `spare`, which it fills up: all of them full but the last. */
export function loadBlocks({ file, pieces }: FileBlocks, spare: RowBlock[]): RowBlock[] {
  const each = BLOCK_ROWS / PIECE_ROWS;
  const blocks: RowBlock[] = [];
  for (const [index, { at, rows }] of pieces.entries()) {
    const place = Math.floor(index / each);
    const block = (spare[place] ??= new RowBlock());
    if (index % each === 0) {
      block.count = 0;
      blocks.push(block);
    }
    loadFrom(file, at, rows * ROW_BYTES, Buffer.from(block.floats.buffer, block.count * ROW_BYTES));
    block.count += rows;
  }
  return blocks;
}

/** Puts rows back where they were read from, in the order of `entries`: twice the place of each in `blocks`, plus one. */
export function storeInOrder({ file, pieces }: FileBlocks, blocks: readonly RowBlock[], entries: Uint32Array): void {
  const piece = new Float64Array(PIECE_ROWS * FLOATS);
  let next = 0;
  for (const { at, rows } of pieces) {
    for (let row = 0; row < rows; row++) {
      const place = entries[next++]! >>> 1;
      const { floats } = blocks[Math.floor(place / BLOCK_ROWS)]!;
      const from = (place % BLOCK_ROWS) * FLOATS;
      piece.set(floats.subarray(from, from + FLOATS), row * FLOATS);
    }
    storeTo(file, at, Buffer.from(piece.buffer, 0, rows * ROW_BYTES));
  }
}

/** Gathers the rows of one partition piece by piece in the file of a store. */
export class PartitionRows {
  private readonly store: SpoolStore;
  private readonly pieces: FileBlocks['pieces'] = [];
  private last: RowBlock | null = null;

  constructor(store: SpoolStore) {
    this.store = store;
  }

  /** Takes a copy of a row of the line at a place, with the number of the name of the other line. */
  add({ floats }: RowBlock, row: number, line: number, mirror: number, other: number): void {
    this.last ??= new RowBlock(new ArrayBuffer(PIECE_BYTES));
    const { last } = this;
    const whole = last.count * INTEGERS;
    last.floats.set(floats.subarray(row * FLOATS, (row + 1) * FLOATS), last.count * FLOATS);
    last.integers[whole + OTHER] = other;
    last.integers[whole + OWNER] = 2 * line + mirror;
    if (++last.count === PIECE_ROWS) this.put(last);
  }

  /** Where they are; no more follow. */
  end(): FileBlocks {
    if (this.last !== null && this.last.count > 0) this.put(this.last);
    this.last = null;
    return { file: this.store.descriptor, pieces: this.pieces };
  }

  private put(last: RowBlock): void {
    const at = this.store.write(Buffer.from(last.floats.buffer, 0, last.count * ROW_BYTES));
    this.pieces.push({ at, rows: last.count });
    last.count = 0;
  }
}
