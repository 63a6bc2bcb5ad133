import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import type { StreamVerdict } from '../network/payload.ts';
import { handshakeEnd, isSipUpgrade, looksLikeHttp, messageEnd } from './handshake.ts';
import type { SipMessage } from './message.ts';
import { createSipMessage, findStartLine, looksLikeSip, scanSip, startsMessage } from './scan.ts';
import { createFrameState, type FrameState, looksLikeFrame, WebSocketReader } from './websocket.ts';

/** What a stream direction turned out to carry. */
const Mode = { unknown: 0, sip: 1, websocket: 2, ignored: 3 } as const;

/** What the reader remembers of one TCP direction between calls. */
export interface SipStreamState {
  mode: number;
  /** Bytes from the first unconsumed one on that must be there before it is worth looking again. */
  need: number;
  /** Bytes of an unfinished header block in which its end was already sought. */
  searched: number;
  /** Bytes that are no message are being passed over. */
  skipping: boolean;
  frames: FrameState | null;
  /** HTTP messages that were passed over. */
  http: number;
  /** Bytes of a stream joined midway that were neither text nor the beginning of anything. */
  odd: number;
}

export function createStreamState(): SipStreamState {
  return { mode: Mode.unknown, need: 0, searched: 0, skipping: false, frames: null, http: 0, odd: 0 };
}

const CR = 0x0d;
const LF = 0x0a;
/** Share of text in the first bytes of a stream joined midway for it to be searched for a start line. */
const TEXT_BYTES = 128;
const TEXT_SHARE = 0.9;
/**
 * A stream joined midway may begin inside a body that is no text (ISUP, a short message, a masked frame) or with the one byte of a
 * keep-alive (RFC 9293 §3.8.4): more bytes than such have, it is none of SIP.
 */
const ODD_BYTES = 4096;
/** Longest line that is waited for while bytes are passed over. */
const LINE_MAX = 8192;
/** Messages of HTTP after which a stream may turn out to be SIP: a server that speaks both reads both on one connection. */
const HTTP_MESSAGES = 4;
const STUN_COOKIE = 0x2112a442;

/**
 * Finds the SIP messages of TCP directions: one after another (RFC 3261 §18.3, by Content-Length), between keep-alives
 * (RFC 5626 §3.5), or in WebSocket frames (RFC 7118). One reader serves all directions; what it knows of one is the caller's to
 * keep.
 */
export class SipStreamReader {
  private readonly counters: Counters;
  private readonly onMessage: (message: SipMessage) => void;
  private readonly message: SipMessage;
  private readonly options: { stream: boolean; maxBytes: number };
  private readonly webSocket: WebSocketReader;

  /** @param onMessage given each message as a view, valid only during the call; its `data` need not be the stream's */
  constructor(limits: Limits, counters: Counters, onMessage: (message: SipMessage) => void) {
    this.counters = counters;
    this.onMessage = onMessage;
    this.message = createSipMessage(limits.sipHeaders);
    this.options = { stream: true, maxBytes: limits.sipMessageBytes };
    this.webSocket = new WebSocketReader(this.message, limits.sipMessageBytes, counters, onMessage);
  }

  /**
   * Reads the bytes [start, end) of a direction, which begin with the first not yet consumed, and fills in `verdict`.
   * `joinedMidway`: nothing says that a message begins at `start`. `cut`: what follows `end` never comes.
   */
  read(
    data: Buffer,
    start: number,
    end: number,
    joinedMidway: boolean,
    verdict: StreamVerdict,
    state: SipStreamState,
    cut = false,
  ): void {
    let at = start;
    if (joinedMidway) {
      state.need = state.searched = 0;
      state.skipping = false;
      at = this.join(data, start, end, verdict, state);
      verdict.headless = at - start;
    }
    if (state.mode === Mode.unknown && at < end) at = this.recognise(data, at, end, state);
    if (state.mode === Mode.sip) {
      at = this.messages(data, at, end, state);
      if (cut && at < end) at = this.beginning(data, at, end);
    } else if (state.mode === Mode.websocket) at = this.webSocket.read(data, at, end, state.frames!);
    else if (state.mode === Mode.ignored) {
      verdict.ignore = true;
      at = end;
    }
    verdict.consumed = at - start;
  }

  /** The place where reading can begin in a stream joined midway; `end` where nothing shown is of use. */
  private join(data: Buffer, start: number, end: number, verdict: StreamVerdict, state: SipStreamState): number {
    const at = skipLineEnds(data, start, end);
    if (at === end) return end;
    const begins = startsMessage(data, at, end);
    if (begins >= 0) {
      if (begins > 0) state.mode = Mode.sip;
      return start;
    }
    if (looksLikeHttp(data, at, end)) {
      state.mode = Mode.unknown;
      return start;
    }
    if (looksLikeFrame(data, at, end)) {
      state.mode = Mode.websocket;
      state.frames = createFrameState();
      return at;
    }
    // Bytes of a stream that is known are no reason to give it up: the next message will begin somewhere.
    if (state.mode === Mode.websocket) return end;
    const line = findStartLine(data, at, end);
    if (line < 0) {
      if (state.mode === Mode.sip || looksLikeText(data, at, end)) return end;
      state.odd += end - at;
      if (state.odd <= ODD_BYTES) return end;
      state.mode = Mode.ignored;
      verdict.ignore = true;
      return start;
    }
    state.mode = Mode.sip;
    return line;
  }

  /** Decides what a stream carries by its first bytes. */
  private recognise(data: Buffer, start: number, end: number, state: SipStreamState): number {
    for (let at = start; ; ) {
      at = skipLineEnds(data, at, end);
      if (at === end) return at;
      const stun = stunBytes(data, at, end);
      if (stun >= 0) {
        if (stun === 0 || at + stun > end) return at;
        at += stun;
        continue;
      }
      if (looksLikeHttp(data, at, end)) {
        const block = handshakeEnd(data, at, end);
        if (block === 0) return at;
        if (block < 0 || !isSipUpgrade(data, at, block)) {
          const next = block < 0 || ++state.http > HTTP_MESSAGES ? -1 : messageEnd(data, at, block);
          if (next > end && next - at <= LINE_MAX) return at;
          if (next < 0 || next > end) {
            state.mode = Mode.ignored;
            return at;
          }
          at = next;
          continue;
        }
        state.mode = Mode.websocket;
        state.frames = createFrameState();
        return block;
      }
      state.mode = looksLikeSip(data, at, end) ? Mode.sip : Mode.ignored;
      return at;
    }
  }

  /** Reads message after message from `at` on; returns where it stopped for want of bytes. */
  private messages(data: Buffer, at: number, end: number, state: SipStreamState): number {
    const { message, options } = this;
    for (;;) {
      at = skipLineEnds(data, at, end);
      if (at === end || end - at < state.need) return at;
      if (state.searched > 0 && !this.mayEnd(data, at, end, state)) return at;
      const used = scanSip(data, at, end, message, options);
      if (used === 0) {
        state.need = message.end > 0 ? message.end - at : 0;
        state.searched = message.end > 0 ? 0 : end - at;
        return at;
      }
      state.need = state.searched = 0;
      if (used > 0) {
        state.skipping = false;
        at += used;
        // Inside a header block that is too long, what follows is more of it.
        if (message.contentLength < 0 && message.stop?.reason !== 'sipMessageBytes') {
          at = this.bodyWithoutLength(data, at, end);
        }
        this.onMessage(message);
        continue;
      }
      const stun = stunBytes(data, at, end);
      if (stun >= 0) {
        if (stun === 0 || at + stun > end) return at;
        at += stun;
        continue;
      }
      const next = this.skip(data, at, end, state);
      if (next < 0) return -1 - next;
      at = next;
    }
  }

  /** What there is of a message whose rest never comes: the segment was cut by the snap length. */
  private beginning(data: Buffer, at: number, end: number): number {
    const { maxBytes } = this.options;
    if (scanSip(data, at, end, this.message, { stream: false, maxBytes, cut: true }) > 0) this.onMessage(this.message);
    return end;
  }

  /** Whether a header block that was unfinished when last seen may have its end now; `state.searched` follows. */
  private mayEnd(data: Buffer, at: number, end: number, state: SipStreamState): boolean {
    if (end - at > this.options.maxBytes) return true;
    for (let from = at + Math.max(state.searched - 3, 0); from < end; from++) {
      if (data[from] !== LF && data[from] !== CR) continue;
      const next = data[from] === CR && data[from + 1] === LF ? from + 2 : from + 1;
      if (next < end && (data[next] === CR || data[next] === LF)) return true;
    }
    state.searched = end - at;
    return false;
  }

  /**
   * A message without a usable Content-Length (RFC 3261 §20.14 demands one on streams) has what follows as its body, up to the
   * next start line. Returns where it ends.
   */
  private bodyWithoutLength(data: Buffer, at: number, end: number): number {
    add(this.counters.anomalies, 'sip stream without Content-Length');
    if (at === end || data[at] === CR || data[at] === LF || looksLikeSip(data, at, end)) return at;
    const next = findStartLine(data, at, end);
    this.message.end = next < 0 ? end : next;
    return this.message.end;
  }

  /**
   * Passes over bytes that are no message, to the next start line. Returns its place; or -1 - place where more bytes must come
   * first.
   */
  private skip(data: Buffer, at: number, end: number, state: SipStreamState): number {
    if (!state.skipping) add(this.counters.anomalies, 'sip stream out of step');
    state.skipping = true;
    const next = findStartLine(data, at, end);
    if (next >= 0) return next;
    // An unfinished line stays, so that its end is not taken for a beginning.
    let line = end;
    while (line > at && end - line < LINE_MAX && data[line - 1] !== LF) line--;
    return -1 - (end - line < LINE_MAX ? line : end);
  }
}

function skipLineEnds(data: Buffer, at: number, end: number): number {
  while (at < end && (data[at] === CR || data[at] === LF)) at++;
  return at;
}

/** Bytes of the STUN message at `at` (RFC 8489 §5), 0 where more must come to tell, -1 where there is none. */
function stunBytes(data: Buffer, at: number, end: number): number {
  if (data[at]! > 1) return -1;
  if (end - at < 8) return 0;
  return u32(data, at + 4) === STUN_COOKIE && (u16(data, at + 2) & 3) === 0 ? 20 + u16(data, at + 2) : -1;
}

function looksLikeText(data: Buffer, start: number, end: number): boolean {
  const stop = Math.min(end, start + TEXT_BYTES);
  let text = 0;
  for (let at = start; at < stop; at++) {
    const byte = data[at]!;
    if ((byte >= 0x20 && byte < 0x7f) || byte === CR || byte === LF || byte === 0x09) text++;
    // Bytes of one UTF-8 character stand together.
    else if (byte >= 0xc2 ? isContinuation(data[at + 1]) : isContinuation(byte) && data[at - 1]! >= 0x80) text++;
  }
  return text >= (stop - start) * TEXT_SHARE;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
