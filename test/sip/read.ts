import { Counters } from '../../src/base/counters.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import type { SipMessage } from '../../src/sip/message.ts';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';

/** Scans one datagram that must hold SIP. */
export function scanned(text: string | Buffer): SipMessage {
  const data = typeof text === 'string' ? Buffer.from(text) : text;
  const m = createSipMessage();
  const used = scanSip(data, 0, data.length, m, { stream: false, maxBytes: 65_536 });
  if (used <= 0) throw new Error(`no SIP: ${used}`);
  return m;
}

/** A request with these header lines. */
export function request(lines: readonly string[], body = ''): SipMessage {
  return scanned([`INVITE sip:bob@example.com SIP/2.0`, ...lines, '', body].join('\r\n'));
}

/** A reader whose counters are at hand. */
export function addressReader(): { reader: AddressReader; counters: Counters } {
  const counters = new Counters();
  return { reader: new AddressReader(counters), counters };
}

/** Text of a range of a message. */
export function slice(m: SipMessage, start: number, end: number): string {
  return m.data.toString('latin1', start, end);
}
