import type { Bytes } from '../message.ts';

/**
 * What RANAP needs of the aligned packed encoding rules (ITU-T X.691): open types and octet strings by their length
 * determinant. All else that is read stands at octet boundaries, by the structure of its messages.
 */
export interface OpenType extends Bytes {
  /** After the last octet; where the end is missing, the end of the input. */
  next: number;
  /** Octets that the length claims and the input lacks; 1 where the length itself is cut short. */
  missing: number;
}

const NOTHING = Buffer.alloc(0);
const FRAGMENT = 16_384;

export function createOpenType(): OpenType {
  return { data: NOTHING, start: 0, end: 0, next: 0, missing: 0 };
}

/**
 * Octets behind a length determinant at `at` (X.691 §11.9): one octet up to 127, two up to 16383, beyond that fragments of
 * 16384 to 65536 octets, which are put together as far as they are there.
 */
export function readOpenType(data: Buffer, at: number, end: number, out: OpenType): void {
  out.data = data;
  out.missing = 0;
  out.start = out.end = out.next = end;
  if (at >= end) {
    out.missing = 1;
    return;
  }
  const octet = data[at]!;
  if (octet >= 0xc0) {
    readFragments(data, at, end, out);
    return;
  }
  if (octet > 0x7f && at + 1 >= end) {
    out.missing = 1;
    return;
  }
  const length = octet < 0x80 ? octet : ((octet & 0x3f) << 8) | data[at + 1]!;
  const start = at + (octet < 0x80 ? 1 : 2);
  const left = end - start;
  out.start = start;
  if (length <= left) {
    out.end = out.next = start + length;
  } else {
    out.missing = length - left;
  }
}

function readFragments(data: Buffer, at: number, end: number, out: OpenType): void {
  const parts: Buffer[] = [];
  let more = true;
  while (more) {
    const octet = at < end ? data[at]! : -1;
    more = octet >= 0xc0;
    const long = octet > 0x7f && !more;
    if (octet < 0 || (long && at + 1 >= end)) {
      out.missing = 1;
      break;
    }
    const length = more ? (octet & 0x3f) * FRAGMENT : long ? ((octet & 0x3f) << 8) | data[at + 1]! : octet;
    at += long ? 2 : 1;
    const there = Math.min(length, end - at);
    parts.push(data.subarray(at, at + there));
    at += there;
    if (there < length) {
      out.missing = length - there;
      break;
    }
  }
  out.data = Buffer.concat(parts);
  out.start = 0;
  out.end = out.data.length;
  out.next = at;
}
