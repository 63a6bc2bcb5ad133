import { equalsTextIgnoreCase } from '../../base/bytes.ts';
import type { Range } from '../../sip/address.ts';
import { type Body, plainBody } from '../../sip/content-coding.ts';
import { headerRange } from '../../sip/fields.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { afterMediaType } from '../../sip/multipart.ts';

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const CPIM = 'message/cpim';
/**
 * What people write to each other: text, a short message of a phone (3GPP TS 24.341 §7.2), a file (GSMA RCC.07 §3.2.5), or several such. All
 * else tells of messages, of devices, or of where somebody is: somebody types (RFC 3994 §3), a message was shown (RFC 5438 §7), a
 * camera is alive (GB/T 28181).
 */
const WRITTEN = ['text/', 'multipart/', 'application/vnd.3gpp.sms', 'application/vnd.gsma.rcs-ft-http+xml'];
const CONTENT_TYPE = 'content-type:';

/** What the body of a MESSAGE is, taken out of its wrapper. Scratch: valid until the next is read. */
export interface InstantMessage {
  /** It tells of messages and is none. */
  isNotice: boolean;
  /** Bytes of the content. */
  length: number;
}

const found: InstantMessage = { isNotice: false, length: 0 };
const range: Range = { start: 0, end: 0 };

export function readInstantMessage(message: SipMessage): InstantMessage {
  found.isNotice = false;
  found.length = message.end - message.bodyStart;
  if (found.length === 0) return found;
  const body = plainBody(message);
  if (body !== null) found.length = body.end - body.start;
  if (!headerRange(message, Header.ContentType, range)) return found;
  const { data } = message;
  const { start, end } = range;
  if (afterMediaType(data, start, end, CPIM) < 0) found.isNotice = isNotice(data, start, end);
  else if (body !== null) readWrapped(body);
  return found;
}

/** RFC 3862 §2: headers of the message, a blank line, those of its content, a blank line, the content. */
function readWrapped({ data, start, end }: Body): void {
  let at = start;
  while (at < end && !isBlank(data, at)) at = lineAfter(data, at, end);
  at = lineAfter(data, at, end);
  for (; at < end && !isBlank(data, at); at = lineAfter(data, at, end)) {
    let value = at + CONTENT_TYPE.length;
    if (value > end || !equalsTextIgnoreCase(data, at, value, CONTENT_TYPE)) continue;
    while (value < end && data[value] === SP) value++;
    found.isNotice = isNotice(data, value, end);
  }
  if (at < end) found.length = end - lineAfter(data, at, end);
}

function isNotice(data: Buffer, start: number, end: number): boolean {
  return WRITTEN.every((type) => afterMediaType(data, start, end, type) < 0);
}

function isBlank(data: Buffer, at: number): boolean {
  return data[at] === LF || data[at] === CR;
}

function lineAfter(data: Buffer, at: number, end: number): number {
  while (at < end && data[at] !== LF) at++;
  return Math.min(at + 1, end);
}
