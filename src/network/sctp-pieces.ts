import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { type Ends, type LooseEnds, PIECE_OVERHEAD, type Sighting } from './loose.ts';

/** Chunk types that carry user data: RFC 9260 section 3.3.1, RFC 8260 section 2.1. */
export const DATA = 0;
export const I_DATA = 64;
/** Bytes before the user data. */
export const DATA_HEADER = 16;
export const I_DATA_HEADER = 20;
/** Flag bits of both. */
export const ENDING = 0x01;
export const BEGINNING = 0x02;
export const UNORDERED = 0x04;

/** RFC 9260 section 16 lets a chunk be sent again after at most 60 s (RTO.Max). */
const LIFETIME_S = 60;
/** Entries of one FORWARD-TSN chunk that are looked at. */
const SKIPPED_MAX = 64;
/** Key of the pieces of DATA chunks, which TSNs alone put in order; those of I-DATA have one a message. */
const BY_TSN = -1;

/** One piece of a user message. `chunk` is a copy of its chunk, header included. */
interface Piece extends Sighting {
  /** TSN of a DATA chunk, fragment sequence number of an I-DATA chunk; 32 bits, signed. */
  position: number;
  chunk: Buffer;
  cut: boolean;
}

/** The pieces that one direction holds. */
export class SctpPieces {
  /** In order of position. */
  readonly lists = new Map<number, Piece[]>();
  /** Bytes, with the cost of each piece. */
  held = 0;
}

/** A user message put together. */
export interface SctpMessage {
  bytes: Buffer;
  ppid: number;
  /** A piece was cut by the snap length: the message ends there. */
  cut: boolean;
}

/** Puts user messages together of all directions, bounded by `sctpMessages` pieces, `tcpStreamBytes` a direction, `tcpBytes` in all. */
export class SctpAssembler {
  private readonly limits: Limits;
  private readonly counters: Counters;
  /** Directions that hold pieces, the one that got none for longest first. */
  private readonly holding = new Set<SctpPieces>();
  private count = 0;
  private held = 0;

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Takes the DATA or I-DATA chunk at data [at, end); gives the message where it is complete now, else null. */
  add(pieces: SctpPieces, data: Buffer, at: number, end: number, cut: boolean, seen: Sighting): SctpMessage | null {
    const cost = end - at + PIECE_OVERHEAD;
    while (pieces.held + cost > this.limits.tcpStreamBytes && pieces.held > 0) {
      add(this.counters.dropped, 'sctpMessages');
      this.dropFirst(pieces);
    }
    const interleaved = data[at] === I_DATA;
    const key = interleaved ? messageKey(data[at + 1] & UNORDERED, u16(data, at + 8), u32(data, at + 12)) : BY_TSN;
    let list = pieces.lists.get(key);
    if (list === undefined) {
      list = [];
      pieces.lists.set(key, list);
    }
    while (list.length > 0 && Math.abs(seen.seconds - list[0].seconds) > LIFETIME_S) {
      add(this.counters.anomalies, 'sctp fragment timeout');
      this.forget(pieces, list.shift()!);
    }
    // The first piece of an interleaved message has the PPID where others have their number.
    const first = (data[at + 1] & BEGINNING) !== 0;
    const position = interleaved ? (first ? 0 : u32(data, at + 16) | 0) : u32(data, at + 4) | 0;
    let place = list.length;
    while (place > 0 && ((list[place - 1].position - position) | 0) > 0) place--;
    if (place > 0 && list[place - 1].position === position) {
      place--;
      this.forget(pieces, list[place]);
      list.splice(place, 1);
    }
    const chunk = Buffer.from(data.subarray(at, end));
    const { seconds, nanoseconds, frame } = seen;
    list.splice(place, 0, { position, chunk, cut, seconds, nanoseconds, frame });
    pieces.held += cost;
    this.held += cost;
    this.count++;
    this.holding.delete(pieces);
    this.holding.add(pieces);
    const message = this.complete(pieces, list, place);
    if (list.length === 0) pieces.lists.delete(key);
    if (pieces.held === 0) this.holding.delete(pieces);
    while (this.count > this.limits.sctpMessages || this.held > this.limits.tcpBytes) {
      const [oldest] = this.holding;
      add(this.counters.dropped, 'sctpMessages');
      this.clear(oldest!);
    }
    return message;
  }

  /**
   * FORWARD-TSN (RFC 3758 section 3.2) or I-FORWARD-TSN (RFC 8260 section 2.3.1) at data [at, end): forgets pieces of messages
   * that the sender gave up.
   */
  skip(pieces: SctpPieces, data: Buffer, at: number, end: number, interleaved: boolean): void {
    const size = interleaved ? 8 : 4;
    let entry = at + 8;
    for (let i = 0; i < SKIPPED_MAX && entry + size <= end && pieces.held > 0; i++, entry += size) {
      const stream = u16(data, entry);
      if (interleaved)
        this.skipInterleaved(pieces, (data[entry + 3] & 1) === 0 ? 0 : UNORDERED, stream, u32(data, entry + 4));
      else this.skipOrdered(pieces, stream, u16(data, entry + 2), u32(data, at + 4));
    }
  }

  /** Forgets all pieces of a direction. */
  clear(pieces: SctpPieces): void {
    for (const list of pieces.lists.values()) for (const piece of list) this.forget(pieces, piece);
    pieces.lists.clear();
    this.holding.delete(pieces);
  }

  /** Hands over the pieces that `pieces` holds. A cut one cannot complete anything later either. */
  looseEnds(pieces: SctpPieces, ends: Ends, tag: number, loose: LooseEnds): void {
    for (const list of pieces.lists.values()) {
      for (const piece of list) {
        if (!piece.cut) loose.sctp(ends, tag, (piece.chunk[1] & ENDING) === 0, piece.chunk, piece);
      }
    }
  }

  /** The message that the piece at `place` belongs to, where all of it is there. */
  private complete(pieces: SctpPieces, list: Piece[], place: number): SctpMessage | null {
    let first = place;
    while ((list[first].chunk[1] & BEGINNING) === 0) {
      if (first === 0 || !follows(list[first - 1], list[first])) return null;
      first--;
    }
    let last = place;
    while ((list[last].chunk[1] & ENDING) === 0) {
      if (last === list.length - 1 || !follows(list[last], list[last + 1])) return null;
      last++;
    }
    const message = list.splice(first, last - first + 1);
    for (const piece of message) this.forget(pieces, piece);
    // A piece that the snap length cut ends what can be read.
    const cutAt = message.findIndex((piece) => piece.cut);
    const readable = cutAt < 0 ? message : message.slice(0, cutAt + 1);
    const begin = message[0].chunk;
    const interleaved = begin[0] === I_DATA;
    const header = interleaved ? I_DATA_HEADER : DATA_HEADER;
    return {
      bytes: Buffer.concat(readable.map(({ chunk }) => chunk.subarray(header))),
      ppid: u32(begin, interleaved ? 16 : 12),
      cut: cutAt >= 0,
    };
  }

  private skipOrdered(pieces: SctpPieces, stream: number, sequence: number, tsn: number): void {
    const list = pieces.lists.get(BY_TSN);
    if (list === undefined) return;
    const left = list.filter((piece) => {
      const { chunk, position } = piece;
      const skipped =
        (chunk[1] & UNORDERED) === 0 &&
        u16(chunk, 8) === stream &&
        ((position - tsn) | 0) <= 0 &&
        (u16(chunk, 10) - sequence) << 16 <= 0;
      if (skipped) this.forget(pieces, piece);
      return !skipped;
    });
    if (left.length > 0) pieces.lists.set(BY_TSN, left);
    else pieces.lists.delete(BY_TSN);
    if (pieces.held === 0) this.holding.delete(pieces);
  }

  private skipInterleaved(pieces: SctpPieces, unordered: number, stream: number, message: number): void {
    for (const [key, list] of pieces.lists) {
      const { chunk } = list[0];
      if (key === BY_TSN || (chunk[1] & UNORDERED) !== unordered || u16(chunk, 8) !== stream) continue;
      if (((u32(chunk, 12) - message) | 0) > 0) continue;
      for (const piece of list) this.forget(pieces, piece);
      pieces.lists.delete(key);
    }
    if (pieces.held === 0) this.holding.delete(pieces);
  }

  private dropFirst(pieces: SctpPieces): void {
    const [[key, list]] = pieces.lists;
    this.forget(pieces, list.shift()!);
    if (list.length === 0) pieces.lists.delete(key);
  }

  private forget(pieces: SctpPieces, piece: Piece): void {
    const cost = piece.chunk.length + PIECE_OVERHEAD;
    pieces.held -= cost;
    this.held -= cost;
    this.count--;
  }
}

function messageKey(unordered: number, stream: number, message: number): number {
  return ((unordered === 0 ? 0 : 0x10000) + stream) * 0x1_0000_0000 + message;
}

/** Whether piece `b` continues the message of piece `a`, its neighbour in a list. */
function follows(a: Piece, b: Piece): boolean {
  if (((b.position - a.position) | 0) !== 1) return false;
  if ((a.chunk[1] & ENDING) !== 0 || (b.chunk[1] & BEGINNING) !== 0) return false;
  if (a.chunk[0] === I_DATA) return true;
  // Stream, and its sequence number, which means nothing in an unordered chunk.
  const unordered = a.chunk[1] & UNORDERED;
  if (u16(a.chunk, 8) !== u16(b.chunk, 8) || unordered !== (b.chunk[1] & UNORDERED)) return false;
  return unordered !== 0 || u16(a.chunk, 10) === u16(b.chunk, 10);
}
