import { CATALOGUE, computeVector, definitionDigest } from '../../features/catalogue.ts';
import type { FeatureContext, FeatureDefinition } from '../../features/definition.ts';
import { exposureOf } from '../../features/exposure.ts';
import type { History } from '../../features/history/history.ts';
import type { AllowList } from '../../features/references/allow-list.ts';
import { limitsAt } from '../../forest/cohort.ts';
import { featuresOf } from '../../forest/explain.ts';
import { type AnomalyScorer, anomalyScorer } from '../../forest/isolation.ts';
import type { Model } from '../../forest/model.ts';
import { compile, type Scorer } from '../../forest/predict.ts';
import { COMPANY_WIDTH } from '../../gateways/among.ts';
import { COMPANY, type CompanyDefinition, STANDING } from '../../gateways/company-words.ts';
import type { Lines } from '../rows/lines.ts';
import { OwnScorer } from '../rows/meeting.ts';
import { basisOf } from './basis.ts';
import { type Spared, sparedAs } from './spared.ts';
import { isNear, type Standing, seenOf, sparedVerdict, type Verdict, verdictOf } from './verdict.ts';

/** What the second forest is told besides the features of the first: its score, how much was seen, the company. */
export const EXTRAS: readonly CompanyDefinition[] = [...STANDING, ...COMPANY];

const EXTRA_PLACES: ReadonlyMap<string, number> = new Map(EXTRAS.map(({ name }, place) => [name, place]));

/** Writes the extras of one line into `out` from `offset` on. */
export function putExtras(
  out: Float64Array,
  offset: number,
  base: number,
  calls: number,
  hours: number,
  company: Float64Array,
): void {
  out[offset] = base;
  out[offset + 1] = calls;
  out[offset + 2] = hours;
  for (let i = 0; i < COMPANY_WIDTH; i++) out[offset + STANDING.length + i] = company[i]!;
}

/** Every feature there is, of both forests, by name. */
export const DEFINITIONS: ReadonlyMap<string, Omit<FeatureDefinition, 'compute'>> = new Map(
  [...CATALOGUE, ...EXTRAS].map((definition) => [definition.name, definition]),
);

/** Digest of every feature's definition, by name: a model is checked against it. */
export function definitionDigests(): Map<string, string> {
  return new Map([...DEFINITIONS].map(([name, definition]) => [name, definitionDigest(definition)]));
}

/** Says what company a line with some features keeps. */
export type CompanyOf = (history: History, vector: Float64Array) => Float64Array;

/** Scores the lines of one window with a model. */
export class Judge {
  private readonly model: Model;
  private readonly context: FeatureContext;
  private readonly lines: Lines;
  private readonly threshold: number | null;
  private readonly allowed: AllowList | undefined;
  private readonly definitions: Omit<FeatureDefinition, 'compute'>[];
  private readonly all = new Float64Array(CATALOGUE.length);
  /** Features of the first forest. */
  readonly own: Float64Array;
  /** All features of the final score, in the order of {@link featuresOf}; with {@link own}, valid after {@link verdict}. */
  readonly row: Float64Array;
  private readonly first: OwnScorer;
  /** Place in {@link EXTRAS} of each extra of the model: another build may know more of them, or in another order. */
  private readonly second: { scorer: Scorer; companyOf: CompanyOf; extras: Int32Array } | null;
  private readonly extras = new Float64Array(EXTRAS.length);
  private readonly anomaly: AnomalyScorer | null;
  /** Lines that only the allow list kept from being marked. */
  readonly kept = new Set<string>();
  /** Thresholds of the window, the model's until {@link follow} moves them, and the lowest raw score that can mark a line. */
  private current!: Standing & { floor: number };

  constructor(
    model: Model,
    { context, lines, allowed }: { context: FeatureContext; lines: Lines; allowed?: AllowList | undefined },
    threshold: number | null,
    companyOf: CompanyOf,
  ) {
    this.allowed = allowed;
    this.model = model;
    this.context = context;
    this.lines = lines;
    this.threshold = threshold;
    this.definitions = featuresOf(model).map((name) => DEFINITIONS.get(name)!);
    this.row = new Float64Array(this.definitions.length);
    this.first = new OwnScorer(model.forest, context.population);
    this.own = this.row.subarray(this.row.length - this.first.width);
    this.anomaly = model.isolation === undefined ? null : anomalyScorer(model.isolation);
    this.follow(0);
    this.second =
      model.second === undefined
        ? null
        : {
            scorer: compile(model.second.forest),
            companyOf,
            extras: Int32Array.from(model.second.extras, ({ name }) => EXTRA_PLACES.get(name)!),
          };
  }

  get standing(): Readonly<Standing & { floor: number }> {
    return this.current;
  }

  /** Moves the thresholds of the model by so much, log-odds: see {@link shiftAt}. */
  follow(shift: number): void {
    const limits = limitsAt(this.model, shift);
    const { thresholds, strata } = limits;
    const scores = [...thresholds, ...strata.flatMap((stratum) => stratum.thresholds)].flatMap(
      ({ score }) => score ?? [],
    );
    this.current = { limits, shift, floor: this.threshold ?? Math.min(...scores, Number.POSITIVE_INFINITY) };
  }

  /**
   * Final raw score of a line; puts its features into {@link own} and {@link row}.
   *
   * @param base its raw score by itself
   * @param company of no use to a model of one stage
   */
  score(vector: Float64Array, base: number, calls: number, company: () => Float64Array): number {
    const { first, second, own, row, context } = this;
    first.take(vector, own);
    if (second === null) return base;
    putExtras(this.extras, 0, base, calls, context.observedSeconds / 3600, company());
    for (let at = 0; at < second.extras.length; at++) row[at] = this.extras[second.extras[at]!]!;
    return second.scorer.score(row, 0);
  }

  /**
   * Verdict of a line, or null where its score is below every threshold there is.
   *
   * @param known its vector, where it was computed before
   */
  verdict(history: History, always = false, known?: Float64Array): Verdict | null {
    const { model, context, own, row, first, all } = this;
    if (known === undefined) computeVector(history, context, all);
    else all.set(known);
    const base = first.score(all, own);
    const exposure = exposureOf(history, context);
    const score = this.score(all, base, exposure.calls, () => this.second!.companyOf(history, all));
    if (score < this.standing.floor && !always) return null;
    const verdict = verdictOf(
      model,
      this.standing,
      this.definitions,
      history,
      context.population.total,
      this.imsiOf(history),
      exposure,
      basisOf(all),
      row,
      score,
      this.threshold,
      this.anomaly?.(own, 0) ?? null,
    );
    const spared = this.sparedAs(history);
    if (spared === null) return verdict;
    if (typeof spared === 'object' && verdict.tier !== 'none') this.kept.add(history.line);
    return sparedVerdict(verdict, spared);
  }

  private imsiOf({ line, time }: History): string | null {
    return this.lines.imsiOf(line, time[0] ?? 0);
  }

  /** Whether a raw score comes near what would mark a line, see {@link isNear}. */
  isNear(history: History, vector: Float64Array, score: number): boolean {
    const seen = seenOf(basisOf(vector), exposureOf(history, this.context));
    return isNear(this.standing.limits, score, seen, this.threshold, 'loose');
  }

  /** Why a line is not marked, whatever its score: see {@link Spared}. Who names a threshold is answered by it, but for the allow list. */
  sparedAs(history: History): Spared | null {
    const imsi = this.imsiOf(history);
    const allowance = this.allowed?.of([history.line, imsi], this.context.until) ?? null;
    return allowance ?? (this.threshold === null ? sparedAs(history, imsi) : null);
  }

  /** The line's features, in the order of the catalogue; valid after {@link verdict}. */
  get vector(): Float64Array {
    return this.all;
  }
}
