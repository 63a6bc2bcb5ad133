import type { Random } from '../base/random.ts';
import { type Bins, FLOAT32_MAX } from './bins.ts';
import type { Forest } from './forest.ts';

/** One tree, its nodes in any order, node 0 the root. Columns mean what those of {@link Forest} mean. */
export interface Tree {
  feature: number[];
  threshold: number[];
  left: number[];
  right: number[];
  missingLeft: number[];
  value: number[];
}

/** An empty tree. */
export function emptyTree(): Tree {
  return { feature: [], threshold: [], left: [], right: [], missingLeft: [], value: [] };
}

/** Adds a leaf to a tree and gives its index. The value is rounded to 32 bits, as it will be in the model file. */
export function addLeaf(tree: Tree, value: number): number {
  tree.feature.push(-1);
  tree.threshold.push(0);
  tree.left.push(-1);
  tree.right.push(-1);
  tree.missingLeft.push(0);
  return tree.value.push(Math.fround(value)) - 1;
}

/** Makes a leaf an inner node over two leaves. */
export function splitLeaf(
  tree: Tree,
  node: number,
  split: Pick<Split, 'feature' | 'threshold' | 'missingLeft'>,
  left: number,
  right: number,
): void {
  tree.feature[node] = split.feature;
  tree.threshold[node] = split.threshold;
  tree.missingLeft[node] = split.missingLeft ? 1 : 0;
  tree.left[node] = left;
  tree.right[node] = right;
}

/**
 * Trees as one forest, breadth-first: the two children of a node stand side by side, and those of the k-th inner node of a tree
 * are nodes 2k+1 and 2k+2 of that tree. The model file relies on it.
 */
export function flatten(features: readonly string[], trees: readonly Tree[]): Forest {
  const size = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  const forest: Forest = {
    features,
    roots: new Int32Array(trees.length),
    feature: new Int16Array(size).fill(-1),
    threshold: new Float64Array(size),
    left: new Int32Array(size).fill(-1),
    right: new Int32Array(size).fill(-1),
    missingLeft: new Uint8Array(size),
    value: new Float64Array(size),
  };
  let root = 0;
  trees.forEach((tree, t) => {
    forest.roots[t] = root;
    const queue = [0];
    for (let at = 0; at < queue.length; at++) {
      const from = queue[at]!;
      const to = root + at;
      forest.value[to] = tree.value[from]!;
      if (tree.feature[from]! < 0) continue;
      forest.feature[to] = tree.feature[from]!;
      forest.threshold[to] = tree.threshold[from]!;
      forest.missingLeft[to] = tree.missingLeft[from]!;
      forest.left[to] = root + queue.push(tree.left[from]!) - 1;
      forest.right[to] = root + queue.push(tree.right[from]!) - 1;
    }
    root += queue.length;
  });
  return forest;
}

/** What a tree is grown from: the rows in the bag, and of each row (in and out of the bag) what it counts. */
export interface Bag {
  /** Rows in the bag, ascending. Reordered while the tree grows. */
  rows: Int32Array;
  /** Class of each row of the dataset. */
  y: Uint8Array;
  /** Weight of each row of the dataset in this bag. */
  weight: Float64Array;
  /** How often each row of the dataset is in the bag. */
  times: Uint8Array;
  /** What balance multiplied the weights of each class by. */
  scale: readonly [number, number];
}

interface GrowOptions {
  maxLeaves: number;
  /** Least number of draws in a leaf. */
  minLeaf: number;
  /** Features looked at for each split, those that do not vary among its rows not counted. */
  featuresPerSplit: number;
  /** Of each feature 1 where more of it may not be taken to speak for a row, -1 where less of it may not, 0 where it may speak either way. */
  leanings: Int8Array;
}

interface Split {
  gain: number;
  feature: number;
  /** Highest code that goes left. */
  code: number;
  threshold: number;
  missingLeft: boolean;
}

interface Open {
  node: number;
  start: number;
  end: number;
  split: Split;
}

/**
 * Grows one classification tree, best split first (Gini), until `maxLeaves`. Missing values go to the side where the gain is
 * larger; where a node has none, to the side with more rows as they really come, before
 * balance: most lines are ordinary, and what was never seen is no ground for suspicion.
 *
 * No split takes a feature that leans the other way. What lies below a split is not held to it, as it is where trees are to be monotone:
 * a line with two devices could then never be as ordinary again as one with one.
 */
export function growTree(bins: Bins, bag: Bag, options: GrowOptions, random: Random): Tree {
  const tree = emptyTree();
  const finder = new SplitFinder(bins, bag, options, random);
  const spare = new Int32Array(bag.rows.length);
  const open: Open[] = [];

  const addNode = (start: number, end: number): number => {
    const node = addLeaf(tree, finder.countClasses(start, end));
    const split = finder.find(start, end);
    if (split !== null) open.push({ node, start, end, split });
    return node;
  };

  addNode(0, bag.rows.length);
  for (let leaves = 1; leaves < options.maxLeaves && open.length > 0; leaves++) {
    let best = 0;
    for (let at = 1; at < open.length; at++) if (open[at]!.split.gain > open[best]!.split.gain) best = at;
    const { node, start, end, split } = open[best]!;
    open[best] = open[open.length - 1]!;
    open.pop();
    const middle = partition(bins, bag, split, start, end, spare);
    splitLeaf(tree, node, split, addNode(start, middle), addNode(middle, end));
  }
  return tree;
}

/** Moves the rows that go left to the front of [start, end), each side in its order, and gives where the right side begins. */
function partition(bins: Bins, bag: Bag, split: Split, start: number, end: number, spare: Int32Array): number {
  const { rows } = bag;
  const column = split.feature * bag.y.length;
  const codes = bins.codes;
  let left = start;
  let right = 0;
  for (let at = start; at < end; at++) {
    const row = rows[at]!;
    const code = codes[column + row]!;
    if (code === 0 ? split.missingLeft : code <= split.code) rows[left++] = row;
    else spare[right++] = row;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}

/** Finds the best split of a range of the bag, by histograms. Holds the buffers that the search uses again and again. */
class SplitFinder {
  private readonly bins: Bins;
  private readonly bag: Bag;
  private readonly options: GrowOptions;
  private readonly random: Random;
  /** Of each code: weight of class 0, weight of class 1, number of draws, nothing. */
  private readonly histogram = new Float64Array(256 * 4);
  private readonly order: Int32Array;
  private w0 = 0;
  private w1 = 0;
  private draws = 0;

  constructor(bins: Bins, bag: Bag, options: GrowOptions, random: Random) {
    this.bins = bins;
    this.bag = bag;
    this.options = options;
    this.random = random;
    this.order = Int32Array.from(bins.edges, (_, feature) => feature);
  }

  /** Takes the weights of [start, end) and gives the share of class 1. */
  countClasses(start: number, end: number): number {
    const { rows, y, weight, times } = this.bag;
    const sums = [0, 0];
    let draws = 0;
    for (let at = start; at < end; at++) {
      const row = rows[at]!;
      sums[y[row]!]! += weight[row]!;
      draws += times[row]!;
    }
    this.w0 = sums[0]!;
    this.w1 = sums[1]!;
    this.draws = draws;
    return this.w1 / (this.w0 + this.w1);
  }

  /** The best split of [start, end), whose classes were just counted; null where none gains. */
  find(start: number, end: number): Split | null {
    if (this.w0 === 0 || this.w1 === 0 || this.draws < 2 * this.options.minLeaf) return null;
    const { order, random } = this;
    let best: Split | null = null;
    let wanted = this.options.featuresPerSplit;
    // Features are drawn without replacement until enough of them vary here (as scikit-learn does).
    for (let left = order.length; left > 0 && wanted > 0; left--) {
      const at = Math.floor(random.next() * left);
      const feature = order[at]!;
      order[at] = order[left - 1]!;
      order[left - 1] = feature;
      const last = this.fill(feature, start, end);
      if (last < 0) continue;
      wanted--;
      best = this.scan(feature, best);
    }
    return best;
  }

  /** Fills the histogram of a feature; -1 where all rows have one code. */
  private fill(feature: number, start: number, end: number): number {
    const { rows, y, weight, times } = this.bag;
    const { histogram } = this;
    const codes = this.bins.codes;
    const column = feature * y.length;
    histogram.fill(0, 0, (this.bins.edges[feature]!.length + 2) * 4);
    const first = codes[column + rows[start]!]!;
    let varies = 0;
    for (let at = start; at < end; at++) {
      const row = rows[at]!;
      const code = codes[column + row]!;
      varies |= code ^ first;
      const slot = code << 2;
      histogram[slot | y[row]!]! += weight[row]!;
      histogram[slot | 2]! += times[row]!;
    }
    return varies === 0 ? -1 : 0;
  }

  /** The better of `best` and the best cut in the histogram. */
  private scan(feature: number, best: Split | null): Split | null {
    const { histogram, w0, w1, draws } = this;
    const { minLeaf, leanings } = this.options;
    const leaning = leanings[feature]!;
    const [scale0, scale1] = this.bag.scale;
    const edges = this.bins.edges[feature]!;
    const total = w0 + w1;
    const parent = (w0 * w0 + w1 * w1) / total;
    const m0 = histogram[0]!;
    const m1 = histogram[1]!;
    const missing = histogram[2]!;
    // A gain must be more than what rounding can make.
    let bestGain = best === null ? total * 1e-10 : best.gain;
    let bestCode = -1;
    let bestMissingLeft = false;
    let nextCode = 0;
    let a0 = 0;
    let a1 = 0;
    let a = 0;
    for (let code = 1; code <= edges.length + 1; code++) {
      const slot = code << 2;
      if (histogram[slot | 2] === 0) continue;
      if (nextCode < 0) nextCode = code;
      a0 += histogram[slot]!;
      a1 += histogram[slot | 1]!;
      a += histogram[slot | 2]!;
      // Missing values to the right.
      if (a >= minLeaf && draws - a >= minLeaf) {
        const b0 = w0 - a0;
        const b1 = w1 - a1;
        const gain = (a0 * a0 + a1 * a1) / (a0 + a1) + (b0 * b0 + b1 * b1) / (b0 + b1) - parent;
        if (gain > bestGain && (leaning === 0 || a + missing === draws || leaning * (b1 * a0 - a1 * b0) >= 0)) {
          bestGain = gain;
          bestCode = code;
          nextCode = -1;
          bestMissingLeft = missing === 0 && a0 / scale0 + a1 / scale1 > b0 / scale0 + b1 / scale1;
        }
      }
      // Missing values to the left.
      const l = a + missing;
      if (missing > 0 && l >= minLeaf && draws - l >= minLeaf) {
        const l0 = a0 + m0;
        const l1 = a1 + m1;
        const b0 = w0 - l0;
        const b1 = w1 - l1;
        const gain = (l0 * l0 + l1 * l1) / (l0 + l1) + (b0 * b0 + b1 * b1) / (b0 + b1) - parent;
        if (gain > bestGain && (leaning === 0 || leaning * (b1 * l0 - l1 * b0) >= 0)) {
          bestGain = gain;
          bestCode = code;
          nextCode = -1;
          bestMissingLeft = true;
        }
      }
    }
    if (bestCode < 0) return best;
    if (nextCode < 0) {
      // No value here is above the cut: missing values alone are on the other side.
      return { gain: bestGain, feature, code: 255, threshold: FLOAT32_MAX, missingLeft: bestMissingLeft };
    }
    // Between two codes that occur here, the cut lies in the middle of those that do not.
    const code = (bestCode + nextCode - 1) >> 1;
    return { gain: bestGain, feature, code, threshold: edges[code - 1]!, missingLeft: bestMissingLeft };
  }
}
