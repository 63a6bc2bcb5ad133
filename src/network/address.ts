import { u16 } from '../base/bytes.ts';

/**
 * Text of an IP address at `at` in `header`: dotted for 4 bytes, RFC 5952 for 16 (lower case, no leading zeros, the first
 * longest run of two or more zero groups as `::`, IPv4-mapped ones with a dotted end as its section 5 recommends).
 */
export function addressText(header: Buffer, at: number, length: 4 | 16): string {
  if (length === 4) return `${header[at]}.${header[at + 1]}.${header[at + 2]}.${header[at + 3]}`;
  let runAt = -1;
  let runLength = 1;
  for (let group = 0; group < 8; ) {
    let zeros = 0;
    while (group + zeros < 8 && u16(header, at + 2 * (group + zeros)) === 0) zeros++;
    if (zeros > runLength) {
      runAt = group;
      runLength = zeros;
    }
    group += zeros + 1;
  }
  if (runAt === 0 && runLength === 5 && u16(header, at + 10) === 0xffff) {
    return `::ffff:${addressText(header, at + 12, 4)}`;
  }
  let text = '';
  for (let group = 0; group < 8; ) {
    if (group === runAt) {
      text += '::';
      group += runLength;
      continue;
    }
    if (text !== '' && group !== runAt + runLength) text += ':';
    text += u16(header, at + 2 * group).toString(16);
    group++;
  }
  return text;
}

/** Address and port: `10.0.0.1:5060` or `[2001:db8::1]:5060`. */
export function endpointText(header: Buffer, at: number, length: 4 | 16, port: number): string {
  const address = addressText(header, at, length);
  return length === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}

/** As {@link endpointText}, of the node: an IPv6 address that stands for an IPv4 address (RFC 4291 §2.5.5.2), as agents write who listen to both, is that. */
export function nodeText(header: Buffer, at: number, length: 4 | 16, port: number): string {
  return length === 16 && isMapped(header, at)
    ? endpointText(header, at + 12, 4, port)
    : endpointText(header, at, length, port);
}

function isMapped(header: Buffer, at: number): boolean {
  for (let i = 0; i < 10; i++) if (header[at + i] !== 0) return false;
  return header[at + 10] === 0xff && header[at + 11] === 0xff;
}
