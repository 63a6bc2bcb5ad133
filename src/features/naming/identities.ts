/** Numbers of texts of many identities, -1 missing, and when each was seen. */
export interface IdentityColumns {
  imsi: Int32Array;
  msisdn: Int32Array;
  aor: Int32Array;
  time: Float64Array;
}

/**
 * Who events are of: each combination of IMSI, MSISDN and address of record once, by number from 0 on; and once more where enquiries
 * showed it, for what they are answered need not be a subscriber's own.
 */
export class Identities {
  count = 0;
  /**
   * Of each, side by side, since rows ask for them in no order: when it was first and last seen, seconds since the epoch; three numbers
   * of texts (imsi, msisdn, aor; -1 missing), and whether an enquiry showed it (0 or 1).
   */
  private times = new Float64Array(SMALLEST * TIMES);
  private parts = new Int32Array(this.times.buffer);
  /** Open addressing: number plus one, or 0. At most half full. */
  private slots = new Int32Array(2 * SMALLEST);
  private last = 0;
  private readonly guesses = new Int32Array(MOST_AT_ONCE);

  /** Number of an identity, seen at a time. @param asked 1 in an enquiry */
  number(imsi: number, msisdn: number, aor: number, time: number, asked = 0): number {
    const number = this.find(imsi, msisdn, aor, asked);
    this.see(number, time);
    return number;
  }

  /**
   * Numbers of many identities into `into`, {@link MOST_AT_ONCE} at most, each from its columns at `from` on. Looked up together: where
   * each may be is asked for before any is compared, so that memory answers several at a time.
   */
  manyNumbers(
    { imsi, msisdn, aor, time }: IdentityColumns,
    from: number,
    asked: Uint8Array,
    into: (row: number, number: number) => void,
  ): void {
    const { guesses, slots } = this;
    const rows = asked.length;
    const mask = slots.length - 1;
    for (let row = 0; row < rows; row++) {
      const at = from + row;
      guesses[row] = slots[hashOf(imsi[at]!, msisdn[at]!, aor[at]!, asked[row]!) & mask]! - 1;
    }
    for (let row = 0; row < rows; row++) {
      const at = from + row;
      const guess = guesses[row]!;
      const isKnown = guess >= 0 && this.is(guess, imsi[at]!, msisdn[at]!, aor[at]!, asked[row]!);
      const number = isKnown ? guess : this.find(imsi[at]!, msisdn[at]!, aor[at]!, asked[row]!);
      this.see(number, time[at]!);
      into(row, number);
    }
  }

  /** Takes note that it was seen at a time too. */
  see(number: number, time: number): void {
    const { times } = this;
    const at = TIMES * number;
    if (time < times[at]!) times[at] = time;
    if (time > times[at + 1]! && time < Number.POSITIVE_INFINITY) times[at + 1] = time;
  }

  imsi(number: number): number {
    return this.parts[PARTS * number + IMSI]!;
  }

  msisdn(number: number): number {
    return this.parts[PARTS * number + IMSI + 1]!;
  }

  aor(number: number): number {
    return this.parts[PARTS * number + IMSI + 2]!;
  }

  /** 1 where an enquiry showed it, else 0. */
  asked(number: number): number {
    return this.parts[PARTS * number + IMSI + 3]!;
  }

  first(number: number): number {
    return this.times[TIMES * number]!;
  }

  latest(number: number): number {
    return this.times[TIMES * number + 1]!;
  }

  /** Number of the one without any text; -1. */
  nobody(): number {
    for (let number = 0; number < this.count; number++) if (this.is(number, -1, -1, -1, 0)) return number;
    return -1;
  }

  /** Forgets all. */
  clear(): void {
    if (this.count === 0) return;
    this.count = 0;
    this.slots.fill(0);
  }

  private find(imsi: number, msisdn: number, aor: number, asked: number): number {
    if (this.is(this.last, imsi, msisdn, aor, asked)) return this.last;
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hashOf(imsi, msisdn, aor, asked) & mask;
    for (;;) {
      const number = slots[slot]! - 1;
      if (number < 0) break;
      if (this.is(number, imsi, msisdn, aor, asked)) return (this.last = number);
      slot = (slot + 1) & mask;
    }
    const number = this.count++;
    if (TIMES * number === this.times.length) this.grow();
    const { parts, times } = this;
    const at = PARTS * number + IMSI;
    parts[at] = imsi;
    parts[at + 1] = msisdn;
    parts[at + 2] = aor;
    parts[at + 3] = asked;
    times[TIMES * number] = Number.POSITIVE_INFINITY;
    times[TIMES * number + 1] = Number.NEGATIVE_INFINITY;
    if (2 * this.count > slots.length) this.fill(new Int32Array(2 * slots.length));
    else slots[slot] = number + 1;
    return (this.last = number);
  }

  private is(number: number, imsi: number, msisdn: number, aor: number, asked: number): boolean {
    const { parts } = this;
    const at = PARTS * number + IMSI;
    if (number >= this.count || parts[at] !== imsi || parts[at + 1] !== msisdn) return false;
    return parts[at + 2] === aor && parts[at + 3] === asked;
  }

  private grow(): void {
    const times = new Float64Array(2 * this.times.length);
    times.set(this.times);
    this.times = times;
    this.parts = new Int32Array(times.buffer);
  }

  private fill(slots: Int32Array<ArrayBuffer>): void {
    const mask = slots.length - 1;
    for (let number = 0; number < this.count; number++) {
      let slot = hashOf(this.imsi(number), this.msisdn(number), this.aor(number), this.asked(number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }
}

/** Most rows that {@link Identities.manyNumbers} takes. */
export const MOST_AT_ONCE = 1024;
const SMALLEST = 256;
/** Doubles, and integers, of an identity; and where its IMSI stands among the integers. */
const TIMES = 4;
const PARTS = 2 * TIMES;
const IMSI = 4;

function hashOf(a: number, b: number, c: number, asked: number): number {
  let hash = Math.imul(a ^ (asked << 31) ^ 0x5bd1e995, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ b, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ c, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
