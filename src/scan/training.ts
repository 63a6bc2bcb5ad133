import { hashBytes } from '../base/bytes.ts';
import { CATALOGUE, computeVector, featureNames } from '../features/catalogue.ts';
import type { FeatureContext } from '../features/definition.ts';
import { exposureOf } from '../features/exposure.ts';
import type { History } from '../features/history/history.ts';
import type { Networks } from '../forest/cohort.ts';
import type { Dataset, Leanings } from '../forest/forest.ts';
import type { RowTimes } from '../forest/later.ts';
import type { SecondStageInput } from '../forest/second-stage.ts';
import type { Seen } from '../forest/thresholds.ts';
import { Among, COMPANY_WIDTH, notedIn } from '../gateways/among.ts';
import { Company, type CompanyData } from '../gateways/company.ts';
import { cutsOf, DEEDS } from './cuts.ts';
import { seenIn } from './judge/basis.ts';
import { DEFINITIONS, definitionDigests, EXTRAS, putExtras } from './judge/judge.ts';
import { KnownLines } from './known-lines.ts';
import type { Label } from './labels.ts';
import { type LinesOptions, lineFinder, openLines, withCollected } from './run.ts';
import type { WindowOptions } from './windows.ts';

/** Lines without a label that are kept for the company they are; with more of them there is no second stage. */
const MOST_BYSTANDERS = 1_500_000;

/** All lines of one window. */
interface Window {
  company: CompanyData;
  /** The row of each line that is labelled, or -1 less the bystander it is. */
  rows: number[];
  hours: number;
  /** Rows of some of its lines as they stood on the way, and what was noted of these then, in the same order. */
  early: EarlyRow[];
  earlyCompany: CompanyData;
}

interface EarlyRow {
  row: number;
  /** Place of the line among {@link Window.rows}. */
  member: number;
  hours: number;
}

/** Rows as plain data, to be sent to another process. */
export interface RowsData {
  vectors: Float64Array[];
  y: number[];
  weight: number[];
  group: number[];
  from: number[];
  until: number[];
  calls: number[];
  difficulty: string[];
  kinds: string[];
  windows: Window[];
  bystanders: Float64Array[];
}

/** Vectors of labelled lines, gathered over as many captures and windows as one likes. */
export class TrainingRows {
  private readonly vectors: Float64Array[] = [];
  private readonly y: number[] = [];
  private readonly weight: number[] = [];
  private readonly group: number[] = [];
  private readonly groups = new Groups();
  private readonly from: number[] = [];
  private readonly until: number[] = [];
  private readonly windows: Window[] = [];
  private readonly bystanders: Float64Array[] = [];
  private readonly calls: number[] = [];
  /** Labelled lines that {@link add} found, and those that it did not. */
  readonly known = new Set<string>();
  readonly missing = new Set<string>();
  readonly difficulty: string[] = [];
  /** What kind of ordinary line each row is of; empty where unknown, and of gateway lines. */
  readonly kinds: string[] = [];
  /** Features that a forest is told, and their places in a vector. */
  private readonly features: readonly string[];
  private readonly places: readonly number[];

  /** @param untold features that no forest is to learn from */
  constructor(untold: readonly string[] = []) {
    this.features = featureNames.filter((name) => !untold.includes(name));
    this.places = this.features.map((name) => featureNames.indexOf(name));
  }

  /**
   * Adds a row for every labelled line the captures show. Lines of one box, all windows of one line, and lines that one SIM was seen
   * under are one group, whatever joins them; with a `population`, everything of these captures is, so that a forest is measured on
   * populations it has not seen.
   *
   * @param population name of the captures as one group, or null
   * @param windows one row of a line for each window in which it did something
   * @param early one more row of each line in the last window, as it stood on the way there: when it had attached, or after some calls
   * @param isWanted whether a labelled line is taken as one; else it is a line like those without a label
   * @returns rows added
   */
  async add(
    population: string | null,
    paths: readonly string[],
    labels: readonly Label[],
    options: LinesOptions,
    windows: readonly WindowOptions[] = [options],
    early = false,
    isWanted: (line: string, label: Label) => boolean = () => true,
  ): Promise<number> {
    let added = 0;
    await withCollected(paths, options, (collected, store) => {
      for (const window of windows) {
        const opened = openLines(collected, store, options, window);
        const { lines, context } = opened;
        const find = lineFinder(opened, options);
        const known = new KnownLines(labels, ({ line, until }) => find(line, until));
        const company = new Company(context);
        const rows: number[] = [];
        const cuts = new Map<string, number>();
        const members = new Map<string, number>();
        const take = (history: History, at: FeatureContext, label: Label, vector: Float64Array): number => {
          const imsi = lines.imsiOf(history.line, history.time[0]!);
          const shared = [
            `line ${history.line}`,
            ...(label.gateway && label.box !== '' ? [`box ${label.box}`] : []),
            ...(imsi === null ? [] : [`sim ${imsi}`]),
          ];
          this.y.push(label.gateway ? 1 : 0);
          this.weight.push(label.weight);
          // Names and numbers of two populations have nothing to do with each other.
          this.group.push(this.groups.join(population === null ? shared : [`population ${population}`]));
          this.from.push(at.from);
          this.until.push(at.until);
          this.calls.push(exposureOf(history, at).calls);
          this.difficulty.push(label.gateway ? label.difficulty : '');
          this.kinds.push(label.gateway ? '' : label.kind);
          added++;
          return this.vectors.push(vector) - 1;
        };
        const labelOf = ({ line, time }: History): Label | null => {
          const label = known.of(line, time[0]!);
          return label === null || isWanted(line, label) ? label : null;
        };
        lines.each((history) => {
          if (history.count === 0) return;
          const label = labelOf(history);
          if (label === null && this.bystanders.length > MOST_BYSTANDERS) return;
          const vector = new Float64Array(CATALOGUE.length);
          computeVector(history, context, vector);
          company.add(history, vector);
          if (label === null) {
            rows.push(-this.bystanders.push(vector));
            return;
          }
          members.set(history.line, rows.push(take(history, context, label, vector)) - 1);
          const cut = early && window === windows.at(-1) ? onTheWay(history, context, this.windows.length + 1) : null;
          if (cut !== null) cuts.set(history.line, cut);
        });
        const earlyRows: EarlyRow[] = [];
        const cutContext = { ...context };
        const earlyCompany = new Company(cutContext);
        // The line's own events are cut; the others' are all there, as they are to a line that comes last.
        lines.each(
          (history) => {
            if (history.count === 0) return;
            const until = cuts.get(history.line)!;
            cutContext.until = until;
            cutContext.observedSeconds = Math.min(context.observedSeconds, Math.max(0, until - context.from));
            const vector = new Float64Array(CATALOGUE.length);
            computeVector(history, cutContext, vector);
            earlyCompany.add(history, vector);
            const row = take(history, cutContext, labelOf(history)!, vector);
            earlyRows.push({ row, member: members.get(history.line)!, hours: cutContext.observedSeconds / 3600 });
          },
          (line) => cuts.get(line) ?? null,
        );
        this.windows.push({
          company: company.data(),
          rows,
          hours: context.observedSeconds / 3600,
          early: earlyRows,
          earlyCompany: earlyCompany.data(),
        });
        for (const line of known.known) this.known.add(line);
        for (const line of known.missing) this.missing.add(line);
      }
    });
    return added;
  }

  /** The rows as plain data. */
  data(): RowsData {
    const { vectors, y, weight, from, until, calls, difficulty, kinds, bystanders, windows } = this;
    const group = this.group.map((one) => this.groups.of(one));
    return { vectors, y, weight, group, from, until, calls, difficulty, kinds, windows, bystanders };
  }

  /** Adds rows that were gathered elsewhere; none of their groups is one of those here. */
  take(data: RowsData): void {
    const first = this.rows;
    const others = this.bystanders.length;
    const groups = new Map<number, number>();
    for (const one of new Set(data.group)) groups.set(one, this.groups.join([]));
    for (const column of [
      'vectors',
      'y',
      'weight',
      'from',
      'until',
      'calls',
      'difficulty',
      'kinds',
      'bystanders',
    ] as const) {
      const to = this[column] as unknown[];
      for (const value of data[column]) to.push(value);
    }
    for (const one of data.group) this.group.push(groups.get(one)!);
    for (const window of data.windows) {
      this.windows.push({
        ...window,
        rows: window.rows.map((row) => (row < 0 ? row - others : row + first)),
        early: window.early.map((one) => ({ ...one, row: one.row + first })),
      });
    }
  }

  get rows(): number {
    return this.y.length;
  }

  /** What was seen of each row. */
  get seen(): Seen[] {
    const hours = new Float64Array(this.rows);
    for (const window of this.windows) {
      for (const row of window.rows) if (row >= 0) hours[row] = window.hours;
      for (const early of window.early) hours[early.row] = early.hours;
    }
    return this.vectors.map((vector, row) => seenIn(vector, this.calls[row]!, hours[row]!));
  }

  /** The window of each row, and the lines it stands for there: ordinary ones also for those without a label. Early rows stand for none. */
  get networks(): Networks {
    const window = new Int32Array(this.rows);
    const lines = new Float64Array(this.rows);
    for (const [at, { rows, early }] of this.windows.entries()) {
      const ordinary = rows.filter((row) => row >= 0 && this.y[row] === 0).length;
      const others = rows.filter((row) => row < 0).length;
      for (const row of rows) {
        if (row < 0) continue;
        window[row] = at;
        lines[row] = this.y[row] === 0 ? 1 + others / ordinary : 1;
      }
      for (const { row } of early) window[row] = at;
    }
    return { window, lines };
  }

  /** When each row was. */
  get times(): RowTimes {
    return { from: this.from, until: this.until };
  }

  /** What a second stage is told of the rows; null where too many lines stand beside them. */
  second(): SecondStageInput | null {
    if (this.bystanders.length > MOST_BYSTANDERS) return null;
    const digests = definitionDigests();
    return {
      extras: EXTRAS.map(({ name }) => ({ name, digest: digests.get(name)! })),
      bystanders: this.joined(this.bystanders),
      valuesOf: (scores, bystanders) => {
        const values = new Float64Array(this.rows * EXTRAS.length);
        for (const { company, rows, hours, early, earlyCompany } of this.windows) {
          const known = Float64Array.from(rows, (row) => (row < 0 ? bystanders[-row - 1]! : scores[row]!));
          const among = new Among(() => [company], known);
          const features = new Float64Array(COMPANY_WIDTH);
          const put = (row: number, seen: number) =>
            putExtras(values, row * EXTRAS.length, scores[row]!, this.calls[row]!, seen, features);
          const counted = notedIn(company);
          for (const [member, row] of rows.entries()) {
            if (row < 0) continue;
            among.describe(member, counted[member]!, features);
            put(row, hours);
          }
          for (const [at, noted] of notedIn(earlyCompany).entries()) {
            const { row, member, hours } = early[at]!;
            among.describe(member, noted, features, counted[member]);
            put(row, hours);
          }
        }
        return values;
      },
    };
  }

  private joined(vectors: readonly Float64Array[]): Float64Array<ArrayBuffer> {
    const { places } = this;
    const x = new Float64Array(vectors.length * places.length);
    let at = 0;
    for (const vector of vectors) for (const place of places) x[at++] = vector[place]!;
    return x;
  }

  dataset(): Dataset {
    return {
      features: this.features,
      rows: this.rows,
      x: this.joined(this.vectors),
      y: Uint8Array.from(this.y),
      weight: Float64Array.from(this.weight),
      group: Int32Array.from(this.group, (group) => this.groups.of(group)),
      leanings: LEANINGS,
    };
  }
}

/**
 * One of the times between a line's first event and its last at which it had attached or made some calls, another one in each `window`;
 * null where there is none.
 */
function onTheWay(history: History, { until }: FeatureContext, window: number): number | null {
  const last = history.time[history.count - 1]!;
  const cuts = cutsOf(history, until)
    .slice(0, DEEDS)
    .filter((cut): cut is number => cut !== null && cut <= last);
  const line = Buffer.from(history.line);
  return cuts[(hashBytes(line, 0, line.length, window) >>> 0) % cuts.length] ?? null;
}

/** Features that a forest may take one way only. */
const LEANINGS: Leanings = new Map(
  [...DEFINITIONS.values()].flatMap(({ name, leaning }) => (leaning === undefined ? [] : [[name, leaning]])),
);

/** Letter of the family that a feature of the catalogue belongs to; null for others. */
export function familyOf(feature: string): string | null {
  return FAMILIES.get(feature) ?? null;
}

const FAMILIES: ReadonlyMap<string, string> = new Map(CATALOGUE.map(({ name, family }) => [name, family]));

/** Groups by what their members share: two groups that share a name are one. */
class Groups {
  /** Of each group, the group it was joined to; itself where to none. */
  private readonly joined: number[] = [];
  private readonly named = new Map<string, number>();

  /** The group of all these names, for {@link of} when all are known. */
  join(names: readonly string[]): number {
    let group = this.joined.push(this.joined.length) - 1;
    for (const name of names) {
      const known = this.of(this.named.get(name) ?? group);
      // The older group stays, so that numbers do not depend on what is joined later.
      const [older, newer] = known < this.of(group) ? [known, this.of(group)] : [this.of(group), known];
      this.joined[newer] = older;
      group = older;
      this.named.set(name, group);
    }
    return group;
  }

  /** The group that a group was joined to in the end. */
  of(group: number): number {
    let at = group;
    while (this.joined[at] !== at) at = this.joined[at] = this.joined[this.joined[at]!]!;
    return at;
  }
}
