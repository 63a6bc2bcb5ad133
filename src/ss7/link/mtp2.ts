import { u16 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import type { Bytes } from '../message.ts';

/** Kinds of signal unit (ITU-T Q.703 §2.3.3), told by the length indicator. */
export const SignalUnit = { fillIn: 0, status: 1, message: 2 } as const;
export type SignalUnitKind = (typeof SignalUnit)[keyof typeof SignalUnit];

/** Q.703 §2.2: BSN and BIB, FSN and FIB, length indicator: a byte each. Annex A: two bytes each, low one first. */
export const HEADER = 3;
export const EXTENDED_HEADER = 6;
/** A length indicator of 6 bits that says "63 or more" (§2.3.3). */
export const LONG = 63;
/** Service information octet and the longest signalling information field (§2.3.8). */
const MOST = 1 + 272;
const CHECK_BYTES = 2;

/**
 * Reads the signal unit data [start, end), which begins with its backward sequence number; the two check bytes (Q.703 §2.2.9) may
 * or may not be there.
 *
 * @param extended sequence numbers of 12 bits and a length indicator of 9 (Annex A)
 * @param out range of the MTP3 message of a message signal unit
 * @returns the kind of signal unit, or where it stopped
 */
export function readMtp2(
  data: Buffer,
  start: number,
  end: number,
  extended: boolean,
  out: Bytes,
): SignalUnitKind | Stop {
  const header = extended ? EXTENDED_HEADER : HEADER;
  const have = end - start;
  if (have < header) return { layer: 'mtp2', offset: 0, need: header, have, reason: 'header' };
  const length = extended ? (data[start + 4] | (data[start + 5] << 8)) & 0x1ff : data[start + 2] & 0x3f;
  if (length === 0) return SignalUnit.fillIn;
  if (length <= 2) return SignalUnit.status;
  const body = start + header;
  out.data = data;
  out.start = body;
  const rest = end - body;
  if (extended || length < LONG) {
    // Some probes write a length that is not that of the unit: then all of it is the message.
    out.end = rest < length || rest === length + CHECK_BYTES || rest === length ? Math.min(end, body + length) : end;
    return SignalUnit.message;
  }
  const checked = rest > MOST || (rest >= LONG + CHECK_BYTES && hasCheck(data, start, end));
  out.end = checked ? Math.max(body, Math.min(end - CHECK_BYTES, body + MOST)) : end;
  return SignalUnit.message;
}

/** Remainders of the polynomial x^16 + x^12 + x^5 + 1, bits in the order of the line (Q.703 §4.2). */
const REMAINDERS = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder & 1) === 1 ? (remainder >> 1) ^ 0x8408 : remainder >> 1;
  REMAINDERS[byte] = remainder;
}

/** The 16 check bits of data [start, end) (Q.703 §4.2); they stand behind it with the low byte first. */
export function checkBits(data: Uint8Array, start: number, end: number): number {
  let remainder = 0xffff;
  for (let at = start; at < end; at++) remainder = (remainder >> 8) ^ REMAINDERS[(remainder ^ data[at]) & 0xff];
  return remainder ^ 0xffff;
}

function hasCheck(data: Buffer, start: number, end: number): boolean {
  const bits = u16(data, end - CHECK_BYTES);
  return checkBits(data, start, end - CHECK_BYTES) === (((bits & 0xff) << 8) | (bits >> 8));
}
