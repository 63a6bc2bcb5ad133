import { CATALOGUE, computeVector, definitionDigest } from '../features/catalogue.ts';
import type { FeatureContext, FeatureDefinition } from '../features/definition.ts';
import { exposureOf } from '../features/exposure.ts';
import type { History } from '../features/history.ts';
import { featuresOf } from '../forest/explain.ts';
import { type AnomalyScorer, anomalyScorer } from '../forest/isolation.ts';
import type { Model } from '../forest/model.ts';
import { compile, type Scorer } from '../forest/predict.ts';
import { COMPANY_WIDTH, Company } from '../gateways/company.ts';
import { COMPANY, type CompanyDefinition, STANDING } from '../gateways/company-words.ts';
import { basisOf } from './basis.ts';
import type { Lines } from './lines.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What the second forest is told besides the features of the first: its score, how much was seen, the company. */
export const EXTRAS: readonly CompanyDefinition[] = [...STANDING, ...COMPANY];

/** Writes the extras of one line into `out` from `offset` on; `company` has those of the line at `at`. */
export function putExtras(
  out: Float64Array,
  offset: number,
  base: number,
  calls: number,
  hours: number,
  company: Float64Array,
  at: number,
): void {
  out[offset] = base;
  out[offset + 1] = calls;
  out[offset + 2] = hours;
  for (let i = 0; i < COMPANY_WIDTH; i++) out[offset + STANDING.length + i] = company[at + i]!;
}

/** Every feature there is, of both forests, by name. */
export const DEFINITIONS: ReadonlyMap<string, Omit<FeatureDefinition, 'compute'>> = new Map(
  [...CATALOGUE, ...EXTRAS].map((definition) => [definition.name, definition]),
);

/** Digest of every feature's definition, by name: a model is checked against it. */
export function definitionDigests(): Map<string, string> {
  return new Map([...DEFINITIONS].map(([name, definition]) => [name, definitionDigest(definition)]));
}

/** Scores the lines of one window with a model. */
export class Judge {
  private readonly model: Model;
  private readonly context: FeatureContext;
  private readonly lines: Lines;
  private readonly threshold: number | null;
  private readonly definitions: Omit<FeatureDefinition, 'compute'>[];
  /** Place of each of the first forest's features in the catalogue. */
  private readonly places: Int32Array;
  private readonly all = new Float64Array(CATALOGUE.length);
  /** Features of the first forest. */
  readonly own: Float64Array;
  /** All features of the final score, in the order of {@link featuresOf}; with {@link own}, valid after {@link verdict}. */
  readonly row: Float64Array;
  private readonly first: Scorer;
  private readonly second: SecondScorer | null;
  private readonly anomaly: AnomalyScorer | null;
  /** Lowest raw score that can mark a line. */
  readonly floor: number;
  /** Raw score of the line that was judged last. */
  score = 0;

  constructor(model: Model, { context, lines }: { context: FeatureContext; lines: Lines }, threshold: number | null) {
    this.model = model;
    this.context = context;
    this.lines = lines;
    this.threshold = threshold;
    const places = new Map(CATALOGUE.map((definition, index) => [definition.name, index]));
    this.places = Int32Array.from(model.forest.features, (name) => places.get(name)!);
    this.definitions = featuresOf(model).map((name) => DEFINITIONS.get(name)!);
    this.row = new Float64Array(this.definitions.length);
    this.own = this.row.subarray(this.row.length - this.places.length);
    this.first = compile(model.forest);
    this.anomaly = model.isolation === undefined ? null : anomalyScorer(model.isolation);
    const scores = [...model.thresholds, ...model.strata.flatMap((stratum) => stratum.thresholds)].flatMap(
      ({ score }) => score ?? [],
    );
    this.floor = threshold ?? Math.min(...scores, Number.POSITIVE_INFINITY);
    this.second = model.second === undefined ? null : this.meet(compile(model.second.forest));
  }

  /** Goes through all lines for their scores by themselves, and the company that each keeps. */
  private meet(scorer: Scorer): SecondScorer {
    const company = new Company(this.context.population, this.context.from);
    const places = new Map<string, number>();
    const scores: number[] = [];
    this.lines.each((history) => {
      places.set(history.line, scores.length);
      scores.push(this.scoreOwn(history));
      company.add(history);
    });
    return { scorer, places, company: company.features(Float64Array.from(scores)) };
  }

  private scoreOwn(history: History): number {
    computeVector(history, this.context, this.all);
    for (let i = 0; i < this.places.length; i++) this.own[i] = this.all[this.places[i]!]!;
    return this.first.score(this.own, 0);
  }

  /** Verdict of a line, or null where its score is below every threshold there is. */
  verdict(history: History, always = false): Verdict | null {
    const { model, context, lines, own, row, second } = this;
    const base = this.scoreOwn(history);
    const exposure = exposureOf(history, context);
    let score = base;
    if (second !== null) {
      const at = second.places.get(history.line)! * COMPANY_WIDTH;
      putExtras(row, 0, base, exposure.calls, exposure.observedHours, second.company, at);
      score = second.scorer.score(row, 0);
    }
    this.score = score;
    if (score < this.floor && !always) return null;
    return verdictOf(
      model,
      this.definitions,
      history,
      lines.imsiOf(history.line, history.time[0] ?? 0),
      exposure,
      basisOf(this.all),
      row,
      score,
      this.threshold,
      this.anomaly?.(own, 0) ?? null,
    );
  }

  /** The line's features, in the order of the catalogue; valid after {@link verdict}. */
  get vector(): Float64Array {
    return this.all;
  }
}

interface SecondScorer {
  scorer: Scorer;
  /** Place of each line in {@link company}. */
  places: Map<string, number>;
  company: Float64Array;
}
