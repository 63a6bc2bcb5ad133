import { biasOf, contributions } from './contributions.ts';
import type { Model } from './model.ts';
import { type FeaturePopulation, medianOf, shareBeyond } from './population.ts';

/** Features of the final score, in the order of a whole row: those of the second forest where there is one. */
export function featuresOf(model: Model): readonly string[] {
  return (model.second?.forest ?? model.forest).features;
}

/**
 * What each feature of a whole row moved the final score by. What the second forest ascribes to the score of the first goes to the
 * features that the first ascribes it to, those that moved it the same way, by their shares: the parts still add up to the score.
 */
export function movedBy(model: Model, x: Float64Array, offset: number): Float64Array {
  const { second, forest } = model;
  const moved = new Float64Array(featuresOf(model).length);
  if (second === undefined) {
    contributions(forest, x, offset, moved);
    return moved;
  }
  contributions(second.forest, x, offset, moved);
  const extras = second.extras.length;
  const own = new Float64Array(forest.features.length);
  contributions(forest, x, offset + extras, own);
  const way = Math.sign(moved[0]!);
  const total = own.reduce((sum, part) => sum + Math.max(0, way * part), 0);
  if (total === 0) return moved;
  for (let feature = 0; feature < own.length; feature++)
    moved[extras + feature]! += moved[0]! * (Math.max(0, way * own[feature]!) / total);
  moved[0] = 0;
  return moved;
}

/** The raw score of a line of which nothing is known yet: {@link movedBy} adds up from there. */
export function startOf({ second, forest }: Model): number {
  return biasOf(second?.forest ?? forest);
}

/** The spread of a feature, by its place in {@link featuresOf}, over the lines of a class. */
export function populationOf(
  { second, population }: Model,
  kind: 'ordinary' | 'gateway',
  feature: number,
): FeaturePopulation {
  const extras = second?.extras.length ?? 0;
  return feature < extras ? second!.population[kind][feature]! : population[kind][feature - extras]!;
}

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
  return shareBeyond(populationOf(model, 'ordinary', feature), value, direction);
}

/** The features that pushed a row toward a gateway, strongest first, at most `limit`. Equal ones in the order of the features. */
export function reasonsFor(model: Model, x: Float64Array, offset: number, limit: number): Reason[] {
  const moved = movedBy(model, x, offset);
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

/** The features that pushed a row away from a gateway, strongest first, at most `limit`, with what each took off the raw score. */
export function heldBy(
  model: Model,
  x: Float64Array,
  offset: number,
  limit: number,
): { feature: number; contribution: number; value: number }[] {
  const moved = movedBy(model, x, offset);
  return Array.from(moved.keys())
    .filter((feature) => moved[feature]! < 0)
    .sort((a, b) => moved[a]! - moved[b]! || a - b)
    .slice(0, limit)
    .map((feature) => ({ feature, contribution: moved[feature]!, value: x[offset + feature]! }));
}

/** High or low against the middle of ordinary lines; on it, the side where gateways are. */
function sideOf(model: Model, feature: number, value: number): Reason['side'] {
  if (Number.isNaN(value)) return 'missing';
  const ordinary = medianOf(populationOf(model, 'ordinary', feature));
  if (value !== ordinary) return value < ordinary ? 'low' : 'high';
  return medianOf(populationOf(model, 'gateway', feature)) < ordinary ? 'low' : 'high';
}
