import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Network } from '../../src/network/network.ts';
import { address, frame, type HepFields, hep2, hep3, hepChunk, hex, u16, u32 } from '../support/frames.ts';
import { packetOf, packetsOf, record } from './record.ts';

const CALL = 'INVITE sip:b@x SIP/2.0\r\n\r\n';
const INSIDE: HepFields = {
  source: '10.0.0.1',
  destination: '10.0.0.2',
  sourcePort: 5060,
  destinationPort: 5070,
  seconds: 1_700_000_000,
  microseconds: 123_456,
  payload: CALL,
};
const INSIDE6 = { ...INSIDE, source: '2001:db8::1', destination: '2001:db8::2' };

function udp(data: Buffer): Buffer {
  return frame().ethernet().ipv4('192.0.2.1', '192.0.2.2').udp(40_000, 9060).data(data).bytes();
}

function tcp(data: Buffer, sequence = 0): Buffer {
  return frame().ethernet().ipv4('192.0.2.1', '192.0.2.2').tcp(40_000, 9060, { sequence }).data(data).bytes();
}

function timesOf(data: Buffer, nanoseconds = 0): [number, number][] {
  const times: [number, number][] = [];
  const network = new Network(
    { datagram: ({ seconds, nanoseconds }) => times.push([seconds, nanoseconds]), stream: () => {} },
    DEFAULT_LIMITS,
    new Counters(),
  );
  network.packet(packetOf(udp(data), { nanoseconds }));
  return times;
}

describe('HEP', () => {
  test('version 3 gives the message with its own addresses, time and transport', () => {
    expect(record(packetsOf([udp(hep3(INSIDE))])).seen).toEqual([`1 udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`]);
    expect(record(packetsOf([udp(hep3({ ...INSIDE6, protocol: 6 }))])).seen).toEqual([
      `1 tcp [2001:db8::1]:5060>[2001:db8::2]:5070 ${CALL}`,
    ]);
    expect(record(packetsOf([udp(hep3({ ...INSIDE, protocol: 132 }))])).seen[0]).toMatch(/^1 sctp/);
    expect(timesOf(hep3(INSIDE))).toEqual([[1_700_000_000, 123_456_000]]);
  });

  test('version 3 has its time in two chunks of any order; without seconds it is that of the packet', () => {
    const [seconds, microseconds] = [hepChunk(9, u32(1_700_000_000)), hepChunk(10, u32(123_456))];
    const ends = [hepChunk(3, address('10.0.0.1')), hepChunk(4, address('10.0.0.2'))];
    const of = (...times: Buffer[]) => {
      const body = Buffer.concat([...ends, ...times, hepChunk(15, Buffer.from(CALL))]);
      return timesOf(Buffer.concat([Buffer.from('HEP3'), u16(body.length + 6), body]), 5)[0];
    };
    expect(of(seconds, microseconds)).toEqual([1_700_000_000, 123_456_000]);
    expect(of(microseconds, seconds)).toEqual([1_700_000_000, 123_456_000]);
    expect(of(seconds)).toEqual([1_700_000_000, 0]);
    expect(of(microseconds)).toEqual([1_600_000_000, 5]);
  });

  test('version 3 gives SS7 as what SCTP carried', () => {
    const sigtran = [8, 9, 13].map((kind) => udp(hep3({ ...INSIDE, kind, protocol: 132, payload: hex('01000101') })));
    const ends = '10.0.0.1:5060>10.0.0.2:5070';
    expect(record(packetsOf([...sigtran, udp(hep3({ ...INSIDE, protocol: 132 }))])).seen).toEqual([
      ...[2, 3, 5].map((ppid, i) => `${i + 1} sctp ${ends} \x01\0\x01\x01 ppid=${ppid}`),
      `4 sctp ${ends} ${CALL}`,
    ]);
  });

  test('versions 1 and 2 likewise; version 1 has no time', () => {
    for (const version of [1, 2] as const) {
      expect(record(packetsOf([udp(hep2(version, INSIDE))])).seen).toEqual([
        `1 udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`,
      ]);
      expect(record(packetsOf([udp(hep2(version, INSIDE6))])).seen).toEqual([
        `1 udp [2001:db8::1]:5060>[2001:db8::2]:5070 ${CALL}`,
      ]);
    }
    expect(timesOf(hep2(1, INSIDE))).toEqual([[1_600_000_000, 0]]);
    expect(timesOf(hep2(2, INSIDE))).toEqual([[1_700_000_000, 123_456_000]]);
    const big = hep2(2, INSIDE);
    big.subarray(16, 20).reverse();
    big.subarray(20, 24).reverse();
    expect(timesOf(big)).toEqual([[1_700_000_000, 123_456_000]]);
  });

  test('what only looks like version 1 or 2 is an ordinary datagram', () => {
    const good = hep2(2, INSIDE);
    for (const [at, value] of [
      [1, 27],
      [2, 9],
      [3, 99],
    ]) {
      const bad = Buffer.from(good);
      bad[at] = value;
      expect(record(packetsOf([udp(bad)])).seen[0]).toMatch(/^1 udp 192\.0\.2\.1:40000>192\.0\.2\.2:9060/);
    }
    expect(
      record(packetsOf([udp(good.subarray(0, 20)), udp(Buffer.from('Hello')), udp(Buffer.from([2, 1]))])).seen.length,
    ).toBe(3);
  });

  test('a compressed payload is opened, at most 64 KiB of it', () => {
    // Captagent has it as zlib's compress() writes it (RFC 1950).
    const compressed = [gzipSync(CALL), deflateSync(CALL)];
    const frames = compressed.map((payload) => udp(hep3({ ...INSIDE, payload }, [], 16)));
    expect(record(packetsOf(frames)).seen).toEqual([1, 2].map((at) => `${at} udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`));
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const bad = [bomb, 'no gzip'].map((payload) => udp(hep3({ ...INSIDE, payload }, [], 16)));
    const { seen, anomalies } = record(packetsOf(bad));
    expect(seen).toEqual([]);
    expect(anomalies).toEqual({ 'hep compressed payload': 2 });
  });

  test('other protocols are given where they are text', () => {
    const frames = [
      udp(hep3({ ...INSIDE, kind: 100, payload: 'a line of a log' })),
      udp(hep3({ ...INSIDE, kind: 4, payload: hex('8000 1234 00000000') })),
      udp(hep3({ ...INSIDE, kind: 4, payload: '' })),
    ];
    expect(record(packetsOf(frames)).seen).toEqual(['1 udp 10.0.0.1:5060>10.0.0.2:5070 a line of a log']);
  });

  test('chunks of vendors and of wrong sizes are passed over', () => {
    const vendor = Buffer.concat([u16(1), u16(15), u16(9), hex('414243')]);
    const wrong = [hepChunk(3, u32(1).subarray(1)), hepChunk(7, hex('01')), hepChunk(2, hex(''))];
    expect(record(packetsOf([udp(hep3(INSIDE, [vendor, ...wrong]))])).seen).toEqual([
      `1 udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`,
    ]);
  });

  test('without addresses or with an impossible chunk it is counted', () => {
    const bare = Buffer.concat([hepChunk(3, address('10.0.0.1')), hepChunk(15, Buffer.from(CALL))]);
    const noAddresses = Buffer.concat([Buffer.from('HEP3'), u16(6 + bare.length), bare]);
    const short = Buffer.concat([Buffer.from('HEP3'), u16(12), hex('0000 0001 0005')]);
    const { seen, anomalies } = record(packetsOf([udp(noAddresses), udp(short)]));
    expect(seen).toEqual([]);
    expect(anomalies).toEqual({ 'hep addresses': 1, 'hep chunk length': 1 });
  });

  test('cut at any length it gives the beginning of the message, or nothing', () => {
    const whole = hep3(INSIDE);
    for (let length = 1; length < whole.length; length++) {
      const { seen } = record(packetsOf([udp(whole.subarray(0, length))]));
      if (whole.length - length < CALL.length) expect(seen[0]).toMatch(/^1 udp 10\.0\.0\.1.* cut$/s);
      else for (const line of seen) expect(line).toMatch(/cut$|192\.0\.2\.1/s);
    }
  });

  test('over TCP packets are framed by their length, wherever segments end', () => {
    const stream = Buffer.concat([hep3(INSIDE), hep3(INSIDE6), hep3(INSIDE)]);
    for (const size of [1, 3, 50, stream.length]) {
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) frames.push(tcp(stream.subarray(at, at + size), at));
      const { seen, anomalies } = record(packetsOf(frames));
      expect(seen.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
        `udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`,
        `udp [2001:db8::1]:5060>[2001:db8::2]:5070 ${CALL}`,
        `udp 10.0.0.1:5060>10.0.0.2:5070 ${CALL}`,
      ]);
      expect(anomalies).toEqual({});
    }
  });

  test('over TCP it is found by its magic where the stream is joined midway or damaged', () => {
    const midway = Buffer.concat([Buffer.from('rest of a packet'), hep3(INSIDE)]);
    const first = record(packetsOf([tcp(midway), tcp(hep3(INSIDE6), midway.length)]));
    expect(first.seen.length).toBe(2);
    expect(first.loose).toMatchObject([{ place: 'head', bytes: Buffer.from('rest of a packet').toString('base64') }]);
    const damaged = Buffer.concat([hep3(INSIDE), Buffer.from('garbage'), hep3(INSIDE), Buffer.from('HEP3'), u16(2)]);
    const second = record(packetsOf([tcp(damaged)]));
    expect(second.seen.length).toBe(2);
    expect(second.anomalies).toEqual({ 'hep stream': 2 });
  });

  test('over TCP bytes after a loss belong to a packet whose beginning is lost', () => {
    const one = hep3(INSIDE);
    const packets = [
      ...packetsOf([tcp(one), tcp(Buffer.from('lost its head'), one.length + 500)]),
      packetOf(tcp(Buffer.from('more'), one.length + 513), { seconds: 1_600_000_020, frame: 3 }),
      packetOf(tcp(one, one.length + 517), { seconds: 1_600_000_020, frame: 4 }),
    ];
    const { seen, loose } = record(packets);
    expect(seen.length).toBe(2);
    expect(loose.map(({ place }) => place)).toEqual(['head', 'head']);
  });
});
