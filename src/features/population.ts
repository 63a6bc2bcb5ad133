import { hostOf } from './dictionary.ts';
import { Direction, type History, Kind, type TextColumn } from './history.ts';

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

const HOSTS: ReadonlySet<PopulationColumn> = new Set(['endpoint', 'contact', 'media']);
const COLUMNS = Object.keys(POPULATION_COLUMNS) as PopulationColumn[];

/** An outgoing-heavy line: at least this many outgoing calls and this share of all its calls. */
const HEAVY = { calls: 10, share: 0.9 } as const;

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
  private readonly tables = Object.fromEntries(COLUMNS.map((column) => [column, new Map<string, number>()])) as Record<
    PopulationColumn,
    Map<string, number>
  >;
  private readonly heavy = new Map<string, number>();
  private readonly latency = new Float64Array(LATENCY_BINS);

  /** Counts one line's distinct values once each. */
  add(history: History): void {
    this.total++;
    for (const column of COLUMNS) {
      const table = this.tables[column];
      for (const text of history.texts(POPULATION_COLUMNS[column])) table.set(text, (table.get(text) ?? 0) + 1);
    }
    if (history.texts('access').length > 0) this.accessLines++;
    if (isOutgoingHeavy(history)) {
      for (const cell of history.texts('cell')) this.heavy.set(cell, (this.heavy.get(cell) ?? 0) + 1);
    }
    let sum = 0;
    let count = 0;
    let sms = 0;
    for (let i = 0; i < history.count; i++) {
      if (history.kind[i] === Kind.sms && history.direction[i] !== Direction.unknown) sms = 1;
      const latency = history.latency[i]!;
      if (latency >= 0) {
        sum += Math.log2(Math.max(1, latency));
        count++;
      }
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

  /** Number of outgoing-heavy lines seen in a cell. */
  outgoingHeavyLines(cell: string): number {
    return this.heavy.get(cell) ?? 0;
  }

  /** Median over lines of their typical authentication latency, ms (to within 19 %); NaN below 10 lines. */
  typicalLatency(): number {
    const lines = this.latency.reduce((sum, count) => sum + count, 0);
    if (lines < 10) return Number.NaN;
    let bin = 0;
    for (let below = this.latency[0]!; below < lines / 2; below += this.latency[bin]!) bin++;
    return 2 ** ((bin + 0.5) / 4);
  }

  /** Plain data with sorted keys: the same lines give the same text. */
  toJSON(): PopulationJson {
    return {
      schema: 'catpool.population/1',
      total: this.total,
      sms_lines: this.smsLines,
      access_lines: this.accessLines,
      latency: [...this.latency],
      heavy: sortedPairs(this.heavy),
      lines: Object.fromEntries(COLUMNS.map((column) => [column, sortedPairs(this.tables[column])])),
    };
  }

  /** The population written by {@link toJSON}. */
  static fromJSON(json: PopulationJson): Population {
    const population = new Population();
    population.total = json.total;
    population.smsLines = json.sms_lines;
    population.accessLines = json.access_lines;
    population.latency.set(json.latency.slice(0, LATENCY_BINS));
    for (const [cell, lines] of json.heavy) population.heavy.set(cell, lines);
    for (const column of COLUMNS) {
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
  latency: number[];
  heavy: [string, number][];
  lines: Record<string, [string, number][]>;
}

/** Whether the line mostly calls out; see {@link HEAVY}. */
export function isOutgoingHeavy(history: History): boolean {
  const out = history.outgoingCount;
  return out >= HEAVY.calls && out >= HEAVY.share * (out + history.incomingCount);
}

/** Pairs, not an object: texts come from the network, and `__proto__` is one. */
function sortedPairs(table: Map<string, number>): [string, number][] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1));
}
