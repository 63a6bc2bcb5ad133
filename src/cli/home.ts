import { numberPlan } from '../base/numbers.ts';
import { localZone } from '../base/zones.ts';
import { listCaptures } from '../capture/list.ts';
import type { CollectOptions } from '../scan/collect.ts';
import { findHomeCountry } from '../scan/home-country.ts';
import { homeOfStore } from '../store/feed-state.ts';
import { STANDARD_FEED } from './options.ts';
import { sayBeside } from './report.ts';

/**
 * The options with the home country of the store, else the one that the captures show, where none was given, and with its local time,
 * where it has one and none was given; says which. Standard input cannot be read twice: there the country has to be given.
 *
 * @throws UserError where what was given is no country
 */
export async function atHome<O extends CollectOptions & { timeZone?: string | null }>(
  options: O,
  captures: readonly string[],
  store: string | undefined,
): Promise<O> {
  const homeCountry = numberPlan(options.homeCountry ?? (await homeOf(options, captures, store))).region;
  if (options.timeZone !== null) return { ...options, homeCountry };
  const timeZone = localZone(null, homeCountry);
  if (timeZone !== null) sayBeside(`local time ${timeZone}, of ${homeCountry} (--time-zone sets another)`);
  return { ...options, homeCountry, timeZone };
}

async function homeOf(
  options: CollectOptions,
  captures: readonly string[],
  store: string | undefined,
): Promise<string | null> {
  if (store !== undefined) {
    const isOne = captures.length > 0 || options.feed !== STANDARD_FEED;
    const begun = homeOfStore(store, isOne ? [options.feed] : undefined);
    if (typeof begun === 'string') sayBeside(`home country ${begun}, of the store`);
    // Numbers in a feed that was begun without one stay as they are.
    if (begun !== undefined) return begun;
  }
  const inputs = (await listCaptures(captures)).filter(({ kind }) => kind === 'file');
  if (inputs.length === 0) return null;
  const found = await findHomeCountry(inputs, options.limits, options.ss7Variant);
  if (found === null) {
    sayBeside('home country unknown: numbers without a country code stay as they are (--home-country)');
    return null;
  }
  sayBeside(`home country ${found.region}, by ${found.signs} of ${found.of} ${found.by} (--home-country sets another)`);
  return found.region;
}
