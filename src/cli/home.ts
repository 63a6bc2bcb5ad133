import { localZone } from '../base/zones.ts';
import { listCaptures } from '../capture/list.ts';
import type { CollectOptions } from '../scan/collect.ts';
import { findHomeCountry } from '../scan/home-country.ts';
import { sayBeside } from './report.ts';

/**
 * The options with the home country that the captures show, where none was given, and with its local time, where it has one and none was
 * given; says which. A store keeps to what it was begun with, and standard input cannot be read twice: there the country has to be given.
 */
export async function atHome<O extends CollectOptions & { timeZone?: string | null }>(
  options: O,
  captures: readonly string[],
  store: string | undefined,
): Promise<O> {
  const homeCountry = options.homeCountry ?? (store === undefined ? await homeOf(options, captures) : null);
  if (options.timeZone !== null) return { ...options, homeCountry };
  const timeZone = localZone(null, homeCountry);
  if (timeZone !== null) sayBeside(`local time ${timeZone}, of ${homeCountry} (--time-zone sets another)`);
  return { ...options, homeCountry, timeZone };
}

async function homeOf(options: CollectOptions, captures: readonly string[]): Promise<string | null> {
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
