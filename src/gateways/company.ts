import { tac } from '../base/imei.ts';
import { classmark1Of, isClassmark2, usualClassmark } from '../features/classmark.ts';
import type { History } from '../features/history/history.ts';
import { Population, type PopulationColumn } from '../features/population.ts';
import { Circles } from './circles.ts';
import { COMPANY, SHARED } from './company-words.ts';
import { KeyTable, keyOf, kindOf, sameText } from './key-table.ts';
import { mostSeen, switchedAt } from './sketch.ts';

type Shared = keyof typeof SHARED;

/** Kinds of keys: what lines may share, the line itself, a number it called, a number that called it. */
const NAMES = Object.keys(SHARED) as Shared[];
const KIND = Object.fromEntries(NAMES.map((name, kind) => [name, kind])) as Record<Shared, number>;
const OWN = NAMES.length;
const CALLED = OWN + 1;
const CALLER = OWN + 2;

/** Values a line has. */
export const COMPANY_WIDTH = COMPANY.length;
/** Places of the last eight features. */
const CALLED_WITH = 2 * NAMES.length;
const CALLS_TO = CALLED_WITH + 1;
const CALLS_FROM = CALLED_WITH + 2;
const CALLERS_WITH = CALLED_WITH + 3;
const LINES_PER_CALLER = CALLED_WITH + 4;
const CALLERS_IN_CIRCLE = CALLED_WITH + 5;
const CALLED_IN_CIRCLE = CALLED_WITH + 6;
const OUTSIDE_BALANCE = CALLED_WITH + 7;

/** A number that a line called, or was called by, is worth noting where the line's score is at least this. */
const NOTED = 0.3;
/** Values of one kind, numbers each way, instants of switching that are kept of a line. */
const MOST_VALUES = 4;
const MOST_NUMBERS = 64;
const MOST_INSTANTS = 8;
/** More IMEIs and addresses than this are not looked through for their types and networks. */
const MOST_TEXTS = 64;
/** Seconds. Two grids, half a step apart, so that hardly two instants close together are parted by both. */
const GRID = 30;
/** Scores below this are none: what is left of a sum when all of it was taken away. */
const NOTHING = 1e-9;
/** No more than this is usual: captures of boxes alone have hardly anybody else. Of few lines nobody knows what is. */
const MOST_USUAL = 0.5;
const FEW_LINES = 30;

/** A {@link Company} as plain data, to be kept or sent elsewhere. Keys of line n are [starts[n], starts[n + 1]). */
export interface CompanyData {
  keys: Float64Array;
  starts: Float64Array;
}

/**
 * The company that lines keep: with how many others each shares a device, a type, an address, a cell, a look, an instant of
 * switching, and how much more than usual those look like gateway lines by their own behaviour. A line's own score never counts for itself.
 *
 * {@link add} every line of a window, then ask for the {@link features} at given scores. The same lines give the same numbers
 * whatever their order, up to the rounding of sums. Memory: 8 bytes for each thing shared, numbers called, and line.
 */
export class Company {
  /** Lines added. */
  lines = 0;
  private readonly population: Population;
  private readonly from: number;
  private keys = new Float64Array(1024);
  private count = 0;
  /** Keys of line n are [starts[n], starts[n + 1]). */
  private starts = new Float64Array(256);

  /**
   * @param population counts over the same lines: what only one line shows is not kept
   * @param from beginning of the window, seconds since the epoch
   */
  constructor(population: Population, from: number) {
    this.population = population;
    this.from = from;
  }

  /** What was noted of the lines. */
  data(): CompanyData {
    return { keys: this.keys.slice(0, this.count), starts: this.starts.slice(0, this.lines + 1) };
  }

  /** The company that {@link data} was taken of. */
  static of({ keys, starts }: CompanyData): Company {
    const company = new Company(new Population(), 0);
    company.keys = Float64Array.from(keys);
    company.starts = Float64Array.from(starts);
    company.count = keys.length;
    company.lines = starts.length - 1;
    return company;
  }

  /** Notes what a line (a sealed history) may share with others. */
  add(history: History): void {
    this.put(OWN, history.line);
    const imeis = history.texts('imei');
    const endpoints = history.texts('endpoint');
    const types = distinct(imeis, tac);
    // What everybody comes through is no company.
    const own = endpoints.filter((host) => !this.population.isCommon(host));
    const networks = distinct(own, networkOf);
    this.putAll('imei', this.shared('imei', imeis));
    this.putAll('type', types);
    this.putAll('endpoint', this.shared('endpoint', endpoints));
    this.putAll('network', networks);
    this.putAll('contact', this.shared('contact', history.texts('contact')));
    this.putAll('media', this.shared('media', history.texts('media')));
    const cell = mostSeen(history, 'cell').text;
    const classmark = usualClassmark(history);
    const order = mostSeen(history, 'headerOrder').text;
    if (classmark !== null) {
      // Who only reported where it is has shown no more than the first octet.
      if (isClassmark2(classmark)) this.put(KIND.classmark, classmark);
      this.put(KIND.classmark1, classmark1Of(classmark));
    }
    if (cell !== null) {
      this.put(KIND.cell, cell);
      for (const type of types) this.put(KIND.type_in_cell, `${type} ${cell}`);
    }
    if (order !== null) {
      const make = `${order} ${mostSeen(history, 'idShape').text}`;
      const agent = mostSeen(history, 'userAgent').text;
      this.put(KIND.look, `${order} ${agent} ${mostSeen(history, 'sdpFingerprint').text}`);
      this.put(KIND.make, make);
      for (const network of networks) this.put(KIND.make_on_network, `${make} ${network}`);
      if (cell !== null) this.put(KIND.make_in_cell, `${make} ${cell}`);
    }
    this.addInstants(switchedAt(history, this.from).subarray(0, MOST_INSTANTS));
    this.addNumbers(history);
    if (this.lines + 2 > this.starts.length) this.starts = widen(this.starts);
    this.starts[++this.lines] = this.count;
  }

  /**
   * Features of company of every line, {@link COMPANY_WIDTH} values each, in the order the lines were added; NaN where there is
   * nothing to share.
   *
   * @param scores raw score of each line by its own features
   */
  features(scores: Float64Array): Float64Array<ArrayBuffer> {
    const out = new Float64Array(this.lines * COMPANY_WIDTH);
    const all = [{ keys: this.keys, starts: this.starts.subarray(0, this.lines + 1) }];
    eachCompany(
      () => all,
      scores,
      (line, values) => out.set(values, line * COMPANY_WIDTH),
    );
    return out;
  }

  private addInstants(instants: Float64Array): void {
    const bins = new Set<string>();
    for (const time of instants) {
      bins.add(`${Math.floor(time / GRID)}`);
      bins.add(`${Math.floor(time / GRID + 0.5)} and a half`);
    }
    for (const bin of bins) this.put(KIND.switched, bin);
  }

  private addNumbers(history: History): void {
    const numbers = history.texts('counterpart');
    let called = 0;
    let callers = 0;
    for (let code = 0; code < numbers.length; code++) {
      if (history.called[code]! > 0 && called++ < MOST_NUMBERS) this.put(CALLED, numbers[code]!);
      if (history.callers[code]! > 0 && callers++ < MOST_NUMBERS) this.put(CALLER, numbers[code]!);
    }
  }

  /** Texts that more than one line shows. */
  private shared(column: PopulationColumn, texts: readonly string[]): readonly string[] {
    const isKept = (text: string): boolean =>
      this.population.lines(column, text) > 1 && !this.population.isCommon(text);
    return texts.filter(isKept).slice(0, MOST_VALUES);
  }

  private putAll(kind: Shared, texts: readonly string[]): void {
    for (const text of texts) this.put(KIND[kind], text);
  }

  private put(kind: number, text: string): void {
    if (this.count === this.keys.length) this.keys = widen(this.keys);
    this.keys[this.count++] = keyOf(kind, text);
  }
}

/**
 * Calls `onLine` with the features of company of every line in turn; one array serves all.
 *
 * @param parts what was noted of the lines, part by part, in an order that does not change: read three times
 * @param scores raw score of each line by its own features, in the order of all parts
 */
export function eachCompany(
  parts: () => Iterable<CompanyData>,
  scores: Float64Array,
  onLine: (line: number, values: Float64Array) => void,
): void {
  const above = aboveUsual(scores);
  const table = new KeyTable();
  const circles = new Circles();
  eachLine(parts, (keys, line) => {
    const score = above[line]!;
    circles.number(keys[0]!);
    for (const key of keys) {
      const kind = kindOf(key);
      if (kind === CALLED && score < NOTED) continue;
      table.add(key, kind === CALLER && score < NOTED ? 0 : score);
    }
  });
  const together = new Float64Array(scores.length).fill(-1);
  eachLine(parts, (keys, line) => {
    circles.add(
      keys[0]!,
      keys.filter((key) => kindOf(key) > OWN).map((key) => sameText(key, OWN)),
    );
    for (const key of keys)
      if (kindOf(key) === KIND.switched) together[line] = Math.max(together[line]!, table.count(key) - 1);
  });
  const among = { table, circles, together: usualOf(together.filter((others) => others >= 0)) };
  const values = new Float64Array(COMPANY_WIDTH);
  eachLine(parts, (keys, line) => {
    describe(keys, above[line]!, among, values);
    onLine(line, values);
  });
}

/** Calls `onLine` with the keys of every line in turn, its own first. */
function eachLine(parts: () => Iterable<CompanyData>, onLine: (keys: Float64Array, line: number) => void): void {
  let line = 0;
  for (const { keys, starts } of parts()) {
    for (let member = 0; member < starts.length - 1; member++)
      onLine(keys.subarray(starts[member]!, starts[member + 1]!), line++);
  }
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

/** What is known of all lines of a window. */
interface Among {
  table: KeyTable;
  circles: Circles;
  /** Others that who was switched on or off was so together with, typically. */
  together: number;
}

/** Puts the features of a line with its keys into `out`. @param own its score */
function describe(keys: Float64Array, own: number, { table, circles, together }: Among, out: Float64Array): void {
  const noted = own >= NOTED ? own : 0;
  const isInCircle = circles.of(keys[0]!);
  const to = { numbers: 0, suspected: 0, inside: 0, lines: 0, score: 0 };
  const by = { numbers: 0, suspected: 0, inside: 0, lines: 0, score: 0 };
  let alone = 0;
  out.fill(Number.NaN);
  for (const key of keys) {
    const kind = kindOf(key);
    if (kind < OWN) {
      const others = table.count(key) - 1;
      const company = Math.max(0, (table.sum(key) - own) / (others + 1));
      const place = 2 * kind;
      if (out[place]! >= company) continue;
      out[place] = company;
      out[place + 1] = kind === KIND.switched ? (others + 1) / (together + 1) : others;
    } else if (kind !== OWN) {
      const way = kind === CALLED ? to : by;
      const line = sameText(key, OWN);
      way.numbers++;
      if (table.sum(key) - noted > NOTHING) way.suspected++;
      if (isInCircle(line)) way.inside++;
      const known = table.count(line);
      if (known > 0) {
        way.lines += known;
        way.score += table.sum(line);
      }
      if (kind === CALLER) alone += 1 / table.count(key);
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
}

function distinct(texts: readonly string[], of: (text: string) => string): string[] {
  return [...new Set(texts.slice(0, MOST_TEXTS).map(of))].slice(0, MOST_VALUES);
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
function networkOf(host: string): string {
  return host.includes(':') ? host.split(':').slice(0, 3).join(':') : host.slice(0, host.lastIndexOf('.'));
}

function widen(from: Float64Array): Float64Array<ArrayBuffer> {
  const into = new Float64Array(2 * from.length);
  into.set(from);
  return into;
}
