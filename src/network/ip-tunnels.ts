import { u16 } from '../base/bytes.ts';
import { ipOfGre } from './gre.ts';
import { EtherType, ipOfEthernet, ipOfEtherType } from './link.ts';

/** IP protocol numbers (IANA) of tunnels. */
export const TunnelProtocol = { ipv4: 4, ipv6: 41, gre: 47, etherIp: 97, mpls: 137 } as const;

/** Offset of the IP header that a tunnel right in IP carries in data [at, end), by the protocol that the outer header names, or -1. */
export function ipOfIp(protocol: number, data: Buffer, at: number, end: number): number {
  switch (protocol) {
    case TunnelProtocol.ipv4:
    case TunnelProtocol.ipv6:
      return at < end ? at : -1;
    case TunnelProtocol.gre:
      return ipOfGre(data, at, end);
    case TunnelProtocol.etherIp:
      // RFC 3378 section 3: version 3 in 4 bits, 12 that are 0, then an Ethernet frame.
      return at + 2 <= end && u16(data, at) === 0x3000 ? ipOfEthernet(data, at + 2, end) : -1;
    case TunnelProtocol.mpls:
      return ipOfEtherType(EtherType.mpls, data, at, end);
    default:
      return -1;
  }
}
