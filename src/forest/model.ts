import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import type { Calibration } from './calibrate.ts';
import type { Cohort } from './cohort.ts';
import { MAX_FEATURES } from './dataset.ts';
import type { DriftBounds } from './drift.ts';
import type { Forest } from './forest.ts';
import type { ImportanceTable } from './importance.ts';
import type { Isolation } from './isolation.ts';
import type { Later } from './later.ts';
import type { Margins } from './margin.ts';
import type { Metrics } from './metrics.ts';
import type { FeaturePopulation } from './population.ts';
import { BASES, type Stratum, type Threshold } from './thresholds.ts';
import { corrupt, decodeTrees, encodeTrees, TREES } from './tree-file.ts';

/** How a model came to be. */
export interface TrainingSummary {
  trainer: 'histogram' | 'ml-random-forest';
  options: Record<string, number | string | boolean>;
  /** Those of the second forest, which is boosted. */
  secondOptions?: Record<string, number | string | boolean> | undefined;
  /** Share of the families of features that forests did not see of each group; left out: none. */
  hidden?: number | undefined;
  /** What thresholds ask above what was measured; left out: nothing. */
  margins?: Margins | undefined;
  rows: number;
  positives: number;
  groups: number;
  seed: number;
  /** SHA-256 of the training data. */
  dataDigest: string;
  /** Versions of the packages that the numbers rest on. */
  libraries: Record<string, string>;
  /** Trained on simulated captures. Automatic suspension refuses such a model. */
  simulated: boolean;
  /** Measures on rows not trained on, by difficulty; `all` for all of them. */
  metrics: Record<string, Metrics>;
  /** Measures of first forests on rows that were both of other groups and later than all that these were trained on. */
  later?: Later | undefined;
  /** Measures of the first forest alone, where there is a second. */
  first?: Metrics | undefined;
  /** Both trainers on the same folds, the first forest alone. */
  comparison?: TrainerMetrics[] | undefined;
  /** What measures fall by when a feature is shuffled. */
  importance?: ImportanceTable | undefined;
  /** The model whose trees stand beside those of own rows. */
  prior?: PriorSummary | undefined;
  /** The decisions of a desk that it learned from: on how many lines, and when the last was made, milliseconds since the epoch. */
  decisions?: { lines: number; until: number } | undefined;
}

export interface TrainerMetrics {
  trainer: TrainingSummary['trainer'];
  options: TrainingSummary['options'];
  metrics: Metrics;
}

/** A model that own rows were added to. */
export interface PriorSummary {
  /** Digest of the data it was trained on. */
  dataDigest: string;
  /** Trees of it, of all trees. */
  trees: number;
  /** What it does alone on the own rows, none of which it has seen, by its final scores; probabilities by its own calibration. */
  metrics: Metrics;
  /** That is by its first forest alone, as there is no second beside it; probabilities by calibrations fitted on the own rows. */
  first?: boolean | undefined;
}

/**
 * The second forest: it scores a line by its own features, its score by them, and the company it keeps. Its score is the final one.
 */
export interface SecondStage {
  /** Features: {@link extras}, then those of the first forest. */
  forest: Forest;
  /** What it knows besides: name and digest of the definition. The first is the score of the first forest. */
  extras: { name: string; digest: string }[];
  /** The spread of each of the extras over the lines of each class. */
  population: { ordinary: FeaturePopulation[]; gateway: FeaturePopulation[] };
}

/** A forest with all that is needed to score lines and to say what a score means. */
export interface Model {
  forest: Forest;
  /** Of each feature, the digest of its definition. */
  digests: readonly string[];
  calibration: Calibration;
  /** How thresholds follow what other lines of a window score; left out: they do not. */
  cohort?: Cohort | undefined;
  /** Thresholds over all ordinary rows. */
  thresholds: Threshold[];
  /** Thresholds by what was seen, each basis in order of hours. */
  strata: Stratum[];
  /** Share of gateways among lines that probabilities assume. */
  prevalence: number;
  /** IANA name of the time zone of the local hour and day; null where features of the local day were missing. */
  timeZone: string | null;
  training: TrainingSummary;
  /** The spread of each feature over the lines of each class. */
  population: { ordinary: FeaturePopulation[]; gateway: FeaturePopulation[] };
  /** The spread of raw scores over ordinary lines that the forest had not seen. */
  scores?: FeaturePopulation | undefined;
  /** How far those of single networks are from them; left out where it is not known. */
  scoreDrift?: DriftBounds | undefined;
  /** How odd a line is, whatever labels say. */
  isolation?: Isolation | undefined;
  /** Absent: the first forest's score is the final one. */
  second?: SecondStage | undefined;
}

/** Most bytes of a model file. */
export const MAX_MODEL_BYTES = 5 * 1024 * 1024;
const FORMAT = 'catpool-model';
const VERSION = 3;

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const ascending = (values: number[]) => values.every((value, at) => at === 0 || value >= values[at - 1]!);
const openShare = z.number().gt(0).lt(1);

const THRESHOLD = z
  .strictObject({ rate: openShare, score: z.number().nullable(), rows: count, reason: z.string().nullable() })
  .refine((one) => one.score !== null || one.reason !== null, 'needs a score or a reason');

const CALIBRATION = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('isotonic'),
      scores: z.array(z.number()).min(1).refine(ascending, 'does not ascend'),
      probabilities: z.array(share).min(1).refine(ascending, 'does not ascend'),
      prior: openShare,
    })
    .refine((one) => one.scores.length === one.probabilities.length, 'has as many scores as probabilities'),
  z.strictObject({ kind: z.literal('platt'), slope: z.number().min(0), intercept: z.number(), prior: openShare }),
]);

const POPULATION = z
  .strictObject({
    rows: count,
    missing: share,
    values: z.array(z.number()).refine(ascending, 'does not ascend'),
    below: z.array(share).refine(ascending, 'does not ascend'),
    atMost: z.array(share).refine(ascending, 'does not ascend'),
  })
  .refine(
    (one) => one.values.length === one.below.length && one.values.length === one.atMost.length,
    'has lists of one length',
  );

const METRICS = z.strictObject({
  rows: count,
  positives: count,
  groups: count,
  auc: share.nullable(),
  averagePrecision: share.nullable(),
  brier: share,
  ece: share,
  tprAtFpr: z.array(
    z.strictObject({ rate: openShare, tpr: share.nullable(), low: share.nullable(), high: share.nullable() }),
  ),
});

const FEATURES = z
  .array(z.strictObject({ digest: z.string().max(200), name: z.string().min(1).max(200) }))
  .min(1)
  .max(MAX_FEATURES);
const POPULATIONS = z.strictObject({ gateway: z.array(POPULATION), ordinary: z.array(POPULATION) });

const OPTIONS = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
const TRAINER = z.enum(['histogram', 'ml-random-forest']);
const IMPORTANCES = z.array(
  z.strictObject({ name: z.string(), auc: z.number().min(-1).max(1), averagePrecision: z.number().min(-1).max(1) }),
);

/** The file as it is written. Keys are in the order of the alphabet, so that the same model gives the same bytes. */
const FILE = z.strictObject({
  calibration: CALIBRATION,
  cohort: z.strictObject({ usual: z.number(), weight: share }).optional(),
  features: FEATURES,
  format: z.literal(FORMAT),
  isolation: z.strictObject({ sample: z.number().int().min(2), scores: POPULATION, trees: TREES }).optional(),
  population: POPULATIONS,
  prevalence: openShare,
  scoreDrift: z.strictObject({ drifted: z.number().positive(), moderate: z.number().positive() }).optional(),
  scores: POPULATION.optional(),
  second: z.strictObject({ extras: FEATURES, population: POPULATIONS, trees: TREES }).optional(),
  strata: z.array(
    z.strictObject({
      basis: z.enum(BASES),
      hours: z.number().min(0),
      acts: z.int().min(0).default(0),
      thresholds: z.array(THRESHOLD),
    }),
  ),
  thresholds: z.array(THRESHOLD),
  timeZone: z.string().max(100).nullable(),
  training: z.strictObject({
    comparison: z.array(z.strictObject({ metrics: METRICS, options: OPTIONS, trainer: TRAINER })).optional(),
    dataDigest: z.string(),
    decisions: z.strictObject({ lines: count, until: count }).optional(),
    first: METRICS.optional(),
    groups: count,
    importance: z.strictObject({ families: IMPORTANCES, features: IMPORTANCES, rows: count }).optional(),
    later: z
      .strictObject({ cut: z.number().nullable(), metrics: METRICS.nullable(), reason: z.string().nullable() })
      .refine((one) => (one.metrics === null) !== (one.reason === null), 'needs either measures or a reason')
      .optional(),
    libraries: z.record(z.string(), z.string()),
    metrics: z.record(z.string(), METRICS),
    options: OPTIONS,
    positives: count,
    prior: z
      .strictObject({ dataDigest: z.string(), first: z.boolean().optional(), metrics: METRICS, trees: count })
      .optional(),
    rows: count,
    secondOptions: OPTIONS.optional(),
    hidden: z.number().optional(),
    margins: z.partialRecord(z.enum(BASES), z.number().min(0)).optional(),
    seed: count,
    simulated: z.boolean(),
    trainer: TRAINER,
  }),
  trees: TREES,
  version: z.literal(VERSION),
});
type File = z.infer<typeof FILE>;

/**
 * The model as the text of a model file, the same bytes for the same model.
 *
 * @throws UserError where it is larger than 5 MB; RangeError where the model itself breaks a rule of the file
 */
export function saveModel(model: Model): string {
  const { forest, digests, population, isolation, second, ...rest } = model;
  const file: File = {
    format: FORMAT,
    version: VERSION,
    features: forest.features.map((name, at) => ({ name, digest: digests[at]! })),
    trees: encodeTrees(forest),
    population,
    ...(isolation === undefined ? {} : { isolation: isolationOf(isolation) }),
    ...(second === undefined ? {} : { second: secondOf(second) }),
    ...rest,
  };
  const sorted = sortKeys(file) as Record<string, unknown>;
  const text = `{\n${Object.entries(sorted)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n')}\n}\n`;
  if (text.length > MAX_MODEL_BYTES) {
    throw new UserError(
      `the model takes ${(text.length / 1024 / 1024).toFixed(1)} MB, more than 5 MB; train fewer trees or leaves`,
    );
  }
  try {
    parse(text);
  } catch (error) {
    throw new RangeError(`a model that cannot be saved: ${(error as Error).message}`);
  }
  return text;
}

/**
 * Reads a model file and checks all of it.
 *
 * @param definitions of each feature that this build computes, the digest of its definition
 * @throws UserError, one line, where the text is no model file, is corrupt, is of another version, or where a feature is unknown to
 *   this build or was defined otherwise when the model was trained
 */
export function loadModel(text: string, definitions: ReadonlyMap<string, string>): Model {
  const { features, trees, isolation, second, format: _format, version: _version, ...rest } = parse(text);
  const names = features.map((feature) => feature.name);
  for (const { name, digest } of [...features, ...(second?.extras ?? [])]) {
    const own = definitions.get(name);
    if (own === undefined)
      throw new UserError(`the model uses feature ${name}, which this build does not compute; train it again`);
    if (own !== digest)
      throw new UserError(`feature ${name} is defined otherwise than when the model was trained; train it again`);
  }
  return {
    forest: decodeTrees(names, trees),
    digests: features.map((feature) => feature.digest),
    ...rest,
    ...(isolation === undefined
      ? {}
      : {
          isolation: {
            forest: decodeTrees(names, isolation.trees),
            sample: isolation.sample,
            scores: isolation.scores,
          },
        }),
    ...(second === undefined
      ? {}
      : {
          second: {
            extras: second.extras,
            population: second.population,
            forest: decodeTrees([...second.extras.map(({ name }) => name), ...names], second.trees),
          },
        }),
  };
}

/** A second stage as it stands in the file. */
function secondOf({ forest, extras, population }: SecondStage): NonNullable<File['second']> {
  return { extras, population, trees: encodeTrees(forest) };
}

/** An isolation forest as it stands in the file. */
function isolationOf({ forest, sample, scores }: Isolation): NonNullable<File['isolation']> {
  return { sample, scores, trees: encodeTrees(forest) };
}

function parse(text: string): File {
  if (text.length > MAX_MODEL_BYTES) throw corrupt(`it is larger than ${MAX_MODEL_BYTES / 1024 / 1024} MB`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt('it is not JSON');
  }
  const head = z.object({ format: z.literal(FORMAT), version: z.number() }).safeParse(json);
  if (!head.success) throw corrupt(`it does not say "format": "${FORMAT}" and a version`);
  if (head.data.version !== VERSION) {
    throw new UserError(`the model file is of version ${head.data.version}; this build reads version ${VERSION}`);
  }
  const file = FILE.safeParse(json);
  if (!file.success) {
    const issue = file.error.issues[0]!;
    throw corrupt(`${issue.path.map(String).join('.')}: ${issue.message.replace(/\s+/g, ' ').slice(0, 200)}`);
  }
  const { second } = file.data;
  const names = file.data.features.map((feature) => feature.name);
  const all = [...(second?.extras ?? []).map((extra) => extra.name), ...names];
  if (new Set(all).size !== all.length) throw corrupt('a feature is named twice');
  for (const kind of ['ordinary', 'gateway'] as const) {
    if (file.data.population[kind].length !== names.length)
      throw corrupt(`population.${kind} is not one entry a feature`);
    if (second !== undefined && second.population[kind].length !== second.extras.length)
      throw corrupt(`second.population.${kind} is not one entry a feature`);
  }
  decodeTrees(names, file.data.trees);
  if (file.data.isolation !== undefined) decodeTrees(names, file.data.isolation.trees);
  if (second !== undefined) decodeTrees(all, second.trees);
  return file.data;
}

/** Objects with their keys in the order of the alphabet, all the way down. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
