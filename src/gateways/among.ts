import { Circles } from './circles.ts';
import type { CompanyData } from './company.ts';
import { COMPANY } from './company-words.ts';
import { KeyTable, kindOf, sameText } from './key-table.ts';
import { ACTIVE, CALLED, CALLER, KIND, NAMES, OWN, PLACE } from './kinds.ts';
import { Siblings } from './siblings.ts';
import { TRAIT_NAMES } from './traits.ts';

/** Values a line has. */
export const COMPANY_WIDTH = COMPANY.length;
/** Places of the features that follow those of what lines share. */
const CALLED_WITH = 2 * NAMES.length;
const CALLS_TO = CALLED_WITH + 1;
const CALLS_FROM = CALLED_WITH + 2;
const CALLERS_WITH = CALLED_WITH + 3;
const LINES_PER_CALLER = CALLED_WITH + 4;
const CALLERS_IN_CIRCLE = CALLED_WITH + 5;
const CALLED_IN_CIRCLE = CALLED_WITH + 6;
const OUTSIDE_BALANCE = CALLED_WITH + 7;
const OF_SIBLINGS = CALLED_WITH + 8;

/** A number that a line called, or was called by, is worth noting where the line's score is at least this. */
const NOTED = 0.3;
/** Scores below this are none: what is left of a sum when all of it was taken away. */
const NOTHING = 1e-9;
/** No more than this is usual: captures of boxes alone have hardly anybody else. Of few lines nobody knows what is. */
const MOST_USUAL = 0.5;
const FEW_LINES = 30;

/** What was noted of one line: its keys, its own first, and its traits. */
export interface Noted {
  keys: Float64Array;
  traits: Float64Array;
}

/**
 * The company that lines keep: with how many others each shares a device, a type, an address, a cell, a look, an instant of
 * switching, and how much more than usual those look like gateway lines by their own behaviour. A line's own score never counts for itself.
 *
 * The same lines give the same numbers whatever their order, up to the rounding of sums.
 */
export class Among {
  private readonly table = new KeyTable();
  private readonly circles = new Circles();
  private readonly siblings = new Siblings();
  private readonly above: Float64Array;
  /** Others that who was switched on or off was so together with, typically. */
  private readonly together: number;

  /**
   * @param parts what was noted of the lines, part by part, in an order that does not change
   * @param scores raw score of each line by its own features, in the order of all parts
   */
  constructor(parts: () => Iterable<CompanyData>, scores: Float64Array) {
    const { table, circles } = this;
    this.above = aboveUsual(scores);
    eachLine(parts, (noted, line) => this.add(noted, this.above[line]!));
    const together = new Float64Array(scores.length).fill(-1);
    eachLine(parts, ({ keys }, line) => {
      circles.add(
        keys[0]!,
        keys.filter((key) => isNumber(kindOf(key))).map((key) => sameText(key, OWN)),
      );
      for (const key of keys)
        if (kindOf(key) === KIND.switched) together[line] = Math.max(together[line]!, table.count(key) - 1);
    });
    this.together = usualOf(together.filter((others) => others >= 0));
  }

  private add({ keys, traits }: Noted, score: number): void {
    const { table, circles, siblings } = this;
    let place = -1;
    let active = 0;
    let firsts = 0;
    circles.number(keys[0]!);
    for (const key of keys) {
      const kind = kindOf(key);
      if (kind === CALLED && score < NOTED) continue;
      if (kind === PLACE) place = key;
      if (kind === ACTIVE) {
        active++;
        if (table.count(key) === 0) firsts++;
      }
      table.add(key, kind === CALLER && score < NOTED ? 0 : score);
    }
    siblings.add(place, active, firsts, score, traits);
  }

  /**
   * Puts the features of company of a line into `out`, {@link COMPANY_WIDTH} values; NaN where there is nothing to share.
   *
   * @param line its place among all
   * @param noted what was noted of it
   * @param counted the same, where that is of its first events alone: what it counted as among all
   */
  describe(line: number, noted: Noted, out: Float64Array, counted = noted): void {
    const { table, circles, siblings, together } = this;
    const own = this.above[line]!;
    const isCounted = (key: number): boolean => counted === noted || counted.keys.includes(key);
    const isInCircle = circles.of(noted.keys[0]!);
    const to = { numbers: 0, suspected: 0, inside: 0, lines: 0, score: 0 };
    const by = { numbers: 0, suspected: 0, inside: 0, lines: 0, score: 0 };
    let alone = 0;
    out.fill(Number.NaN);
    for (const key of noted.keys) {
      const kind = kindOf(key);
      if (kind < OWN) {
        const itself = isCounted(key) ? 1 : 0;
        const others = table.count(key) - itself;
        const company = Math.max(0, (table.sum(key) - itself * own) / (others + 1));
        const place = 2 * kind;
        if (out[place]! >= company) continue;
        out[place] = company;
        out[place + 1] = kind === KIND.switched ? (others + 1) / (together + 1) : others;
      } else if (isNumber(kind)) {
        const way = kind === CALLED ? to : by;
        const line = sameText(key, OWN);
        const itself = own >= NOTED && isCounted(key) ? own : 0;
        way.numbers++;
        if (table.sum(key) - itself > NOTHING) way.suspected++;
        if (isInCircle(line)) way.inside++;
        const known = table.count(line);
        if (known > 0) {
          way.lines += known;
          way.score += table.sum(line);
        }
        if (kind === CALLER) alone += 1 / Math.max(1, table.count(key));
      }
    }
    if (to.lines > 0) out[CALLS_TO] = to.score / to.lines;
    if (by.lines > 0) out[CALLS_FROM] = by.score / by.lines;
    if (to.numbers > 0) {
      out[CALLED_WITH] = to.suspected / to.numbers;
      out[CALLED_IN_CIRCLE] = to.inside / to.numbers;
    }
    if (by.numbers > 0) {
      out[CALLERS_WITH] = by.suspected / by.numbers;
      out[LINES_PER_CALLER] = by.numbers / alone;
      out[CALLERS_IN_CIRCLE] = by.inside / by.numbers;
    }
    if (to.numbers + by.numbers > 0)
      out[OUTSIDE_BALANCE] = Math.log2((to.numbers - to.inside + 1) / (by.numbers - by.inside + 1));
    siblings.describe(own, noted, counted, table, out.subarray(OF_SIBLINGS));
  }
}

/** Calls `onLine` with what was noted of every line in turn; one object serves all. */
export function eachLine(parts: () => Iterable<CompanyData>, onLine: (noted: Noted, line: number) => void): void {
  const width = TRAIT_NAMES.length;
  const noted: Noted = { keys: NONE, traits: NONE };
  let line = 0;
  for (const { keys, starts, traits } of parts()) {
    for (let member = 0; member < starts.length - 1; member++) {
      noted.keys = keys.subarray(starts[member]!, starts[member + 1]!);
      noted.traits = traits.subarray(member * width, (member + 1) * width);
      onLine(noted, line++);
    }
  }
}

/** What was noted of every line, to be asked for by its place. */
export function notedIn(data: CompanyData): Noted[] {
  const all: Noted[] = [];
  eachLine(
    () => [data],
    (noted) => all.push({ ...noted }),
  );
  return all;
}

const NONE = new Float64Array(0);

function isNumber(kind: number): boolean {
  return kind === CALLED || kind === CALLER;
}

/**
 * What scores are above the median of all, as shares of what is left to 1: where every line looks somewhat like a gateway line, as on
 * networks unlike those that a model knows, those that share a common type would all be in bad company.
 */
function aboveUsual(scores: Float64Array): Float64Array {
  const usual = Math.min(MOST_USUAL, usualOf(scores));
  return scores.map((score) => Math.max(0, (score - usual) / (1 - usual)));
}

/** The median of what lines show, with {@link FEW_LINES} more lines that show nothing. */
function usualOf(values: Float64Array): number {
  return values.slice().sort()[Math.floor((values.length - FEW_LINES) / 2)] ?? 0;
}
