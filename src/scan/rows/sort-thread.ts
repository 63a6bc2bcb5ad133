import { workerData } from 'node:worker_threads';
import { boundGarbage } from '../heap.ts';
import { type LineRows, PartitionSorter } from './line-reader.ts';
import { Sorted } from './sort-ahead.ts';

/** A thread that puts the rows of one partition after the other in order, until another thread has begun with the last one. */
boundGarbage();
const rows = workerData as LineRows;
const { partitions, sorted } = rows;
const sorter = new PartitionSorter(rows);
for (;;) {
  const place = Atomics.add(sorted, 0, 1);
  const partition = partitions[place];
  if (partition === undefined) break;
  let how: number = Sorted.failed;
  try {
    if ('pieces' in partition.rows) sorter.sort(partition, partition.rows);
    how = Sorted.yes;
  } finally {
    Atomics.store(sorted, 1 + place, how);
    Atomics.notify(sorted, 1 + place);
  }
}
