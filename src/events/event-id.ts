import type { PacketTime } from '../base/time.ts';

/**
 * Identity of an event, 16 hexadecimal digits: the same whatever the cut of the captures and the order they were read in.
 * Two FNV-1a digests with different seeds over what names the event; not for secrets.
 */
export function eventId(kind: string, feed: string, callId: string, part: string, time: PacketTime): string {
  let a = 0x811c9dc5 | 0;
  let b = 0x5bd1e995 | 0;
  const take = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b);
      b ^= b >>> 15;
    }
    a = Math.imul(a ^ 0x100, 0x01000193);
    b = Math.imul(b ^ 0x100, 0x85ebca6b);
  };
  take(kind);
  take(feed);
  take(callId);
  take(part);
  a = Math.imul(a ^ (time.s | 0), 0x01000193) ^ time.ns;
  b = Math.imul(b ^ time.ns, 0x85ebca6b) ^ (time.s | 0);
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return hex(a ^ (b >>> 16)) + hex(b ^ (a >>> 15));
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
