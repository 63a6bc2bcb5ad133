import { constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { Range } from './address.ts';
import { headerRange } from './fields.ts';
import { Header, type SipMessage } from './message.ts';

/** Bytes [start, end) of `data`. */
export interface Body extends Range {
  data: Buffer;
}

/** Of a body that is cut short, what there is; one that grows beyond this is passed over. */
const OPTIONS: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 20 };
const range: Range = { start: 0, end: 0 };

/**
 * The body of a message without its Content-Encoding (RFC 3261 §20.12): gzip, or deflate, which is zlib's format (RFC 9110 §8.4.1.2) or, as
 * some send it, what that wraps. Null where it has another one, or is damaged.
 */
export function plainBody(message: SipMessage): Body | null {
  const { data, bodyStart, end } = message;
  const asSent = { data, start: bodyStart, end };
  if (!headerRange(message, Header.ContentEncoding, range)) return asSent;
  const coding = data.toString('latin1', range.start, range.end).toLowerCase();
  if (coding === '' || coding === 'identity') return asSent;
  const plain = decode(coding, data.subarray(bodyStart, end));
  return plain === null ? null : { data: plain, start: 0, end: plain.length };
}

function decode(coding: string, body: Buffer): Buffer | null {
  try {
    if (coding === 'gzip' || coding === 'x-gzip') return gunzipSync(body, OPTIONS);
    if (coding !== 'deflate') return null;
    return hasZlibHeader(body) ? inflateSync(body, OPTIONS) : inflateRawSync(body, OPTIONS);
  } catch {
    return null;
  }
}

/** RFC 1950 §2.2: method 8, and a check of the first two bytes. */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
