import { UserError } from '../base/errors.ts';
import { MAX_FEATURES } from './dataset.ts';
import { type Forest, scoreOf } from './forest.ts';

/** Scores rows with one forest. The same row gives the same bits, alone or among others. */
export interface Scorer {
  /** Values a row has. */
  readonly width: number;
  /** Raw score in 0..1 of the row that begins at `offset` of `x`. */
  score(x: Float64Array, offset: number): number;
  /** Raw scores of the first `rows` rows of `x` (row-major), into `out`. */
  scoreRows(x: Float64Array, rows: number, out: Float64Array): void;
}

/** Rows walked through one tree before the next tree, a multiple of 4: their values and one tree stay in the first-level cache. */
const BLOCK = 32;
/** A node's word: its column above, its left child below. */
const CHILD_BITS = 21;
const CHILD_MASK = (1 << CHILD_BITS) - 1;

interface Layout {
  thresholds: Float64Array;
  words: Int32Array;
}

/**
 * Lays a forest out for speed. A node is a threshold and a word that names its column and its left child; the right child is the
 * next node. Each feature has two columns, one with missing values as -Infinity and one with them as Infinity, so that no step
 * asks whether a value is missing. A leaf is its own left child, under a threshold that nothing exceeds, so that four walks can
 * go abreast, without a branch, until all have arrived.
 *
 * @throws UserError where the forest is too large; the scorer throws RangeError where a row of `x` or `out` is not there
 */
export function compile(forest: Forest): Scorer {
  const width = forest.features.length;
  const trees = forest.roots.length;
  const { roots, value: leaves } = forest;
  const layout = layOut(forest);
  const columns = width * 2;
  const block = new Float64Array(columns * BLOCK);
  const sums = new Float64Array(BLOCK);
  const at = new Int32Array(4);

  const load = (x: Float64Array, offset: number, rows: number) => {
    if (offset < 0 || offset + rows * width > x.length) {
      throw new RangeError(`${rows} rows at ${offset} are outside of ${x.length} values`);
    }
    fill(x, offset, rows * width, block);
  };

  return {
    width,
    score(x, offset) {
      load(x, offset, 1);
      let sum = 0;
      for (let tree = 0; tree < trees; tree += 4) {
        const some = Math.min(4, trees - tree);
        for (let k = 0; k < 4; k++) at[k] = roots[tree + Math.min(k, some - 1)]!;
        walk(layout, block, 0, 0, at);
        for (let k = 0; k < some; k++) sum += leaves[at[k]!]!;
      }
      return scoreOf(forest, sum);
    },
    scoreRows(x, rows, out) {
      if (rows > out.length) throw new RangeError(`${rows} rows do not fit ${out.length} scores`);
      for (let row = 0; row < rows; row += BLOCK) {
        const some = Math.min(BLOCK, rows - row);
        load(x, row * width, some);
        sums.fill(0);
        for (let tree = 0; tree < trees; tree++) {
          // Beyond the last row the block holds an older one, whose sum nobody reads.
          for (let k = 0; k < some; k += 4) {
            at.fill(roots[tree]!);
            walk(layout, block, k * columns, columns, at);
            sums[k]! += leaves[at[0]!]!;
            sums[k + 1]! += leaves[at[1]!]!;
            sums[k + 2]! += leaves[at[2]!]!;
            sums[k + 3]! += leaves[at[3]!]!;
          }
        }
        for (let k = 0; k < some; k++) out[row + k] = scoreOf(forest, sums[k]!);
      }
    },
  };
}

function fill(x: Float64Array, offset: number, count: number, block: Float64Array): void {
  for (let k = 0; k < count; k++) {
    const value = x[offset + k]!;
    const missing = Number.isNaN(value);
    block[k * 2] = missing ? -Infinity : value;
    block[k * 2 + 1] = missing ? Infinity : value;
  }
}

/**
 * Walks from the four nodes in `at` to their leaves, each on its own row of the block (`x0`, then `step` further). A comparison
 * turned into a number compiles to no jump, which is what makes this fast: half of all jumps in a tree are guessed wrong.
 */
function walk(layout: Layout, block: Float64Array, x0: number, step: number, at: Int32Array): void {
  const { thresholds, words } = layout;
  const x1 = x0 + step;
  const x2 = x1 + step;
  const x3 = x2 + step;
  let n0 = at[0]!;
  let n1 = at[1]!;
  let n2 = at[2]!;
  let n3 = at[3]!;
  for (;;) {
    const w0 = words[n0]!;
    const w1 = words[n1]!;
    const w2 = words[n2]!;
    const w3 = words[n3]!;
    const m0 = ((w0 & CHILD_MASK) + +(block[x0 + (w0 >>> CHILD_BITS)]! > thresholds[n0]!)) | 0;
    const m1 = ((w1 & CHILD_MASK) + +(block[x1 + (w1 >>> CHILD_BITS)]! > thresholds[n1]!)) | 0;
    const m2 = ((w2 & CHILD_MASK) + +(block[x2 + (w2 >>> CHILD_BITS)]! > thresholds[n2]!)) | 0;
    const m3 = ((w3 & CHILD_MASK) + +(block[x3 + (w3 >>> CHILD_BITS)]! > thresholds[n3]!)) | 0;
    if (((m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3)) === 0) break;
    n0 = m0;
    n1 = m1;
    n2 = m2;
    n3 = m3;
  }
  at[0] = n0;
  at[1] = n1;
  at[2] = n2;
  at[3] = n3;
}

function layOut(forest: Forest): Layout {
  const size = forest.feature.length;
  if (size > CHILD_MASK || forest.features.length > MAX_FEATURES) {
    throw new UserError(`a forest of ${size} nodes over ${forest.features.length} features is too large to score with`);
  }
  const thresholds = new Float64Array(size);
  const words = new Int32Array(size);
  for (let node = 0; node < size; node++) {
    const feature = forest.feature[node]!;
    if (feature < 0) {
      thresholds[node] = Infinity;
      words[node] = node;
      continue;
    }
    if (forest.right[node] !== forest.left[node]! + 1)
      throw new RangeError('the children of a node must be side by side');
    thresholds[node] = forest.threshold[node]!;
    words[node] = ((feature * 2 + 1 - forest.missingLeft[node]!) << CHILD_BITS) | forest.left[node]!;
  }
  return { thresholds, words };
}
