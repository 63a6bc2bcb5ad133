import { Random } from '../base/random.ts';
import { TcpFlag, type TcpFrameFields, tcpFrame, udpFrame } from '../network/encode.ts';
import type { Line } from './line.ts';

/** Where frames go: Ethernet bytes, valid during the call only, and packet time. */
export type FrameHandler = (frame: Buffer, seconds: number, nanoseconds: number) => void;

/** One direction of a line's TCP connection: its next sequence number. */
interface Stream {
  line: number;
  proxy: number;
  port: number;
  /** Messages since the last segment that was nothing but an acknowledgment. */
  unacknowledged: number;
}

/** Bytes of one TCP segment, at most. */
const SEGMENT = 1400;
const NOTHING = Buffer.alloc(0);
const ETHERNET = 14;
const IPV4 = 20;
const HEADERS = ETHERNET + IPV4;
/** Ethernet header and an MTU of 1500; the fragments' data is a multiple of 8. */
const MOST = 1514;
const MICROSECONDS = 1_000_000;

/** Puts messages into Ethernet frames between a line and its proxy, and loses some of them as a tap does. */
export class Wire {
  frames = 0;
  messages = 0;
  bytes = 0;
  private readonly payload = Buffer.allocUnsafeSlow(65_536);
  private readonly frame = Buffer.allocUnsafeSlow(66_000);
  private readonly fragment = Buffer.allocUnsafeSlow(2048);
  private readonly streams = new Map<Line, Stream>();
  private readonly fields: Required<TcpFrameFields> = {
    sourceMac: NOTHING,
    destinationMac: NOTHING,
    source: '',
    destination: '',
    sourcePort: 0,
    destinationPort: 0,
    identification: 0,
    payload: NOTHING,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
  };
  private readonly loss: number;
  private readonly random: Random;
  private readonly handler: FrameHandler;

  constructor(loss: number, seed: number, handler: FrameHandler) {
    this.loss = loss;
    this.random = new Random(seed, 'wire');
    this.handler = handler;
  }

  /** @param now microseconds since the epoch */
  send(line: Line, fromLine: boolean, text: string, now: number): void {
    this.messages++;
    const length = this.payload.write(text, 0, 'latin1');
    if (line.tcp) this.segments(line, fromLine, length, now);
    else {
      const fields = this.ends(line, fromLine);
      fields.payload = this.payload.subarray(0, length);
      this.put(udpFrame(this.frame, 0, fields), now);
    }
  }

  /** Who sends to whom, in one object that is used again. */
  private ends(line: Line, fromLine: boolean): Required<TcpFrameFields> {
    const { fields } = this;
    const { access, proxy } = line;
    const near = fromLine ? access : proxy;
    const far = fromLine ? proxy : access;
    fields.sourceMac = near.mac;
    fields.destinationMac = far.mac;
    fields.source = near.address;
    fields.destination = far.address;
    fields.sourcePort = near.port;
    fields.destinationPort = far.port;
    fields.identification = near.identification = (near.identification + 1) & 0xffff;
    return fields;
  }

  /** Most connections are older than the capture; the others begin with a handshake (RFC 9293 §3.5). */
  private segments(line: Line, fromLine: boolean, length: number, now: number): void {
    const { random } = this;
    let stream = this.streams.get(line);
    if (stream === undefined) {
      stream = {
        line: random.uint32(),
        proxy: random.uint32(),
        port: random.integer(32_768, 60_999),
        unacknowledged: 0,
      };
      this.streams.set(line, stream);
      if (random.chance(0.3)) {
        this.segment(line, stream, true, TcpFlag.syn, NOTHING, now);
        stream.line = (stream.line + 1) >>> 0;
        this.segment(line, stream, false, TcpFlag.syn | TcpFlag.ack, NOTHING, now);
        stream.proxy = (stream.proxy + 1) >>> 0;
        this.segment(line, stream, true, TcpFlag.ack, NOTHING, now);
      }
    }
    for (let at = 0; at < length; at += SEGMENT) {
      const payload = this.payload.subarray(at, Math.min(length, at + SEGMENT));
      this.segment(line, stream, fromLine, TcpFlag.psh | TcpFlag.ack, payload, now);
      if (fromLine) stream.line = (stream.line + payload.length) >>> 0;
      else stream.proxy = (stream.proxy + payload.length) >>> 0;
    }
    if (++stream.unacknowledged >= 2) {
      stream.unacknowledged = 0;
      this.segment(line, stream, !fromLine, TcpFlag.ack, NOTHING, now);
    }
  }

  private segment(line: Line, stream: Stream, fromLine: boolean, flags: number, payload: Buffer, now: number): void {
    const ends = this.ends(line, fromLine);
    if (fromLine) ends.sourcePort = stream.port;
    else ends.destinationPort = stream.port;
    ends.payload = payload;
    ends.sequence = fromLine ? stream.line : stream.proxy;
    ends.acknowledgment = flags === TcpFlag.syn ? 0 : fromLine ? stream.proxy : stream.line;
    ends.flags = flags;
    this.put(tcpFrame(this.frame, 0, ends), now);
  }

  /** One frame, or fragments where it is longer than Ethernet allows (RFC 791 §3.2). */
  private put(length: number, now: number): void {
    if (length <= MOST) {
      this.tap(this.frame.subarray(0, length), now);
      return;
    }
    const { frame, fragment } = this;
    for (let at = HEADERS; at < length; at += MOST - HEADERS) {
      const size = Math.min(MOST - HEADERS, length - at);
      frame.copy(fragment, 0, 0, HEADERS);
      frame.copy(fragment, HEADERS, at, at + size);
      fragment.writeUInt16BE(size + IPV4, ETHERNET + 2);
      fragment.writeUInt16BE((at + size < length ? 0x2000 : 0) | ((at - HEADERS) >> 3), ETHERNET + 6);
      fragment.writeUInt16BE(0, ETHERNET + 10);
      fragment.writeUInt16BE(headerChecksum(fragment), ETHERNET + 10);
      this.tap(fragment.subarray(0, HEADERS + size), now);
    }
  }

  private tap(frame: Buffer, now: number): void {
    if (this.loss > 0 && this.random.chance(this.loss)) return;
    const seconds = Math.floor(now / MICROSECONDS);
    this.frames++;
    this.bytes += frame.length;
    this.handler(frame, seconds, Math.round(now - seconds * MICROSECONDS) * 1000);
  }
}

/** RFC 791 §3.1, over a frame's IPv4 header with its checksum field zero. */
function headerChecksum(frame: Buffer): number {
  let sum = 0;
  for (let at = ETHERNET; at < HEADERS; at += 2) sum += frame.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
