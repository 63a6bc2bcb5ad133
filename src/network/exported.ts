import { u16, u32 } from '../base/bytes.ts';
import { withoutAddresses } from './link.ts';
import { type Payload, Transport, type TransportId } from './payload.ts';

/** Tags of LINKTYPE_WIRESHARK_UPPER_PDU (tcpdump.org/linktypes/LINKTYPE_WIRESHARK_UPPER_PDU.html). */
const Tag = {
  end: 0,
  dissector: 12,
  ipv4Source: 20,
  ipv4Destination: 21,
  ipv6Source: 22,
  ipv6Destination: 23,
  portType: 24,
  sourcePort: 25,
  destinationPort: 26,
} as const;

const TAG_HEADER = 4;
/** Port types. */
const [TCP_PORT, UDP_PORT] = [2, 3];

/** How a protocol that Wireshark names is carried, and its SCTP payload protocol identifier; SIP is carried as its ports say. */
const PROTOCOLS: ReadonlyMap<string, { transport: TransportId; ppid: number }> = new Map([
  ['sip', { transport: Transport.sctp, ppid: 0 }],
  ['m2ua', { transport: Transport.sctp, ppid: 2 }],
  ['m3ua', { transport: Transport.sctp, ppid: 3 }],
  ['sua', { transport: Transport.sctp, ppid: 4 }],
  ['m2pa', { transport: Transport.sctp, ppid: 5 }],
  ['diameter', { transport: Transport.sctp, ppid: 46 }],
  ['sgsap', { transport: Transport.sctp, ppid: 0 }],
  ['mtp3', { transport: Transport.mtp3, ppid: 0 }],
  ['sccp', { transport: Transport.sccp, ppid: 0 }],
]);

/**
 * Makes a message that Wireshark exported, packet [at, end), the bytes of `payload`: so it writes what it deciphered, or picked out of
 * other packets. False where it is cut before the message or holds none that is read. Does not touch time, frame and `cut`.
 */
export function readExported(data: Buffer, at: number, end: number, payload: Payload): boolean {
  let [name, portType, source, destination, sourceLength, destinationLength] = ['', 0, 0, 0, 0, 0];
  payload.sourcePort = 0;
  payload.destinationPort = 0;
  for (;;) {
    if (at + TAG_HEADER > end) return false;
    const tag = u16(data, at);
    const length = u16(data, at + 2);
    at += TAG_HEADER;
    if (tag === Tag.end) break;
    if (at + length > end) return false;
    if (tag === Tag.dissector) name = data.toString('latin1', at, at + length).replace(/\0+$/, '');
    else if (tag === Tag.ipv4Source || tag === Tag.ipv6Source) [source, sourceLength] = [at, length];
    else if (tag === Tag.ipv4Destination || tag === Tag.ipv6Destination)
      [destination, destinationLength] = [at, length];
    else if (length === 4) {
      if (tag === Tag.portType) portType = u32(data, at);
      else if (tag === Tag.sourcePort) payload.sourcePort = u32(data, at) & 0xffff;
      else if (tag === Tag.destinationPort) payload.destinationPort = u32(data, at) & 0xffff;
    }
    at += length;
  }
  const protocol = PROTOCOLS.get(name);
  if (protocol === undefined || at >= end) return false;
  if (sourceLength === destinationLength && (sourceLength === 4 || sourceLength === 16)) {
    payload.header = data;
    payload.addressLength = sourceLength;
    payload.sourceAt = source;
    payload.destinationAt = destination;
  } else {
    withoutAddresses(payload);
  }
  payload.transport = protocol.transport;
  payload.ppid = protocol.ppid;
  if (name === 'sip' && portType === UDP_PORT) payload.transport = Transport.udp;
  if (name === 'sip' && portType === TCP_PORT) payload.transport = Transport.tcp;
  payload.slot = null;
  payload.data = data;
  payload.start = at;
  payload.end = end;
  return true;
}
