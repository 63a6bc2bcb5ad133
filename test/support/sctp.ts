import { frame, hex, u16, u32 } from './frames.ts';

/**
 * Builders of SCTP packets (RFC 9260): common header with its checksum, then chunks, each padded to 4 bytes.
 *
 *     overIp(sctpPacket({ tag: 7 }, data({ tsn: 1, payload: 'one' }), sack()))
 */
export interface SctpEnds {
  source?: string;
  destination?: string;
  sourcePort?: number;
  destinationPort?: number;
  /** Verification tag. */
  tag?: number;
}

export interface UserData {
  tsn: number;
  payload: string | Buffer;
  stream?: number;
  /** Stream sequence number, I-DATA: message identifier. */
  sequence?: number;
  ppid?: number;
  /** Letters of B, E, U (unordered) and I (acknowledge now); B and E where left out. */
  flags?: string;
  /** I-DATA: fragment sequence number of a piece that is not the first. */
  fragment?: number;
}

const FLAGS: Record<string, number> = { E: 1, B: 2, U: 4, I: 8 };

export function sctpPacket(ends: SctpEnds, ...chunks: Buffer[]): Buffer {
  const packet = Buffer.concat([
    u16(ends.sourcePort ?? 2905),
    u16(ends.destinationPort ?? 2906),
    u32(ends.tag ?? 0x5eed_0001),
    u32(0),
    ...chunks,
  ]);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

/** An Ethernet frame with these ends around. */
export function overIp(ends: SctpEnds, ...chunks: Buffer[]): Buffer {
  return frame()
    .ethernet()
    .ipv4(ends.source ?? '10.0.0.1', ends.destination ?? '10.0.0.2', { protocol: 132 })
    .data(sctpPacket(ends, ...chunks))
    .bytes();
}

/** RFC 9260 section 3.3.1. */
export function data(fields: UserData): Buffer {
  const payload = Buffer.from(fields.payload as Buffer);
  return chunk(
    0,
    flagsOf(fields),
    Buffer.concat([
      u32(fields.tsn),
      u16(fields.stream ?? 0),
      u16(fields.sequence ?? 0),
      u32(fields.ppid ?? 0),
      payload,
    ]),
  );
}

/** RFC 8260 section 2.1. */
export function iData(fields: UserData): Buffer {
  const payload = Buffer.from(fields.payload as Buffer);
  const first = (fields.flags ?? 'BE').includes('B');
  return chunk(
    64,
    flagsOf(fields),
    Buffer.concat([
      u32(fields.tsn),
      u16(fields.stream ?? 0),
      u16(0),
      u32(fields.sequence ?? 0),
      u32(first ? (fields.ppid ?? 0) : (fields.fragment ?? 0)),
      payload,
    ]),
  );
}

/** INIT or INIT ACK (RFC 9260 sections 3.3.2, 3.3.3). */
export function init(tag: number, tsn: number, ack = false): Buffer {
  return chunk(ack ? 2 : 1, 0, Buffer.concat([u32(tag), u32(65_535), hex('000a 000a'), u32(tsn)]));
}

/** RFC 9260 section 3.3.4. */
export function sack(tsn = 0): Buffer {
  return chunk(3, 0, Buffer.concat([u32(tsn), u32(65_535), u32(0)]));
}

/** RFC 9260 section 3.3.7. */
export function abort(reflected = false): Buffer {
  return chunk(6, reflected ? 1 : 0, Buffer.alloc(0));
}

/** RFC 3758 section 3.2: the new cumulative TSN, then streams with the sequence number given up. */
export function forwardTsn(tsn: number, ...skipped: [stream: number, sequence: number][]): Buffer {
  return chunk(192, 0, Buffer.concat([u32(tsn), ...skipped.flat().map(u16)]));
}

/** RFC 8260 section 2.3.1. */
export function iForwardTsn(tsn: number, ...skipped: [stream: number, unordered: boolean, message: number][]): Buffer {
  const entries = skipped.map(([stream, unordered, message]) =>
    Buffer.concat([u16(stream), u16(unordered ? 1 : 0), u32(message)]),
  );
  return chunk(194, 0, Buffer.concat([u32(tsn), ...entries]));
}

/** Any chunk, padded to 4 bytes, which its length does not count. */
export function chunk(type: number, flags: number, value: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([type, flags]),
    u16(4 + value.length),
    value,
    Buffer.alloc((4 - (value.length % 4)) % 4),
  ]);
}

function flagsOf({ flags }: UserData): number {
  return [...(flags ?? 'BE')].reduce((bits, letter) => bits | FLAGS[letter], 0);
}

/** RFC 9260 appendix A, bit by bit. */
export function crc32c(bytes: Buffer): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
