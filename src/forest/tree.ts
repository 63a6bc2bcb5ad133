import type { Bins } from './bins.ts';
import type { Forest } from './forest.ts';
import { type Bounds, type Split, type SplitFinder, UNBOUND } from './split.ts';

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

interface Open {
  node: number;
  start: number;
  end: number;
  split: Split;
}

/**
 * Grows one tree, best split first, until it has `maxLeaves`.
 *
 * @param rows rows in the bag, ascending; reordered while the tree grows
 */
export function growTree(bins: Bins, rows: Int32Array, finder: SplitFinder, maxLeaves: number): Tree {
  const tree = emptyTree();
  const spare = new Int32Array(rows.length);
  const open: Open[] = [];

  const addNode = (start: number, end: number, bounds: Bounds): number => {
    const node = addLeaf(tree, finder.valueOf(start, end, bounds));
    const split = finder.find(start, end);
    if (split !== null) open.push({ node, start, end, split });
    return node;
  };

  addNode(0, rows.length, UNBOUND);
  for (let leaves = 1; leaves < maxLeaves && open.length > 0; leaves++) {
    let best = 0;
    for (let at = 1; at < open.length; at++) if (open[at]!.split.gain > open[best]!.split.gain) best = at;
    const { node, start, end, split } = open[best]!;
    open[best] = open[open.length - 1]!;
    open.pop();
    const middle = partition(bins, rows, split, start, end, spare);
    const left = addNode(start, middle, split.leftBounds);
    splitLeaf(tree, node, split, left, addNode(middle, end, split.rightBounds));
  }
  return tree;
}

/** Moves the rows that go left to the front of [start, end), each side in its order, and gives where the right side begins. */
function partition(
  { codes, rows: all }: Bins,
  rows: Int32Array,
  split: Split,
  start: number,
  end: number,
  spare: Int32Array,
): number {
  const column = split.feature * all;
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
