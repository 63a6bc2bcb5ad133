import { EXTENDED_HEADER, HEADER, LONG } from './mtp2.ts';

/** Check bytes that may stand behind a unit (Q.703 §2.2.9). */
const CHECK_BYTES = 2;
/** Spare bits of sequence numbers of 12 bits, and of a length indicator in two bytes; of one in one byte (Q.703 Annex A, §2.2). */
const SPARE_NUMBER = 0x70;
const SPARE_LENGTH = 0xfe;
const SPARE = 0xc0;
/** Units by which a link is known: so many of the other format make it known as nothing. */
const SURE = 8;
/** Links remembered; then all are forgotten. */
const LINKS = 4096;

/**
 * Tells which links have sequence numbers of 7 bits and which of 12 (ITU-T Q.703 §2.2, Annex A), where the capture does not: by the length
 * indicators of their units, of which each agrees with the bytes that are there in one of the formats, and by chance in both.
 */
export class Mtp2Formats {
  /** By link: above 0 for 7 bits, below for 12. */
  private readonly seen = new Map<number, number>();

  /** Whether the unit data [start, end) of the link `key` is of 12 bits; null where it is of neither format, nor its link known. */
  isExtended(key: number, data: Buffer, start: number, end: number): boolean | null {
    const basic = fitsBasic(data, start, end);
    const extended = fitsExtended(data, start, end);
    let seen = this.seen.get(key) ?? 0;
    if (basic !== extended) {
      seen = basic ? Math.min(SURE, seen + 1) : Math.max(-SURE, seen - 1);
      if (this.seen.size >= LINKS) this.seen.clear();
      this.seen.set(key, seen);
    }
    return !basic && !extended && seen === 0 ? null : seen < 0;
  }
}

function fitsBasic(data: Buffer, start: number, end: number): boolean {
  const rest = end - start - HEADER;
  if (rest < 0 || (data[start + 2]! & SPARE) !== 0) return false;
  const length = data[start + 2]!;
  return length === LONG ? rest >= LONG : rest === length || rest === length + CHECK_BYTES;
}

function fitsExtended(data: Buffer, start: number, end: number): boolean {
  const rest = end - start - EXTENDED_HEADER;
  if (rest < 0 || ((data[start + 1]! | data[start + 3]!) & SPARE_NUMBER) !== 0) return false;
  if ((data[start + 5]! & SPARE_LENGTH) !== 0) return false;
  const length = data[start + 4]! | (data[start + 5]! << 8);
  return rest === length || rest === length + CHECK_BYTES;
}
