import { u16 } from '../base/bytes.ts';
import { ipOfEthernet } from './link.ts';

/** Where routers of MikroTik and access points send what they overhear. */
export const TZSP_PORT = 37_008;

const HEADER = 4;
const ETHERNET = 1;
const Tag = { padding: 0, end: 1 } as const;

/**
 * TZSP at `at` (TaZmen Sniffer Protocol, version 1): offset of the IP header in the Ethernet frame behind the tags, or -1. A tag has a type, and
 * a length and value but for padding and the end.
 */
export function ipOfTzsp(data: Buffer, at: number, end: number): number {
  // Type 0 is a received packet, 1 one to be sent.
  if (at + HEADER > end || data[at] !== 1 || data[at + 1] > 1 || u16(data, at + 2) !== ETHERNET) return -1;
  let tag = at + HEADER;
  while (tag < end && data[tag] !== Tag.end) {
    if (data[tag] === Tag.padding) tag++;
    else if (tag + 2 > end) return -1;
    else tag += 2 + data[tag + 1];
  }
  return tag < end ? ipOfEthernet(data, tag + 1, end) : -1;
}
