import type { Model } from '../../forest/model.ts';
import { quantileOf } from '../../forest/population.ts';

/** Ordinary rows without which one in a hundred of them cannot be told. */
const LEAST_ROWS = 300;

/**
 * Raw score that about one in a hundred ordinary lines of the training data reaches, rounded down to two digits so that it can be typed:
 * which lines to look at, where no more can be asked. Null where too few were seen to tell.
 */
export function closeScore({ scores }: Pick<Model, 'scores'>): number | null {
  return scores === undefined || scores.rows < LEAST_ROWS ? null : Math.floor(100 * quantileOf(scores, 0.99)) / 100;
}
