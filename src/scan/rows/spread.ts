import { BLOCK_ROWS, ROW_BYTES, type RowBlock } from '../../features/history/rows.ts';
import type { SpoolStore } from '../spool.ts';
import type { Partition } from './line-reader.ts';
import { PartitionRows } from './partition-rows.ts';
import type { FirstRows } from './ranks.ts';

/** Bytes of rows that one partition should hold: what is in memory while its lines are read. */
const PARTITION_BYTES = 12 * 1024 * 1024;

/**
 * Given a row that counts for a line: the line's place, the row, 1 where it is mirrored, the number of the name of the other line or -1,
 * its time, and the place of its block among all.
 */
export type OnEntry = (
  line: number,
  block: RowBlock,
  row: number,
  mirror: number,
  other: number,
  time: number,
  index: number,
) => void;
type EachEntry = (onEntry: OnEntry) => void;

/** Lists the rows of each line where they lie in memory. @param starts as {@link Partition}s have them */
export function listed(starts: Uint32Array, blocks: RowBlock[], eachEntry: EachEntry): Partition {
  const lines = starts.length - 1;
  const next = starts.slice();
  const entries = new Uint32Array(starts[lines]!);
  eachEntry((line, _, row, mirror, _other, _time, index) => {
    entries[next[line]!++] = 2 * (index * BLOCK_ROWS + row) + mirror;
  });
  return { place: 0, begin: 0, end: lines, rows: { blocks, entries, sorted: new Uint8Array(lines) } };
}

/** Copies the rows of the lines into partitions of a file. @param firsts is shown each of them */
export function spread(starts: Uint32Array, store: SpoolStore, firsts: FirstRows, eachEntry: EachEntry): Partition[] {
  const lines = starts.length - 1;
  const most = Math.floor(PARTITION_BYTES / ROW_BYTES);
  const partitions: { begin: number; end: number; rows: PartitionRows }[] = [];
  const partitionOf = new Uint32Array(lines);
  for (let line = 0; line < lines; line++) {
    let last = partitions.at(-1);
    if (last === undefined || starts[line + 1]! - starts[last.begin]! > most) {
      last = { begin: line, end: line, rows: new PartitionRows(store) };
      partitions.push(last);
    }
    last.end = line + 1;
    partitionOf[line] = partitions.length - 1;
  }
  eachEntry((line, block, row, mirror, other, time) => {
    partitions[partitionOf[line]!]!.rows.add(block, row, line, mirror, other);
    firsts.see(line, time, block, row);
  });
  return partitions.map(({ begin, end, rows }, place) => ({ place, begin, end, rows: rows.end() }));
}
