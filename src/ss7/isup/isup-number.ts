import { type Digits, setDigits } from '../digits.ts';

/**
 * A number with nature and plan as ISUP writes it and CAP and INAP carry it (Q.763 §3.9, §3.10, §3.16, §3.30, §3.39, §3.44): odd/even
 * and nature, plan and presentation, digits. The signal ST that ends the digits (1111) is taken off.
 *
 * @param presentation the number says whether it may be shown: all but the called party number
 * @returns false where the two octets are not there
 */
export function readIsupNumber(data: Buffer, from: number, to: number, presentation: boolean, out: Digits): boolean {
  if (to - from < 2) return false;
  const first = data[from]!;
  const second = data[from + 1]!;
  setDigits(out, data, from + 2, to, 0, (to - from - 2) * 2 - (first >> 7));
  out.nature = natureOf(first & 0x7f);
  out.plan = (second >> 4) & 7;
  out.presentation = presentation ? (second >> 2) & 3 : 0;
  return true;
}

/** T1.113.3 §3.6: 1110001, 1110011 and 1110100 are non-unique subscriber, national and international numbers; ITU has them spare. */
function natureOf(nature: number): number {
  return nature === 0x71 || nature === 0x73 || nature === 0x74 ? nature & 7 : nature;
}

/**
 * Offset of the cause value in cause indicators (Q.763 §3.12, Q.850 §2.2): after the location, and after an octet of recommendation
 * where the first one says so. -1 where it is not there.
 */
export function causeValueAt(data: Buffer, from: number, to: number): number {
  if (from >= to) return -1;
  const at = (data[from]! & 0x80) === 0 ? from + 2 : from + 1;
  return at < to ? at : -1;
}
