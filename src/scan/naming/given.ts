import { numberPlan } from '../../base/numbers.ts';
import type { Naming } from '../../features/naming/naming.ts';
import type { LinesOptions } from '../run.ts';

/**
 * What a line may be called that somebody names by an IMSI, by a number as dialled in the home country, or by what a pseudonymous store
 * hides: its own name first.
 *
 * @param epochSeconds when it is called so; Infinity: last
 */
export function namesGiven(
  given: string,
  naming: Naming,
  epochSeconds: number,
  { homeCountry, lake }: Pick<LinesOptions, 'homeCountry' | 'lake'>,
): string[] {
  const pseudonyms = lake?.store.pseudonyms ?? null;
  const number = numberPlan(homeCountry).normalise(given);
  const names = [given.replace(/^\+/, ''), ...(number === null ? [] : [number])];
  const hidden = pseudonyms === null ? [] : names.map((name) => pseudonyms.name(name));
  const time = { s: epochSeconds, ns: 0 };
  const called = [...names, ...hidden].flatMap((name) => [
    name,
    naming.lineOf({ imsi: name, msisdn: null, aor: null, time }) ?? name,
  ]);
  return [...new Set(called)];
}
