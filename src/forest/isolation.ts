import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { cutBetween, FLOAT32_MAX } from './bins.ts';
import { canonicalOrder, selectRows } from './dataset.ts';
import type { Dataset, Forest } from './forest.ts';
import { type FeaturePopulation, shareBeyond, spreadOf } from './population.ts';
import { compile } from './predict.ts';
import { addLeaf, emptyTree, flatten, splitLeaf, type Tree } from './tree.ts';

/** How far each ordinary line lies from the others: for what no label has named yet. It never marks a line by itself. */
export interface Isolation {
  /** Isolation trees; the value of a leaf is the length of the path to it, in parts of {@link LONGEST}. */
  forest: Forest;
  /** Rows that each tree saw. */
  sample: number;
  /** Anomaly scores of the rows it was made from. */
  scores: FeaturePopulation;
}

/** What {@link anomalyScorer} says of a row. */
export interface Anomaly {
  /** 0..1: near 1 where few questions tell the row from all others, about .5 where as many as for most are needed. */
  score: number;
  /** Share of ordinary lines that are no odder, 0..1. */
  percentile: number;
}

/** No path is longer: 12 questions and what 4,096 rows would need beyond them. Values of trees lie in 0..1. */
const LONGEST = 32;
const MOST_SAMPLE = 4096;
/** How often a feature that some rows lack is asked for just that. */
const ASK_MISSING = 0.5;

/**
 * Isolation forest (Liu, Ting and Zhou, 2008) over the ordinary rows of a dataset: random features, random cuts, each tree on rows
 * drawn without replacement. A missing value is a value of its own: asked for as such, or on the side of most rows. The same seed
 * gives the same trees, whatever the order of the rows.
 *
 * @throws UserError where fewer than two ordinary rows are there, or an option is out of range
 */
export function trainIsolation(
  dataset: Dataset,
  { trees = 100, sample = 256, seed = 1 }: { trees?: number; sample?: number; seed?: number } = {},
): Isolation {
  if (!Number.isInteger(trees) || trees < 1)
    throw new UserError(`trees must be a whole number from 1 on, got ${trees}`);
  if (!Number.isInteger(sample) || sample < 2 || sample > MOST_SAMPLE)
    throw new UserError(`sample must be a whole number from 2 to ${MOST_SAMPLE}, got ${sample}`);
  const sorted = selectRows(
    dataset,
    canonicalOrder(dataset).filter((row) => dataset.y[row] === 0),
  );
  if (sorted.rows < 2) throw new UserError(`an isolation forest needs 2 ordinary rows, got ${sorted.rows}`);
  const size = Math.min(sample, sorted.rows);
  const grown = Array.from({ length: trees }, (_, number) => {
    const random = new Random(seed, `isolation ${number}`);
    return growIsolation(sorted, drawRows(sorted.rows, size, random), random);
  });
  const isolation = { forest: flatten(dataset.features, grown), sample: size };
  const raw = scorerOf(isolation.forest, size);
  const scores = Float64Array.from({ length: sorted.rows }, (_, row) => raw(sorted.x, row * dataset.features.length));
  return { ...isolation, scores: spreadOf(scores, sorted.weight) };
}

/** Says how odd the row that begins at `offset` of `x` is. */
export type AnomalyScorer = (x: Float64Array, offset: number) => Anomaly;

/** Scores rows by a trained isolation forest. */
export function anomalyScorer(isolation: Isolation): AnomalyScorer {
  const raw = scorerOf(isolation.forest, isolation.sample);
  return (x, offset) => {
    const score = raw(x, offset);
    return { score, percentile: 1 - (shareBeyond(isolation.scores, score, 'high') ?? 1) };
  };
}

function scorerOf(forest: Forest, sample: number): (x: Float64Array, offset: number) => number {
  const scorer = compile(forest);
  const typical = pathLength(sample);
  return (x, offset) => 2 ** ((-scorer.score(x, offset) * LONGEST) / typical);
}

/** Mean number of questions that tell one of `rows` from the others in a random search tree. */
function pathLength(rows: number): number {
  if (rows < 2) return 0;
  let harmonic = 0;
  for (let k = 1; k < rows; k++) harmonic += 1 / k;
  return 2 * harmonic - (2 * (rows - 1)) / rows;
}

/** `count` different rows of `rows` (the first steps of a shuffle). */
function drawRows(rows: number, count: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  for (let at = 0; at < count; at++) {
    const other = random.integer(at, rows - 1);
    const row = all[other]!;
    all[other] = all[at]!;
    all[at] = row;
  }
  return all.slice(0, count);
}

function growIsolation(dataset: Dataset, rows: Int32Array, random: Random): Tree {
  const tree = emptyTree();
  const deepest = Math.ceil(Math.log2(rows.length));
  const grow = (node: number, here: Int32Array, depth: number): void => {
    const cut = depth < deepest && here.length > 1 ? cutOf(dataset, here, random) : null;
    if (cut === null) return;
    const width = dataset.features.length;
    const goesLeft = (row: number) => {
      const value = dataset.x[row * width + cut.feature]!;
      return Number.isNaN(value) ? cut.missingLeft : value <= cut.threshold;
    };
    const sides = [here.filter(goesLeft), here.filter((row) => !goesLeft(row))] as const;
    const [left, right] = sides.map((side) => addLeaf(tree, (depth + 1 + pathLength(side.length)) / LONGEST));
    splitLeaf(tree, node, cut, left!, right!);
    grow(left!, sides[0], depth + 1);
    grow(right!, sides[1], depth + 1);
  };
  grow(addLeaf(tree, pathLength(rows.length) / LONGEST), rows, 0);
  return tree;
}

interface Cut {
  feature: number;
  threshold: number;
  missingLeft: boolean;
}

/** A random cut through a random feature that is not the same in all rows; null where all are alike. */
function cutOf({ features, x }: Dataset, rows: Int32Array, random: Random): Cut | null {
  const order = features.map((_, feature) => feature);
  for (let left = order.length; left > 0; left--) {
    const at = random.integer(0, left - 1);
    const feature = order[at]!;
    order[at] = order[left - 1]!;
    let low = FLOAT32_MAX;
    let high = -FLOAT32_MAX;
    let missing = 0;
    for (const row of rows) {
      const value = x[row * features.length + feature]!;
      if (Number.isNaN(value)) missing++;
      else {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    const asksMissing = missing > 0 && missing < rows.length;
    const between = low < high ? cutBetween(low, high) : Number.NaN;
    if (asksMissing && (Number.isNaN(between) || random.chance(ASK_MISSING)))
      return { feature, threshold: FLOAT32_MAX, missingLeft: false };
    if (Number.isNaN(between)) continue;
    const drawn = Math.fround(random.between(Math.max(low, -FLOAT32_MAX), Math.min(high, FLOAT32_MAX)));
    const threshold = drawn >= low && drawn < high ? drawn : between;
    const below = rows.reduce((sum, row) => sum + (x[row * features.length + feature]! <= threshold ? 1 : 0), 0);
    return { feature, threshold, missingLeft: 2 * below > rows.length - missing };
  }
  return null;
}
