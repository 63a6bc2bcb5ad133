import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Bins } from './bins.ts';
import type { Dataset, Forest } from './forest.ts';
import { type Hiding, hideCodes, numberFamilies } from './hide.ts';
import { NewtonFinder, type Slopes } from './newton.ts';
import { type Prepared, prepare } from './train.ts';
import { flatten, growTree, type Tree } from './tree.ts';

export interface BoostOptions {
  /** Trees, 1 to 2,000. */
  trees: number;
  /** Most leaves of a tree, 2 to 65,536. */
  maxLeaves: number;
  /** Most bins of a feature, 2 to 255; missing values have one more. */
  bins: number;
  /** Features looked at for each split. */
  featuresPerSplit: number;
  /** What weighs the same within a class: rows by the dataset's weights, or groups, each of its rows a part of the group's mean. */
  weigh: 'row' | 'group';
  /** Part of the step toward the labels that each tree takes. */
  rate: number;
  /** Least sum of second derivatives in a leaf: four rows of which nothing is known yet have 1. Less where rows are few. */
  minCurvature: number;
  /** What is added to that sum of each leaf: the fewer rows, the less it dares. Less where rows are few. */
  ridge: number;
  /** A whole number. The same seed gives the same forest, whatever the order of the rows. */
  seed: number;
}

export const DEFAULT_BOOST_OPTIONS: Readonly<BoostOptions> = {
  trees: 400,
  maxLeaves: 32,
  bins: 255,
  featuresPerSplit: 12,
  weigh: 'group',
  rate: 0.1,
  minCurvature: 40,
  ridge: 10,
  seed: 1,
};

const MOST = { rate: 1, minCurvature: 1_000_000, ridge: 1_000_000 } as const;
/** Share of the rows that a tree sees. */
const SEEN = 0.5;
/** Of few rows no leaf could have so much curvature: then it needs this part of the number of rows. */
const LEAST_PART = 1 / 200;
/**
 * Part of their sum that trees are saved with. Rows of one network are alike, so that trees are surer than other networks bear out; and
 * scores of lines that differ should not all be next to 1.
 */
const SAVED = 0.5;

/** Trees one after the other that have the same families hidden from them. */
export const HIDDEN_TOGETHER = 25;

/** What boosted trees are grown from: rows in their canonical order, as bins, and options. */
export interface PreparedBoost {
  ready: Prepared;
  options: BoostOptions;
  /** Share of the families that are hidden of each group, and the family of each feature; null: nothing is. */
  hiding: { share: number; families: Int32Array } | null;
}

/**
 * Trains random trees one after the other (gradient boosting of the logistic loss: Friedman 2001): each sees half of the rows, drawn
 * anew, and a few features at each split, drawn anew, and is grown on what those before it left over. Both classes weigh the same.
 *
 * Where families are hidden, every {@link HIDDEN_TOGETHER} trees have others hidden of a group, and those before are asked anew what they say
 * of it then: what is grown next learns what is left to tell by.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export function trainBoosted(
  dataset: Dataset,
  options: Partial<BoostOptions> = {},
  hiding: Hiding | null = null,
): Forest {
  return boostedForest(dataset.features, growBoosted(prepareBoost(dataset, options, hiding)));
}

/**
 * Checks and bins a dataset.
 *
 * @throws UserError on a dataset or option that cannot be used
 */
export function prepareBoost(dataset: Dataset, asked: Partial<BoostOptions>, hiding: Hiding | null): PreparedBoost {
  const options = { ...DEFAULT_BOOST_OPTIONS, ...asked };
  for (const name of ['rate', 'minCurvature', 'ridge'] as const) {
    if (!(options[name] > 0 && options[name] <= MOST[name]))
      throw new UserError(`${name} must be above 0 and at most ${MOST[name]}, got ${options[name]}`);
  }
  const { rate: _rate, minCurvature: _minCurvature, ridge: _ridge, ...shared } = options;
  return {
    options,
    ready: prepare(dataset, { ...shared, minLeaf: 1, bag: 'all' }),
    hiding: hiding && { share: hiding.share, families: numberFamilies(dataset.features, hiding) },
  };
}

/** The trees, whoever grows them. */
export function growBoosted({ ready, options, hiding }: PreparedBoost): Tree[] {
  const { y } = ready;
  let bins = ready.bins;
  const rows = y.length;
  const weight = balanced(ready);
  const least = rows * LEAST_PART;
  const settings = {
    featuresPerSplit: ready.options.featuresPerSplit,
    leanings: ready.leanings,
    minCurvature: Math.min(options.minCurvature, least),
    ridge: Math.min(options.ridge, least),
    rate: options.rate,
  };
  const logOdds = new Float64Array(rows);
  const gradient = new Float64Array(rows);
  const curvature = new Float64Array(rows);
  const grown: Tree[] = [];
  for (let number = 0; number < options.trees; number++) {
    if (hiding !== null && number % HIDDEN_TOGETHER === 0) {
      const draws = new Random(options.seed, `hidden ${number}`);
      bins = hideCodes(ready.bins, ready.units, hiding.families, hiding.share, draws);
      logOdds.fill(0);
      for (const tree of grown) addTree(tree, bins, logOdds);
    }
    const random = new Random(options.seed, `boosted ${number}`);
    for (let row = 0; row < rows; row++) {
      const share = 1 / (1 + Math.exp(-logOdds[row]!));
      gradient[row] = weight[row]! * (share - y[row]!);
      curvature[row] = weight[row]! * share * (1 - share);
    }
    const slopes: Slopes = { rows: halfOf(rows, random), gradient, curvature };
    const finder = new NewtonFinder(bins, slopes, settings, random);
    const tree = growTree(bins, slopes.rows, finder, options.maxLeaves);
    addTree(tree, bins, logOdds);
    grown.push(tree);
  }
  return grown.map((tree) => ({ ...tree, value: tree.value.map((value) => Math.fround(SAVED * value)) }));
}

/** Trees of {@link growBoosted} as a forest. */
export function boostedForest(features: readonly string[], trees: readonly Tree[]): Forest {
  return { ...flatten(features, trees), boosted: true };
}

/** Weights of a mean of 1, those of both classes alike in sum. */
function balanced({ y, weight }: Prepared): Float64Array {
  const sums = [0, 0];
  for (let row = 0; row < y.length; row++) sums[y[row]!]! += weight[row]!;
  return weight.map((one, row) => (one * y.length) / (2 * sums[y[row]!]!));
}

function halfOf(rows: number, random: Random): Int32Array {
  const drawn = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (random.next() < SEEN) drawn[count++] = row;
  // Of very few rows, by chance none.
  return count === 0 ? Int32Array.from({ length: rows }, (_, row) => row) : drawn.slice(0, count);
}

/** Adds what a tree says of each row to its log-odds. */
function addTree(tree: Tree, { codes, edges, rows }: Bins, logOdds: Float64Array): void {
  const { feature, threshold, left, right, missingLeft, value } = tree;
  const most = feature.map((asked, node) => (asked < 0 ? 0 : highestCode(edges[asked]!, threshold[node]!)));
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (feature[node]! >= 0) {
      const code = codes[feature[node]! * rows + row]!;
      const goesLeft = code === 0 ? missingLeft[node] === 1 : code <= most[node]!;
      node = goesLeft ? left[node]! : right[node]!;
    }
    logOdds[row]! += value[node]!;
  }
}

/** The highest code whose values are at or below a threshold. */
function highestCode(edges: Float64Array, threshold: number): number {
  const at = edges.indexOf(threshold);
  return at < 0 ? edges.length + 1 : at + 1;
}
