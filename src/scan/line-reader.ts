import { History } from '../features/history.ts';
import { BLOCK_ROWS, FLOATS, INTEGERS, Real, type RowBlock, Whole } from '../features/rows.ts';
import type { Texts } from '../features/texts.ts';
import { type FileBlocks, loadBlocks } from './table.ts';

/** Lines [begin, end), in order of name, and the blocks that hold their rows: in memory, or in a file. */
export interface Partition {
  begin: number;
  end: number;
  blocks: RowBlock[] | FileBlocks;
}

/** The rows of a window by line, in order of name. */
export interface LineRows {
  /** Entries of line n are [starts[n], starts[n + 1]): twice a row's place in its partition, plus one where it is mirrored. */
  starts: Uint32Array;
  entries: Uint32Array;
  /** By line: 1 where its entries are in order. */
  sorted: Uint8Array;
  /** Seconds to add to the times of each feed, by the number of its name; empty where there is one feed. */
  shifts: ReadonlyMap<number, number>;
  partitions: readonly Partition[];
}

/** What a reader asks of who knows the lines. */
export interface LineNames {
  /** Name of a line by its place. */
  nameOf(line: number): string;
  /** IMSI of it, as known at a time; null where none was seen. */
  imsiOf(line: number, epochSeconds: number): string | null;
  /** Number of the name of the other line of a row in memory, or -1. Rows of a file have it in place of their capture. */
  otherOf(block: RowBlock, row: number, mirror: boolean): number;
}

/** Makes the history of line after line. */
export class LineReader {
  private readonly rows: LineRows;
  private readonly names: LineNames;
  private readonly history: History;
  private readonly spare: RowBlock[] = [];

  constructor(texts: Texts, rows: LineRows, names: LineNames) {
    this.rows = rows;
    this.names = names;
    this.history = new History(texts);
  }

  /**
   * Every line of a partition in turn, in order of name, with its sealed history (a view, valid during the call) and its place among
   * all. Rows are read only where a line is asked for.
   *
   * @param cutOf of a line, the time (seconds since the epoch) before which its events began; null leaves the line out
   */
  each(
    { begin, end, blocks: kept }: Partition,
    onLine: (history: History, line: number) => void,
    cutOf: (line: number) => number | null,
  ): void {
    const { history, names } = this;
    const { starts, entries, sorted, shifts } = this.rows;
    const isFile = !Array.isArray(kept);
    let blocks: readonly RowBlock[] | null = isFile ? null : kept;
    for (let line = begin; line < end; line++) {
      const cut = cutOf(line);
      if (cut === null) continue;
      blocks ??= loadBlocks(kept as FileBlocks, this.spare);
      if (sorted[line] === 0) sortEntries(entries.subarray(starts[line]!, starts[line + 1]!), blocks);
      sorted[line] = 1;
      history.reset(names.nameOf(line));
      for (let i = starts[line]!; i < starts[line + 1]!; i++) {
        const entry = entries[i]!;
        const block = blocks[Math.floor(entry / (2 * BLOCK_ROWS))]!;
        const row = (entry >>> 1) % BLOCK_ROWS;
        if (block.floats[row * FLOATS + Real.time]! >= cut) break;
        const mirror = (entry & 1) === 1;
        const other = isFile ? block.integers[row * INTEGERS + Whole.capture]! : names.otherOf(block, row, mirror);
        const shift = shifts.size === 0 ? 0 : (shifts.get(block.integers[row * INTEGERS + Whole.feed]!) ?? 0);
        history.take(block, row, mirror, other, shift);
      }
      history.imsi = names.imsiOf(line, history.time[0] ?? 0);
      history.seal();
      onLine(history, line);
    }
  }
}

/** Sorts the entries of one line by time, id of the event, own before mirrored. Most are nearly in order. */
function sortEntries(entries: Uint32Array, blocks: readonly RowBlock[]): void {
  for (let i = 1; i < entries.length; i++) {
    const entry = entries[i]!;
    let at = i;
    while (at > 0 && i - at < MOST_MOVES && compareEntries(entries[at - 1]!, entry, blocks) > 0) {
      entries[at] = entries[at - 1]!;
      at--;
    }
    entries[at] = entry;
    if (i - at === MOST_MOVES) {
      entries.sort((a, b) => compareEntries(a, b, blocks));
      return;
    }
  }
}

/** Further than this a row is not moved by hand. */
const MOST_MOVES = 64;

function compareEntries(a: number, b: number, blocks: readonly RowBlock[]): number {
  const blockA = blocks[Math.floor(a / (2 * BLOCK_ROWS))]!;
  const blockB = blocks[Math.floor(b / (2 * BLOCK_ROWS))]!;
  const rowA = (a >>> 1) % BLOCK_ROWS;
  const rowB = (b >>> 1) % BLOCK_ROWS;
  const byTime = blockA.floats[rowA * FLOATS + Real.time]! - blockB.floats[rowB * FLOATS + Real.time]!;
  if (byTime !== 0) return byTime;
  const idA = rowA * INTEGERS + Whole.idHigh;
  const idB = rowB * INTEGERS + Whole.idHigh;
  return (
    (blockA.integers[idA]! >>> 0) - (blockB.integers[idB]! >>> 0) ||
    (blockA.integers[idA + 1]! >>> 0) - (blockB.integers[idB + 1]! >>> 0) ||
    (a & 1) - (b & 1)
  );
}
