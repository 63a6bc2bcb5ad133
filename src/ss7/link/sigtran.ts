import { u16, u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';

/**
 * What the user adaptation layers share (RFC 4666 §3.1, 3.2): a common header of version, reserved, message class, message type and
 * length, then parameters of tag, length and value, padded to 4 bytes.
 */
export const COMMON_HEADER = 8;
export const PARAMETER_HEADER = 4;

/** Message classes (RFC 4666 §3.1.2; RFC 3331 §3.1.3; RFC 3868 §3.1.2; RFC 4165 §2.1.3). */
export const MessageClass = {
  management: 0,
  transfer: 1,
  network: 2,
  aspState: 3,
  aspTraffic: 4,
  q921: 5,
  maup: 6,
  connectionless: 7,
  connectionOriented: 8,
  routingKey: 9,
  interfaceIdentifier: 10,
  m2pa: 11,
} as const;

/** Longest message taken from a stream or found by content, bytes. */
const MOST = 65_536;

/** True where data [start, end) can be the head of a message of an adaptation layer: version 1, a known class, a sound length. */
export function looksLikeSigtran(data: Buffer, start: number, end: number): boolean {
  if (end - start < COMMON_HEADER || data[start] !== 1 || data[start + 1] !== 0) return false;
  const length = u32(data, start + 4);
  return data[start + 2] <= MessageClass.m2pa && data[start + 3] <= 20 && length >= COMMON_HEADER && length <= MOST;
}

/**
 * Walks the parameters data [start, end) and calls `each` with tag and range of the value, padding left off. A parameter without its
 * padding at the end of a message is taken as it is; one whose end is cut off is not `whole`.
 *
 * @param layer whose parameters they are, for the stop
 * @param from where the message begins
 */
export function eachParameter(
  data: Buffer,
  start: number,
  end: number,
  layer: string,
  from: number,
  each: (tag: number, start: number, end: number, whole: boolean) => void,
): Stop | null {
  let at = start;
  while (at + PARAMETER_HEADER <= end) {
    const tag = u16(data, at);
    const length = u16(data, at + 2);
    if (length < PARAMETER_HEADER) {
      return { layer, offset: at - from, need: PARAMETER_HEADER, have: length, reason: 'parameter length' };
    }
    each(tag, at + PARAMETER_HEADER, Math.min(at + length, end), at + length <= end);
    if (at + length > end) {
      return { layer, offset: at - from, need: length, have: end - at, reason: 'parameter length' };
    }
    at += (length + 3) & ~3;
  }
  return null;
}
