import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { millisecondsBetween } from '../base/time.ts';
import { type Ends, PIECE_OVERHEAD, type Sighting } from './loose.ts';
import { createPayload, type Payload, type PayloadHandler, Transport } from './payload.ts';
import { DATA } from './sctp-pieces.ts';

/** A lost chunk is sent again within this time, milliseconds (RFC 9260 section 16: RTO.Initial 1 s). */
const WAIT_MS = 2000;
/** Messages of one direction that wait at once. */
const WAITING_MOST = 256;
/** Messages of a stream that may be missing at once: where more are, the capture has lost its place. */
const MISSING_MOST = 64;
/** Waits for what never came, one after the other, after which a direction waits no more until something does come late. */
const PATIENCE = 3;
/** Streams whose numbers are kept; messages of others are handed over as they come. */
const STREAMS_MOST = 512;

/** A whole message that waits for one before it, and where it was seen. */
interface Waiting extends Ends, Sighting {
  streams: SctpStreams;
  stream: number;
  sequence: number;
  /** Signed 32 bits. */
  tsn: number;
  /** It came in I-DATA chunks. */
  interleaved: boolean;
  ppid: number;
  bytes: Buffer;
}

/** The ordered messages of one direction, stream by stream. */
export class SctpStreams {
  /** The sequence number (RFC 9260: 16 bits; RFC 8260: message identifier of 32 bits) that comes next in each stream, -1 where not known. */
  next: number[] = [];
  /** The highest TSN of a last chunk of a message, signed 32 bits. */
  high = 0;
  /** By arrival. */
  readonly waiting: Waiting[] = [];
  patience = PATIENCE;
}

/**
 * Hands the messages of a stream over in the order in which they were sent (RFC 9260 section 6.6, RFC 8260 section 2.2.3), each with the time and
 * frame of its own packet. One that comes after a gap waits until the gap is filled, until the receiver acknowledges what was in it, which
 * the capture then lacks, or for {@link WAIT_MS}. Bounded by {@link WAITING_MOST} a direction, `sctpMessages` and `tcpBytes` in all.
 */
export class SctpOrder {
  /** Messages that wait, in all directions, by arrival. */
  private readonly waiting = new Set<Waiting>();
  private held = 0;
  private readonly handler: PayloadHandler;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly payload: Payload = createPayload();

  constructor(handler: PayloadHandler, limits: Limits, counters: Counters) {
    this.handler = handler;
    this.limits = limits;
    this.counters = counters;
    this.payload.transport = Transport.sctp;
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /**
   * Takes note of the message in `payload`, whose last chunk to come is `chunk` [at, ...), which is not the next one of its stream. True
   * where it waits now, false where it is to be handed over at once.
   *
   * @param isNewest its TSN is the highest so far
   */
  defer(streams: SctpStreams, isNewest: boolean, payload: Payload, chunk: Buffer, at: number): boolean {
    const interleaved = chunk[at] !== DATA;
    const stream = u16(chunk, at + 8);
    const sequence = sequenceAt(chunk, at);
    const { next } = streams;
    if (stream >= STREAMS_MOST) return false;
    while (next.length <= stream) next.push(-1);
    const expected = next[stream]!;
    const ahead = expected < 0 ? 0 : distance(expected, sequence, interleaved);
    if (ahead < 0) {
      // Later than was waited for, else the sender counts anew.
      if (isNewest) this.skip(streams, stream, sequence, interleaved, true);
      else streams.patience = PATIENCE;
      return false;
    }
    if (ahead === 0 || ahead > MISSING_MOST || streams.patience === 0 || payload.cut) {
      this.skip(streams, stream, sequence, interleaved, ahead > MISSING_MOST);
      return false;
    }
    this.keep(streams, payload, chunk, at);
    return true;
  }

  /** The message that a stream waited for was handed over: those follow that come after it. */
  drain(streams: SctpStreams, stream: number): void {
    const { length } = streams.waiting;
    this.follow(streams, stream);
    if (streams.waiting.length < length) streams.patience = PATIENCE;
  }

  /** The receiver has all up to a TSN (SACK, RFC 9260 section 3.3.4), or is told to do without (FORWARD-TSN, RFC 3758 section 3.2). */
  acknowledge(streams: SctpStreams, tsn: number): void {
    for (let item = find(streams, tsn); item !== undefined; item = find(streams, tsn)) this.giveUp(item);
  }

  /** The time of a packet: what has waited long enough is handed over. */
  advance({ seconds, nanoseconds }: Sighting): void {
    for (const item of this.waiting) {
      if (Math.abs(millisecondsBetween(item.seconds, item.nanoseconds, seconds, nanoseconds)) < WAIT_MS) return;
      this.loseFaith(item);
    }
  }

  /** Nothing more comes in this direction. */
  release(streams: SctpStreams): void {
    while (streams.waiting.length > 0) this.giveUp(streams.waiting[0]!);
    streams.next = [];
  }

  /** Hands over all that waits. */
  finish(): void {
    for (const item of this.waiting) this.giveUp(item);
  }

  private keep(streams: SctpStreams, payload: Payload, chunk: Buffer, at: number): void {
    const { data, start, end, addressLength, sourceAt, destinationAt, seconds, nanoseconds, frame } = payload;
    const header = Buffer.allocUnsafeSlow(2 * addressLength);
    payload.header.copy(header, 0, sourceAt, sourceAt + addressLength);
    payload.header.copy(header, addressLength, destinationAt, destinationAt + addressLength);
    const { sourcePort, destinationPort } = payload;
    const item: Waiting = {
      streams,
      stream: u16(chunk, at + 8),
      sequence: sequenceAt(chunk, at),
      tsn: u32(chunk, at + 4) | 0,
      interleaved: chunk[at] !== DATA,
      ppid: payload.ppid,
      bytes: Buffer.from(data.subarray(start, end)),
      header,
      addressLength,
      sourceAt: 0,
      destinationAt: addressLength,
      sourcePort,
      destinationPort,
      seconds,
      nanoseconds,
      frame,
    };
    streams.waiting.push(item);
    this.waiting.add(item);
    this.held += costOf(item);
    if (streams.waiting.length > WAITING_MOST) this.loseFaith(streams.waiting[0]!);
    while (this.waiting.size > this.limits.sctpMessages || this.held > this.limits.tcpBytes) {
      const [oldest] = this.waiting;
      add(this.counters.dropped, 'sctpMessages');
      this.giveUp(oldest!);
    }
  }

  private loseFaith(item: Waiting): void {
    if (item.streams.patience > 0) item.streams.patience--;
    this.giveUp(item);
  }

  /** Hands over what waits of a stream up to this message, and what follows it. */
  private giveUp({ streams, stream, sequence, interleaved }: Waiting): void {
    this.skip(streams, stream, sequence, interleaved, false);
    this.follow(streams, stream);
  }

  /** Hands over what waits of a stream up to this number, or all of it; the next one is expected to follow the number. */
  private skip(streams: SctpStreams, stream: number, to: number, interleaved: boolean, all: boolean): void {
    if (streams.waiting.length > 0) {
      const back = (item: Waiting): number => distance(item.sequence, to, interleaved);
      const due = streams.waiting.filter((item) => item.stream === stream && (all || back(item) >= 0));
      for (const item of due.sort((a, b) => back(b) - back(a))) this.hand(item);
    }
    streams.next[stream] = after(to, interleaved);
  }

  private follow(streams: SctpStreams, stream: number): void {
    for (;;) {
      const next = streams.next[stream];
      const item = streams.waiting.find((each) => each.stream === stream && each.sequence === next);
      if (item === undefined) return;
      this.hand(item);
      streams.next[stream] = after(item.sequence, item.interleaved);
    }
  }

  private hand(item: Waiting): void {
    const { streams, bytes } = item;
    streams.waiting.splice(streams.waiting.indexOf(item), 1);
    this.waiting.delete(item);
    this.held -= costOf(item);
    const { payload } = this;
    payload.header = item.header;
    payload.addressLength = item.addressLength;
    payload.sourceAt = item.sourceAt;
    payload.destinationAt = item.destinationAt;
    payload.sourcePort = item.sourcePort;
    payload.destinationPort = item.destinationPort;
    payload.seconds = item.seconds;
    payload.nanoseconds = item.nanoseconds;
    payload.frame = item.frame;
    payload.data = bytes;
    payload.end = bytes.length;
    payload.ppid = item.ppid;
    this.handler.datagram(payload);
  }
}

/** Sequence number, or message identifier, of the DATA or I-DATA chunk at `at`. */
export function sequenceAt(chunk: Buffer, at: number): number {
  return chunk[at] === DATA ? u16(chunk, at + 10) : u32(chunk, at + 12);
}

/** The number that follows in a stream. */
export function after(sequence: number, interleaved: boolean): number {
  return interleaved ? (sequence + 1) >>> 0 : (sequence + 1) & 0xffff;
}

/** How far `to` is after `from` among numbers of 16 or 32 bits, negative where it is before. */
function distance(from: number, to: number, interleaved: boolean): number {
  return interleaved ? (to - from) | 0 : ((to - from) << 16) >> 16;
}

/** A message that waits though all before it were received. */
function find(streams: SctpStreams, tsn: number): Waiting | undefined {
  return streams.waiting.find((item) => ((item.tsn - 1 - tsn) | 0) <= 0);
}

function costOf({ bytes }: Waiting): number {
  return bytes.length + PIECE_OVERHEAD;
}
