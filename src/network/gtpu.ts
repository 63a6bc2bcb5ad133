export const GTPU_PORT = 2152;

const G_PDU = 0xff;
const FIXED_HEADER = 8;
const OPTIONAL_FIELDS = 4;

/**
 * GTP-U at `at` (3GPP TS 29.281 section 5): offset of the user's IP packet in a G-PDU, behind sequence number, N-PDU number and
 * extension headers; -1 for other messages and where there is no IP inside.
 */
export function ipOfGtpu(data: Buffer, at: number, end: number): number {
  if (at + FIXED_HEADER >= end) return -1;
  const flags = data[at];
  // Version 1, protocol type GTP.
  if ((flags & 0xf0) !== 0x30 || data[at + 1] !== G_PDU) return -1;
  let inner = at + FIXED_HEADER;
  if ((flags & 0x07) !== 0) {
    inner += OPTIONAL_FIELDS;
    if (inner > end) return -1;
    let type = (flags & 0x04) !== 0 ? data[inner - 1] : 0;
    while (type !== 0) {
      // Section 5.2.1: the length counts units of 4 bytes; the last byte is the next extension's type.
      if (inner >= end || data[inner] === 0) return -1;
      inner += 4 * data[inner];
      if (inner > end) return -1;
      type = data[inner - 1];
    }
  }
  if (inner >= end) return -1;
  const version = data[inner] >> 4;
  return version === 4 || version === 6 ? inner : -1;
}
