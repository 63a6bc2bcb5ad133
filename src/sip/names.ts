import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { Header, Method } from './message.ts';

/** Methods of RFC 3261, 3262, 3265, 3311, 3428, 3515, 3903, 6086 in the order of their numbers; index 0 is an extension. */
export const METHOD_NAMES: readonly string[] = Object.keys(Method).map((name) => (name === 'Other' ? '' : name));

/** Long and compact name of each header the scanner knows, in lower case (RFC 3261 §7.3.3 and §20). */
const HEADER_NAMES: readonly (readonly [number: number, ...names: string[]])[] = [
  [Header.Via, 'via', 'v'],
  [Header.From, 'from', 'f'],
  [Header.To, 'to', 't'],
  [Header.CallId, 'call-id', 'i'],
  [Header.CSeq, 'cseq'],
  [Header.Contact, 'contact', 'm'],
  [Header.ContentLength, 'content-length', 'l'],
  [Header.ContentType, 'content-type', 'c'],
  [Header.UserAgent, 'user-agent'],
  [Header.Server, 'server'],
  [Header.PAssertedIdentity, 'p-asserted-identity'],
  [Header.PPreferredIdentity, 'p-preferred-identity'],
  [Header.RemotePartyId, 'remote-party-id'],
  [Header.Diversion, 'diversion'],
  [Header.HistoryInfo, 'history-info'],
  [Header.Privacy, 'privacy'],
  [Header.PAccessNetworkInfo, 'p-access-network-info'],
  [Header.PChargingVector, 'p-charging-vector'],
  [Header.PVisitedNetworkId, 'p-visited-network-id'],
  [Header.Allow, 'allow'],
  [Header.Supported, 'supported', 'k'],
  [Header.Expires, 'expires'],
  [Header.Reason, 'reason'],
  [Header.Route, 'route'],
  [Header.RecordRoute, 'record-route'],
  [Header.Authorization, 'authorization'],
  [Header.ProxyAuthorization, 'proxy-authorization'],
  [Header.WwwAuthenticate, 'www-authenticate'],
  [Header.ProxyAuthenticate, 'proxy-authenticate'],
  [Header.RetryAfter, 'retry-after'],
  [Header.MaxForwards, 'max-forwards'],
  [Header.ContentEncoding, 'content-encoding', 'e'],
  [Header.PCalledPartyId, 'p-called-party-id'],
  [Header.PAssociatedUri, 'p-associated-uri'],
  [Header.Require, 'require'],
  [Header.RSeq, 'rseq'],
  [Header.RAck, 'rack'],
  [Header.Replaces, 'replaces'],
  [Header.MinExpires, 'min-expires'],
  [Header.Event, 'event', 'o'],
  [Header.SubscriptionState, 'subscription-state'],
  [Header.Subject, 'subject', 's'],
  [Header.Date, 'date'],
  [Header.Organization, 'organization'],
  [Header.FlowTimer, 'flow-timer'],
  [Header.ReferTo, 'refer-to', 'r'],
  [Header.Path, 'path'],
  [Header.ServiceRoute, 'service-route'],
  [Header.CellularNetworkInfo, 'cellular-network-info'],
  [Header.InReplyTo, 'in-reply-to'],
  [Header.TargetDialog, 'target-dialog'],
];

/** Header by the letter of its compact form. */
export const COMPACT = new Uint8Array(256);

// Long names with their colon, four bytes a word, the last word ending at the colon. Candidates that begin with the same four
// bytes are chained. Comparing words read at once costs a quarter of comparing bytes.
const BUCKETS = 256;
const bucket = new Uint8Array(BUCKETS);
const next = new Uint8Array(64);
const length = new Uint8Array(64);
const header = new Uint8Array(64);
const firstWord = new Uint16Array(64);
const words = new Int32Array(256);
/** 0x20 at each letter, so that either case compares equal, and 0 at `-` and `:`. */
const masks = new Int32Array(256);

function bucketOf(word: number): number {
  return (Math.imul(word | 0x20202020, 0x2c1b3c6d) >>> 24) & (BUCKETS - 1);
}

function fill(): void {
  let wordCount = 0;
  let candidate = 0;
  for (const [number, ...names] of HEADER_NAMES) {
    for (const name of names) {
      if (name.length === 1) {
        COMPACT[name.charCodeAt(0)] = number;
        COMPACT[name.toUpperCase().charCodeAt(0)] = number;
        continue;
      }
      const text = Buffer.from(`${name}:`);
      if (text.length < 4) continue;
      candidate++;
      header[candidate] = number;
      length[candidate] = text.length;
      firstWord[candidate] = wordCount;
      for (let at = 0; at < text.length; at += 4) {
        const from = Math.min(at, text.length - 4);
        words[wordCount] = text.readInt32LE(from);
        for (let i = 3; i >= 0; i--) {
          const isLetter = text[from + i]! >= 0x61;
          masks[wordCount] = (masks[wordCount]! << 8) | (isLetter ? 0x20 : 0);
        }
        wordCount++;
      }
      const slot = bucketOf(words[firstWord[candidate]!]!);
      next[candidate] = bucket[slot]!;
      bucket[slot] = candidate;
    }
  }
}
fill();

/**
 * Number of the header whose long name and colon stand at `at`, in any case, no blank between them; 0 where there is none
 * (`To` is too short for this and is the caller's). `view` is over the same bytes as the message. Ask {@link nameLength} next.
 */
export function headerAt(view: DataView, at: number, limit: number): number {
  if (at + 4 > limit) return 0;
  const word = view.getInt32(at, true);
  for (let candidate = bucket[bucketOf(word)]!; candidate !== 0; candidate = next[candidate]!) {
    const last = at + length[candidate]! - 4;
    if (last + 4 > limit) continue;
    let index = firstWord[candidate]!;
    if ((word | masks[index]!) !== words[index]) continue;
    let from = at + 4;
    index++;
    while (from < last && (view.getInt32(from, true) | masks[index]!) === words[index]) {
      from += 4;
      index++;
    }
    if (from < last) continue;
    if (last > at && (view.getInt32(last, true) | masks[index]!) !== words[index]) continue;
    matchedLength = length[candidate]! - 1;
    return header[candidate]!;
  }
  return 0;
}

let matchedLength = 0;

/** Bytes of the name that {@link headerAt} last found, without the colon. */
export function nameLength(): number {
  return matchedLength;
}

/** Number of the header whose name is bytes [start, end), in any case, long or compact; 0 where unknown. Not for hot paths. */
export function headerNumber(data: Uint8Array, start: number, end: number): number {
  for (const [number, ...names] of HEADER_NAMES) {
    for (const name of names) if (equalsTextIgnoreCase(data, start, end, name)) return number;
  }
  return Header.Other;
}

const methodHead = new Int32Array(METHOD_NAMES.length);
const methodTail = new Int32Array(METHOD_NAMES.length);
METHOD_NAMES.forEach((name, number) => {
  if (number === 0) return;
  methodHead[number] = head(Buffer.from(name), 0);
  methodTail[number] = head(Buffer.from(name), name.length - 3);
});

function head(data: Uint8Array, at: number): number {
  return (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
}

/**
 * Number of the method whose name is bytes [start, end), 0 where unknown. Methods are case-sensitive (RFC 3261 §7.1), but servers such as Kamailio,
 * OpenSIPS and Asterisk take them in any case.
 */
export function methodNumber(data: Uint8Array, start: number, end: number): number {
  let method: number;
  switch (end - start) {
    case 3:
      method = data[start] === 0x41 ? Method.ACK : Method.BYE;
      break;
    case 4:
      method = Method.INFO;
      break;
    case 5:
      method = data[start] === 0x50 ? Method.PRACK : Method.REFER;
      break;
    case 6:
      switch (data[start]) {
        case 0x49:
          method = Method.INVITE;
          break;
        case 0x43:
          method = Method.CANCEL;
          break;
        case 0x55:
          method = Method.UPDATE;
          break;
        default:
          method = Method.NOTIFY;
      }
      break;
    case 7:
      method = data[start] === 0x4f ? Method.OPTIONS : data[start] === 0x4d ? Method.MESSAGE : Method.PUBLISH;
      break;
    case 8:
      method = Method.REGISTER;
      break;
    case 9:
      method = Method.SUBSCRIBE;
      break;
    default:
      return Method.Other;
  }
  if (head(data, start) !== methodHead[method] || head(data, end - 3) !== methodTail[method])
    return methodInAnyCase(data, start, end);
  // OPTIONS, MESSAGE, PUBLISH, REGISTER and SUBSCRIBE have bytes between their ends.
  const name = METHOD_NAMES[method]!;
  for (let i = 3; i < name.length - 3; i++)
    if (data[start + i] !== name.charCodeAt(i)) return methodInAnyCase(data, start, end);
  return method;
}

const lowerMethods = METHOD_NAMES.map((name) => name.toLowerCase());

function methodInAnyCase(data: Uint8Array, start: number, end: number): number {
  return Math.max(
    Method.Other,
    lowerMethods.findIndex((name) => equalsTextIgnoreCase(data, start, end, name)),
  );
}
