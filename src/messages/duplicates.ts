import { hashBytes, viewOf } from '../base/bytes.ts';
import { type Payload, Transport } from '../network/payload.ts';
import { EXTENDED_HEADER, HEADER } from '../ss7/link/mtp2.ts';
import { LABEL_BYTES } from '../ss7/link/mtp3.ts';
import type { Msu } from '../ss7/message.ts';

/** Exact copies of a message are marked within this time, milliseconds: a mirror port sends a packet twice. */
const WINDOW_MS = 10;
/** A signalling transfer point sends a message on within this time, milliseconds. */
const TRANSFER_MS = 1000;

/**
 * Marks exact copies: the same bytes between the same addresses and ports within 10 ms. A retransmission (RFC 3261 timer A
 * starts at 500 ms) comes later and is no copy.
 *
 * Remembers four messages a place in a table small enough for the processor's cache, so a copy can be missed where four messages of
 * 10 ms fall on its place; no message is ever called a copy of another whose 64-bit digest or length differs.
 */
export class Duplicates {
  /** Of each message both halves of its digest, its length (0: none) and its time. The four of a place lie in one line of the cache. */
  private readonly words: Int32Array;
  private readonly mask: number;

  /** @param slots a quarter of them are remembered, in fours: that misses fewer copies than all of them one by one */
  constructor(slots: number) {
    let places = 256;
    while (places * 16 < slots) places *= 2;
    this.mask = places - 1;
    this.words = new Int32Array(places * PLACE);
  }

  /** Remembers the message in bytes [start, end) of the payload, and tells whether it is a copy of one just seen. */
  isCopy(data: Buffer, start: number, end: number, payload: Payload): boolean {
    digest(data, start, end);
    const { header, sourceAt, destinationAt, addressLength } = payload;
    low = hashBytes(header, sourceAt, sourceAt + addressLength, low);
    low = hashBytes(header, destinationAt, destinationAt + addressLength, low);
    low = Math.imul(low ^ ((payload.sourcePort << 16) | payload.destinationPort), 0x85ebca6b);
    low ^= low >>> 15;
    const { words } = this;
    const time = timeOf(payload);
    const place = (low & this.mask) * PLACE;
    let oldest = place;
    let age = -1;
    for (let at = place; at < place + PLACE; at += WORDS) {
      const apart = words[at + 2] === 0 ? FOREVER : Math.abs((time - words[at + TIME]!) | 0);
      if (apart <= WINDOW_MS * 10 && words[at] === high && words[at + 1] === low && words[at + 2] === end - start)
        return true;
      if (apart > age) {
        age = apart;
        oldest = at;
      }
    }
    words[oldest] = high;
    words[oldest + 1] = low;
    words[oldest + 2] = end - start;
    words[oldest + TIME] = time;
    return false;
  }
}

/**
 * Marks message signal units that were seen before: the same user part with the same OPC, DPC and SLS on another link within a second,
 * as a probe on both sides of an STP sees it, or on the same link within 10 ms; on a link of MTP2 also what is retransmitted, by its
 * sequence number, within a second. Remembers four messages a place, and which link each
 * came on, in a table that is as large as the messages of a second need, so that it stays in the processor's cache: a copy can be
 * missed where more than four messages of a second fall on a place.
 */
export class MsuDuplicates {
  /** Of each message both halves of its digest, which counts its length in, its link and its time; both halves 0: none. */
  private words = new Int32Array(PLACES_FIRST * PLACE);
  private mask = PLACES_FIRST - 1;
  private readonly most: number;
  /** Messages that were put in since the time, in tenths of a millisecond. */
  private count = 0;
  private since = 0;

  /** @param slots messages that may be remembered, at most */
  constructor(slots: number) {
    this.most = Math.floor(slots / (PLACE / WORDS));
  }

  /** Remembers the message and tells whether it is a copy of one just seen. */
  isCopy(msu: Msu, payload: Payload): boolean {
    const { data, start, end } = msu;
    digest(data, start, end);
    low = Math.imul(low ^ msu.opc, 0x85ebca6b);
    low ^= low >>> 15;
    low = Math.imul(low ^ msu.dpc, 0xc2b2ae35);
    low ^= low >>> 13;
    low = Math.imul(low ^ ((msu.sls << 4) | msu.serviceIndicator), 0x85ebca6b);
    low ^= low >>> 15;
    high = Math.imul(high ^ (end - start), 0xc2b2ae35);
    const { header, sourceAt, destinationAt, addressLength } = payload;
    let link = hashBytes(header, sourceAt, sourceAt + addressLength);
    link = hashBytes(header, destinationAt, destinationAt + addressLength, link);
    link ^= (payload.sourcePort << 16) | payload.destinationPort;
    const sequence = payload.transport === Transport.mtp2 ? sequenceOf(msu, payload) : 0;
    link ^= sequence;
    const { words } = this;
    const time = timeOf(payload);
    const place = (low & this.mask) * PLACE;
    let oldest = place;
    let age = -1;
    for (let at = place; at < place + PLACE; at += WORDS) {
      const apart = isFree(words, at) ? FOREVER : Math.abs((time - words[at + TIME]!) | 0);
      if (words[at] === high && words[at + 1] === low) {
        const within = windowOf((words[at + LINK]! ^ link) >>> 0, sequence, payload);
        if (apart <= within * 10) return true;
        oldest = at;
        break;
      }
      if (apart > age) {
        age = apart;
        oldest = at;
      }
    }
    words[oldest] = high;
    words[oldest + 1] = low;
    words[oldest + LINK] = link;
    words[oldest + TIME] = time;
    if (this.count++ === 0) this.since = time;
    if (this.count * 4 > this.mask) this.turn(time);
    return false;
  }

  /** A quarter as many messages came as there are places: twice the places where that was within a second. */
  private turn(time: number): void {
    const places = this.mask + 1;
    this.count = 0;
    if (Math.abs((time - this.since) | 0) > TRANSFER_MS * 10 || places * 2 > this.most) return;
    const { words: old } = this;
    const words = new Int32Array(2 * old.length);
    this.mask = 2 * places - 1;
    for (let from = 0; from < old.length; from += WORDS) {
      if (isFree(old, from)) continue;
      let to = (old[from + 1]! & this.mask) * PLACE;
      while (!isFree(words, to)) to += WORDS;
      words.set(old.subarray(from, from + WORDS), to);
    }
    this.words = words;
  }
}

function isFree(words: Int32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0;
}

/** Words of a message, after the two halves of its digest. */
const LINK = 2;
/** Tenths of a millisecond, which begin anew every five days. */
const TIME = 3;
const WORDS = 4;
/** Words of the four messages of a place, which lie in one line of the processor's cache. */
const PLACE = 16;
const PLACES_FIRST = 256;
const FOREVER = 0x7fff_ffff;

function timeOf({ seconds, nanoseconds }: Payload): number {
  return (Math.imul(seconds | 0, 10_000) + ((nanoseconds / 100_000) | 0)) | 0;
}

/** Of a message that looks like an earlier one: how long after it, milliseconds, it is a copy. @param other how their links differ, bit by bit */
function windowOf(other: number, sequence: number, payload: Payload): number {
  // A link of MTP2 says its sequence number in the bits of the port that it has not.
  if (sequence > 0 && other <= 0xffff) return other === 0 ? TRANSFER_MS : WINDOW_MS;
  if (other !== 0) return TRANSFER_MS;
  // Chunks of SCTP and bytes of TCP come here once, however often a mirror shows them: what is alike on one association was sent twice.
  return isNumbered(payload) ? -1 : WINDOW_MS;
}

/**
 * One more than the forward sequence number (ITU-T Q.703 §2.2.5; Annex A: 12 bits) of the unit that a message came in, which a retransmission
 * keeps (§5.3); its indicator bit and what it acknowledges change. 0 where the capture has zeros in place of sequence numbers.
 */
function sequenceOf(msu: Msu, { data, start }: Payload): number {
  const header = msu.start - LABEL_BYTES[msu.variant] - 1 - start;
  if (header === HEADER) return data[start] === 0 && data[start + 1] === 0 ? 0 : 1 + (data[start + 1]! & 0x7f);
  if (header !== EXTENDED_HEADER) return 0;
  const forward = data[start + 2]! | (data[start + 3]! << 8);
  return forward === 0 && data[start] === 0 && data[start + 1] === 0 ? 0 : 1 + (forward & 0xfff);
}

/** Transports that number what they carry. */
function isNumbered({ transport }: Payload): boolean {
  return transport === Transport.sctp || transport === Transport.tcp;
}

let low = 0;
let high = 0;

/**
 * Two 32-bit digests of bytes [start, end), into `low` and `high`. Four words of four bytes at a step, each in a sum of its own,
 * because a processor multiplies four numbers that do not wait for each other in the time of one.
 */
function digest(data: Buffer, start: number, end: number): void {
  const view = viewOf(data);
  let a = 0x9e3779b9 | 0;
  let b = 0x7f4a7c15 | 0;
  let c = 0x165667b1;
  let d = 0x27d4eb2f;
  let at = start;
  for (const last = end - 16; at <= last; at += 16) {
    const w = Math.imul(a ^ view.getInt32(at, true), 0x85ebca6b);
    const x = Math.imul(b ^ view.getInt32(at + 4, true), 0xc2b2ae35);
    const y = Math.imul(c ^ view.getInt32(at + 8, true), 0x85ebca6b);
    const z = Math.imul(d ^ view.getInt32(at + 12, true), 0xc2b2ae35);
    a = w ^ (x >>> 15);
    b = x ^ (y >>> 15);
    c = y ^ (z >>> 15);
    d = z ^ (w >>> 15);
  }
  for (const last = end - 4; at <= last; at += 4) {
    b = Math.imul(b ^ view.getInt32(at, true), 0xc2b2ae35);
    b ^= b >>> 15;
  }
  for (; at < end; at++) {
    a = Math.imul(a ^ data[at]!, 0x01000193);
    c = Math.imul(c ^ data[at]!, 0x85ebca6b);
    c ^= c >>> 15;
  }
  low = Math.imul(a ^ (b >>> 16) ^ (b << 16), 0xc2b2ae35) ^ c;
  low ^= low >>> 13;
  high = Math.imul(c ^ (d >>> 16) ^ (d << 16), 0x85ebca6b) + a + b;
  high ^= high >>> 16;
}
