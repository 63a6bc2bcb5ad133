import type { NumberPlan } from '../../base/numbers.ts';

/**
 * Digits of every national number (ITU-T E.164 national numbering plans, as ITU publishes them) of countries where all have as many:
 * what stands before so many is a routing number.
 */
const CLOSED_PLANS: Record<string, number> = {
  CA: 10,
  CH: 9,
  CZ: 9,
  DK: 8,
  ES: 9,
  FR: 9,
  GR: 10,
  IN: 10,
  NL: 9,
  PL: 9,
  PT: 9,
  RO: 9,
  RU: 10,
  TR: 10,
  UA: 9,
  US: 10,
};

/** Germany: a hexadecimal D and three digits (Bundesnetzagentur, Portierungskennungen). */
const GERMAN_PREFIX = /^b\d{3}(?=\d)/;

/** Codes 12 to 14 of address signals, which no dialled number begins with, as digits are told in text: a prefix of number portability. */
export const PORTABILITY_PREFIX = /^[abc](?=\d)/;

/**
 * The directory number behind a routing number (ITU-T Q.769.1 §6.1: concatenated addressing), E.164 digits without `+`; all digits behind
 * the hexadecimal one where nothing tells how many are of the routing number.
 *
 * @param digits as sent, `a` to `c` for the codes 12 to 14
 */
export function afterRoutingNumber(digits: string, plan: NumberPlan): string {
  const { region } = plan;
  if (region === 'DE' && GERMAN_PREFIX.test(digits)) return nationalOf(digits.slice(4), plan);
  const rest = digits.replace(PORTABILITY_PREFIX, '');
  const length = region === null ? undefined : CLOSED_PLANS[region];
  return length !== undefined && rest.length > length ? nationalOf(rest.slice(-length), plan) : rest;
}

function nationalOf(digits: string, plan: NumberPlan): string {
  return plan.normalise(digits, 'national') ?? digits;
}
