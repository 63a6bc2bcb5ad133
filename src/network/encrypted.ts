import { equalsText, u16 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { endpointText } from './address.ts';
import type { Ends } from './loose.ts';

/** Ports where SIP over TLS or secure WebSockets is usual. */
const TLS_PORTS = new Set([5061, 5063, 5081, 7443, 8089, 10443]);

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const ALPN = 16;
const RECORD_HEADER = 5;

/** Signalling that cannot be read, counted once a flow (both directions together), at most `encryptedFlows` of them. */
export class EncryptedFlows {
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly seen = new Set<string>();

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** True, and counted, where the bytes [start, end) of a stream are TLS that carries signalling. */
  tls(ends: Ends, data: Buffer, start: number, end: number): boolean {
    if (!isTlsRecord(data, start, end)) return false;
    const onSipPort = TLS_PORTS.has(ends.sourcePort) || TLS_PORTS.has(ends.destinationPort);
    const key = this.seen.size > 0 || onSipPort ? flowText(ends) : '';
    if (this.seen.has(key)) return true;
    if (!onSipPort && !offersSip(data, start, end)) return false;
    this.count('tls', key === '' ? flowText(ends) : key);
    return true;
  }

  private count(kind: string, key: string): void {
    if (this.seen.size >= this.limits.encryptedFlows) {
      add(this.counters.dropped, 'encryptedFlows');
      return;
    }
    this.seen.add(key);
    add(this.counters.encrypted, kind);
  }
}

/** RFC 8446 section 5.1: content type 20 to 23, version 3.x, length at most 2^14 + 2048 (RFC 5246). */
function isTlsRecord(data: Buffer, start: number, end: number): boolean {
  return (
    start + RECORD_HEADER <= end &&
    data[start] >= 0x14 &&
    data[start] <= 0x17 &&
    data[start + 1] === 3 &&
    data[start + 2] <= 4 &&
    u16(data, start + 3) <= 0x4800
  );
}

/** RFC 7301: a ClientHello whose ALPN extension names `sip` or `sip/2`. */
function offersSip(data: Buffer, start: number, end: number): boolean {
  if (data[start] !== HANDSHAKE || data[start + RECORD_HEADER] !== CLIENT_HELLO) return false;
  // Record header, handshake header, version, random.
  let at = start + RECORD_HEADER + 4 + 2 + 32;
  if (at >= end) return false;
  at += 1 + data[at];
  if (at + 2 > end) return false;
  at += 2 + u16(data, at);
  if (at >= end) return false;
  at += 1 + data[at] + 2;
  while (at + 4 <= end) {
    const type = u16(data, at);
    const stop = Math.min(end, at + 4 + u16(data, at + 2));
    if (type === ALPN) {
      for (let name = at + 6; name < stop; name += 1 + data[name]) {
        if (name + 4 <= stop && equalsText(data, name + 1, name + 4, 'sip')) return true;
      }
      return false;
    }
    at += 4 + u16(data, at + 2);
  }
  return false;
}

/** The same text for both directions. */
function flowText(ends: Ends): string {
  const from = endpointText(ends.header, ends.sourceAt, ends.addressLength, ends.sourcePort);
  const to = endpointText(ends.header, ends.destinationAt, ends.addressLength, ends.destinationPort);
  return from < to ? `${from} ${to}` : `${to} ${from}`;
}
