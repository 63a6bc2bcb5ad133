import { u16 } from '../base/bytes.ts';
import { type Payload, Transport } from './payload.ts';

/** EtherTypes (IANA IEEE 802 numbers) that carry IP or another layer we look into. */
export const EtherType = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  qinq: 0x88a8,
  oldQinq: 0x9100,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoe: 0x8864,
  /** Provider backbone: the customer's frame behind an I-TAG (IEEE 802.1Q clause 9.7). */
  backbone: 0x88e7,
  /** Cisco's security group tag. */
  metadata: 0x8909,
  /** Cisco's tag of a virtual interface, and that of IEEE 802.1BR. */
  vnTag: 0x8926,
  eTag: 0x893f,
  /** Ethernet in GRE, Geneve: RFC 1701, RFC 7637. */
  bridged: 0x6558,
} as const;

/** LINKTYPE_ values of tcpdump.org/linktypes.html. */
export const LinkType = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  raw12: 12,
  raw14: 14,
  pppHdlc: 50,
  pppoe: 51,
  raw: 101,
  ciscoHdlc: 104,
  frameRelay: 107,
  loop: 108,
  cooked: 113,
  mtp2WithHeader: 139,
  mtp2: 140,
  mtp3: 141,
  sccp: 142,
  pppPppd: 166,
  erf: 197,
  pppWithDirection: 204,
  ipv4: 228,
  ipv6: 229,
  /** What a firewall of Linux logged. */
  nflog: 239,
  sctp: 248,
  /** Messages that Wireshark exported. */
  exported: 252,
  pktap: 258,
  cookedV2: 276,
} as const;

const KNOWN: ReadonlySet<number> = new Set(Object.values(LinkType));

/** Whether packets of this link type are read. */
export function isKnownLink(linkType: number): boolean {
  return KNOWN.has(linkType);
}

/** Counter of packets whose link type is not read: its number follows. */
export const UNKNOWN_LINK = 'link type ';

/** Steps that one packet may take through VLAN tags, labels and inner Ethernet before it is given up. */
const MAX_STEPS = 16;

/** Pseudo-header of LINKTYPE_MTP2_WITH_PHDR: sent or received 1, Annex A used 1 (2: unknown), link number 2. */
const MTP2_PSEUDO_HEADER = 4;

/**
 * Makes SS7 that stands right above the link layer, packet [at, end), the bytes of `payload`; false where the packet has none.
 * Does not touch time, frame and `cut`.
 */
export function signallingOfPacket(linkType: number, data: Buffer, at: number, end: number, payload: Payload): boolean {
  let start = at;
  payload.ppid = 0;
  payload.sourcePort = 0;
  switch (linkType) {
    case LinkType.mtp2WithHeader:
      start += MTP2_PSEUDO_HEADER;
      if (start > end) return false;
      payload.ppid = data[at + 1] === 1 ? 1 : 0;
      payload.sourcePort = u16(data, at + 2);
      payload.transport = Transport.mtp2;
      break;
    case LinkType.mtp2:
      payload.transport = Transport.mtp2;
      break;
    case LinkType.mtp3:
      payload.transport = Transport.mtp3;
      break;
    case LinkType.sccp:
      payload.transport = Transport.sccp;
      break;
    default:
      return false;
  }
  payload.data = data;
  payload.start = start;
  payload.end = end;
  payload.destinationPort = 0;
  payload.slot = null;
  withoutAddresses(payload);
  return start < end;
}

/** Makes the addresses of `payload` zeros, for what has none. */
export function withoutAddresses(payload: Payload): void {
  payload.header = NO_ADDRESSES;
  payload.addressLength = 4;
  payload.sourceAt = 0;
  payload.destinationAt = 0;
}

const NO_ADDRESSES = Buffer.alloc(4);

/** Offset of the IP header in a packet of a capture [at, end), or -1 where it carries no IP or is cut before it. */
export function ipOfPacket(linkType: number, data: Buffer, at: number, end: number): number {
  switch (linkType) {
    case LinkType.ethernet:
      return ipOfEthernet(data, at, end);
    case LinkType.raw12:
    case LinkType.raw14:
    case LinkType.raw:
    case LinkType.ipv4:
    case LinkType.ipv6:
      return ipHere(data, at, end);
    case LinkType.cooked:
      // Packet type 2, ARPHRD 2, address length 2, address 8, protocol 2.
      return at + 16 <= end ? ipOfEtherType(u16(data, at + 14), data, at + 16, end) : -1;
    case LinkType.cookedV2:
      // Protocol 2, reserved 2, interface 4, ARPHRD 2, packet type 1, address length 1, address 8.
      return at + 20 <= end ? ipOfEtherType(u16(data, at), data, at + 20, end) : -1;
    case LinkType.null:
    case LinkType.loop:
      // An address family that differs between systems: the version nibble says the same.
      return ipHere(data, at + 4, end);
    case LinkType.ppp:
      return ipOfPpp(data, at, end);
    case LinkType.pppHdlc:
      // RFC 1662 (ff 03), or Cisco HDLC (0f or 8f, 00).
      return data[at] === 0x0f || data[at] === 0x8f ? ipOfCiscoHdlc(data, at, end) : ipOfPpp(data, at, end);
    case LinkType.pppWithDirection:
    case LinkType.pppPppd:
      return ipOfPpp(data, at + 1, end);
    case LinkType.pppoe:
      return ipOfPpp(data, at + 6, end);
    case LinkType.ciscoHdlc:
      return ipOfCiscoHdlc(data, at, end);
    case LinkType.frameRelay:
      return ipOfFrameRelay(data, at, end);
    case LinkType.pktap:
      return ipOfPktap(data, at, end);
    case LinkType.nflog:
      return ipOfNflog(data, at, end);
    default:
      return -1;
  }
}

/** Ethernet II or 802.3 at `at`: offset of the IP header, or -1. */
export function ipOfEthernet(data: Buffer, at: number, end: number): number {
  return at + 14 <= end ? ipOfEtherType(u16(data, at + 12), data, at + 14, end) : -1;
}

/** What an EtherType announces at `at`: offset of the IP header behind tags, labels and inner frames, or -1. */
export function ipOfEtherType(type: number, data: Buffer, at: number, end: number): number {
  for (let step = 0; step < MAX_STEPS; step++) {
    if (type === EtherType.ipv4 || type === EtherType.ipv6) return ipHere(data, at, end);
    if (type <= 1500) {
      // 802.3 length, then LLC: SNAP (aa aa 03, OUI, EtherType), or IP by its own SAP.
      if (at + 3 <= end && data[at] === 0x06 && data[at + 1] === 0x06) return ipHere(data, at + 3, end);
      if (at + 8 > end || data[at] !== 0xaa || data[at + 1] !== 0xaa) return -1;
      type = u16(data, at + 6);
      at += 8;
      if (type <= 1500) return -1;
      continue;
    }
    switch (type) {
      case EtherType.vlan:
      case EtherType.qinq:
      case EtherType.oldQinq:
        if (at + 4 > end) return -1;
        type = u16(data, at + 2);
        at += 4;
        break;
      case EtherType.vnTag:
      case EtherType.eTag:
      case EtherType.metadata: {
        const tag = type === EtherType.vnTag ? 4 : 6;
        if (at + tag + 2 > end) return -1;
        type = u16(data, at + tag);
        at += tag + 2;
        break;
      }
      case EtherType.mpls:
      case EtherType.mplsMulticast: {
        // RFC 3032: labels of 4 bytes, the last one with the bottom-of-stack bit.
        while (at + 4 <= end && (data[at + 2] & 1) === 0) at += 4;
        at += 4;
        if (at >= end) return -1;
        const nibble = data[at] >> 4;
        if ((nibble === 4 || nibble === 6) && !isEthernet(data, at, end)) return at;
        // RFC 4448: Ethernet, behind a control word where its first nibble is 0.
        if (nibble === 0 && at + 18 <= end && likelyEtherType(u16(data, at + 16))) at += 4;
        if (at + 14 > end) return -1;
        type = u16(data, at + 12);
        at += 14;
        break;
      }
      case EtherType.pppoe:
        // RFC 2516 section 4: version and type, code, session, length; then the PPP protocol.
        return ipOfPpp(data, at + 6, end);
      case EtherType.backbone:
      case EtherType.bridged:
        if (type === EtherType.backbone) at += 4;
        if (at + 14 > end) return -1;
        type = u16(data, at + 12);
        at += 14;
        break;
      default:
        return -1;
    }
  }
  return -1;
}

/** RFC 1661 and 1662: address and control where present, then a protocol of one or two bytes. */
export function ipOfPpp(data: Buffer, at: number, end: number): number {
  if (at + 2 <= end && data[at] === 0xff && data[at + 1] === 0x03) at += 2;
  if (at + 2 > end) return -1;
  let protocol = data[at];
  at += 1;
  // An odd byte ends the protocol field.
  if ((protocol & 1) === 0) {
    protocol = (protocol << 8) | data[at];
    at += 1;
  }
  switch (protocol) {
    case 0x21:
    case 0x57:
      return ipHere(data, at, end);
    case 0x281:
    case 0x283:
      return ipOfEtherType(EtherType.mpls, data, at, end);
    default:
      return -1;
  }
}

function ipHere(data: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const version = data[at] >> 4;
  return version === 4 || version === 6 ? at : -1;
}

function ipOfCiscoHdlc(data: Buffer, at: number, end: number): number {
  return at + 4 <= end ? ipOfEtherType(u16(data, at + 2), data, at + 4, end) : -1;
}

/** RFC 2427: a Q.922 address of two bytes or more, then a control byte and an NLPID; or Cisco's EtherType. */
function ipOfFrameRelay(data: Buffer, at: number, end: number): number {
  let last = at + 1;
  while (last < end && last < at + 4 && (data[last] & 1) === 0) last++;
  at = last + 1;
  if (at + 3 > end) return -1;
  if (data[at] !== 0x03) return ipOfEtherType(u16(data, at), data, at + 2, end);
  if (data[at + 1] === 0xcc || data[at + 1] === 0x8e) return ipHere(data, at + 2, end);
  // Padding byte, NLPID of SNAP, OUI, EtherType.
  if (data[at + 1] === 0x00 && data[at + 2] === 0x80 && at + 8 <= end) {
    return ipOfEtherType(u16(data, at + 6), data, at + 8, end);
  }
  return -1;
}

/** Apple's PKTAP: little-endian header length, record type and link type of the packet that follows. */
function ipOfPktap(data: Buffer, at: number, end: number): number {
  if (at + 12 > end) return -1;
  const length = data.readUInt32LE(at);
  const linkType = data.readUInt32LE(at + 8);
  if (length < 12 || length > end - at || linkType === LinkType.pktap) return -1;
  return ipOfPacket(linkType, data, at + length, end);
}

/**
 * LINKTYPE_NFLOG: address family 1, version 1, resource 2, then values, each behind its length (with these 4 bytes, without padding) and type in the
 * byte order of the machine.
 */
function ipOfNflog(data: Buffer, at: number, end: number): number {
  let value = at + NFLOG_HEADER;
  while (value + 4 <= end) {
    // No type is above 255.
    const isLittle = data[value + 3] === 0;
    const length = isLittle ? data.readUInt16LE(value) : u16(data, value);
    const type = isLittle ? data.readUInt16LE(value + 2) : u16(data, value + 2);
    if (type === NFLOG_PAYLOAD) return ipHere(data, value + 4, end);
    if (length < 4) return -1;
    value += (length + 3) & ~3;
  }
  return -1;
}

const NFLOG_HEADER = 4;
const NFLOG_PAYLOAD = 9;

/**
 * Whether what may be an IP packet by its first digit is an Ethernet frame to an address that begins with the same digit: what carries one over
 * MPLS without a control word does not say which (RFC 8469 section 1).
 */
function isEthernet(data: Buffer, at: number, end: number): boolean {
  if (at + 14 >= end || !likelyEtherType(u16(data, at + 12))) return false;
  if (data[at] >> 4 === 6) return at + 40 + u16(data, at + 4) !== end;
  const header = (data[at] & 0x0f) << 2;
  if (header < 20 || at + header > end) return true;
  let sum = 0;
  for (let word = at; word < at + header; word += 2) sum += u16(data, word);
  return sum % 0xffff !== 0;
}

function likelyEtherType(type: number): boolean {
  return type === EtherType.ipv4 || type === EtherType.ipv6 || type === EtherType.vlan || type === EtherType.qinq;
}
