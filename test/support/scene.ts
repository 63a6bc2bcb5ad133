import { join } from 'node:path';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { PcapWriter } from '../../src/capture/write.ts';
import { type EventValue, eventRecord } from '../../src/events/record.ts';
import { udpFrame } from '../../src/network/encode.ts';
import { type Collected, collect } from '../../src/scan/collect.ts';
import { eventsInOrder } from '../../src/scan/rows/order.ts';
import { SpoolStore } from '../../src/scan/spool.ts';

export type Row = Record<string, EventValue>;

/** One SIP message of a scene, seconds after its beginning. */
interface Line {
  time: number;
  from: string;
  to: string;
  text: Buffer;
  /** Of its datagram, the bytes that were captured; 0: all. */
  kept: number;
}

const START = 1_700_000_000;
/** Where the IP header is behind that of Ethernet, its length, and its flag of RFC 791 section 3.1. */
const [IP, IP_HEADER, MORE_FRAGMENTS] = [14, 20, 0x2000];

/**
 * SIP traffic written down message by message: `scene.say(0, 'a', 'b', request)`. `a` and `b` are addresses `10.0.0.1`, of port 5060 where they
 * name none (`10.0.0.1:5070`).
 */
export class Scene {
  private readonly lines: Line[] = [];
  private snapLength = Number.POSITIVE_INFINITY;

  /** Header lines are joined with CRLF; Content-Length is added. */
  say(time: number, from: string, to: string, headers: readonly string[], body: string | Buffer = ''): this {
    const head = [...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', ''].join('\r\n');
    const text = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
    this.lines.push({ time, from, to, text, kept: 0 });
    return this;
  }

  /** Of the message before, only the first fragment was captured: so many bytes of the datagram. */
  cutTo(bytes: number): this {
    this.lines.at(-1)!.kept = bytes & ~7;
    return this;
  }

  /** Of each packet, so many bytes at most are captured. */
  snapTo(bytes: number): this {
    this.snapLength = bytes;
    return this;
  }

  /** Puts the messages in order of time, where calls were written down one after the other that are at once. */
  inOrder(): this {
    this.lines.sort((a, b) => a.time - b.time);
    return this;
  }

  /** Writes the messages from `first` to `last` (all of them where left out) as a capture. */
  write(path: string, first = 0, last = this.lines.length): string {
    const writer = new PcapWriter(path, {});
    const out = Buffer.alloc(65_536);
    for (const [index, { time, from, to, text, kept }] of this.lines.entries()) {
      if (index < first || index >= last) continue;
      const [source = '', sourcePort = 5060] = from.split(':');
      const [destination = '', destinationPort = 5060] = to.split(':');
      let length = udpFrame(out, 0, {
        source,
        destination,
        sourcePort: Number(sourcePort),
        destinationPort: Number(destinationPort),
        payload: text,
      });
      if (kept > 0) {
        length = IP + IP_HEADER + kept;
        out.writeUInt16BE(IP_HEADER + kept, IP + 2);
        out.writeUInt16BE(index + 1, IP + 4);
        out.writeUInt16BE(MORE_FRAGMENTS, IP + 6);
      }
      const micro = Math.round(time * 1e6);
      const bytes = out.subarray(0, Math.min(length, this.snapLength));
      writer.write(bytes, START + Math.floor(micro / 1e6), (micro % 1e6) * 1000, length);
    }
    writer.close();
    return path;
  }

  get size(): number {
    return this.lines.length;
  }
}

/** Events of captures, in order; `columns` narrows them. */
export async function eventsOf(
  paths: readonly string[],
  columns?: readonly string[],
  limits: Limits = DEFAULT_LIMITS,
  workers = 1,
): Promise<Row[]> {
  return (await collected(paths, limits, (all) => [...eventsInOrder(all)].map(eventRecord) as Row[], workers)).map(
    (row) => (columns === undefined ? row : Object.fromEntries(columns.map((name) => [name, row[name]!]))),
  );
}

export async function collected<T>(
  paths: readonly string[],
  limits: Limits,
  use: (all: Collected) => T,
  workers = 1,
): Promise<T> {
  const store = new SpoolStore(1e8);
  try {
    return use(await collect(paths, store, { feed: 'test', homeCountry: null, limits, workers }));
  } finally {
    store.close();
  }
}

/** Events of the scene in one capture, after making sure that cutting it after every message changes nothing but frames. */
export async function sceneEvents(scene: Scene, folder: string, columns: readonly string[]): Promise<Row[]> {
  const rows = await eventsOf([scene.write(join(folder, 'whole.pcap'))], columns);
  for (let cut = 1; cut < scene.size; cut++) {
    const parts = [scene.write(join(folder, 'a.pcap'), 0, cut), scene.write(join(folder, 'b.pcap'), cut)];
    const again = await eventsOf(parts, columns);
    if (JSON.stringify(again) !== JSON.stringify(rows)) {
      throw new Error(`cut after message ${cut}: ${JSON.stringify(again)}, whole: ${JSON.stringify(rows)}`);
    }
  }
  const single = Array.from({ length: scene.size }, (_, index) =>
    scene.write(join(folder, `s${index}.pcap`), index, index + 1),
  );
  const again = await eventsOf(single, columns);
  if (JSON.stringify(again) !== JSON.stringify(rows))
    throw new Error(`one capture a message: ${JSON.stringify(again)}`);
  return rows;
}

/** A scene of one call that is refused, so many seconds after the beginning. */
export function refusedCall(at: number): Scene {
  const headers = (first: string, tag = ''): string[] => [
    first,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
    'From: <sip:+8613800000001@example.org>;tag=a',
    `To: <sip:+8613900000002@example.org>${tag}`,
    'Call-ID: c1',
    'CSeq: 1 INVITE',
  ];
  return new Scene()
    .say(at, '10.0.0.1', '10.0.0.2', headers('INVITE sip:2@example.org SIP/2.0'))
    .say(at + 1, '10.0.0.2', '10.0.0.1', headers('SIP/2.0 486 Busy Here', ';tag=b'));
}
