import { equalsTextIgnoreCase } from '../base/bytes.ts';
import { findParam, type Range, skipBlank } from './address.ts';
import { Header, ROW, type SipMessage } from './message.ts';
import { headerNumber } from './names.ts';

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
/** Multipart bodies within multipart bodies that are followed. */
const DEPTH = 4;
/** Longest boundary (RFC 2046 §5.1.1 allows 70). */
const BOUNDARY_MAX = 256;

const boundary: Range = { start: 0, end: 0 };
/** Parameters of the Content-Type of the part that was found last. */
const ofType: Range = { start: 0, end: 0 };

/** Range of the session description in the body: all of it, or a part of a multipart body (RFC 2046). False where there is none. */
export function findSdp(m: SipMessage, out: Range): boolean {
  return findBody(m, 'application/sdp', out);
}

/**
 * Range of the first body or body part of media type `type` (lower case). False where there is none. The parameters of its
 * Content-Type are in `parameters`, where that is given.
 */
export function findBody(m: SipMessage, type: string, out: Range, parameters: Range | null = null): boolean {
  if (m.bodyStart >= m.end) return false;
  const first = m.first[Header.ContentType]!;
  if (first === 0) return false;
  const row = (first - 1) * ROW;
  if (!findPart(m.data, m.rows[row + 2]!, m.rows[row + 3]!, m.bodyStart, m.end, type, DEPTH, out)) return false;
  if (parameters !== null) {
    parameters.start = ofType.start;
    parameters.end = ofType.end;
  }
  return true;
}

/**
 * Where a Content-Type [at, end) goes on after its media type, if that is `type`: `type/subtype` in lower case, or `type/` for any. White
 * space may stand around the slash (RFC 3261 §25.1, SLASH). -1 where it is another one.
 */
export function afterMediaType(data: Buffer, at: number, end: number, type: string): number {
  for (let i = 0; i < type.length; i++) {
    const code = type.charCodeAt(i);
    if (code === SLASH) at = skipBlank(data, at, end);
    if (at >= end) return -1;
    let byte = data[at++]!;
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== code) return -1;
    if (code === SLASH) at = skipBlank(data, at, end);
  }
  const isWhole = at >= end || data[at]! <= SP || data[at] === SEMICOLON;
  return isWhole || type.charCodeAt(type.length - 1) === SLASH ? at : -1;
}

/** @param typeStart range of the Content-Type of the body [start, end) */
function findPart(
  data: Buffer,
  typeStart: number,
  typeEnd: number,
  start: number,
  end: number,
  type: string,
  depth: number,
  out: Range,
): boolean {
  let name = typeStart;
  while (name < typeEnd && data[name]! > SP && data[name] !== SEMICOLON) name++;
  const isSpaced = name < typeEnd && data[name] !== SEMICOLON;
  const after = equalsTextIgnoreCase(data, typeStart, name, type)
    ? name
    : isSpaced
      ? afterMediaType(data, typeStart, typeEnd, type)
      : -1;
  if (after >= 0) {
    out.start = start;
    out.end = end;
    ofType.start = after;
    ofType.end = typeEnd;
    return true;
  }
  if (depth === 0 || afterMediaType(data, typeStart, typeEnd, 'multipart/') < 0) return false;
  if (!findParam(data, name, typeEnd, 'boundary', boundary)) return false;
  const markStart = boundary.start;
  const markEnd = boundary.end;
  if (markStart === markEnd || markEnd - markStart > BOUNDARY_MAX) return false;
  let part = -1;
  // Each line that is `--boundary` ends a part and begins one; `--boundary--` ends the last.
  for (let line = start; line < end; line = lineAfter(data, line, end)) {
    if (!isDelimiter(data, line, end, markStart, markEnd)) continue;
    if (part >= 0 && inPart(data, part, beforeLineEnd(data, part, line), type, depth, out)) return true;
    part = lineAfter(data, line, end);
  }
  // The last delimiter may be missing.
  return part >= 0 && part < end && inPart(data, part, end, type, depth, out);
}

/** Looks into the body part [start, end): header lines, a blank line, the content. */
function inPart(data: Buffer, start: number, end: number, type: string, depth: number, out: Range): boolean {
  let typeStart = -1;
  let typeEnd = -1;
  let line = start;
  while (line < end && data[line] !== CR && data[line] !== LF) {
    let next = lineAfter(data, line, end);
    while (next < end && (data[next] === SP || data[next] === 0x09)) next = lineAfter(data, next, end);
    let colon = line;
    while (colon < next && data[colon] !== 0x3a) colon++;
    let nameEnd = colon;
    while (nameEnd > line && data[nameEnd - 1]! <= SP) nameEnd--;
    if (headerNumber(data, line, nameEnd) === Header.ContentType) {
      typeStart = skipBlank(data, colon + 1, next);
      typeEnd = next;
      while (typeEnd > typeStart && data[typeEnd - 1]! <= SP) typeEnd--;
    }
    line = next;
  }
  if (typeStart < 0) return false;
  return findPart(data, typeStart, typeEnd, lineAfter(data, line, end), end, type, depth - 1, out);
}

function isDelimiter(data: Buffer, line: number, end: number, markStart: number, markEnd: number): boolean {
  const length = markEnd - markStart;
  if (line + 2 + length > end || data[line] !== 0x2d || data[line + 1] !== 0x2d) return false;
  for (let i = 0; i < length; i++) if (data[line + 2 + i] !== data[markStart + i]) return false;
  const next = data[line + 2 + length];
  return line + 2 + length === end || next === CR || next === LF || next === 0x2d || next === SP || next === 0x09;
}

/** Offset after the line that begins at `at`. */
function lineAfter(data: Buffer, at: number, end: number): number {
  while (at < end && data[at] !== LF && data[at] !== CR) at++;
  if (at < end && data[at] === CR && at + 1 < end && data[at + 1] === LF) return at + 2;
  return Math.min(at + 1, end);
}

/** The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1). */
function beforeLineEnd(data: Buffer, start: number, line: number): number {
  if (line > start && data[line - 1] === LF) line--;
  if (line > start && data[line - 1] === CR) line--;
  return line;
}
