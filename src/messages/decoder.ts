import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { type Payload, type PayloadHandler, type StreamVerdict, Transport } from '../network/payload.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import { createStreamState, SipStreamReader, type SipStreamState } from '../sip/framing.ts';
import type { SipMessage } from '../sip/message.ts';
import { createSipMessage, type ScanOptions, scanSip } from '../sip/scan.ts';
import { Duplicates } from './duplicates.ts';

/** Given each message as a view: valid only during the call. */
export type MessageHandler = (message: SipMessage, payload: Payload, duplicate: boolean) => void;

/**
 * Payloads of the network in, signalling messages out: finds SIP by content on any port, in datagrams and in streams, and
 * marks copies.
 */
export class MessageDecoder implements PayloadHandler {
  private readonly message: SipMessage;
  private readonly reader: SipStreamReader;
  private readonly duplicates: Duplicates;
  private readonly scan: ScanOptions;
  private readonly datagrams: ScanOptions;
  private readonly counters: Counters;
  private readonly addresses: AddressReader;
  private readonly onMessage: MessageHandler;
  private payload: Payload | null = null;
  private sip = 0;
  private copies = 0;

  /**
   * @param addresses told of each message: its budget grows with them
   * @param eventsOnly nobody looks into messages that no event needs
   */
  constructor(
    limits: Limits,
    counters: Counters,
    addresses: AddressReader,
    onMessage: MessageHandler,
    eventsOnly = false,
  ) {
    this.addresses = addresses;
    this.counters = counters;
    this.onMessage = onMessage;
    this.message = createSipMessage(limits.sipHeaders);
    this.scan = { stream: false, maxBytes: limits.sipMessageBytes };
    this.datagrams = { ...this.scan, eventsOnly };
    this.duplicates = new Duplicates(limits.duplicates);
    this.reader = new SipStreamReader(limits, counters, (message) => this.deliver(message, this.payload!));
  }

  datagram(payload: Payload): void {
    const { data, end } = payload;
    const scan = payload.transport === Transport.udp ? this.datagrams : this.scan;
    let at = payload.start;
    while (at < end) {
      const used = scanSip(data, at, end, this.message, scan);
      if (used <= 0) return;
      this.deliver(this.message, payload);
      // A UDP datagram holds one message, and what follows it is noise (RFC 3261 §18.3).
      if (payload.transport === Transport.udp) return;
      at += used;
    }
  }

  stream(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    const slot = payload.slot!;
    slot.state ??= createStreamState();
    this.payload = payload;
    this.reader.read(payload.data, payload.start, payload.end, joinedMidway, verdict, slot.state as SipStreamState);
  }

  /** Writes the counts of this decoder into its counters. */
  finish(): void {
    if (this.sip > 0) add(this.counters.messages, 'sip', this.sip);
    if (this.copies > 0) add(this.counters.messages, 'duplicate', this.copies);
    this.sip = 0;
    this.copies = 0;
  }

  private deliver(message: SipMessage, payload: Payload): void {
    this.sip++;
    this.addresses.message();
    if (message.stop !== null) add(this.counters.anomalies, `sip ${message.stop.reason}`);
    const duplicate = this.duplicates.isCopy(message.data, message.start, message.end, payload);
    if (duplicate) this.copies++;
    this.onMessage(message, payload, duplicate);
  }
}
