import { u16 } from '../base/bytes.ts';
import { EtherType, ipOfEthernet, ipOfEtherType, ipOfPpp } from './link.ts';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;

/** Protocol types that are not EtherTypes of the frame inside. */
const GreProtocol = { erspan: 0x88be, erspan3: 0x22eb, ppp: 0x880b } as const;

/**
 * GRE at `at` (RFC 2784, RFC 2890; version 1: RFC 2637): offset of the IP header inside, behind inner Ethernet where there is
 * one (transparent bridging, NVGRE, ERSPAN I to III), or -1.
 */
export function ipOfGre(data: Buffer, at: number, end: number): number {
  if (at + 4 > end) return -1;
  const flags = u16(data, at);
  const version = flags & 7;
  const protocol = u16(data, at + 2);
  // RFC 2784 section 2.3: source routes of RFC 1701 are not ours to follow.
  if (version > 1 || (flags & ROUTING) !== 0) return -1;
  let inner = at + 4;
  if (version === 0 && (flags & CHECKSUM) !== 0) inner += 4;
  if ((flags & KEY) !== 0) inner += 4;
  if ((flags & SEQUENCE) !== 0) inner += 4;
  if (version === 1 && (flags & ACKNOWLEDGMENT) !== 0) inner += 4;
  if (inner >= end) return -1;
  switch (protocol) {
    case GreProtocol.ppp:
      return ipOfPpp(data, inner, end);
    case GreProtocol.erspan:
      // Type I has neither sequence number nor header of its own; type II has both.
      return ipOfEthernet(data, (flags & SEQUENCE) !== 0 ? inner + 8 : inner, end);
    case GreProtocol.erspan3: {
      // Bit O, the last of its 12 bytes, announces 8 more; frame type 2 is IP without Ethernet.
      if (inner + 12 > end) return -1;
      const frameType = (data[inner + 10] >> 2) & 0x1f;
      const contents = inner + 12 + ((data[inner + 11] & 1) !== 0 ? 8 : 0);
      return frameType === 2 ? ipOfEtherType(EtherType.ipv4, data, contents, end) : ipOfEthernet(data, contents, end);
    }
    default:
      return ipOfEtherType(protocol, data, inner, end);
  }
}
