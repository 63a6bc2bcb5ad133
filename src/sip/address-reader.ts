import { add, type Counters } from '../base/counters.ts';
import { closingQuote, type NameAddr, parseNameAddr, parseUri, skipBlank, trimBlank } from './address.ts';
import { type GrammarAddress, GrammarBudget, grammarAddress } from './grammar.ts';
import { unfoldedText } from './text.ts';
import { Scheme, schemeOf } from './uri.ts';

const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const AT = 0x40;

/**
 * Reads addresses as they come. What is not by the letter of RFC 3261 goes to sip.js's grammar while the capture's budget
 * lasts; what that refuses too is read as well as it can be, and counted as the anomaly `sip address`.
 */
export class AddressReader {
  private readonly budget: GrammarBudget;
  private readonly counters: Counters;

  constructor(counters: Counters) {
    this.counters = counters;
    this.budget = new GrammarBudget(counters);
  }

  /** Call once a message: the budget grows with them. */
  message(): void {
    this.budget.message();
  }

  /** Reads the list element in [start, end) into `out`, whose `data` may be another buffer afterwards. False where no URI is there. */
  read(data: Buffer, start: number, end: number, out: NameAddr): boolean {
    if (parseNameAddr(data, start, end, out)) return true;
    start = skipBlank(data, start, end);
    // `*` of a Contact that removes all bindings (RFC 3261 §10.2.2), and nothing at all, are no addresses.
    if (start >= end || (end - start === 1 && data[start] === 0x2a)) return false;
    if (this.budget.take()) {
      const settled = grammarAddress(unfoldedText(data, start, end));
      if (settled !== null) {
        const bytes = Buffer.from(canonical(settled));
        if (parseNameAddr(bytes, 0, bytes.length, out)) return true;
      }
    }
    add(this.counters.anomalies, 'sip address');
    return guessNameAddr(data, start, end, out);
  }

  /** Reads the URI in [start, end), as in a request line, into `out`. */
  readUri(data: Buffer, start: number, end: number, out: NameAddr): boolean {
    // RFC 4475 §3.1.2.7: angle brackets do not belong in a request line, but what they hold is plain.
    return parseUri(data, start, end, out) || this.read(data, start, end, out);
  }
}

/** The address as the letter of RFC 3261 has it. */
function canonical(address: GrammarAddress): string {
  let text = address.displayName === undefined ? '' : `"${address.displayName}" `;
  text += `<${address.scheme}:`;
  if (address.user !== undefined) text += `${escapedUser(address.user)}@`;
  text += address.host;
  if (address.port !== undefined) text += `:${address.port}`;
  return `${text}${params(address.uriParams)}>${params(address.params)}`;
}

/** Escapes what may not stand in a user; the colon before a password stays. */
function escapedUser(user: string): string {
  return encodeURIComponent(user).replace(/%3A/g, ':').replace(/%2B/g, '+').replace(/%3B/g, ';').replace(/%3D/g, '=');
}

function params(table: Record<string, string | null | undefined>): string {
  let text = '';
  for (const [name, value] of Object.entries(table)) text += value == null ? `;${name}` : `;${name}=${value}`;
  return text;
}

/**
 * Finds what looks like a URI in [start, end): after the first `<` outside a quoted display name, else from the start. For
 * commas in a display name, missing quotes and brackets, blanks, and characters that no URI may have.
 */
function guessNameAddr(data: Buffer, start: number, end: number, out: NameAddr): boolean {
  let at = start;
  if (data[at] === QUOTE) {
    const close = closingQuote(data, at, end);
    if (close > 0) at = close + 1;
  }
  const less = find(data, at, end, LESS);
  let uriEnd: number;
  if (less < end) {
    const displayEnd = trimBlank(data, start, less);
    if (displayEnd > start) {
      const isQuoted = data[start] === QUOTE;
      out.displayStart = isQuoted ? start + 1 : start;
      out.displayEnd =
        isQuoted && displayEnd - 1 > start && data[displayEnd - 1] === QUOTE ? displayEnd - 1 : displayEnd;
    } else {
      out.displayStart = out.displayEnd = -1;
    }
    at = skipBlank(data, less + 1, end);
    uriEnd = find(data, at, end, GREATER);
    out.paramsStart = find(data, uriEnd, end, SEMICOLON);
  } else {
    out.displayStart = out.displayEnd = -1;
    at = start;
    uriEnd = at;
    while (uriEnd < end && data[uriEnd]! > SP && data[uriEnd] !== SEMICOLON && data[uriEnd] !== COMMA) uriEnd++;
    out.paramsStart = find(data, uriEnd, end, SEMICOLON);
  }
  out.data = data;
  out.paramsEnd = end;
  if (out.paramsStart === end) out.paramsStart = out.paramsEnd = -1;
  out.tagStart = out.tagEnd = -1;
  uriEnd = trimBlank(data, at, uriEnd);
  out.uriStart = at;
  out.uriEnd = uriEnd;
  return guessUri(data, at, uriEnd, out);
}

function guessUri(data: Buffer, start: number, end: number, out: NameAddr): boolean {
  const colon = find(data, start, end, COLON);
  out.schemeId = colon < end ? schemeOf(data, start, colon) : 0;
  out.hostStart = out.hostEnd = out.userStart = out.userEnd = out.port = -1;
  out.uriParamsStart = out.uriParamsEnd = -1;
  if (colon === end || colon === start) return false;
  let at = colon + 1;
  const sign = find(data, at, end, AT);
  const isSip = out.schemeId === Scheme.sip || out.schemeId === Scheme.sips;
  if (!isSip || sign < end) {
    out.userStart = at;
    out.userEnd = isSip ? Math.min(find(data, at, sign, COLON), sign) : Math.min(find(data, at, end, SEMICOLON), end);
    at = isSip ? sign + 1 : out.userEnd;
  }
  if (isSip) {
    out.hostStart = at;
    if (data[at] === 0x5b) at = Math.min(find(data, at, end, 0x5d) + 1, end);
    while (at < end && data[at] !== COLON && data[at] !== SEMICOLON && data[at] !== QUESTION && data[at]! > SP) at++;
    out.hostEnd = at;
    if (data[at] === COLON) {
      let port = 0;
      for (at++; at < end && data[at]! >= 0x30 && data[at]! <= 0x39; at++)
        port = Math.min(port * 10 + data[at]! - 0x30, 65_536);
      if (port < 65_536) out.port = port;
    }
  }
  const semicolon = find(data, at, end, SEMICOLON);
  if (semicolon < end) {
    out.uriParamsStart = semicolon;
    out.uriParamsEnd = find(data, semicolon, end, QUESTION);
  }
  return true;
}

/** Offset of `byte` in [at, end), else `end`. */
function find(data: Buffer, at: number, end: number, byte: number): number {
  while (at < end && data[at] !== byte) at++;
  return at;
}
