import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Network } from '../../src/network/network.ts';
import type { LooseBytes, Payload, PayloadHandler, StreamVerdict } from '../../src/network/payload.ts';
import { frame } from '../support/frames.ts';
import { data, iData, overIp } from '../support/sctp.ts';

/**
 * Reads messages `MSG`, four digits of length, body. Joined midway it is in step where the bytes shown begin with a message, and
 * where it `scans` also from the first one after a line end; what is before belongs to a message that began earlier.
 */
class Reader implements PayloadHandler {
  readonly messages: string[] = [];
  private readonly scans: boolean;

  constructor(scans: boolean) {
    this.scans = scans;
  }

  datagram(payload: Payload): void {
    this.messages.push(payload.data.toString('latin1', payload.start, payload.end));
  }

  stream(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    const text = payload.data.toString('latin1', payload.start, payload.end);
    for (let at = 0; ; ) {
      verdict.consumed = at;
      const rest = text.slice(at);
      if (!'MSG'.startsWith(rest.slice(0, 3))) {
        if (!joinedMidway || at > 0) throw new Error(`out of step: ${rest}`);
        const line = this.scans ? text.indexOf('\nMSG') : -1;
        at = line < 0 ? text.length : line + 1;
        verdict.consumed = at;
        verdict.headless = at;
        if (line < 0) return;
        continue;
      }
      const length = Number(rest.slice(3, 7));
      if (rest.length < 7 || rest.length < 7 + length) return;
      this.messages.push(rest.slice(0, 7 + length));
      at += 7 + length;
    }
  }
}

/** Messages of captures that hold these packets, and what the stitch of their loose ends adds. */
function messagesOf(captures: Buffer[][], scans: boolean): string[] {
  const reader = new Reader(scans);
  const stitch = new Network(reader, DEFAULT_LIMITS, new Counters());
  let nanoseconds = 0;
  for (const packets of captures) {
    const network = new Network(reader, DEFAULT_LIMITS, new Counters());
    packets.forEach((data, i) => {
      network.packet({
        data,
        start: 0,
        end: data.length,
        originalLength: data.length,
        linkType: 1,
        seconds: 1_600_000_000,
        nanoseconds: (nanoseconds += 1000),
        frame: i + 1,
      });
    });
    // As a commit keeps them.
    const loose: LooseBytes[] = JSON.parse(JSON.stringify(network.finish()));
    for (const piece of loose) stitch.replay(piece);
  }
  return reader.messages.sort();
}

function cut(packets: Buffer[], places: number[]): Buffer[][] {
  const bounds = [0, ...[...new Set(places)].sort((a, b) => a - b), packets.length];
  return bounds.slice(1).map((end, i) => packets.slice(bounds[i], end));
}

/** Packets of one sender in the order in which they were captured. */
type Flow = { packets: Buffer[]; messages: string[]; key: string };

/** Moves some elements by up to two places. */
function disturb<T>(items: T[], swaps: number[]): T[] {
  const result = [...items];
  for (const swap of swaps) {
    const i = swap % Math.max(1, result.length - 2);
    if (result.length > i + 2) result.splice(i, 0, ...result.splice(i + 1 + (swap % 2), 1));
  }
  return result;
}

const message = fc
  .string({ unit: fc.constantFrom('a', 'b', 'c', '\r', '\n', 'S', 'G'), maxLength: 60 })
  .map((body) => `MSG${String(body.length + 1).padStart(4, '0')}${body}\n`);

const swaps = fc.array(fc.nat(100), { maxLength: 4 });

const tcpFlow = fc
  .record({
    messages: fc.array(message, { minLength: 1, maxLength: 6 }),
    cuts: fc.array(fc.nat(300), { maxLength: 12, size: 'max' }),
    swaps,
    port: fc.integer({ min: 1024, max: 65_000 }),
    // Near the wrap too.
    first: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0xffff_ff80, max: 0xffff_ffff })),
    syn: fc.boolean(),
    fin: fc.boolean(),
    acknowledged: fc.boolean(),
  })
  .map(({ messages, cuts, swaps, port, first, syn, fin, acknowledged }): Flow => {
    const stream = messages.join('');
    const places = [0, ...[...new Set(cuts.map((at) => at % stream.length))].sort((a, b) => a - b), stream.length];
    const segments = places
      .slice(1)
      .map((end, i) => ({ from: places[i], end }))
      .filter(({ from, end }) => end > from);
    const packets: Buffer[] = [];
    const tcp = (sequence: number, flags: string, text: string) =>
      frame()
        .ethernet()
        .ipv4('10.0.0.1', '10.0.0.2')
        .tcp(port, 5060, { sequence: (first + sequence) % 0x1_0000_0000, flags })
        .text(text)
        .bytes();
    if (syn) packets.push(tcp(-1 + 0x1_0000_0000, 'S', ''));
    const received = new Set<number>();
    for (const { from, end } of disturb(segments, swaps)) {
      packets.push(tcp(from, 'PA', stream.slice(from, end)));
      for (let at = from; at < end; at++) received.add(at);
      let contiguous = 0;
      while (received.has(contiguous)) contiguous++;
      const acknowledgment = (first + contiguous) % 0x1_0000_0000;
      if (acknowledged) {
        packets.push(
          frame().ethernet().ipv4('10.0.0.2', '10.0.0.1').tcp(5060, port, { sequence: 9, acknowledgment }).bytes(),
        );
      }
    }
    if (fin) packets.push(tcp(stream.length, 'FA', ''));
    return { packets, messages, key: `tcp ${port}` };
  });

const udpFlow = fc
  .record({
    text: message,
    six: fc.boolean(),
    cuts: fc.array(fc.nat(10), { maxLength: 4 }),
    swaps,
    identification: fc.nat(0xffff),
  })
  .map(({ text, six, cuts, swaps, identification }): Flow => {
    const datagram = frame().udp(5060, 5060).text(text).bytes();
    const inside = cuts.map((at) => 8 * (1 + (at % 8))).filter((at) => at < datagram.length);
    const places = [0, ...[...new Set(inside)].sort((a, b) => a - b), datagram.length];
    const packets = places.slice(1).map((end, i) => {
      const [offset, more] = [places[i], end < datagram.length];
      const piece = datagram.subarray(offset, end);
      return six
        ? frame().ethernet().ipv6('2001:db8::1', '2001:db8::2').fragment6(identification, offset, more, 17).data(piece)
        : frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { identification, offset, more, protocol: 17 }).data(piece);
    });
    return {
      packets: disturb(packets, swaps).map((packet) => packet.bytes()),
      messages: [text],
      key: `${six} ${identification}`,
    };
  });

/** An association: messages in one chunk or several, each chunk in a packet of its own. */
const sctpFlow = fc
  .record({
    messages: fc.array(fc.record({ text: message, cuts: fc.array(fc.nat(60), { maxLength: 3 }) }), { maxLength: 4 }),
    interleaved: fc.boolean(),
    swaps,
    tag: fc.integer({ min: 0x10000, max: 0xffff_ffff }),
    first: fc.constantFrom(1, 0xffff_fffc),
  })
  .map(({ messages, interleaved, swaps, tag, first }): Flow => {
    const chunks = messages.flatMap(({ text, cuts }, sequence) => {
      const places = [...new Set([0, ...cuts.map((at) => at % text.length), text.length])].sort((a, b) => a - b);
      return places.slice(1).map((end, fragment) => {
        const flags = (fragment === 0 ? 'B' : '') + (end === text.length ? 'E' : '');
        return { payload: text.slice(places[fragment], end), sequence, fragment, flags };
      });
    });
    const build = interleaved ? iData : data;
    const packets = chunks.map((chunk, i) => overIp({ tag }, build({ ...chunk, tsn: (first + i) % 2 ** 32 })));
    return { packets: disturb(packets, swaps), messages: messages.map(({ text }) => text), key: `sctp ${tag}` };
  });

/** Several flows whose packets alternate as `turns` says; no two use the same ports, identification or tag. */
const traffic = fc
  .record({
    tcp: fc.array(tcpFlow, { minLength: 1, maxLength: 3 }),
    udp: fc.array(udpFlow, { maxLength: 3 }),
    sctp: fc.array(sctpFlow, { maxLength: 2 }),
    turns: fc.array(fc.nat(7), { maxLength: 80 }),
  })
  .map(({ tcp, udp, sctp, turns }) => ({ flows: [...tcp, ...udp, ...sctp], turns }))
  .filter(({ flows }) => new Set(flows.map(({ key }) => key)).size === flows.length)
  .map(({ flows, turns }) => {
    const left = flows.map(({ packets }) => [...packets]);
    const packets: Buffer[] = [];
    for (const turn of turns) packets.push(...left[turn % left.length].splice(0, 1));
    for (const rest of left) packets.push(...rest);
    return { packets, messages: flows.flatMap((flow) => flow.messages).sort() };
  });

for (const scans of [false, true]) {
  const reader = scans ? 'a reader that scans for a message' : 'a reader that waits for a message';

  test(`${reader} gets all messages of one capture, whatever the order of segments and fragments`, () => {
    fc.assert(
      fc.property(traffic, ({ packets, messages }) => {
        expect(messagesOf([packets], scans)).toEqual(messages);
      }),
      { numRuns: 500 },
    );
  });

  test(`${reader} gets the same messages of a capture cut in two at any packet`, () => {
    fc.assert(
      fc.property(traffic, ({ packets, messages }) => {
        for (let at = 1; at < packets.length; at++) {
          expect(messagesOf(cut(packets, [at]), scans), `cut at ${at}`).toEqual(messages);
        }
      }),
      { numRuns: 300 },
    );
  });

  test(`${reader} gets the same messages of a capture cut in many places, or into files of one packet`, () => {
    fc.assert(
      fc.property(traffic, fc.array(fc.nat(80), { maxLength: 10 }), ({ packets, messages }, places) => {
        const inside = places.map((at) => at % packets.length);
        expect(messagesOf(cut(packets, inside), scans)).toEqual(messages);
        const files = packets.map((packet) => [packet]);
        expect(messagesOf(files, scans)).toEqual(messages);
      }),
      { numRuns: 500 },
    );
  });
}
