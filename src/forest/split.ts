import type { Random } from '../base/random.ts';
import { type Bins, FLOAT32_MAX } from './bins.ts';

/** How a node is split in two. */
export interface Split {
  gain: number;
  feature: number;
  /** Highest code that goes left. */
  code: number;
  threshold: number;
  missingLeft: boolean;
  /** Values of nodes below the left side, and below the right, that a criterion which holds trees to leanings allows. */
  leftBounds: Bounds;
  rightBounds: Bounds;
}

/** Values that a node may have. */
export interface Bounds {
  low: number;
  high: number;
}

export const UNBOUND: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

export interface SplitOptions {
  /** Least number of draws in a leaf. */
  minLeaf: number;
  /** Features looked at for each split, those that do not vary among its rows not counted. */
  featuresPerSplit: number;
  /** Of each feature 1 where more of it may not be taken to speak for a row, -1 where less of it may not, 0 where it may speak either way. */
  leanings: Int8Array;
}

/**
 * Finds the best split of a range of the rows of a bag, by histograms of two sums over its rows; what is summed, and what a split gains by
 * it, is the criterion's. Holds the buffers that the search uses again and again.
 *
 * Missing values go to the side where the gain is larger; where a node has none, to the side with more rows as they really come:
 * most lines are ordinary, and what was never seen is no ground for suspicion.
 *
 * No split takes a feature that leans the other way. Whether what lies below a split is held to it as well is the criterion's.
 */
export abstract class SplitFinder {
  /** Of each code: both sums, number of draws, nothing. */
  protected readonly histogram = new Float64Array(256 * 4);
  /** Both sums, and the number of draws, of the rows that {@link valueOf} was asked for last. */
  protected sumA = 0;
  protected sumB = 0;
  protected draws = 0;
  private readonly bins: Bins;
  private readonly options: SplitOptions;
  private readonly random: Random;
  private readonly order: Int32Array;

  constructor(bins: Bins, options: SplitOptions, random: Random) {
    this.bins = bins;
    this.options = options;
    this.random = random;
    this.order = Int32Array.from(bins.edges, (_, feature) => feature);
  }

  /** Takes the sums of the rows in [start, end) and gives the value of a node of them. */
  abstract valueOf(start: number, end: number, bounds: Bounds): number;

  /** Whether no split can gain, by the sums that were just taken. */
  protected abstract isPure(): boolean;

  /** Adds the rows in [start, end) to the histogram, which is empty, by their codes; gives whether there are several codes. */
  protected abstract fill(codes: Uint8Array, column: number, start: number, end: number): boolean;

  /** What a side of a split is worth by its sums; -Infinity where it may not be one. */
  protected abstract worth(a: number, b: number): number;

  /** Below this a gain is what rounding can make. */
  protected abstract noise(): number;

  /** Above 0 where the right side is more of a gateway's than the left, 0 where they are alike. */
  protected abstract rise(leftA: number, leftB: number, rightA: number, rightB: number): number;

  /** Bounds of both sides of a split of a feature that leans; those of the node where nothing more is asked of them. */
  protected abstract boundsOf(
    leaning: number,
    leftA: number,
    leftB: number,
    rightA: number,
    rightB: number,
  ): { left: Bounds; right: Bounds };

  /** Whether the left side has more rows as they really come. */
  protected abstract isLeftMore(
    leftA: number,
    leftB: number,
    left: number,
    rightA: number,
    rightB: number,
    right: number,
  ): boolean;

  /** The best split of [start, end), whose sums were just taken; null where none gains. */
  find(start: number, end: number): Split | null {
    if (this.isPure() || this.draws < 2 * this.options.minLeaf) return null;
    const { order, random, histogram } = this;
    const { codes, edges, rows } = this.bins;
    let best: Split | null = null;
    let wanted = this.options.featuresPerSplit;
    // Features are drawn without replacement until enough of them vary here (as scikit-learn does).
    for (let left = order.length; left > 0 && wanted > 0; left--) {
      const at = Math.floor(random.next() * left);
      const feature = order[at]!;
      order[at] = order[left - 1]!;
      order[left - 1] = feature;
      histogram.fill(0, 0, (edges[feature]!.length + 2) * 4);
      if (!this.fill(codes, feature * rows, start, end)) continue;
      wanted--;
      best = this.scan(feature, best);
    }
    return best;
  }

  /** The better of `best` and the best cut in the histogram. */
  private scan(feature: number, best: Split | null): Split | null {
    const { histogram, sumA, sumB, draws } = this;
    const { minLeaf, leanings } = this.options;
    const leaning = leanings[feature]!;
    const edges = this.bins.edges[feature]!;
    const parent = this.worth(sumA, sumB);
    const missingA = histogram[0]!;
    const missingB = histogram[1]!;
    const missing = histogram[2]!;
    let bestGain = best === null ? this.noise() : best.gain;
    let bestCode = -1;
    let bestMissingLeft = false;
    let bestA = 0;
    let bestB = 0;
    let nextCode = 0;
    let a = 0;
    let b = 0;
    let seen = 0;
    for (let code = 1; code <= edges.length + 1; code++) {
      const slot = code << 2;
      if (histogram[slot | 2] === 0) continue;
      if (nextCode < 0) nextCode = code;
      a += histogram[slot]!;
      b += histogram[slot | 1]!;
      seen += histogram[slot | 2]!;
      // Missing values to the right.
      if (seen >= minLeaf && draws - seen >= minLeaf) {
        const restA = sumA - a;
        const restB = sumB - b;
        const gain = this.worth(a, b) + this.worth(restA, restB) - parent;
        if (
          gain > bestGain &&
          (leaning === 0 || seen + missing === draws || leaning * this.rise(a, b, restA, restB) >= 0)
        ) {
          bestGain = gain;
          bestCode = code;
          nextCode = -1;
          bestA = a;
          bestB = b;
          bestMissingLeft = missing === 0 && this.isLeftMore(a, b, seen, restA, restB, draws - seen);
        }
      }
      // Missing values to the left.
      const left = seen + missing;
      if (missing > 0 && left >= minLeaf && draws - left >= minLeaf) {
        const leftA = a + missingA;
        const leftB = b + missingB;
        const restA = sumA - leftA;
        const restB = sumB - leftB;
        const gain = this.worth(leftA, leftB) + this.worth(restA, restB) - parent;
        if (gain > bestGain && (leaning === 0 || leaning * this.rise(leftA, leftB, restA, restB) >= 0)) {
          bestGain = gain;
          bestCode = code;
          nextCode = -1;
          bestA = leftA;
          bestB = leftB;
          bestMissingLeft = true;
        }
      }
    }
    if (bestCode < 0) return best;
    // No value here is above the cut: missing values alone are on the other side, and have no order.
    const isApart = nextCode < 0;
    const leans = isApart ? 0 : leaning;
    const { left: leftBounds, right: rightBounds } = this.boundsOf(leans, bestA, bestB, sumA - bestA, sumB - bestB);
    const found = { gain: bestGain, feature, missingLeft: bestMissingLeft, leftBounds, rightBounds };
    if (isApart) return { ...found, code: 255, threshold: FLOAT32_MAX };
    // Between two codes that occur here, the cut lies in the middle of those that do not.
    const code = (bestCode + nextCode - 1) >> 1;
    return { ...found, code, threshold: edges[code - 1]! };
  }
}
