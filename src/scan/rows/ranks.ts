import { INTEGERS, type RowBlock, Whole } from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import type { OwnLines } from '../../features/naming/naming.ts';
import { clockOf, type Shifts } from './clock-shifts.ts';

/** Own lines, each with a rank by the number of its name: as they come, after {@link sort} in order of name. */
export class Ranks {
  lines: string[] = [];
  private readonly own: OwnLines;
  private readonly texts: Texts;
  private numbers: number[] = [];
  private readonly ranks: Int32Array;

  constructor(own: OwnLines, texts: Texts) {
    this.own = own;
    this.texts = texts;
    this.ranks = new Int32Array(texts.count).fill(UNKNOWN);
  }

  /** Rank of the line whose name has this number, or -1 where it is not scored. */
  of(number: number): number {
    const known = this.ranks[number]!;
    if (known !== UNKNOWN) return known;
    const line = this.texts.text(number);
    if (!this.own.has(line)) return (this.ranks[number] = -1);
    this.lines.push(line);
    return (this.ranks[number] = this.numbers.push(number) - 1);
  }

  /** Numbers of the names of the lines, in order of rank. */
  numbersInOrder(): readonly number[] {
    return this.numbers;
  }

  /** Puts the lines in order of name. Returns the rank that each had. */
  sort(): number[] {
    const { lines } = this;
    const order = [...lines.keys()].sort((a, b) => (lines[a]! < lines[b]! ? -1 : 1));
    this.numbers = order.map((before) => this.numbers[before]!);
    for (const [rank, number] of this.numbers.entries()) this.ranks[number] = rank;
    this.lines = order.map((before) => lines[before]!);
    return order;
  }
}

const UNKNOWN = -2;

/** By line: its first row, by time, then id of the event. */
export class FirstRows {
  /** Its time by the clock of the feed that saw most, seconds since the epoch. */
  readonly times: Float64Array;
  private readonly own: Float64Array;
  private readonly ids: Uint32Array;

  private readonly shifts: Shifts;

  constructor(lines: number, shifts: Shifts) {
    this.shifts = shifts;
    this.times = new Float64Array(lines);
    this.own = new Float64Array(lines).fill(Number.POSITIVE_INFINITY);
    this.ids = new Uint32Array(2 * lines);
  }

  see(line: number, time: number, { integers }: RowBlock, row: number): void {
    const { times, own, ids } = this;
    if (time > own[line]!) return;
    const high = integers[row * INTEGERS + Whole.idHigh]! >>> 0;
    const low = integers[row * INTEGERS + Whole.idLow]! >>> 0;
    if (time === own[line] && (high - ids[2 * line]! || low - ids[2 * line + 1]!) >= 0) return;
    own[line] = time;
    times[line] = time + (this.shifts.get(clockOf(integers, row)) ?? 0);
    ids[2 * line] = high;
    ids[2 * line + 1] = low;
  }
}
