import { createRequire } from 'node:module';
import { UserError } from '../base/errors.ts';
import { rowsWhere, scoresApart, type Train } from './apart.ts';
import { DEFAULT_BOOST_OPTIONS } from './boost.ts';
import { calibrate, fitIsotonic, fitPlatt } from './calibrate.ts';
import { fitCohort, type Networks } from './cohort.ts';
import { checkDataset, digestOf, selectRows } from './dataset.ts';
import { driftBounds } from './drift.ts';
import { foldsByGroup } from './folds.ts';
import type { Dataset } from './forest.ts';
import { type Hiding, hideFamilies } from './hide.ts';
import { Shuffler } from './importance.ts';
import { trainIsolation } from './isolation.ts';
import { type Later, laterFolds, type RowTimes } from './later.ts';
import { type Margins, strataWithMargin, withMargin } from './margin.ts';
import { type Metrics, measure, scored } from './metrics.ts';
import type { Model, TrainerMetrics, TrainingSummary } from './model.ts';
import { boostOnThread, trainInParallel } from './parallel.ts';
import { populationOf, spreadOf } from './population.ts';
import { compile } from './predict.ts';
import { besidePrior, blend, ownShare, ownTrees } from './prior.ts';
import { priorSummary } from './prior-summary.ts';
import { Bystanders, fitSecondStage, type SecondStageInput } from './second-stage.ts';
import { DEFAULT_SECOND_OPTIONS, trainWithMlRandomForest } from './second-trainer.ts';
import { type Seen, thresholdsByExposure, thresholdsFor } from './thresholds.ts';
import { DEFAULT_TRAIN_OPTIONS } from './train.ts';

type Trainer = TrainingSummary['trainer'];
type TrainerOptions = TrainingSummary['options'];

export interface FitOptions {
  trainer: Trainer;
  /** Options of the trainer, by the names of {@link DEFAULT_TRAIN_OPTIONS} or {@link DEFAULT_SECOND_OPTIONS}. */
  options: TrainerOptions;
  seed: number;
  folds: number;
  /** Of each feature of the dataset, the digest of its definition. */
  digests: ReadonlyMap<string, string>;
  /** What was seen of each row, for thresholds by exposure. */
  seen: readonly Seen[];
  /** Difficulty of each gateway row; empty text where unknown. */
  difficulty: readonly string[];
  /** Kind of each ordinary row, for thresholds that spare every kind; empty text where unknown. Left out: unknown. */
  kinds?: readonly string[];
  /**
   * True of rows that do not stand for their share of a network, having been gathered for their kinds: trained on, but rates and what is
   * usual are not measured on them. Left out: none.
   */
  enriched?: readonly boolean[];
  /** The windows that rows are of, so that thresholds follow what other lines score there. Left out: they do not. */
  networks?: Networks;
  prevalence: number;
  timeZone: string | null;
  simulated: boolean;
  /** Told after each forest. */
  progress: (done: number, of: number) => void;
  /** Threads that trees are grown on; the model does not depend on it. */
  workers?: number;
  /** When each row was, for measures by time. */
  times?: RowTimes;
  /** Name of the family of a feature, for importance by family. */
  familyOf?: (feature: string) => string | null;
  /** Share of the families of features that a forest does not see of each group, see {@link hideFamilies}. Left out: none. */
  hidden?: number;
  /** Added to thresholds that were measured, where other networks are to be judged than such as the rows are of. Left out: nothing. */
  margins?: Margins;
  /** Whether the other trainer is measured on the same folds. */
  compare?: boolean;
  /** A model to start from: the fewer own rows, the more of its trees are kept. */
  prior?: Model | null;
  /** Trains a second forest, boosted whatever the trainer of the first, on the scores of the first. */
  second?: SecondStageInput;
  /** Its options, where they are not {@link DEFAULT_BOOST_OPTIONS}. */
  secondOptions?: TrainerOptions;
}

/**
 * Trains a forest on all rows, and sets its calibration, thresholds and measures from scores that rows got from forests which had not
 * seen their group.
 *
 * @throws UserError on data or options that cannot be used
 */
export async function fitModel(dataset: Dataset, options: FitOptions): Promise<Model> {
  checkDataset(dataset);
  const { y, weight, group } = dataset;
  const { prevalence, seed, trainer, margins = {} } = options;
  const prior = options.prior ?? null;
  if (!(prevalence > 0 && prevalence < 1))
    throw new UserError(`prevalence must lie between 0 and 1, got ${prevalence}`);
  const digests = dataset.features.map((name) => {
    const digest = options.digests.get(name);
    if (digest === undefined) throw new UserError(`feature ${name} has no definition`);
    return digest;
  });
  const settled = settle(trainer, options.options, seed);
  const boosted = settle('boosted', options.secondOptions ?? {}, seed);
  const share = prior === null ? 1 : ownShareOf(dataset);
  const own = prior === null ? Number(settled.trees) : ownTrees(Number(settled.trees), share);
  const hiding = hidingOf(options);
  const seeing = trainerOf(trainer, { ...settled, trees: own }, options, prior, Number(settled.trees) - own);
  const train: Train = hiding === null ? seeing : (rows) => seeing(hideFamilies(rows, hiding));
  const folds = foldsByGroup(dataset, options.folds, seed);
  const later = options.times === undefined ? null : laterFolds(options.times, y, folds, options.folds);
  const steps =
    options.folds *
      (1 +
        (options.compare === true ? 1 : 0) +
        (options.second === undefined ? 0 : 1) +
        (later === null || typeof later === 'string' ? 0 : 1)) +
    (options.second === undefined ? 1 : 2);
  let done = 0;
  const step = () => options.progress(++done, steps);

  const shuffler = new Shuffler(dataset, options.familyOf ?? (() => null), seed);
  // Beside a prior of one stage, few rows would have to make a second stage alone.
  const asked = prior === null || prior.second !== undefined ? options.second : undefined;
  const bystanders = new Bystanders(asked?.bystanders ?? new Float64Array(0), dataset.features.length, options.folds);
  const base = await scoresApart(dataset, folds, options.folds, train, (forest, rows) => {
    shuffler.addFold(forest, rows);
    bystanders.addFold(forest);
    step();
  });
  const secondStage =
    asked === undefined
      ? null
      : await fitSecondStage(
          dataset,
          folds,
          options.folds,
          base,
          bystanders.scores,
          asked,
          async (rows) => {
            // The score of the first forest is never missing.
            const kept = asked.extras.slice(0, 1).map(({ name }) => name);
            const grown = await boostOnThread(rows, boosted, hiding && { ...hiding, kept });
            return prior?.second === undefined ? grown : blend(grown, prior.second.forest, share);
          },
          step,
          options.workers ?? 1,
        );
  const scores = secondStage?.scores ?? base;
  const metrics = measureAll(dataset, scores, probabilitiesApart(dataset, folds, scores, options.folds), options);
  const first =
    secondStage === null
      ? metrics
      : measureAll(dataset, base, probabilitiesApart(dataset, folds, base, options.folds), options);
  const comparison =
    options.compare === true ? await compared(dataset, folds, settled, first.all!, options, step) : null;
  const measuredLater =
    later === null ? null : await measureLater(dataset, later, train, fitCalibration(base, y, weight), seed, step);
  const forest = await train(dataset);
  step();

  const isEnriched = (row: number) => options.enriched?.[row] === true;
  const usual = options.enriched?.includes(true)
    ? selectRows(
        dataset,
        rowsWhere(dataset, (row) => !isEnriched(row)),
      )
    : dataset;
  const everyOrdinary = rowsWhere(dataset, (row) => y[row] === 0);
  const ordinary = everyOrdinary.filter((row) => !isEnriched(row));
  const { networks } = options;
  const followed = networks === undefined ? null : fitCohort(scores, options.seen, networks, prior?.cohort);
  const level = followed?.level ?? scores;
  const ordinaryScores = Float64Array.from(ordinary, (row) => scores[row]!);
  const ordinaryWeight = Float64Array.from(ordinary, (row) => weight[row]!);
  const spread = spreadOf(ordinaryScores, ordinaryWeight);
  const scoreDrift = driftBounds(
    spread,
    ordinaryScores,
    ordinary.map((row) => group[row]!),
  );
  return {
    forest,
    digests,
    calibration: fitCalibration(scores, y, weight),
    ...(followed === null ? {} : { cohort: followed.cohort }),
    thresholds: withMargin(
      thresholdsFor(
        Float64Array.from(ordinary, (row) => level[row]!),
        ordinaryWeight,
      ),
      margins,
    ),
    strata: strataWithMargin(
      thresholdsByExposure({
        scores: Float64Array.from(everyOrdinary, (row) => level[row]!),
        weight: Float64Array.from(everyOrdinary, (row) => weight[row]!),
        seen: Array.from(everyOrdinary, (row) => options.seen[row]!),
        kinds: Array.from(everyOrdinary, (row) => options.kinds?.[row] ?? ''),
        group: Array.from(everyOrdinary, (row) => group[row]!),
        enriched: Array.from(everyOrdinary, isEnriched),
      }),
      margins,
    ),
    prevalence,
    timeZone: options.timeZone,
    training: {
      trainer,
      options: settled,
      ...(secondStage === null ? {} : { secondOptions: boosted }),
      ...(options.hidden === undefined ? {} : { hidden: options.hidden }),
      ...(options.margins === undefined ? {} : { margins }),
      rows: dataset.rows,
      positives: dataset.rows - everyOrdinary.length,
      groups: new Set(group).size,
      seed,
      dataDigest: digestOf(dataset),
      libraries: {
        'ml-random-forest': versionOf('ml-random-forest'),
        'simple-statistics': versionOf('simple-statistics'),
      },
      // Where most trees were grown on simulated captures, so was the model.
      simulated: options.simulated || (prior?.training.simulated === true && 2 * own < Number(settled.trees)),
      metrics,
      ...(secondStage === null ? {} : { first: first.all }),
      importance: shuffler.table(),
      ...(comparison === null ? {} : { comparison }),
      ...(measuredLater === null ? {} : { later: measuredLater }),
      ...(prior === null
        ? {}
        : {
            prior: priorSummary(dataset, prior, asked, Number(settled.trees) - own, seed, (some) =>
              probabilitiesApart(dataset, folds, some, options.folds),
            ),
          }),
    },
    population: { ordinary: populationOf(usual, 0), gateway: populationOf(usual, 1) },
    scores: spread,
    ...(scoreDrift === null ? {} : { scoreDrift }),
    isolation: trainIsolation(usual, { seed }),
    ...(secondStage === null ? {} : { second: secondStage.second }),
  };
}

/** Share that own rows get beside a prior. */
function ownShareOf({ y, group }: Dataset): number {
  const gateways = [...y.keys()].filter((row) => y[row] === 1);
  return ownShare(gateways.length, new Set(gateways.map((row) => group[row]!)).size);
}

/** The function that trains, trees of a prior put beside its own. */
function trainerOf(
  trainer: Trainer,
  settled: TrainerOptions,
  { workers = 1 }: Pick<FitOptions, 'workers'>,
  prior: Pick<Model, 'forest'> | null,
  priorTrees: number,
): Train {
  const train: Train =
    trainer === 'histogram'
      ? (rows) => trainInParallel(rows, settled, workers)
      : async (rows) => trainWithMlRandomForest(rows, settled);
  return prior === null ? train : async (rows) => besidePrior(await train(rows), prior.forest, priorTrees);
}

function hidingOf({ hidden = 0, familyOf = () => null, seed }: FitOptions): Hiding | null {
  return hidden === 0 ? null : { share: hidden, familyOf, kept: [], seed };
}

/** Measures of both trainers on the same folds, without a prior: the one that was asked for first. */
async function compared(
  dataset: Dataset,
  folds: Uint8Array,
  settled: TrainerOptions,
  metrics: Metrics,
  options: FitOptions,
  step: () => void,
): Promise<TrainerMetrics[]> {
  const other = options.trainer === 'histogram' ? 'ml-random-forest' : 'histogram';
  const otherOptions = settle(other, { trees: settled.trees! }, options.seed);
  const scores = await scoresApart(
    dataset,
    folds,
    options.folds,
    trainerOf(other, otherOptions, options, null, 0),
    step,
  );
  const { y, weight, group } = dataset;
  const probabilities = probabilitiesApart(dataset, folds, scores, options.folds);
  return [
    { trainer: options.trainer, options: settled, metrics },
    {
      trainer: other,
      options: otherOptions,
      metrics: measure(scored(scores, y, weight, group), probabilities, options.seed),
    },
  ];
}

/** Measures on later rows of other groups. */
async function measureLater(
  dataset: Dataset,
  later: Exclude<ReturnType<typeof laterFolds>, string> | string,
  train: Train,
  calibration: Model['calibration'],
  seed: number,
  step: () => void,
): Promise<Later> {
  if (typeof later === 'string') return { cut: null, reason: `not measurable: ${later}`, metrics: null };
  const rows: number[] = [];
  const scores: number[] = [];
  for (const { train: seen, test } of later.parts) {
    const scorer = compile(await train(selectRows(dataset, seen)));
    const out = new Float64Array(test.length);
    scorer.scoreRows(selectRows(dataset, test).x, test.length, out);
    rows.push(...test);
    scores.push(...out);
    step();
  }
  const { y, weight, group } = selectRows(dataset, rows);
  const measured = scored(Float64Array.from(scores), y, weight, group);
  const probabilities = measured.scores.map((score) => calibrate(calibration, score));
  return { cut: later.cut, reason: null, metrics: measure(measured, probabilities, seed) };
}

const DEFAULTS = {
  histogram: DEFAULT_TRAIN_OPTIONS,
  'ml-random-forest': DEFAULT_SECOND_OPTIONS,
  boosted: DEFAULT_BOOST_OPTIONS,
} as const;

/** Defaults of the trainer under what was asked; a name it does not know is refused. */
function settle(trainer: keyof typeof DEFAULTS, options: TrainerOptions, seed: number): TrainerOptions {
  const defaults: TrainerOptions = { ...DEFAULTS[trainer] };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name)) throw new UserError(`the trainer ${trainer} has no option ${name}`);
    if (typeof value !== typeof defaults[name])
      throw new UserError(`${name} must be a ${typeof defaults[name]}, got ${value}`);
  }
  return { ...defaults, ...options, seed };
}

/** The probability of each row by a calibration fitted on the other folds, so that the measures of it are honest. */
function probabilitiesApart(
  { y, weight, rows }: Dataset,
  folds: Uint8Array,
  scores: Float64Array,
  count: number,
): Float64Array {
  const probabilities = new Float64Array(rows);
  for (let fold = 0; fold < count; fold++) {
    const others = (_: number, row: number) => folds[row] !== fold;
    const calibration = fitCalibration(scores.filter(others), y.filter(others), weight.filter(others));
    for (let row = 0; row < rows; row++)
      if (folds[row] === fold) probabilities[row] = calibrate(calibration, scores[row]!);
  }
  return probabilities;
}

/** Below this many rows of a class, steps of an isotonic curve are noise. */
const ISOTONIC_ROWS = 200;

function fitCalibration(scores: Float64Array, y: Uint8Array, weight: Float64Array) {
  const gateway = y.reduce((sum, one) => sum + one, 0);
  const enough = Math.min(gateway, y.length - gateway) >= ISOTONIC_ROWS;
  return enough ? fitIsotonic(scores, y, weight) : fitPlatt(scores, y, weight);
}

/** Measures over all rows, and of each difficulty against all ordinary rows. */
function measureAll(
  dataset: Dataset,
  scores: Float64Array,
  probabilities: Float64Array,
  options: FitOptions,
): Record<string, Metrics> {
  const of = (keep: (row: number) => boolean) => {
    const rows = rowsWhere(dataset, (row) => options.enriched?.[row] !== true && keep(row));
    const { y, weight, group } = selectRows(dataset, rows);
    const take = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
    return measure(scored(take(scores), y, weight, group), take(probabilities), options.seed);
  };
  const metrics: Record<string, Metrics> = { all: of(() => true) };
  const names = new Set(options.difficulty.filter((name, row) => name !== '' && dataset.y[row] === 1));
  for (const name of [...names].sort())
    metrics[name] = of((row) => dataset.y[row] === 0 || options.difficulty[row] === name);
  return metrics;
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
