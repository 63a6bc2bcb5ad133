import { getRegionCodeForCountryCode, getSupportedRegionCodes, parsePhoneNumber } from 'awesome-phonenumber';
import { countryCodeOf } from './numbers.ts';

/** Which country's numbers some are, by how they look alone. */
export interface NumberForm {
  /** ISO 3166-1 code. */
  region: string;
  /** How many of those looked at are such. */
  signs: number;
  of: number;
}

/** Numbers at least; so many are looked at, and so many before countries are left out that hardly any of them fits. */
const LEAST = 20;
const MOST = 200;
const FIRST = 12;
/** Share of the numbers that the country needs, and that no other one may have: many plans have nearly all numbers of ten digits. */
const SHARE = 0.98;
const OTHERS = 0.5;

/**
 * The one country whose numbers these are, all written alike: mobile ones as it dials them itself, or any from its country code on without `+`.
 *
 * @param numbers digits, without `+` or an international prefix
 * @returns null where they are few, fit no country, or several
 */
export function regionOfForm(numbers: Iterable<string>): NumberForm | null {
  const some: string[] = [];
  for (const number of numbers) if (some.push(number) === MOST) break;
  const of = some.length;
  if (of < LEAST) return null;
  const first = some.slice(0, FIRST);
  const signs = new Map<string, number>();
  for (const region of getSupportedRegionCodes()) {
    if (2 * fits(first, region) >= first.length) signs.set(region, fits(some, region));
  }
  for (const number of some) {
    const code = countryCodeOf(number);
    const region = code === null ? null : regionOfCode(code);
    // Those that fit as they are dialled as well were counted.
    if (region !== null && !isNational(number, region)) signs.set(region, (signs.get(region) ?? 0) + 1);
  }
  const [best, second] = [...signs].sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] < SHARE * of || (second !== undefined && second[1] > OTHERS * of)) return null;
  return { region: best[0], signs: best[1], of };
}

function fits(numbers: readonly string[], region: string): number {
  return numbers.reduce((sum, number) => sum + (isNational(number, region) ? 1 : 0), 0);
}

/**
 * Whether a number is a mobile one as this country dials it: with its trunk prefix or without, but not from its country code on. Nearly any
 * digits are a fixed line of some country.
 */
function isNational(number: string, region: string): boolean {
  const parsed = parsePhoneNumber(number, { regionCode: region });
  return parsed.valid && parsed.regionCode === region && isMobile(parsed.type) && parsed.number.e164 !== `+${number}`;
}

function isMobile(type: string): boolean {
  return type === 'mobile' || type === 'fixed-line-or-mobile';
}

/** The country that gives a shared country code its numbering plan; null where it is no country's. */
export function regionOfCode(code: string): string | null {
  if (code === '') return null;
  const region = getRegionCodeForCountryCode(Number(code));
  return /^[A-Z]{2}$/.test(region) && region !== 'ZZ' ? region : null;
}
