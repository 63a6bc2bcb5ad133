import { Random } from '../../base/random.ts';
import { TcpFlag, type TcpFrameFields, tcpFrame, udpFrame } from '../../network/encode.ts';

/** Where frames go: Ethernet bytes, valid during the call only, and packet time. */
export type FrameHandler = (frame: Buffer, seconds: number, nanoseconds: number) => void;

/** One end of what a tap sees. */
export interface WireEnd {
  address: string;
  port: number;
  /** IPv4 identification of the last packet sent. */
  identification: number;
  mac: Buffer;
}

/** Two ends that messages go between; over TCP in one connection for each `stream`, which the near end opened. */
export interface Path {
  near: WireEnd;
  far: WireEnd;
  tcp: boolean;
  stream: object;
}

/** A TCP connection: the next sequence number of each end. */
interface Stream {
  near: number;
  far: number;
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

/** Puts messages into Ethernet frames between two ends, and loses some of them as a tap does. */
export class Wire {
  frames = 0;
  messages = 0;
  bytes = 0;
  private readonly payload = Buffer.allocUnsafeSlow(65_536);
  private readonly frame = Buffer.allocUnsafeSlow(66_000);
  private readonly fragment = Buffer.allocUnsafeSlow(2048);
  private readonly streams = new Map<object, Stream>();
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
  send(path: Path, fromNear: boolean, text: string, now: number): void {
    this.messages++;
    const length = this.payload.write(text, 0, 'latin1');
    if (path.tcp) this.segments(path, fromNear, length, now);
    else {
      const fields = this.ends(path, fromNear);
      fields.payload = this.payload.subarray(0, length);
      this.put(udpFrame(this.frame, 0, fields), now);
    }
  }

  /** Who sends to whom, in one object that is used again. */
  private ends(path: Path, fromNear: boolean): Required<TcpFrameFields> {
    const { fields } = this;
    const near = fromNear ? path.near : path.far;
    const far = fromNear ? path.far : path.near;
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
  private segments(path: Path, fromNear: boolean, length: number, now: number): void {
    const { random } = this;
    let stream = this.streams.get(path.stream);
    if (stream === undefined) {
      stream = {
        near: random.uint32(),
        far: random.uint32(),
        port: random.integer(32_768, 60_999),
        unacknowledged: 0,
      };
      this.streams.set(path.stream, stream);
      if (random.chance(0.3)) {
        this.segment(path, stream, true, TcpFlag.syn, NOTHING, now);
        stream.near = (stream.near + 1) >>> 0;
        this.segment(path, stream, false, TcpFlag.syn | TcpFlag.ack, NOTHING, now);
        stream.far = (stream.far + 1) >>> 0;
        this.segment(path, stream, true, TcpFlag.ack, NOTHING, now);
      }
    }
    for (let at = 0; at < length; at += SEGMENT) {
      const payload = this.payload.subarray(at, Math.min(length, at + SEGMENT));
      this.segment(path, stream, fromNear, TcpFlag.psh | TcpFlag.ack, payload, now);
      if (fromNear) stream.near = (stream.near + payload.length) >>> 0;
      else stream.far = (stream.far + payload.length) >>> 0;
    }
    if (++stream.unacknowledged >= 2) {
      stream.unacknowledged = 0;
      this.segment(path, stream, !fromNear, TcpFlag.ack, NOTHING, now);
    }
  }

  private segment(path: Path, stream: Stream, fromNear: boolean, flags: number, payload: Buffer, now: number): void {
    const ends = this.ends(path, fromNear);
    if (fromNear) ends.sourcePort = stream.port;
    else ends.destinationPort = stream.port;
    ends.payload = payload;
    ends.sequence = fromNear ? stream.near : stream.far;
    ends.acknowledgment = flags === TcpFlag.syn ? 0 : fromNear ? stream.far : stream.near;
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
