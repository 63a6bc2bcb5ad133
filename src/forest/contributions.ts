import type { Forest } from './forest.ts';

/**
 * What each feature moved the raw score of one row by: along the path of each tree, the change of the node's value goes to the
 * feature that was asked (path attribution after Saabas). Bias plus all contributions is the raw score, up to rounding (1e-12).
 *
 * It tells how this forest came to this score. It does not tell what the score would be with another value.
 *
 * @param out of each feature its contribution; overwritten
 * @returns the bias: see {@link biasOf}
 */
export function contributions(forest: Forest, x: Float64Array, offset: number, out: Float64Array): number {
  const { feature, threshold, left, right, missingLeft, value, roots } = forest;
  out.fill(0);
  for (const root of roots) {
    let node = root;
    while (feature[node]! >= 0) {
      const asked = feature[node]!;
      const given = x[offset + asked]!;
      const goesLeft = Number.isNaN(given) ? missingLeft[node] === 1 : given <= threshold[node]!;
      const next = goesLeft ? left[node]! : right[node]!;
      out[asked]! += value[next]! - value[node]!;
      node = next;
    }
  }
  for (let at = 0; at < forest.features.length; at++) out[at]! /= roots.length;
  return biasOf(forest);
}

/** The raw score of a row of which nothing is known: the mean of the values at the roots. */
export function biasOf({ roots, value }: Forest): number {
  let sum = 0;
  for (const root of roots) sum += value[root]!;
  return sum / roots.length;
}
