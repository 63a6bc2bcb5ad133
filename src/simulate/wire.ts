import { Random } from '../base/random.ts';
import { TcpFlag, tcpFrame, udpFrame } from '../network/encode.ts';
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
const MICROSECONDS = 1_000_000;

/** Puts messages into Ethernet frames between a line and its proxy, and loses some of them as a tap does. */
export class Wire {
  frames = 0;
  messages = 0;
  bytes = 0;
  private readonly payload = Buffer.allocUnsafeSlow(65_536);
  private readonly frame = Buffer.allocUnsafeSlow(66_000);
  private readonly streams = new Map<Line, Stream>();
  private readonly identifications = new Map<Buffer, number>();
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
      const payload = this.payload.subarray(0, length);
      this.put(udpFrame(this.frame, 0, { ...this.ends(line, fromLine), payload }), now);
    }
  }

  private ends(line: Line, fromLine: boolean) {
    const { access, proxy } = line;
    const mac = fromLine ? access.mac : proxy.mac;
    const identification = ((this.identifications.get(mac) ?? this.random.integer(0, 65_535)) + 1) & 0xffff;
    this.identifications.set(mac, identification);
    return fromLine
      ? {
          sourceMac: access.mac,
          destinationMac: proxy.mac,
          source: access.address,
          destination: proxy.address,
          sourcePort: access.port,
          destinationPort: proxy.port,
          identification,
        }
      : {
          sourceMac: proxy.mac,
          destinationMac: access.mac,
          source: proxy.address,
          destination: access.address,
          sourcePort: proxy.port,
          destinationPort: access.port,
          identification,
        };
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
    const sequence = fromLine ? stream.line : stream.proxy;
    const acknowledgment = flags === TcpFlag.syn ? 0 : fromLine ? stream.proxy : stream.line;
    this.put(tcpFrame(this.frame, 0, { ...ends, payload, sequence, acknowledgment, flags }), now);
  }

  private put(length: number, now: number): void {
    if (this.loss > 0 && this.random.chance(this.loss)) return;
    const seconds = Math.floor(now / MICROSECONDS);
    this.frames++;
    this.bytes += length;
    this.handler(this.frame.subarray(0, length), seconds, Math.round(now - seconds * MICROSECONDS) * 1000);
  }
}
