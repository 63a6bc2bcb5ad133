import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { SipMessage } from './message.ts';
import { looksLikeSip, scanSip } from './scan.ts';

/**
 * WebSocket frame header (RFC 6455 §5.2):
 *
 *     byte 0   FIN 0x80, RSV 0x70, opcode 0x0f
 *     byte 1   MASK 0x80, length 0x7f (126: 2 more bytes, 127: 8 more bytes)
 *     ...      length, then 4 bytes of masking key where MASK is set
 */
const FIN = 0x80;
const RESERVED = 0x70;
const MASK = 0x80;
const Opcode = { continuation: 0, text: 1, binary: 2, close: 8 } as const;

/** What is remembered of one direction of a WebSocket between calls. */
export interface FrameState {
  /** Bytes of a frame that is too long or unreadable, still to be passed over. */
  skip: number;
  /** Fragments of a message so far (RFC 6455 §5.4): bytes [0, length). */
  fragments: Buffer | null;
  length: number;
  /** The fragments that come are of no use. */
  lost: boolean;
}

export function createFrameState(): FrameState {
  return { skip: 0, fragments: null, length: 0, lost: false };
}

/** Reads the frames of one direction and the SIP messages in them. */
export class WebSocketReader {
  private readonly message: SipMessage;
  private readonly maxBytes: number;
  private readonly counters: Counters;
  private readonly onMessage: (message: SipMessage) => void;
  private readonly options: { stream: boolean; maxBytes: number };
  /** Where masked frames are unmasked. */
  private scratch = Buffer.alloc(0);

  constructor(message: SipMessage, maxBytes: number, counters: Counters, onMessage: (message: SipMessage) => void) {
    this.message = message;
    this.maxBytes = maxBytes;
    this.counters = counters;
    this.onMessage = onMessage;
    this.options = { stream: false, maxBytes };
  }

  /** Reads the whole frames in [at, end); returns where the first unfinished one begins. */
  read(data: Buffer, at: number, end: number, state: FrameState): number {
    for (;;) {
      if (state.skip > 0) {
        const skipped = Math.min(state.skip, end - at);
        state.skip -= skipped;
        at += skipped;
      }
      const header = headerLength(data, at, end);
      if (header === 0) return at;
      const length = payloadLength(data, at);
      if (length > this.maxBytes) {
        add(this.counters.dropped, 'sipMessageBytes');
        this.lose(state, data[at]!);
        state.skip = length;
        at += header;
        continue;
      }
      if (at + header + length > end) return at;
      this.frame(data, at, header, length, state);
      at += header + length;
    }
  }

  private frame(data: Buffer, at: number, header: number, length: number, state: FrameState): void {
    const first = data[at]!;
    const opcode = first & 0x0f;
    // Control frames (§5.5) may stand between fragments and say nothing to us.
    if (opcode >= Opcode.close) return;
    if ((first & RESERVED) !== 0) {
      // permessage-deflate (RFC 7692) sets RSV1.
      add(this.counters.anomalies, 'websocket extension');
      this.lose(state, first);
      return;
    }
    let from = at + header;
    if ((data[at + 1]! & MASK) !== 0) {
      data = this.unmask(data, from - 4, length);
      from = 0;
    }
    const isFinal = (first & FIN) !== 0;
    if (opcode !== Opcode.continuation) {
      state.length = 0;
      state.lost = false;
      if (isFinal) {
        this.deliver(data, from, from + length);
        return;
      }
    } else if (state.lost) {
      return;
    }
    this.append(data, from, length, state);
    if (isFinal && state.fragments !== null) {
      if (!state.lost) this.deliver(state.fragments, 0, state.length);
      state.fragments = null;
      state.length = 0;
      state.lost = true;
    }
  }

  /** @param key offset of the masking key (§5.3), which the payload follows */
  private unmask(data: Buffer, key: number, length: number): Buffer {
    if (this.scratch.length < length) this.scratch = Buffer.alloc(Math.max(length, 4096));
    const { scratch } = this;
    for (let i = 0; i < length; i++) scratch[i] = data[key + 4 + i]! ^ data[key + (i & 3)]!;
    return scratch;
  }

  private append(data: Buffer, from: number, length: number, state: FrameState): void {
    const total = state.length + length;
    if (total > this.maxBytes) {
      add(this.counters.dropped, 'sipMessageBytes');
      state.fragments = null;
      state.lost = true;
      return;
    }
    if (state.fragments === null || state.fragments.length < total) {
      const grown = Buffer.alloc(Math.min(Math.max(2 * total, 1024), this.maxBytes));
      state.fragments?.copy(grown, 0, 0, state.length);
      state.fragments = grown;
    }
    data.copy(state.fragments, state.length, from, from + length);
    state.length = total;
  }

  /** A frame that cannot be read takes the message with it of which it is a fragment. */
  private lose(state: FrameState, first: number): void {
    if ((first & 0x0f) >= Opcode.close) return;
    state.fragments = null;
    state.length = 0;
    state.lost = true;
  }

  private deliver(data: Buffer, at: number, end: number): void {
    while (at < end) {
      const used = scanSip(data, at, end, this.message, this.options);
      if (used <= 0) return;
      this.onMessage(this.message);
      at += used;
    }
  }
}

/** Whether a data frame that holds the beginning of a SIP message stands at `at`. */
export function looksLikeFrame(data: Buffer, at: number, end: number): boolean {
  const first = data[at]!;
  const header = headerLength(data, at, end);
  const opcode = first & 0x7f;
  if (header === 0 || (opcode !== Opcode.text && opcode !== Opcode.binary)) return false;
  const start = at + header;
  const length = Math.min(end - start, payloadLength(data, at), 512);
  if (length < 16) return false;
  if ((data[at + 1]! & MASK) === 0) return looksLikeSip(data, start, start + length);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = data[start + i]! ^ data[start - 4 + (i & 3)]!;
  return looksLikeSip(bytes, 0, length);
}

/** Bytes of the frame header at `at`, 0 where it is not whole. */
function headerLength(data: Buffer, at: number, end: number): number {
  if (end - at < 2) return 0;
  const second = data[at + 1]!;
  const short = second & 0x7f;
  const header = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & MASK) !== 0 ? 4 : 0);
  return end - at < header ? 0 : header;
}

function payloadLength(data: Buffer, at: number): number {
  const short = data[at + 1]! & 0x7f;
  if (short === 126) return u16(data, at + 2);
  return short === 127 ? u32(data, at + 2) * 0x1_0000_0000 + u32(data, at + 6) : short;
}
