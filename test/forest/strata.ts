import type { Seen, Stratum, Threshold } from '../../src/forest/thresholds.ts';

/** The threshold that was set for all lines of which so much was seen, undefined where there is none. @param acts of those that did so much */
export function thresholdFor(
  strata: readonly Stratum[],
  { basis, hours }: Omit<Seen, 'acts'>,
  rate: number,
  acts = 0,
): Threshold | undefined {
  const stratum = strata.findLast((one) => one.basis === basis && one.acts === acts && hours >= one.hours);
  return stratum?.thresholds.find((one) => one.rate === rate);
}
