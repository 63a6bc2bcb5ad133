/** Whether two endpoints, `address:port`, have one address. */
export function isSameAddress(a: string, b: string): boolean {
  if (a === b) return true;
  const length = a.lastIndexOf(':');
  if (length !== b.lastIndexOf(':')) return false;
  for (let i = length - 1; i >= 0; i--) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  return true;
}

/**
 * Whether an endpoint, `address:port`, is of who sent a request: of its address, whatever the port, but not that which the request was sent
 * to. A caller may be on the host of its proxy.
 */
export function isOfSender(endpoint: string, { source, destination }: Sent): boolean {
  return isSameAddress(endpoint, source) && (endpoint !== destination || endpoint === source);
}

interface Sent {
  source: string;
  destination: string;
}

/** Whether `source`, which is an address, a colon and a port, has the address in data [start, end). */
export function isAddressOf(source: string, data: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (source.charCodeAt(length) !== 0x3a) return false;
  for (let i = 0; i < length; i++) if (data[start + i] !== source.charCodeAt(i)) return false;
  return source.indexOf(':', length + 1) < 0;
}
