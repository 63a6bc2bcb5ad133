import type { Stop } from '../../base/stop.ts';

/**
 * One element of the basic encoding rules (ITU-T X.690 §8.1) by its place: reused for every element. Offsets are into the
 * Buffer that was read.
 */
export interface Tlv {
  /** Identifier octets as one number: 0x30, 0xa1, of a long tag 0xbf32 (X.690 §8.1.2). */
  tag: number;
  /** First identifier octet. */
  at: number;
  /** Contents, as far as they are there. */
  start: number;
  end: number;
  /** After the whole element, end-of-contents octets included. */
  next: number;
  /** Octets that the length claims and the input lacks; 2 where the end of an indefinite length was not found. */
  missing: number;
  /** Why there is no element here; '' where there is one. */
  wrong: string;
}

/** Indefinite lengths open at once (a TCAP message has about ten levels). */
const DEPTH_MAX = 32;
/** Identifier octets of a long tag. */
const TAG_OCTETS_MAX = 4;

export function createTlv(): Tlv {
  return { tag: 0, at: 0, start: 0, end: 0, next: 0, missing: 0, wrong: '' };
}

/**
 * Reads the element at `at` of data [at, end). An element that is longer than the input has `missing` and what is there.
 *
 * @returns false where the identifier or length octets themselves cannot be read; `tlv.wrong` says why, `tlv.start` where
 */
export function readTlv(data: Buffer, at: number, end: number, tlv: Tlv): boolean {
  let cursor = at + 1;
  tlv.at = at;
  if (cursor >= end) return fail(tlv, at >= end ? at : cursor, at >= end ? 'identifier octet' : 'length octet');
  let tag = data[at]!;
  if ((tag & 0x1f) === 0x1f) {
    for (let octet = 0x80; octet >= 0x80; ) {
      if (cursor >= end) return fail(tlv, cursor, 'identifier octet');
      if (cursor - at === TAG_OCTETS_MAX) return fail(tlv, cursor, 'long tag');
      octet = data[cursor++]!;
      tag = tag * 256 + octet;
    }
    if (cursor >= end) return fail(tlv, cursor, 'length octet');
  }
  let length = data[cursor++]!;
  tlv.tag = tag;
  if (length > 0x7f) {
    if (length === 0x80) return readIndefinite(data, cursor, end, tlv);
    const octets = length & 0x7f;
    if (octets > end - cursor) return fail(tlv, cursor, 'length octet');
    length = 0;
    for (const last = cursor + octets; cursor < last; cursor++) length = length * 256 + data[cursor]!;
  }
  const left = end - cursor;
  tlv.start = cursor;
  tlv.wrong = '';
  if (length <= left) {
    tlv.missing = 0;
    tlv.next = tlv.end = cursor + length;
  } else {
    tlv.missing = length - left;
    tlv.next = tlv.end = end;
  }
  return true;
}

/** Whether the element holds elements (X.690 §8.1.2.5). */
export function isConstructed(tag: number): boolean {
  let first = tag;
  while (first > 0xff) first = Math.floor(first / 256);
  return (first & 0x20) !== 0;
}

/** Where reading stopped at `tlv`: it was wrong, or has octets missing. `base` is the offset of the layer's input. */
export function tlvStop(layer: string, base: number, end: number, tlv: Tlv): Stop {
  if (tlv.wrong !== '') {
    return { layer, offset: tlv.start - base, need: 1, have: Math.max(0, end - tlv.start), reason: tlv.wrong };
  }
  const have = tlv.end - tlv.start;
  return { layer, offset: tlv.start - base, need: have + tlv.missing, have, reason: `length of ${tagText(tlv.tag)}` };
}

/** Signed integer of at most 6 octets (X.690 §8.3); -1 where it is empty or longer. */
export function readInteger(data: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length === 1) return (data[start]! << 24) >> 24;
  if (length < 1 || length > 6) return -1;
  return data.readIntBE(start, length);
}

function tagText(tag: number): string {
  return `tag ${tag.toString(16).padStart(2, '0')}`;
}

/** The end-of-contents octets of the element whose contents begin at `start` (X.690 §8.1.5), by walking over what is inside. */
function readIndefinite(data: Buffer, start: number, end: number, tlv: Tlv): boolean {
  const { tag } = tlv;
  if (!isConstructed(tag)) return fail(tlv, start - 1, 'indefinite length of a primitive');
  tlv.start = start;
  tlv.wrong = '';
  tlv.missing = 2;
  tlv.end = tlv.next = end;
  let depth = 1;
  let cursor = start;
  while (cursor + 1 < end) {
    if (data[cursor] === 0 && data[cursor + 1] === 0) {
      cursor += 2;
      if (--depth > 0) continue;
      tlv.missing = 0;
      tlv.end = cursor - 2;
      tlv.next = cursor;
      return true;
    }
    const header = headerLength(data, cursor, end);
    // What is wrong inside is found by who reads it; here it only means that the end is not known.
    if (header < 0) return true;
    if (lengthOctet(data, cursor) === 0x80) {
      if (++depth > DEPTH_MAX) return fail(tlv, cursor, 'depth');
      cursor += header;
    } else {
      cursor += header + definiteLength(data, cursor, header);
    }
  }
  return true;
}

/** Identifier and length octets of the element at `at`; -1 where they are not all there. */
function headerLength(data: Buffer, at: number, end: number): number {
  const length = lengthAt(data, at);
  if (length >= end || length - at > TAG_OCTETS_MAX) return -1;
  const octet = data[length]!;
  const after = length + 1 + (octet > 0x80 ? octet & 0x7f : 0);
  return after > end ? -1 : after - at;
}

/** Offset of the first length octet. */
function lengthAt(data: Buffer, at: number): number {
  let cursor = at + 1;
  if ((data[at]! & 0x1f) !== 0x1f) return cursor;
  while (cursor - at < TAG_OCTETS_MAX && data[cursor]! >= 0x80) cursor++;
  return cursor + 1;
}

function lengthOctet(data: Buffer, at: number): number {
  return data[lengthAt(data, at)]!;
}

function definiteLength(data: Buffer, at: number, header: number): number {
  const first = lengthAt(data, at);
  const octet = data[first]!;
  if (octet < 0x80) return octet;
  let length = 0;
  for (let cursor = first + 1; cursor < at + header; cursor++) length = length * 256 + data[cursor]!;
  return length;
}

function fail(tlv: Tlv, at: number, reason: string): false {
  tlv.start = at;
  tlv.end = at;
  tlv.next = at;
  tlv.missing = 1;
  tlv.wrong = reason;
  return false;
}
