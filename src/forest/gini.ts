import type { Random } from '../base/random.ts';
import type { Bins } from './bins.ts';
import { type Bounds, SplitFinder, type SplitOptions, UNBOUND } from './split.ts';

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

/**
 * Splits of classification trees, by Gini impurity. The sums are the weights of class 0 and of class 1; a node's value is the share of class 1.
 * What lies below a split is not held to leanings: a line with two devices could then never be as ordinary again as one with one.
 */
export class GiniFinder extends SplitFinder {
  private readonly bag: Bag;

  constructor(bins: Bins, bag: Bag, options: SplitOptions, random: Random) {
    super(bins, options, random);
    this.bag = bag;
  }

  override valueOf(start: number, end: number): number {
    const { rows, y, weight, times } = this.bag;
    const sums = [0, 0];
    let draws = 0;
    for (let at = start; at < end; at++) {
      const row = rows[at]!;
      sums[y[row]!]! += weight[row]!;
      draws += times[row]!;
    }
    this.sumA = sums[0]!;
    this.sumB = sums[1]!;
    this.draws = draws;
    return this.sumB / (this.sumA + this.sumB);
  }

  protected override isPure(): boolean {
    return this.sumA === 0 || this.sumB === 0;
  }

  protected override fill(codes: Uint8Array, column: number, start: number, end: number): boolean {
    const { rows, y, weight, times } = this.bag;
    const { histogram } = this;
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
    return varies !== 0;
  }

  protected override worth(a: number, b: number): number {
    return (a * a + b * b) / (a + b);
  }

  protected override noise(): number {
    return (this.sumA + this.sumB) * 1e-10;
  }

  protected override rise(leftA: number, leftB: number, rightA: number, rightB: number): number {
    return rightB * leftA - rightA * leftB;
  }

  protected override boundsOf(): { left: Bounds; right: Bounds } {
    return { left: UNBOUND, right: UNBOUND };
  }

  /** Before balance. */
  protected override isLeftMore(leftA: number, leftB: number, _: number, rightA: number, rightB: number): boolean {
    const [scale0, scale1] = this.bag.scale;
    return leftA / scale0 + leftB / scale1 > rightA / scale0 + rightB / scale1;
  }
}
