import { encodeAddressString, encodeTbcd } from '../tcap/ber-encode.ts';

/** One mobile identity: digits, or a TMSI as an unsigned number. */
export type Identity = { imsi: string } | { imei: string } | { imeisv: string } | { tmsi: number };

/** A location area, MCC and MNC in digits. */
export interface Area {
  mcc: string;
  mnc: string;
  lac: number;
}

/** Mobile identity (3GPP TS 24.008 §10.5.1.4), without its length. */
export function encodeIdentity(identity: Identity): Buffer {
  if ('tmsi' in identity) {
    const bytes = Buffer.of(0xf4, 0, 0, 0, 0);
    bytes.writeUInt32BE(identity.tmsi, 1);
    return bytes;
  }
  if ('imsi' in identity) return digitsIdentity(identity.imsi, 1);
  return 'imei' in identity ? digitsIdentity(identity.imei, 2) : digitsIdentity(identity.imeisv, 3);
}

/** The first digit beside kind and parity, then TBCD. */
function digitsIdentity(digits: string, kind: number): Buffer {
  const odd = (digits.length & 1) << 3;
  return Buffer.concat([Buffer.of((Number(digits[0]) << 4) | odd | kind), encodeTbcd(digits.slice(1))]);
}

/** MCC and MNC in three octets (24.008 §10.5.1.3). */
export function encodePlmn({ mcc, mnc }: { mcc: string; mnc: string }): Buffer {
  const digit = (text: string, index: number): number => (index < text.length ? Number(text[index]) : 15);
  return Buffer.of(
    (digit(mcc, 1) << 4) | digit(mcc, 0),
    (digit(mnc, 2) << 4) | digit(mcc, 2),
    (digit(mnc, 1) << 4) | digit(mnc, 0),
  );
}

/** Location area identification (24.008 §10.5.1.3), without its identifier. */
export function encodeArea(area: Area): Buffer {
  return Buffer.concat([encodePlmn(area), two(area.lac)]);
}

/** BCD number (24.008 §10.5.4.7, §10.5.4.9), without its length; the calling one has octet 3a, with its presentation. */
export function encodeNumber(digits: string, nature: number, presentation?: number): Buffer {
  const bytes = encodeAddressString(digits, nature);
  if (presentation === undefined) return bytes;
  return Buffer.concat([Buffer.of(bytes[0]! & 0x7f, 0x80 | (presentation << 5)), bytes.subarray(1)]);
}

/** Length and value. @throws RangeError where the value is longer than a length octet can say */
export function lv(...values: readonly Buffer[]): Buffer {
  const value = Buffer.concat(values);
  if (value.length > 255) throw new RangeError(`${value.length} octets in an element of at most 255`);
  return Buffer.concat([Buffer.of(value.length), value]);
}

/** Identifier, length and value. */
export function tlv(identifier: number, ...values: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(identifier), lv(...values)]);
}

/** Two octets, big-endian. */
export function two(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
