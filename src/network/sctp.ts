import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { Flow, FlowTable } from './flows.ts';
import { PIECE_OVERHEAD } from './loose.ts';
import { type Payload, type PayloadHandler, Transport } from './payload.ts';

/** Chunk types of RFC 9260 section 3.2. */
const Chunk = { data: 0, init: 1, initAck: 2 } as const;
const COMMON_HEADER = 12;
const DATA_HEADER = 16;
const ENDING = 0x01;
const BEGINNING = 0x02;
/** TSNs remembered of each direction to know a retransmission. */
const RECENT = 128;

/** One piece of a user message that was cut in several DATA chunks. */
interface Piece {
  tsn: number;
  flags: number;
  stream: number;
  ppid: number;
  bytes: Buffer;
  cut: boolean;
}

class Direction extends Flow {
  /** Slot tsn % RECENT holds the TSN seen last there; `unseen` where none. */
  recent = new Float64Array(RECENT).fill(-1);
  pieces: Piece[] = [];
  held = 0;
}

/**
 * SCTP user messages (RFC 9260): each DATA chunk once, fragmented messages put together by consecutive TSNs. Bounded by
 * `sctpMessages` directions and pieces, `tcpStreamBytes` a direction and `tcpBytes` in all.
 */
export class Sctp {
  private readonly handler: PayloadHandler;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly table: FlowTable<Direction>;
  private pieces = 0;
  private held = 0;

  constructor(handler: PayloadHandler, limits: Limits, counters: Counters) {
    this.handler = handler;
    this.limits = limits;
    this.counters = counters;
    this.table = new FlowTable<Direction>(limits.sctpMessages, (direction) => {
      if (direction.pieces.length > 0) add(counters.dropped, 'sctpMessages');
      this.release(direction);
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
    payload.transport = Transport.sctp;
    payload.slot = null;
    let direction = this.table.find(payload);
    at += COMMON_HEADER;
    while (at + 4 <= end) {
      const type = data[at];
      const length = u16(data, at + 2);
      let stop = at + length;
      if (length < 4 || (stop > end && missing === 0)) {
        add(this.counters.anomalies, 'sctp chunk length');
        if (length < 4) return;
      }
      const cut = stop > end;
      if (cut) stop = end;
      if (type === Chunk.data && stop - at > DATA_HEADER) {
        if (direction === undefined) {
          direction = new Direction();
          this.table.insert(payload, direction);
        }
        this.data(payload, direction, data, at, stop, cut);
      } else if ((type === Chunk.init || type === Chunk.initAck) && direction !== undefined) {
        this.release(direction);
        direction.recent.fill(-1);
      }
      at += (length + 3) & ~3;
    }
  }

  private data(payload: Payload, direction: Direction, data: Buffer, at: number, end: number, cut: boolean): void {
    const flags = data[at + 1] & (BEGINNING | ENDING);
    const tsn = u32(data, at + 4);
    if (direction.recent[tsn % RECENT] === tsn) return;
    direction.recent[tsn % RECENT] = tsn;
    const ppid = u32(data, at + 12);
    if (flags === (BEGINNING | ENDING)) {
      this.hand(payload, data, at + DATA_HEADER, end, ppid, cut);
      return;
    }
    const bytes = Buffer.from(data.subarray(at + DATA_HEADER, end));
    const cost = bytes.length + PIECE_OVERHEAD;
    if (direction.held + cost > this.limits.tcpStreamBytes) {
      add(this.counters.dropped, 'sctpMessages');
      this.release(direction);
    }
    const { pieces } = direction;
    let place = pieces.length;
    while (place > 0 && ((pieces[place - 1].tsn - tsn) | 0) > 0) place--;
    pieces.splice(place, 0, { tsn, flags, stream: u16(data, at + 8), ppid, bytes, cut });
    direction.held += cost;
    this.held += cost;
    this.pieces++;
    this.complete(payload, direction, place);
    while ((this.pieces > this.limits.sctpMessages || this.held > this.limits.tcpBytes) && this.table.evictOldest());
  }

  /** Hands the message over that the piece at `place` belongs to, where all of it is there. */
  private complete(payload: Payload, direction: Direction, place: number): void {
    const { pieces } = direction;
    let first = place;
    while ((pieces[first].flags & BEGINNING) === 0) {
      if (first === 0 || !follows(pieces[first - 1], pieces[first])) return;
      first--;
    }
    let last = place;
    while ((pieces[last].flags & ENDING) === 0) {
      if (last === pieces.length - 1 || !follows(pieces[last], pieces[last + 1])) return;
      last++;
    }
    const message = pieces.splice(first, last - first + 1);
    for (const piece of message) this.forget(direction, piece);
    // A piece that the snap length cut ends what can be read.
    const cutAt = message.findIndex((piece) => piece.cut);
    const readable = cutAt < 0 ? message : message.slice(0, cutAt + 1);
    const bytes = Buffer.concat(readable.map((piece) => piece.bytes));
    this.hand(payload, bytes, 0, bytes.length, message[0].ppid, cutAt >= 0);
  }

  private hand(payload: Payload, data: Buffer, start: number, end: number, ppid: number, cut: boolean): void {
    payload.data = data;
    payload.start = start;
    payload.end = end;
    payload.ppid = ppid;
    payload.cut = cut;
    this.handler.datagram(payload);
  }

  private release(direction: Direction): void {
    for (const piece of direction.pieces) this.forget(direction, piece);
    direction.pieces = [];
  }

  private forget(direction: Direction, piece: Piece): void {
    const cost = piece.bytes.length + PIECE_OVERHEAD;
    direction.held -= cost;
    this.held -= cost;
    this.pieces--;
  }
}

function follows(a: Piece, b: Piece): boolean {
  return (
    ((b.tsn - a.tsn) | 0) === 1 && a.stream === b.stream && (a.flags & ENDING) === 0 && (b.flags & BEGINNING) === 0
  );
}
