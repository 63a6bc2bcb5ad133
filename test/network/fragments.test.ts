import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Network } from '../../src/network/network.ts';
import type { LooseBytes } from '../../src/network/payload.ts';
import { frame } from '../support/frames.ts';
import { packetOf, packetsOf, type Recorded, record } from './record.ts';

const DATAGRAM = frame().udp(5060, 5070).text('0123456789abcdef01234567').bytes();
const WHOLE = 'udp 10.0.0.1:5060>10.0.0.2:5070 0123456789abcdef01234567';

/** Bytes [from, end) of the datagram as a fragment. */
function piece(from: number, end = DATAGRAM.length, identification = 7): Buffer {
  return frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2', { identification, offset: from, more: end < DATAGRAM.length, protocol: 17 })
    .data(DATAGRAM.subarray(from, end))
    .bytes();
}

/** What comes of the loose ends of captures in order. */
function replayed(captures: LooseBytes[][]): Pick<Recorded, 'seen' | 'packets'> {
  const seen: string[] = [];
  const counters = new Counters();
  const network = new Network(
    {
      datagram({ data, start, end, cut, frame }) {
        seen.push(`${frame} ${data.toString('latin1', start, end)}${cut ? ' cut' : ''}`);
      },
      stream() {},
    },
    DEFAULT_LIMITS,
    counters,
  );
  for (const loose of captures.flat()) network.replay(loose);
  while (network.isOverdue(Number.MAX_SAFE_INTEGER)) network.beginning(Number.MAX_SAFE_INTEGER);
  return { seen, packets: counters.toJSON().packets };
}

describe('IP fragments', () => {
  test('are put together in any order, and give the frame of the last one', () => {
    for (const order of [
      [0, 8, 16],
      [16, 8, 0],
      [8, 0, 16],
    ]) {
      const frames = order.map((from) => piece(from, from === 16 ? undefined : from + 8));
      expect(record(packetsOf(frames)).seen).toEqual([`3 ${WHOLE}`]);
    }
  });

  test('of several datagrams do not mix', () => {
    const frames = [piece(0, 16, 1), piece(0, 16, 2), piece(16, undefined, 2), piece(16, undefined, 1)];
    expect(record(packetsOf(frames)).seen).toEqual([`3 ${WHOLE}`, `4 ${WHOLE}`]);
  });

  test('of IPv6 are told apart by 32 bits, and may have destination options inside', () => {
    const inside = frame().extension(60).udp(5060, 5070).text('0123456789abcdef').bytes();
    const six = (identification: number, from: number, end = inside.length) =>
      frame()
        .ethernet()
        .ipv6('2001:db8::1', '2001:db8::2')
        .extension(0)
        .fragment6(identification, from, end < inside.length, 60)
        .data(inside.subarray(from, end))
        .bytes();
    // The destination options header of the builder names what follows it.
    expect(record(packetsOf([six(1, 0, 16), six(0x10001, 16), six(1, 16)])).seen).toEqual([
      '3 udp [2001:db8::1]:5060>[2001:db8::2]:5070 0123456789abcdef',
    ]);
  });

  test('sent twice count once, and a second copy of all gives a second datagram', () => {
    const twice = [piece(0, 16), piece(0, 16), piece(16), piece(0, 16), piece(16)];
    expect(record(packetsOf(twice)).seen).toEqual([`3 ${WHOLE}`, `5 ${WHOLE}`]);
  });

  test('left over from copies do not spoil the next datagram of that identification', () => {
    const frames = packetsOf([piece(0, 16), piece(16), piece(16)]);
    const later = packetsOf([piece(0, 16), piece(16)], { seconds: 1_600_000_002 });
    const { seen, anomalies } = record([...frames, ...later]);
    expect(seen).toEqual([`2 ${WHOLE}`, `2 ${WHOLE}`]);
    expect(anomalies).toEqual({});
  });

  test('of copies that no other comes for are no loss, however many', () => {
    const packets = Array.from({ length: 40 }, (_, i) =>
      packetsOf([piece(0, 16, i), piece(0, 16, i), piece(16, undefined, i), piece(16, undefined, i)], {
        seconds: 1_600_000_000 + i,
      }),
    ).flat();
    const { seen, loose, dropped, packets: counts } = record(packets, { fragmentDatagrams: 8 });
    expect(seen).toHaveLength(40);
    expect(dropped).toEqual({});
    expect(counts).not.toHaveProperty('incomplete datagrams');
    // Those of the last two seconds, whose other one may be in the next capture.
    expect(loose).toMatchObject([
      { copy: true, position: 16 },
      { copy: true, position: 16 },
    ]);
    // Nor where they make room for others.
    const close = packets.map((packet) => ({ ...packet, seconds: 1_600_000_000 }));
    expect(record(close, { fragmentDatagrams: 8 }).dropped).toEqual({});
  });

  test('of a copy are not handed over without the others, also where those are in the next capture', () => {
    const [first, last] = [piece(0, 16), piece(16)];
    // The fragments in order, how many of them are in the first capture, and how often the datagram comes in all.
    const cases: [Buffer[], number, number][] = [
      [[first, first, last, last], 4, 1],
      [[first, first, last, last], 3, 1],
      [[last, last, first, first], 4, 1],
      [[first, last, first, last], 4, 2],
      [[first, last, first, last], 3, 2],
      [[first, last, last, first], 4, 2],
      [[first, last, last, first], 3, 2],
    ];
    for (const [order, at, times] of cases) {
      const packets = packetsOf(order);
      const captures = [record(packets.slice(0, at)), record(packets.slice(at))];
      const { seen, packets: counts } = replayed(captures.map(({ loose }) => loose));
      const all = [...captures.flatMap((capture) => capture.seen), ...seen];
      expect(all.map((line) => line.split(' ').at(-1))).toEqual(Array(times).fill('0123456789abcdef01234567'));
      expect(counts).not.toHaveProperty('incomplete datagrams');
    }
  });

  test('that wait too long are given up: what there is from the first byte on is handed over as cut', () => {
    const packets = [
      packetOf(piece(0, 16)),
      packetOf(piece(16), { seconds: 1_600_000_006, frame: 2 }),
      packetOf(piece(0, 16), { seconds: 1_600_000_007, frame: 3 }),
    ];
    const { seen, anomalies, packets: counts } = record(packets);
    expect(seen).toEqual(['1 udp 10.0.0.1:5060>10.0.0.2:5070 01234567 cut', `3 ${WHOLE}`]);
    expect(anomalies).toEqual({});
    expect(counts).toMatchObject({ 'incomplete datagrams': 1 });
  });

  test('but the first are handed over at a packet that comes after, those of the last seconds are loose ends', () => {
    const frames = [piece(0, 16, 1), piece(8, 16, 2), piece(0, 16, 3), piece(0, 16, 4)];
    const { seen, loose } = record(
      frames.map((bytes, index) => packetOf(bytes, { seconds: 1_600_000_000 + 3 * index, frame: index + 1 })),
    );
    expect(seen).toEqual(['1 udp 10.0.0.1:5060>10.0.0.2:5070 01234567 cut']);
    expect(loose.map(({ frame }) => frame)).toEqual([2, 3, 4]);
  });

  test('are read up to the first that is missing, and a copy that lost one is passed over', () => {
    const later = packetOf(piece(0, 8, 99), { seconds: 1_600_000_009 });
    expect(record([...packetsOf([piece(0, 8), piece(8, 16), piece(24)]), later]).seen).toEqual([
      '1 udp 10.0.0.1:5060>10.0.0.2:5070 01234567 cut',
    ]);
    expect(record([...packetsOf([piece(0, 16), piece(16), piece(0, 16)]), later]).seen).toEqual([`2 ${WHOLE}`]);
  });

  test('of IPv4 that overlap with the same bytes, cut again between two mirror ports, complete one another', () => {
    for (const [frames, seen] of [
      [[piece(0, 24), piece(0, 16), piece(16), piece(24)], [`3 ${WHOLE}`]],
      [[piece(0, 16), piece(0, 24), piece(24), piece(16)], [`3 ${WHOLE}`]],
      [[piece(24), piece(16), piece(0, 16), piece(0, 24)], [`3 ${WHOLE}`]],
      [[piece(16), piece(24), piece(0, 24)], [`3 ${WHOLE}`]],
      [[piece(8, 16), piece(24), piece(0, 24)], [`3 ${WHOLE}`]],
      [[piece(0, 16), piece(8, 24), piece(24)], [`3 ${WHOLE}`]],
      [
        [piece(0, 24), piece(24), piece(0, 16), piece(16)],
        [`2 ${WHOLE}`, `4 ${WHOLE}`],
      ],
    ] as const) {
      const { anomalies, dropped, ...recorded } = record(packetsOf([...frames]));
      expect(recorded.seen).toEqual(seen);
      expect({ anomalies, dropped }).toEqual({ anomalies: {}, dropped: {} });
    }
  });

  test('that overlap otherwise discard their datagram', () => {
    const other = piece(8, 24);
    for (const from of [8, 16]) other[other.length - 24 + from] ^= 1;
    for (const frames of [
      [piece(0, 16), other],
      [other, piece(0, 16)],
      [piece(0, 8), piece(16, 24), other],
      [piece(24), piece(8, 16), other],
    ]) {
      const { seen, anomalies } = record(packetsOf([...frames, piece(24)]));
      expect(seen).toEqual([]);
      expect(anomalies).toMatchObject({ 'ip fragment overlap': 1 });
    }
    const six = (from: number, end = DATAGRAM.length) =>
      frame()
        .ethernet()
        .ipv6('2001:db8::1', '2001:db8::2')
        .fragment6(7, from, end < DATAGRAM.length, 17)
        .data(DATAGRAM.subarray(from, end))
        .bytes();
    for (const frames of [
      [six(0, 16), six(8, 24), six(24)],
      [six(8, 24), six(0, 16), six(24)],
      [six(8, 16), six(0, 24), six(24)],
    ]) {
      const { seen, anomalies } = record(packetsOf(frames));
      expect(seen).toEqual([]);
      expect(anomalies).toEqual({ 'ip fragment overlap': 1 });
    }
  });

  test('past the end that another one set discard their datagram', () => {
    const last = (offset: number) =>
      frame()
        .ethernet()
        .ipv4('10.0.0.1', '10.0.0.2', { offset, identification: 7, protocol: 17 })
        .text('12345678')
        .bytes();
    for (const frames of [
      [last(8), last(16)],
      [last(16), last(8)],
      [last(8), piece(16, 24)],
    ]) {
      expect(record(packetsOf(frames)).anomalies).toEqual({ 'ip fragment overlap': 1 });
    }
  });

  test('of impossible length are counted', () => {
    const odd = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { more: true, protocol: 17 }).text('1234567').bytes();
    const none = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { more: true, protocol: 17 }).bytes();
    const far = frame()
      .ethernet()
      .ipv4('10.0.0.1', '10.0.0.2', { offset: 65_528, protocol: 17 })
      .text('12345678')
      .bytes();
    expect(record(packetsOf([odd, none, far])).anomalies).toEqual({ 'ip fragment length': 3 });
  });

  test('cut by the snap length give what is before the cut', () => {
    const first = piece(0, 24);
    const packets = [
      packetOf(first.subarray(0, first.length - 6), { originalLength: first.length }),
      packetOf(piece(24), { frame: 2 }),
    ];
    const { seen, anomalies } = record(packets);
    expect(seen).toEqual(['2 udp 10.0.0.1:5060>10.0.0.2:5070 0123456789 cut']);
    expect(anomalies).toEqual({});
  });

  test('without their datagram are loose ends; those cut are not', () => {
    const cut = piece(0, 16, 9);
    const { loose } = record([
      packetOf(piece(16)),
      packetOf(cut.subarray(0, cut.length - 1), { originalLength: cut.length }),
      packetOf(piece(0, 8), { frame: 3, nanoseconds: 5 }),
    ]);
    expect(loose).toMatchObject([
      { kind: 'fragment', key: '10.0.0.1>10.0.0.2/17/7', position: 16, more: false, frame: 1, protocol: 17 },
      { kind: 'fragment', key: '10.0.0.1>10.0.0.2/17/7', position: 0, more: true, frame: 3, nanoseconds: 5 },
    ]);
  });

  test('are bounded in datagrams and bytes', () => {
    const open = [1, 2, 3].map((identification) => piece(0, 16, identification));
    expect(record(packetsOf(open), { fragmentDatagrams: 2 }).dropped).toEqual({ fragmentDatagrams: 1 });
    expect(record(packetsOf(open), { fragmentBytes: 600 }).dropped).toEqual({ fragmentBytes: 1 });
  });
});
