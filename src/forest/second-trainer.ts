import { RandomForestClassifier } from 'ml-random-forest';
import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { FLOAT32_MAX, float32Below } from './bins.ts';
import { canonicalOrder, checkDataset, MAX_TREES, selectRows } from './dataset.ts';
import type { Dataset, Forest } from './forest.ts';
import { addLeaf, emptyTree, flatten, splitLeaf, type Tree } from './tree.ts';

export interface SecondTrainerOptions {
  /** Trees. */
  trees: number;
  /** Rows of a bag, half of them of each class. The package's time grows as about its power 1.8. */
  bagRows: number;
  /** Share of the features each tree sees: the package draws them for a tree, not for a split. */
  featureShare: number;
  seed: number;
}

export const DEFAULT_SECOND_OPTIONS: Readonly<SecondTrainerOptions> = {
  trees: 100,
  bagRows: 400,
  featureShare: 0.5,
  seed: 1,
};

/** What we read of a node of the package. Inner nodes have both children; a row goes left where x < splitValue. */
interface PackageNode {
  splitColumn?: number;
  splitValue?: number;
  left?: PackageNode;
  right?: PackageNode;
}

/**
 * Trains by the npm package ml-random-forest: one tree a call, on a bag with as many gateway as ordinary rows, drawn first by
 * group and then by row. Only the shape of its trees is taken over. Bags, missing values, and the value of each node are ours, since
 * the package draws bags by row, passes NaN in silence, and loses a vote where it makes probabilities.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export function trainWithMlRandomForest(dataset: Dataset, options: Partial<SecondTrainerOptions> = {}): Forest {
  checkDataset(dataset);
  const { trees, bagRows, featureShare, seed } = { ...DEFAULT_SECOND_OPTIONS, ...options };
  const whole = (name: string, value: number, low: number, high: number) => {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new UserError(`${name} must be a whole number from ${low} to ${high}, got ${value}`);
    }
  };
  whole('trees', trees, 1, MAX_TREES);
  whole('bagRows', bagRows, 4, 10_000);
  whole('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  if (!(featureShare > 0 && featureShare <= 1))
    throw new UserError(`featureShare must be above 0 and at most 1, got ${featureShare}`);

  const sorted = selectRows(dataset, canonicalOrder(dataset));
  const sentinels = sentinelsOf(sorted);
  const draws = [drawer(sorted, 0), drawer(sorted, 1)];
  const width = sorted.features.length;
  const grown: Tree[] = [];
  for (let t = 0; t < trees; t++) {
    const random = new Random(seed, `tree ${t}`);
    const bag = Array.from({ length: bagRows }, (_, at) => draws[at % 2]!(random));
    const table = bag.map((row) =>
      sentinels.map((sentinel, feature) => packageValue(sorted.x[row * width + feature]!, sentinel)),
    );
    const forest = new RandomForestClassifier({
      nEstimators: 1,
      // A count of 1 would be read as the share 1.0.
      maxFeatures: Math.min(width, Math.max(2, Math.round(width * featureShare))),
      replacement: false,
      useSampleBagging: false,
      noOOB: true,
      seed: random.integer(0, 0x7fff_ffff),
      treeOptions: { minNumSamples: 5, maxDepth: 20, gainThreshold: 1e-4 },
    });
    forest.train(
      table,
      bag.map((row) => sorted.y[row]!),
    );
    const root = (forest.estimators as unknown as { root: PackageNode }[])[0]!.root;
    grown.push(convert(root, forest.indexes![0]!, sorted, bag));
  }
  return flatten(dataset.features, grown);
}

/** The package compares what we will compare: 32-bit floats, with missing values below all others. */
function packageValue(value: number, sentinel: number): number {
  return Number.isNaN(value) ? sentinel : Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, Math.fround(value)));
}

/** Of each feature a number below its least, as far as its range and 1 more, so that a cut between sees missing values alone. */
function sentinelsOf({ features, rows, x }: Dataset): number[] {
  return features.map((_, feature) => {
    let least = Infinity;
    let most = -Infinity;
    for (let row = 0; row < rows; row++) {
      const value = x[row * features.length + feature]!;
      if (Number.isNaN(value)) continue;
      least = Math.min(least, packageValue(value, 0));
      most = Math.max(most, packageValue(value, 0));
    }
    if (least === Infinity) return 0;
    const sentinel = Math.fround(least - (most - least) - 1);
    return sentinel < least && sentinel > -Infinity ? sentinel : float32Below(least);
  });
}

/** Draws rows of a class: a group in proportion to the mean weight of its rows, then one of these in proportion to its weight. */
function drawer(dataset: Dataset, kind: 0 | 1): (random: Random) => number {
  const members = new Map<number, number[]>();
  for (let row = 0; row < dataset.rows; row++) {
    if (dataset.y[row] !== kind) continue;
    const rows = members.get(dataset.group[row]!);
    if (rows === undefined) members.set(dataset.group[row]!, [row]);
    else rows.push(row);
  }
  const running = (values: number[]) => {
    let sum = 0;
    return Float64Array.from(values, (value) => (sum += value));
  };
  const groups = [...members.values()].map((rows) => ({
    rows,
    sums: running(rows.map((row) => dataset.weight[row]!)),
  }));
  const groupSums = running(groups.map(({ rows, sums }) => sums[sums.length - 1]! / rows.length));
  const choose = (sums: Float64Array, random: Random) => {
    const wanted = random.next() * sums[sums.length - 1]!;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (random) => {
    const group = groups[choose(groupSums, random)]!;
    return group.rows[choose(group.sums, random)]!;
  };
}

/** The package's tree as ours: the rows of the bag walk down it anew and give each node its value. */
function convert(root: PackageNode, columns: number[], { features, x, y }: Dataset, bag: number[]): Tree {
  const tree = emptyTree();
  const share = (rows: number[]) => rows.reduce((sum, row) => sum + y[row]!, 0) / rows.length;
  const grow = (node: PackageNode, rows: number[], to: number) => {
    if (node.left === undefined || node.right === undefined) return;
    const feature = columns[node.splitColumn!]!;
    const threshold = float32Below(node.splitValue!);
    const value = (row: number) => x[row * features.length + feature]!;
    // A missing value was below all others, hence below every cut.
    const goesLeft = (row: number) => Number.isNaN(value(row)) || value(row) <= threshold;
    const leftRows = rows.filter(goesLeft);
    const rightRows = rows.filter((row) => !goesLeft(row));
    if (leftRows.length === 0 || rightRows.length === 0) {
      grow(leftRows.length === 0 ? node.right : node.left, rows, to);
      return;
    }
    const missingLeft = rows.some((row) => Number.isNaN(value(row))) || leftRows.length > rightRows.length;
    const left = addLeaf(tree, share(leftRows));
    const right = addLeaf(tree, share(rightRows));
    splitLeaf(tree, to, { feature, threshold, missingLeft }, left, right);
    grow(node.left, leftRows, left);
    grow(node.right, rightRows, right);
  };
  grow(root, bag, addLeaf(tree, share(bag)));
  return tree;
}
