import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { type Payload, type PayloadHandler, type StreamVerdict, Transport } from '../network/payload.ts';
import type { Range } from '../sip/address.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import { createStreamState, SipStreamReader, type SipStreamState } from '../sip/framing.ts';
import type { SipMessage } from '../sip/message.ts';
import { createSipMessage, type ScanOptions, scanSip } from '../sip/scan.ts';
import { Ss7Decoder, type Ss7MessageHandler, Ss7Stream } from '../ss7/decoder.ts';
import type { LooseMsu } from '../ss7/link/loose-msu.ts';
import type { Ss7VariantId } from '../ss7/message.ts';
import { Duplicates, MsuDuplicates } from './duplicates.ts';
import { findIsup } from './isup-body.ts';

/** Given each message as a view: valid only during the call. */
export type MessageHandler = (message: SipMessage, payload: Payload, duplicate: boolean) => void;

/** Who is given SS7 messages, and the point codes of all links (null: found link by link). */
export interface Ss7Target {
  variant: Ss7VariantId | null;
  onMessage: Ss7MessageHandler;
}

/**
 * Payloads of the network in, signalling messages out: finds SIP by content on any port, in datagrams and in streams, SS7 on SCTP, on
 * streams of its adaptation layers and on signalling links, and marks copies.
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
  private readonly ss7: Ss7Decoder | null;
  private readonly body: Range = { start: 0, end: 0 };
  private payload: Payload | null = null;
  private sip = 0;
  private copies = 0;

  /**
   * @param addresses told of each SIP message: its budget grows with them
   * @param eventsOnly nobody looks into SIP messages that no event needs
   * @param ss7 null: SS7 is passed over
   */
  constructor(
    limits: Limits,
    counters: Counters,
    addresses: AddressReader,
    onMessage: MessageHandler,
    eventsOnly = false,
    ss7: Ss7Target | null = null,
  ) {
    this.addresses = addresses;
    this.counters = counters;
    this.onMessage = onMessage;
    this.message = createSipMessage(limits.sipHeaders);
    this.scan = { stream: false, maxBytes: limits.sipMessageBytes };
    this.datagrams = { ...this.scan, eventsOnly };
    this.duplicates = new Duplicates(limits.duplicates);
    this.reader = new SipStreamReader(limits, counters, (message) => this.deliver(message, this.payload!));
    this.ss7 =
      ss7 && new Ss7Decoder(limits, counters, ss7.variant, ss7.onMessage, new MsuDuplicates(limits.duplicates));
  }

  datagram(payload: Payload): void {
    const { data, end, transport } = payload;
    if (transport >= Transport.sctp && (this.ss7?.payload(payload) || transport > Transport.ws)) return;
    const scan = transport === Transport.udp ? this.datagrams : this.scan;
    scan.cut = payload.cut;
    let at = payload.start;
    while (at < end) {
      const used = scanSip(data, at, end, this.message, scan);
      if (used <= 0) {
        if (transport === Transport.udp) this.ss7?.payload(payload);
        return;
      }
      this.deliver(this.message, payload);
      // A UDP datagram holds one message, and what follows it is noise (RFC 3261 §18.3).
      if (transport === Transport.udp) return;
      at += used;
    }
  }

  stream(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    const slot = payload.slot!;
    slot.state ??= this.ss7?.openStream(payload, joinedMidway) ?? createStreamState();
    if (slot.state instanceof Ss7Stream) {
      slot.state.read(payload, joinedMidway, verdict);
      return;
    }
    this.payload = payload;
    const { data, start, end, cut } = payload;
    this.reader.read(data, start, end, joinedMidway, verdict, slot.state as SipStreamState, cut);
  }

  /** What of SS7 a capture alone could not put together. */
  looseEnds(): LooseMsu[] {
    return this.ss7?.looseEnds() ?? [];
  }

  /** Reads what another decoder could not put together. */
  replay(loose: LooseMsu): void {
    this.ss7?.replay(loose);
  }

  /** Writes the counts of this decoder into its counters. */
  finish(): void {
    if (this.sip > 0) add(this.counters.messages, 'sip', this.sip);
    if (this.copies > 0) add(this.counters.messages, 'duplicate', this.copies);
    this.sip = 0;
    this.copies = 0;
    this.ss7?.finish();
  }

  private deliver(message: SipMessage, payload: Payload): void {
    this.sip++;
    this.addresses.message();
    if (message.stop !== null) add(this.counters.anomalies, `sip ${message.stop.reason}`);
    const duplicate = this.duplicates.isCopy(message.data, message.start, message.end, payload);
    if (duplicate) this.copies++;
    this.onMessage(message, payload, duplicate);
    if (this.ss7 === null) return;
    const { body } = this;
    const variant = findIsup(message, body);
    if (variant === null) return;
    this.ss7.body(message.data, body.start, body.end, variant, payload, duplicate);
  }
}
