import { createRequire } from 'node:module';
import { UserError } from '../base/errors.ts';
import { calibrate, fitIsotonic, fitPlatt } from './calibrate.ts';
import { checkDataset, digestOf, selectRows } from './dataset.ts';
import { foldsByGroup } from './folds.ts';
import type { Dataset, Forest } from './forest.ts';
import { type Metrics, measure, scored } from './metrics.ts';
import type { Model, TrainingSummary } from './model.ts';
import { populationOf } from './population.ts';
import { compile } from './predict.ts';
import { DEFAULT_SECOND_OPTIONS, trainWithMlRandomForest } from './second-trainer.ts';
import { thresholdsByCalls, thresholdsFor } from './thresholds.ts';
import { DEFAULT_TRAIN_OPTIONS, trainForest } from './train.ts';

export interface FitOptions {
  trainer: TrainingSummary['trainer'];
  /** Options of the trainer, by the names of {@link DEFAULT_TRAIN_OPTIONS} or {@link DEFAULT_SECOND_OPTIONS}. */
  options: Record<string, number | string | boolean>;
  seed: number;
  folds: number;
  /** Of each feature of the dataset, the digest of its definition. */
  digests: ReadonlyMap<string, string>;
  /** Calls seen of each row, for thresholds by exposure. */
  calls: ArrayLike<number>;
  /** Difficulty of each gateway row; empty text where unknown. */
  difficulty: readonly string[];
  prevalence: number;
  timeZone: string | null;
  simulated: boolean;
  /** Told after each forest. */
  progress: (done: number, of: number) => void;
}

/**
 * Trains a forest on all rows, and sets its calibration, thresholds and measures from scores that rows got from forests which had not
 * seen their group.
 *
 * @throws UserError on data or options that cannot be used
 */
export function fitModel(dataset: Dataset, options: FitOptions): Model {
  checkDataset(dataset);
  const { y, weight, group } = dataset;
  const { prevalence, seed } = options;
  if (!(prevalence > 0 && prevalence < 1))
    throw new UserError(`prevalence must lie between 0 and 1, got ${prevalence}`);
  const digests = dataset.features.map((name) => {
    const digest = options.digests.get(name);
    if (digest === undefined) throw new UserError(`feature ${name} has no definition`);
    return digest;
  });
  const settled = settle(options);
  const train = (rows: Dataset): Forest =>
    options.trainer === 'histogram' ? trainForest(rows, settled) : trainWithMlRandomForest(rows, settled);

  const folds = foldsByGroup(dataset, options.folds, seed);
  const scores = scoresApart(dataset, folds, options, train);
  const forest = train(dataset);
  options.progress(options.folds + 1, options.folds + 1);

  const ordinary = rowsWhere(dataset, (row) => y[row] === 0);
  const ordinaryScores = Float64Array.from(ordinary, (row) => scores[row]!);
  const ordinaryWeight = Float64Array.from(ordinary, (row) => weight[row]!);
  return {
    forest,
    digests,
    calibration: fitCalibration(scores, y, weight),
    thresholds: thresholdsFor(ordinaryScores, ordinaryWeight),
    strata: thresholdsByCalls(
      ordinaryScores,
      ordinaryWeight,
      Array.from(ordinary, (row) => options.calls[row]!),
    ),
    prevalence,
    timeZone: options.timeZone,
    training: {
      trainer: options.trainer,
      options: settled,
      rows: dataset.rows,
      positives: dataset.rows - ordinary.length,
      groups: new Set(group).size,
      seed,
      dataDigest: digestOf(dataset),
      libraries: {
        'ml-random-forest': versionOf('ml-random-forest'),
        'simple-statistics': versionOf('simple-statistics'),
      },
      simulated: options.simulated,
      metrics: measureAll(dataset, scores, probabilitiesApart(dataset, folds, scores, options.folds), options),
    },
    population: { ordinary: populationOf(dataset, 0), gateway: populationOf(dataset, 1) },
  };
}

/** Defaults of the trainer under what was asked; a name it does not know is refused. */
function settle({ trainer, options, seed }: FitOptions): Record<string, number | string | boolean> {
  const defaults: Record<string, number | string | boolean> = {
    ...(trainer === 'histogram' ? DEFAULT_TRAIN_OPTIONS : DEFAULT_SECOND_OPTIONS),
  };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name)) throw new UserError(`the trainer ${trainer} has no option ${name}`);
    if (typeof value !== typeof defaults[name])
      throw new UserError(`${name} must be a ${typeof defaults[name]}, got ${value}`);
  }
  return { ...defaults, ...options, seed };
}

function rowsWhere(dataset: Dataset, keep: (row: number) => boolean): Int32Array {
  return Int32Array.from({ length: dataset.rows }, (_, row) => row).filter(keep);
}

/** The score of each row by a forest trained on the other folds. */
function scoresApart(
  dataset: Dataset,
  folds: Uint8Array,
  options: FitOptions,
  train: (rows: Dataset) => Forest,
): Float64Array {
  const scores = new Float64Array(dataset.rows);
  for (let fold = 0; fold < options.folds; fold++) {
    const forest = train(
      selectRows(
        dataset,
        rowsWhere(dataset, (row) => folds[row] !== fold),
      ),
    );
    const rows = rowsWhere(dataset, (row) => folds[row] === fold);
    const out = new Float64Array(rows.length);
    compile(forest).scoreRows(selectRows(dataset, rows).x, rows.length, out);
    rows.forEach((row, at) => {
      scores[row] = out[at]!;
    });
    options.progress(fold + 1, options.folds + 1);
  }
  return scores;
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
    const rows = rowsWhere(dataset, keep);
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
