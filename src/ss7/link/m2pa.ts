import { u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import type { Bytes } from '../message.ts';
import { COMMON_HEADER, MessageClass } from './sigtran.ts';

/** RFC 4165 §2.1.4: user data 1, link status 2. */
const USER_DATA = 1;
/** RFC 4165 §2.2: unused 1, BSN 3, unused 1, FSN 3. */
const HEADER = 8;
/** Draft 2: message type in place of class and type, BSN 2, FSN 2. */
const DRAFT_USER_DATA = 0x0601;
const DRAFT_HEADER = 4;

/**
 * Reads the M2PA message data [start, end) (RFC 4165; draft 2 with sequence numbers of 16 bits): range of the MTP3 message it carries,
 * in draft and RFC behind a byte of priority or length (RFC 4165 §2.3.1).
 *
 * @returns true: `out` is the MTP3 message; false: it carries none (link status, acknowledgement)
 */
export function readM2pa(data: Buffer, start: number, end: number, out: Bytes): boolean | Stop {
  if (end - start < COMMON_HEADER) {
    return { layer: 'm2pa', offset: 0, need: COMMON_HEADER, have: end - start, reason: 'common header' };
  }
  const type = (data[start + 2] << 8) | data[start + 3];
  const draft = type === DRAFT_USER_DATA;
  if (!draft && type !== ((MessageClass.m2pa << 8) | USER_DATA)) return false;
  const length = u32(data, start + 4);
  // In draft 2 the length counts what follows the header.
  const body = start + COMMON_HEADER + (draft ? DRAFT_HEADER : HEADER);
  const claimed = draft ? body + length : start + length;
  out.data = data;
  out.start = Math.min(end, body + 1);
  out.end = Math.max(out.start, Math.min(end, claimed));
  if (claimed > end && out.start === out.end) {
    return { layer: 'm2pa', offset: 0, need: claimed - start, have: end - start, reason: 'message length' };
  }
  // No data: an acknowledgement.
  return out.start < out.end;
}
