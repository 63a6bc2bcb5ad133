import { viewOf } from '../base/bytes.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';
import { afterLineEnd, lineEnd } from './line-end.ts';
import type { SipMessage } from './message.ts';
import { methodNumber } from './names.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;

/** Longest method name that is believed: test suites send such. */
const METHOD_MAX = 32_768;
/** Longest method name of which the end is waited for on a stream. */
const METHOD_WAIT = 64;
/** Longest URI scheme that is believed. */
const SCHEME_MAX = 32;

/** Says why a message, or a part of it, could not be read; the first reason stays. */
export function stopAt(message: SipMessage, offset: number, need: number, have: number, reason: string): void {
  if (message.stop === null) message.stop = { layer: 'sip', offset, need, have, reason };
}

/**
 * Reads the start line at `at` into `message`. Returns the offset after its line end, 0 where the line is not finished at
 * `limit` but may be SIP, -1 where it is none.
 */
export function scanStartLine(data: Buffer, at: number, limit: number, message: SipMessage): number {
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
export function cutRequest(data: Buffer, at: number, limit: number, message: SipMessage): boolean {
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

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isSip(data: Buffer, at: number): boolean {
  return (data[at]! | 0x20) === 0x73 && (data[at + 1]! | 0x20) === 0x69 && (data[at + 2]! | 0x20) === 0x70;
}
