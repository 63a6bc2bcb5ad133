import { CATALOGUE, computeVector, featureNames } from '../features/catalogue.ts';
import { exposureOf } from '../features/exposure.ts';
import type { Dataset } from '../forest/forest.ts';
import type { RowTimes } from '../forest/later.ts';
import type { SecondStageInput } from '../forest/second-stage.ts';
import type { Seen } from '../forest/thresholds.ts';
import { COMPANY_WIDTH, Company, type CompanyData } from '../gateways/company.ts';
import { basisOf } from './basis.ts';
import { definitionDigests, EXTRAS, putExtras } from './judge.ts';
import type { Label } from './labels.ts';
import { type LinesOptions, openLines, type WindowOptions, withCollected } from './run.ts';

/** Lines without a label that are kept for the company they are; with more of them there is no second stage. */
const MOST_BYSTANDERS = 1_000_000;

/** All lines of one window: the row of each that is labelled, or -1 less the bystander it is. */
interface Window {
  company: Company;
  rows: number[];
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
  windows: { company: CompanyData; rows: number[]; hours: number }[];
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
  readonly difficulty: string[] = [];

  /**
   * Adds a row for every labelled line the captures show. Lines of one box, all windows of one line, and lines that one SIM was seen
   * under are one group, whatever joins them; with a `population`, everything of these captures is, so that a forest is measured on
   * populations it has not seen.
   *
   * @param population name of the captures as one group, or null
   * @param windows one row of a line for each window in which it did something
   * @returns rows added
   */
  async add(
    population: string | null,
    paths: readonly string[],
    labels: readonly Label[],
    options: LinesOptions,
    windows: readonly WindowOptions[] = [options],
  ): Promise<number> {
    const byLine = new Map<string, Label[]>();
    for (const label of labels) {
      const known = byLine.get(label.line);
      if (known) known.push(label);
      else byLine.set(label.line, [label]);
    }
    let added = 0;
    await withCollected(paths, options, (collected, store) => {
      for (const window of windows) {
        const { lines, context } = openLines(collected, store, options, window);
        const company = new Company(context.population, context.from);
        const seen: Window = { company, rows: [], hours: context.observedSeconds / 3600 };
        this.windows.push(seen);
        lines.each((history) => {
          if (history.count === 0) return;
          const first = history.time[0]!;
          const label = byLine.get(history.line)?.find((one) => one.from <= first && first < one.until);
          if (label === undefined && this.bystanders.length > MOST_BYSTANDERS) return;
          const vector = new Float64Array(CATALOGUE.length);
          computeVector(history, context, vector);
          company.add(history);
          if (label === undefined) {
            seen.rows.push(-this.bystanders.push(vector));
            return;
          }
          seen.rows.push(this.vectors.length);
          this.vectors.push(vector);
          this.y.push(label.gateway ? 1 : 0);
          this.weight.push(label.weight);
          const imsi = lines.imsiOf(history.line, first);
          const shared = [
            `line ${label.line}`,
            ...(label.gateway && label.box !== '' ? [`box ${label.box}`] : []),
            ...(imsi === null ? [] : [`sim ${imsi}`]),
          ];
          // Names and numbers of two populations have nothing to do with each other.
          this.group.push(this.groups.join(population === null ? shared : [`population ${population}`]));
          this.from.push(context.from);
          this.until.push(context.until);
          this.calls.push(exposureOf(history, context).calls);
          this.difficulty.push(label.gateway ? label.difficulty : '');
          added++;
        });
        lines.close();
      }
    });
    return added;
  }

  /** The rows as plain data. */
  data(): RowsData {
    const { vectors, y, weight, from, until, calls, difficulty, bystanders } = this;
    const group = this.group.map((one) => this.groups.of(one));
    const windows = this.windows.map(({ company, ...rest }) => ({ company: company.data(), ...rest }));
    return { vectors, y, weight, group, from, until, calls, difficulty, windows, bystanders };
  }

  /** Adds rows that were gathered elsewhere; none of their groups is one of those here. */
  take(data: RowsData): void {
    const first = this.rows;
    const others = this.bystanders.length;
    const groups = new Map<number, number>();
    for (const one of new Set(data.group)) groups.set(one, this.groups.join([]));
    for (const column of ['vectors', 'y', 'weight', 'from', 'until', 'calls', 'difficulty', 'bystanders'] as const) {
      const to = this[column] as unknown[];
      for (const value of data[column]) to.push(value);
    }
    for (const one of data.group) this.group.push(groups.get(one)!);
    for (const { company, rows, hours } of data.windows) {
      this.windows.push({
        company: Company.of(company),
        rows: rows.map((row) => (row < 0 ? row - others : row + first)),
        hours,
      });
    }
  }

  get rows(): number {
    return this.y.length;
  }

  /** What was seen of each row. */
  get seen(): Seen[] {
    const hours = new Float64Array(this.rows);
    for (const window of this.windows) for (const row of window.rows) if (row >= 0) hours[row] = window.hours;
    return this.vectors.map((vector, row) => ({ basis: basisOf(vector), hours: hours[row]!, calls: this.calls[row]! }));
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
      bystanders: joined(this.bystanders),
      valuesOf: (scores, bystanders) => {
        const values = new Float64Array(this.rows * EXTRAS.length);
        for (const { company, rows, hours } of this.windows) {
          const known = Float64Array.from(rows, (row) => (row < 0 ? bystanders[-row - 1]! : scores[row]!));
          const features = company.features(known);
          for (const [at, row] of rows.entries()) {
            if (row < 0) continue;
            putExtras(values, row * EXTRAS.length, scores[row]!, this.calls[row]!, hours, features, at * COMPANY_WIDTH);
          }
        }
        return values;
      },
    };
  }

  dataset(): Dataset {
    return {
      features: featureNames,
      rows: this.rows,
      x: joined(this.vectors),
      y: Uint8Array.from(this.y),
      weight: Float64Array.from(this.weight),
      group: Int32Array.from(this.group, (group) => this.groups.of(group)),
    };
  }
}

function joined(vectors: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const x = new Float64Array(vectors.length * CATALOGUE.length);
  for (const [row, vector] of vectors.entries()) x.set(vector, row * CATALOGUE.length);
  return x;
}

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
