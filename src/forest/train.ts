import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { type Bins, makeBins } from './bins.ts';
import { canonicalOrder, checkDataset, MAX_TREES, selectRows } from './dataset.ts';
import type { Dataset, Forest } from './forest.ts';
import { type Bag, GiniFinder } from './gini.ts';
import { flatten, growTree, type Tree } from './tree.ts';

export interface TrainOptions {
  /** Trees, 1 to 2,000. */
  trees: number;
  /** Most leaves of a tree, 2 to 65,536. */
  maxLeaves: number;
  /** Least number of draws in a leaf. */
  minLeaf: number;
  /** Most bins of a feature, 2 to 255; missing values have one more. */
  bins: number;
  /** Features looked at for each split; 0 stands for the square root of their number. */
  featuresPerSplit: number;
  /** What a bag draws: rows, whole groups, or everything once. */
  bag: 'row' | 'group' | 'all';
  /** What weighs the same within a class: rows by the dataset's weights, or groups, each of its rows a part of the group's mean. */
  weigh: 'row' | 'group';
  /** Both classes weigh the same in each bag; otherwise each row weighs what the dataset says. */
  balance: boolean;
  /** A whole number. The same seed gives the same forest, whatever the order of the rows. */
  seed: number;
}

export const DEFAULT_TRAIN_OPTIONS: Readonly<TrainOptions> = {
  trees: 100,
  maxLeaves: 256,
  minLeaf: 5,
  bins: 255,
  featuresPerSplit: 0,
  bag: 'row',
  weigh: 'row',
  balance: true,
  seed: 1,
};

/**
 * Trains Breiman's forest over binned features: bags drawn with replacement, features drawn for each split, classes balanced by
 * weight, missing values sent where they gain most.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export function trainForest(dataset: Dataset, options: Partial<TrainOptions> = {}): Forest {
  const ready = prepare(dataset, options);
  return flatten(
    dataset.features,
    Array.from({ length: ready.options.trees }, (_, number) => growNth(ready, number)),
  );
}

/** What every tree is grown from: rows in their canonical order, as bins. Arrays only, so that threads can share it. */
export interface Prepared {
  options: TrainOptions;
  bins: Bins;
  y: Uint8Array;
  weight: Float64Array;
  /** Number of each row's group, from 0. */
  units: Int32Array;
  /** Of each feature 1 or -1 where splits may take it one way only, else 0. */
  leanings: Int8Array;
}

/**
 * Checks and bins a dataset, once for all trees.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export function prepare(dataset: Dataset, options: Partial<TrainOptions>): Prepared {
  checkDataset(dataset);
  const settled = settle(options, dataset.features.length);
  const sorted = selectRows(dataset, canonicalOrder(dataset));
  return {
    options: settled,
    bins: makeBins(sorted, settled.bins),
    y: sorted.y,
    weight: settled.weigh === 'group' ? evenWeights(sorted) : sorted.weight,
    units: numberGroups(sorted.group),
    leanings: Int8Array.from(dataset.features, (name) => dataset.leanings?.get(name) ?? 0),
  };
}

/** Tree `number` of the forest, whoever grows it: its bag and its draws depend on nothing else. */
export function growNth(ready: Prepared, number: number): Tree {
  const random = new Random(ready.options.seed, `tree ${number}`);
  const bag = drawBag(ready, random);
  const finder = new GiniFinder(ready.bins, bag, { ...ready.options, leanings: ready.leanings }, random);
  return growTree(ready.bins, bag.rows, finder, ready.options.maxLeaves);
}

const RANGES: Record<'trees' | 'maxLeaves' | 'minLeaf' | 'bins' | 'featuresPerSplit' | 'seed', [number, number]> = {
  trees: [1, MAX_TREES],
  maxLeaves: [2, 65_536],
  minLeaf: [1, 1_000_000],
  bins: [2, 255],
  featuresPerSplit: [0, 1_000_000],
  seed: [0, Number.MAX_SAFE_INTEGER],
};

function settle(options: Partial<TrainOptions>, features: number): TrainOptions {
  const settled = { ...DEFAULT_TRAIN_OPTIONS, ...options };
  for (const [name, [low, high]] of Object.entries(RANGES) as [keyof typeof RANGES, [number, number]][]) {
    const value = settled[name];
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new UserError(`${name} must be a whole number from ${low} to ${high}, got ${value}`);
    }
  }
  if (!['row', 'group', 'all'].includes(settled.bag))
    throw new UserError(`bag must be row, group or all, got ${settled.bag}`);
  if (!['row', 'group'].includes(settled.weigh))
    throw new UserError(`weigh must be row or group, got ${settled.weigh}`);
  const wanted = settled.featuresPerSplit || Math.round(Math.sqrt(features));
  return { ...settled, featuresPerSplit: Math.min(Math.max(1, wanted), features) };
}

/** Weights such that the rows of a class in one group weigh as much together as their mean did: a box of 200 lines as one of 2. */
function evenWeights({ rows, y, weight, group }: Dataset): Float64Array {
  const sizes = new Map<number, [number, number]>();
  for (let row = 0; row < rows; row++) {
    let size = sizes.get(group[row]!);
    if (size === undefined) sizes.set(group[row]!, (size = [0, 0]));
    size[y[row] === 1 ? 1 : 0]++;
  }
  return weight.map((one, row) => one / sizes.get(group[row]!)![y[row] === 1 ? 1 : 0]);
}

/** Groups numbered from 0 in order of first row, so that their names do not matter. */
function numberGroups(group: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return group.map((name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return numbers.get(name)!;
  });
}

const MOST_TIMES = 255;
const BAG_ATTEMPTS = 50;

/** Draws each row, or each group, a Poisson(1) number of times, again where a class got none. */
function drawBag({ options, y, weight: given, units }: Prepared, random: Random): Bag {
  const rows = y.length;
  const times = new Uint8Array(rows).fill(1);
  for (let attempt = 0; options.bag !== 'all'; attempt++) {
    if (attempt === BAG_ATTEMPTS) {
      times.fill(1);
      break;
    }
    if (options.bag === 'row') {
      for (let row = 0; row < rows; row++) times[row] = Math.min(MOST_TIMES, random.poisson(1));
    } else {
      const drawn: number[] = [];
      for (let row = 0; row < rows; row++) times[row] = drawn[units[row]!] ??= Math.min(MOST_TIMES, random.poisson(1));
    }
    const drawn = [0, 0];
    for (let row = 0; row < rows; row++) drawn[y[row]!]! += times[row]!;
    if (drawn[0]! > 0 && drawn[1]! > 0) break;
  }
  const weight = given.slice();
  const sums = [0, 0];
  let inBag = 0;
  for (let row = 0; row < rows; row++) {
    if (times[row] === 0) continue;
    weight[row]! *= times[row]!;
    sums[y[row]!]! += weight[row]!;
    inBag++;
  }
  const all = (sums[0]! + sums[1]!) / 2;
  const scale: [number, number] = options.balance ? [all / sums[0]!, all / sums[1]!] : [1, 1];
  const chosen = new Int32Array(inBag);
  for (let row = 0, at = 0; row < rows; row++) {
    if (times[row] === 0) continue;
    weight[row]! *= scale[y[row]!]!;
    chosen[at++] = row;
  }
  return { rows: chosen, y, weight, times, scale };
}
