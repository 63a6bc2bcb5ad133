import { u16, u32 } from '../base/bytes.ts';
import { LinkType } from './link.ts';

/** Record types of Endace's Extensible Record Format (ERF types reference guide, EDM11-01). */
const ErfType = {
  hdlc: 1,
  ethernet: 2,
  channelHdlc: 5,
  colorHdlc: 10,
  colorEthernet: 11,
  dsmColorHdlc: 15,
  dsmColorEthernet: 16,
  colorChannelHdlc: 17,
  colorHashHdlc: 19,
  colorHashEthernet: 20,
  ipv4: 22,
  ipv6: 23,
} as const;

/** Time stamp 8 (little-endian), type 1, flags 1, record length 2, loss counter or colour 2, length on the wire 2. */
const RECORD_HEADER = 16;
const EXTENSION_HEADER = 8;
/** Of the type byte, and of the first byte of each extension header: another extension header follows. */
const MORE_EXTENSIONS = 0x80;
const ETHERNET_PADDING = 2;
const CHANNEL_HEADER = 4;
const CHANNEL = 0x3ff;
const MTP2_HEADER = 3;
/** Of a high-speed link (Q.703 Annex A): sequence numbers of two bytes each with 3 spare bits, a length of 9 bits in two bytes. */
const EXTENDED_HEADER = 6;
const SPARE_NUMBER = 0x70;
const SPARE_LENGTH = 0xfe;
/** Cisco HDLC of IPv4: unicast or multicast, control, protocol. */
const [UNICAST, MULTICAST, CISCO_IPV4] = [0x0f00, 0x8f00, 0x0800];
/** Lengths of the check sum that a record may keep at the end of a frame: none, 16 bits, 32 bits. */
const CHECK_SUMS = [0, 2, 4];
/** A length indicator of 63 stands for 63 and more (Q.703 §2.3.3). */
const LONG = 63;

/** What an ERF record holds, as a packet of another link type. */
export interface ErfRecord {
  /** LINKTYPE_ value of data [start, end). */
  linkType: number;
  start: number;
  end: number;
  /** Channel of a multi-channel record, 0 where there is none. */
  channel: number;
  /** The packet had more bytes on the wire. */
  cut: boolean;
}

/** A record to be filled in again and again. */
export function createErfRecord(): ErfRecord {
  return { linkType: 0, start: 0, end: 0, channel: 0, cut: false };
}

/** Reads the record at data [at, end) with its extension headers; false where it is cut before its packet or holds none we know. */
export function readErf(data: Buffer, at: number, end: number, out: ErfRecord): boolean {
  if (at + RECORD_HEADER > end) return false;
  const type = data[at + 8];
  const wireLength = u16(data, at + 14);
  let from = at + RECORD_HEADER;
  for (let more = type; (more & MORE_EXTENSIONS) !== 0; from += EXTENSION_HEADER) {
    if (from + EXTENSION_HEADER > end) return false;
    more = data[from];
  }
  out.channel = 0;
  switch (type & 0x7f) {
    case ErfType.ethernet:
    case ErfType.colorEthernet:
    case ErfType.dsmColorEthernet:
    case ErfType.colorHashEthernet:
      from += ETHERNET_PADDING;
      out.linkType = LinkType.ethernet;
      break;
    case ErfType.ipv4:
    case ErfType.ipv6:
      out.linkType = LinkType.raw;
      break;
    case ErfType.channelHdlc:
    case ErfType.colorChannelHdlc:
      if (from + CHANNEL_HEADER > end) return false;
      out.channel = u32(data, from) & CHANNEL;
      from += CHANNEL_HEADER;
      out.linkType = LinkType.pppHdlc;
      break;
    case ErfType.hdlc:
    case ErfType.colorHdlc:
    case ErfType.dsmColorHdlc:
    case ErfType.colorHashHdlc:
      out.linkType = LinkType.pppHdlc;
      break;
    default:
      return false;
  }
  if (from > end) return false;
  // The record is padded to 8 bytes.
  const stop = from + wireLength;
  out.cut = stop > end;
  out.start = from;
  out.end = Math.min(stop, end);
  // HDLC does not say what is in it.
  if (out.linkType === LinkType.pppHdlc && isMtp2(data, from, out.end, wireLength)) out.linkType = LinkType.mtp2;
  return true;
}

/** Whether a length indicator of Q.703, in one of its formats, agrees with the length of a frame of `length` bytes on the wire. */
function isMtp2(data: Buffer, at: number, end: number, length: number): boolean {
  return isBasic(data, at, end, length) || isExtended(data, at, end, length);
}

/** §2.3.3. */
function isBasic(data: Buffer, at: number, end: number, length: number): boolean {
  if (at + MTP2_HEADER > end) return false;
  const indicated = data[at + 2] & 0x3f;
  const inside = length - MTP2_HEADER;
  // Spare bits are 0.
  if ((data[at + 2] & 0xc0) !== 0) return false;
  return indicated === LONG ? inside >= LONG : CHECK_SUMS.some((checkSum) => indicated + checkSum === inside);
}

/** Annex A. An IPv4 packet of some length has the bytes of it behind a header of Cisco's. */
function isExtended(data: Buffer, at: number, end: number, length: number): boolean {
  if (at + EXTENDED_HEADER > end) return false;
  const begin = u16(data, at);
  if ((begin === UNICAST || begin === MULTICAST) && u16(data, at + 2) === CISCO_IPV4) return false;
  if (((data[at + 1] | data[at + 3]) & SPARE_NUMBER) !== 0 || (data[at + 5] & SPARE_LENGTH) !== 0) return false;
  const indicated = data[at + 4] | (data[at + 5] << 8);
  return CHECK_SUMS.some((checkSum) => indicated + checkSum === length - EXTENDED_HEADER);
}
