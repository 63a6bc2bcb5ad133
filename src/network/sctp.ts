import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { endsOf, Flow, FlowTable } from './flows.ts';
import type { LooseEnds } from './loose.ts';
import { type Payload, type PayloadHandler, Transport } from './payload.ts';
import { after, SctpOrder, SctpStreams, sequenceAt } from './sctp-order.ts';
import {
  BEGINNING,
  DATA,
  DATA_HEADER,
  ENDING,
  I_DATA,
  I_DATA_HEADER,
  SctpAssembler,
  SctpPieces,
  UNORDERED,
} from './sctp-pieces.ts';
import { CUT, digestOf, Seen, type SeenBudget, SeenChunks } from './sctp-seen.ts';

/** Chunk types of RFC 9260 section 3.2, RFC 3758 (FORWARD-TSN) and RFC 8260 (I-DATA, I-FORWARD-TSN) that matter here. */
const Chunk = {
  data: DATA,
  init: 1,
  initAck: 2,
  sack: 3,
  abort: 6,
  shutdownComplete: 14,
  interleavedData: I_DATA,
  forwardTsn: 192,
  interleavedForwardTsn: 194,
} as const;

const COMMON_HEADER = 12;
const CHUNK_HEADER = 4;
/** Of ABORT and SHUTDOWN COMPLETE: the verification tag is the sender's own. */
const REFLECTED = 0x01;
const INIT_LENGTH = 20;
const WHOLE = BEGINNING | ENDING;
/** Tags up to here were not drawn at random: they do not tell associations apart. */
const SMALL_TAG = 0xffff;

/** One direction of an association, over all its address pairs. */
class Direction {
  /** Signed 32 bits. */
  readonly tag: number;
  readonly seen: SeenChunks;
  readonly pieces = new SctpPieces();
  readonly streams = new SctpStreams();
  /** Other address pairs may belong to it. */
  shared = false;
  /** Address pairs that it uses. */
  paths = 0;

  constructor(tag: number, budget: SeenBudget) {
    this.tag = tag;
    this.seen = new SeenChunks(budget);
  }
}

/** One direction between two addresses. */
class Path extends Flow {
  direction: Direction | null = null;
  /** The direction before: late packets of an association that began anew, or networks that use the same addresses. */
  former: Direction | null = null;
  /** TSN that an INIT or INIT ACK announced, -1 where none did since the last DATA chunk. */
  initialTsn = -1;
}

/**
 * SCTP user messages (RFC 9260, RFC 8260) as a passive reader gets them: each DATA or I-DATA chunk once, handed over as soon as
 * its message is complete, and all before it of its stream are or will hardly come any more ({@link SctpOrder}).
 *
 * A direction of an association is known by its verification tag and ports, so that a chunk sent again over another pair of
 * addresses is no new one. Bounded by `sctpAssociations` address pairs, `sctpChunks` remembered TSNs, and the limits of
 * {@link SctpAssembler}.
 */
export class Sctp {
  private readonly handler: PayloadHandler;
  private readonly counters: Counters;
  private readonly paths: FlowTable<Path>;
  private readonly assembler: SctpAssembler;
  private readonly order: SctpOrder;
  private readonly budget: SeenBudget;
  /** Messages wait for those before them. */
  private inOrder = true;
  /** Directions that may have several paths, with the path that was seen first. */
  private readonly byTag = new Map<number, { direction: Direction; path: Path }>();
  private again = 0;

  constructor(handler: PayloadHandler, limits: Limits, counters: Counters) {
    this.handler = handler;
    this.counters = counters;
    this.assembler = new SctpAssembler(limits, counters);
    this.order = new SctpOrder(handler, limits, counters);
    this.budget = { left: limits.sctpChunks };
    this.paths = new FlowTable<Path>(limits.sctpAssociations, (path) => {
      add(counters.dropped, 'sctpAssociations');
      this.leave(path.direction);
      this.leave(path.former);
    });
  }

  /** Reads the SCTP packet at data [at, end), whose addresses `payload` has. `missing`: bytes that the snap length took. */
  packet(payload: Payload, data: Buffer, at: number, end: number, missing: number): void {
    if (end - at < COMMON_HEADER) {
      if (missing === 0) add(this.counters.anomalies, 'sctp header');
      return;
    }
    payload.sourcePort = u16(data, at);
    payload.destinationPort = u16(data, at + 2);
    this.chunks(payload, u32(data, at + 4) | 0, data, at + COMMON_HEADER, end, missing);
  }

  /** Reads a chunk that another capture left over: what comes after it was handed over there. */
  replay(payload: Payload, tag: number, chunk: Buffer): void {
    this.inOrder = false;
    this.chunks(payload, tag, chunk, 0, chunk.length, 0);
  }

  /** Chunks at data [at, end) of a packet with this verification tag, whose addresses and ports `payload` has. */
  private chunks(payload: Payload, tag: number, data: Buffer, at: number, end: number, missing: number): void {
    payload.transport = Transport.sctp;
    payload.slot = null;
    if (!this.order.isEmpty) this.order.advance(payload);
    let path = this.paths.find(payload);
    while (at + CHUNK_HEADER <= end) {
      const type = data[at];
      const length = u16(data, at + 2);
      let stop = at + length;
      const cut = stop > end;
      if (length < CHUNK_HEADER || (cut && missing === 0)) {
        add(this.counters.anomalies, 'sctp chunk length');
        if (length < CHUNK_HEADER) return;
      }
      if (cut) stop = end;
      switch (type) {
        case Chunk.data:
        case Chunk.interleavedData: {
          const from = at + (type === Chunk.data ? DATA_HEADER : I_DATA_HEADER);
          if (stop > from) {
            if (path === undefined || path.direction === null || path.direction.tag !== tag) {
              path = this.bind(payload, tag, path);
            }
            this.data(payload, path, data, at, from, stop, cut);
          } else if (!cut) {
            add(this.counters.anomalies, 'sctp data without bytes');
          }
          break;
        }
        case Chunk.init:
        case Chunk.initAck:
          if (path !== undefined && at + INIT_LENGTH <= stop) path.initialTsn = u32(data, at + 16);
          break;
        case Chunk.sack:
          if (!this.order.isEmpty && at + 8 <= stop) this.acknowledge(payload, u32(data, at + 4) | 0);
          break;
        case Chunk.abort:
        case Chunk.shutdownComplete:
          this.end(payload, path, tag, (data[at + 1] & REFLECTED) !== 0);
          break;
        case Chunk.forwardTsn:
        case Chunk.interleavedForwardTsn: {
          const direction = path?.direction ?? null;
          if (direction === null || direction.tag !== tag || at + 8 > stop) break;
          if (direction.pieces.held > 0) {
            this.assembler.skip(direction.pieces, data, at, stop, type === Chunk.interleavedForwardTsn);
          }
          this.order.acknowledge(direction.streams, u32(data, at + 4) | 0);
          break;
        }
      }
      at += (length + 3) & ~3;
    }
  }

  /** The end of a capture: hands over the messages that wait, and writes the count of chunks that came again. */
  finish(): void {
    this.order.finish();
    if (this.again > 0) add(this.counters.packets, 'sctp chunk again', this.again);
    this.again = 0;
  }

  /** Hands over the pieces of messages that are not complete. */
  looseEnds(loose: LooseEnds): void {
    const done = new Set<Direction>();
    for (const path of this.paths.flows()) {
      for (const direction of [path.direction, path.former]) {
        if (direction === null || direction.pieces.held === 0 || done.has(direction)) continue;
        done.add(direction);
        this.assembler.looseEnds(direction.pieces, endsOf(path), direction.tag >>> 0, loose);
      }
    }
  }

  /** The DATA or I-DATA chunk at data [at, end), whose user data begins at `from`. */
  private data(payload: Payload, path: Path, data: Buffer, at: number, from: number, end: number, cut: boolean): void {
    // No association has a tag of 0 (RFC 9260 section 5.3.1): what made these packets may not count TSNs either.
    if (path.direction!.tag !== 0 && this.cameBefore(payload, path, data, at, end, cut)) {
      this.again++;
      return;
    }
    const direction = path.direction!;
    payload.data = data;
    payload.start = from;
    payload.end = end;
    payload.ppid = u32(data, from - 4);
    payload.cut = cut;
    if ((data[at + 1] & WHOLE) !== WHOLE) {
      const message = this.assembler.add(direction.pieces, data, at, end, cut, payload);
      if (message === null) return;
      payload.data = message.bytes;
      payload.start = 0;
      payload.end = message.bytes.length;
      payload.ppid = message.ppid;
      payload.cut = message.cut;
    }
    if (direction.tag === 0 || !this.inOrder || (data[at + 1] & UNORDERED) !== 0) {
      this.handler.datagram(payload);
      return;
    }
    const { streams } = direction;
    const tsn = u32(data, at + 4) | 0;
    const stream = u16(data, at + 8);
    const sequence = sequenceAt(data, at);
    const { next } = streams;
    const isNewest = next.length === 0 || ((tsn - streams.high) | 0) > 0;
    if (isNewest) streams.high = tsn;
    if (stream < next.length && next[stream] === sequence) next[stream] = after(sequence, data[at] === I_DATA);
    else if (this.order.defer(streams, isNewest, payload, data, at)) return;
    this.handler.datagram(payload);
    if (streams.waiting.length > 0) this.order.drain(streams, stream);
  }

  /** The receiver, whose SACK is in hand, has all up to this TSN of what comes the other way. */
  private acknowledge(payload: Payload, tsn: number): void {
    const path = this.paths.findReverse(payload);
    if (path?.direction) this.order.acknowledge(path.direction.streams, tsn);
  }

  /** Whether this chunk is a retransmission or copy of one that was seen. */
  private cameBefore(payload: Payload, path: Path, data: Buffer, at: number, end: number, cut: boolean): boolean {
    const direction = path.direction!;
    const tsn = u32(data, at + 4) | 0;
    if (path.initialTsn >= 0) {
      // The association began anew under the same tag.
      if ((path.initialTsn | 0) === tsn && direction.seen.has(tsn)) {
        direction.seen.clear();
        this.assembler.clear(direction.pieces);
        this.order.release(direction.streams);
      }
      path.initialTsn = -1;
    }
    const digest = cut ? CUT : digestOf(data, at + 8, end);
    const seen = direction.seen.mark(tsn, digest, payload.seconds);
    if (seen === Seen.reused) {
      // No sender gives a TSN other contents: two associations that have the same tag, or one that began anew unseen.
      add(this.counters.anomalies, 'sctp tsn reused');
      if (direction.paths > 1) this.separate(path).seen.mark(tsn, digest, payload.seconds);
    }
    return seen === Seen.again;
  }

  /** Makes `path`, or a new one between these ends, one of the direction with this tag. */
  private bind(payload: Payload, tag: number, path: Path | undefined): Path {
    if (path === undefined) {
      path = new Path();
      this.paths.insert(payload, path);
    } else {
      const { former } = path;
      path.former = path.direction;
      path.direction = former;
      if (former?.tag === tag) return path;
      this.leave(former);
    }
    const random = tag >>> 0 > SMALL_TAG;
    const known = random ? this.byTag.get(tag) : undefined;
    let direction: Direction;
    if (known?.direction.shared && mayShare(known.path, path)) {
      direction = known.direction;
    } else {
      direction = new Direction(tag, this.budget);
      if (random) {
        direction.shared = true;
        this.byTag.set(tag, { direction, path });
      }
    }
    direction.paths++;
    path.direction = direction;
    return path;
  }

  /** Gives `path` a direction of its own. */
  private separate(path: Path): Direction {
    const shared = path.direction!;
    shared.shared = false;
    this.leave(shared);
    const direction = new Direction(shared.tag, this.budget);
    direction.paths = 1;
    path.direction = direction;
    return direction;
  }

  /** A path of `direction` is gone. */
  private leave(direction: Direction | null): void {
    if (direction === null || --direction.paths > 0) return;
    this.assembler.clear(direction.pieces);
    this.order.release(direction.streams);
    direction.seen.release();
    if (this.byTag.get(direction.tag)?.direction === direction) this.byTag.delete(direction.tag);
  }

  /** ABORT or SHUTDOWN COMPLETE (RFC 9260 section 8.5.1): what is not complete in either direction never will be. */
  private end(payload: Payload, path: Path | undefined, tag: number, reflected: boolean): void {
    const back = this.paths.findReverse(payload);
    const verified = reflected ? back : path;
    if (verified?.direction?.tag !== tag) return;
    for (const direction of [path?.direction, back?.direction]) {
      if (!direction) continue;
      this.assembler.clear(direction.pieces);
      this.order.release(direction.streams);
    }
  }
}

/** Whether two paths with the same verification tag may be of one direction: the same ports, and not the way back. */
function mayShare(a: Path, b: Path): boolean {
  if (a.sourcePort !== b.sourcePort || a.destinationPort !== b.destinationPort) return false;
  if (a.addressLength !== b.addressLength) return true;
  const length = a.addressLength;
  for (let i = 0; i < length; i++) {
    if (a.addresses[i] !== b.addresses[length + i] || a.addresses[length + i] !== b.addresses[i]) return true;
  }
  return false;
}
