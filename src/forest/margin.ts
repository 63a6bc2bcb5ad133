import type { Basis, Stratum, Threshold } from './thresholds.ts';

/**
 * How much more thresholds ask of a line than was measured, log-odds of the raw score, 0 or more, by what is seen of it: ordinary lines of
 * networks unlike those that a forest was trained on score higher, more so where much is seen. Left out: nothing.
 */
export type Margins = Readonly<Partial<Record<Basis, number>>>;

/** Thresholds of all lines alike: with the largest margin of any. */
export function withMargin(thresholds: readonly Threshold[], margins: Margins): Threshold[] {
  return moved(thresholds, Math.max(0, ...Object.values(margins)));
}

/** Those of every stratum, each with the margin of its basis. */
export function strataWithMargin(strata: readonly Stratum[], margins: Margins): Stratum[] {
  return movedStrata(strata, ({ basis }) => margins[basis] ?? 0);
}

/** Strata whose thresholds ask for so much more, log-odds, each by what it is of. */
export function movedStrata(strata: readonly Stratum[], by: (stratum: Stratum) => number): Stratum[] {
  return strata.map((one) => ({ ...one, thresholds: moved(one.thresholds, by(one)) }));
}

/** Thresholds that ask for so much more, log-odds; less where it is negative. */
export function moved(thresholds: readonly Threshold[], by: number): Threshold[] {
  return thresholds.map((one) => (one.score === null ? one : { ...one, score: movedScore(one.score, by) }));
}

/** Significant digits of a moved threshold, which is the score of no row: its last bits would hang on how it was computed. */
const DIGITS = 12;

/** What asks for a score of 1 or more marks nobody, whatever is added. */
function movedScore(score: number, by: number): number {
  if (by === 0 || !(score > 0 && score < 1)) return score;
  return Number((1 / (1 + ((1 - score) / score) * Math.exp(-by))).toPrecision(DIGITS));
}
