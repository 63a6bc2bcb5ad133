import type { Dataset } from './forest.ts';

/** How one feature is spread over the lines of a class: points of its distribution, with exact shares on both sides. */
export interface FeaturePopulation {
  /** Lines counted. */
  rows: number;
  /** Share of them where the value is missing. */
  missing: number;
  /** Values, ascending, at certain quantiles, more of them toward the ends; each value once. Empty where all are missing. */
  values: number[];
  /** Share of the lines with a value that are below each of `values`. */
  below: number[];
  /** Share of the lines with a value that are at or below each of `values`. */
  atMost: number[];
}

const QUANTILES = [0, 0.0001, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999, 1] as const;

/** The spread of every feature over the rows of a class, by weight. */
export function populationOf(dataset: Dataset, kind: 0 | 1): FeaturePopulation[] {
  const width = dataset.features.length;
  const rows = Int32Array.from({ length: dataset.rows }, (_, row) => row).filter((row) => dataset.y[row] === kind);
  const weight = Float64Array.from(rows, (row) => dataset.weight[row]!);
  return dataset.features.map((_, feature) =>
    spreadOf(
      Float64Array.from(rows, (row) => dataset.x[row * width + feature]!),
      weight,
    ),
  );
}

/** The spread of values, by weight; NaN is a missing one. */
export function spreadOf(values: Float64Array, weight: Float64Array): FeaturePopulation {
  const all = weight.reduce((sum, one) => sum + one, 0);
  const present = Int32Array.from(values, (_, row) => row)
    .filter((row) => !Number.isNaN(values[row]!))
    .sort((a, b) => values[a]! - values[b]!);
  const total = present.reduce((sum, row) => sum + weight[row]!, 0);
  const population: FeaturePopulation = {
    rows: values.length,
    missing: all === 0 ? 1 : Math.max(0, 1 - total / all),
    values: [],
    below: [],
    atMost: [],
  };
  let sum = 0;
  let wanted = 0;
  for (let at = 0; at < present.length; ) {
    const here = values[present[at]!]!;
    const before = sum;
    for (; at < present.length && values[present[at]!] === here; at++) sum += weight[present[at]!]!;
    const share = at === present.length ? 1 : sum / total;
    if (share < QUANTILES[wanted]!) continue;
    while (wanted < QUANTILES.length && share >= QUANTILES[wanted]!) wanted++;
    population.values.push(here + 0);
    population.below.push(before / total);
    population.atMost.push(share);
  }
  return population;
}

/**
 * Share of the lines that are at least as far out as `value`: at or above it (`high`), at or below it (`low`), or missing like it
 * (`missing`). Never below one line of those counted, for the first two of those with a value, since fewer cannot be told; null where no line
 * had a value.
 */
export function shareBeyond(
  population: FeaturePopulation,
  value: number,
  side: 'high' | 'low' | 'missing',
): number | null {
  const { rows, values, below, atMost, missing } = population;
  if (side === 'missing') return Math.max(1 / Math.max(1, rows), missing);
  if (values.length === 0 || Number.isNaN(value)) return null;
  const least = 1 / Math.max(1, rows * (1 - missing));
  const next = values.findIndex((one) => one >= value);
  let share: number;
  if (next < 0) share = side === 'high' ? 0 : 1;
  else if (values[next] === value) share = side === 'high' ? 1 - below[next]! : atMost[next]!;
  else if (next === 0) share = side === 'high' ? 1 : 0;
  else {
    const along = (value - values[next - 1]!) / (values[next]! - values[next - 1]!);
    const under = atMost[next - 1]! + along * (below[next]! - atMost[next - 1]!);
    share = side === 'high' ? 1 - under : under;
  }
  return Math.max(least, share);
}

/** The value half of the lines do not exceed, from the nearest point; NaN where no line had a value. */
export function medianOf(population: FeaturePopulation): number {
  return quantileOf(population, 0.5);
}

/** The value that a share of the lines do not exceed, from the nearest point; NaN where no line had a value. */
export function quantileOf({ values, atMost }: FeaturePopulation, share: (typeof QUANTILES)[number]): number {
  const at = atMost.findIndex((one) => one >= share);
  return at < 0 ? Number.NaN : values[at]!;
}
