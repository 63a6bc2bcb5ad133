import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { closingQuote, skipBlank } from './address.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';

/** One element of Via (RFC 3261 §20.42): offsets, -1 where missing. Reused by the parser. */
export interface Via {
  data: Buffer;
  /** Of the whole element. */
  end: number;
  /** `UDP`, `TCP`, `TLS`, `WS`, ... */
  transportStart: number;
  transportEnd: number;
  hostStart: number;
  hostEnd: number;
  port: number;
  branchStart: number;
  branchEnd: number;
  receivedStart: number;
  receivedEnd: number;
  /** -1: no rport parameter; 0: asked for (RFC 3581). */
  rport: number;
}

const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUAL = 0x3d;
const QUOTE = 0x22;

export function createVia(): Via {
  return {
    data: Buffer.alloc(0),
    end: 0,
    transportStart: -1,
    transportEnd: -1,
    hostStart: -1,
    hostEnd: -1,
    port: -1,
    branchStart: -1,
    branchEnd: -1,
    receivedStart: -1,
    receivedEnd: -1,
    rport: -1,
  };
}

/**
 * Parses the Via element in [start, end) (a comma would end it: see `nextElement`). False where even protocol and sent-by are
 * not there. Parameters that no one could have written are passed over.
 */
export function parseVia(data: Buffer, start: number, end: number, out: Via): boolean {
  out.data = data;
  out.end = end;
  out.port = out.rport = -1;
  out.branchStart = out.branchEnd = out.receivedStart = out.receivedEnd = -1;
  let at = skipToken(data, skipBlank(data, start, end), end);
  at = skipBlank(data, at, end);
  if (at >= end || data[at] !== SLASH) return false;
  at = skipToken(data, skipBlank(data, at + 1, end), end);
  at = skipBlank(data, at, end);
  if (at >= end || data[at] !== SLASH) return false;
  at = skipBlank(data, at + 1, end);
  out.transportStart = at;
  at = skipToken(data, at, end);
  out.transportEnd = at;
  const host = skipBlank(data, at, end);
  if (out.transportEnd === out.transportStart || host === at || host >= end) return false;
  at = host;
  out.hostStart = at;
  if (data[at] === 0x5b) while (at < end && data[at] !== 0x5d) at++;
  while (at < end && data[at]! > 0x20 && data[at] !== COLON && data[at] !== SEMICOLON) at++;
  out.hostEnd = at;
  if (at === host) return false;
  at = skipBlank(data, at, end);
  if (at < end && data[at] === COLON) {
    at = skipBlank(data, at + 1, end);
    out.port = number(data, at, end);
  }
  while (at < end && data[at] !== SEMICOLON) at++;
  while (at < end) {
    at = skipBlank(data, at + 1, end);
    const name = at;
    at = skipToken(data, at, end);
    const nameEnd = at;
    at = skipBlank(data, at, end);
    let value = at;
    if (at < end && data[at] === EQUAL) {
      at = skipBlank(data, at + 1, end);
      value = at;
      if (data[at] === QUOTE) at = Math.max(closingQuote(data, at, end), at);
      while (at < end && data[at] !== SEMICOLON && data[at]! > 0x20) at++;
    }
    parameter(data, name, nameEnd, value, at, out);
    while (at < end && data[at] !== SEMICOLON) at++;
  }
  return true;
}

function parameter(data: Buffer, name: number, nameEnd: number, value: number, valueEnd: number, out: Via): void {
  const length = nameEnd - name;
  if (length === 6 && equalsTextIgnoreCase(data, name, nameEnd, 'branch')) {
    out.branchStart = value;
    out.branchEnd = valueEnd;
  } else if (length === 5 && equalsTextIgnoreCase(data, name, nameEnd, 'rport')) {
    out.rport = value === valueEnd ? 0 : number(data, value, valueEnd);
  } else if (length === 8 && equalsTextIgnoreCase(data, name, nameEnd, 'received')) {
    out.receivedStart = value;
    out.receivedEnd = valueEnd;
  }
}

function skipToken(data: Buffer, at: number, end: number): number {
  while (at < end && (CLASS[data[at]!]! & TOKEN_CHARACTER) !== 0) at++;
  return at;
}

/** A port number, -1 where there is none. */
function number(data: Buffer, at: number, end: number): number {
  const start = at;
  let value = 0;
  while (at < end && at - start < 5 && data[at]! >= 0x30 && data[at]! <= 0x39) value = value * 10 + data[at++]! - 0x30;
  return at === start || value > 65_535 ? -1 : value;
}
