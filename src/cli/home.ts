import { listCaptures } from '../capture/list.ts';
import { findHomeCountry } from '../scan/home-country.ts';
import { type CaptureArguments, collectOptionsOf } from './options.ts';
import { sayBeside } from './report.ts';

/**
 * The arguments with the home country that the captures show, where none was given, and says which it is. A store keeps to what it was begun
 * with, and standard input cannot be read twice: there it has to be given.
 */
export async function withHomeCountry<A extends Omit<CaptureArguments, 'capture'> & { store?: string | undefined }>(
  args: A,
  captures: string[],
): Promise<A> {
  if (args.homeCountry !== undefined || args.store !== undefined) return args;
  const inputs = (await listCaptures(captures)).filter(({ kind }) => kind === 'file');
  if (inputs.length === 0) return args;
  const { limits, ss7Variant } = collectOptionsOf({ ...args, capture: captures });
  const found = await findHomeCountry(inputs, limits, ss7Variant);
  if (found === null) {
    sayBeside('home country unknown: numbers without a country code stay as they are (--home-country)');
    return args;
  }
  sayBeside(`home country ${found.region}, by ${found.signs} of ${found.of} ${found.by} (--home-country sets another)`);
  return { ...args, homeCountry: found.region };
}
