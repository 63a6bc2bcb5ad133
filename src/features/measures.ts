import { quantileSorted } from 'simple-statistics';
import type { History } from './history/history.ts';

/** Puts the numbers of a history into a sample. */
type Filler = (history: History, sample: Sample) => void;

/**
 * Numbers gathered for one statistic. NaN is passed over. One object serves all: `load` or `clear` and `add`, then ask before
 * anything else is loaded.
 */
export class Sample {
  count = 0;
  private filler: Filler | null = null;
  private filledFrom: History | null = null;
  private filledAt = -1;
  private values = new Float64Array(1024);
  private sorted = true;

  clear(): this {
    this.count = 0;
    this.sorted = true;
    this.filler = null;
    return this;
  }

  /** The numbers that `fill` gives, sorted: kept from the last time where nothing else was asked of the same line since. */
  load(history: History, fill: Filler): this {
    if (this.filler === fill && this.filledFrom === history && this.filledAt === history.serial) return this;
    this.clear();
    fill(history, this);
    this.sort();
    this.filler = fill;
    this.filledFrom = history;
    this.filledAt = history.serial;
    return this;
  }

  add(value: number): void {
    if (Number.isNaN(value)) return;
    if (this.count === this.values.length) {
      const wider = new Float64Array(2 * this.count);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.count++] = value;
    this.sorted = false;
  }

  /** The number at a place of the order they were added in, or of their size once a quantile was asked for. */
  at(index: number): number {
    return this.values[index]!;
  }

  /** Quantile by linear interpolation (type 7 of R); NaN of nothing. */
  quantile(p: number): number {
    if (this.count === 0) return Number.NaN;
    this.sort();
    // simple-statistics reads by index and length only; its types know no typed arrays.
    return quantileSorted(this.values.subarray(0, this.count) as unknown as number[], p);
  }

  median(): number {
    return this.quantile(0.5);
  }

  mean(): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.values[i]!;
    return sum / this.count;
  }

  /** Coefficient of variation: sample standard deviation over mean. NaN below two numbers or where the mean is 0. */
  variation(): number {
    if (this.count < 2) return Number.NaN;
    const mean = this.mean();
    if (mean === 0) return Number.NaN;
    let squares = 0;
    for (let i = 0; i < this.count; i++) squares += (this.values[i]! - mean) ** 2;
    return Math.sqrt(squares / (this.count - 1)) / mean;
  }

  /** Share of numbers at or below a limit. */
  shareUpTo(limit: number): number {
    let below = 0;
    for (let i = 0; i < this.count; i++) if (this.values[i]! <= limit) below++;
    return below / this.count;
  }

  /** Kolmogorov-Smirnov distance to the exponential distribution of the same mean. */
  distanceToExponential(): number {
    const mean = this.mean();
    if (!(mean > 0)) return Number.NaN;
    this.sort();
    let distance = 0;
    for (let i = 0; i < this.count; i++) {
      const expected = 1 - Math.exp(-this.values[i]! / mean);
      distance = Math.max(distance, expected - i / this.count, (i + 1) / this.count - expected);
    }
    return distance;
  }

  sort(): void {
    if (this.sorted) return;
    this.sorted = true;
    const { values, count } = this;
    let ordered = 1;
    while (ordered < count && values[ordered - 1]! <= values[ordered]!) ordered++;
    if (ordered >= count) return;
    if (count > 24) {
      values.subarray(0, count).sort();
      return;
    }
    for (let i = 1; i < count; i++) {
      const value = values[i]!;
      let at = i - 1;
      for (; at >= 0 && values[at]! > value; at--) values[at + 1] = values[at]!;
      values[at + 1] = value;
    }
  }
}

/** How often each small whole number came up. One object serves all: `clear` with the numbers there can be, `add`, then ask. */
class Tally {
  total = 0;
  distinct = 0;
  counts = new Int32Array(1024);
  /** The distinct numbers in the order they came. */
  private seen = new Int32Array(1024);

  clear(size: number): this {
    if (size > this.counts.length) {
      this.counts = new Int32Array(2 * size);
      this.seen = new Int32Array(2 * size);
    } else {
      for (let i = 0; i < this.distinct; i++) this.counts[this.seen[i]!] = 0;
    }
    this.total = 0;
    this.distinct = 0;
    return this;
  }

  /** Counts a number in [0, size); -1 is passed over. */
  add(number: number): void {
    if (number < 0) return;
    if (this.counts[number]!++ === 0) this.seen[this.distinct++] = number;
    this.total++;
  }

  /** Shannon entropy of the shares, bits; NaN of nothing. */
  entropy(): number {
    if (this.total === 0) return Number.NaN;
    // Rounding would tell how many there were of one.
    if (this.distinct === 1) return 0;
    let sum = 0;
    for (let i = 0; i < this.distinct; i++) {
      const count = this.counts[this.seen[i]!]!;
      if (count > 1) sum += count * Math.log2(count);
    }
    return Math.max(0, Math.log2(this.total) - sum / this.total);
  }

  /** The most frequent number, the smallest of equals; -1 of nothing. */
  top(): number {
    let best = -1;
    let most = 0;
    for (let i = 0; i < this.distinct; i++) {
      const number = this.seen[i]!;
      const count = this.counts[number]!;
      if (count > most || (count === most && number < best)) {
        most = count;
        best = number;
      }
    }
    return best;
  }

  /** Share of the most frequent number; NaN of nothing. */
  topShare(): number {
    return this.total === 0 ? Number.NaN : this.counts[this.top()]! / this.total;
  }
}

/** Shared scratch: every feature fills and reads it within its own computation. */
export const sample = new Sample();
export const tally = new Tally();

/** `part / whole`, missing where `whole` is below `least`. */
export function share(part: number, whole: number, least: number): number {
  return whole < least ? Number.NaN : part / whole;
}
