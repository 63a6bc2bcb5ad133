import { hex64 } from '../base/hex.ts';
import type { PacketTime } from '../base/time.ts';

/**
 * Identity of an event, 16 hexadecimal digits: the same whatever the cut of the captures and the order they were read in.
 * Two FNV-1a digests with different seeds over what names the event; not for secrets.
 */
export function eventId(kind: string, feed: string, callId: string, part: string, time: PacketTime): string {
  begin();
  take(kind);
  take(feed);
  take(callId);
  take(part);
  return end(time);
}

/**
 * As {@link eventId}, for what numbers name: a circuit, a connection or a dialogue on an interface. Numbers are whole, between -1
 * and 2^53.
 */
export function stateEventId(
  kind: string,
  feed: string,
  over: string,
  names: readonly number[],
  part: string,
  time: PacketTime,
): string {
  begin();
  take(kind);
  take(feed);
  take(over);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    mix(name | 0);
    mix(Math.floor(name / 0x1_0000_0000) | 0);
  }
  take(part);
  return end(time);
}

let a = 0;
let b = 0;

function begin(): void {
  a = 0x811c9dc5 | 0;
  b = 0x5bd1e995 | 0;
}

function mix(word: number): void {
  a = Math.imul(a ^ word, 0x01000193);
  b = Math.imul(b ^ word, 0x85ebca6b);
  b ^= b >>> 15;
}

function take(text: string): void {
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  a = Math.imul(a ^ 0x100, 0x01000193);
  b = Math.imul(b ^ 0x100, 0x85ebca6b);
}

function end(time: PacketTime): string {
  a = Math.imul(a ^ (time.s | 0), 0x01000193) ^ time.ns;
  b = Math.imul(b ^ time.ns, 0x85ebca6b) ^ (time.s | 0);
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return hex64(a ^ (b >>> 16), b ^ (a >>> 15));
}
