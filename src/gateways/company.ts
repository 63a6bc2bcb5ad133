import { tac } from '../base/imei.ts';
import { classmark1Of, isClassmark2, usualClassmark } from '../features/classmark.ts';
import type { FeatureContext } from '../features/definition.ts';
import type { History } from '../features/history/history.ts';
import type { PopulationColumn } from '../features/population.ts';
import { activeIn, movesOf, restsOf } from './activity.ts';
import { keyOf, keyWith, widened } from './key-table.ts';
import { ACTIVE, CALLED, CALLER, KIND, OWN, PLACE, RESTED, type Shared, WOKE } from './kinds.ts';
import { mostSeen, switchedAt, twoCells } from './sketch.ts';
import { putTraits, TRAIT_NAMES } from './traits.ts';

/** Values of one kind, numbers each way, instants of switching that are kept of a line. */
const MOST_VALUES = 4;
const MOST_NUMBERS = 64;
const MOST_INSTANTS = 8;
/** More IMEIs and addresses than this are not looked through for their types and networks. */
const MOST_TEXTS = 64;
/** Seconds. Two grids, half a step apart, so that hardly two instants close together are parted by both. */
const GRID = 30;
/** The same for changes of cell, which only the next call or location update shows. */
const MOVE_GRID = 600;
/** And for who rests and who wakes. */
const TURN_GRID = 600;

/** What was noted of lines, as plain data. */
export interface CompanyData {
  /** Keys of line n, its own first, are [starts[n], starts[n + 1]). */
  keys: Float64Array<ArrayBuffer>;
  starts: Float64Array<ArrayBuffer>;
  /** Traits of each line, one line after the other. */
  traits: Float64Array<ArrayBuffer>;
}

type Seen = Pick<FeatureContext, 'population' | 'from' | 'until'>;

/**
 * Notes what lines may share with others: devices, types, addresses, cells, looks, instants of switching, numbers; when and where each is
 * active; and what siblings may be like. Memory: 8 bytes for each such thing and line.
 */
export class Company {
  private lines = 0;
  private readonly context: Seen;
  private keys = new Float64Array(1024);
  private count = 0;
  private starts = new Float64Array(256);
  private traits = new Float64Array(256 * TRAIT_NAMES.length);

  /** @param context of the window; its population is of the same lines: what only one line shows is not kept */
  constructor(context: Seen) {
    this.context = context;
  }

  /** Forgets all lines. */
  clear(): void {
    this.lines = this.count = 0;
  }

  /** What was noted of the lines, in the order they were added. */
  data(): CompanyData {
    return {
      keys: this.keys.slice(0, this.count),
      starts: this.starts.slice(0, this.lines + 1),
      traits: this.traits.slice(0, this.lines * TRAIT_NAMES.length),
    };
  }

  /** Notes a line. @param history sealed @param vector its features, in the order of the catalogue */
  add(history: History, vector: Float64Array): void {
    const { population, from } = this.context;
    this.put(OWN, history.line);
    const imeis = history.texts('imei');
    const endpoints = history.texts('endpoint');
    const types = distinct(imeis, tac);
    // What everybody comes through is no company.
    const own = endpoints.filter((host) => !population.isCommon(host));
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
      const places = twoCells(history);
      if (places !== null) this.put(KIND.places, places);
      this.addMoves(history);
    }
    if (order !== null) {
      const make = `${order} ${mostSeen(history, 'idShape').text}`;
      const agent = mostSeen(history, 'userAgent').text;
      this.put(KIND.look, `${order} ${agent} ${mostSeen(history, 'sdpFingerprint').text}`);
      this.put(KIND.make, make);
      for (const network of networks) this.put(KIND.make_on_network, `${make} ${network}`);
      if (cell !== null) this.put(KIND.make_in_cell, `${make} ${cell}`);
    }
    const place = cell ?? this.shared('endpoint', endpoints)[0] ?? null;
    if (place !== null && (cell === null || population.lines('cell', cell) > 1))
      this.addActs(history, this.put(PLACE, place));
    this.addInstants(switchedAt(history, from).subarray(0, MOST_INSTANTS));
    this.addNumbers(history);
    if (this.lines + 2 > this.starts.length) {
      this.starts = widened(this.starts);
      this.traits = widened(this.traits);
    }
    putTraits(vector, this.traits, this.lines * TRAIT_NAMES.length);
    this.starts[++this.lines] = this.count;
  }

  private addInstants(instants: Float64Array): void {
    const bins = new Set<string>();
    for (const time of instants) {
      bins.add(`${Math.floor(time / GRID)}`);
      bins.add(`${Math.floor(time / GRID + 0.5)} and a half`);
    }
    for (const bin of bins) this.put(KIND.switched, bin);
  }

  private addActs(history: History, place: number): void {
    for (const bin of activeIn(history)) this.putKey(keyWith(place, ACTIVE, bin));
    const { rested, woke } = restsOf(history, this.context.from, this.context.until);
    this.addTurns(place, RESTED, rested);
    this.addTurns(place, WOKE, woke);
  }

  private addTurns(place: number, kind: number, times: readonly number[]): void {
    const bins = new Set<number>();
    for (const time of times) {
      bins.add(2 * Math.floor(time / TURN_GRID));
      bins.add(2 * Math.floor(time / TURN_GRID + 0.5) + 1);
    }
    for (const bin of bins) this.putKey(keyWith(place, kind, bin));
  }

  private addMoves(history: History): void {
    const bins = new Set<string>();
    for (const { cell, time } of movesOf(history)) {
      bins.add(`${cell} ${Math.floor(time / MOVE_GRID)}`);
      bins.add(`${cell} ${Math.floor(time / MOVE_GRID + 0.5)} and a half`);
    }
    for (const bin of bins) this.put(KIND.moved, bin);
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
    const { population } = this.context;
    const isKept = (text: string): boolean => population.lines(column, text) > 1 && !population.isCommon(text);
    return texts.filter(isKept).slice(0, MOST_VALUES);
  }

  private putAll(kind: Shared, texts: readonly string[]): void {
    for (const text of texts) this.put(KIND[kind], text);
  }

  private put(kind: number, text: string): number {
    const key = keyOf(kind, text);
    this.putKey(key);
    return key;
  }

  private putKey(key: number): void {
    if (this.count === this.keys.length) this.keys = widened(this.keys);
    this.keys[this.count++] = key;
  }
}

function distinct(texts: readonly string[], of: (text: string) => string): string[] {
  return [...new Set(texts.slice(0, MOST_TEXTS).map(of))].slice(0, MOST_VALUES);
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
function networkOf(host: string): string {
  return host.includes(':') ? host.split(':').slice(0, 3).join(':') : host.slice(0, host.lastIndexOf('.'));
}
