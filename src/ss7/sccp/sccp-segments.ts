import { hashBytes } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Payload } from '../../network/payload.ts';
import { type KeptMsu, keepMsu, type LooseMsu, looseMsu } from '../link/loose-msu.ts';
import type { Msu, Sccp } from '../message.ts';

/** T(reass) of Q.714 annex C is 10 to 20 s. */
const LIFETIME_S = 20;
/** The copy of a segment from another link comes within this of it. */
const COPY_S = 1;
/** A message in segments of XUDT has at most 16 × 254 bytes, of LUDT 64 K; one of DT1 has no bound in Q.714. */
const MESSAGE_MAX = 65_536;
/** What one segment costs beyond its bytes. */
const PIECE_OVERHEAD = 128;

/** What a message says of itself as a segment. */
export interface Segment {
  /** What its signal unit is a message of. */
  kind: LooseMsu['kind'];
  out: Sccp;
  /** Raw calling party address in the MSU. */
  callingStart: number;
  callingEnd: number;
  /** First octet of the segmentation parameter (Q.713 §3.17, RFC 3868 §3.10.23) and its local reference; -1 without one. */
  segmentation: number;
  segmentReference: number;
  /** More data follows in the next DT. */
  more: boolean;
}

/** A message in the making. */
interface Message {
  /** What tells it apart: see {@link SccpSegments}. */
  key: Buffer;
  seconds: number;
  /** Segments of XUDT by how many remain after them; of DT in order. */
  pieces: (Buffer | undefined)[];
  /** Segments there are, -1 until that is known. */
  total: number;
  have: number;
  /** Bytes of the segments. */
  length: number;
  held: number;
  /** All of it, once it is complete: kept for copies of its last segment, given as `last`. */
  whole: Buffer | null;
  last: number;
  /** The signal units of its segments while others are missing. */
  units: KeptMsu[];
}

/**
 * Segments put together: of XUDT and LUDT by calling address and segmentation local reference (Q.714 §4.1.1.2.3), in any order;
 * of DT1 and DT2 by connection until one has no more data bit (Q.714 §3.5.3). The same segment of XUDT seen twice counts once, and
 * the one that completed a message gives it again: both sides of a point that translates titles show each with other point codes.
 */
export class SccpSegments {
  private readonly limits: Limits;
  private readonly counters: Counters;
  /** By hash of the key, oldest first. Where two keys meet in one hash, the later one takes the place. */
  private readonly messages = new Map<number, Message>();
  private held = 0;
  private key = Buffer.alloc(512);
  /** Segments near the capture's beginning that others may have come before, and the time of the first of all. */
  private readonly early: KeptMsu[] = [];
  private began = Number.POSITIVE_INFINITY;
  /** Of the message of DTs that was completed last. */
  private unitsOfLast: KeptMsu[] = [];

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /**
   * One segment of XUDT or LUDT, the user data of its `out`, which becomes the whole message where this completes it.
   *
   * @param payload where it came from; null: it is no loose end where others are missing
   */
  unitdata(msu: Msu, segment: Segment, seconds: number, payload: Payload | null): void {
    this.began = Math.min(this.began, seconds);
    const { out, segmentation } = segment;
    const remaining = segmentation & 15;
    let length = this.beginKey(1, segment.segmentReference);
    // An address without title or point code means its subsystem at the node that sent it.
    if (out.calling.title.count === 0 && out.calling.pointCode < 0) length = this.keyNumber(length, msu.opc);
    length += msu.data.copy(this.key, length, segment.callingStart, segment.callingEnd);
    const piece = msu.data.subarray(out.start, out.end);
    const hash = hashBytes(this.key, 0, length);
    let message = this.find(hash, length, seconds);
    const first = (segmentation & 0x80) !== 0;
    if (message !== undefined) {
      const before = message.pieces[remaining];
      const other = before !== undefined && !before.equals(piece);
      const otherFirst = first && message.total >= 0 && message.total !== remaining + 1;
      const beyond = first
        ? message.pieces.length > remaining + 1
        : message.total >= 0 && remaining >= message.total - 1;
      if (other || otherFirst || (before === undefined && beyond)) {
        // The reference is in use anew.
        if (message.whole === null) add(this.counters.anomalies, 'sccp segments overlap');
        this.forget(hash, message);
        message = undefined;
      } else if (before !== undefined) {
        this.again(message, remaining, out);
        return;
      }
    }
    message ??= this.create(hash, length, seconds);
    if (first) message.total = remaining + 1;
    this.keep(message, remaining, segment, msu, payload);
    if (message.have === message.total) this.complete(message, remaining, out);
    else this.wait(hash, message, out);
  }

  /**
   * The user data of a DT1 or DT2, which becomes the whole message where data of earlier ones belongs before it.
   *
   * @param payload where it came from; null: it is no loose end where others are missing
   */
  dataForm(msu: Msu, segment: Segment, seconds: number, payload: Payload | null): void {
    if (seconds < this.began) this.began = seconds;
    if (this.unitsOfLast.length > 0) this.unitsOfLast = [];
    const { out, more } = segment;
    if (!more && this.messages.size === 0) return;
    const length = this.connectionKey(msu, out.destinationReference);
    const hash = hashBytes(this.key, 0, length);
    let message = this.find(hash, length, seconds);
    if (message === undefined) {
      if (!more) return;
      message = this.create(hash, length, seconds);
    }
    // The message is as old as its last part.
    message.seconds = seconds;
    if (message.length + out.end - out.start > MESSAGE_MAX) this.giveUp(message);
    else this.keep(message, message.have, segment, msu, payload);
    if (more) {
      this.wait(hash, message, out);
      return;
    }
    this.forget(hash, message);
    if (message.length > MESSAGE_MAX) {
      out.segment = true;
      return;
    }
    this.unitsOfLast = message.units;
    show(Buffer.concat(message.pieces as Buffer[], message.length), out);
  }

  /**
   * What the DT in hand says, whole as it seems, is no message: near the capture's beginning it is the rest of one that began in an
   * earlier capture.
   */
  headless(msu: Msu, payload: Payload): void {
    if (payload.seconds > this.began + LIFETIME_S || this.early.length >= this.limits.sccpMessages) return;
    if (this.unitsOfLast.length === 0) this.early.push(keepMsu('sccp', msu, payload));
    else this.early.push(...this.unitsOfLast);
    this.unitsOfLast = [];
  }

  /** Segments of earlier captures are given, too: of no message the beginning is still to come. */
  continues(): void {
    this.began = Number.NEGATIVE_INFINITY;
  }

  /** The connection whose end at the receiver has this local reference ends: nothing more of its message comes. */
  released(msu: Msu, localReference: number): void {
    if (this.messages.size === 0) return;
    const length = this.connectionKey(msu, localReference);
    const hash = hashBytes(this.key, 0, length);
    const message = this.messages.get(hash);
    if (message === undefined || !this.isKey(message, length)) return;
    if (message.whole === null) add(this.counters.anomalies, 'sccp segments missing');
    this.forget(hash, message);
  }

  private connectionKey(msu: Msu, localReference: number): number {
    return this.keyNumber(this.beginKey(0, localReference), msu.dpc);
  }

  private beginKey(kind: number, localReference: number): number {
    this.key[0] = kind;
    return this.keyNumber(1, localReference);
  }

  private keyNumber(at: number, value: number): number {
    return this.key.writeInt32LE(value | 0, at);
  }

  private isKey(message: Message, length: number): boolean {
    return message.key.length === length && message.key.compare(this.key, 0, length) === 0;
  }

  private find(hash: number, length: number, seconds: number): Message | undefined {
    const message = this.messages.get(hash);
    if (message === undefined) return undefined;
    const age = Math.abs(seconds - message.seconds);
    if (this.isKey(message, length) && age <= (message.whole === null ? LIFETIME_S : COPY_S)) return message;
    this.give(message);
    this.forget(hash, message);
    return undefined;
  }

  /**
   * The segments whose messages others are missing of that a neighbouring capture may hold: near the beginning and the end of this
   * one. They stay here too.
   */
  looseEnds(): LooseMsu[] {
    const units = [...this.early];
    let last = Number.NEGATIVE_INFINITY;
    for (const { seconds } of this.messages.values()) last = Math.max(last, seconds);
    for (const message of this.messages.values()) {
      if (message.seconds >= last - LIFETIME_S || this.isEarly(message)) units.push(...message.units);
    }
    return units.sort((a, b) => a.frame - b.frame).map(looseMsu);
  }

  /** No more of a message comes here. What an earlier capture may hold the rest of is kept for the stitch. */
  private give(message: Message): void {
    const { whole, units } = message;
    if (whole !== null) return;
    if (this.isEarly(message) && this.early.length + units.length <= this.limits.sccpMessages)
      this.early.push(...units);
    else add(this.counters.anomalies, 'sccp segments missing');
  }

  private isEarly({ seconds, units }: Message): boolean {
    return units.length > 0 && seconds <= this.began + LIFETIME_S;
  }

  private create(hash: number, length: number, seconds: number): Message {
    for (const [oldest, old] of this.messages) {
      const age = Math.abs(seconds - old.seconds);
      const done = old.whole === null ? age > LIFETIME_S : age > COPY_S;
      if (!done && this.messages.size < this.limits.sccpMessages) break;
      if (old.whole === null) {
        if (done) this.give(old);
        else add(this.counters.dropped, 'sccpMessages');
      }
      this.forget(oldest, old);
    }
    const message: Message = {
      key: Buffer.from(this.key.subarray(0, length)),
      seconds,
      pieces: [],
      total: -1,
      have: 0,
      length: 0,
      held: 0,
      whole: null,
      last: -1,
      units: [],
    };
    this.messages.set(hash, message);
    return message;
  }

  /** Keeps the data of a segment; of one that may be a loose end the whole signal unit. */
  private keep(message: Message, index: number, { kind, out }: Segment, msu: Msu, payload: Payload | null): void {
    let piece: Buffer;
    let held: number;
    if (payload === null) {
      piece = Buffer.from(msu.data.subarray(out.start, out.end));
      held = piece.length;
    } else {
      const unit = keepMsu(kind, msu, payload);
      message.units.push(unit);
      piece = unit.bytes.subarray(out.start - msu.start, out.end - msu.start);
      held = unit.addresses.length + unit.bytes.length;
    }
    message.pieces[index] = piece;
    message.have++;
    message.length += piece.length;
    message.held += held + PIECE_OVERHEAD;
    this.held += held + PIECE_OVERHEAD;
  }

  /** No more of it is kept, and it will not be whole. */
  private giveUp(message: Message): void {
    if (message.have > 0) add(this.counters.anomalies, 'sccp message too long');
    this.held -= message.held;
    message.held = 0;
    message.pieces = [];
    message.units = [];
    message.have = 0;
    message.length = MESSAGE_MAX + 1;
  }

  private complete(message: Message, last: number, out: Sccp): void {
    // The one after which most remain is the first.
    message.whole = Buffer.concat((message.pieces as Buffer[]).toReversed(), message.length);
    message.held += message.length;
    this.held += message.length;
    message.last = last;
    message.units = [];
    show(message.whole, out);
  }

  private again(message: Message, index: number, out: Sccp): void {
    if (message.whole !== null && index === message.last) show(message.whole, out);
    else out.segment = true;
  }

  private wait(hash: number, message: Message, out: Sccp): void {
    out.segment = true;
    for (const [oldest, old] of this.messages) {
      if (this.held <= this.limits.sccpBytes) break;
      if (old.whole === null) add(this.counters.dropped, 'sccpBytes');
      this.forget(oldest, old);
      if (oldest === hash && old === message) break;
    }
  }

  private forget(hash: number, message: Message): void {
    this.held -= message.held;
    this.messages.delete(hash);
  }
}

function show(whole: Buffer, out: Sccp): void {
  out.data = whole;
  out.start = 0;
  out.end = whole.length;
}
