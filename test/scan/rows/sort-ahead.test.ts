import { afterEach, describe, expect, test, vi } from 'vitest';
import { FLOATS, INTEGERS, Real, RowBlock, Whole } from '../../../src/features/history/rows.ts';
import { type LineRows, type Partition, PartitionSorter } from '../../../src/scan/rows/line-reader.ts';
import { loadBlocks, PartitionRows } from '../../../src/scan/rows/partition-rows.ts';
import { SortAhead, Sorted } from '../../../src/scan/rows/sort-ahead.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';

// The thread's part is done by the tests, when they want.
vi.mock('../../../src/base/thread.ts', () => ({
  startThread: () => ({ on: () => undefined, unref: () => undefined }),
}));

const stores: SpoolStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** Rows of two partitions of two lines each, in no order: [line, time, id, mirror]. */
const ROWS = [
  [
    [1, 7, 1, 0],
    [0, 9, 1, 0],
    [0, 3, 2, 1],
    [0, 3, 1, 0],
    [1, 5, 9, 0],
    [0, 3, 2, 0],
  ],
  [
    [3, 1, 1, 0],
    [2, 1, 1, 0],
  ],
] as const;

function rowsOf(): LineRows {
  const store = new SpoolStore(0);
  stores.push(store);
  const block = new RowBlock();
  const partitions = ROWS.map((rows, place): Partition => {
    const partition = new PartitionRows(store);
    for (const [line, time, id, mirror] of rows) {
      block.floats[Real.time] = time;
      block.integers[Whole.idHigh] = 0;
      block.integers[Whole.idLow] = id;
      partition.add(block, 0, line, mirror, -1);
    }
    return { place, begin: 2 * place, end: 2 * place + 2, rows: partition.end() };
  });
  return {
    starts: Uint32Array.of(0, 4, 6, 7, 8),
    shifts: new Map(),
    partitions,
    sorted: new Int32Array(new SharedArrayBuffer(4 * 3)),
  };
}

/** Of each row: time, id, and whether it is mirrored. */
function told({ rows }: Partition): number[][] {
  const told: number[][] = [];
  for (const { floats, integers, count } of loadBlocks(rows as Parameters<typeof loadBlocks>[0], []))
    for (let row = 0; row < count; row++)
      told.push([
        floats[row * FLOATS + Real.time]!,
        integers[row * INTEGERS + Whole.idLow]!,
        integers[row * INTEGERS + Whole.identity]! & 1,
      ]);
  return told;
}

function sort(rows: LineRows, place: number): void {
  const partition = rows.partitions[place]!;
  if ('pieces' in partition.rows) new PartitionSorter(rows).sort(partition, partition.rows);
}

describe('rows of a partition', () => {
  test('are put in order by line, time, id, own before mirrored, where they are', () => {
    const rows = rowsOf();
    sort(rows, 0);
    expect(told(rows.partitions[0]!)).toEqual([
      [3, 1, 0],
      [3, 2, 0],
      [3, 2, 1],
      [9, 1, 0],
      [5, 9, 0],
      [7, 1, 0],
    ]);
    expect(told(rows.partitions[1]!)).toEqual([
      [1, 1, 0],
      [1, 1, 0],
    ]);
  });
});

describe('a thread that sorts ahead', () => {
  test('leaves a partition to who comes to it first, and is not begun with after the end', () => {
    const { sorted, ...rows } = rowsOf();
    const ahead = new SortAhead({ ...rows, sorted });
    ahead.reach(0);
    expect(sorted[0]).toBe(1);
    ahead.end();
    expect(Atomics.add(sorted, 0, 1)).toBe(2);
    expect([...sorted.subarray(1)]).toEqual([Sorted.not, Sorted.not]);
  });

  test('is waited for where it has begun, and told of where it broke down', () => {
    const { sorted, ...rows } = rowsOf();
    const ahead = new SortAhead({ ...rows, sorted });
    sorted[0] = 1;
    sorted[1] = Sorted.yes;
    ahead.reach(0);
    ahead.reach(1);
    expect(sorted[0]).toBe(2);
    ahead.end();

    const broken = rowsOf();
    const behind = new SortAhead(broken);
    broken.sorted[0] = 2;
    broken.sorted[1] = Sorted.yes;
    broken.sorted[2] = Sorted.failed;
    behind.reach(0);
    expect(() => behind.reach(1)).toThrow('a thread that sorts events broke down');
    expect(() => behind.end()).toThrow('a thread that sorts events broke down');
  });
});
