import { listCaptures } from '../capture/list.ts';
import type { CollectOptions } from '../scan/collect.ts';
import { findHomeCountry } from '../scan/home-country.ts';
import { sayBeside } from './report.ts';

/**
 * The options with the home country that the captures show, where none was given, and says which it is. A store keeps to what it was begun
 * with, and standard input cannot be read twice: there it has to be given.
 */
export async function atHome<O extends CollectOptions>(
  options: O,
  captures: readonly string[],
  store: string | undefined,
): Promise<O> {
  if (options.homeCountry !== null || store !== undefined) return options;
  const inputs = (await listCaptures(captures)).filter(({ kind }) => kind === 'file');
  if (inputs.length === 0) return options;
  const found = await findHomeCountry(inputs, options.limits, options.ss7Variant);
  if (found === null) {
    sayBeside('home country unknown: numbers without a country code stay as they are (--home-country)');
    return options;
  }
  sayBeside(`home country ${found.region}, by ${found.signs} of ${found.of} ${found.by} (--home-country sets another)`);
  return { ...options, homeCountry: found.region };
}
