import { GTPU_PORT, ipOfGtpu } from './gtpu.ts';
import { ipOfL2tp, L2TP_PORT } from './l2tp.ts';
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
  return -1;
}
