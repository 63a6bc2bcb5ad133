import { viewOf } from '../base/bytes.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';
import { lineEnd } from './line-end.ts';
import { HEADER_COUNT, Header, Method, ROW, type SipMessage } from './message.ts';
import { COMPACT, headerAt, headerNumber, METHOD_NAMES, methodNumber, nameLength } from './names.ts';
import { cutRequest, isDigit, scanStartLine, stopAt } from './start-line.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const NOTHING = Buffer.alloc(0);

export interface ScanOptions {
  /** The bytes are a stream: an unfinished message is a reason to wait for more, not an error. */
  stream: boolean;
  /** Most bytes of one message ({@link Limits.sipMessageBytes}). */
  maxBytes: number;
  /** Of a datagram that no event needs, the start line is enough: a 100, an OPTIONS. Its headers are then not looked at. */
  eventsOnly?: boolean;
  /** The capture has not all of the datagram: a header line that ends with what is there may have been longer, and is passed over. */
  cut?: boolean;
}

/** A message for {@link scanSip} to fill, again and again. @param headers most header lines kept of one message, beside the first of each known one */
export function createSipMessage(headers: number = DEFAULT_LIMITS.sipHeaders): SipMessage {
  return {
    data: NOTHING,
    start: 0,
    end: 0,
    method: 0,
    methodStart: 0,
    methodEnd: 0,
    uriStart: 0,
    uriEnd: 0,
    status: 0,
    reasonStart: 0,
    reasonEnd: 0,
    rows: new Int32Array((headers + HEADER_COUNT) * ROW),
    rowCount: 0,
    first: new Int32Array(HEADER_COUNT),
    cseq: -1,
    cseqMethod: 0,
    cseqMethodStart: 0,
    cseqMethodEnd: 0,
    bodyStart: 0,
    contentLength: -1,
    stop: null,
  };
}

/**
 * Scans one message (RFC 3261 §7) that begins at `start`, blank lines before it allowed (§7.5), and fills `message` with its
 * offsets. Nothing is allocated but a Stop where something is wrong.
 *
 * Returns the bytes used from `start` on (> 0); 0 where a stream must bring more first; -1 where this is no SIP.
 * A datagram's message ends at `limit`, or where Content-Length says if that is earlier.
 *
 * Where 0 is returned because the body is not complete, `message.end` is where it will be; else `message.end` is 0.
 *
 * Stop reasons: `start line`, `header block` (cut before its blank line), `header line` (no colon; the line is passed over),
 * `sipHeaders`, `sipMessageBytes` (limits), `Content-Length`, `CSeq`, `Status-Code`. The first one found is kept.
 */
export function scanSip(data: Buffer, start: number, limit: number, message: SipMessage, options: ScanOptions): number {
  message.end = 0;
  let at = skipBlank(data, start, limit);
  if (at >= limit) return options.stream ? 0 : -1;
  const stream = options.stream;
  const origin = at;
  message.data = data;
  message.start = at;
  message.stop = null;
  message.cseq = -1;
  message.cseqMethod = 0;
  message.cseqMethodStart = message.cseqMethodEnd = at;
  message.contentLength = -1;
  const rows = message.rows;
  const first = message.first;
  for (let row = message.rowCount * ROW - ROW; row >= 0; row -= ROW) first[rows[row]!] = 0;
  message.rowCount = 0;

  // The message may have no more than maxBytes; `limit` stays the end of what is there.
  const bound = limit - at > options.maxBytes ? at + options.maxBytes : limit;
  at = scanStartLine(data, at, bound, message);
  if (at <= 0) {
    if (at === 0 && stream && bound === limit) return 0;
    if (at === 0 && !stream && cutRequest(data, origin, bound, message)) return finishCut(message, start, bound, limit);
    return -1;
  }

  if (options.eventsOnly === true && !stream && !makesEvents(message)) {
    message.bodyStart = message.end = bound;
    return bound - start;
  }
  const view = viewOf(data);
  const capacity = rows.length - HEADER_COUNT * ROW;
  let row = 0;
  let lengthRepeated = false;
  for (;;) {
    if (at >= bound) {
      if (stream && bound === limit) return abandon(message, row);
      message.rowCount = row / ROW;
      scanNumbers(message, lengthRepeated);
      return finishCut(message, start, bound, limit);
    }
    let byte = data[at]!;
    if (byte === LF) {
      at++;
      break;
    }
    if (byte === CR) {
      if (at + 1 >= limit && stream) return abandon(message, row);
      at += at + 1 < bound && data[at + 1] === LF ? 2 : 1;
      break;
    }
    const nameStart = at;
    let header = headerAt(view, at, bound);
    let named = true;
    if (header !== 0) {
      at += nameLength() + 1;
    } else if (at + 2 < bound && data[at + 1] === COLON && (CLASS[byte]! & TOKEN_CHARACTER) !== 0) {
      header = COMPACT[byte]!;
      at += 2;
    } else if (at + 3 < bound && data[at + 2] === COLON && (byte | 0x20) === 0x74 && (data[at + 1]! | 0x20) === 0x6f) {
      header = Header.To;
      at += 3;
    } else {
      while ((CLASS[byte]! & TOKEN_CHARACTER) !== 0 && ++at < bound) byte = data[at]!;
      const nameEnd = at;
      while ((byte === SP || byte === TAB) && ++at < bound) byte = data[at]!;
      named = byte === COLON && nameEnd > nameStart && at < bound;
      if (named && at++ > nameEnd) header = headerNumber(data, nameStart, nameEnd);
    }
    let valueStart = at;
    // A line that begins with white space continues the one before (§7.3.1).
    let valueEnd: number;
    for (;;) {
      at = lineEnd(data, view, at, bound);
      valueEnd = at;
      if (at >= bound) break;
      at += data[at] === CR && at + 1 < bound && data[at + 1] === LF ? 2 : 1;
      if (at >= bound || (data[at] !== SP && data[at] !== TAB)) break;
    }
    if (!named) {
      if (at < bound) stopAt(message, nameStart - origin, 1, 0, 'header line');
      continue;
    }
    if (valueEnd === bound && options.cut === true) continue;
    while (valueStart < valueEnd && data[valueStart]! <= SP) valueStart++;
    while (valueEnd > valueStart && data[valueEnd - 1]! <= SP) valueEnd--;
    // Who writes many lines before those that count hides nothing: of what is known by number the first has room.
    if (row >= capacity && (header === Header.Other || first[header] !== 0)) {
      stopAt(message, nameStart - origin, at - nameStart, 0, 'sipHeaders');
      continue;
    }
    rows[row] = header;
    rows[row + 1] = nameStart;
    rows[row + 2] = valueStart;
    rows[row + 3] = valueEnd;
    row += ROW;
    if (first[header] === 0) first[header] = row / ROW;
    else if (header === Header.ContentLength) lengthRepeated = true;
  }
  message.rowCount = row / ROW;
  scanNumbers(message, lengthRepeated);
  message.bodyStart = at;
  const length = message.contentLength;
  if (length < 0) {
    // A datagram without Content-Length is all message (§18.3); on a stream only the reader can find the end (§20.14).
    message.end = stream ? at : bound;
  } else if (at + length <= bound) {
    message.end = at + length;
  } else if (stream && at + length - origin <= options.maxBytes) {
    message.end = at + length;
    return 0;
  } else {
    stopAt(message, at - origin, length, bound - at, 'Content-Length');
    message.end = stream ? at : bound;
  }
  return message.end - start;
}

/** Whether a message may open, close or change a call or transaction that events are made of, by its start line. */
function makesEvents({ status, method }: SipMessage): boolean {
  if (status !== 0) return status !== 100;
  return (
    method === Method.INVITE ||
    method === Method.ACK ||
    method === Method.BYE ||
    method === Method.CANCEL ||
    method === Method.REGISTER ||
    method === Method.MESSAGE
  );
}

/** Whether a start line of SIP, whole or cut at `limit`, may stand at `at`. */
export function looksLikeSip(data: Buffer, at: number, limit: number): boolean {
  return scanStartLine(data, at, limit, probe) >= 0;
}

/**
 * Whether a message of a method we know, or a response, begins at `at`: 1 yes, 0 it may when more bytes have come, -1 no.
 * Stricter than {@link looksLikeSip}, for places where the tail of a method could be taken for another.
 */
export function startsMessage(data: Buffer, at: number, limit: number): number {
  const found = scanStartLine(data, at, limit, probe);
  if (found > 0) return probe.status !== 0 || probe.method !== 0 ? 1 : -1;
  if (found < 0) return -1;
  let end = at;
  while (end < limit && (CLASS[data[end]!]! & TOKEN_CHARACTER) !== 0) end++;
  if (end < limit) return data[end] === 0x2f || methodNumber(data, at, end) !== 0 ? 0 : -1;
  const text = data.toString('latin1', at, end);
  return 'SIP'.startsWith(text) || METHOD_NAMES.some((name) => name.startsWith(text)) ? 0 : -1;
}

/** Where the next start line stands after a line end, searching from `from`; -1 where there is none. It may be cut at `limit`. */
export function findStartLine(data: Buffer, from: number, limit: number): number {
  const view = viewOf(data);
  for (let at = from; ; ) {
    at = lineEnd(data, view, at, limit);
    while (at < limit && (data[at] === CR || data[at] === LF)) at++;
    if (at >= limit) return -1;
    if ((CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0 && looksLikeSip(data, at, limit)) return at;
  }
}

const probe = createSipMessage(0);

/** First byte at or after `at` that is not a blank, tab or line end. */
function skipBlank(data: Buffer, at: number, limit: number): number {
  while (at < limit) {
    const byte = data[at]!;
    if (byte !== CR && byte !== LF && byte !== SP && byte !== TAB) break;
    at++;
  }
  return at;
}

/** A header block that is not whole on a stream: what was filled in is only good for clearing it again. */
function abandon(message: SipMessage, row: number): 0 {
  message.rowCount = row / ROW;
  return 0;
}

/** Ends a message inside its header block. */
function finishCut(message: SipMessage, start: number, bound: number, limit: number): number {
  stopAt(message, bound - message.start, 2, 0, bound < limit ? 'sipMessageBytes' : 'header block');
  message.bodyStart = message.end = bound;
  return bound - start;
}

/** Fills in Content-Length and CSeq. */
function scanNumbers(message: SipMessage, lengthRepeated: boolean): void {
  const { data, rows, first } = message;
  const lengthRow = first[Header.ContentLength]!;
  if (lengthRow !== 0) {
    const row = (lengthRow - 1) * ROW;
    let length = decimal(data, rows[row + 2]!, rows[row + 3]!);
    if (lengthRepeated && length >= 0 && !lengthsAgree(message, length)) length = -2;
    message.contentLength = length;
    if (length < 0) stopAt(message, rows[row + 2]! - message.start, 1, 0, 'Content-Length');
  }
  const cseqRow = first[Header.CSeq]!;
  if (cseqRow === 0) return;
  const row = (cseqRow - 1) * ROW;
  const start = rows[row + 2]!;
  const end = rows[row + 3]!;
  let at = start;
  while (at < end && isDigit(data[at]!)) at++;
  // RFC 3261 §8.1.1.5 allows less than 2^31; some senders use all of 32 bits.
  const cseq = at - start <= 20 ? decimal(data, start, at) : -2;
  while (at < end && data[at]! <= SP) at++;
  message.cseqMethodStart = at;
  message.cseqMethodEnd = end;
  message.cseqMethod = methodNumber(data, at, end);
  if (cseq < 0 || cseq > 0xffff_ffff || at === end) {
    stopAt(message, start - message.start, 1, 0, 'CSeq');
    return;
  }
  message.cseq = cseq;
}

/** Decimal number of up to 15 digits after leading zeros, -2 where it is none. */
function decimal(data: Buffer, start: number, end: number): number {
  if (start === end) return -2;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = data[at]! - 0x30;
    if (digit < 0 || digit > 9 || value > 1e14) return -2;
    value = value * 10 + digit;
  }
  return value;
}

/** RFC 4475 §3.3.9: several Content-Length that differ say nothing. */
function lengthsAgree(message: SipMessage, length: number): boolean {
  for (let row = 0; row < message.rowCount * ROW; row += ROW) {
    if (message.rows[row] !== Header.ContentLength) continue;
    if (decimal(message.data, message.rows[row + 2]!, message.rows[row + 3]!) !== length) return false;
  }
  return true;
}
