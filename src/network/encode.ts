import { u16 } from '../base/bytes.ts';
import { sctpChecksum } from './sctp-checksum.ts';

/** What a frame between two IPv4 hosts says about them. */
export interface FrameEnds {
  /** 6 bytes; a locally administered address made from the IPv4 address where left out. */
  sourceMac?: Buffer;
  destinationMac?: Buffer;
  /** Dotted IPv4 address. */
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  payload: Buffer;
  /** IPv4 identification, 0 where left out. */
  identification?: number;
}

export interface TcpFrameFields extends FrameEnds {
  sequence: number;
  acknowledgment: number;
  /** Flag bits of RFC 9293 section 3.1: see {@link TcpFlag}. */
  flags: number;
}

/** One DATA chunk (RFC 9260 section 3.3.1): a user message, or a piece of one. */
export interface DataChunk {
  tsn: number;
  stream: number;
  /** Stream sequence number. */
  sequence: number;
  ppid: number;
  payload: Buffer;
  /** The chunk begins, ends its message: both true where left out. */
  begins?: boolean;
  ends?: boolean;
}

export interface SctpFrameFields extends Omit<FrameEnds, 'payload'> {
  /** Verification tag. */
  tag: number;
  chunks: readonly DataChunk[];
}

export const TcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const TCP = 20;
const SCTP = 12;
const DATA = 16;

/**
 * Writes Ethernet II, IPv4 and UDP around `payload` at `at` in `out`, with right checksums, and returns the length of the
 * frame in bytes. `out` must have room for 42 bytes and the payload (at most 65,507 bytes).
 */
export function udpFrame(out: Buffer, at: number, fields: FrameEnds): number {
  const length = UDP + fields.payload.length;
  const udp = writeHeaders(out, at, fields, 17, length);
  put16(out, udp, fields.sourcePort);
  put16(out, udp + 2, fields.destinationPort);
  put16(out, udp + 4, length);
  put16(out, udp + 6, 0);
  fields.payload.copy(out, udp + UDP);
  // RFC 768: a sum of zero is sent as all ones.
  put16(out, udp + 6, transportChecksum(out, udp, length, 17) || 0xffff);
  return ETHERNET + IPV4 + length;
}

/** As {@link udpFrame}, one TCP segment without options: room for 54 bytes and the payload. */
export function tcpFrame(out: Buffer, at: number, fields: TcpFrameFields): number {
  const length = TCP + fields.payload.length;
  const tcp = writeHeaders(out, at, fields, 6, length);
  put16(out, tcp, fields.sourcePort);
  put16(out, tcp + 2, fields.destinationPort);
  put32(out, tcp + 4, fields.sequence);
  put32(out, tcp + 8, fields.acknowledgment);
  out[tcp + 12] = (TCP / 4) << 4;
  out[tcp + 13] = fields.flags;
  put16(out, tcp + 14, 0xffff);
  put32(out, tcp + 16, 0);
  fields.payload.copy(out, tcp + TCP);
  put16(out, tcp + 16, transportChecksum(out, tcp, length, 6));
  return ETHERNET + IPV4 + length;
}

/** As {@link udpFrame}, one SCTP packet: room for 46 bytes, and for each chunk 19 bytes and its payload. */
export function sctpFrame(out: Buffer, at: number, fields: SctpFrameFields): number {
  let length = SCTP;
  for (const { payload } of fields.chunks) length += DATA + padded(payload.length);
  const sctp = writeHeaders(out, at, fields, 132, length);
  put16(out, sctp, fields.sourcePort);
  put16(out, sctp + 2, fields.destinationPort);
  put32(out, sctp + 4, fields.tag);
  let chunk = sctp + SCTP;
  for (const { tsn, stream, sequence, ppid, payload, begins = true, ends = true } of fields.chunks) {
    out[chunk] = 0;
    out[chunk + 1] = (begins ? 2 : 0) | (ends ? 1 : 0);
    put16(out, chunk + 2, DATA + payload.length);
    put32(out, chunk + 4, tsn);
    put16(out, chunk + 8, stream);
    put16(out, chunk + 10, sequence);
    put32(out, chunk + 12, ppid);
    payload.copy(out, chunk + DATA);
    const end = chunk + DATA + padded(payload.length);
    out.fill(0, chunk + DATA + payload.length, end);
    chunk = end;
  }
  out.writeUInt32LE(sctpChecksum(out, sctp, sctp + length), sctp + 8);
  return ETHERNET + IPV4 + length;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Ethernet II (IEEE 802.3) and IPv4 (RFC 791) headers; returns the offset after them. */
function writeHeaders(
  out: Buffer,
  at: number,
  fields: Omit<FrameEnds, 'payload'>,
  protocol: number,
  length: number,
): number {
  const ip = at + ETHERNET;
  out[ip] = 0x45;
  out[ip + 1] = 0;
  put16(out, ip + 2, IPV4 + length);
  put16(out, ip + 4, fields.identification ?? 0);
  put16(out, ip + 6, 0x4000);
  out[ip + 8] = 64;
  out[ip + 9] = protocol;
  put16(out, ip + 10, 0);
  putAddress(out, ip + 12, fields.source);
  putAddress(out, ip + 16, fields.destination);
  put16(out, ip + 10, checksum(sum(out, ip, IPV4)));
  putMac(out, at, fields.destinationMac, ip + 16);
  putMac(out, at + 6, fields.sourceMac, ip + 12);
  put16(out, at + 12, 0x0800);
  return ip + IPV4;
}

/** RFC 768 and RFC 9293 section 3.1: over a pseudo header of addresses, protocol and length, then the segment. */
function transportChecksum(out: Buffer, at: number, length: number, protocol: number): number {
  return checksum(sum(out, at - 8, 8) + protocol + length + sum(out, at, length));
}

function sum(data: Buffer, at: number, length: number): number {
  const even = at + (length & ~1);
  let total = 0;
  for (let i = at; i < even; i += 2) total += u16(data, i);
  return length & 1 ? total + (data[even] << 8) : total;
}

function checksum(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

function put16(out: Buffer, at: number, value: number): void {
  out[at] = value >>> 8;
  out[at + 1] = value;
}

function put32(out: Buffer, at: number, value: number): void {
  put16(out, at, value >>> 16);
  put16(out, at + 2, value);
}

function putMac(out: Buffer, at: number, mac: Buffer | undefined, address: number): void {
  if (mac !== undefined) {
    mac.copy(out, at, 0, 6);
    return;
  }
  out[at] = 0x02;
  out[at + 1] = 0;
  out.copyWithin(at + 2, address, address + 4);
}

function putAddress(out: Buffer, at: number, text: string): void {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      out[at++] = value;
      value = 0;
    } else {
      value = value * 10 + code - 0x30;
    }
  }
  out[at] = value;
}
