import { type Forest, scoreOf } from './forest.ts';

/**
 * What each feature moved the raw score of one row by: along the path of each tree, the change of the node's value goes to the
 * feature that was asked (path attribution after Saabas). Bias plus all contributions is the raw score, up to rounding (1e-12). Of a
 * boosted forest that is so of the log-odds; each feature gets its part of them of what the score moved.
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
  const bias = biasOf(forest);
  const scale = forest.boosted === true ? slopeOf(forest, bias, sumOf(out)) : 1 / roots.length;
  for (let at = 0; at < forest.features.length; at++) out[at]! *= scale;
  return bias;
}

/** The raw score of a row of which nothing is known: what the values at the roots come to. */
export function biasOf(forest: Forest): number {
  return scoreOf(forest, rootsOf(forest));
}

function rootsOf({ roots, value }: Forest): number {
  let sum = 0;
  for (const root of roots) sum += value[root]!;
  return sum;
}

/** What the score moves by for each part of the log-odds that it was moved by. */
function slopeOf(forest: Forest, bias: number, moved: number): number {
  return moved === 0 ? bias * (1 - bias) : (scoreOf(forest, rootsOf(forest) + moved) - bias) / moved;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
