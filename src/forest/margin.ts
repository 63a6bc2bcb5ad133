import type { Stratum, Threshold } from './thresholds.ts';

/**
 * Thresholds that ask so much more of a line than was measured: ordinary lines of networks unlike those that a forest was trained on
 * score higher.
 *
 * @param margin log-odds of the raw score, 0 or more
 */
export function withMargin(thresholds: readonly Threshold[], margin: number): Threshold[] {
  return thresholds.map((one) => (one.score === null ? one : { ...one, score: raised(one.score, margin) }));
}

/** As {@link withMargin}, of every stratum. */
export function strataWithMargin(strata: readonly Stratum[], margin: number): Stratum[] {
  return strata.map((one) => ({ ...one, thresholds: withMargin(one.thresholds, margin) }));
}

/** What asks for a score of 1 or more marks nobody, whatever is added. */
function raised(score: number, margin: number): number {
  if (!(score > 0 && score < 1)) return score;
  return 1 / (1 + ((1 - score) / score) * Math.exp(-margin));
}
