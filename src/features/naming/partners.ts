/** An identity seen with more partners than this is shared (a trunk, a switchboard) and names no line. */
const MOST_PARTNERS = 16;

/**
 * With which other identities each identity was seen, and from when to when. Pairs stand in columns: there are as many as lines, and an
 * object for each would be most of the memory that names take.
 */
export class Partners {
  /** First pair of an identity; the others follow by `nexts`. */
  private readonly heads = new Map<string, number>();
  private readonly values: string[] = [];
  private firsts = new Float64Array(SMALLEST);
  private lasts = new Float64Array(SMALLEST);
  /** The next pair of the same identity, -1 after the last. */
  private nexts = new Int32Array(SMALLEST);

  /** Takes note that `key` was seen with `value` from `first` to `last`, seconds since the epoch. */
  see(key: string, value: string, first: number, last: number): void {
    const { values, firsts, lasts, nexts } = this;
    const head = this.heads.get(key);
    if (head === undefined) {
      this.heads.set(key, this.add(value, first, last));
      return;
    }
    let count = 0;
    let end = head;
    for (let pair = head; pair >= 0; pair = nexts[pair]!) {
      if (values[pair] === value) {
        firsts[pair] = Math.min(firsts[pair]!, first);
        lasts[pair] = Math.max(lasts[pair]!, last);
        return;
      }
      count++;
      end = pair;
    }
    if (count > MOST_PARTNERS) return;
    const pair = this.add(value, first, last);
    this.nexts[end] = pair;
  }

  /** Whether an identity has several partners, so that the answer of {@link at} may hang on the time. */
  isByTime(key: string): boolean {
    const head = this.heads.get(key);
    return head !== undefined && this.nexts[head]! >= 0;
  }

  /** The partner of an identity at a time, seconds since the epoch; null where there is none, or too many. */
  at(key: string, time: number): string | null {
    const head = this.heads.get(key);
    if (head === undefined) return null;
    const { nexts } = this;
    let best = head;
    let count = 1;
    for (let pair = nexts[head]!; pair >= 0; pair = nexts[pair]!) {
      if (++count > MOST_PARTNERS) return null;
      if (this.fitsBetter(pair, best, time)) best = pair;
    }
    return this.values[best]!;
  }

  private add(value: string, first: number, last: number): number {
    const pair = this.values.push(value) - 1;
    if (pair === this.firsts.length) this.grow();
    this.firsts[pair] = first;
    this.lasts[pair] = last;
    this.nexts[pair] = -1;
    return pair;
  }

  private grow(): void {
    const size = 2 * this.firsts.length;
    const firsts = new Float64Array(size);
    const lasts = new Float64Array(size);
    const nexts = new Int32Array(size);
    firsts.set(this.firsts);
    lasts.set(this.lasts);
    nexts.set(this.nexts);
    this.firsts = firsts;
    this.lasts = lasts;
    this.nexts = nexts;
  }

  /** Whether pair `a` fits a time better than `b`; see {@link Naming}. */
  private fitsBetter(a: number, b: number, time: number): boolean {
    const { firsts, lasts, values } = this;
    const aBegan = firsts[a]! <= time;
    if (aBegan !== firsts[b]! <= time) return aBegan;
    if (aBegan) {
      const aHolds = lasts[a]! >= time;
      if (aHolds !== lasts[b]! >= time) return aHolds;
      if (!aHolds && lasts[a] !== lasts[b]) return lasts[a]! > lasts[b]!;
    }
    if (firsts[a] !== firsts[b]) return aBegan ? firsts[a]! > firsts[b]! : firsts[a]! < firsts[b]!;
    return values[a]! < values[b]!;
  }
}

const SMALLEST = 64;
