/** Two lines were switched together where it lies so close, seconds. */
export const TOGETHER = 30;

/** Counts of a {@link Switching} as threads hand them over. */
export interface SwitchingCounts {
  lines: number;
  bins: ReadonlyMap<number, number>;
}

/**
 * When lines were switched on and off, over all of them: power cuts and mass updates switch thousands at a time, and say nothing
 * of two.
 */
export class Switching {
  private readonly bins = new Map<number, number>();
  private lines = 0;
  /** What {@link span} found, and of how many bins. */
  private seconds = 0;
  private spanOf = 0;

  /** Counts the instants of one line. */
  add(switched: Float64Array): void {
    this.lines++;
    let last = Number.NEGATIVE_INFINITY;
    for (const time of switched) {
      const bin = Math.floor(time / TOGETHER);
      if (bin !== last) this.bins.set(bin, (this.bins.get(bin) ?? 0) + 1);
      last = bin;
    }
  }

  /** What was counted, to be sent to another thread. */
  data(): SwitchingCounts {
    const { lines, bins } = this;
    return { lines, bins };
  }

  /** Counts other lines too. */
  merge({ lines, bins }: SwitchingCounts): void {
    this.lines += lines;
    for (const [bin, count] of bins) this.bins.set(bin, (this.bins.get(bin) ?? 0) + count);
  }

  /**
   * How much the instants of two lines that lie together weigh, nats: each by the share of all lines that were switched at that time, or
   * the share of the time that those of one of the two lie within, less what so many tries find by chance.
   */
  shared(a: Float64Array, b: Float64Array): number {
    if (a.length === 0 || b.length === 0) return 0;
    let weight = 0;
    let matches = 0;
    let at = 0;
    const often = Math.min(1, (2 * TOGETHER * Math.min(a.length, b.length)) / this.span());
    for (const time of a) {
      while (at < b.length && b[at]! < time - TOGETHER) at++;
      if (at === b.length) break;
      if (b[at]! > time + TOGETHER) continue;
      at++;
      matches++;
      weight += -Math.log(Math.max(often, this.share(time)));
    }
    return matches === 0 ? 0 : weight - matches * Math.log(Math.max(a.length, b.length) / matches);
  }

  /** Seconds from the first to the last of all instants. */
  private span(): number {
    if (this.spanOf !== this.bins.size) {
      this.spanOf = this.bins.size;
      let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const bin of this.bins.keys()) {
        first = Math.min(first, bin);
        last = Math.max(last, bin);
      }
      this.seconds = (last - first + 1) * TOGETHER;
    }
    return this.seconds;
  }

  /** Share of lines switched within {@link TOGETHER} of a time. */
  private share(time: number): number {
    const bin = Math.floor(time / TOGETHER);
    let count = 0;
    for (let near = bin - 1; near <= bin + 1; near++) count += this.bins.get(near) ?? 0;
    return Math.min(1, Math.max(2, count) / Math.max(2, this.lines));
  }
}
