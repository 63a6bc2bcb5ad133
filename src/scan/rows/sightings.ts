import { FLOATS, INTEGERS, Real, type RowBlock, Whole } from '../../features/history/rows.ts';

/** Kind and direction among the flags of a row. */
const ACT_BITS = 63;
const NUMBERS = 2;
const WHOLES = 7;
const SMALLEST = 1024;

/** Columns of some rows that are compared with one another, 44 bytes a row. */
export class Sightings {
  count = 0;
  /** There were more than are kept. */
  isFull = false;
  private readonly most: number;
  private numbers = new Float64Array(SMALLEST * NUMBERS);
  private wholes = new Int32Array(SMALLEST * WHOLES);
  private order = new Uint32Array(0);

  constructor(most: number) {
    this.most = most;
  }

  /** Takes what a row says; `key` says whose it is. */
  add({ floats, integers }: RowBlock, row: number, key: number): void {
    if (this.count === this.most) {
      this.isFull = true;
      return;
    }
    const at = this.count++;
    if (at * NUMBERS === this.numbers.length) this.grow();
    this.numbers[at * NUMBERS] = floats[row * FLOATS + Real.time]!;
    this.numbers[at * NUMBERS + 1] = key;
    const from = row * INTEGERS;
    const into = at * WHOLES;
    for (const [place, column] of COLUMNS.entries()) this.wholes[into + place] = integers[from + column]!;
  }

  /** Puts them in order of counterpart, act, time; asked by place from then on. */
  byNumber(): this {
    return this.sort(
      (a, b) => this.whole(a, 3) - this.whole(b, 3) || this.act(a) - this.act(b) || this.compareTimes(a, b),
    );
  }

  /** In order of key, time. */
  byKey(): this {
    return this.sort(
      (a, b) => this.numbers[a * NUMBERS + 1]! - this.numbers[b * NUMBERS + 1]! || this.compareTimes(a, b),
    );
  }

  time(place: number): number {
    return this.numbers[this.order[place]! * NUMBERS]!;
  }

  key(place: number): number {
    return this.numbers[this.order[place]! * NUMBERS + 1]!;
  }

  identity(place: number): number {
    return this.whole(this.order[place]!, 2);
  }

  cell(place: number): number {
    return this.whole(this.order[place]!, 4);
  }

  flags(place: number): number {
    return this.whole(this.order[place]!, 5);
  }

  luType(place: number): number {
    return this.whole(this.order[place]!, 6);
  }

  /**
   * Gives `onPlace` the places of those with the counterpart and the act of `other`'s at `place` that began within `seconds` of it. Both
   * are in order of counterpart. @returns false where they are more than `most`: some were left out
   */
  near(other: Sightings, place: number, seconds: number, most: number, onPlace: (place: number) => void): boolean {
    const time = other.time(place);
    const wanted = other.order[place]!;
    const counterpart = other.whole(wanted, 3);
    const act = other.act(wanted);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.order[middle]!;
      const order = this.whole(row, 3) - counterpart || this.act(row) - act || this.time(middle) - (time - seconds);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < this.count; at++) {
      const row = this.order[at]!;
      if (this.whole(row, 3) !== counterpart || this.act(row) !== act || this.time(at) > time + seconds) return true;
      if (at - low === most) return false;
      onPlace(at);
    }
    return true;
  }

  private whole(row: number, column: number): number {
    return this.wholes[row * WHOLES + column]!;
  }

  private act(row: number): number {
    return this.whole(row, 5) & ACT_BITS;
  }

  /** By time, then by id of the event: whatever the order in which they came. */
  private compareTimes(a: number, b: number): number {
    return (
      this.numbers[a * NUMBERS]! - this.numbers[b * NUMBERS]! ||
      (this.whole(a, 0) >>> 0) - (this.whole(b, 0) >>> 0) ||
      (this.whole(a, 1) >>> 0) - (this.whole(b, 1) >>> 0)
    );
  }

  private sort(compare: (a: number, b: number) => number): this {
    this.order = Uint32Array.from({ length: this.count }, (_, row) => row).sort(compare);
    return this;
  }

  private grow(): void {
    const numbers = new Float64Array(2 * this.numbers.length);
    const wholes = new Int32Array(2 * this.wholes.length);
    numbers.set(this.numbers);
    wholes.set(this.wholes);
    this.numbers = numbers;
    this.wholes = wholes;
  }
}

/** What is kept of a row, in the order of {@link Sightings.whole}. */
const COLUMNS = [
  Whole.idHigh,
  Whole.idLow,
  Whole.identity,
  Whole.counterpart,
  Whole.cell,
  Whole.flags,
  Whole.luType,
] as const;
