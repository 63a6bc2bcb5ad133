import { latin1, u16 } from '../base/bytes.ts';
import type { NumberPlan, Signed } from '../base/numbers.ts';
import { alphabetText, septetAt } from '../ss7/alphabet.ts';
import { type Digits, INTERNATIONAL, NATIONAL } from '../ss7/digits.ts';
import type { Bytes, CellView, Nas } from '../ss7/message.ts';
import { afterRoutingNumber, PORTABILITY_PREFIX } from './ss7/routing.ts';

/**
 * Digits kept after their message is gone, as plain data: 0 for none; up to 15 decimal digits as a number, a 1 before them (so that
 * leading zeros stay), a 2 where they are a national number, negative where they begin with a country code; else text, `+` before
 * a country code, `~` before a routing number that a directory number follows, `"` before a name that stands for a number.
 */
export type Packed = number | string;

/** Nature of address of a number behind a routing number (ITU-T Q.763 §3.9). */
const ROUTED = 8;
/** A double holds a 1 and 15 digits. */
const MOST = 15;
const SYMBOLS = Buffer.from('0123456789*#abc', 'latin1');
const SCRATCH = Buffer.alloc(64);
const PLUS = 0x2b;
const TILDE = 0x7e;
const QUOTE = 0x22;
const ZERO = 0x30;

export function pack({ data, nibble, count, nature }: Digits): Packed {
  if (count === 0) return 0;
  if (count > MOST || nature === ROUTED) return packText(data, nibble, count, nature);
  let value = nature === NATIONAL ? 2 : 1;
  for (let at = nibble; at < nibble + count; at++) {
    const byte = data[at >> 1] ?? 0;
    const digit = (at & 1) === 0 ? byte & 15 : byte >> 4;
    if (digit > 9) return packText(data, nibble, count, nature);
    value = value * 10 + digit;
  }
  return nature === INTERNATIONAL ? -value : value;
}

/** Who sent a short message or is to get it: a number, else a name. */
export function packParty({ smsAddress, smsName }: Pick<Nas, 'smsAddress' | 'smsName'>): Packed {
  if (smsAddress.count > 0) return pack(smsAddress);
  const name = alphabetText(smsName);
  return name === null ? 0 : `"${name}`;
}

/** Up to 16 digits that stand as characters; 0 where there is another one among them. */
export function packAscii({ data, start, end }: Bytes): Packed {
  if (start >= end || end - start > MOST + 1) return 0;
  let value = 1;
  for (let at = start; at < end; at++) {
    const digit = data[at]! - ZERO;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  return end - start > MOST ? data.toString('latin1', start, end) : value;
}

function packText(data: Buffer, nibble: number, count: number, nature: number): string {
  // A text that is put together piece by piece is held in as many pieces: of an IMEISV they take half a kilobyte.
  const text = count < SCRATCH.length ? SCRATCH : Buffer.alloc(count + 1);
  let length = 0;
  if (nature === INTERNATIONAL) text[length++] = PLUS;
  else if (nature === ROUTED) text[length++] = TILDE;
  for (let at = nibble; at < nibble + count; at++) {
    const byte = data[at >> 1] ?? 0;
    const digit = (at & 1) === 0 ? byte & 15 : byte >> 4;
    if (digit < SYMBOLS.length) text[length++] = SYMBOLS[digit]!;
  }
  return latin1(text, 0, length);
}

/** Numbers whose texts are remembered: registers and exchanges come again in each event, subscribers in many. A power of two. */
const REMEMBERED = 16_384;

/** What packed numbers say: one place for each hash, taken over by who came last, so that it never grows. */
export class Remembered<T> {
  private readonly keys = new Float64Array(REMEMBERED);
  private readonly values = new Array<T | undefined>(REMEMBERED).fill(undefined);

  /** What a packed number other than 0 says; undefined where it is not known any more. */
  get(packed: number): T | undefined {
    const slot = slotOf(packed);
    return this.keys[slot] === packed ? this.values[slot] : undefined;
  }

  set(packed: number, value: T): T {
    const slot = slotOf(packed);
    this.keys[slot] = packed;
    this.values[slot] = value;
    return value;
  }

  clear(): void {
    this.values.fill(undefined);
  }
}

function slotOf(packed: number): number {
  const hash = Math.imul((packed | 0) ^ Math.imul((packed / 0x1_0000_0000) | 0, 0x85ebca6b), 0x9e3779b1);
  return (hash >>> 16) & (REMEMBERED - 1);
}

const sent = new Remembered<string>();
const normal = new Remembered<string>();
/** The plan that `normal` is of. */
let ofPlan: NumberPlan | null = null;

/** The digits as sent; null where there are none. */
export function digitsOf(packed: Packed): string | null {
  if (packed === 0) return null;
  if (typeof packed === 'number') return sent.get(packed) ?? sent.set(packed, decimal(Math.abs(packed)));
  return packed.replace(MARK, '');
}

/** What stands before digits that are kept as text, or before a name. */
const MARK = /^[+~"]/;

/**
 * The decimal digits of a number after its first one, as a text that stands by itself: one cut out of a longer text costs all who look at
 * its characters the way over that.
 */
function decimal(value: number): string {
  let at = SCRATCH.length;
  for (let rest = value; rest > 0; ) {
    // Eight digits at a time, which a small integer holds.
    const high = Math.floor(rest / 1e8);
    let low = rest - high * 1e8;
    for (let digits = high > 0 ? 8 : 1; digits > 0 || low > 0; digits--) {
      SCRATCH[--at] = ZERO + (low % 10);
      low = Math.trunc(low / 10);
    }
    rest = high;
  }
  return latin1(SCRATCH, at + 1, SCRATCH.length);
}

/** E.164 digits without `+` as the plan brings them to, the digits as sent where they fit no plan, a name as it is; null where there are none. */
export function numberOf(packed: Packed, plan: NumberPlan): string | null {
  if (packed === 0) return null;
  if (plan !== ofPlan) {
    normal.clear();
    ofPlan = plan;
  }
  const known = typeof packed === 'number' ? normal.get(packed) : undefined;
  if (known !== undefined) return known;
  const digits = digitsOf(packed);
  if (digits === null) return null;
  if (typeof packed === 'string' && packed.charCodeAt(0) === QUOTE) return digits;
  if (typeof packed === 'string' && (packed.charCodeAt(0) === TILDE || PORTABILITY_PREFIX.test(packed)))
    return afterRoutingNumber(digits, plan);
  const number = plan.normalise(digits, signOf(packed)) ?? digits;
  return typeof packed === 'number' ? normal.set(packed, number === digits ? digits : compact(number)) : number;
}

/** A text of at most as many characters as there is scratch, held in one piece: of one put together or cut out, each look goes through its pieces. */
function compact(text: string): string {
  for (let i = 0; i < text.length; i++) SCRATCH[i] = text.charCodeAt(i);
  return latin1(SCRATCH, 0, text.length);
}

/** The number that `more` follows on: overlap dialling (ITU-T Q.763, SAM). */
export function join(packed: Packed, more: Packed): Packed {
  const digits = digitsOf(packed);
  const rest = digitsOf(more);
  if (rest === null) return packed;
  const all = `${digits ?? ''}${rest}`;
  if (typeof packed === 'string' && packed.charCodeAt(0) === TILDE) return `~${all}`;
  const sign = signOf(packed);
  if (all.length > MOST || !DECIMAL.test(all)) return `${sign === 'international' ? '+' : ''}${all}`;
  const value = Number(`${sign === 'national' ? 2 : 1}${all}`);
  return sign === 'international' ? -value : value;
}

const DECIMAL = /^\d+$/;

/** What the nature of address said of the digits. */
function signOf(packed: Packed): Signed {
  if (typeof packed === 'string') return packed.startsWith('+') ? 'international' : null;
  return packed < 0 ? 'international' : packed >= 2 * 10 ** Math.floor(Math.log10(packed)) ? 'national' : null;
}

/** A cell kept as plain data: MCC, MNC, digits of the MNC, area, cell; -1 where absent. */
export type PackedCell = readonly [number, number, number, number, number];

export function packCell({ mcc, mnc, mncDigits, lac, ci }: CellView): PackedCell | null {
  if (mcc < 0 && lac < 0 && ci < 0) return null;
  // An element that had to be there and was left empty, as osmo-msc does in HANDOVER COMMAND: no country has the code 000 (E.212 Annex A).
  if (mcc === 0 && lac <= 0 && ci <= 0) return null;
  return [mcc, mnc, mncDigits, lac, ci];
}

/** Hexadecimal text; '' where there is nothing. */
export function packBytes({ data, start, end }: Bytes): string {
  return start >= end ? '' : data.toString('hex', start, end);
}

/** Most characters of a service code, and octets of these in 7 bits each. */
const CODE_LONGEST = 24;
const CODE_OCTETS = 21;
/** Data coding of UCS2 after a language indication (23.038 §5). */
const UCS2_IN_LANGUAGE = 0x11;

/**
 * The service code that a user dialled (`*100#`); '' where the string is none: what people write is not kept. Seven bits a
 * character, packed (3GPP TS 23.038 §6.1.2.3), or eight, or 16 (UCS2), where the data coding says so (§5).
 */
export function packServiceCode(bytes: Bytes, coding: number): string {
  const { data, end } = bytes;
  const group = coding >> 4;
  const isGeneral = group >= 4 && group <= 7;
  let text: string;
  if (coding === UCS2_IN_LANGUAGE || (isGeneral && (coding & 0x0c) === 8)) {
    // The name of the language is two characters of seven bits.
    const start = bytes.start + (coding === UCS2_IN_LANGUAGE ? 2 : 0);
    text = end - start > 2 * CODE_LONGEST ? '' : ucs2Text(data, start, end);
  } else {
    const isOctets = (isGeneral && (coding & 0x0c) === 4) || (group === 15 && (coding & 4) !== 0);
    text = end - bytes.start > CODE_OCTETS ? '' : characterText(bytes, isOctets);
  }
  return isServiceCode(text) ? text : '';
}

function characterText(bytes: Bytes, isOctets: boolean): string {
  const { data, start, end } = bytes;
  const count = isOctets ? end - start : Math.floor(((end - start) * 8) / 7);
  let text = '';
  for (let i = 0; i < count; i++) {
    const code = isOctets ? data[start + i]! : septetAt(bytes, i);
    // A carriage return or a zero fills the last octet.
    if ((code === 0x0d || code === 0) && i === count - 1) break;
    text += String.fromCharCode(code);
  }
  return text;
}

function ucs2Text(data: Buffer, start: number, end: number): string {
  let text = '';
  for (let at = start; at + 1 < end; at += 2) text += String.fromCharCode(u16(data, at));
  return text;
}

/** Data coding of characters of eight bits (23.038 §5), such as those of IA5 strings. */
export const EIGHT_BITS = 0xf4;

/** Whether a text is a code of a supplementary service or of USSD (3GPP TS 22.030 §6.5.2). */
export function isServiceCode(text: string): boolean {
  return SERVICE_CODE.test(text);
}

const SERVICE_CODE = /^(?:[*#]{1,3}[\d*#]*#|\d{1,2})$/;
