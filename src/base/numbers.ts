import {
  getCountryCodeForRegionCode,
  getExample,
  getRegionCodeForCountryCode,
  getSupportedRegionCodes,
  parsePhoneNumber,
} from 'awesome-phonenumber';
import { UserError } from './errors.ts';
import { RecentTexts } from './recent.ts';

/** Numbers that took the slow path and are remembered; then all are forgotten and it begins anew. */
const REMEMBERED = 65_536;
/** Longest text that is taken for a number: E.164 has 15 digits, prefixes and separators come on top. */
const TEXT_MAX = 64;
const DIGITS_MAX = 24;
/** Shorter than this, digits are an extension or a service and stay as they are. */
const SUBSCRIBER_MIN = 7;
const SUBSCRIBER_MAX = 15;

/** International prefixes in use (ITU-T E.164 supplement: list of dialling procedures), the longer before its own beginning. */
const INTERNATIONAL_PREFIXES = [
  '00700',
  '0011',
  '0014',
  '0015',
  '0021',
  '0031',
  '0041',
  '8~10',
  '001',
  '002',
  '009',
  '010',
  '011',
  '119',
  '810',
  '00',
];

/** Before a number that is dialled with its caller shown or withheld for the call (3GPP TS 22.030 §6.5.4: codes 31, `*31#` and `#31#`). */
const SUPPRESSED = /^[*#]31#[\d+]/;
const SERVICE_LENGTH = 4;

/** A carrier that is chosen by call, and the trunk or international prefix after it. */
const CARRIER_OF_CHINA = /^(?:1[12]\d\d\d|179\d\d|10193)0/;
/** The same in Germany (Bundesnetzagentur: 010xy and 0100yy): no area has a code that begins so. */
const CARRIER_OF_GERMANY = /^010(?:0\d\d|[1-9]\d)(?=0)/;

/**
 * True of digits that can be a subscriber's number: 7 to 15 of them (ITU-T E.164 §6.1).
 */
export function isSubscriberNumber(digits: string): boolean {
  if (digits.length < SUBSCRIBER_MIN || digits.length > SUBSCRIBER_MAX) return false;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** Country code of a number in E.164 digits without `+`; null where no country has such a number. */
export function countryCodeOf(digits: string): string | null {
  const parsed = isSubscriberNumber(digits) ? parsePhoneNumber(`+${digits}`) : null;
  return parsed?.valid === true ? String(parsed.countryCode) : null;
}

/** What a nature of address says of digits: they begin with a country code (4), they are a national number without a trunk prefix (3). */
export type Signed = 'international' | 'national' | null;

/** Brings numbers as dialled and as signalled to E.164 digits without `+`, by the numbering plan of one country. */
export class NumberPlan {
  /** ISO 3166-1 code of the home country; null without one. */
  readonly region: string | null;
  /** Country code of the home country, '' without one. */
  private readonly code: string = '';
  /** International prefixes of the home country, longest first, and `00` everywhere. */
  private readonly prefixes: readonly string[];
  /** The trunk prefix is 0, so that any longer number that begins with it is national. */
  private readonly zeroTrunk: boolean = false;
  /** Digits that national numbers of subscribers have at least and at most, by the examples of the plan. */
  private readonly lengths: readonly [number, number] = [SUBSCRIBER_MIN, 0];
  private readonly remembered = new Map<string, string>();
  private readonly recent = new RecentTexts<string | null>();

  /**
   * @param homeCountry ISO 3166-1 code of two letters; null where national numbers are to stay as they are
   * @throws UserError where there is no such country
   */
  constructor(homeCountry: string | null) {
    if (homeCountry === null) {
      this.region = null;
      this.prefixes = ['00'];
      return;
    }
    const region = homeCountry.toUpperCase();
    if (!getSupportedRegionCodes().includes(region)) {
      throw new UserError(`unknown country ${homeCountry}: give its two letters (ISO 3166), for instance CN`);
    }
    this.region = region;
    this.code = String(getCountryCodeForRegionCode(region));
    this.prefixes = INTERNATIONAL_PREFIXES.filter((prefix) => prefix === '00' || dialsAbroad(region, prefix));
    this.zeroTrunk = hasZeroTrunk(region);
    this.lengths = lengthsOf(region);
  }

  /**
   * E.164 digits of `text`: visual separators, `+`, international and trunk prefix taken off, the home country added. Null where
   * it is no number (letters, `*`, `#`) or has fewer than 3 digits. Digits that fit no plan stay as they are. A
   * `;phone-context=+86` (RFC 3966 §5.1.5) goes before the number; other parameters are left out.
   *
   * @param sign what the nature of address says where the digits do not: national numbers get the country code though they are outside
   * the plan
   */
  normalise(text: string, sign: Signed = null): string | null {
    if (sign === 'international') return this.read(text, true);
    if (sign === 'national') return this.readNational(text);
    const known = this.recent.get(text);
    return known !== undefined ? known : this.recent.put(text, this.read(text, false));
  }

  /**
   * The digits by which events name a line that a person or a file names: its number with the country code, with `+` or without, or as dialled
   * at home; or its IMSI. Where the digits can be both, as in traffic the number at home comes first.
   */
  named(text: string): string {
    const given = text.replace(/^\+/, '');
    if (given !== text) return given;
    const number = this.normalise(text) ?? given;
    return number === given || given.startsWith('0') || countryCodeOf(number) !== null ? number : given;
  }

  private read(text: string, international: boolean): string | null {
    let digits = '';
    let plus = international;
    let run = 0;
    const length = text.length;
    if (length > TEXT_MAX && !text.includes(';')) return null;
    let at = 0;
    // Mostly the text is digits alone, after a plus or not: then it is one slice.
    for (; at < length; at++) {
      const c = text.charCodeAt(at);
      if (c >= 0x30 && c <= 0x39) continue;
      if (c === 0x3b) break;
      if (c === 0x2b && at === 0) {
        plus = true;
        run = 1;
      } else if (c === 0x2d || c === 0x2e || c === 0x28 || c === 0x29 || c === 0x20) {
        digits += text.slice(run, at);
        run = at + 1;
      } else {
        return at === 0 && SUPPRESSED.test(text) ? this.read(text.slice(SERVICE_LENGTH), international) : null;
      }
    }
    digits = run === 0 && at === length ? text : digits + text.slice(run, at);
    if (at < length && !plus) {
      const context = /;phone-context="?\+([\d\-.()]+)/i.exec(text);
      if (context !== null && digits.length >= 3 && digits.length <= DIGITS_MAX)
        return this.inContext(context[1]!.replace(/\D/g, ''), digits);
    }
    if (digits.length < 3 || digits.length > DIGITS_MAX) return null;
    return this.complete(digits, plus);
  }

  /**
   * A number in the context of the digits before it (RFC 3966 §5.1.5). Networks write there the country, or the country and area, of whoever
   * dials, and the digits are as dialled there: with a trunk, carrier or international prefix, or those of a service.
   */
  private inContext(code: string, digits: string): string {
    const region = regionOf(code);
    if (region === null) return code + digits;
    const whole = parsePhoneNumber(`+${code}${digits}`);
    if (whole.valid) return whole.number.e164.slice(1);
    const plan = numberPlan(region);
    const found = plan.complete(digits, false);
    return found !== digits || digits.length < SUBSCRIBER_MIN ? found : plan.withoutTrunk(code + digits);
  }

  private readNational(text: string): string | null {
    const found = this.read(text, false);
    // The plan knows it, or it has a prefix; what is too long may have a country code after all.
    if (found === null || found !== text || text.startsWith('0')) return found;
    const [least, most] = this.lengths;
    return text.length >= least && text.length <= most ? this.code + text : found;
  }

  /** A home number behind the 9 that leaves a company's exchange, and the trunk prefix. */
  private fromCompany(digits: string): string {
    if (!this.zeroTrunk || !digits.startsWith('90')) return digits;
    const parsed = parsePhoneNumber(digits.slice(1), { regionCode: this.region! });
    return parsed.valid && parsed.regionCode === this.region ? parsed.number.e164.slice(1) : digits;
  }

  /** A home number that kept its trunk prefix behind the country code: `+44 (0)20 ...`. */
  private withoutTrunk(digits: string): string {
    const at = this.code.length;
    if (!this.zeroTrunk || digits.charCodeAt(at) !== 0x30 || !digits.startsWith(this.code)) return digits;
    const [least, most] = this.lengths;
    const length = digits.length - at - 1;
    return length >= least && length <= most ? this.code + digits.slice(at + 1) : digits;
  }

  private complete(digits: string, plus: boolean): string {
    const length = digits.length;
    if (digits.charCodeAt(0) === 0x30 || !plus) {
      for (const prefix of this.prefixes) {
        if (digits.startsWith(prefix) && length - prefix.length >= SUBSCRIBER_MIN)
          return this.withoutTrunk(digits.slice(prefix.length));
      }
    }
    if (plus) return this.withoutTrunk(digits);
    if (this.region === null || length < SUBSCRIBER_MIN) return digits;
    if (this.zeroTrunk && digits.charCodeAt(0) === 0x30) {
      if (this.code === '49' && CARRIER_OF_GERMANY.test(digits))
        return this.complete(digits.replace(CARRIER_OF_GERMANY, ''), false);
      if (length > this.lengths[1] + 1) {
        // Longer than trunk prefix and number: there may be a carrier between (Brazil), which the numbering plan knows.
        const found = this.lookUp(digits);
        if (found !== digits) return found;
      }
      return length > SUBSCRIBER_MIN ? this.code + digits.slice(1) : digits;
    }
    // Carriers of China (11, 12 and 179 with two digits more, 10193) stand before whatever is dialled. Before a trunk or international
    // prefix the numbering plan does not know them.
    if (this.code === '86' && length > 13 && CARRIER_OF_CHINA.test(digits))
      return this.complete(digits.slice(5), false);
    // Mobile numbers of China are known by sight: 1, then 3 to 9, eleven digits in all.
    if (this.code === '86' && length === 11 && digits.charCodeAt(0) === 0x31 && digits.charCodeAt(1) >= 0x33) {
      return `86${digits}`;
    }
    return this.lookUp(digits);
  }

  /** National or international without a sign of it: the numbering plan decides. */
  private lookUp(digits: string): string {
    const known = this.remembered.get(digits);
    if (known !== undefined) return known;
    let found = digits;
    // Where national numbers have a trunk prefix, what begins with the country's code has it.
    const hasCode = this.zeroTrunk && digits.startsWith(this.code) && parsePhoneNumber(`+${digits}`).valid;
    const parsed = hasCode ? null : parsePhoneNumber(digits, { regionCode: this.region! });
    if (parsed === null) {
      found = this.withoutTrunk(digits);
    } else if (parsed.valid) {
      found = parsed.number.e164.slice(1);
    } else {
      const abroad = parsePhoneNumber(`+${digits}`);
      if (abroad.valid) found = abroad.number.e164.slice(1);
      else found = this.fromCompany(digits);
    }
    if (this.remembered.size >= REMEMBERED) this.remembered.clear();
    this.remembered.set(digits, found);
    return found;
  }
}

/** The country whose code digits begin with, the first of those that share one; null where there is none. */
function regionOf(code: string): string | null {
  for (let length = 1; length <= 3 && length <= code.length; length++) {
    const region = getRegionCodeForCountryCode(Number(code.slice(0, length)));
    if (getSupportedRegionCodes().includes(region)) return region;
  }
  return null;
}

const plans = new Map<string | null, NumberPlan>();

/** The plan of a country, one for all who ask, so that what it found out of a number is found out once. Throws as {@link NumberPlan}. */
export function numberPlan(homeCountry: string | null): NumberPlan {
  let plan = plans.get(homeCountry);
  if (plan === undefined) plans.set(homeCountry, (plan = new NumberPlan(homeCountry)));
  return plan;
}

/** Whether the plan of `region` reads `prefix` before a foreign number as the way abroad. */
function dialsAbroad(region: string, prefix: string): boolean {
  const foreign = ['442071838750', '81312345678', '8613812345678'].filter((number) => {
    const parsed = parsePhoneNumber(`+${number}`);
    return parsed.valid && parsed.regionCode !== region;
  });
  return foreign.every((number) => {
    const parsed = parsePhoneNumber(prefix + number, { regionCode: region });
    return parsed.valid && parsed.number.e164 === `+${number}`;
  });
}

/** Whether a 0 before the national number of `region` is its trunk prefix, and all that dialling at home adds. */
function hasZeroTrunk(region: string): boolean {
  return (['fixed-line', 'mobile'] as const).every((type) => {
    const number = exampleOf(region, type);
    if (number === undefined) return true;
    const { significant, national, e164 } = number;
    if (significant.startsWith('0') || national.replace(/\D/g, '').replace(/^0/, '') !== significant) return false;
    const parsed = parsePhoneNumber(`0${significant}`, { regionCode: region });
    return parsed.valid && parsed.number.e164 === e164;
  });
}

function lengthsOf(region: string): [number, number] {
  const lengths = (['fixed-line', 'mobile'] as const).flatMap(
    (type) => exampleOf(region, type)?.significant.length ?? [],
  );
  return [Math.max(SUBSCRIBER_MIN, Math.min(...lengths)), Math.max(0, ...lengths)];
}

/** A number of the plan; undefined where it has none of the type, for which the library throws. */
function exampleOf(region: string, type: 'fixed-line' | 'mobile') {
  try {
    return getExample(region, type).number;
  } catch {
    return undefined;
  }
}
