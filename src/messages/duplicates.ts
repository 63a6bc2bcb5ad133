import { hashBytes, viewOf } from '../base/bytes.ts';
import { type Payload, Transport } from '../network/payload.ts';
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
    low = hashBytes(header, sourceAt, sourceAt + addressLength, low) | 0;
    low = hashBytes(header, destinationAt, destinationAt + addressLength, low) | 0;
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
 * as a probe on both sides of an STP sees it, or on the same link within 10 ms. Remembers one message a slot in a fixed table, and which
 * link it came on: a copy can be missed where two messages of a second share a slot.
 */
export class MsuDuplicates {
  private readonly seen: Seen;

  /** @param slots at least this many messages are remembered */
  constructor(slots: number) {
    this.seen = new Seen(slots);
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
    const { header, sourceAt, destinationAt, addressLength } = payload;
    let link = hashBytes(header, sourceAt, sourceAt + addressLength);
    link = hashBytes(header, destinationAt, destinationAt + addressLength, link);
    link = (link ^ ((payload.sourcePort << 16) | payload.destinationPort)) | 0;
    const { seen } = this;
    const place = seen.placeOf(low);
    const rest = restOf(end - start);
    if (seen.isAt(place, high, rest)) {
      // Chunks of SCTP and bytes of TCP come here once, however often a mirror shows them: what is alike on one association was sent twice.
      const within = seen.linkAt(place) !== link ? TRANSFER_MS : isNumbered(payload) ? -1 : WINDOW_MS;
      if (seen.apart(place, payload) <= within) return true;
    }
    seen.put(place, high, rest, link, payload);
    return false;
  }
}

/** What was seen last of each slot. The words of a place lie in one line of the processor's cache. */
class Seen {
  private readonly words: Int32Array;
  private readonly mask: number;

  /** @param slots at least this many places */
  constructor(slots: number) {
    let size = 1024;
    while (size < slots) size *= 2;
    this.mask = size - 1;
    this.words = new Int32Array(size * WORDS);
  }

  placeOf(hash: number): number {
    return (hash & this.mask) * WORDS;
  }

  isAt(place: number, digest: number, rest: number): boolean {
    return this.words[place] === digest && this.words[place + REST] === rest;
  }

  linkAt(place: number): number {
    return this.words[place + LINK]!;
  }

  /** Milliseconds between what was seen and a packet. */
  apart(place: number, payload: Payload): number {
    return Math.abs((timeOf(payload) - this.words[place + TIME]!) | 0) / 10;
  }

  put(place: number, digest: number, rest: number, link: number, payload: Payload): void {
    const { words } = this;
    words[place] = digest;
    words[place + REST] = rest;
    words[place + LINK] = link;
    words[place + TIME] = timeOf(payload);
  }
}

/** Words of a place: half of the digest first, then these. */
const REST = 1;
const LINK = 2;
/** Tenths of a millisecond, which begin anew every five days. */
const TIME = 3;
const WORDS = 4;
/** Words of four messages. */
const PLACE = 16;
const FOREVER = 0x7fff_ffff;

/** The length of a message, 1 to 65,535 bytes, and the bits of the digest that a place does not say by itself. An empty place has the length 0. */
function restOf(length: number): number {
  return (length << 16) | (low >>> 16);
}

function timeOf({ seconds, nanoseconds }: Payload): number {
  return (Math.imul(seconds | 0, 10_000) + ((nanoseconds / 100_000) | 0)) | 0;
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
