import { u16 } from '../base/bytes.ts';

/** UDP port of SCTP in UDP (RFC 6951 section 3). */
export const SCTP_IN_UDP_PORT = 9899;

const COMMON_HEADER = 12;
const CHECKSUM = 8;
const CHUNK_HEADER = 4;
/** CRC32c (RFC 9260 appendix A), bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
  return value;
});

/** Chunk types of RFC 9260 section 3.2, RFC 8260, 3758, 4820, 4895, 5061, 6525: 1 where an SCTP packet may begin with it. */
const CHUNK_TYPES = new Uint8Array(256);
for (const type of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 64, 128, 130, 132, 192, 193, 194]) {
  CHUNK_TYPES[type] = 1;
}

/** Checksum of the SCTP packet at data [at, end), its own field taken as zero, as an unsigned number to be written little-endian. */
export function sctpChecksum(data: Uint8Array, at: number, end: number): number {
  let crc = update(-1, data, at, at + CHECKSUM);
  crc = update(crc, ZEROS, 0, ZEROS.length);
  return ~update(crc, data, at + COMMON_HEADER, end) >>> 0;
}

const ZEROS = new Uint8Array(COMMON_HEADER - CHECKSUM);

function update(crc: number, data: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) crc = TABLE[(crc ^ data[i]) & 0xff] ^ (crc >>> 8);
  return crc;
}

/**
 * Whether data [at, end) is an SCTP packet: a chain of known chunks and, unless it is `expected` here, the right checksum.
 * `cut`: the end is missing, which only an expected one may lack.
 */
export function isSctp(data: Buffer, at: number, end: number, expected: boolean, cut: boolean): boolean {
  if (end - at < COMMON_HEADER + CHUNK_HEADER || CHUNK_TYPES[data[at + COMMON_HEADER]] === 0) return false;
  let chunk = at + COMMON_HEADER;
  while (chunk + CHUNK_HEADER <= end) {
    const length = u16(data, chunk + 2);
    if (length < CHUNK_HEADER) return false;
    chunk += (length + 3) & ~3;
  }
  if (expected) return cut || chunk === end;
  return chunk === end && !cut && data.readUInt32LE(at + CHECKSUM) === sctpChecksum(data, at, end);
}
