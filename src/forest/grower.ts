import { parentPort, workerData } from 'node:worker_threads';
import type { GrowingData, GrownTree } from './parallel.ts';
import { growNth } from './train.ts';

/** A thread that grows one tree after the other, until another thread has begun the last one. */
const { ready, next } = workerData as GrowingData;
for (;;) {
  const number = Atomics.add(next, 0, 1);
  if (number >= ready.options.trees) break;
  parentPort!.postMessage({ number, tree: growNth(ready, number) } satisfies GrownTree);
}
