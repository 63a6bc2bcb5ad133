import { equalsText, equalsTextIgnoreCase, latin1, viewOf } from '../base/bytes.ts';
import type { Range } from './address.ts';
import { Digest } from './digest.ts';
import { ipv6Text } from './host.ts';
import { lineEnd } from './line-end.ts';

const SP = 0x20;
const EQUAL = 0x3d;
const SLASH = 0x2f;

/** What a session description (RFC 8866) says. */
export interface Sdp {
  /** Digest of its shape. */
  fingerprint: string;
  /** Null where it offers none. */
  media: SdpMedia | null;
}

/** What a session description offers. Streams with port 0 are refused ones and count only where there are no others. */
export interface SdpMedia {
  /** Media types in order, each once: `audio`, `audio+video`. */
  kinds: string;
  /** Connection address of the first stream, one of IPv6 in brackets and short (RFC 5952); null where none is given. */
  address: string | null;
  /** Port of the first stream. */
  port: number;
}

const line: Range = { start: 0, end: 0 };
const word: Range = { start: 0, end: 0 };
const digest = new Digest();

/**
 * Reads the description [start, end) in one pass. Null where the bytes are none.
 *
 * The fingerprint is over the kinds of characters in the user of o=, the text of s= without its numbers, and the audio payload types and
 * rtpmap names in order. Devices of one make share it; addresses, keys and ids do not come into it.
 */
export function readSdp(data: Buffer, start: number, end: number): Sdp | null {
  digest.reset();
  let lines = 0;
  let inAudio = false;
  let kinds: string[] = [];
  const refused: string[] = [];
  let port = 0;
  let sessionAddress: string | null = null;
  let address: string | null = null;
  /** -1: before the first m=; 0: in a stream that is not the first; 1: in the first. */
  let place = -1;
  for (let at = start; nextLine(data, at, end); at = afterLine) {
    lines++;
    switch (data[line.start]) {
      case 0x6f: // o=
        nextWord(data, line.start + 2);
        digest.byte(0x6f);
        shape(data, word.start, word.end, false);
        break;
      case 0x73: // s=
        digest.byte(0x73);
        shape(data, line.start + 2, line.end, true);
        break;
      case 0x63: // c=
        if (place < 0) sessionAddress = connectionAddress(data);
        else if (place === 1) address = connectionAddress(data);
        break;
      case 0x6d: {
        // m=
        nextWord(data, line.start + 2);
        const isAudio = equalsText(data, word.start, word.end, 'audio');
        const kind = isAudio ? 'audio' : latin1(data, word.start, word.end);
        inAudio = isAudio || equalsTextIgnoreCase(data, word.start, word.end, 'audio');
        nextWord(data, word.end);
        const its = portOf(data);
        const isFirst = its > 0 && kinds.length === 0;
        place = isFirst ? 1 : 0;
        if (isFirst) port = its;
        if (its > 0 && !kinds.includes(kind) && kinds.length < 8) kinds.push(kind);
        else if (its === 0 && !refused.includes(kind) && refused.length < 8) refused.push(kind);
        if (!inAudio) break;
        nextWord(data, word.end);
        digest.byte(0x6d);
        digest.bytes(data, word.end, line.end);
        break;
      }
      case 0x61: // a=
        if (inAudio && equalsTextIgnoreCase(data, line.start + 2, Math.min(line.end, line.start + 9), 'rtpmap:')) {
          digest.byte(0x61);
          digest.lowerBytes(data, line.start + 9, line.end);
        }
        break;
    }
  }
  if (lines === 0) return null;
  if (kinds.length === 0) kinds = refused;
  const media =
    kinds.length === 0
      ? null
      : { kinds: kinds.length === 1 ? kinds[0]! : kinds.join('+'), address: address ?? sessionAddress, port };
  return { fingerprint: digest.hex(), media };
}

const text = Buffer.alloc(64);

/**
 * `audio 192.0.2.1:4000`; without an address the kinds alone. Written in one piece: a text put together of four is held as such, and
 * each call has one of its own.
 */
export function mediaText({ kinds, address, port }: SdpMedia): string {
  if (address === null) return kinds;
  if (kinds.length + address.length + 7 > text.length) return `${kinds} ${address}:${port}`;
  let length = 0;
  for (let i = 0; i < kinds.length; i++) text[length++] = kinds.charCodeAt(i);
  text[length++] = SP;
  for (let i = 0; i < address.length; i++) text[length++] = address.charCodeAt(i);
  text[length++] = 0x3a;
  let unit = 1;
  while (unit * 10 <= port) unit *= 10;
  for (; unit >= 1; unit = Math.floor(unit / 10)) text[length++] = 0x30 + (Math.floor(port / unit) % 10);
  return latin1(text, 0, length);
}

/** Digests letters (or their kind where `keep` is false), each run of digits as one, and other characters as they are. */
function shape(data: Buffer, start: number, end: number, keep: boolean): void {
  let last = 0;
  for (let at = start; at < end; at++) {
    const byte = data[at]!;
    const letter = byte | 0x20;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    const kind = isDigit ? 0x30 : isLetter && !keep ? 0x61 : byte;
    if (kind === last && (isDigit || (isLetter && !keep))) continue;
    digest.byte(kind);
    last = kind;
  }
}

let afterLine = 0;

/** Sets `line` to the first `x=...` line at or after `at`, and `afterLine`. False where there is none. */
function nextLine(data: Buffer, at: number, end: number): boolean {
  const view = viewOf(data);
  while (at < end) {
    const start = at;
    at = lineEnd(data, view, at, end);
    line.start = start;
    line.end = at;
    afterLine = at + 1;
    at++;
    if (line.end - start >= 2 && data[start + 1] === EQUAL) return true;
  }
  return false;
}

/** Sets `word` to the next word of the line from `at` on; an empty range where there is none. */
function nextWord(data: Buffer, at: number): void {
  while (at < line.end && data[at] === SP) at++;
  word.start = at;
  while (at < line.end && data[at] !== SP) at++;
  word.end = at;
}

/** `port` or `port/number of ports` at `word`; 0 where it is none. */
function portOf(data: Buffer): number {
  let port = 0;
  for (let at = word.start; at < word.end && data[at] !== SLASH; at++) {
    const digit = data[at]! - 0x30;
    if (digit < 0 || digit > 9) return 0;
    port = port * 10 + digit;
    if (port > 65_535) return 0;
  }
  return port;
}

/** Address of `c=IN IP4 192.0.2.1/127`. */
function connectionAddress(data: Buffer): string | null {
  nextWord(data, line.start + 2);
  nextWord(data, word.end);
  nextWord(data, word.end);
  let end = word.start;
  while (end < word.end && data[end] !== SLASH) end++;
  if (end === word.start || end - word.start > 255) return null;
  const address = data.toString('latin1', word.start, end);
  return address.includes(':') ? (ipv6Text(address) ?? address) : address;
}
