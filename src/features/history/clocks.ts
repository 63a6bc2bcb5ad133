/** Legs of one call seen by two probes begin at most this far apart, by their clocks. */
const MOST_OFFSET = 300;
/** Legs of one call that one probe sees on several interfaces. */
const ONE_CALL = 3;
/** Calls that two probes must both have seen. */
const LEAST_CALLS = 3;
/** Where the middle half of the differences spreads more than this, they tell nothing. */
const MOST_SPREAD = 2;
/** Legs that are enough. */
const MOST_LEGS = 4_000_000;
const SMALLEST = 1024;

/** What the clock of one feed differs from that of the feed that saw most. */
export interface ClockOffset {
  feed: string;
  /** Added to its times; null where no calls tell. */
  seconds: number | null;
  /** Calls that both saw. */
  calls: number;
}

/**
 * Differences between the clocks of several probes, from calls that two of them saw: the median of the differences of their starts.
 * Only calls count that stand alone on both sides, so that none is taken for another. 32 bytes a leg.
 */
export class Clocks {
  private count = 0;
  private columns = Array.from({ length: 4 }, () => new Float64Array(SMALLEST));

  /** One outgoing leg: numbers of feed, caller and called number, and when it began. */
  note(feed: number, caller: number, called: number, time: number): void {
    if (this.count === MOST_LEGS) return;
    if (this.count === this.columns[0]!.length) {
      this.columns = this.columns.map((column) => {
        const wider = new Float64Array(2 * this.count);
        wider.set(column);
        return wider;
      });
    }
    const values = [caller, called, time, feed];
    for (const [i, column] of this.columns.entries()) column[this.count] = values[i]!;
    this.count++;
  }

  /** Seconds to add to the times of each feed, by its number. @param feeds all feeds by number and name */
  offsets(feeds: ReadonlyMap<number, string>): { shifts: Map<number, number>; report: ClockOffset[] } {
    const differences = this.differences();
    const legs = new Map<number, number>([...feeds.keys()].map((feed) => [feed, 0]));
    for (let i = 0; i < this.count; i++) {
      const feed = this.columns[3]![i]!;
      legs.set(feed, (legs.get(feed) ?? 0) + 1);
    }
    const order = [...feeds.keys()].sort(
      (a, b) => legs.get(b)! - legs.get(a)! || (feeds.get(a)! < feeds.get(b)! ? -1 : 1),
    );
    const shifts = new Map<number, number>();
    const calls = new Map<number, number>();
    const reference = order[0];
    if (reference === undefined) return { shifts, report: [] };
    shifts.set(reference, 0);
    // Feeds that share no calls with the first may share some with one whose clock is known by then.
    for (let found = true; found; ) {
      found = false;
      let best: { feed: number; shift: number; calls: number } | null = null;
      for (const [key, { median, count }] of differences) {
        const [a, b] = key.split(' ').map(Number) as [number, number];
        const [known, other, sign] = shifts.has(a) ? [a, b, -1] : [b, a, 1];
        if (!shifts.has(known) || shifts.has(other) || (best !== null && count <= best.calls)) continue;
        best = { feed: other, shift: shifts.get(known)! + sign * median, calls: count };
      }
      if (best === null) break;
      shifts.set(best.feed, best.shift);
      calls.set(best.feed, best.calls);
      found = true;
    }
    const report = order.map((feed) => ({
      feed: feeds.get(feed)!,
      seconds: shifts.get(feed) ?? null,
      calls: calls.get(feed) ?? 0,
    }));
    return { shifts, report };
  }

  /** By two numbers of feeds `a b`: median over calls that both saw of start at b - start at a. */
  private differences(): Map<string, { median: number; count: number }> {
    const [caller, called, time, feed] = this.columns as [Float64Array, Float64Array, Float64Array, Float64Array];
    const order = Array.from({ length: this.count }, (_, i) => i).sort(
      (a, b) => caller[a]! - caller[b]! || called[a]! - called[b]! || time[a]! - time[b]! || feed[a]! - feed[b]!,
    );
    const found = new Map<string, number[]>();
    let group: number[] = [];
    const close = (): void => {
      const alone = group.filter((i) => {
        const others = group.filter((j) => j !== i && feed[j] === feed[i]);
        return others.every((j) => Math.abs(time[j]! - time[i]!) > MOST_OFFSET);
      });
      for (const i of alone) {
        for (const j of alone) {
          if (feed[i]! >= feed[j]! || Math.abs(time[j]! - time[i]!) > MOST_OFFSET) continue;
          const key = `${feed[i]} ${feed[j]}`;
          const list = found.get(key);
          if (list === undefined) found.set(key, [time[j]! - time[i]!]);
          else list.push(time[j]! - time[i]!);
        }
      }
      group = [];
    };
    for (const i of order) {
      const first = group[0];
      if (first !== undefined && (caller[first] !== caller[i] || called[first] !== called[i])) close();
      // Further legs of the same call at the same probe say nothing new.
      if (group.some((j) => feed[j] === feed[i] && time[i]! - time[j]! <= ONE_CALL)) continue;
      if (group.length < MOST_GROUP) group.push(i);
    }
    if (group.length > 0) close();
    const medians = new Map<string, { median: number; count: number }>();
    for (const [key, list] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
      list.sort((a, b) => a - b);
      // The same from either end, whichever feed comes first.
      const low = (share: number): number => list[Math.floor(share * (list.length - 1))]!;
      const high = (share: number): number => list[list.length - 1 - Math.floor(share * (list.length - 1))]!;
      if (list.length < LEAST_CALLS || high(0.25) - low(0.25) > MOST_SPREAD) continue;
      medians.set(key, { median: (low(0.5) + high(0.5)) / 2, count: list.length });
    }
    return medians;
  }
}

/** Calls between two numbers that are looked at. */
const MOST_GROUP = 256;
