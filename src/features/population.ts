import { tac } from '../base/imei.ts';
import { CallSides, type CallSidesJson } from './call-sides.ts';
import { classmark1Of, classmarksByType, isClassmark2 } from './classmark.ts';
import { hostOf } from './history/dictionary.ts';
import { Direction, type History, Kind, type TextColumn, tellsLatency } from './history/history.ts';
import { rankOf } from './references/subscribers.ts';

/** Columns whose values are counted over lines, by the name they have in events. `media`: address of the first media stream. */
export const POPULATION_COLUMNS = {
  imei: 'imei',
  cell: 'cell',
  endpoint: 'endpoint',
  contact: 'contact',
  media: 'media',
  user_agent: 'userAgent',
  sdp_fingerprint: 'sdpFingerprint',
  header_order: 'headerOrder',
  id_shape: 'idShape',
} as const satisfies Record<string, TextColumn>;
export type PopulationColumn = keyof typeof POPULATION_COLUMNS;

/** Tables that are no column's: lines by type code of an IMEI, by pair of type code and classmark, by type code with a classmark, that were
 * seen in one cell alone, lines seen in a cell in the first and in the second half of the window. */
const MORE = ['type', 'tac_classmark', 'tac', 'stationary', 'early', 'late'] as const;

/** Beside a type code in the table `tac`: lines that showed a classmark 2. */
const WITH_CLASSMARK_2 = '2';

const HOSTS: ReadonlySet<PopulationColumn> = new Set(['endpoint', 'contact', 'media']);
const COLUMNS = Object.keys(POPULATION_COLUMNS) as PopulationColumn[];

/** An outgoing-heavy line: at least this many outgoing calls and this share of all its calls. */
const HEAVY = { calls: 10, share: 0.9 } as const;

/** A line is known to stay in one cell from this many events with a place on. */
const LEAST_PLACES = 5;

/** Whether a line that was seen in so many cells, in so many events, is known to stay in one. */
export function isStationary(cells: number, places: number): boolean {
  return cells === 1 && places >= LEAST_PLACES;
}

/** An address of more lines than this is looked at for what lies behind it; so many shapes of SDP offers are told apart there. */
const SHARED_BY = 4;
const MOST_SHAPES = 16;
/** An address with so many shapes of offers behind it is one that devices of all kinds come through. */
const COMMON = 8;
/** So is one of so many lines, of this share of all, or of so many whatever the share: more than a box has. */
export const CROWD = { least: 200, share: 0.05, most: 5000 } as const;

/** Bins of authentication latency: a factor of 2^(1/4) each, from 1 ms to over 65 s. */
const LATENCY_BINS = 65;

/**
 * Counts over all lines, made by one pass: `add` each sealed history. Memory grows with distinct values only.
 */
export class Population {
  /** Lines added. */
  total = 0;
  /** Lines that sent or received a short message: 0 means the captures show none. */
  smsLines = 0;
  /** Lines that showed an access network. */
  accessLines = 0;
  /** Lines that used USSD, set a call forwarding, changed cell within a call. */
  ussdLines = 0;
  forwardingLines = 0;
  handoverLines = 0;
  /** Pseudonyms stand for numbers: which of them are neighbours cannot be told. */
  readonly pseudonymous: boolean;
  /** The home country is not known: numbers may lack their country, and their first digits tell nothing of it. */
  readonly withoutCountry: boolean;
  private readonly tables = Object.fromEntries(
    [...COLUMNS, ...MORE].map((column) => [column, new Map<string, number>()]),
  ) as Record<PopulationColumn | (typeof MORE)[number], Map<string, number>>;
  /** IMSIs of lines, as numbers. */
  private readonly imsis: number[] = [];
  /** For each line the first of its IMEIs beside each other one: lines and IMEIs as a graph. */
  private readonly ties: [string, string][] = [];
  /** Made of the above when first asked for. */
  private sortedImsis: Float64Array | null = null;
  private sortedImeis: Float64Array | null = null;
  private components: Map<string, { lines: number }> | null = null;
  private readonly heavy = new Map<string, number>();
  /** Shapes of SDP offers of the lines behind an address: one alone, as mostly, or several. */
  private readonly shapes = new Map<string, string | Set<string>>();
  private readonly latency = new Float64Array(LATENCY_BINS);
  private readonly sides = new CallSides();

  constructor(pseudonymous = false, withoutCountry = false) {
    this.pseudonymous = pseudonymous;
    this.withoutCountry = withoutCountry;
  }

  /** Counts one line's distinct values once each. @param middle of the window, seconds since the epoch */
  add(history: History, middle = Number.NaN): void {
    this.total++;
    this.sortedImsis = this.sortedImeis = this.components = null;
    if (history.imsi !== null) this.imsis.push(Number(history.imsi));
    const imeis = history.texts('imei');
    for (const type of new Set(imeis.map(tac))) increase(this.tables.type, type);
    for (let other = 1; other < imeis.length; other++) this.ties.push([imeis[0]!, imeis[other]!]);
    this.ussdLines += history.kinds[Kind.ussd]! > 0 ? 1 : 0;
    this.forwardingLines += history.kinds[Kind.forwarding]! > 0 ? 1 : 0;
    this.handoverLines += history.kinds[Kind.handover]! > 0 ? 1 : 0;
    this.addClassmarks(history);
    this.addPlaces(history, middle);
    for (const column of COLUMNS) {
      const table = this.tables[column];
      for (const text of history.texts(POPULATION_COLUMNS[column])) increase(table, text);
    }
    this.addShapes(history);
    this.sides.add(history);
    if (history.texts('access').length > 0) this.accessLines++;
    if (isOutgoingHeavy(history)) {
      for (const cell of history.texts('cell')) increase(this.heavy, cell);
    }
    let sum = 0;
    let count = 0;
    let sms = 0;
    for (let i = 0; i < history.count; i++) {
      if (history.kind[i] === Kind.sms && history.direction[i] !== Direction.unknown) sms = 1;
      if (!tellsLatency(history, i)) continue;
      sum += Math.log2(Math.max(1, history.latency[i]!));
      count++;
    }
    this.smsLines += sms;
    if (count > 0) this.latency[Math.min(LATENCY_BINS - 1, Math.floor((4 * sum) / count))]!++;
  }

  /** Number of lines that showed this value; addresses are looked up without their port. */
  lines(column: PopulationColumn, text: string): number {
    const key = HOSTS.has(column) ? (hostOf(text) ?? text) : text;
    return this.tables[column].get(key) ?? 0;
  }

  /** Every value of a column with the number of lines that showed it. */
  counts(column: PopulationColumn): IterableIterator<[string, number]> {
    return this.tables[column].entries();
  }

  /** Shapes of SDP offers of the lines behind an address, {@link MOST_SHAPES} at most; 0 where hardly anybody shares it. */
  shapesBehind(address: string): number {
    const host = hostOf(address) ?? address;
    const shapes = this.shapes.get(host);
    if (shapes === undefined || !this.isShared(host)) return 0;
    return typeof shapes === 'string' ? 1 : shapes.size;
  }

  /**
   * Devices of all kinds come through this address: a border controller, the router of a campus. That lines share it says nothing of
   * them. A box has few shapes of offers, whatever User-Agents it makes up; but so has a switch of the network, which makes offers of its
   * own for all whose calls it carries.
   */
  isCommon(address: string): boolean {
    if (this.shapesBehind(address) >= COMMON) return true;
    return this.isCrowd(this.lines('endpoint', hostOf(address) ?? address));
  }

  /** Whether these are more lines than a box has: what so many share is of a switch on their way. */
  isCrowd(lines: number): boolean {
    return lines > Math.max(CROWD.least, Math.min(CROWD.most, CROWD.share * this.total));
  }

  /** Whether calls to this line would have been seen; see {@link CallSides}. */
  showsIncoming(history: History): boolean {
    return this.sides.showsIncoming(history);
  }

  /** Number of outgoing-heavy lines seen in a cell. */
  outgoingHeavyLines(cell: string): number {
    return this.heavy.get(cell) ?? 0;
  }

  /** Lines that showed an IMEI under a type code. */
  linesOfType(type: string): number {
    return this.tables.type.get(type) ?? 0;
  }

  /** Lines that showed a classmark beside a type code; a classmark 2 where only those are asked for. */
  linesOfTac(type: string, withClassmark2: boolean): number {
    return this.tables.tac.get(withClassmark2 ? `${type} ${WITH_CLASSMARK_2}` : type) ?? 0;
  }

  /** Of these, those whose classmark agrees in all that this one says, as {@link classmarksByType} has them. */
  linesLikeTac(type: string, classmark: string): number {
    return this.tables.tac_classmark.get(`${type} ${classmark}`) ?? 0;
  }

  /** Lines that were seen in this cell alone, in 5 events or more. */
  stationaryLines(cell: string): number {
    return this.tables.stationary.get(cell) ?? 0;
  }

  /** Lines seen in a cell in each half of the window. */
  linesByHalf(cell: string): { early: number; late: number } {
    return { early: this.tables.early.get(cell) ?? 0, late: this.tables.late.get(cell) ?? 0 };
  }

  /** Lines whose IMSI differs from this one by at most `distance`, itself among them; NaN where that cannot be told. */
  linesNearImsi(imsi: string, distance: number): number {
    if (this.pseudonymous) return Number.NaN;
    this.sortedImsis ??= Float64Array.from(this.imsis).sort();
    return within(this.sortedImsis, Number(imsi), distance);
  }

  /** Distinct IMEIs under the same type code whose serial number differs by at most `distance`, itself among them; NaN as above. */
  imeisNear(imei: string, distance: number): number {
    if (this.pseudonymous) return Number.NaN;
    this.sortedImeis ??= Float64Array.from(this.tables.imei.keys(), Number).sort();
    const number = Number(imei);
    const first = Math.floor(number / SERIALS) * SERIALS;
    return (
      rankOf(this.sortedImeis, Math.min(number + distance, first + SERIALS - 1), true) -
      rankOf(this.sortedImeis, Math.max(number - distance, first), false)
    );
  }

  /** Lines that are tied to an IMEI by lines that showed several, over any number of steps. */
  linesTiedTo(imei: string): number {
    this.components ??= this.join();
    return this.components.get(imei)?.lines ?? this.lines('imei', imei);
  }

  /** Median over lines of their typical authentication latency, ms (to within 19 %); NaN below 10 lines. */
  typicalLatency(): number {
    const lines = this.latency.reduce((sum, count) => sum + count, 0);
    if (lines < 10) return Number.NaN;
    let bin = 0;
    for (let below = this.latency[0]!; below < lines / 2; below += this.latency[bin]!) bin++;
    return 2 ** ((bin + 0.5) / 4);
  }

  private addClassmarks(history: History): void {
    for (const [type, classmarks] of classmarksByType(history)) {
      increase(this.tables.tac, type);
      if ([...classmarks].some(isClassmark2)) increase(this.tables.tac, `${type} ${WITH_CLASSMARK_2}`);
      for (const classmark of new Set([...classmarks, ...[...classmarks].map(classmark1Of)]))
        increase(this.tables.tac_classmark, `${type} ${classmark}`);
    }
  }

  private addShapes(history: History): void {
    const shapes = history.texts('sdpFingerprint');
    if (shapes.length === 0) return;
    for (const column of HOSTS) {
      for (const host of history.texts(POPULATION_COLUMNS[column])) {
        for (const shape of shapes) {
          const known = this.shapes.get(host);
          if (known === undefined) this.shapes.set(host, shape);
          else if (known instanceof Set) {
            if (known.size < MOST_SHAPES) known.add(shape);
          } else if (known !== shape) {
            this.shapes.set(host, new Set([known, shape]));
          }
        }
      }
    }
  }

  private isShared(host: string): boolean {
    return [...HOSTS].some((column) => (this.tables[column].get(host) ?? 0) > SHARED_BY);
  }

  private addPlaces(history: History, middle: number): void {
    const cells = history.texts('cell');
    if (cells.length === 0) return;
    const halves = new Uint8Array(cells.length);
    let places = 0;
    for (let i = 0; i < history.count; i++) {
      const cell = history.cell[i]!;
      if (cell < 0) continue;
      places++;
      halves[cell]! |= history.time[i]! < middle ? 1 : 2;
    }
    if (isStationary(cells.length, places)) increase(this.tables.stationary, cells[0]!);
    if (Number.isNaN(middle)) return;
    for (let cell = 0; cell < cells.length; cell++) {
      if ((halves[cell]! & 1) !== 0) increase(this.tables.early, cells[cell]!);
      if ((halves[cell]! & 2) !== 0) increase(this.tables.late, cells[cell]!);
    }
  }

  /** Components of the graph of lines and IMEIs that have several IMEIs. */
  private join(): Map<string, { lines: number }> {
    const parents = new Map<string, string>();
    const rootOf = (imei: string): string => {
      let root = imei;
      for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
        root = parent;
      for (let at = imei; at !== root; ) {
        const next = parents.get(at)!;
        parents.set(at, root);
        at = next;
      }
      return root;
    };
    for (const [a, b] of this.ties) {
      for (const imei of [a, b]) if (!parents.has(imei)) parents.set(imei, imei);
      parents.set(rootOf(b), rootOf(a));
    }
    const components = new Map<string, { lines: number }>();
    for (const imei of parents.keys()) {
      const root = rootOf(imei);
      const component = components.get(root) ?? { lines: 0 };
      components.set(root, component);
      components.set(imei, component);
      component.lines += this.lines('imei', imei);
    }
    // A line with n IMEIs was counted with each of them, and has n - 1 ties.
    for (const [a] of this.ties) components.get(a)!.lines--;
    return components;
  }

  /** Plain data with sorted keys: the same lines give the same text. */
  toJSON(): PopulationJson {
    return {
      schema: 'catpool.population/1',
      total: this.total,
      sms_lines: this.smsLines,
      access_lines: this.accessLines,
      ussd_lines: this.ussdLines,
      forwarding_lines: this.forwardingLines,
      handover_lines: this.handoverLines,
      ...(this.pseudonymous ? { pseudonymous: true } : {}),
      ...(this.withoutCountry ? { without_country: true } : {}),
      latency: [...this.latency],
      call_sides: this.sides.toJSON(),
      imsis: [...this.imsis].sort((a, b) => a - b),
      ties: [...this.ties].sort(([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1)),
      heavy: sortedPairs(this.heavy),
      shapes: [...this.shapes]
        .filter(([host]) => this.isShared(host))
        .map(([host, shapes]): [string, string[]] => [host, typeof shapes === 'string' ? [shapes] : [...shapes].sort()])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
      lines: Object.fromEntries([...COLUMNS, ...MORE].map((column) => [column, sortedPairs(this.tables[column])])),
    };
  }

  /** The population written by {@link toJSON}. */
  static fromJSON(json: PopulationJson): Population {
    const population = new Population(json.pseudonymous, json.without_country);
    population.total = json.total;
    population.smsLines = json.sms_lines;
    population.accessLines = json.access_lines;
    population.ussdLines = json.ussd_lines;
    population.forwardingLines = json.forwarding_lines;
    population.handoverLines = json.handover_lines;
    for (const imsi of json.imsis) population.imsis.push(imsi);
    for (const tie of json.ties) population.ties.push(tie);
    population.latency.set(json.latency.slice(0, LATENCY_BINS));
    population.sides.load(json.call_sides);
    for (const [cell, lines] of json.heavy) population.heavy.set(cell, lines);
    for (const [host, shapes] of json.shapes) population.shapes.set(host, new Set(shapes));
    for (const column of [...COLUMNS, ...MORE]) {
      for (const [text, lines] of json.lines[column] ?? []) population.tables[column].set(text, lines);
    }
    return population;
  }
}

export interface PopulationJson {
  schema: 'catpool.population/1';
  total: number;
  sms_lines: number;
  access_lines: number;
  ussd_lines: number;
  forwarding_lines: number;
  handover_lines: number;
  /** Left out: no. */
  pseudonymous?: boolean;
  without_country?: boolean;
  latency: number[];
  call_sides: CallSidesJson;
  imsis: number[];
  ties: [string, string][];
  heavy: [string, number][];
  shapes: [string, string[]][];
  lines: Record<string, [string, number][]>;
}

/** Whether the line mostly calls out; see {@link HEAVY}. */
export function isOutgoingHeavy(history: History): boolean {
  const out = history.outgoingCount;
  return out >= HEAVY.calls && out >= HEAVY.share * (out + history.incomingCount);
}

/** Serial numbers of a type: 3GPP TS 23.003 §6.2.1. */
const SERIALS = 1e6;

function increase(table: Map<string, number>, key: string): void {
  table.set(key, (table.get(key) ?? 0) + 1);
}

/** How many of some sorted numbers differ from `value` by at most `distance`. */
function within(sorted: Float64Array, value: number, distance: number): number {
  return rankOf(sorted, value + distance, true) - rankOf(sorted, value - distance, false);
}

/** Pairs, not an object: texts come from the network, and `__proto__` is one. */
function sortedPairs(table: Map<string, number>): [string, number][] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1));
}
