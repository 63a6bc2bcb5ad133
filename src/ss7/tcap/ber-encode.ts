/**
 * Bytes of one element of the basic encoding rules, definite length in its shortest form (ITU-T X.690 §8.1).
 *
 * @param tag identifier octets as one number: 0x30, 0xbf32
 */
export function encodeTlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of contents) length += part.length;
  const head: number[] = [];
  for (let shift = tag; shift > 0; shift = Math.floor(shift / 256)) head.unshift(shift & 0xff);
  if (length < 0x80) head.push(length);
  else if (length < 0x100) head.push(0x81, length);
  else head.push(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.from(head), ...contents]);
}

/** A signed integer in as few octets as it takes, at most 4 (X.690 §8.3). */
export function encodeInteger(tag: number, value: number): Buffer {
  const octets: number[] = [];
  let left = value;
  do {
    octets.unshift(left & 0xff);
    left >>= 8;
  } while ((left !== 0 || octets[0]! >= 0x80) && (left !== -1 || octets[0]! < 0x80));
  return encodeTlv(tag, Buffer.from(octets));
}

const SYMBOLS = '0123456789*#abc';

/** TBCD-STRING (3GPP TS 29.002 §17.7.8): two digits an octet, the first in the low half, 1111 after an odd number. */
export function encodeTbcd(digits: string): Buffer {
  const bytes = Buffer.alloc((digits.length + 1) >> 1, 0xff);
  for (let index = 0; index < digits.length; index++) {
    const value = SYMBOLS.indexOf(digits[index]!);
    const at = index >> 1;
    bytes[at] = (index & 1) === 0 ? 0xf0 | value : (bytes[at]! & 0x0f) | (value << 4);
  }
  return bytes;
}

/** Octet of type of number by nature of address (Q.763 §3.9): unknown, subscriber, unknown, national, international. */
const TYPES = [0x80, 0xc0, 0x80, 0xa0, 0x90] as const;

/**
 * AddressString (29.002 §17.7.8).
 *
 * @param nature of address: 4 international; @param plan 1 E.164, 6 E.212, 7 E.214
 */
export function encodeAddressString(digits: string, nature = 4, plan = 1): Buffer {
  return Buffer.concat([Buffer.from([(TYPES[nature] ?? 0x80) | plan]), encodeTbcd(digits)]);
}
