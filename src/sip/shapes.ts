import { latin1 } from '../base/bytes.ts';
import { Memo } from '../base/memo.ts';
import type { Range } from './address.ts';
import { Digest } from './digest.ts';
import { branchRange, headerRange, tagRange } from './fields.ts';
import { ipv4End } from './host.ts';
import { Header, ROW, type SipMessage } from './message.ts';

const range: Range = { start: 0, end: 0 };
const digest = new Digest();
/** Runs and characters between them that are told apart in one identifier; what follows is `~`. */
const PARTS = 16;
const COOKIE = 'z9hG4bK';
const SPACE = 0x20;
const MISSING = 0x2d;
const TILDE = 0x7e;

/** The shape being written, bytes [0, length): three identifiers of at most {@link PARTS} parts, a part of at most 11 bytes. */
const shape = Buffer.alloc(1024);
const shapeView = new DataView(shape.buffer, shape.byteOffset, shape.length);
let length = 0;
/** Devices of one make share theirs: one text for all of them. */
const shapes = new Memo(1024, 96, latin1);

/**
 * Shapes of the identifiers that the first sender of a request made up: branch of the bottom Via, From tag, Call-ID, as
 * `z9hG4bK+d10 d8 d10@ip`. Each run of letters and digits is its kind and length: `d` decimal, `x` hexadecimal, `a` letters, `m`
 * mixed; a UUID is `uuid`; what stands between stays. After `@` comes `ip` or `name`. A missing one is `-`. Null without any.
 */
export function idShape(m: SipMessage): string | null {
  let found = false;
  length = 0;
  if (branchRange(m, range)) {
    found = true;
    writeBranch(m.data, range.start, range.end);
  } else write(MISSING);
  write(SPACE);
  if (tagRange(m, Header.From, range)) {
    found = true;
    writeShape(m.data, range.start, range.end);
  } else write(MISSING);
  write(SPACE);
  if (headerRange(m, Header.CallId, range)) {
    found = true;
    writeCallId(m.data, range.start, range.end);
  } else write(MISSING);
  return found ? shapes.get(shape, 0, length, shapeView) : null;
}

/**
 * Digest of the names of the headers in order, as spelled. Repeats of a header are left out, and credentials: the same device
 * sends them only after a challenge.
 */
export function headerOrder(m: SipMessage): string {
  digest.reset();
  for (let index = 0; index < m.rowCount; index++) {
    const row = index * ROW;
    const header = m.rows[row]!;
    if (header === Header.Authorization || header === Header.ProxyAuthorization) continue;
    if (header !== Header.Other && m.first[header] !== index + 1) continue;
    const start = m.rows[row + 1]!;
    let at = start;
    while (m.data[at]! > 0x20 && m.data[at] !== 0x3a) at++;
    digest.bytes(m.data, start, at);
    digest.byte(0x3a);
  }
  return digest.hex();
}

/** The magic cookie of RFC 3261 §8.1.1.7 and what stands after it. */
function writeBranch(data: Buffer, start: number, end: number): void {
  let at = 0;
  while (at < COOKIE.length && start + at < end && data[start + at] === COOKIE.charCodeAt(at)) at++;
  if (at < COOKIE.length) {
    writeShape(data, start, end);
    return;
  }
  writeText(COOKIE);
  writeText('+');
  writeShape(data, start + COOKIE.length, end);
}

function writeCallId(data: Buffer, start: number, end: number): void {
  let at = start;
  while (at < end && data[at] !== 0x40) at++;
  writeShape(data, start, at);
  if (at === end) return;
  const isAddress = data[at + 1] === 0x5b || ipv4End(data, at + 1, end) === end;
  writeText(isAddress ? '@ip' : '@name');
}

function writeShape(data: Buffer, start: number, end: number): void {
  if (isUuid(data, start, end)) {
    writeText('uuid');
    return;
  }
  let parts = 0;
  for (let at = start; at < end; ) {
    const from = at;
    let kinds = 0;
    for (; at < end; at++) {
      const kind = KIND[data[at]!]!;
      if (kind === 0) break;
      kinds |= kind;
    }
    if (parts++ === PARTS) {
      write(TILDE);
      return;
    }
    if (at > from) {
      write(kinds === 1 ? 0x64 : kinds <= 3 ? 0x78 : (kinds & 1) === 0 ? 0x61 : 0x6d);
      writeNumber(at - from);
    } else {
      // A byte that is neither letter nor digit; text that is not ASCII is `?`.
      write(data[at]! < 0x7f && data[at]! > 0x20 ? data[at]! : 0x3f);
      at++;
    }
  }
}

function write(byte: number): void {
  shape[length++] = byte;
}

function writeText(text: string): void {
  for (let i = 0; i < text.length; i++) shape[length++] = text.charCodeAt(i);
}

function writeNumber(value: number): void {
  if (value >= 10) writeNumber(Math.floor(value / 10));
  shape[length++] = 0x30 + (value % 10);
}

/** By byte: 1 digit, 2 letter of a hexadecimal number, 4 other letter, 0 none of these. */
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x30 && byte <= 0x39) return 1;
  const letter = byte | 0x20;
  if (byte > 0x7f || letter < 0x61 || letter > 0x7a) return 0;
  return letter <= 0x66 ? 2 : 4;
});

/** 8-4-4-4-12 hexadecimal digits (RFC 9562). */
function isUuid(data: Buffer, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const byte = data[start + i]!;
    const isHyphen = i === 8 || i === 13 || i === 18 || i === 23;
    const kind = KIND[byte]!;
    if (isHyphen ? byte !== 0x2d : kind !== 1 && kind !== 2) return false;
  }
  return true;
}
