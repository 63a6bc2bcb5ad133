import type { Random } from '../base/random.ts';
import type { Bins } from './bins.ts';
import { type Bounds, SplitFinder, type SplitOptions, UNBOUND } from './split.ts';

/** What a boosted tree is grown from: rows, and of each row of the dataset how the loss falls with its log-odds. */
export interface Slopes {
  /** Rows that this tree sees, ascending. Reordered while it grows. */
  rows: Int32Array;
  /** First and second derivative of the weighted loss. */
  gradient: Float64Array;
  curvature: Float64Array;
}

export interface NewtonOptions extends Omit<SplitOptions, 'minLeaf'> {
  /** Least sum of second derivatives in a leaf. */
  minCurvature: number;
  /** Curvature that is added to each leaf's: the fewer rows, the less it dares. */
  ridge: number;
  /** Part of the Newton step that a tree takes, above 0 and at most 1. */
  rate: number;
}

/**
 * Splits of trees that are added up (second-order boosting: Friedman 2001, Chen and Guestrin 2016). The sums are the derivatives; a node's
 * value is what it adds to the log-odds of its rows. Trees are held to leanings all the way down (as XGBoost's are with monotone
 * constraints): the sum of many small trees has room enough for what speaks the other way, and ranks lines of other networks better so.
 */
export class NewtonFinder extends SplitFinder {
  private readonly slopes: Slopes;
  private readonly settings: NewtonOptions;
  /** Both derivatives of the rows that {@link valueOf} was asked for last, side by side: each feature that is looked at reads them again. */
  private readonly here: Float64Array;
  /** Steps that the node may take which {@link valueOf} was asked for last. */
  private bounds: Bounds = UNBOUND;

  constructor(bins: Bins, slopes: Slopes, options: NewtonOptions, random: Random) {
    super(bins, { ...options, minLeaf: 1 }, random);
    this.slopes = slopes;
    this.settings = options;
    this.here = new Float64Array(2 * slopes.rows.length);
  }

  override valueOf(start: number, end: number, bounds: Bounds): number {
    const { rows, gradient, curvature } = this.slopes;
    const { here } = this;
    let a = 0;
    let b = 0;
    for (let at = start, to = 0; at < end; at++) {
      const row = rows[at]!;
      const first = gradient[row]!;
      const second = curvature[row]!;
      here[to++] = first;
      here[to++] = second;
      a += first;
      b += second;
    }
    this.sumA = a;
    this.sumB = b;
    this.draws = end - start;
    this.bounds = bounds;
    return this.settings.rate * this.stepOf(a, b);
  }

  protected override isPure(): boolean {
    return this.sumB < 2 * this.settings.minCurvature;
  }

  protected override fill(codes: Uint8Array, column: number, start: number, end: number): boolean {
    const { rows } = this.slopes;
    const { histogram, here } = this;
    const first = codes[column + rows[start]!]!;
    let varies = 0;
    for (let at = start, from = 0; at < end; at++, from += 2) {
      const code = codes[column + rows[at]!]!;
      varies |= code ^ first;
      const slot = code << 2;
      histogram[slot]! += here[from]!;
      histogram[slot | 1]! += here[from + 1]!;
      histogram[slot | 2]! += 1;
    }
    return varies !== 0;
  }

  protected override worth(a: number, b: number): number {
    const { minCurvature, ridge } = this.settings;
    if (b < minCurvature) return Number.NEGATIVE_INFINITY;
    const step = this.stepOf(a, b);
    return -(2 * a * step + (b + ridge) * step * step);
  }

  protected override noise(): number {
    return this.sumB * 1e-10;
  }

  protected override rise(leftA: number, leftB: number, rightA: number, rightB: number): number {
    return this.stepOf(rightA, rightB) - this.stepOf(leftA, leftB);
  }

  protected override boundsOf(
    leaning: number,
    leftA: number,
    leftB: number,
    rightA: number,
    rightB: number,
  ): { left: Bounds; right: Bounds } {
    const { bounds } = this;
    if (leaning === 0) return { left: bounds, right: bounds };
    const middle = (this.stepOf(leftA, leftB) + this.stepOf(rightA, rightB)) / 2;
    const below = { ...bounds, high: middle };
    const above = { ...bounds, low: middle };
    return leaning > 0 ? { left: below, right: above } : { left: above, right: below };
  }

  /** The Newton step of a node, as far as its bounds allow. */
  private stepOf(a: number, b: number): number {
    const { low, high } = this.bounds;
    const step = -a / (b + this.settings.ridge);
    return Math.max(low, Math.min(high, step));
  }

  protected override isLeftMore(
    _: number,
    __: number,
    left: number,
    ___: number,
    ____: number,
    right: number,
  ): boolean {
    return left > right;
  }
}
