import type { Random } from '../base/random.ts';

/** A number between `low` and `high`, each factor as likely: for ranges over orders of magnitude. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.next();
}

/** A whole number in [low, high], small ones more likely. */
export function logInteger(random: Random, low: number, high: number): number {
  return Math.min(high, Math.floor(logUniform(random, low, high + 1)));
}

/** One of the keys, each as likely as its weight. */
export function weighted<K extends string>(random: Random, weights: Readonly<Partial<Record<K, number>>>): K {
  const keys = Object.keys(weights) as K[];
  let total = 0;
  for (const key of keys) total += weights[key] ?? 0;
  let left = random.next() * total;
  for (const key of keys) {
    left -= weights[key] ?? 0;
    if (left < 0) return key;
  }
  return keys[keys.length - 1]!;
}

/** Three significant digits: what a person would write in a scenario, and what YAML gives back unchanged. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** A mixture of log-normal durations, seconds. */
export interface Durations {
  /** Of each part: weight, median in seconds, sigma of the logarithm. */
  parts: readonly (readonly [weight: number, median: number, sigma: number])[];
  least: number;
  most: number;
}

/** One duration, seconds. */
export function duration(random: Random, of: Durations): number {
  let total = 0;
  for (const part of of.parts) total += part[0];
  let left = random.next() * total;
  let chosen = of.parts[0]!;
  for (const part of of.parts) {
    chosen = part;
    left -= part[0];
    if (left < 0) break;
  }
  return Math.min(of.most, Math.max(of.least, random.logNormal(chosen[1], chosen[2])));
}

/** A duration mixture with every median multiplied, and every sigma. */
export function scaled(of: Durations, factor: number, spread = 1): Durations {
  return {
    ...of,
    parts: of.parts.map(([weight, median, sigma]) => [weight, median * factor, sigma * spread] as const),
  };
}
