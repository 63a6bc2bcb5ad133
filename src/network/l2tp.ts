import { u16 } from '../base/bytes.ts';
import { ipOfPpp } from './link.ts';

export const L2TP_PORT = 1701;

/** Flag and version bits of the first two bytes (RFC 2661 section 3.1). */
const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
const VERSION = 0x000f;

/**
 * L2TP at `at` (RFC 2661 section 3.1): offset of the IP header in the PPP frame of a data message; -1 for control messages and where there
 * is no IP inside.
 */
export function ipOfL2tp(data: Buffer, at: number, end: number): number {
  if (at + 6 > end) return -1;
  const flags = u16(data, at);
  if ((flags & VERSION) !== 2 || (flags & CONTROL) !== 0) return -1;
  // Tunnel and session; a length before them, sequence numbers and padding after them where flags say so.
  let inner = at + 6;
  if ((flags & LENGTH) !== 0) inner += 2;
  if ((flags & SEQUENCE) !== 0) inner += 4;
  if ((flags & OFFSET) !== 0) {
    if (inner + 2 > end) return -1;
    inner += 2 + u16(data, inner);
  }
  return inner < end ? ipOfPpp(data, inner, end) : -1;
}
