import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { FragmentView } from './fragments.ts';
import type { Payload } from './payload.ts';

/** IPv6 extension headers that have their length in the second byte, in units of 8 bytes (RFC 8200 section 4). */
export const ExtensionHeader = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  destination: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const MORE_FRAGMENTS = 0x2000;

/** Reads the header of an IP packet, of either version: valid until the next one is read. */
export class IpHeader {
  /** Of what is in it: an IP protocol number. */
  protocol = 0;
  /** Its bytes are data [from, to). */
  from = 0;
  to = 0;
  /** How many bytes more it had on the wire. */
  missing = 0;
  /** What is in it is `fragment`, and the above says nothing. */
  isFragment = false;
  readonly fragment: FragmentView = {
    protocol: 0,
    identification: 0,
    offset: 0,
    more: false,
    data: Buffer.alloc(0),
    from: 0,
    to: 0,
    length: 0,
    capture: '',
    copy: false,
  };
  private readonly payload: Payload;
  private readonly counters: Counters;

  /** @param payload is given the addresses of each packet @param counters what breaks a rule is counted there */
  constructor(payload: Payload, counters: Counters) {
    this.payload = payload;
    this.counters = counters;
  }

  /**
   * Reads the header at data [at, end).
   *
   * @param snapped the packet was cut by the snap length, so that missing bytes are nobody's fault
   * @returns whether there is something in the packet
   */
  read(data: Buffer, at: number, end: number, snapped: boolean): boolean {
    const version = data[at] >> 4;
    if (version === 4) return this.four(data, at, end, snapped);
    if (version === 6) return this.six(data, at, end, snapped);
    return this.broken('ip version', snapped);
  }

  /** RFC 791 section 3.1. */
  private four(data: Buffer, at: number, end: number, snapped: boolean): boolean {
    if (end - at < IPV4_HEADER) return this.broken('ipv4 header', snapped);
    const from = at + ((data[at] & 0x0f) << 2);
    const total = u16(data, at + 2);
    // Segmentation offload hands over packets whose total length is not filled in.
    const claimed = total === 0 ? end : at + total;
    if (from < at + IPV4_HEADER || from > end) return this.broken('ipv4 header length', snapped);
    if (claimed < from || (claimed > end && !snapped)) {
      add(this.counters.anomalies, 'ipv4 total length');
      if (claimed < from) return false;
    }
    const { payload } = this;
    payload.header = data;
    payload.addressLength = 4;
    payload.sourceAt = at + 12;
    payload.destinationAt = at + 16;
    const fragment = u16(data, at + 6);
    if ((fragment & 0x3fff) === 0) return this.whole(data[at + 9], from, Math.min(claimed, end), claimed);
    const offset = (fragment & 0x1fff) << 3;
    const more = (fragment & MORE_FRAGMENTS) !== 0;
    return this.part(data[at + 9], u16(data, at + 4), offset, more, data, from, Math.min(claimed, end), claimed);
  }

  /** RFC 8200 section 3, and the extension headers of section 4. */
  private six(data: Buffer, at: number, end: number, snapped: boolean): boolean {
    if (end - at < IPV6_HEADER) return this.broken('ipv6 header', snapped);
    const length = u16(data, at + 4);
    // A jumbogram (RFC 2675) or segmentation offload.
    const claimed = length === 0 ? end : at + IPV6_HEADER + length;
    if (claimed > end && !snapped) add(this.counters.anomalies, 'ipv6 payload length');
    const to = Math.min(claimed, end);
    const { payload } = this;
    payload.header = data;
    payload.addressLength = 16;
    payload.sourceAt = at + 8;
    payload.destinationAt = at + 24;
    let next = data[at + 6];
    let from = at + IPV6_HEADER;
    for (;;) {
      switch (next) {
        case ExtensionHeader.hopByHop:
        case ExtensionHeader.routing:
        case ExtensionHeader.destination:
        case ExtensionHeader.mobility:
        case ExtensionHeader.hip:
        case ExtensionHeader.shim6:
          if (from + 8 > to) return this.broken('ipv6 extension header', snapped);
          next = data[from];
          from += 8 + 8 * data[from + 1];
          break;
        case ExtensionHeader.fragment: {
          if (from + 8 > to) return this.broken('ipv6 extension header', snapped);
          const fragment = u16(data, from + 2);
          const protocol = data[from];
          const identification = u32(data, from + 4);
          from += 8;
          if ((fragment & 0xfff9) === 0) {
            // RFC 6946: an atomic fragment is a whole datagram.
            next = protocol;
            break;
          }
          const more = (fragment & 1) !== 0;
          return this.part(protocol, identification, fragment & 0xfff8, more, data, from, to, claimed);
        }
        default:
          if (from > to) return this.broken('ipv6 extension header', snapped);
          return this.whole(next, from, to, claimed);
      }
    }
  }

  private whole(protocol: number, from: number, to: number, claimed: number): true {
    this.isFragment = false;
    this.protocol = protocol;
    this.from = from;
    this.to = to;
    this.missing = claimed - to;
    return true;
  }

  private part(
    protocol: number,
    identification: number,
    offset: number,
    more: boolean,
    data: Buffer,
    from: number,
    to: number,
    claimed: number,
  ): true {
    this.isFragment = true;
    const { fragment } = this;
    fragment.protocol = protocol;
    fragment.identification = identification;
    fragment.offset = offset;
    fragment.more = more;
    fragment.data = data;
    fragment.from = from;
    fragment.to = to;
    fragment.length = claimed - from;
    return true;
  }

  /** Counts an anomaly that a snap length would explain, where there was none. */
  private broken(kind: string, snapped: boolean): false {
    if (!snapped) add(this.counters.anomalies, kind);
    return false;
  }
}
