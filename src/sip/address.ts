import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { CLASS, HEXADECIMAL, PARAMETER, QUOTABLE, TOKEN_CHARACTER, USER } from './characters.ts';
import { hostEnd } from './host.ts';

/** URI schemes by number. */
export const Scheme = { other: 0, sip: 1, sips: 2, tel: 3, urn: 4 } as const;

/** A half-open range of bytes, to be filled in again and again. */
export interface Range {
  start: number;
  end: number;
}

/**
 * One name-addr or addr-spec with its header parameters (RFC 3261 §20.10, §25.1): offsets into `data`, -1 where missing.
 * Reused by the parser.
 */
export interface NameAddr {
  data: Buffer;
  /** Display name without its quotes, escapes as sent. */
  displayStart: number;
  displayEnd: number;
  /** The whole URI, its headers included. */
  uriStart: number;
  uriEnd: number;
  schemeId: number;
  /** sip: user without password. tel: the number. Others: all after the scheme. */
  userStart: number;
  userEnd: number;
  hostStart: number;
  hostEnd: number;
  /** -1 where not given. */
  port: number;
  /** URI parameters from their first `;` on. */
  uriParamsStart: number;
  uriParamsEnd: number;
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
const PERCENT = 0x25;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUAL = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const AT = 0x40;
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

/** Number of the scheme whose colon is at `colon`. */
export function schemeOf(data: Buffer, start: number, colon: number): number {
  const length = colon - start;
  const first = data[start]! | 0x20;
  if (length === 3) {
    const second = data[start + 1]! | 0x20;
    const third = data[start + 2]! | 0x20;
    if (first === 0x73 && second === 0x69 && third === 0x70) return Scheme.sip;
    if (first === 0x74 && second === 0x65 && third === 0x6c) return Scheme.tel;
    if (first === 0x75 && second === 0x72 && third === 0x6e) return Scheme.urn;
  } else if (length === 4 && equalsTextIgnoreCase(data, start, colon, 'sips')) return Scheme.sips;
  return Scheme.other;
}

/** Parses the URI at `at`; `whole` where parameters and headers belong to it. Offset after it, -1 where it is malformed. */
function parseUriInto(data: Buffer, at: number, end: number, whole: boolean, out: NameAddr): number {
  out.uriStart = at;
  while (at < end && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
  if (at >= end || data[at] !== COLON || at === out.uriStart) return -1;
  const scheme = schemeOf(data, out.uriStart, at);
  out.schemeId = scheme;
  at++;
  if (scheme === Scheme.sip || scheme === Scheme.sips) {
    at = parseAuthority(data, at, end, out);
  } else {
    at = parseOpaque(data, at, end, out);
  }
  if (at < 0) return -1;
  if (whole && at < end && data[at] === SEMICOLON) {
    out.uriParamsStart = at;
    at = parseUriParams(data, at, end);
    if (at < 0) return -1;
    out.uriParamsEnd = at;
  }
  if (whole && at < end && data[at] === QUESTION) {
    at++;
    const headers = at;
    while (at < end && data[at] !== GREATER) {
      const byte = data[at]!;
      if ((CLASS[byte]! & PARAMETER) === 0 && byte !== EQUAL && byte !== QUESTION) return -1;
      if (byte === PERCENT && !isEscape(data, at, end)) return -1;
      at++;
    }
    if (!headersAreNamed(data, headers, at)) return -1;
  }
  out.uriEnd = at;
  return at;
}

/** `[user[:password]@]host[:port]` */
function parseAuthority(data: Buffer, at: number, end: number, out: NameAddr): number {
  const start = at;
  let colon = -1;
  let isUser = true;
  for (; at < end; at++) {
    const byte = data[at]!;
    if ((CLASS[byte]! & USER) === 0) {
      if (byte !== COLON || colon >= 0) break;
      colon = at;
    } else if (byte === PERCENT && !isEscape(data, at, end)) {
      isUser = false;
      break;
    } else if (colon >= 0 && (byte === SEMICOLON || byte === QUESTION || byte === 0x2f)) {
      // Not in a password.
      break;
    }
  }
  if (at < end && data[at] === AT && isUser) {
    const userEnd = colon >= 0 ? colon : at;
    if (userEnd === start) return -1;
    out.userStart = start;
    out.userEnd = userEnd;
    at++;
  } else {
    at = start;
  }
  out.hostStart = at;
  at = hostEnd(data, at, end);
  if (at < 0) return -1;
  out.hostEnd = at;
  if (at < end && data[at] === COLON) {
    let port = 0;
    const digits = ++at;
    while (at < end && at - digits < 5 && data[at]! >= 0x30 && data[at]! <= 0x39) port = port * 10 + data[at++]! - 0x30;
    if (at === digits) return -1;
    out.port = port;
  }
  return at;
}

/** tel (RFC 3966), urn and unknown schemes: all up to `;`, `?` or the end is the user. */
function parseOpaque(data: Buffer, at: number, end: number, out: NameAddr): number {
  out.userStart = at;
  while (at < end) {
    const byte = data[at]!;
    if (byte === SEMICOLON || byte === QUESTION || byte === GREATER) break;
    if (byte <= SP || byte === QUOTE || byte === LESS || byte === COMMA || byte >= 0x7f) return -1;
    at++;
  }
  out.userEnd = at;
  return at > out.userStart ? at : -1;
}

function parseUriParams(data: Buffer, at: number, end: number): number {
  while (at < end && data[at] === SEMICOLON) {
    const name = ++at;
    at = skipParamText(data, at, end);
    if (at === name || at < 0) return -1;
    if (at < end && data[at] === EQUAL) {
      const value = ++at;
      at = skipParamText(data, at, end);
      if (at === value || at < 0) return -1;
    }
  }
  return at;
}

function skipParamText(data: Buffer, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = data[at]!;
    if ((CLASS[byte]! & PARAMETER) === 0 || byte === QUESTION) break;
    if (byte === PERCENT && !isEscape(data, at, end)) return -1;
  }
  return at;
}

/** `name=value` joined by `&`. */
function headersAreNamed(data: Buffer, start: number, end: number): boolean {
  let at = start;
  for (;;) {
    const name = at;
    while (at < end && data[at] !== EQUAL && data[at] !== 0x26) at++;
    if (at === name || at >= end || data[at] !== EQUAL) return false;
    at++;
    while (at < end && data[at] !== 0x26) {
      if (data[at] === EQUAL) return false;
      at++;
    }
    if (at >= end) return true;
    at++;
  }
}

function isEscape(data: Buffer, at: number, end: number): boolean {
  return at + 2 < end && (CLASS[data[at + 1]!]! & HEXADECIMAL) !== 0 && (CLASS[data[at + 2]!]! & HEXADECIMAL) !== 0;
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
