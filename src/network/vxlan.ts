import { u16 } from '../base/bytes.ts';
import { EtherType, ipOfEthernet, ipOfEtherType } from './link.ts';

export const VXLAN_PORT = 4789;
/** Linux's default before the number was assigned. */
export const OLD_VXLAN_PORT = 8472;
/** VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe). */
export const VXLAN_GPE_PORT = 4790;
export const GENEVE_PORT = 6081;

/** VXLAN at `at` (RFC 7348 section 5): offset of the IP header in the inner Ethernet frame, or -1. */
export function ipOfVxlan(data: Buffer, at: number, end: number): number {
  // Flag I must be set: the network identifier is valid.
  return at + 8 <= end && (data[at] & 0x08) !== 0 ? ipOfEthernet(data, at + 8, end) : -1;
}

/** VXLAN-GPE at `at`: next protocol 1 is IPv4, 2 IPv6, 3 Ethernet. */
export function ipOfVxlanGpe(data: Buffer, at: number, end: number): number {
  if (at + 8 >= end || (data[at] & 0x08) === 0) return -1;
  switch (data[at + 3]) {
    case 1:
    case 2:
      return ipOfEtherType(EtherType.ipv4, data, at + 8, end);
    case 3:
      return ipOfEthernet(data, at + 8, end);
    default:
      return -1;
  }
}

/** Geneve at `at` (RFC 8926 section 3.4): offset of the IP header inside, or -1. */
export function ipOfGeneve(data: Buffer, at: number, end: number): number {
  if (at + 8 > end || data[at] >> 6 !== 0) return -1;
  return ipOfEtherType(u16(data, at + 2), data, at + 8 + 4 * (data[at] & 0x3f), end);
}
