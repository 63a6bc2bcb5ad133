import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { CLASS, HEXADECIMAL, PARAMETER, TOKEN_CHARACTER, USER } from './characters.ts';
import { hostEnd } from './host.ts';

/** URI schemes by number. */
export const Scheme = { other: 0, sip: 1, sips: 2, tel: 3, urn: 4 } as const;

/** One URI (RFC 3261 §19.1, §25.1): offsets into the bytes it was parsed from, -1 where missing. */
export interface UriParts {
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
}

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
export function parseUriInto(data: Buffer, at: number, end: number, whole: boolean, out: UriParts): number {
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
function parseAuthority(data: Buffer, at: number, end: number, out: UriParts): number {
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
function parseOpaque(data: Buffer, at: number, end: number, out: UriParts): number {
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
