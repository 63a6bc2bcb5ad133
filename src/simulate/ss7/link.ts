import { Random } from '../../base/random.ts';
import { type DataChunk, type SctpFrameFields, sctpFrame } from '../../network/encode.ts';
import { encodeM3ua } from '../../ss7/link/m3ua-encode.ts';
import type { TaskQueue } from '../queue.ts';
import type { InterfaceName } from './parameters.ts';

/** An element of the network: its point code, its address as a global title, its IPv4 address. */
export interface Node {
  name: string;
  pointCode: number;
  /** E.164 digits. */
  title: string;
  address: string;
}

/** One signal unit: from the first end of its link or to it, service indicator, user part. */
export interface Unit {
  fromFirst: boolean;
  opc: number;
  dpc: number;
  serviceIndicator: number;
  sls: number;
  user: Buffer;
}

const SECOND = 1_000_000;
/** M3UA (RFC 4666 §1.4.7, §7.1). */
const PORT = 2905;
const PPID = 3;
/** Stream 0 is for management (RFC 4666 §1.4.7). */
const STREAMS = 16;
/** Network indicator (Q.704 §14.2.2): national, of the A interface and the trunks; the same on all links here. */
const NATIONAL = 2;
const HEADERS = 64;

/** One probe: its clock, what it misses, where its frames go. */
export class Feed {
  readonly name: InterfaceName;
  frames = 0;
  messages = 0;
  bytes = 0;
  readonly queue: TaskQueue;
  readonly random: Random;
  readonly retransmissions: number;
  private readonly offset: number;
  private readonly loss: number;
  private readonly handler: (frame: Buffer, seconds: number, nanoseconds: number, feed: InterfaceName) => void;

  /** @param clock seconds that its clock is ahead */
  constructor(
    name: InterfaceName,
    queue: TaskQueue,
    settings: { clock: number; loss: number; retransmissions: number; seed: number },
    handler: Feed['handler'],
  ) {
    this.name = name;
    this.queue = queue;
    this.offset = Math.round(settings.clock * SECOND);
    this.loss = settings.loss;
    this.retransmissions = settings.retransmissions;
    this.random = new Random(settings.seed, `probe ${name}`);
    this.handler = handler;
  }

  /** @param now microseconds since the epoch */
  tap(frame: Buffer, now: number): void {
    if (this.loss > 0 && this.random.chance(this.loss)) return;
    const time = now + this.offset;
    const seconds = Math.floor(time / SECOND);
    this.frames++;
    this.bytes += frame.length;
    this.handler(frame, seconds, Math.round(time - seconds * SECOND) * 1000, this.name);
  }
}

/** One direction of an association. */
interface Direction {
  tag: number;
  tsn: number;
  sequences: Uint16Array;
  identification: number;
}

/** An SCTP association with M3UA between two elements, as a probe sees it; it is older than the capture. */
export class Link {
  readonly first: Node;
  readonly second: Node;
  private readonly feed: Feed;
  private readonly forward: Direction;
  private readonly backward: Direction;
  private readonly frame = Buffer.allocUnsafeSlow(2048);
  private readonly chunk: DataChunk = { tsn: 0, stream: 0, sequence: 0, ppid: PPID, payload: this.frame };
  private readonly fields: SctpFrameFields;
  private readonly port: number;

  constructor(feed: Feed, first: Node, second: Node) {
    this.feed = feed;
    this.first = first;
    this.second = second;
    const { random } = feed;
    const direction = (): Direction => ({
      tag: random.uint32() || 1,
      tsn: random.uint32(),
      sequences: new Uint16Array(STREAMS).map(() => random.integer(0, 65_535)),
      identification: random.integer(0, 65_535),
    });
    this.forward = direction();
    this.backward = direction();
    this.port = random.chance(0.6) ? PORT : random.integer(30_000, 60_000);
    this.fields = {
      source: '',
      destination: '',
      sourcePort: PORT,
      destinationPort: PORT,
      tag: 0,
      identification: 0,
      chunks: [this.chunk],
    };
  }

  /** @param now microseconds since the epoch */
  send(now: number, unit: Unit): void {
    const { feed, frame, chunk, fields, first, second, port } = this;
    const { fromFirst, opc, dpc, serviceIndicator, sls, user } = unit;
    const way = fromFirst ? this.forward : this.backward;
    const stream = 1 + (sls % (STREAMS - 1));
    chunk.payload = encodeM3ua({ opc, dpc, serviceIndicator, networkIndicator: NATIONAL, sls: sls & 15 }, [user]);
    chunk.tsn = way.tsn;
    chunk.stream = stream;
    chunk.sequence = way.sequences[stream]!;
    way.tsn = (way.tsn + 1) >>> 0;
    way.sequences[stream] = way.sequences[stream]! + 1;
    way.identification = (way.identification + 1) & 0xffff;
    fields.source = fromFirst ? first.address : second.address;
    fields.destination = fromFirst ? second.address : first.address;
    fields.sourcePort = fromFirst ? port : PORT;
    fields.destinationPort = fromFirst ? PORT : port;
    fields.tag = way.tag;
    fields.identification = way.identification;
    if (chunk.payload.length + HEADERS > frame.length) throw new RangeError('signal unit too long');
    const bytes = frame.subarray(0, sctpFrame(frame, 0, fields));
    feed.messages++;
    feed.tap(bytes, now);
    if (feed.retransmissions > 0 && feed.random.chance(feed.retransmissions)) {
      const copy = Buffer.from(bytes);
      feed.queue.push(now + feed.random.between(0.2, 1) * SECOND, {
        run: (time) => {
          feed.tap(copy, time);
          return Number.POSITIVE_INFINITY;
        },
      });
    }
  }
}
