import { rowsWhere, scoresApart, type Train } from './apart.ts';
import type { Dataset, Forest } from './forest.ts';
import type { SecondStage } from './model.ts';
import { populationOf } from './population.ts';
import { compile } from './predict.ts';

/** What a second forest is told besides the features of the first: what takes the scores of all lines of a window to compute. */
export interface SecondStageInput {
  /** Name and digest of each value; the first is the score of the first forest. */
  extras: { name: string; digest: string }[];
  /** Features of lines that no label knows but that stood beside the rows, row-major. */
  bystanders: Float64Array;
  /** The extras of every row of the dataset, row-major, at given scores of the first forest. */
  valuesOf: (scores: Float64Array, bystanders: Float64Array) => Float64Array;
}

/** Scores of lines that no forest was trained on: the mean of what the forests of the folds give. */
export class Bystanders {
  readonly scores: Float64Array;
  private readonly x: Float64Array;
  private readonly folds: number;

  constructor(x: Float64Array, width: number, folds: number) {
    this.x = x;
    this.folds = folds;
    this.scores = new Float64Array(x.length / width);
  }

  addFold(forest: Forest): void {
    const { scores, folds } = this;
    const out = new Float64Array(scores.length);
    compile(forest).scoreRows(this.x, out.length, out);
    for (let row = 0; row < out.length; row++) scores[row]! += out[row]! / folds;
  }
}

/**
 * Trains the second forest on scores that rows got from first forests which had not seen their group, and scores each row by a
 * second forest that had not seen it either.
 *
 * @param base scores of the rows by first forests apart
 * @param atOnce forests that are trained at a time
 * @param step told after each forest
 */
export async function fitSecondStage(
  dataset: Dataset,
  folds: Uint8Array,
  count: number,
  base: Float64Array,
  bystanders: Float64Array,
  input: SecondStageInput,
  train: Train,
  step: () => void,
  atOnce: number,
): Promise<{ second: SecondStage; scores: Float64Array }> {
  const told = toldOf(dataset, input, base, bystanders);
  const joined = join(told, dataset);
  const scores = await scoresApart(joined, folds, count, train, step, atOnce);
  const forest = await train(joined);
  step();
  return {
    scores,
    second: {
      forest,
      extras: input.extras,
      population: { ordinary: populationOf(told, 0), gateway: populationOf(told, 1) },
    },
  };
}

/** The rows as a second forest sees them: what it is told at given scores of first forests, then their features. */
export function withExtras(
  dataset: Dataset,
  input: SecondStageInput,
  scores: Float64Array,
  bystanders: Float64Array,
): Dataset {
  return join(toldOf(dataset, input, scores, bystanders), dataset);
}

function toldOf(dataset: Dataset, input: SecondStageInput, scores: Float64Array, bystanders: Float64Array): Dataset {
  return { ...dataset, features: input.extras.map(({ name }) => name), x: input.valuesOf(scores, bystanders) };
}

/** The columns of `a`, then those of `b`. */
function join(a: Dataset, b: Dataset): Dataset {
  const [w, v] = [a.features.length, b.features.length];
  const x = new Float64Array(b.rows * (w + v));
  for (const row of rowsWhere(b, () => true)) {
    x.set(a.x.subarray(row * w, (row + 1) * w), row * (w + v));
    x.set(b.x.subarray(row * v, (row + 1) * v), row * (w + v) + w);
  }
  return { ...b, features: [...a.features, ...b.features], x };
}
