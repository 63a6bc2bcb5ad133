import { isIPv6 } from 'node:net';
import { CLASS, HEXADECIMAL, HOST } from './characters.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Offset after the host (RFC 3261 §25.1: name, IPv4 address or bracketed IPv6 address) at `at`; -1 where there is none. */
export function hostEnd(data: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  if (data[at] === OPEN) {
    const close = ipv6End(data, at + 1, end);
    return close > 0 && close < end && data[close] === CLOSE ? close + 1 : -1;
  }
  const start = at;
  let label = at;
  let underscore = false;
  while (at < end && (CLASS[data[at]!]! & HOST) !== 0) {
    const byte = data[at++]!;
    if (byte === DOT) {
      if (at - 1 === label) return -1;
      label = at;
      underscore = false;
    } else if (byte === 0x5f) underscore = true;
  }
  if (at === label || underscore) return -1;
  const first = data[label]! | 0x20;
  if (first >= 0x61 && first <= 0x7a) return at;
  // The last label of a name begins with a letter; so this is an IPv4 address or nothing.
  return ipv4End(data, start, end) === at ? at : -1;
}

/**
 * An IPv6 address, given without brackets, in brackets and short (RFC 5952); one that stands for an IPv4 address (RFC 4291 §2.5.5.2), as
 * programs write who listen to both, is that. A zone (RFC 4007 §11.2, RFC 6874 §2) is left out: it means something to its host alone. Null for
 * what is none.
 */
export function ipv6Text(text: string): string | null {
  if (!isIPv6(text)) return null;
  const short = new URL(`http://[${text.replace(/%.*$/, '')}]`).hostname;
  const [, high, low] = MAPPED.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${a >> 8}.${a & 0xff}.${b >> 8}.${b & 0xff}`;
}

const MAPPED = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/;

/** Offset after the dotted decimal IPv4 address at `at`, -1 where there is none. */
export function ipv4End(data: Uint8Array, at: number, end: number): number {
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && (at >= end || data[at++] !== DOT)) return -1;
    const start = at;
    let value = 0;
    while (at < end && data[at]! >= 0x30 && data[at]! <= 0x39 && at - start < 3)
      value = value * 10 + data[at++]! - 0x30;
    if (at === start || value > 255 || (data[start] === 0x30 && at - start > 1)) return -1;
  }
  return at;
}

/** Offset after the IPv6 address (RFC 4291 §2.2) at `at`, -1 where there is none. */
function ipv6End(data: Uint8Array, at: number, end: number): number {
  let groups = 0;
  let compressed = false;
  if (at + 1 < end && data[at] === COLON && data[at + 1] === COLON) {
    compressed = true;
    at += 2;
  }
  for (;;) {
    const start = at;
    while (at < end && at - start < 4 && (CLASS[data[at]!]! & HEXADECIMAL) !== 0) at++;
    if (at === start) break;
    if (at < end && data[at] === DOT) {
      const last = ipv4End(data, start, end);
      if (last < 0) return -1;
      groups += 2;
      at = last;
      break;
    }
    groups++;
    if (at >= end || data[at] !== COLON) break;
    if (at + 1 < end && data[at + 1] === COLON) {
      if (compressed) return -1;
      compressed = true;
      at += 2;
    } else {
      at++;
      if (at >= end || (CLASS[data[at]!]! & HEXADECIMAL) === 0) return -1;
    }
  }
  return compressed ? (groups <= 7 ? at : -1) : groups === 8 ? at : -1;
}
