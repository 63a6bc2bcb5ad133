/** LINKTYPE_ values (tcpdump.org/linktypes.html). */
const ETHERNET = 1;
const RAW = 101;
const LINUX_SLL = 113;
const IPV4 = 228;
const LINUX_SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const VLAN_TAGS = new Set([0x8100, 0x88a8, 0x9100]);

/**
 * What the fragments of one IPv4 datagram have in common (RFC 791 §3.2: source, destination, protocol, identification); null for
 * packets that are no fragments, or whose link layer is another than Ethernet, Linux cooked or raw IP.
 */
export function fragmentKey(data: Buffer, linkType: number): string | null {
  const at = headerAt(data, linkType);
  if (at === null || data.length < at + 20 || data[at]! >> 4 !== 4) return null;
  // More fragments, or an offset.
  if ((data.readUInt16BE(at + 6) & 0x3fff) === 0) return null;
  return `${data.toString('hex', at + 12, at + 20)}-${data[at + 9]}-${data.readUInt16BE(at + 4)}`;
}

function headerAt(data: Buffer, linkType: number): number | null {
  if (linkType === RAW || linkType === IPV4) return 0;
  if (linkType === LINUX_SLL) return data.length >= 16 && data.readUInt16BE(14) === ETHERTYPE_IPV4 ? 16 : null;
  if (linkType === LINUX_SLL2) return data.length >= 20 && data.readUInt16BE(0) === ETHERTYPE_IPV4 ? 20 : null;
  if (linkType !== ETHERNET) return null;
  for (let at = 12; at + 2 <= data.length; at += 4) {
    const type = data.readUInt16BE(at);
    if (type === ETHERTYPE_IPV4) return at + 2;
    if (!VLAN_TAGS.has(type)) return null;
  }
  return null;
}
