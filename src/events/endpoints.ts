import type { Payload } from '../network/payload.ts';

/** Whether two endpoints, `address:port`, have one address. */
export function isSameAddress(a: string, b: string): boolean {
  if (a === b) return true;
  const length = a.lastIndexOf(':');
  if (length !== b.lastIndexOf(':')) return false;
  for (let i = length - 1; i >= 0; i--) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  return true;
}

/** Whether `source`, which is an address, a colon and a port, has the address in data [start, end). */
export function isAddressOf(source: string, data: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (source.charCodeAt(length) !== 0x3a) return false;
  for (let i = 0; i < length; i++) if (data[start + i] !== source.charCodeAt(i)) return false;
  return source.indexOf(':', length + 1) < 0;
}

/** Whether a packet may come from an endpoint: of IPv4, its address is that one's. */
export function mayBeFrom(endpoint: string, { header, sourceAt, addressLength }: Payload): boolean {
  if (addressLength !== 4) return true;
  let at = 0;
  for (let i = 0; i < 4; i++) {
    let octet = 0;
    for (let code = endpoint.charCodeAt(at++); code >= 0x30 && code <= 0x39; code = endpoint.charCodeAt(at++))
      octet = octet * 10 + code - 0x30;
    if (octet !== header[sourceAt + i]) return false;
  }
  return true;
}
