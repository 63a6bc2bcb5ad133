import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { CLASS, QUOTABLE, TOKEN_CHARACTER } from './characters.ts';
import { hostEnd } from './host.ts';
import { parseUriInto, Scheme, type UriParts } from './uri.ts';

/** A half-open range of bytes, to be filled in again and again. */
export interface Range {
  start: number;
  end: number;
}

/**
 * One name-addr or addr-spec with its header parameters (RFC 3261 §20.10, §25.1): offsets into `data`, -1 where missing.
 * Reused by the parser.
 */
export interface NameAddr extends UriParts {
  data: Buffer;
  /** Display name without its quotes, escapes as sent. */
  displayStart: number;
  displayEnd: number;
  /** Header parameters from their first `;` on. */
  paramsStart: number;
  paramsEnd: number;
  /** Value of the tag parameter. */
  tagStart: number;
  tagEnd: number;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUAL = 0x3d;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;

export function createNameAddr(): NameAddr {
  return {
    data: Buffer.alloc(0),
    displayStart: -1,
    displayEnd: -1,
    uriStart: -1,
    uriEnd: -1,
    schemeId: 0,
    userStart: -1,
    userEnd: -1,
    hostStart: -1,
    hostEnd: -1,
    port: -1,
    uriParamsStart: -1,
    uriParamsEnd: -1,
    paramsStart: -1,
    paramsEnd: -1,
    tagStart: -1,
    tagEnd: -1,
  };
}

/**
 * Parses one element of From, To, Contact, P-Asserted-Identity, ... in [start, end) into `out`, by the letter of RFC 3261.
 * False where it is not by the letter; `out` is then of no use ({@link AddressReader} knows what to do).
 */
export function parseNameAddr(data: Buffer, start: number, end: number, out: NameAddr): boolean {
  clear(data, out);
  let at = skipBlank(data, start, end);
  end = trimBlank(data, at, end);
  if (at >= end) return false;
  let bracket = false;
  if (data[at] === QUOTE) {
    const close = quotedEnd(data, at, end);
    if (close < 0) return false;
    out.displayStart = at + 1;
    out.displayEnd = close;
    at = skipBlank(data, close + 1, end);
    if (at >= end || data[at] !== LESS) return false;
    bracket = true;
  } else {
    const first = at;
    let last = at;
    for (;;) {
      const word = at;
      while (at < end && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
      if (at > word) last = at;
      if (at >= end) return false;
      const byte = data[at]!;
      if (byte === LESS) {
        bracket = true;
        break;
      }
      if (byte === COLON) {
        // A display name has no colon: this is an addr-spec, and the token was its scheme.
        if (last !== at || hasBlank(data, first, at)) return false;
        at = first;
        break;
      }
      const next = skipBlank(data, at, end);
      if (next === at) return false;
      at = next;
    }
    if (bracket && last > first) {
      out.displayStart = first;
      out.displayEnd = last;
    }
  }
  if (bracket) at++;
  at = parseUriInto(data, at, end, bracket, out);
  if (at < 0) return false;
  if (bracket) {
    if (at >= end || data[at] !== GREATER) return false;
    at++;
  }
  return parseParams(data, at, end, out);
}

/** Parses a URI alone, as in a request line. False where it is not by the letter. */
export function parseUri(data: Buffer, start: number, end: number, out: NameAddr): boolean {
  clear(data, out);
  return start < end && parseUriInto(data, start, end, true, out) === end;
}

/**
 * End of the list element that begins at `at`: the next comma outside quotes and angle brackets, or `end`. The next element
 * begins one further.
 */
export function nextElement(data: Buffer, at: number, end: number): number {
  let bracket = false;
  for (; at < end; at++) {
    const byte = data[at]!;
    if (byte === QUOTE) {
      const close = closingQuote(data, at, end);
      if (close < 0) return end;
      at = close;
    } else if (byte === LESS) bracket = true;
    else if (byte === GREATER) bracket = false;
    else if (byte === COMMA && !bracket) return at;
  }
  return end;
}

/**
 * Finds the parameter `name` (lower case) in `;a=b;c="d"` of [start, end), where the first `;` may be missing. True and its value
 * in `out`, quotes taken off; the value of a bare `;name` is empty. `start` < 0: there are no parameters.
 */
export function findParam(
  data: Buffer,
  start: number,
  end: number,
  name: string,
  out: Range,
  separator = SEMICOLON,
): boolean {
  if (start < 0) return false;
  let at = start;
  while (at < end) {
    at = skipBlank(data, at, end);
    if (data[at] === separator) at = skipBlank(data, at + 1, end);
    const nameStart = at;
    while (at < end && data[at]! > SP && data[at] !== EQUAL && data[at] !== separator) at++;
    const found = equalsTextIgnoreCase(data, nameStart, at, name);
    out.start = out.end = at;
    at = skipBlank(data, at, end);
    if (at < end && data[at] === EQUAL) {
      at = skipBlank(data, at + 1, end);
      out.start = at;
      if (data[at] === QUOTE) {
        const close = closingQuote(data, at, end);
        if (close < 0) return false;
        out.start++;
        out.end = close;
        at = close + 1;
      } else {
        while (at < end && data[at]! > SP && data[at] !== separator) at++;
        out.end = at;
      }
    }
    if (found) return true;
    while (at < end && data[at] !== separator) at++;
  }
  return false;
}

/** First byte at or after `at` that is no white space; folds (RFC 3261 §7.3.1) are white space. */
export function skipBlank(data: Buffer, at: number, end: number): number {
  while (at < end) {
    const byte = data[at]!;
    if (byte !== SP && byte !== TAB && byte !== CR && byte !== LF) break;
    at++;
  }
  return at;
}

/** `end` without the white space before it. */
export function trimBlank(data: Buffer, start: number, end: number): number {
  while (end > start) {
    const byte = data[end - 1]!;
    if (byte !== SP && byte !== TAB && byte !== CR && byte !== LF) break;
    end--;
  }
  return end;
}

/** Offset of the quote that closes the one at `at`, whatever stands between; -1 where none does. */
export function closingQuote(data: Buffer, at: number, end: number): number {
  for (at++; at < end; at++) {
    if (data[at] === BACKSLASH) at++;
    else if (data[at] === QUOTE) return at;
  }
  return -1;
}

/** As {@link closingQuote}, and -1 too where a byte between may not stand in a quoted-string. */
function quotedEnd(data: Buffer, at: number, end: number): number {
  for (at++; at < end; at++) {
    const byte = data[at]!;
    if ((CLASS[byte]! & QUOTABLE) !== 0) continue;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) {
      const escaped = data[++at]!;
      if (escaped === CR || escaped === LF || escaped > 0x7f) return -1;
    } else if (byte !== CR || data[at + 1] !== LF || (data[at + 2] !== SP && data[at + 2] !== TAB)) {
      return -1;
    } else {
      at += 2;
    }
  }
  return -1;
}

function hasBlank(data: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (data[at]! <= SP) return true;
  return false;
}

function clear(data: Buffer, out: NameAddr): void {
  out.data = data;
  out.displayStart = out.displayEnd = -1;
  out.uriStart = out.uriEnd = -1;
  out.schemeId = Scheme.other;
  out.userStart = out.userEnd = -1;
  out.hostStart = out.hostEnd = -1;
  out.port = -1;
  out.uriParamsStart = out.uriParamsEnd = -1;
  out.paramsStart = out.paramsEnd = -1;
  out.tagStart = out.tagEnd = -1;
}

/** Header parameters from `at` to `end`, which is trimmed. */
function parseParams(data: Buffer, at: number, end: number, out: NameAddr): boolean {
  at = skipBlank(data, at, end);
  if (at >= end) return true;
  out.paramsStart = at;
  out.paramsEnd = end;
  while (at < end) {
    if (data[at] !== SEMICOLON) return false;
    at = skipBlank(data, at + 1, end);
    const name = at;
    while (at < end && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
    if (at === name) return false;
    const isTag =
      at - name === 3 &&
      (data[name]! | 0x20) === 0x74 &&
      (data[name + 1]! | 0x20) === 0x61 &&
      (data[name + 2]! | 0x20) === 0x67;
    at = skipBlank(data, at, end);
    if (at >= end || data[at] !== EQUAL) continue;
    at = skipBlank(data, at + 1, end);
    const value = at;
    if (data[at] === QUOTE) {
      if (isTag) return false;
      at = quotedEnd(data, at, end);
      if (at < 0) return false;
      at++;
    } else {
      while (at < end && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
      if (at === value) {
        if (data[at] !== 0x5b) return false;
        at = hostEnd(data, at, end);
        if (at < 0) return false;
      }
    }
    if (isTag) {
      out.tagStart = value;
      out.tagEnd = at;
    }
    at = skipBlank(data, at, end);
  }
  return true;
}
