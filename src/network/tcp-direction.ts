import { Flow } from './flows.ts';
import type { Sighting } from './loose.ts';
import type { StreamSlot } from './payload.ts';
import { Reader, type StreamMark } from './streams.ts';

/** Bytes kept of one stream joined midway until it is in step: a message is not longer. */
export const HEAD_BYTES = 65_536;
/** A segment that waits for the bytes before it. Its sequence number is held as a signed 32-bit number. */
export interface Segment extends Sighting {
  sequence: number;
  bytes: Buffer;
}

/** No segment waits. It is replaced, never added to. */
export const NONE: Segment[] = [];

/** One direction of a connection. Sequence numbers are signed 32-bit numbers; differences of them wrap as RFC 9293 section 3.4 says. */
export class Direction extends Flow implements StreamMark, Sighting {
  reader: number = Reader.unknown;
  slot: StreamSlot | null = null;
  /** Sequence number of the next byte in order. */
  next = 0;
  /** Sequence number of the first byte seen, where no SYN was. */
  first = 0;
  /** No SYN was seen. */
  joined = false;
  /** Not yet in step with message boundaries. */
  midway = false;
  /** Nothing more of it is to be shown until a new SYN. */
  ignored = false;
  closed = false;
  /** The other side reset the connection: what comes on these ports, but for what was on its way, is of another. */
  isReset = false;
  /** Sequence number after the last byte, where a FIN was seen. */
  finAt = 0;
  hasFin = false;
  /** Bytes in order that were not consumed: held [heldStart, heldEnd). */
  held: Buffer | null = null;
  heldStart = 0;
  heldEnd = 0;
  /** Segments past a gap, by sequence number, and their bytes with the cost of each. */
  queue = NONE;
  queued = 0;
  /** The other side acknowledged a byte past the gap. */
  acknowledged = false;
  /** Bytes of the stream's head that may still be kept as loose ends. */
  headRoom = HEAD_BYTES;
  /** Last packet that brought bytes in order. */
  seconds = 0;
  nanoseconds = 0;
  frame = 0;
}

/** A stream begins at a sequence number. */
export function restart(direction: Direction, first: number): void {
  direction.reader = Reader.unknown;
  direction.slot = null;
  direction.next = first;
  direction.first = first;
  direction.ignored = false;
  direction.closed = false;
  direction.isReset = false;
  direction.hasFin = false;
  direction.headRoom = HEAD_BYTES;
}

/** A stream of which no SYN was seen goes on at a sequence number. */
export function join(direction: Direction, first: number): void {
  restart(direction, first);
  direction.joined = true;
  direction.midway = true;
}
