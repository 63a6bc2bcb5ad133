import { viewOf } from '../base/bytes.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';
import { HEADER_COUNT, Header, Method, ROW, type SipMessage } from './message.ts';
import { COMPACT, headerAt, headerNumber, METHOD_NAMES, methodNumber, nameLength } from './names.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const NOTHING = Buffer.alloc(0);

/** Longest method name that is believed: test suites send such. */
const METHOD_MAX = 32_768;
/** Longest method name of which the end is waited for on a stream. */
const METHOD_WAIT = 64;
/** Longest URI scheme that is believed. */
const SCHEME_MAX = 32;

export interface ScanOptions {
  /** The bytes are a stream: an unfinished message is a reason to wait for more, not an error. */
  stream: boolean;
  /** Most bytes of one message ({@link Limits.sipMessageBytes}). */
  maxBytes: number;
  /** Of a datagram that no event needs, the start line is enough: an ACK, a 100. Its headers are then not looked at. */
  eventsOnly?: boolean;
}

/** A message for {@link scanSip} to fill, again and again. @param headers most header lines kept of one message */
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
    rows: new Int32Array(headers * ROW),
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
  const capacity = rows.length;
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
    while (valueStart < valueEnd && data[valueStart]! <= SP) valueStart++;
    while (valueEnd > valueStart && data[valueEnd - 1]! <= SP) valueEnd--;
    if (row === capacity) {
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

/** Offset of the first CR or LF at or after `at`, else `limit`. `view`: the same bytes. */
export function lineEnd(data: Buffer, view: DataView, at: number, limit: number): number {
  // Four bytes a step, little-endian: a byte below 14 sets its top bit in `low` (and perhaps that of one after it).
  for (const last = limit - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    const low = (word - 0x0e0e0e0e) & ~word & 0x80808080;
    if (low === 0) continue;
    at += (31 - Math.clz32(low & -low)) >> 3;
    if (data[at] === CR || data[at] === LF) return at;
    at -= 3;
  }
  while (at < limit && data[at] !== CR && data[at] !== LF) at++;
  return at;
}

function stopAt(message: SipMessage, offset: number, need: number, have: number, reason: string): void {
  if (message.stop === null) message.stop = { layer: 'sip', offset, need, have, reason };
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

/**
 * Reads the start line at `at` into `message`. Returns the offset after its line end, 0 where the line is not finished at
 * `limit` but may be SIP, -1 where it is none.
 */
function scanStartLine(data: Buffer, at: number, limit: number, message: SipMessage): number {
  let byte = data[at]!;
  if ((CLASS[byte]! & TOKEN_CHARACTER) === 0) return -1;
  const start = at;
  while ((CLASS[byte]! & TOKEN_CHARACTER) !== 0) {
    if (++at === limit) return at - start > METHOD_WAIT ? -1 : 0;
    byte = data[at]!;
  }
  const methodEnd = at;
  // `SIP` and `/` as in `SIP/2.0`.
  if (byte === 0x2f) return scanStatusLine(data, start, at, limit, message);
  if ((byte !== SP && byte !== TAB) || methodEnd - start > METHOD_MAX) return -1;
  while (byte === SP || byte === TAB) {
    if (++at === limit) return 0;
    byte = data[at]!;
  }
  const uriStart = at;
  // A Request-URI begins with a scheme; RFC 4475 §3.1.2.7 has one in angle brackets.
  if (byte === 0x3c && ++at === limit) return 0;
  const schemeStart = at;
  while ((byte = data[at]!) !== COLON) {
    const letter = byte | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    const isOther = (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e;
    if (!isLetter && (!isOther || at === schemeStart)) return -1;
    if (at - schemeStart > SCHEME_MAX) return -1;
    if (++at === limit) return 0;
  }
  if (at === schemeStart) return -1;
  at = lineEnd(data, viewOf(data), at, limit);
  if (at === limit) return 0;
  let end = at;
  while (data[end - 1] === SP || data[end - 1] === TAB) end--;
  const version = versionStart(data, uriStart, end);
  if (version < 0) return -1;
  end = version;
  while (data[end - 1] === SP || data[end - 1] === TAB) end--;
  message.status = 0;
  message.method = methodNumber(data, start, methodEnd);
  message.methodStart = start;
  message.methodEnd = methodEnd;
  message.uriStart = uriStart;
  message.uriEnd = end;
  message.reasonStart = message.reasonEnd = start;
  return afterLineEnd(data, at, limit);
}

/** Where the `SIP/2.0` that ends at `end` begins, a blank before it; -1 where there is none. Any version is taken. */
function versionStart(data: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && isDigit(data[at - 1]!)) at--;
  if (at === end || data[at - 1] !== 0x2e) return -1;
  const dot = --at;
  while (at > from && isDigit(data[at - 1]!)) at--;
  if (at === dot || at - 5 < from || !isSip(data, at - 4) || data[at - 1] !== 0x2f) return -1;
  at -= 4;
  return data[at - 1] === SP || data[at - 1] === TAB ? at : -1;
}

function scanStatusLine(data: Buffer, start: number, slash: number, limit: number, message: SipMessage): number {
  if (slash - start !== 3 || !isSip(data, start)) return -1;
  let at = slash + 1;
  const major = at;
  while (at < limit && isDigit(data[at]!)) at++;
  if (at === limit) return 0;
  if (at === major || data[at] !== 0x2e) return -1;
  const minor = ++at;
  while (at < limit && isDigit(data[at]!)) at++;
  if (at === limit) return 0;
  if (at === minor || (data[at] !== SP && data[at] !== TAB)) return -1;
  while (at < limit && (data[at] === SP || data[at] === TAB)) at++;
  const codeStart = at;
  while (at < limit && isDigit(data[at]!)) at++;
  const codeEnd = at;
  if (at === limit) return 0;
  let byte = data[at]!;
  if (codeEnd === codeStart || (byte !== SP && byte !== TAB && byte !== CR && byte !== LF)) return -1;
  while (byte === SP || byte === TAB) {
    if (++at === limit) return 0;
    byte = data[at]!;
  }
  const reasonStart = at;
  at = lineEnd(data, viewOf(data), at, limit);
  if (at === limit) return 0;
  let end = at;
  while (end > reasonStart && (data[end - 1] === SP || data[end - 1] === TAB)) end--;
  message.method = 0;
  message.methodStart = message.methodEnd = start;
  message.uriStart = message.uriEnd = start;
  message.reasonStart = reasonStart;
  message.reasonEnd = end;
  if (codeEnd - codeStart === 3) {
    message.status = (data[codeStart]! - 0x30) * 100 + (data[codeStart + 1]! - 0x30) * 10 + data[codeStart + 2]! - 0x30;
  } else {
    message.status = -1;
  }
  if (message.status < 100) {
    message.status = -1;
    stopAt(message, codeStart - start, 3, codeEnd - codeStart, 'Status-Code');
  }
  return afterLineEnd(data, at, limit);
}

/** A request line without its end that is SIP beyond doubt: a method of ours, then a sip or tel URI. */
function cutRequest(data: Buffer, at: number, limit: number, message: SipMessage): boolean {
  const start = at;
  while (at < limit && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
  const method = methodNumber(data, start, at);
  const methodEnd = at;
  while (at < limit && (data[at] === SP || data[at] === TAB)) at++;
  const scheme = data.toString('latin1', at, Math.min(at + 5, limit)).toLowerCase();
  if (method === 0 || !(scheme.startsWith('sip:') || scheme === 'sips:' || scheme.startsWith('tel:'))) return false;
  message.status = 0;
  message.method = method;
  message.methodStart = start;
  message.methodEnd = methodEnd;
  message.uriStart = at;
  while (at < limit && data[at] !== SP && data[at] !== CR && data[at] !== LF) at++;
  message.uriEnd = at;
  message.reasonStart = message.reasonEnd = start;
  stopAt(message, limit - start, 1, 0, 'start line');
  return true;
}

function afterLineEnd(data: Buffer, at: number, limit: number): number {
  return data[at] === CR && at + 1 < limit && data[at + 1] === LF ? at + 2 : at + 1;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isSip(data: Buffer, at: number): boolean {
  return (data[at]! | 0x20) === 0x73 && (data[at + 1]! | 0x20) === 0x69 && (data[at + 2]! | 0x20) === 0x70;
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
