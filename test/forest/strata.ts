import type { Seen, Stratum, Threshold } from '../../src/forest/thresholds.ts';

/** The threshold that was set for lines of which so much was seen, undefined where there is none. */
export function thresholdFor(
  strata: readonly Stratum[],
  { basis, hours }: Omit<Seen, 'calls'>,
  rate: number,
): Threshold | undefined {
  const stratum = strata.findLast((one) => one.basis === basis && hours >= one.hours);
  return stratum?.thresholds.find((one) => one.rate === rate);
}
