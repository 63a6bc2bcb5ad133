import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import type { Calibration } from './calibrate.ts';
import { MAX_FEATURES, MAX_TREES } from './dataset.ts';
import type { Forest } from './forest.ts';
import type { Metrics } from './metrics.ts';
import type { FeaturePopulation } from './population.ts';
import type { Stratum, Threshold } from './thresholds.ts';

/** How a model came to be. */
export interface TrainingSummary {
  trainer: 'histogram' | 'ml-random-forest';
  options: Record<string, number | string | boolean>;
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
}

/** A forest with all that is needed to score lines and to say what a score means. */
export interface Model {
  forest: Forest;
  /** Of each feature, the digest of its definition. */
  digests: readonly string[];
  calibration: Calibration;
  /** Thresholds over all ordinary rows. */
  thresholds: Threshold[];
  /** Thresholds by number of calls seen. */
  strata: Stratum[];
  /** Share of gateways among lines that probabilities assume. */
  prevalence: number;
  /** IANA name of the time zone of the local hour and day; null where features of the local day were missing. */
  timeZone: string | null;
  training: TrainingSummary;
  /** The spread of each feature over the lines of each class. */
  population: { ordinary: FeaturePopulation[]; gateway: FeaturePopulation[] };
}

/** Most bytes of a model file. */
export const MAX_MODEL_BYTES = 5 * 1024 * 1024;
const FORMAT = 'catpool-model';
const VERSION = 1;

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'is not base64');
const ascending = (values: number[]) => values.every((value, at) => at === 0 || value >= values[at - 1]!);
const openShare = z.number().gt(0).lt(1);

const THRESHOLD = z
  .strictObject({ rate: openShare, score: z.number().nullable(), rows: count, reason: z.string().nullable() })
  .refine((one) => (one.score === null) !== (one.reason === null), 'needs either a score or a reason');

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

/** The file as it is written. Keys are in the order of the alphabet, so that the same model gives the same bytes. */
const FILE = z.strictObject({
  calibration: CALIBRATION,
  features: z
    .array(z.strictObject({ digest: z.string().max(200), name: z.string().min(1).max(200) }))
    .min(1)
    .max(MAX_FEATURES),
  format: z.literal(FORMAT),
  population: z.strictObject({ gateway: z.array(POPULATION), ordinary: z.array(POPULATION) }),
  prevalence: openShare,
  strata: z.array(z.strictObject({ calls: count, thresholds: z.array(THRESHOLD) })),
  thresholds: z.array(THRESHOLD),
  timeZone: z.string().max(100).nullable(),
  training: z.strictObject({
    dataDigest: z.string(),
    groups: count,
    libraries: z.record(z.string(), z.string()),
    metrics: z.record(z.string(), METRICS),
    options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    positives: count,
    rows: count,
    seed: count,
    simulated: z.boolean(),
    trainer: z.enum(['histogram', 'ml-random-forest']),
  }),
  /**
   * Nodes breadth-first, so that children need no index: those of the k-th inner node of a tree are its nodes 2k+1 and 2k+2.
   * Little-endian. `feature` (16 bits, -1 for a leaf) and `value` (32-bit float) of every node; `threshold` (32-bit float) and
   * `missingLeft` (8 bits) of inner nodes only.
   */
  trees: z.strictObject({
    feature: base64,
    missingLeft: base64,
    nodes: z.array(z.number().int().min(1)).min(1).max(MAX_TREES),
    threshold: base64,
    value: base64,
  }),
  version: z.literal(VERSION),
});
type File = z.infer<typeof FILE>;

/**
 * The model as the text of a model file, the same bytes for the same model.
 *
 * @throws UserError where it is larger than 5 MB; RangeError where the model itself breaks a rule of the file
 */
export function saveModel(model: Model): string {
  const { forest, digests, population, ...rest } = model;
  const file: File = {
    format: FORMAT,
    version: VERSION,
    features: forest.features.map((name, at) => ({ name, digest: digests[at]! })),
    trees: encodeTrees(forest),
    population,
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
  const { features, trees, format: _format, version: _version, ...rest } = parse(text);
  const names = features.map((feature) => feature.name);
  for (const { name, digest } of features) {
    const own = definitions.get(name);
    if (own === undefined)
      throw new UserError(`the model uses feature ${name}, which this build does not compute; train it again`);
    if (own !== digest)
      throw new UserError(`feature ${name} is defined otherwise than when the model was trained; train it again`);
  }
  return { forest: decodeTrees(names, trees), digests: features.map((feature) => feature.digest), ...rest };
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
  const names = file.data.features.map((feature) => feature.name);
  if (new Set(names).size !== names.length) throw corrupt('a feature is named twice');
  for (const kind of ['ordinary', 'gateway'] as const) {
    if (file.data.population[kind].length !== names.length)
      throw corrupt(`population.${kind} is not one entry a feature`);
  }
  decodeTrees(names, file.data.trees);
  return file.data;
}

function corrupt(what: string): UserError {
  return new UserError(`not a usable model file: ${what}`);
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

function encodeTrees(forest: Forest): File['trees'] {
  const size = forest.feature.length;
  const inner = forest.feature.reduce((sum, feature) => sum + (feature >= 0 ? 1 : 0), 0);
  const feature = Buffer.alloc(size * 2);
  const value = Buffer.alloc(size * 4);
  const threshold = Buffer.alloc(inner * 4);
  const missingLeft = Buffer.alloc(inner);
  const nodes = Array.from(forest.roots, (root, tree) => (forest.roots[tree + 1] ?? size) - root);
  let seen = 0;
  forest.roots.forEach((root, tree) => {
    let child = root + 1;
    for (let node = root; node < root + nodes[tree]!; node++) {
      feature.writeInt16LE(forest.feature[node]!, node * 2);
      value.writeFloatLE(exact(forest.value[node]!), node * 4);
      if (forest.feature[node]! < 0) continue;
      if (forest.left[node] !== child || forest.right[node] !== child + 1)
        throw new RangeError('the trees are not breadth-first');
      child += 2;
      threshold.writeFloatLE(exact(forest.threshold[node]!), seen * 4);
      missingLeft[seen++] = forest.missingLeft[node]!;
    }
  });
  const text = (bytes: Buffer) => bytes.toString('base64');
  return {
    nodes,
    feature: text(feature),
    value: text(value),
    threshold: text(threshold),
    missingLeft: text(missingLeft),
  };
}

/** What is saved must be what was trained, to the bit. */
function exact(value: number): number {
  if (Math.fround(value) !== value) throw new RangeError(`${value} is not exact in 32 bits`);
  return value;
}

function decodeTrees(features: readonly string[], trees: File['trees']): Forest {
  const size = trees.nodes.reduce((sum, nodes) => sum + nodes, 0);
  const inner = (size - trees.nodes.length) / 2;
  if (!Number.isInteger(inner)) throw corrupt('trees.nodes does not add up to whole trees');
  const bytes = (name: 'feature' | 'value' | 'threshold' | 'missingLeft', length: number) => {
    const decoded = Buffer.from(trees[name], 'base64');
    if (decoded.length !== length) throw corrupt(`trees.${name} has ${decoded.length} bytes instead of ${length}`);
    return decoded;
  };
  const feature = bytes('feature', size * 2);
  const value = bytes('value', size * 4);
  const threshold = bytes('threshold', inner * 4);
  const missingLeft = bytes('missingLeft', inner);
  const forest = {
    features,
    roots: new Int32Array(trees.nodes.length),
    feature: new Int16Array(size).fill(-1),
    threshold: new Float64Array(size),
    left: new Int32Array(size).fill(-1),
    right: new Int32Array(size).fill(-1),
    missingLeft: new Uint8Array(size),
    value: new Float64Array(size),
  };
  let root = 0;
  let seen = 0;
  trees.nodes.forEach((nodes, tree) => {
    forest.roots[tree] = root;
    const end = root + nodes;
    let child = root + 1;
    for (let node = root; node < end; node++) {
      // A node that no earlier one leads to, or children beyond the tree: the shape is not that of a tree.
      if (node >= child) throw corrupt(`tree ${tree} has nodes that nothing leads to`);
      const asked = feature.readInt16LE(node * 2);
      if (asked < -1 || asked >= features.length)
        throw corrupt(`tree ${tree} asks for feature ${asked} of ${features.length}`);
      forest.feature[node] = asked;
      forest.value[node] = value.readFloatLE(node * 4);
      if (!(forest.value[node]! >= 0 && forest.value[node]! <= 1))
        throw corrupt(`tree ${tree} has a value outside of 0..1`);
      if (asked < 0) continue;
      if (child + 2 > end) throw corrupt(`tree ${tree} lacks the children of a node`);
      forest.threshold[node] = threshold.readFloatLE(seen * 4);
      if (!Number.isFinite(forest.threshold[node])) throw corrupt(`tree ${tree} has a threshold that is no number`);
      if (missingLeft[seen]! > 1) throw corrupt(`tree ${tree} has a missing-value side other than 0 and 1`);
      forest.missingLeft[node] = missingLeft[seen++]!;
      forest.left[node] = child;
      forest.right[node] = child + 1;
      child += 2;
    }
    root = end;
  });
  return forest;
}
