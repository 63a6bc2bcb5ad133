import { rankOf } from './references/subscribers.ts';

/** A leg on a trunk begins at most this long before the mobile leg that it is carried on by. */
const LEAD_SECONDS = 8;
/** Answered, and released, within this. */
const TOGETHER_SECONDS = 1.5;
/** Bits of the filter of numbers that mobile lines called. */
const FILTER_BITS = 1 << 24;
/** Legs on trunks that are kept at most. */
const MOST_LEGS = 2_000_000;
/** Legs to one number that are looked at. */
const MOST_LOOKED_AT = 1024;
const SMALLEST = 1024;

/** One leg on a trunk: numbers as numbers, times in seconds since the epoch, NaN where unknown. */
export interface TrunkLeg {
  called: number;
  caller: number;
  time: number;
  answer: number;
  end: number;
}

/** A sealed {@link Pairing}, its columns in memory that threads share. */
export interface SharedPairing {
  trunkLegs: number;
  below: number;
  seconds: number;
  columns: Float64Array[];
}

/**
 * Calls that came in on a trunk (SIP, ISUP), by the number they were for: a gateway carries each on as a call of a mobile line to the
 * same number. Show it first every number that mobile lines called, then every leg on a trunk, then `seal` it.
 *
 * At most {@link MOST_LEGS} legs are kept: where there are more, whole called numbers are left out, the same ones whatever the order
 * of legs. 40 bytes a leg.
 */
export class Pairing {
  /** Legs on trunks, kept or not. */
  trunkLegs = 0;
  private count = 0;
  private readonly filter = new Uint8Array(FILTER_BITS / 8);
  private columns: Float64Array[] = Array.from({ length: COLUMNS }, () => new Float64Array(SMALLEST));
  /** Numbers whose hash is below it are kept. */
  private below = 2 ** 32;
  private readonly found = { others: 0, isPaired: false };
  private readonly most: number;
  private readonly seconds: number;

  /** @param observedSeconds time that captures cover */
  constructor(observedSeconds: number, most = MOST_LEGS) {
    this.seconds = Math.max(1, observedSeconds);
    this.most = most;
  }

  /** A mobile line called this number. */
  noteCalled(called: number): void {
    const bit = hashOf(called) & (FILTER_BITS - 1);
    this.filter[bit >> 3]! |= 1 << (bit & 7);
  }

  noteTrunk({ called, caller, time, answer, end }: TrunkLeg): void {
    this.trunkLegs++;
    const hash = hashOf(called);
    const bit = hash & (FILTER_BITS - 1);
    if (Number.isNaN(called) || (this.filter[bit >> 3]! & (1 << (bit & 7))) === 0 || hash >= this.below) return;
    if (this.count === this.most) {
      this.thin();
      if (hash >= this.below) return;
    }
    if (this.count === this.columns[0]!.length) {
      this.columns = this.columns.map((column) => {
        const wider = new Float64Array(2 * this.count);
        wider.set(column);
        return wider;
      });
    }
    const values = [called, time, caller, answer, end];
    for (let column = 0; column < COLUMNS; column++) this.columns[column]![this.count] = values[column]!;
    this.count++;
  }

  /** No more legs follow. */
  seal(): void {
    const order = this.order();
    // One after the other: nothing holds a column any more when its place is taken.
    for (let column = 0; column < COLUMNS; column++) this.columns[column] = inOrder(this.columns[column]!, order);
  }

  /** For another thread, once it is sealed. */
  share(): SharedPairing {
    const { trunkLegs, below, seconds, columns } = this;
    return { trunkLegs, below, seconds, columns };
  }

  /** The sealed pairing that another thread shared. */
  static of({ trunkLegs, below, seconds, columns }: SharedPairing): Pairing {
    const pairing = new Pairing(seconds);
    pairing.trunkLegs = trunkLegs;
    pairing.below = below;
    pairing.columns = columns;
    pairing.count = columns[0]!.length;
    return pairing;
  }

  /** Whether legs to this number were kept, had there been any. */
  isKept(called: number): boolean {
    return !Number.isNaN(called) && hashOf(called) < this.below;
  }

  /**
   * What a mobile leg has on trunks: how many legs to the same number are from others, in any time (who hides may be anybody, and does
   * not count), and whether one of these began shortly before it, and was answered and released with it. One object serves all.
   */
  look({ called, caller, time, answer, end }: TrunkLeg): Readonly<{ others: number; isPaired: boolean }> {
    const [numbers, times, callers, answers, ends] = this.columns as [Float64Array, ...Float64Array[]];
    const { found } = this;
    found.others = 0;
    found.isPaired = false;
    const first = rankOf(numbers, called, false);
    const last = Math.min(this.count, first + MOST_LOOKED_AT);
    for (let i = first; i < last && numbers[i] === called; i++) {
      if (isSameNumber(callers![i]!, caller)) continue;
      found.others++;
      const lead = time - times![i]!;
      if (lead < 0 || lead > LEAD_SECONDS) continue;
      if (Math.abs(answers![i]! - answer) <= TOGETHER_SECONDS && Math.abs(ends![i]! - end) <= TOGETHER_SECONDS)
        found.isPaired = true;
    }
    return found;
  }

  /** Legs to one number that would begin within the lead time by chance, were they spread evenly over the observed time. */
  byChance(legs: number): number {
    return (legs * LEAD_SECONDS) / this.seconds;
  }

  /** Legs by called number, then time: their places. */
  private order(): Uint32Array {
    const [called, time, caller, answer, end] = this.columns as [Float64Array, ...Float64Array[]];
    const order = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) order[i] = i;
    return order.sort(
      (a, b) =>
        called[a]! - called[b]! ||
        time![a]! - time![b]! ||
        compare(caller![a]!, caller![b]!) ||
        compare(answer![a]!, answer![b]!) ||
        compare(end![a]!, end![b]!),
    );
  }

  /** Leaves half of the called numbers out. */
  private thin(): void {
    const [called] = this.columns as [Float64Array];
    while (this.count === this.most && this.below > 1) {
      this.below /= 2;
      let kept = 0;
      for (let i = 0; i < this.count; i++) {
        if (hashOf(called[i]!) >= this.below) continue;
        for (const column of this.columns) column[kept] = column[i]!;
        kept++;
      }
      this.count = kept;
    }
  }
}

const COLUMNS = 5;

/** Values at these places, in memory that threads share. */
function inOrder(column: Float64Array, order: Uint32Array): Float64Array {
  const sorted = new Float64Array(new SharedArrayBuffer(8 * order.length));
  for (let i = 0; i < order.length; i++) sorted[i] = column[order[i]!]!;
  return sorted;
}

/**
 * Logarithm (base 10) of the chance that a Poisson variable of this mean is at least `count`; 0 for count 0.
 *
 * P(X >= k) = e^-m m^k / k! (1 + m / (k + 1) + m^2 / ((k + 1)(k + 2)) + ...)
 */
export function poissonTail(count: number, mean: number): number {
  if (count === 0) return 0;
  let term = 1;
  let sum = 1;
  for (let i = 1; i < 10_000 && term > 1e-16 * sum; i++) {
    term *= mean / (count + i);
    sum += term;
  }
  let factorial = 0;
  for (let i = 2; i <= count; i++) factorial += Math.log(i);
  return Math.min(0, (count * Math.log(mean) - mean - factorial + Math.log(sum)) / Math.LN10);
}

/** Whether one number may be the other: the same, unknown, or its end, as national and international writing are. */
function isSameNumber(a: number, b: number): boolean {
  if (a === b || Number.isNaN(a)) return true;
  const [short, long] = a < b ? [a, b] : [b, a];
  return short >= 1e6 && long % 10 ** (Math.floor(Math.log10(short)) + 1) === short;
}

function compare(a: number, b: number): number {
  return Object.is(a, b) ? 0 : Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b;
}

/** 32 bits of a number, in [0, 2^32). */
function hashOf(value: number): number {
  let hash = Math.imul(Math.floor(value / 0x1_0000_0000) ^ 0x5bd1e995, 0x85ebca6b) ^ Math.imul(value | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
