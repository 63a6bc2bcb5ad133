import { u32 } from '../base/bytes.ts';
import type { Ends } from './loose.ts';

/** One direction of traffic between two endpoints, kept in a {@link FlowTable}. The table alone writes these fields. */
export class Flow {
  hash = 0;
  chain: Flow | null = null;
  older: Flow | null = null;
  newer: Flow | null = null;
  addressLength: 4 | 16 = 4;
  /** Source address, then destination address. Not from Buffer's pool, of which one long-lived flow would hold 8 KiB. */
  addresses: Uint8Array = NONE;
  /** The last 32 bits of each, signed: all of an IPv4 address. */
  source = 0;
  destination = 0;
  sourcePort = 0;
  destinationPort = 0;
}

const NONE = new Uint8Array(0);
const FIRST_SIZE = 256;

/**
 * Flows by addresses and ports, at most `limit` of them: the least recently used one makes room for a new one. A hash table
 * with chains over key bytes, so that looking one up allocates nothing.
 */
export class FlowTable<T extends Flow> {
  size = 0;
  private readonly limit: number;
  private readonly evicted: (flow: T) => void;
  private buckets: (Flow | null)[] = new Array<Flow | null>(FIRST_SIZE).fill(null);
  private oldest: Flow | null = null;
  private newest: Flow | null = null;

  /** @param evicted told of each flow that is dropped to make room */
  constructor(limit: number, evicted: (flow: T) => void) {
    this.limit = Math.max(1, limit);
    this.evicted = evicted;
  }

  /** The flow between these ends, source to destination, now the most recently used one. */
  find(ends: Ends): T | undefined {
    const flow = this.lookUp(
      ends.header,
      ends.addressLength,
      ends.sourceAt,
      ends.destinationAt,
      ends.sourcePort,
      ends.destinationPort,
    );
    if (flow === null) return undefined;
    // While there is room for as many again, none will make room soon: who comes first need not be known.
    if (flow !== this.newest && 2 * this.size > this.limit) {
      this.unlink(flow);
      this.link(flow);
    }
    return flow as T;
  }

  /** The flow of the opposite direction; its age is left as it is. */
  findReverse(ends: Ends): T | undefined {
    const flow = this.lookUp(
      ends.header,
      ends.addressLength,
      ends.destinationAt,
      ends.sourceAt,
      ends.destinationPort,
      ends.sourcePort,
    );
    return flow === null ? undefined : (flow as T);
  }

  /** Puts `flow` in under these addresses and ports, for which there must be none yet. */
  insert(ends: Ends, flow: T): void {
    if (this.size >= this.limit) this.evictOldest();
    if (this.size >= this.buckets.length) this.grow();
    const { header, addressLength, sourceAt, destinationAt, sourcePort, destinationPort } = ends;
    const addresses = new Uint8Array(2 * addressLength);
    for (let i = 0; i < addressLength; i++) {
      addresses[i] = header[sourceAt + i];
      addresses[addressLength + i] = header[destinationAt + i];
    }
    flow.addresses = addresses;
    flow.addressLength = addressLength;
    flow.source = endOf(header, sourceAt, addressLength);
    flow.destination = endOf(header, destinationAt, addressLength);
    flow.sourcePort = sourcePort;
    flow.destinationPort = destinationPort;
    flow.hash = hashFlow(header, addressLength, sourceAt, destinationAt, sourcePort, destinationPort);
    const bucket = flow.hash & (this.buckets.length - 1);
    flow.chain = this.buckets[bucket];
    this.buckets[bucket] = flow;
    this.link(flow);
    this.size++;
  }

  /** Drops the least recently used flow; false where there is none. */
  evictOldest(): boolean {
    const flow = this.oldest;
    if (flow === null) return false;
    const bucket = flow.hash & (this.buckets.length - 1);
    if (this.buckets[bucket] === flow) {
      this.buckets[bucket] = flow.chain;
    } else {
      let before = this.buckets[bucket]!;
      while (before.chain !== flow) before = before.chain!;
      before.chain = flow.chain;
    }
    this.unlink(flow);
    this.size--;
    this.evicted(flow as T);
    return true;
  }

  /** All flows, the least recently used one first. */
  *flows(): Generator<T> {
    for (let flow = this.oldest; flow !== null; flow = flow.newer) yield flow as T;
  }

  private lookUp(
    header: Buffer,
    length: 4 | 16,
    sourceAt: number,
    destinationAt: number,
    sourcePort: number,
    destinationPort: number,
  ): Flow | null {
    const hash = hashFlow(header, length, sourceAt, destinationAt, sourcePort, destinationPort);
    for (let flow = this.buckets[hash & (this.buckets.length - 1)]; flow !== null; flow = flow.chain) {
      if (
        flow.hash === hash &&
        flow.addressLength === length &&
        flow.sourcePort === sourcePort &&
        flow.destinationPort === destinationPort &&
        flow.source === endOf(header, sourceAt, length) &&
        flow.destination === endOf(header, destinationAt, length) &&
        (length === 4 ||
          (sameBytes(flow.addresses, 0, header, sourceAt, length) &&
            sameBytes(flow.addresses, length, header, destinationAt, length)))
      ) {
        return flow;
      }
    }
    return null;
  }

  private grow(): void {
    const buckets = new Array<Flow | null>(2 * this.buckets.length).fill(null);
    for (let flow = this.oldest; flow !== null; flow = flow.newer) {
      const bucket = flow.hash & (buckets.length - 1);
      flow.chain = buckets[bucket];
      buckets[bucket] = flow;
    }
    this.buckets = buckets;
  }

  private link(flow: Flow): void {
    flow.older = this.newest;
    flow.newer = null;
    if (this.newest === null) this.oldest = flow;
    else this.newest.newer = flow;
    this.newest = flow;
  }

  private unlink(flow: Flow): void {
    if (flow.older === null) this.oldest = flow.newer;
    else flow.older.newer = flow.newer;
    if (flow.newer === null) this.newest = flow.older;
    else flow.newer.older = flow.older;
  }
}

/** The ends of a flow, for what is done with it outside its packets. */
export function endsOf(flow: Flow): Ends {
  const { addresses, addressLength, sourcePort, destinationPort } = flow;
  return {
    header: Buffer.from(addresses),
    addressLength,
    sourceAt: 0,
    destinationAt: addressLength,
    sourcePort,
    destinationPort,
  };
}

/** Signed 32 bits, so that V8 keeps it as a small integer. */
function hashFlow(
  header: Buffer,
  length: number,
  sourceAt: number,
  destinationAt: number,
  sourcePort: number,
  destinationPort: number,
): number {
  let hash = Math.imul((sourcePort << 16) | destinationPort, 0x9e3779b1);
  for (let i = 0; i < length; i += 4) {
    hash = Math.imul((hash ^ (hash >>> 15)) + (u32(header, sourceAt + i) | 0), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + (u32(header, destinationAt + i) | 0), 0xc2b2ae35);
  }
  return hash ^ (hash >>> 16);
}

/** The last 32 bits of an address, signed. */
function endOf(header: Buffer, at: number, length: number): number {
  return u32(header, at + length - 4) | 0;
}

function sameBytes(a: Uint8Array, at: number, b: Buffer, bt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}
