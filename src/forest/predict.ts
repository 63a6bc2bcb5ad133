import type { Forest } from './forest.ts';

/** Scores rows with one forest. The same row gives the same bits, alone or among others. */
export interface Scorer {
  /** Values a row has. */
  readonly width: number;
  /** Raw score in 0..1, the mean of the leaves, of the row that begins at `offset` of `x`. */
  score(x: Float64Array, offset: number): number;
  /** Raw scores of the first `rows` rows of `x` (row-major), into `out`. */
  scoreRows(x: Float64Array, rows: number, out: Float64Array): void;
}

/** Rows walked through one tree before the next tree: their values and one tree stay in the first-level cache. */
const BLOCK = 32;
const LEFT_BITS = 20;
const LEFT_MASK = (1 << LEFT_BITS) - 1;

/**
 * Lays a forest out for speed. A node is 16 bytes: the threshold, and a word that names its column and its left child; the right
 * child is the next one. Each feature has two columns, one with missing values as -Infinity and one with them as Infinity, so that
 * no step asks whether a value is missing. A leaf is its own left child, with a threshold that nothing exceeds, so that four
 * rows can walk abreast, without a branch, until all have arrived.
 *
 * @throws RangeError where a row of `x` or `out` is not there
 */
export function compile(forest: Forest): Scorer {
  const width = forest.features.length;
  const columns = width * 2;
  const trees = forest.roots.length;
  const { nodes, words, leaves, roots } = layOut(forest);
  const block = new Float64Array(columns * BLOCK);
  const sums = new Float64Array(BLOCK);

  const scoreBlock = (x: Float64Array, offset: number, rows: number) => {
    if (offset < 0 || offset + rows * width > x.length)
      throw new RangeError(`${rows} rows at ${offset} are outside of ${x.length} values`);
    for (let at = 0; at < rows * width; at++) {
      const value = x[offset + at]!;
      const missing = value !== value;
      block[at * 2] = missing ? -Infinity : value;
      block[at * 2 + 1] = missing ? Infinity : value;
    }
    sums.fill(0);
    for (let tree = 0; tree < trees; tree++) {
      const root = roots[tree]!;
      let row = 0;
      for (; row + 4 <= rows; row += 4) {
        const x0 = row * columns;
        const x1 = x0 + columns;
        const x2 = x1 + columns;
        const x3 = x2 + columns;
        let n0 = root;
        let n1 = root;
        let n2 = root;
        let n3 = root;
        for (;;) {
          const w0 = words[n0 * 4 + 2]!;
          const w1 = words[n1 * 4 + 2]!;
          const w2 = words[n2 * 4 + 2]!;
          const w3 = words[n3 * 4 + 2]!;
          const m0 = root + (w0 & LEFT_MASK) + (block[x0 + (w0 >>> LEFT_BITS)]! > nodes[n0 * 2]! ? 1 : 0);
          const m1 = root + (w1 & LEFT_MASK) + (block[x1 + (w1 >>> LEFT_BITS)]! > nodes[n1 * 2]! ? 1 : 0);
          const m2 = root + (w2 & LEFT_MASK) + (block[x2 + (w2 >>> LEFT_BITS)]! > nodes[n2 * 2]! ? 1 : 0);
          const m3 = root + (w3 & LEFT_MASK) + (block[x3 + (w3 >>> LEFT_BITS)]! > nodes[n3 * 2]! ? 1 : 0);
          if (((m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3)) === 0) break;
          n0 = m0;
          n1 = m1;
          n2 = m2;
          n3 = m3;
        }
        sums[row]! += leaves[n0]!;
        sums[row + 1]! += leaves[n1]!;
        sums[row + 2]! += leaves[n2]!;
        sums[row + 3]! += leaves[n3]!;
      }
      for (; row < rows; row++) {
        const x0 = row * columns;
        let node = root;
        for (;;) {
          const word = words[node * 4 + 2]!;
          const next = root + (word & LEFT_MASK) + (block[x0 + (word >>> LEFT_BITS)]! > nodes[node * 2]! ? 1 : 0);
          if (next === node) break;
          node = next;
        }
        sums[row]! += leaves[node]!;
      }
    }
  };

  return {
    width,
    score(x, offset) {
      scoreBlock(x, offset, 1);
      return sums[0]! / trees;
    },
    scoreRows(x, rows, out) {
      if (rows > out.length) throw new RangeError(`${rows} rows do not fit ${out.length} scores`);
      for (let row = 0; row < rows; row += BLOCK) {
        const some = Math.min(BLOCK, rows - row);
        scoreBlock(x, row * width, some);
        for (let at = 0; at < some; at++) out[row + at] = sums[at]! / trees;
      }
    },
  };
}

function layOut(forest: Forest) {
  const size = forest.feature.length;
  const nodes = new Float64Array(size * 2);
  const words = new Int32Array(nodes.buffer);
  for (let tree = 0; tree < forest.roots.length; tree++) {
    const root = forest.roots[tree]!;
    const end = forest.roots[tree + 1] ?? size;
    if (end - root > LEFT_MASK) throw new RangeError(`a tree of ${end - root} nodes is too large to compile`);
    for (let node = root; node < end; node++) {
      const feature = forest.feature[node]!;
      if (feature < 0) {
        nodes[node * 2] = Infinity;
        words[node * 4 + 2] = node - root;
      } else {
        if (forest.right[node] !== forest.left[node]! + 1)
          throw new RangeError('the children of a node must be side by side');
        nodes[node * 2] = forest.threshold[node]!;
        words[node * 4 + 2] =
          ((feature * 2 + (forest.missingLeft[node] === 1 ? 0 : 1)) << LEFT_BITS) | (forest.left[node]! - root);
      }
    }
  }
  return { nodes, words, leaves: forest.value, roots: forest.roots };
}
