import { clearDigits, createDigits, setDigits } from '../digits.ts';
import { type SccpAddress, Ss7Variant, type Ss7VariantId } from '../message.ts';

/** Address indicator (Q.713 §3.4.1 figure 4). ANSI has the first two the other way round (T1.112.3 §3.4.1). */
export const POINT_CODE_PRESENT = 1;
export const SSN_PRESENT = 2;
export const ROUTE_ON_SSN = 0x40;
/** ANSI: coded as T1.112 says; without it, as Q.713 says. ITU: for national use, no meaning here. */
export const ANSI_NATIONAL = 0x80;

/** Bytes of a point code: T1.111.4, GF 001-9001 and JT-Q704 besides the 14 bits of Q.704. */
export function pointCodeBytes(variant: Ss7VariantId): 2 | 3 {
  return variant === Ss7Variant.ansi || variant === Ss7Variant.china ? 3 : 2;
}

export function createAddress(): SccpAddress {
  return { present: false, pointCode: -1, ssn: -1, title: createDigits(), translationType: -1 };
}

export function clearAddress(address: SccpAddress): void {
  address.present = false;
  address.pointCode = -1;
  address.ssn = -1;
  address.translationType = -1;
  clearDigits(address.title);
}

/** Reads a called or calling party address, data [from, to). Returns null, or what is missing. */
export function readAddress(
  data: Buffer,
  from: number,
  to: number,
  variant: Ss7VariantId,
  out: SccpAddress,
): string | null {
  clearAddress(out);
  if (from >= to) return 'address indicator';
  out.present = true;
  const indicator = data[from]!;
  let at = from + 1;
  const ansi =
    variant === Ss7Variant.ansi && ((indicator & ANSI_NATIONAL) !== 0 || to - from === ansiLength(indicator));
  if (ansi) {
    if ((indicator & 1) !== 0) {
      if (at >= to) return 'subsystem number';
      out.ssn = data[at++]!;
    }
    if ((indicator & 2) !== 0) {
      if (at + 3 > to) return 'point code';
      out.pointCode = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
      at += 3;
    }
  } else {
    if ((indicator & POINT_CODE_PRESENT) !== 0) {
      const bytes = variant === Ss7Variant.ansi ? 2 : pointCodeBytes(variant);
      if (at + bytes > to) return 'point code';
      out.pointCode = data[at]! | (data[at + 1]! << 8);
      if (bytes === 3) out.pointCode |= data[at + 2]! << 16;
      else if (variant !== Ss7Variant.japan) out.pointCode &= 0x3fff;
      at += bytes;
    }
    if ((indicator & SSN_PRESENT) !== 0) {
      if (at >= to) return 'subsystem number';
      out.ssn = data[at++]!;
    }
  }
  return readTitle(data, at, to, titleFormat((indicator >> 2) & 15, ansi), out);
}

/**
 * Bytes of an address without a title that is coded as T1.112 says; -1 of one with a title. No address of Q.713 with the same
 * indicator has as many, so they tell those that lack the national bit.
 */
function ansiLength(indicator: number): number {
  if (((indicator >> 2) & 15) !== 0) return -1;
  return 1 + ((indicator & 1) !== 0 ? 1 : 0) + ((indicator & 2) !== 0 ? 3 : 0);
}

/** Global title indicators of ITU (Q.713 §3.4.2.3); those of ANSI (T1.112.3 §3.4.2.3) are brought to them. */
function titleFormat(indicator: number, ansi: boolean): number {
  if (!ansi) return indicator;
  return indicator === 1 ? 3 : indicator === 2 ? 2 : 0;
}

/** Global title formats: 1 nature, 2 translation type, 3 with numbering plan, 4 with both. Others are reserved and not read. */
function readTitle(data: Buffer, at: number, to: number, format: number, out: SccpAddress): string | null {
  if (format === 0 || format > 4) return null;
  const { title } = out;
  const header = format < 3 ? 1 : format - 1;
  if (at + header > to) return 'global title';
  let odd = false;
  if (format === 1) {
    odd = (data[at]! & 0x80) !== 0;
    title.nature = data[at]! & 0x7f;
  } else {
    out.translationType = data[at]!;
    if (format >= 3) {
      const scheme = data[at + 1]!;
      title.plan = scheme >> 4;
      odd = (scheme & 15) === 1;
      if (format === 4) title.nature = data[at + 2]! & 0x7f;
    }
  }
  at += header;
  setDigits(title, data, at, to, 0, (to - at) * 2 - (odd ? 1 : 0));
  return null;
}
