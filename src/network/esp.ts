import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { Flow, FlowTable } from './flows.ts';
import type { Ends } from './loose.ts';
import { isSctp } from './sctp-checksum.ts';

export const ESP_IN_UDP_PORT = 4500;

const HEADER = 8;
/**
 * Lengths of the integrity value after the ESP trailer: 12 (HMAC-MD5-96, HMAC-SHA1-96, which IMS uses: TS 33.203), 16
 * (HMAC-SHA-256-128), none, 24 and 32 (SHA-384, SHA-512).
 */
const ICV_LENGTHS = [12, 16, 0, 24, 32];
/** Packets of one association that are tried before it is taken to be ciphered. */
const MAX_TRIALS = 16;

const Next = { ipv4: 4, tcp: 6, udp: 17, ipv6: 41, sctp: 132 } as const;

class Association extends Flow {
  /** Length of its integrity value once a packet was read, -1 before. */
  icv = -1;
  failures = 0;
}

/**
 * ESP with NULL encryption (RFC 2410), found by trial: the trailer must have the padding of RFC 4303 section 2.4 and the
 * contents must agree with their own lengths or checksum. Associations are told apart by SPI and destination; those of which
 * no packet could be read count as one encrypted flow each.
 */
export class Esp {
  /** Of the packet last read: the number of the protocol inside, and where it begins and ends. */
  protocol = 0;
  start = 0;
  end = 0;
  private readonly counters: Counters;
  private readonly table: FlowTable<Association>;
  private readonly key: Ends = {
    header: Buffer.alloc(0),
    addressLength: 4,
    sourceAt: 0,
    destinationAt: 0,
    sourcePort: 0,
    destinationPort: 0,
  };

  constructor(limits: Limits, counters: Counters) {
    this.counters = counters;
    this.table = new FlowTable<Association>(limits.encryptedFlows, (association) => {
      add(counters.dropped, 'encryptedFlows');
      this.count(association);
    });
  }

  /** Tries ESP at data [at, end) between `ends`; where true, `protocol`, `start` and `end` say what is inside. */
  open(ends: Ends, data: Buffer, at: number, end: number): boolean {
    if (end - at < HEADER + 2) return false;
    const association = this.associationOf(ends, data, at);
    const from = at + HEADER;
    if (association.icv >= 0) return this.tryLength(ends, data, from, end, association.icv);
    if (association.failures >= MAX_TRIALS) return false;
    for (const icv of ICV_LENGTHS) {
      if (this.tryLength(ends, data, from, end, icv)) {
        association.icv = icv;
        return true;
      }
    }
    association.failures++;
    return false;
  }

  /** Counts the associations that could not be read. */
  finish(): void {
    for (const association of this.table.flows()) this.count(association);
  }

  private count(association: Association): void {
    if (association.icv < 0) add(this.counters.encrypted, 'esp');
  }

  private associationOf(ends: Ends, data: Buffer, at: number): Association {
    const key = this.key;
    key.header = ends.header;
    key.addressLength = ends.addressLength;
    // RFC 4303 section 2.1: the SPI with the destination names the association.
    key.sourceAt = ends.destinationAt;
    key.destinationAt = ends.destinationAt;
    key.sourcePort = u16(data, at);
    key.destinationPort = u16(data, at + 2);
    let association = this.table.find(key);
    if (association === undefined) {
      association = new Association();
      this.table.insert(key, association);
    }
    return association;
  }

  private tryLength(ends: Ends, data: Buffer, from: number, end: number, icv: number): boolean {
    const trailer = end - icv - 2;
    if (trailer < from) return false;
    const padding = data[trailer];
    const next = data[trailer + 1];
    const stop = trailer - padding;
    if (stop < from) return false;
    // RFC 4303 section 2.4: the padding counts 1, 2, 3, ...
    for (let i = 0; i < padding; i++) if (data[stop + i] !== i + 1) return false;
    if (!plausible(ends, next, data, from, stop)) return false;
    this.protocol = next;
    this.start = from;
    this.end = stop;
    return true;
  }
}

/** Whether data [from, stop) is what `next` says it is. */
function plausible(ends: Ends, next: number, data: Buffer, from: number, stop: number): boolean {
  const length = stop - from;
  switch (next) {
    case Next.udp:
      return length >= 8 && u16(data, from + 4) === length;
    case Next.tcp:
      return length >= 20 && data[from + 12] >> 4 >= 5 && tcpChecksumHolds(ends, data, from, stop);
    case Next.ipv4:
      return length >= 20 && data[from] >> 4 === 4 && u16(data, from + 2) === length;
    case Next.ipv6:
      return length >= 40 && data[from] >> 4 === 6 && u16(data, from + 4) + 40 === length;
    case Next.sctp:
      return isSctp(data, from, stop, false, false);
    default:
      return false;
  }
}

/** RFC 9293 section 3.1: the ones' complement sum over the pseudo header and the segment is all ones. */
function tcpChecksumHolds(ends: Ends, data: Buffer, from: number, stop: number): boolean {
  let sum = 6 + stop - from;
  for (let i = 0; i < ends.addressLength; i += 2) {
    sum += u16(ends.header, ends.sourceAt + i) + u16(ends.header, ends.destinationAt + i);
  }
  let at = from;
  for (; at + 1 < stop; at += 2) sum += u16(data, at);
  if (at < stop) sum += data[at] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

/** RFC 3948: what UDP port 4500 carries is ESP unless its first four bytes are zero (IKE) or it is a keep-alive. */
export function isEspInUdp(data: Buffer, at: number, end: number): boolean {
  return end - at >= HEADER + 2 && u32(data, at) !== 0;
}
