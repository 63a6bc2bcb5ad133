import { isIPv4, isIPv6 } from 'node:net';
import { readCsv } from './csv.ts';

/**
 * Classes of networks: the operator's own equipment, access networks of subscribers, peers of other operators, data centres, and what
 * hides who is behind it (VPN, proxies).
 */
const NETWORK_CLASSES = ['own', 'access', 'interconnect', 'hosting', 'anonymous'] as const;
export type NetworkClass = (typeof NETWORK_CLASSES)[number];

/** Addresses whose class is remembered. */
const CACHE_ENTRIES = 50_000;

/** Which class of network an address belongs to: the longest prefix counts. */
export class Networks {
  /** By length of prefix, the longest first: class by the bytes of the prefix. IPv4 stands among IPv6 as ::ffff:0:0/96. */
  private readonly prefixes: { bits: number; classes: Map<string, NetworkClass> }[] = [];
  private readonly cache = new Map<string, NetworkClass | null>();

  /** @param bits length of the prefix @returns what the network is known by, however it is written; null where it is none */
  add(address: string, bits: number, name: NetworkClass): string | null {
    const bytes = bytesOf(address);
    const isShort = isIPv4(address);
    if (bytes === null || bits < 0 || bits > (isShort ? 32 : 128)) return null;
    const length = isShort ? 96 + bits : bits;
    let known = this.prefixes.find((prefix) => prefix.bits === length);
    if (known === undefined) {
      known = { bits: length, classes: new Map() };
      this.prefixes.push(known);
      this.prefixes.sort((a, b) => b.bits - a.bits);
    }
    const prefix = prefixOf(bytes, length);
    known.classes.set(prefix, name);
    return `${length} ${prefix}`;
  }

  /** Class of the network an address is in, null where none is listed or it is no address. */
  classOf(address: string): NetworkClass | null {
    const known = this.cache.get(address);
    if (known !== undefined) return known;
    const bytes = bytesOf(address);
    let found: NetworkClass | null = null;
    if (bytes !== null) {
      for (const { bits, classes } of this.prefixes) {
        const name = classes.get(prefixOf(bytes, bits));
        if (name === undefined) continue;
        found = name;
        break;
      }
    }
    if (this.cache.size >= CACHE_ENTRIES) this.cache.clear();
    this.cache.set(address, found);
    return found;
  }
}

/**
 * Reads classes of networks: CSV with the columns cidr (`203.0.113.0/24`, `2001:db8::/32`, or one address) and class.
 *
 * @throws UserError naming file, row and column, or two rows that give one network different classes
 */
export async function readNetworks(path: string): Promise<Networks> {
  const networks = new Networks();
  const rows = new Map<string, { name: NetworkClass; line: number }>();
  await readCsv(path, '--networks', ['cidr', 'class'], [], (row) => {
    const [address, bits, ...rest] = row.text('cidr').split('/');
    const name = NETWORK_CLASSES.find((one) => one === row.text('class').toLowerCase());
    if (name === undefined) throw row.wrong('class', NETWORK_CLASSES.join(', '));
    const length = bits === undefined ? (isIPv4(address!) ? 32 : 128) : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    const network = rest.length > 0 ? null : networks.add(address!, length, name);
    if (network === null) throw row.wrong('cidr', 'a network such as 203.0.113.0/24 or 2001:db8::/32');
    const before = rows.get(network);
    if (before !== undefined && before.name !== name) throw row.contradicts('cidr', before.line);
    rows.set(network, { name, line: row.line });
  });
  return networks;
}

/** 16 bytes of an address, IPv4 as `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2); null where it is none. */
function bytesOf(address: string): Uint8Array | null {
  const bytes = new Uint8Array(16);
  if (isIPv4(address)) {
    bytes[10] = bytes[11] = 0xff;
    bytes.set(address.split('.').map(Number), 12);
    return bytes;
  }
  if (!isIPv6(address) || address.includes('%')) return null;
  // The last 32 bits may be written as IPv4.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  let text = address;
  if (dotted !== null) {
    const [a, b, c, d] = dotted.slice(2).map(Number);
    text = `${dotted[1]}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
  }
  const [head, tail] = text.split('::');
  const groups = (part: string | undefined): string[] => (part === undefined || part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail);
  const all =
    tail === undefined ? before : [...before, ...new Array(8 - before.length - after.length).fill('0'), ...after];
  for (const [i, group] of all.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value;
  }
  return bytes;
}

function prefixOf(bytes: Uint8Array, bits: number): string {
  let text = '';
  for (let i = 0; i < 16 && 8 * i < bits; i++) {
    const rest = bits - 8 * i;
    text += String.fromCharCode(rest >= 8 ? bytes[i]! : bytes[i]! & (0xff << (8 - rest)));
  }
  return text;
}
