import { u16, u32 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { compareTime } from '../base/time.ts';
import type { Packet } from '../capture/packet.ts';
import { createErfRecord, readErf } from './erf.ts';
import { ESP_IN_UDP_PORT, Esp, isEspInUdp } from './esp.ts';
import { readExported } from './exported.ts';
import { Fragments, type FragmentView, INCOMPLETE, type Reassembled } from './fragments.ts';
import { Hep } from './hep.ts';
import { ExtensionHeader, IpHeader } from './ip.ts';
import { ipOfIp, TunnelProtocol } from './ip-tunnels.ts';
import { ipOfPacket, isKnownLink, LinkType, signallingOfPacket, UNKNOWN_LINK, withoutAddresses } from './link.ts';
import { LooseEnds } from './loose.ts';
import { createPayload, type LooseBytes, type Payload, type PayloadHandler, Transport } from './payload.ts';
import { Sctp } from './sctp.ts';
import { isSctp, SCTP_IN_UDP_PORT } from './sctp-checksum.ts';
import { Begins, Stitch } from './stitch.ts';
import { StreamReaders } from './streams.ts';
import { headerLength, Tcp } from './tcp.ts';
import { ipOfUdp } from './udp-tunnels.ts';

/** IP protocol numbers (IANA). */
const Protocol = { tcp: 6, udp: 17, esp: 50, authentication: 51, sctp: 132 } as const;

const UDP_HEADER = 8;

/**
 * Takes the packets of one capture and hands the bytes above UDP, SCTP and TCP to a {@link PayloadHandler}, out of whatever
 * link layer and tunnels they are in. Never throws on input; what breaks a rule is counted in `counters.anomalies`.
 *
 * Another instance, given the loose ends of successive captures in order through `replay`, hands over the messages that were
 * cut between captures.
 */
export class Network {
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly handler: PayloadHandler;
  private readonly loose: LooseEnds;
  private readonly fragments: Fragments;
  private readonly hep: Hep;
  private readonly esp: Esp;
  private readonly sctp: Sctp;
  private readonly readers: StreamReaders;
  private readonly tcp: Tcp;
  private stitch: Stitch | null = null;
  /** What is handed over; the lower layers fill in addresses and time. */
  private readonly payload: Payload = createPayload();
  private readonly header: IpHeader;
  /** The packet was cut by the snap length, so that missing bytes are nobody's fault. */
  private snapped = false;
  private readonly erf = createErfRecord();
  /** Channel of an ERF record, 0 where none is known. */
  private channel = 0;
  private ipPackets = 0;
  private signallingPackets = 0;
  private exportedPackets = 0;
  private otherPackets = 0;
  private udpDatagrams = 0;
  private tcpSegments = 0;
  private sctpPackets = 0;

  constructor(handler: PayloadHandler, limits: Limits, counters: Counters) {
    this.handler = handler;
    this.limits = limits;
    this.counters = counters;
    this.loose = new LooseEnds(limits, counters);
    this.fragments = new Fragments(limits, counters);
    this.header = new IpHeader(this.payload, counters);
    this.hep = new Hep(handler, counters);
    this.esp = new Esp(limits, counters);
    this.sctp = new Sctp(handler, limits, counters);
    this.readers = new StreamReaders(handler, this.hep, limits, counters);
    this.tcp = new Tcp(this.readers, limits, counters, this.loose);
  }

  /** Reads one packet; the handler is called before this returns. */
  packet(packet: Packet): void {
    const { payload } = this;
    while (this.isOverdue(packet.seconds)) this.beginning(packet.seconds);
    const { data, start, end } = packet;
    payload.seconds = packet.seconds;
    payload.nanoseconds = packet.nanoseconds;
    payload.frame = packet.frame;
    this.snapped = packet.originalLength > end - start;
    this.link(packet.linkType, data, start, end);
  }

  /** A packet [start, end) of a link type. */
  private link(linkType: number, data: Buffer, start: number, end: number): void {
    const at = ipOfPacket(linkType, data, start, end);
    if (at >= 0) {
      this.ipPackets++;
      this.ip(data, at, end, 0);
      return;
    }
    const { payload } = this;
    if (linkType === LinkType.erf) {
      const { erf } = this;
      if (readErf(data, start, end, erf)) {
        if (erf.cut) this.snapped = true;
        this.channel = erf.channel;
        this.link(erf.linkType, data, erf.start, erf.end);
        this.channel = 0;
        return;
      }
    } else if (linkType === LinkType.sctp) {
      withoutAddresses(payload);
      this.sctpPackets++;
      this.sctp.packet(payload, data, start, end, this.snapped ? 1 : 0);
      return;
    } else if (linkType === LinkType.exported) {
      if (readExported(data, start, end, payload)) {
        this.exportedPackets++;
        payload.cut = this.snapped;
        this.handler.datagram(payload);
        return;
      }
    } else if (signallingOfPacket(linkType, data, start, end, payload)) {
      this.signallingPackets++;
      if (this.channel !== 0) payload.sourcePort = this.channel;
      payload.cut = this.snapped;
      this.handler.datagram(payload);
      return;
    }
    this.otherPackets++;
    if (!isKnownLink(linkType)) add(this.counters.packets, `${UNKNOWN_LINK}${linkType}`);
  }

  /** The end of a capture: adds the counts of packets, and gives what it left unfinished, by frame. */
  finish(): LooseBytes[] {
    const { packets } = this.counters;
    if (this.ipPackets > 0) add(packets, 'ip', this.ipPackets);
    if (this.signallingPackets > 0) add(packets, 'ss7', this.signallingPackets);
    if (this.exportedPackets > 0) add(packets, 'exported', this.exportedPackets);
    if (this.otherPackets > 0) add(packets, 'other', this.otherPackets);
    if (this.udpDatagrams > 0) add(packets, 'udp', this.udpDatagrams);
    if (this.tcpSegments > 0) add(packets, 'tcp', this.tcpSegments);
    if (this.sctpPackets > 0) add(packets, 'sctp', this.sctpPackets);
    this.esp.finish();
    this.sctp.finish();
    this.tcp.looseEnds();
    this.sctp.looseEnds(this.loose);
    this.fragments.looseEnds(this.loose);
    while (this.isOverdue(Number.NEGATIVE_INFINITY)) this.beginning(Number.NEGATIVE_INFINITY);
    return this.loose.takeAll();
  }

  /** What was replayed and waits for more, in order of time: replayed again, it lets another instance go on from here. */
  held(): LooseBytes[] {
    this.fragments.looseEnds(this.loose);
    this.sctp.looseEnds(this.loose);
    this.stitch?.looseEnds(this.loose);
    return this.loose.takeAll().sort((a, b) => compareTime(a.seconds, a.nanoseconds, b.seconds, b.nanoseconds));
  }

  /** Whether {@link beginning} has something to do at a packet time. */
  isOverdue(seconds: number): boolean {
    const { deadline } = this.fragments;
    return deadline <= seconds && deadline < Number.POSITIVE_INFINITY;
  }

  /**
   * Hands over the beginning of a datagram that was not whole in time, as bytes that were cut, with the place and time of its first
   * fragment.
   *
   * @param seconds packet time now @param found told the capture that it is in, before
   */
  beginning(seconds: number, found?: (capture: string) => void): void {
    const given = this.fragments.takeGivenUp(seconds);
    if (given === null) return;
    found?.(given.capture);
    add(this.counters.packets, INCOMPLETE);
    // What is not UDP has an order of its own, in which it would come too late.
    if (given.protocol !== Protocol.udp && given.protocol !== ExtensionHeader.destination) return;
    const { payload } = this;
    payload.seconds = given.seen.seconds;
    payload.nanoseconds = given.seen.nanoseconds;
    payload.frame = given.seen.frame;
    payload.addressLength = given.addressLength;
    this.snapped = true;
    this.whole(given, 0);
  }

  /**
   * Joins one loose end to those replayed before. `frame` and time handed over are those of the last one needed.
   *
   * @param capture SHA-256 of the capture that it is of, where it does not say itself
   */
  replay(loose: LooseBytes, capture = ''): void {
    const { payload } = this;
    const addresses = Buffer.from(loose.source + loose.destination, 'hex');
    if (addresses.length !== 8 && addresses.length !== 32) return;
    payload.header = addresses;
    payload.addressLength = addresses.length === 8 ? 4 : 16;
    payload.sourceAt = 0;
    payload.destinationAt = payload.addressLength;
    payload.sourcePort = loose.sourcePort;
    payload.destinationPort = loose.destinationPort;
    payload.seconds = loose.seconds;
    payload.nanoseconds = loose.nanoseconds;
    payload.frame = loose.frame;
    this.snapped = false;
    this.stitch ??= new Stitch(this.readers, this.limits, this.counters);
    const bytes = Buffer.from(loose.bytes, 'base64');
    if (loose.kind === 'tcp') {
      const begins = loose.place === 'head' ? Begins.inside : loose.unsure === true ? Begins.unsure : Begins.message;
      this.stitch.piece(payload, begins, loose.position, bytes);
      return;
    }
    const number = Number(loose.key.slice(loose.key.lastIndexOf('/') + 1)) >>> 0;
    if (loose.kind === 'sctp') {
      this.sctp.replay(payload, number | 0, bytes);
      return;
    }
    const fragment: FragmentView = {
      protocol: loose.protocol,
      identification: number,
      offset: loose.position,
      more: loose.more,
      data: bytes,
      from: 0,
      to: bytes.length,
      length: bytes.length,
      capture: loose.capture ?? capture,
      copy: loose.copy === true,
    };
    this.reassemble(fragment, 0);
  }

  private ip(data: Buffer, at: number, end: number, depth: number): void {
    if (depth >= this.limits.tunnelDepth) {
      add(this.counters.dropped, 'tunnelDepth');
      return;
    }
    const { header } = this;
    if (!header.read(data, at, end, this.snapped)) return;
    if (header.isFragment) this.reassemble(header.fragment, depth);
    else this.transport(header.protocol, data, header.from, header.to, header.missing, depth);
  }

  /** Adds a fragment between the addresses of the payload, and goes on where its datagram is complete. */
  private reassemble(fragment: FragmentView, depth: number): void {
    const { payload } = this;
    const whole = this.fragments.add(payload, fragment, payload);
    if (whole !== null) this.whole(whole, depth);
  }

  /** A datagram put together, its addresses as long as those of the payload. */
  private whole(whole: Reassembled, depth: number): void {
    const { payload } = this;
    const { addressLength } = payload;
    payload.header = whole.bytes;
    payload.sourceAt = 0;
    payload.destinationAt = addressLength;
    // A datagram of which a fragment was cut lacks at least a byte, however many they are.
    if (whole.cut) this.snapped = true;
    let protocol = whole.protocol;
    let from = 2 * addressLength;
    while (addressLength === 16 && protocol === ExtensionHeader.destination && from + 8 <= whole.bytes.length) {
      protocol = whole.bytes[from];
      from += 8 + 8 * whole.bytes[from + 1];
    }
    if (from > whole.bytes.length) this.anomaly('ipv6 extension header');
    else this.transport(protocol, whole.bytes, from, whole.bytes.length, whole.cut ? 1 : 0, depth);
  }

  /** What an IP header says is at data [at, end). `missing`: how many bytes more it had on the wire. */
  private transport(protocol: number, data: Buffer, at: number, end: number, missing: number, depth: number): void {
    switch (protocol) {
      case Protocol.udp:
        this.udp(data, at, end, missing, depth);
        return;
      case Protocol.tcp:
        this.tcpSegment(data, at, end, missing);
        return;
      case Protocol.sctp:
        this.sctpPackets++;
        this.sctp.packet(this.payload, data, at, end, missing);
        return;
      case TunnelProtocol.ipv4:
      case TunnelProtocol.ipv6:
      case TunnelProtocol.gre:
      case TunnelProtocol.etherIp:
      case TunnelProtocol.mpls:
        this.inner(data, ipOfIp(protocol, data, at, end), end, depth);
        return;
      case Protocol.esp:
        this.encapsulated(data, at, end, missing, depth);
        return;
      case Protocol.authentication: {
        // RFC 4302 section 2.2: the length counts units of 4 bytes, less 2.
        const contents = at + 2 <= end ? at + 4 * (data[at + 1] + 2) : end + 1;
        if (contents > end) this.anomaly('ah length');
        else if (depth < this.limits.tunnelDepth) {
          this.transport(data[at], data, contents, end, missing, depth + 1);
        }
        return;
      }
    }
  }

  /** RFC 768, and what is tunnelled over UDP. */
  private udp(data: Buffer, at: number, end: number, missing: number, depth: number): void {
    if (end - at < UDP_HEADER) {
      this.anomaly('udp header');
      return;
    }
    const { payload } = this;
    const sourcePort = u16(data, at);
    const destinationPort = u16(data, at + 2);
    const length = u16(data, at + 4);
    const from = at + UDP_HEADER;
    let to = end;
    let cut = missing > 0;
    // Zero: a jumbogram (RFC 2675 section 4), or segmentation offload.
    if (length !== 0) {
      if (length < UDP_HEADER || (at + length > end && missing === 0)) {
        this.anomaly('udp length');
        if (length < UDP_HEADER) return;
      }
      cut = at + length > end;
      if (!cut) to = at + length;
    }
    if (isSctp(data, from, to, sourcePort === SCTP_IN_UDP_PORT || destinationPort === SCTP_IN_UDP_PORT, cut)) {
      this.sctpPackets++;
      this.sctp.packet(payload, data, from, to, cut ? 1 : 0);
      return;
    }
    const inner = ipOfUdp(sourcePort, destinationPort, data, from, to);
    if (inner >= 0) {
      this.ip(data, inner, to, depth + 1);
      return;
    }
    if ((destinationPort === ESP_IN_UDP_PORT || sourcePort === ESP_IN_UDP_PORT) && isEspInUdp(data, from, to)) {
      this.encapsulated(data, from, to, cut ? 1 : 0, depth);
      return;
    }
    this.udpDatagrams++;
    payload.sourcePort = sourcePort;
    payload.destinationPort = destinationPort;
    payload.transport = Transport.udp;
    payload.ppid = 0;
    payload.slot = null;
    payload.data = data;
    payload.start = from;
    payload.end = to;
    payload.cut = cut;
    // Versions 1, 2 and the H of HEP3.
    const first = from < to ? data[from] : 0;
    if ((first === 1 || first === 2 || first === 0x48) && this.hep.datagram(payload)) return;
    this.handler.datagram(payload);
  }

  private tcpSegment(data: Buffer, at: number, end: number, missing: number): void {
    const { payload } = this;
    this.tcpSegments++;
    payload.cut = missing > 0;
    if (this.stitch === null) {
      this.tcp.segment(payload, data, at, end, missing);
      return;
    }
    // A segment whose IP fragments were in two captures.
    const header = headerLength(data, at, end);
    if (header < 0 || at + header === end) return;
    payload.sourcePort = u16(data, at);
    payload.destinationPort = u16(data, at + 2);
    this.stitch.piece(payload, Begins.unsure, u32(data, at + 4), data.subarray(at + header, end));
  }

  /** ESP at data [at, end). */
  private encapsulated(data: Buffer, at: number, end: number, missing: number, depth: number): void {
    const { esp } = this;
    // Its trailer is at its end.
    if (missing > 0 || depth >= this.limits.tunnelDepth) return;
    if (esp.open(this.payload, data, at, end)) {
      this.transport(esp.protocol, data, esp.start, esp.end, 0, depth + 1);
    }
  }

  private inner(data: Buffer, at: number, end: number, depth: number): void {
    if (at >= 0) this.ip(data, at, end, depth + 1);
  }

  /** Counts an anomaly that a snap length would explain, where there was none. */
  private anomaly(kind: string): void {
    if (!this.snapped) add(this.counters.anomalies, kind);
  }
}
