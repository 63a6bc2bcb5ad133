import { equalsTextIgnoreCase, latin1 } from '../base/bytes.ts';
import {
  closingQuote,
  createNameAddr,
  findParam,
  type NameAddr,
  nextElement,
  type Range,
  skipBlank,
} from './address.ts';
import type { AddressReader } from './address-reader.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';
import { Header, ROW, type SipMessage } from './message.ts';
import { textOf, unescapedText, unfoldedText } from './text.ts';
import { Scheme } from './uri.ts';
import { createVia, parseVia, type Via } from './via.ts';

const range: Range = { start: 0, end: 0 };
const scratch = createNameAddr();
const via = createVia();

/** Range of the first value of `header`. False where it is not there. */
export function headerRange(m: SipMessage, header: number, out: Range): boolean {
  const first = m.first[header]!;
  if (first === 0) return false;
  const row = (first - 1) * ROW;
  out.start = m.rows[row + 2]!;
  out.end = m.rows[row + 3]!;
  return true;
}

/** Text of the first value of `header`, folds undone; null where it is not there. */
export function headerText(m: SipMessage, header: number): string | null {
  return headerRange(m, header, range) ? unfoldedText(m.data, range.start, range.end) : null;
}

/** Texts of all values of `header`, one a header line. */
export function headerTexts(m: SipMessage, header: number): string[] {
  const texts: string[] = [];
  for (let row = 0; row < m.rowCount * ROW; row += ROW) {
    if (m.rows[row] === header) texts.push(unfoldedText(m.data, m.rows[row + 2]!, m.rows[row + 3]!));
  }
  return texts;
}

/** Whole number that is the first value of `header`, such as Expires; null where it is none. */
export function headerNumberValue(m: SipMessage, header: number): number | null {
  return headerRange(m, header, range) ? wholeNumber(m.data, range.start, range.end) : null;
}

export function callId(m: SipMessage): string | null {
  return headerText(m, Header.CallId);
}

/** User-Agent, else Server. */
export function userAgent(m: SipMessage): string | null {
  return headerText(m, Header.UserAgent) ?? headerText(m, Header.Server);
}

/** Name of the method, on a response that of its CSeq. */
export function methodText(m: SipMessage): string {
  return m.status === 0
    ? textOf(m.data, m.methodStart, m.methodEnd)
    : textOf(m.data, m.cseqMethodStart, m.cseqMethodEnd);
}

export function requestUri(m: SipMessage): string | null {
  return m.status === 0 ? textOf(m.data, m.uriStart, m.uriEnd) : null;
}

/** Reads the first address of `header` into `out`. */
export function readAddress(m: SipMessage, header: number, reader: AddressReader, out: NameAddr): boolean {
  if (!headerRange(m, header, range)) return false;
  const { start, end } = range;
  // From and To hold one address: a comma there is a display name that lacks its quotes.
  const isList = header !== Header.From && header !== Header.To;
  return reader.read(m.data, start, isList ? nextElement(m.data, start, end) : end, out);
}

/** Reads the Request-URI into `out`. */
function readRequestUri(m: SipMessage, reader: AddressReader, out: NameAddr): boolean {
  return m.status === 0 && reader.readUri(m.data, m.uriStart, m.uriEnd, out);
}

/** User of a sip or sips URI, unescaped, no password; the number of a tel URI. Null where it has none. */
export function userText(address: NameAddr): string | null {
  const { schemeId } = address;
  if (schemeId === Scheme.other || schemeId === Scheme.urn) return null;
  return address.userStart < 0 ? null : unescapedText(address.data, address.userStart, address.userEnd);
}

/**
 * The user of an address as a number plan wants it: a tel URI keeps its phone-context (RFC 3966 §5.1.5), as
 * `13812345678;phone-context=+86`. A service that is called by its name has that in the place of a number (RFC 5031 §4), as
 * `urn:service:sos.police`, in lower case: two names of one service may differ in case (§3).
 */
export function numberText(address: NameAddr): string | null {
  if (address.schemeId === Scheme.urn) return serviceText(address);
  const user = namedUser(address)?.replace(NUMBER_AND_MORE, '$1') ?? null;
  if (
    user === null ||
    address.uriParamsStart < 0 ||
    !findParam(address.data, address.uriParamsStart, address.uriParamsEnd, 'phone-context', range)
  ) {
    return user;
  }
  return `${user};phone-context=${textOf(address.data, range.start, range.end)}`;
}

/**
 * Numbers with what is none of it: the key that ended dialling, and the domain of an address that stands within that of a border
 * controller (`+8613812345678%40example.com@sbc`).
 */
const NUMBER_AND_MORE = /^(\+?[\d().-]{7,})(?:#|@.+)$/;

/** As {@link userText}; some write a telephone URI into the other one, `sip:tel:+8613812345678@host`, where that has a password. */
function namedUser(address: NameAddr): string | null {
  const { data, schemeId, userStart, userEnd, hostStart } = address;
  const isWritten =
    (schemeId === Scheme.sip || schemeId === Scheme.sips) &&
    userEnd - userStart === 3 &&
    userEnd + 2 < hostStart &&
    equalsTextIgnoreCase(data, userStart, userEnd, 'tel');
  return isWritten ? unescapedText(data, userEnd + 1, hostStart - 1) : userText(address);
}

function serviceText({ data, userStart, userEnd }: NameAddr): string | null {
  const name = userStart + SERVICE.length;
  if (name >= userEnd || !equalsTextIgnoreCase(data, userStart, name, SERVICE)) return null;
  return `urn:${textOf(data, userStart, userEnd).toLowerCase()}`;
}

const SERVICE = 'service:';

export function requestUser(m: SipMessage, reader: AddressReader): string | null {
  return readRequestUri(m, reader, scratch) ? userText(scratch) : null;
}

export function fromUser(m: SipMessage, reader: AddressReader): string | null {
  return readAddress(m, Header.From, reader, scratch) ? userText(scratch) : null;
}

export function toUser(m: SipMessage, reader: AddressReader): string | null {
  return readAddress(m, Header.To, reader, scratch) ? userText(scratch) : null;
}

/** User of the first P-Asserted-Identity (RFC 3325). */
export function assertedUser(m: SipMessage, reader: AddressReader): string | null {
  return readAddress(m, Header.PAssertedIdentity, reader, scratch) ? userText(scratch) : null;
}

/**
 * Address of record of an address, `user@host`, host in lower case; null where it has no user or no host. What networks add to a number
 * on its way ({@link ADDED}) is left out: the line registered without it.
 */
export function addressOfRecord(address: NameAddr): string | null {
  const { data, userStart, userEnd, hostStart, hostEnd } = address;
  if (userStart < 0 || hostStart < 0) return null;
  if (userEnd + 1 === hostStart && isPlain(data, userStart, userEnd) && isPlainLower(data, hostStart, hostEnd)) {
    return latin1(data, userStart, hostEnd);
  }
  const user = namedUser(address);
  if (user === null) return null;
  return `${user.replace(ADDED, '')}@${textOf(address.data, address.hostStart, address.hostEnd).toLowerCase()}`;
}

/**
 * Parameters of a number that tell how it is routed (RFC 4694 §4: a routing number, a carrier, that the data base was asked; RFC 4904
 * §4.3: a group of trunks), which device behind it is meant (RFC 3966 §5.2, RFC 4715), what kind of caller has it, and whether that was
 * verified (3GPP TS 24.229 §7.2A.12, §7.2A.20).
 */
const ADDED =
  /;(?:npdi|rn|rn-context|cic|cic-context|tgrp|trunk-context|isub|isub-encoding|cpc|oli|verstat)(?:=[^;]*)?(?=;|$)/gi;

/** Host of an address with its port where it has one: `10.0.0.1:5062`. */
export function hostPort(address: NameAddr): string | null {
  if (address.hostStart < 0) return null;
  const { data, hostStart, hostEnd, port } = address;
  if (port > 0 && data[hostEnd + 1] !== 0x30 && isPlain(data, hostStart, hostEnd)) {
    return latin1(
      data,
      hostStart,
      hostEnd + 1 + (port < 100 ? (port < 10 ? 1 : 2) : port < 1000 ? 3 : port < 10_000 ? 4 : 5),
    );
  }
  const host = textOf(address.data, address.hostStart, address.hostEnd);
  return address.port < 0 ? host : `${host}:${address.port}`;
}

/** Host and port of the first Contact. */
export function contact(m: SipMessage, reader: AddressReader): string | null {
  return readAddress(m, Header.Contact, reader, scratch) ? hostPort(scratch) : null;
}

/** True where Contact is `*`: all bindings go (RFC 3261 §10.2.2). */
export function contactIsStar(m: SipMessage): boolean {
  return headerRange(m, Header.Contact, range) && range.end - range.start === 1 && m.data[range.start] === 0x2a;
}

/** `+sip.instance` of the first Contact (RFC 5626 §4.1), without quotes and angle brackets. */
export function instance(m: SipMessage): string | null {
  return contactParam(m, '+sip.instance', range) ? withoutBrackets(m.data) : null;
}

/** As {@link instance}, of a Contact that was read. */
export function instanceOf(address: NameAddr): string | null {
  const { data, paramsStart, paramsEnd } = address;
  return findParam(data, paramsStart, paramsEnd, '+sip.instance', range) ? withoutBrackets(data) : null;
}

/** Expires parameter of a Contact that was read, seconds; null where it is no number. */
export function expiresOf({ data, paramsStart, paramsEnd }: NameAddr): number | null {
  return findParam(data, paramsStart, paramsEnd, 'expires', range) ? wholeNumber(data, range.start, range.end) : null;
}

/** Whether a header has more values than one. */
export function isRepeated(m: SipMessage, header: number): boolean {
  if (!headerRange(m, header, range)) return false;
  if (nextElement(m.data, range.start, range.end) < range.end) return true;
  for (let row = m.first[header]! * ROW; row < m.rowCount * ROW; row += ROW) if (m.rows[row] === header) return true;
  return false;
}

function withoutBrackets(data: Buffer): string {
  let { start, end } = range;
  if (data[start] === 0x3c) start++;
  if (end > start && data[end - 1] === 0x3e) end--;
  return textOf(data, start, end);
}

/** Expires parameter of the first Contact, else the Expires header, seconds; null where neither is a number. */
export function expires(m: SipMessage): number | null {
  if (contactParam(m, 'expires', range)) {
    const seconds = wholeNumber(m.data, range.start, range.end);
    if (seconds !== null) return seconds;
  }
  return headerNumberValue(m, Header.Expires);
}

/** Value of parameter `name` (lower case) of the first Contact. */
function contactParam(m: SipMessage, name: string, out: Range): boolean {
  if (!headerRange(m, Header.Contact, out)) return false;
  const end = nextElement(m.data, out.start, out.end);
  return findParam(m.data, paramsStart(m.data, out.start, end), end, name, out);
}

/** Range of the tag of From or To. Does not allocate. False where there is none. */
export function tagRange(m: SipMessage, header: number, out: Range): boolean {
  if (!headerRange(m, header, out)) return false;
  const { data } = m;
  const { start, end } = out;
  // Mostly the tag comes last: a token after `;tag=` at the very end can be nothing else.
  let at = end;
  while (at > start && (CLASS[data[at - 1]!]! & TOKEN_CHARACTER) !== 0) at--;
  if (
    at < end &&
    at - 5 > start &&
    data[at - 1] === 0x3d &&
    (data[at - 2]! | 0x20) === 0x67 &&
    (data[at - 3]! | 0x20) === 0x61 &&
    (data[at - 4]! | 0x20) === 0x74 &&
    data[at - 5] === 0x3b
  ) {
    out.start = at;
    out.end = end;
    return true;
  }
  const params = paramsStart(data, start, end);
  return findParam(data, params, end, 'tag', out) && out.end > out.start;
}

export function fromTag(m: SipMessage): string | null {
  return tagRange(m, Header.From, range) ? textOf(m.data, range.start, range.end) : null;
}

export function toTag(m: SipMessage): string | null {
  return tagRange(m, Header.To, range) ? textOf(m.data, range.start, range.end) : null;
}

/** How many Vias a request has: each proxy that passed it on put one above those before. */
export const Vias = { none: 0, own: 1, passedOn: 2 } as const;

/**
 * Range of the Via that the first sender of a request wrote, the bottom one (RFC 3261 §8.1.1.7, §16.6 step 8). Does not allocate.
 *
 * @returns one of {@link Vias}
 */
function originRange(m: SipMessage, out: Range): number {
  const first = m.first[Header.Via]!;
  if (first === 0) return Vias.none;
  let last = (first - 1) * ROW;
  for (let row = last + ROW; row < m.rowCount * ROW; row += ROW) if (m.rows[row] === Header.Via) last = row;
  let start = m.rows[last + 2]!;
  const end = m.rows[last + 3]!;
  let vias: number = last === (first - 1) * ROW ? Vias.own : Vias.passedOn;
  let stop = nextElement(m.data, start, end);
  while (stop < end) {
    const next = skipBlank(m.data, stop + 1, end);
    // An empty element at the end is none.
    if (next >= end || m.data[next] === 0x2c) break;
    start = next;
    vias = Vias.passedOn;
    stop = nextElement(m.data, start, end);
  }
  out.start = start;
  out.end = stop;
  return vias;
}

/** The Via of the first sender of a request. @returns one of {@link Vias}, none where it cannot be read */
export function readOrigin(m: SipMessage, out: Via): number {
  const vias = originRange(m, range);
  return vias !== Vias.none && parseVia(m.data, range.start, range.end, out) ? vias : Vias.none;
}

/** Range of the branch of the top Via, which the last sender of a request made up. Does not allocate. False where there is none. */
export function topBranchRange(m: SipMessage, out: Range): boolean {
  if (!headerRange(m, Header.Via, out)) return false;
  const end = nextElement(m.data, out.start, out.end);
  const params = paramsStart(m.data, out.start, end);
  return params >= 0 && findParam(m.data, params, end, 'branch', out) && out.end > out.start;
}

/** Range of the branch that the first sender of a request made up. Does not allocate. False where there is none. */
export function branchRange(m: SipMessage, out: Range): boolean {
  if (originRange(m, out) === Vias.none) return false;
  const { data } = m;
  const { start, end } = out;
  for (let at = start; at < end; at++) {
    const byte = data[at];
    if (byte === 0x22) {
      // Quotes are rare enough for the long way.
      if (!parseVia(data, start, end, via) || via.branchStart < 0) return false;
      out.start = via.branchStart;
      out.end = via.branchEnd;
      return true;
    }
    if (byte !== 0x3b) continue;
    const name = skipBlank(data, at + 1, end);
    if ((data[name]! | 0x20) !== 0x62 || !equalsTextIgnoreCase(data, name, Math.min(name + 6, end), 'branch')) continue;
    at = skipBlank(data, name + 6, end);
    if (data[at] !== 0x3d || at >= end) continue;
    at = skipBlank(data, at + 1, end);
    out.start = at;
    while (at < end && data[at]! > 0x20 && data[at] !== 0x3b) at++;
    out.end = at;
    return true;
  }
  return false;
}

/** True where the bytes are ASCII without an escape or parameters: their text is the bytes. */
function isPlain(data: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (data[at]! >= 0x80 || data[at] === 0x25 || data[at] === 0x3b) return false;
  return true;
}

/** As {@link isPlain}, no letter a capital. */
function isPlainLower(data: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = data[at]!;
    if (byte >= 0x80 || byte === 0x25 || (byte >= 0x41 && byte <= 0x5a)) return false;
  }
  return true;
}

/** Offset of the first `;` of the header parameters of an address, -1 where it has none. */
function paramsStart(data: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = data[at];
    if (byte === 0x22) {
      const close = closingQuote(data, at, end);
      if (close < 0) return -1;
      at = close;
    } else if (byte === 0x3c) {
      while (at < end && data[at] !== 0x3e) at++;
    } else if (byte === 0x3b) return at;
  }
  return -1;
}

/** Decimal number below 2^32 (RFC 3261 §20.19), null where it is none. */
function wholeNumber(data: Buffer, start: number, end: number): number | null {
  let value = 0;
  let at = skipBlank(data, start, end);
  const first = at;
  while (at < end && data[at]! >= 0x30 && data[at]! <= 0x39 && at - first < 15) value = value * 10 + data[at++]! - 0x30;
  const isNumber = at > first && (at === end || (CLASS[data[at]!]! & TOKEN_CHARACTER) === 0);
  return isNumber && value <= 0xffff_ffff ? value : null;
}
