/**
 * Digits as they stand in a message: four bits each, the low half of a byte first (TBCD of 3GPP TS 29.002 §17.7.8, address
 * signals of ITU-T Q.763 §3.9, mobile identity of 3GPP TS 24.008 §10.5.1.4). No text is made until one is asked for.
 */
export interface Digits {
  data: Buffer;
  /** Number of the half byte of the first digit: 2 × offset, one more where the digits begin in a high half. */
  nibble: number;
  /** Digits, fillers and end-of-pulsing signals taken off; 0 where the message has none. */
  count: number;
  /** Nature of address (Q.763 §3.9: 1 subscriber, 3 national, 4 international); type of number of 24.008 and 29.002 brought to it; 0 unknown. */
  nature: number;
  /** Numbering plan (1 E.164, 6 E.212, 7 E.214...); 0 unknown. */
  plan: number;
  /** Presentation (Q.763 §3.10: 0 allowed, 1 restricted, 2 not available). */
  presentation: number;
}

/** Natures of address. */
export const NATIONAL = 3;
export const INTERNATIONAL = 4;

const NOTHING = Buffer.alloc(0);
const SYMBOLS = '0123456789*#abcf';
const SIGNALS = '0123456789ABCDEF';

export function createDigits(): Digits {
  return { data: NOTHING, nibble: 0, count: 0, nature: 0, plan: 0, presentation: 0 };
}

export function clearDigits(digits: Digits): void {
  digits.count = 0;
  digits.nature = 0;
  digits.plan = 0;
  digits.presentation = 0;
}

/**
 * Points `digits` at data [start, end): up to the first filler (1111), which also ends digits that are an odd number.
 *
 * @param skip half bytes before the first digit: 1 where the first byte's low half is something else
 * @param most digits at most
 */
export function setDigits(digits: Digits, data: Buffer, start: number, end: number, skip: 0 | 1, most: number): void {
  const first = start * 2 + skip;
  const last = Math.min(end * 2, first + most);
  let at = first;
  while (at < last && digitAt(data, at) !== 15) at++;
  digits.data = data;
  digits.nibble = first;
  digits.count = Math.max(0, at - first);
}

/** Makes `to` the same view as `from`. */
export function copyDigits(to: Digits, from: Digits): void {
  to.data = from.data;
  to.nibble = from.nibble;
  to.count = from.count;
  to.nature = from.nature;
  to.plan = from.plan;
  to.presentation = from.presentation;
}

/** Text of the digits as sent; null where there are none. 10 to 14 are `*`, `#`, `a`, `b`, `c`. */
export function digitsText(digits: Digits): string | null {
  return textOf(digits, SYMBOLS);
}

/** The same of address signals (Q.763 §3.9): 10 to 14 are spare ones and the codes 11 and 12, `A` to `E`, as routing prefixes have them. */
export function signalsText(digits: Digits): string | null {
  return textOf(digits, SIGNALS);
}

function textOf({ data, nibble, count }: Digits, symbols: string): string | null {
  if (count === 0) return null;
  let text = '';
  for (let index = 0; index < count; index++) text += symbols[digitAt(data, nibble + index)]!;
  return text;
}

/**
 * Digits as bytes, the first one in the low half; `f` is the end of pulsing.
 *
 * @param filler the last half byte of an odd number of digits
 * @throws RangeError where `text` has another character
 */
export function encodeDigits(text: string, filler: 0 | 15): Buffer {
  const bytes = Buffer.alloc((text.length + 1) >> 1);
  for (let index = 0; index < text.length; index++) {
    const value = SYMBOLS.indexOf(text[index]!);
    if (value < 0) throw new RangeError(`no digit: ${text[index]}`);
    bytes[index >> 1]! |= value << ((index & 1) * 4);
  }
  if ((text.length & 1) === 1) bytes[bytes.length - 1]! |= filler << 4;
  return bytes;
}

function digitAt(data: Buffer, nibble: number): number {
  const byte = data[nibble >> 1] ?? 0xff;
  return (nibble & 1) === 0 ? byte & 15 : byte >> 4;
}
