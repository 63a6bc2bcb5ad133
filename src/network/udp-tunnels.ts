import { ipOfGre } from './gre.ts';
import { GTPU_PORT, ipOfGtpu } from './gtpu.ts';
import { ipOfL2tp, L2TP_PORT } from './l2tp.ts';
import { EtherType, ipOfEtherType } from './link.ts';
import { ipOfTzsp, TZSP_PORT } from './tzsp.ts';
import {
  GENEVE_PORT,
  ipOfGeneve,
  ipOfVxlan,
  ipOfVxlanGpe,
  OLD_VXLAN_PORT,
  VXLAN_GPE_PORT,
  VXLAN_PORT,
} from './vxlan.ts';

/** RFC 8086. Source ports of these two tell flows apart and may be any, of the tunnel's own port as well. */
const GRE_PORT = 4754;
/** RFC 7510. */
const MPLS_PORT = 6635;

/**
 * Offset of the IP header that a tunnel over UDP carries in data [from, to), by the ports that IANA gives the tunnels.
 * Negative where the ports are of none, or the bytes are not of it.
 */
export function ipOfUdp(sourcePort: number, destinationPort: number, data: Buffer, from: number, to: number): number {
  if (destinationPort === GTPU_PORT || sourcePort === GTPU_PORT) return ipOfGtpu(data, from, to);
  if (destinationPort === VXLAN_PORT || destinationPort === OLD_VXLAN_PORT) return ipOfVxlan(data, from, to);
  if (destinationPort === VXLAN_GPE_PORT || sourcePort === VXLAN_GPE_PORT) return ipOfVxlanGpe(data, from, to);
  if (destinationPort === GENEVE_PORT || sourcePort === GENEVE_PORT) return ipOfGeneve(data, from, to);
  if (destinationPort === L2TP_PORT || sourcePort === L2TP_PORT) return ipOfL2tp(data, from, to);
  if (destinationPort === TZSP_PORT) return ipOfTzsp(data, from, to);
  if (destinationPort === GRE_PORT) return ipOfGre(data, from, to);
  if (destinationPort === MPLS_PORT) return ipOfMpls(data, from, to);
  return -1;
}

/** Labels have nothing to be known by, and SIP may use this port too: what is text as far as into an IP header is that. */
function ipOfMpls(data: Buffer, from: number, to: number): number {
  const ip = ipOfEtherType(EtherType.mpls, data, from, to);
  // Behind the version comes a length (IPv4: bytes 2 and 3, IPv6: 4 and 5), and none begins with a letter.
  return ip >= 0 && !isText(data, from, Math.min(to, ip + 6)) ? ip : -1;
}

function isText(data: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = data[at];
    if ((byte < 0x20 && byte !== 0x0d && byte !== 0x0a) || byte > 0x7e) return false;
  }
  return true;
}
