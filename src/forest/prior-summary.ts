import { calibrate } from './calibrate.ts';
import type { Dataset, Forest } from './forest.ts';
import { measure, scored } from './metrics.ts';
import type { Model, PriorSummary } from './model.ts';
import { compile } from './predict.ts';
import { onFeatures } from './prior.ts';
import { type SecondStageInput, withExtras } from './second-stage.ts';

/**
 * What the prior does alone on the rows, which it has not seen: by its final score, as lines are judged by it. Where nobody can tell its
 * second forest what company lines keep, the own rows make no second one either: then by its first.
 *
 * @param asked what a second forest is told of the rows
 * @param trees how many of it stand beside those of own rows
 * @param calibrated probabilities of scores that no calibration of the prior is for
 */
export function priorSummary(
  dataset: Dataset,
  prior: Model,
  asked: SecondStageInput | undefined,
  trees: number,
  seed: number,
  calibrated: (scores: Float64Array) => Float64Array,
): PriorSummary {
  const { y, weight, group, features } = dataset;
  const { second } = prior;
  let scores = scoresBy(prior.forest, features, dataset.x);
  if (second !== undefined && asked !== undefined) {
    const rows = withExtras(dataset, asked, scores, scoresBy(prior.forest, features, asked.bystanders));
    scores = scoresBy(second.forest, rows.features, rows.x);
  }
  // The calibration of a model is one of its final score.
  const isFirst = second !== undefined && asked === undefined;
  const probabilities = isFirst ? calibrated(scores) : scores.map((score) => calibrate(prior.calibration, score));
  return {
    dataDigest: prior.training.dataDigest,
    trees,
    metrics: measure(scored(scores, y, weight, group), probabilities, seed),
    ...(isFirst ? { first: true } : {}),
  };
}

function scoresBy(forest: Forest, features: readonly string[], x: Float64Array): Float64Array {
  const scores = new Float64Array(x.length / features.length);
  compile(onFeatures(forest, features)).scoreRows(x, scores.length, scores);
  return scores;
}
