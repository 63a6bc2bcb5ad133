import type { Range } from './address.ts';
import { Digest } from './digest.ts';
import { branchRange, headerRange, tagRange } from './fields.ts';
import { ipv4End } from './host.ts';
import { Header, ROW, type SipMessage } from './message.ts';

const range: Range = { start: 0, end: 0 };
const digest = new Digest();
/** Runs and characters between them that are told apart in one identifier; what follows is `~`. */
const PARTS = 16;

/**
 * Shapes of the identifiers that the sender of a request made up: top branch, From tag, Call-ID, as
 * `z9hG4bK+d10 d8 d10@ip`. Each run of letters and digits is its kind and length: `d` decimal, `x` hexadecimal, `a` letters, `m`
 * mixed; a UUID is `uuid`; what stands between stays. After `@` comes `ip` or `name`. A missing one is `-`. Null without any.
 */
export function idShape(m: SipMessage): string | null {
  const branch = branchRange(m, range) ? branchShape(m.data, range.start, range.end) : '-';
  const tag = tagRange(m, Header.From, range) ? shapeOf(m.data, range.start, range.end) : '-';
  const call = headerRange(m, Header.CallId, range) ? callIdShape(m.data, range.start, range.end) : '-';
  return branch === '-' && tag === '-' && call === '-' ? null : `${branch} ${tag} ${call}`;
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
    let at = m.rows[row + 1]!;
    for (let byte = m.data[at]!; byte > 0x20 && byte !== 0x3a; byte = m.data[++at]!) digest.byte(byte);
    digest.byte(0x3a);
  }
  return digest.hex();
}

/** The magic cookie of RFC 3261 §8.1.1.7 and what stands after it. */
function branchShape(data: Buffer, start: number, end: number): string {
  return data.toString('latin1', start, Math.min(end, start + 7)) === 'z9hG4bK'
    ? `z9hG4bK+${shapeOf(data, start + 7, end)}`
    : shapeOf(data, start, end);
}

function callIdShape(data: Buffer, start: number, end: number): string {
  let at = start;
  while (at < end && data[at] !== 0x40) at++;
  const word = shapeOf(data, start, at);
  if (at === end) return word;
  const isAddress = data[at + 1] === 0x5b || ipv4End(data, at + 1, end) === end;
  return `${word}@${isAddress ? 'ip' : 'name'}`;
}

function shapeOf(data: Buffer, start: number, end: number): string {
  if (isUuid(data, start, end)) return 'uuid';
  let shape = '';
  let parts = 0;
  for (let at = start; at < end; ) {
    const from = at;
    let kinds = 0;
    for (; at < end; at++) {
      const kind = kindOf(data[at]!);
      if (kind === 0) break;
      kinds |= kind;
    }
    if (parts++ === PARTS) return `${shape}~`;
    if (at > from) {
      const letter = kinds === 1 ? 'd' : kinds <= 3 ? 'x' : (kinds & 1) === 0 ? 'a' : 'm';
      shape += letter + (at - from);
    } else {
      // A byte that is neither letter nor digit; text that is not ASCII is `?`.
      shape += data[at]! < 0x7f && data[at]! > 0x20 ? String.fromCharCode(data[at]!) : '?';
      at++;
    }
  }
  return shape;
}

/** 1 digit, 2 letter of a hexadecimal number, 4 other letter, 0 none of these. */
function kindOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return 1;
  const letter = byte | 0x20;
  if (letter < 0x61 || letter > 0x7a) return 0;
  return letter <= 0x66 ? 2 : 4;
}

/** 8-4-4-4-12 hexadecimal digits (RFC 9562). */
function isUuid(data: Buffer, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const byte = data[start + i]!;
    const isHyphen = i === 8 || i === 13 || i === 18 || i === 23;
    const kind = kindOf(byte);
    if (isHyphen ? byte !== 0x2d : kind !== 1 && kind !== 2) return false;
  }
  return true;
}
