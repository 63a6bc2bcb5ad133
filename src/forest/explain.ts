import { contributions } from './contributions.ts';
import type { Model } from './model.ts';
import { medianOf, shareBeyond } from './population.ts';

/** One feature that moved a line's score toward a gateway. */
export interface Reason {
  /** Index of the feature. */
  feature: number;
  /** What it added to the raw score, > 0. */
  contribution: number;
  /** The line's value; NaN where it is missing. */
  value: number;
  /** Share of ordinary lines at least as far out, on that side; null where the model has none to compare with. */
  rarity: number | null;
  /** The side of ordinary lines on which the value lies. */
  side: 'high' | 'low' | 'missing';
}

/**
 * Share of ordinary lines whose value of a feature is at least as far out as `value` in a direction, for the words `lines like this:
 * 0.2 %`. Never below 1/n of the n lines counted; null where none had a value.
 */
export function rarity(
  model: Model,
  feature: number,
  value: number,
  direction: 'high' | 'low' | 'missing',
): number | null {
  return shareBeyond(model.population.ordinary[feature]!, value, direction);
}

/** The features that pushed a row toward a gateway, strongest first, at most `limit`. Equal ones in the order of the features. */
export function reasonsFor(model: Model, x: Float64Array, offset: number, limit: number): Reason[] {
  const moved = new Float64Array(model.forest.features.length);
  contributions(model.forest, x, offset, moved);
  return Array.from(moved.keys())
    .filter((feature) => moved[feature]! > 0)
    .sort((a, b) => moved[b]! - moved[a]! || a - b)
    .slice(0, limit)
    .map((feature) => {
      const value = x[offset + feature]!;
      const side = sideOf(model, feature, value);
      return { feature, contribution: moved[feature]!, value, rarity: rarity(model, feature, value, side), side };
    });
}

/** High or low against the middle of ordinary lines; on it, the side where gateways are. */
function sideOf(model: Model, feature: number, value: number): Reason['side'] {
  if (Number.isNaN(value)) return 'missing';
  const ordinary = medianOf(model.population.ordinary[feature]!);
  if (value !== ordinary) return value < ordinary ? 'low' : 'high';
  return medianOf(model.population.gateway[feature]!) < ordinary ? 'low' : 'high';
}
