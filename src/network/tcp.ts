import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { millisecondsBetween } from '../base/time.ts';
import { endsOf, FlowTable } from './flows.ts';
import { type LooseEnds, PIECE_OVERHEAD } from './loose.ts';
import type { Payload } from './payload.ts';
import type { StreamReaders } from './streams.ts';
import { Direction, HEAD_BYTES, join, NONE, restart, type Segment } from './tcp-direction.ts';

/** Flag bits of RFC 9293 section 3.1. */
const Flag = { fin: 0x01, syn: 0x02, rst: 0x04, ack: 0x10 } as const;

/** A sequence number further away than any window in use belongs to another stream, of which the SYN was not seen. */
const WINDOW = 1 << 24;
/** The receiver has acknowledged what is missing: it is not late but was not captured. Mirrors may still swap packets. */
const ACKNOWLEDGED_MS = 50;
const ACKNOWLEDGED_SEGMENTS = 8;
/** Nobody said anything about what is missing. Retransmission timers of TCP begin at 1 s (RFC 6298). */
const UNANSWERED_MS = 10_000;

/**
 * TCP directions in order. Bytes that arrive in order and are consumed at once are never copied. Bounded by `tcpStreams`
 * directions, `tcpStreamBytes` of one and `tcpBytes` of all.
 */
export class Tcp {
  private readonly readers: StreamReaders;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly loose: LooseEnds;
  private readonly table: FlowTable<Direction>;
  private held = 0;
  /** Directions with segments past a gap. */
  private gaps = 0;
  private dropName: 'tcpStreams' | 'tcpBytes' = 'tcpStreams';

  constructor(readers: StreamReaders, limits: Limits, counters: Counters, loose: LooseEnds) {
    this.readers = readers;
    this.limits = limits;
    this.counters = counters;
    this.loose = loose;
    this.table = new FlowTable<Direction>(limits.tcpStreams, (direction) => {
      add(counters.dropped, this.dropName);
      this.release(direction);
    });
  }

  /**
   * Reads the segment at data [at, end), whose addresses `payload` has. `missing`: bytes after `end` that the segment had on the
   * wire and the capture has not.
   */
  segment(payload: Payload, data: Buffer, at: number, end: number, missing: number): void {
    const header = headerLength(data, at, end);
    if (header < 0) {
      if (missing === 0) add(this.counters.anomalies, end - at < 20 ? 'tcp header' : 'tcp data offset');
      return;
    }
    payload.sourcePort = u16(data, at);
    payload.destinationPort = u16(data, at + 2);
    const flags = data[at + 13];
    let sequence = u32(data, at + 4) | 0;
    let direction = this.table.find(payload);
    if (this.gaps > 0 && (flags & Flag.ack) !== 0) this.acknowledge(payload, u32(data, at + 8) | 0);
    if ((flags & Flag.syn) !== 0) {
      sequence = (sequence + 1) | 0;
      direction = this.open(payload, direction, sequence);
    }
    if ((flags & Flag.rst) !== 0) {
      // Neither side says anything more (RFC 9293 section 3.5.3).
      const other = this.table.findReverse(payload);
      if (other !== undefined) other.isReset = true;
      if (direction !== undefined) this.end(direction, payload);
      return;
    }
    const from = at + header;
    if (from === end && missing === 0 && (flags & Flag.fin) === 0) return;
    if (direction === undefined) {
      if (from === end) return;
      direction = new Direction();
      this.table.insert(payload, direction);
      join(direction, sequence);
    } else if (direction.ignored) {
      return;
    }
    this.bytes(direction, payload, data, from, end, sequence, missing);
    if ((flags & Flag.fin) !== 0) {
      direction.hasFin = true;
      direction.finAt = (sequence + end - from + missing) | 0;
    }
    if (direction.hasFin && direction.next === direction.finAt) this.close(direction);
    if (this.held > this.limits.tcpBytes) this.shrink();
  }

  /** Hands over what is unfinished at the end of a capture. */
  looseEnds(): void {
    for (const direction of this.table.flows()) {
      this.loosen(direction);
      for (const segment of direction.queue) {
        this.loose.tcp('tail', true, true, endsOf(direction), segment.sequence, segment.bytes, segment);
      }
    }
  }

  /** A SYN: a new stream, unless it is the one that began this stream once more. */
  private open(payload: Payload, direction: Direction | undefined, first: number): Direction {
    if (direction === undefined) {
      direction = new Direction();
      this.table.insert(payload, direction);
    } else {
      if (direction.first === first && !direction.closed && !direction.ignored) return direction;
      this.end(direction, payload);
    }
    restart(direction, first);
    direction.joined = false;
    direction.midway = false;
    return direction;
  }

  private bytes(
    direction: Direction,
    payload: Payload,
    data: Buffer,
    from: number,
    end: number,
    sequence: number,
    missing: number,
  ): void {
    const stop = (sequence + end - from + missing) | 0;
    let ahead = (sequence - direction.next) | 0;
    const isOver = direction.closed ? ahead >= 0 : direction.isReset && ahead > 0;
    if (ahead > WINDOW || ahead < -WINDOW || (isOver && end > from)) {
      if (!direction.closed && !direction.isReset) add(this.counters.anomalies, 'tcp sequence jump');
      this.end(direction, payload);
      join(direction, sequence);
      ahead = 0;
    } else if (direction.closed) {
      return;
    }
    if (ahead > 0) {
      if (end > from) this.enqueue(direction, payload, data, from, end, sequence);
      return;
    }
    if (ahead < 0) {
      if (direction.joined) this.beforeJoin(direction, payload, data, from, end, sequence);
      // Bytes seen before: a retransmission, or a keep-alive (RFC 9293 section 3.8.4) with its one byte of garbage.
      if (((stop - direction.next) | 0) <= 0) return;
      from = Math.min(end, from - ahead);
    }
    if (from < end) this.deliver(direction, payload, data, from, end);
    if (missing > 0 && !direction.ignored) {
      // The rest of this segment never comes.
      this.lose(direction);
      direction.next = stop;
    }
    payload.cut = false;
    if (direction.queue.length > 0) this.drain(direction, payload, false);
  }

  /** Bytes from before the place where the stream was joined: an earlier segment that came late, or a retransmission. */
  private beforeJoin(
    direction: Direction,
    payload: Payload,
    data: Buffer,
    from: number,
    end: number,
    sequence: number,
  ): void {
    const early = (direction.first - sequence) | 0;
    if (early <= 0 || early > WINDOW) return;
    const stop = Math.min(end, from + early);
    if (direction.headRoom < stop - from || stop === from) return;
    direction.headRoom -= stop - from;
    this.loose.tcp('tail', true, true, payload, sequence, data.subarray(from, stop), payload);
  }

  /** Bytes in order. */
  private deliver(direction: Direction, payload: Payload, data: Buffer, from: number, end: number): void {
    direction.next = (direction.next + end - from) | 0;
    direction.seconds = payload.seconds;
    direction.nanoseconds = payload.nanoseconds;
    direction.frame = payload.frame;
    if (direction.held !== null) {
      const length = direction.heldEnd - direction.heldStart + end - from;
      if (length > this.limits.tcpStreamBytes) {
        add(this.counters.dropped, 'tcpStreamBytes');
        this.releaseHeld(direction);
        direction.midway = true;
      } else {
        const held = this.append(direction, direction.held, data, from, end);
        const consumed = this.show(direction, payload, held, direction.heldStart, direction.heldEnd);
        this.held -= consumed;
        direction.heldStart += consumed;
        if (direction.ignored) this.release(direction);
        else if (direction.heldStart === direction.heldEnd) this.releaseHeld(direction);
        return;
      }
    }
    const consumed = this.show(direction, payload, data, from, end);
    if (direction.ignored) {
      this.release(direction);
    } else if (from + consumed < end) {
      direction.held = keep(data, from + consumed, end);
      direction.heldStart = 0;
      direction.heldEnd = direction.held.length;
      this.held += direction.heldEnd;
    }
  }

  private append(direction: Direction, held: Buffer, data: Buffer, from: number, end: number): Buffer {
    const added = end - from;
    const length = direction.heldEnd - direction.heldStart;
    if (direction.heldEnd + added > held.length) {
      const grown = length + added > held.length / 2 ? Buffer.allocUnsafeSlow(2 * (length + added)) : held;
      held.copy(grown, 0, direction.heldStart, direction.heldEnd);
      direction.held = grown;
      direction.heldStart = 0;
      direction.heldEnd = length;
      held = grown;
    }
    data.copy(held, direction.heldEnd, from, end);
    direction.heldEnd += added;
    this.held += added;
    return held;
  }

  /** Shows bytes that end at `direction.next` and returns how many were consumed. */
  private show(direction: Direction, payload: Payload, data: Buffer, from: number, end: number): number {
    payload.data = data;
    payload.start = from;
    payload.end = end;
    const verdict = this.readers.show(payload, direction.midway, direction);
    const { consumed, headless } = verdict;
    if (direction.midway) {
      if (headless > 0 && headless <= direction.headRoom) {
        direction.headRoom -= headless;
        const first = direction.next - (end - from);
        this.loose.tcp('head', false, true, payload, first, data.subarray(from, from + headless), payload);
      }
      if (consumed > headless) direction.midway = false;
    }
    if (verdict.ignore) direction.ignored = true;
    return consumed;
  }

  /** Keeps a segment past a gap; gives the gap up where it will not be filled. */
  private enqueue(
    direction: Direction,
    payload: Payload,
    data: Buffer,
    from: number,
    end: number,
    sequence: number,
  ): void {
    if (direction.queue === NONE) {
      direction.queue = [];
      direction.acknowledged = false;
      this.gaps++;
    }
    const { queue } = direction;
    let place = queue.length;
    while (place > 0 && ((queue[place - 1].sequence - sequence) | 0) > 0) place--;
    const before = queue[place - 1];
    if (before !== undefined && ((before.sequence + before.bytes.length - sequence) | 0) >= end - from) return;
    const { seconds, nanoseconds, frame } = payload;
    const bytes = keep(data, from, end);
    queue.splice(place, 0, { sequence, bytes, seconds, nanoseconds, frame });
    direction.queued += bytes.length + PIECE_OVERHEAD;
    this.held += bytes.length + PIECE_OVERHEAD;
    const waiting = queue[0];
    const age = millisecondsBetween(waiting.seconds, waiting.nanoseconds, seconds, nanoseconds);
    if (
      direction.queued + direction.heldEnd - direction.heldStart > this.limits.tcpStreamBytes ||
      age >= UNANSWERED_MS ||
      (direction.acknowledged && (age >= ACKNOWLEDGED_MS || queue.length >= ACKNOWLEDGED_SEGMENTS))
    ) {
      this.giveUp(direction, payload);
    }
  }

  /** The gap before the queue stays: what follows is joined midway. */
  private giveUp(direction: Direction, payload: Payload): void {
    this.lose(direction);
    direction.next = direction.queue[0].sequence;
    const { seconds, nanoseconds, frame } = payload;
    this.drain(direction, payload, true);
    payload.seconds = seconds;
    payload.nanoseconds = nanoseconds;
    payload.frame = frame;
  }

  /** Bytes after `next` are lost, and with them the message they belonged to. */
  private lose(direction: Direction): void {
    add(this.counters.anomalies, 'tcp lost segment');
    this.loosen(direction);
    this.releaseHeld(direction);
    direction.midway = true;
    direction.headRoom = HEAD_BYTES;
  }

  /** Delivers what of the queue is in order now; `own`: at the time at which each segment came. */
  private drain(direction: Direction, payload: Payload, own: boolean): void {
    const { queue } = direction;
    let taken = 0;
    while (taken < queue.length && !direction.ignored) {
      const segment = queue[taken];
      const skip = (direction.next - segment.sequence) | 0;
      if (skip < 0) break;
      taken++;
      this.unqueue(direction, segment);
      if (skip >= segment.bytes.length) continue;
      if (own) {
        payload.seconds = segment.seconds;
        payload.nanoseconds = segment.nanoseconds;
        payload.frame = segment.frame;
      }
      this.deliver(direction, payload, segment.bytes, skip, segment.bytes.length);
    }
    // Where the reader wants no more, the queue is gone already.
    if (direction.queue !== queue) return;
    queue.splice(0, taken);
    direction.acknowledged = false;
    if (queue.length === 0) {
      direction.queue = NONE;
      this.gaps--;
    }
  }

  /** Notes on the opposite direction that a byte past its gap was received. */
  private acknowledge(payload: Payload, acknowledgment: number): void {
    const other = this.table.findReverse(payload);
    if (other !== undefined && other.queue.length > 0 && ((acknowledgment - other.next) | 0) > 0) {
      other.acknowledged = true;
    }
  }

  /** The stream is over: what waits for bytes that were lost is all there is of it. */
  private end(direction: Direction, payload: Payload): void {
    const { cut } = payload;
    payload.cut = false;
    while (direction.queue.length > 0) this.giveUp(direction, payload);
    payload.cut = cut;
    this.close(direction);
  }

  /** Nothing more of the stream is waited for; a mark stays, so that late copies of its bytes are known. */
  private close(direction: Direction): void {
    if (!direction.closed) this.loosen(direction);
    this.release(direction);
    direction.closed = true;
  }

  /** Hands the bytes of an unfinished message over as a loose end. */
  private loosen(direction: Direction): void {
    if (direction.held === null) return;
    const { held, heldStart, heldEnd, next, midway, hasFin } = direction;
    const bytes = held.subarray(heldStart, heldEnd);
    this.loose.tcp('tail', midway, !hasFin, endsOf(direction), next - bytes.length, bytes, direction);
  }

  private shrink(): void {
    this.dropName = 'tcpBytes';
    while (this.held > this.limits.tcpBytes && this.table.evictOldest());
    this.dropName = 'tcpStreams';
  }

  private release(direction: Direction): void {
    this.releaseHeld(direction);
    direction.slot = null;
    if (direction.queue === NONE) return;
    this.held -= direction.queued;
    direction.queued = 0;
    direction.queue = NONE;
    this.gaps--;
  }

  private releaseHeld(direction: Direction): void {
    this.held -= direction.heldEnd - direction.heldStart;
    direction.held = null;
    direction.heldStart = 0;
    direction.heldEnd = 0;
  }

  private unqueue(direction: Direction, segment: Segment): void {
    const cost = segment.bytes.length + PIECE_OVERHEAD;
    direction.queued -= cost;
    this.held -= cost;
  }
}

/** Length of the TCP header at data [at, end), or -1 where it does not fit or is impossible. */
export function headerLength(data: Buffer, at: number, end: number): number {
  if (end - at < 20) return -1;
  const length = (data[at + 12] >> 4) << 2;
  return length >= 20 && at + length <= end ? length : -1;
}

/** A copy outside of Buffer's pool, of which one small piece kept for long would hold 8 KiB. */
function keep(data: Buffer, from: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(end - from);
  data.copy(bytes, 0, from, end);
  return bytes;
}
