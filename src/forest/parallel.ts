import { startThread } from '../base/thread.ts';
import { type BoostOptions, boostedForest, growBoosted, type PreparedBoost, prepareBoost } from './boost.ts';
import type { Dataset, Forest } from './forest.ts';
import type { Hiding } from './hide.ts';
import { growNth, type Prepared, prepare, type TrainOptions } from './train.ts';
import { flatten, type Tree } from './tree.ts';

/** What a thread that grows trees is given: the rows, and the counter that says which tree is next. */
export interface GrowingData {
  ready: Prepared;
  next: Int32Array<SharedArrayBuffer>;
}

/** A thread's answer: a tree of the forest. */
export interface GrownTree {
  number: number;
  tree: Tree;
}

/** Below this many values times trees, threads take longer to start than trees to grow. */
const WORTH_THREADS = 20_000_000;

/**
 * Trains as {@link trainForest} does, to the bit, with trees grown on several threads. The thread that asks does nothing meanwhile but
 * gather them.
 *
 * @param workers threads, 1 or more
 * @param worth values times trees from which threads are started
 * @throws UserError on a dataset or option that cannot be used
 */
export async function trainInParallel(
  dataset: Dataset,
  options: Partial<TrainOptions>,
  workers: number,
  worth = WORTH_THREADS,
): Promise<Forest> {
  const ready = prepare(dataset, options);
  const { trees } = ready.options;
  const threads = dataset.x.length * trees < worth ? 1 : Math.min(workers, trees);
  const grown =
    threads === 1
      ? Array.from({ length: trees }, (_, number) => growNth(ready, number))
      : await growOnThreads(ready, threads);
  return flatten(dataset.features, grown);
}

async function growOnThreads(ready: Prepared, threads: number): Promise<Tree[]> {
  const grown: Tree[] = [];
  const data: GrowingData = { ready: shared(ready), next: new Int32Array(new SharedArrayBuffer(4)) };
  const started = Array.from({ length: threads }, () => startThread(new URL('./grower.ts', import.meta.url), data));
  try {
    await Promise.all(
      started.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.on('message', ({ number, tree }: GrownTree) => {
              grown[number] = tree;
            });
            worker.on('error', reject);
            worker.on('exit', (code) =>
              code === 0 ? resolve() : reject(new Error(`a thread that grew trees ended with ${code}`)),
            );
          }),
      ),
    );
  } finally {
    await Promise.all(started.map((worker) => worker.terminate()));
  }
  return grown;
}

/**
 * Trains as {@link trainBoosted} does, to the bit, on a thread of its own where that is worth it: others can be trained meanwhile.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export async function boostOnThread(
  dataset: Dataset,
  options: Partial<BoostOptions>,
  hiding: Hiding | null = null,
  worth = WORTH_THREADS,
): Promise<Forest> {
  const prepared = prepareBoost(dataset, options, hiding);
  if (dataset.x.length * prepared.options.trees < worth) return boostedForest(dataset.features, growBoosted(prepared));
  const data: PreparedBoost = { ...prepared, ready: shared(prepared.ready) };
  const worker = startThread(new URL('./booster.ts', import.meta.url), data);
  const trees = await new Promise<Tree[]>((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a thread that grew trees ended with ${code}`)));
  });
  await worker.terminate();
  return boostedForest(dataset.features, trees);
}

/** The same, its large arrays in memory that all threads see. */
function shared(ready: Prepared): Prepared {
  const { bins, y, weight, units } = ready;
  return {
    ...ready,
    bins: { ...bins, codes: bytesOf(bins.codes) },
    y: bytesOf(y),
    weight: copied(weight, new Float64Array(new SharedArrayBuffer(weight.byteLength))),
    units: copied(units, new Int32Array(new SharedArrayBuffer(units.byteLength))),
  };
}

function bytesOf(from: Uint8Array): Uint8Array {
  return copied(from, new Uint8Array(new SharedArrayBuffer(from.byteLength)));
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
