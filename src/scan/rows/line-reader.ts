import { History } from '../../features/history/history.ts';
import { BLOCK_ROWS, FLOATS, INTEGERS, Real, type RowBlock, Whole } from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import { clockOf, type Shifts } from './clock-shifts.ts';
import { type FileBlocks, loadBlocks, OTHER, OWNER, storeInOrder } from './partition-rows.ts';
import { Sorted, type SortState } from './sort-ahead.ts';

/** Lines [begin, end), in order of name, and the blocks that hold their rows: in memory, or in a file. */
export interface Partition {
  /** Its place among all. */
  place: number;
  begin: number;
  end: number;
  rows: MemoryRows | FileBlocks;
}

/** Rows in memory, and which of them are whose. */
export interface MemoryRows {
  blocks: readonly RowBlock[];
  /** Line by line: twice a row's place in the blocks, plus one where it is mirrored. */
  entries: Uint32Array;
  /** By line: 1 where its entries are in order. */
  sorted: Uint8Array;
}

/** The rows of a window by line, in order of name. */
export interface LineRows {
  /** Line n has starts[n + 1] - starts[n] entries, those of the lines before it in its partition come first. */
  starts: Uint32Array;
  /** What is put right of clocks; mostly nothing. */
  shifts: Shifts;
  partitions: readonly Partition[];
  /** Which of them lie in order in the file. */
  sorted: SortState;
}

/** What a reader asks of who knows the lines. */
export interface LineNames {
  /** Name of a line by its place. */
  nameOf(line: number): string;
  /** IMSI of it, as known at a time; null where none was seen. */
  imsiOf(line: number, epochSeconds: number): string | null;
  /** Number of the name of the other line of a row in memory, or -1. Rows of a file have it with them. */
  otherOf(block: RowBlock, row: number, mirror: boolean): number;
}

/** Reads partitions of a file, one after the other into the same memory, and lists their rows by line. */
class PartitionLoader {
  private readonly rows: LineRows;
  private readonly spare: RowBlock[] = [];
  /** Were the lists kept, they would grow with the events of the window. */
  private entries = new Uint32Array(0);

  constructor(rows: LineRows) {
    this.rows = rows;
  }

  load({ place, begin, end }: Partition, file: FileBlocks): MemoryRows {
    const { starts, sorted } = this.rows;
    const blocks = loadBlocks(file, this.spare);
    const count = starts[end]! - starts[begin]!;
    if (this.entries.length < count) this.entries = new Uint32Array(count);
    const { entries } = this;
    const inOrder = Atomics.load(sorted, 1 + place) === Sorted.yes;
    const next = new Uint32Array(inOrder ? 0 : end - begin);
    for (let line = 0; line < next.length; line++) next[line] = starts[begin + line]! - starts[begin]!;
    for (const [index, { integers, count: rows }] of blocks.entries()) {
      for (let row = 0; row < rows; row++) {
        const owner = integers[row * INTEGERS + OWNER]!;
        const at = index * BLOCK_ROWS + row;
        entries[inOrder ? at : next[(owner >>> 1) - begin]!++] = 2 * at + (owner & 1);
      }
    }
    return { blocks, entries, sorted: new Uint8Array(end - begin).fill(inOrder ? 1 : 0) };
  }
}

/** Puts the rows of partitions of a file in order by line and time, where they are. */
export class PartitionSorter {
  private readonly rows: LineRows;
  private readonly loader: PartitionLoader;

  constructor(rows: LineRows) {
    this.rows = rows;
    this.loader = new PartitionLoader(rows);
  }

  sort(partition: Partition, file: FileBlocks): void {
    const { starts } = this.rows;
    const { blocks, entries } = this.loader.load(partition, file);
    const { begin, end } = partition;
    for (let line = begin; line < end; line++)
      sortEntries(entries.subarray(starts[line]! - starts[begin]!, starts[line + 1]! - starts[begin]!), blocks);
    storeInOrder(file, blocks, entries);
  }
}

/** Makes the history of line after line. */
export class LineReader {
  private readonly rows: LineRows;
  private readonly names: LineNames;
  private readonly history: History;
  private readonly loader: PartitionLoader;

  constructor(texts: Texts, rows: LineRows, names: LineNames) {
    this.rows = rows;
    this.names = names;
    this.history = new History(texts);
    this.loader = new PartitionLoader(rows);
  }

  /**
   * Every line of a partition in turn, in order of name, with its sealed history (a view, valid during the call) and its place among
   * all. Rows are read only where a line is asked for.
   *
   * @param cutOf of a line, the time (seconds since the epoch) before which its events began; null leaves the line out
   */
  each(
    partition: Partition,
    onLine: (history: History, line: number) => void,
    cutOf: (line: number) => number | null,
  ): void {
    const { history, names } = this;
    const { starts, shifts } = this.rows;
    const { begin, end, rows } = partition;
    const isFile = 'pieces' in rows;
    let loaded: MemoryRows | null = isFile ? null : rows;
    for (let line = begin; line < end; line++) {
      const cut = cutOf(line);
      if (cut === null) continue;
      loaded ??= this.loader.load(partition, rows as FileBlocks);
      const { blocks, entries, sorted } = loaded;
      const first = starts[line]! - starts[begin]!;
      const last = starts[line + 1]! - starts[begin]!;
      if (sorted[line - begin] === 0) sortEntries(entries.subarray(first, last), blocks);
      sorted[line - begin] = 1;
      history.reset(names.nameOf(line));
      for (let i = first; i < last; i++) {
        const entry = entries[i]!;
        const block = blocks[Math.floor(entry / (2 * BLOCK_ROWS))]!;
        const row = (entry >>> 1) % BLOCK_ROWS;
        if (block.floats[row * FLOATS + Real.time]! >= cut) break;
        const mirror = (entry & 1) === 1;
        const other = isFile ? block.integers[row * INTEGERS + OTHER]! : names.otherOf(block, row, mirror);
        const shift = shifts.size === 0 ? 0 : (shifts.get(clockOf(block.integers, row)) ?? 0);
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
