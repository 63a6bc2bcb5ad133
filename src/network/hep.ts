import { unzipSync } from 'node:zlib';
import { equalsText, u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import { createPayload, type Payload, type PayloadHandler, Transport } from './payload.ts';

/** HEP3 chunk types of vendor 0 (HEP/EEP specification revision 36, "Generic chunk types"). */
const Chunk = {
  protocol: 2,
  source4: 3,
  destination4: 4,
  source6: 5,
  destination6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  captureProtocol: 11,
  payload: 15,
  compressedPayload: 16,
} as const;

const SIP = 1;
/** HEP3 protocol types of SS7 over SCTP, and their SCTP payload protocol identifiers: M2UA, M3UA, M2PA. */
const SIGTRAN: Readonly<Record<number, number>> = { 8: 2, 9: 3, 13: 5 };
const FIXED3 = 6;
const CHUNK_HEADER = 6;
const MAX_INFLATED = 65_536;

/**
 * Homer's encapsulation: a message together with the addresses, ports and time at which a capture agent saw it. Messages are
 * handed over as datagrams with those.
 */
export class Hep {
  private readonly handler: PayloadHandler;
  private readonly counters: Counters;
  private readonly inner: Payload = createPayload();

  constructor(handler: PayloadHandler, counters: Counters) {
    this.handler = handler;
    this.counters = counters;
  }

  /** Tries `outer` as one HEP packet of version 1, 2 or 3; false where it is none. */
  datagram(outer: Payload): boolean {
    const { data, start, end } = outer;
    if (isHep3(data, start, end)) {
      this.version3(outer, start, Math.min(end, start + u16(data, start + 4)));
      return true;
    }
    return this.version2(outer);
  }

  /** Reads whole HEP3 packets from a stream, and returns how many bytes they and what could not be read took. */
  stream(outer: Payload): number {
    const { data, start, end } = outer;
    let at = start;
    while (at + FIXED3 <= end) {
      const length = u16(data, at + 4);
      if (!isHep3(data, at, end) || length < FIXED3) {
        add(this.counters.anomalies, 'hep stream');
        const next = data.subarray(at + 1, end).indexOf('HEP3');
        at = next < 0 ? end : at + 1 + next;
        continue;
      }
      if (at + length > end) break;
      this.version3(outer, at, at + length);
      at += length;
    }
    return at - start;
  }

  private version3(outer: Payload, start: number, end: number): void {
    const { data } = outer;
    const inner = this.inner;
    let protocol = 17;
    let kind = SIP;
    let payload = -1;
    let compressed = false;
    let has4 = 0;
    let has6 = 0;
    let source4 = 0;
    let destination4 = 0;
    let seconds = -1;
    let nanoseconds = 0;
    this.begin(outer);
    for (let at = start + FIXED3; at + CHUNK_HEADER <= end; ) {
      const length = u16(data, at + 4);
      if (length < CHUNK_HEADER) {
        add(this.counters.anomalies, 'hep chunk length');
        break;
      }
      const from = at + CHUNK_HEADER;
      const to = at + length;
      const type = u16(data, at) === 0 ? u16(data, at + 2) : 0;
      at = to;
      if (to > end && type !== Chunk.payload) break;
      const size = to - from;
      if (type === Chunk.payload || type === Chunk.compressedPayload) {
        payload = from;
        inner.end = Math.min(to, end);
        inner.cut = to > end;
        compressed = type === Chunk.compressedPayload;
      } else if (type === Chunk.protocol && size >= 1) protocol = data[from];
      else if (type === Chunk.source4 && size === 4) {
        source4 = from;
        has4++;
      } else if (type === Chunk.destination4 && size === 4) {
        destination4 = from;
        has4++;
      } else if (type === Chunk.source6 && size === 16) {
        inner.sourceAt = from;
        has6++;
      } else if (type === Chunk.destination6 && size === 16) {
        inner.destinationAt = from;
        has6++;
      } else if (type === Chunk.sourcePort && size === 2) inner.sourcePort = u16(data, from);
      else if (type === Chunk.destinationPort && size === 2) inner.destinationPort = u16(data, from);
      else if (type === Chunk.seconds && size === 4) seconds = u32(data, from);
      else if (type === Chunk.microseconds && size === 4) nanoseconds = (u32(data, from) % 1_000_000) * 1000;
      else if (type === Chunk.captureProtocol && size === 1) kind = data[from];
    }
    if (payload < 0) return;
    // Either chunk may come first. Microseconds of a second that is not said are no time.
    if (seconds >= 0) {
      inner.seconds = seconds;
      inner.nanoseconds = nanoseconds;
    }
    inner.data = data;
    inner.header = data;
    inner.start = payload;
    if (has4 === 2) {
      inner.addressLength = 4;
      inner.sourceAt = source4;
      inner.destinationAt = destination4;
    } else if (has6 === 2) {
      inner.addressLength = 16;
    } else {
      add(this.counters.anomalies, 'hep addresses');
      return;
    }
    if (compressed && !this.inflate()) return;
    if (kind in SIGTRAN) {
      inner.ppid = SIGTRAN[kind]!;
      this.hand(132);
      return;
    }
    // Media reports and logs travel in HEP too; what names no protocol of its own may still be SIP.
    if (kind !== SIP && !isText(inner.data, inner.start, inner.end)) return;
    this.hand(protocol);
  }

  /** Versions 1 and 2: a C structure with ports in network order and times in the order of the agent's machine. */
  private version2(outer: Payload): boolean {
    const { data, start, end } = outer;
    if (end - start < 16) return false;
    const version = data[start];
    const family = data[start + 2];
    const protocol = data[start + 3];
    if ((version !== 1 && version !== 2) || (family !== 2 && family !== 10)) return false;
    if (protocol !== 17 && protocol !== 6 && protocol !== 132) return false;
    const addressLength = family === 2 ? 4 : 16;
    const fixed = 8 + 2 * addressLength;
    const claimed = data[start + 1] - fixed;
    // Version 2 adds seconds, microseconds and an agent number, padded to 12 bytes; not every agent counts them in.
    if (version === 1 ? claimed !== 0 : claimed !== 0 && claimed !== 10 && claimed !== 12) return false;
    const from = start + fixed + (version === 1 ? 0 : claimed === 10 ? 10 : 12);
    if (from > end) return false;
    this.begin(outer);
    const inner = this.inner;
    inner.data = data;
    inner.header = data;
    inner.start = from;
    inner.end = end;
    inner.cut = outer.cut;
    inner.addressLength = addressLength;
    inner.sourceAt = start + 8;
    inner.destinationAt = start + 8 + addressLength;
    inner.sourcePort = u16(data, start + 4);
    inner.destinationPort = u16(data, start + 6);
    if (version === 2) {
      const little = data.readUInt32LE(start + fixed);
      const big = u32(data, start + fixed);
      const isLittle = Math.abs(little - outer.seconds) <= Math.abs(big - outer.seconds);
      inner.seconds = isLittle ? little : big;
      const micro = isLittle ? data.readUInt32LE(start + fixed + 4) : u32(data, start + fixed + 4);
      inner.nanoseconds = (micro % 1_000_000) * 1000;
    }
    this.hand(protocol);
    return true;
  }

  private begin(outer: Payload): void {
    const inner = this.inner;
    inner.sourcePort = 0;
    inner.destinationPort = 0;
    inner.seconds = outer.seconds;
    inner.nanoseconds = outer.nanoseconds;
    inner.frame = outer.frame;
    inner.cut = false;
    inner.ppid = 0;
  }

  /** Agents write zlib's format (RFC 1950) or gzip's (RFC 1952); their first bytes tell which. */
  private inflate(): boolean {
    const inner = this.inner;
    try {
      inner.data = unzipSync(inner.data.subarray(inner.start, inner.end), { maxOutputLength: MAX_INFLATED });
    } catch {
      add(this.counters.anomalies, 'hep compressed payload');
      return false;
    }
    inner.start = 0;
    inner.end = inner.data.length;
    return true;
  }

  private hand(protocol: number): void {
    this.inner.transport = protocol === 6 ? Transport.tcp : protocol === 132 ? Transport.sctp : Transport.udp;
    this.handler.datagram(this.inner);
  }
}

/** The magic and the length of HEP3. */
export function isHep3(data: Buffer, at: number, end: number): boolean {
  return at + FIXED3 <= end && equalsText(data, at, at + 4, 'HEP3');
}

function isText(data: Buffer, start: number, end: number): boolean {
  const stop = Math.min(end, start + 8);
  for (let at = start; at < stop; at++) if (data[at] < 0x20 || data[at] > 0x7e) return false;
  return stop > start;
}
