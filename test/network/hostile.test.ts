import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Network } from '../../src/network/network.ts';
import type { LooseBytes } from '../../src/network/payload.ts';
import { frame, hep3, hex } from '../support/frames.ts';
import { abort, data, forwardTsn, iData, iForwardTsn, init, sctpPacket } from '../support/sctp.ts';
import { packetOf, packetsOf, record } from './record.ts';

const LINK_TYPES = [
  0, 1, 9, 12, 14, 50, 51, 101, 104, 107, 108, 113, 139, 140, 141, 142, 166, 197, 204, 228, 229, 248, 252, 258, 276,
  147,
];

/** Frames that reach every decoder, to be damaged. */
const SEEDS = [
  frame().ethernet().vlan(1).mpls(16, 17).ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060).text('OPTIONS'),
  frame()
    .ethernet()
    .pppoe()
    .ppp(true)
    .ipv6('2001:db8::1', '2001:db8::2')
    .extension(0)
    .extension(43, 2)
    .tcp(1, 2)
    .text('x'),
  frame().ethernet().ipv6('2001:db8::1', '2001:db8::2').fragment6(1, 0, true, 17).text('12345678'),
  frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { more: true, protocol: 17 }).text('12345678'),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .gre({ key: 1, type: 0x22eb })
    .raw('2001000100000000000000011234567812345678')
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 2)
    .text('x'),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(2152, 2152)
    .gtpu({ extensions: [0x85, 0xc0] })
    .ipv4('10.0.0.1', '10.0.0.2')
    .authentication()
    .udp(1, 2)
    .text('x'),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 6081)
    .geneve(8)
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 2)
    .text('x'),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 4790)
    .raw('0c00000100000500')
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 2)
    .text('x'),
  frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').esp(1).udp(5060, 5060).text('x'),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .sctp(1, 2, { tsn: 1, payload: 'ab', flags: 'B' }, { tsn: 2, payload: 'c', flags: 'E' }),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(9899, 9899)
    .data(
      sctpPacket(
        { tag: 0x12345 },
        init(0x12345, 1),
        iData({ tsn: 1, payload: 'ab', flags: 'B' }),
        iData({ tsn: 2, payload: 'c', flags: 'E', fragment: 1 }),
        iForwardTsn(2, [0, false, 0]),
        data({ tsn: 3, payload: 'ab', flags: 'B' }),
        forwardTsn(3, [0, 0]),
        abort(),
      ),
    ),
  frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .udp(1, 9060)
    .data(hep3({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 1, destinationPort: 2, payload: 'x' })),
  frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(1, 5061).data(hex('16030100301')),
].map((built) => built.bytes());

describe('any bytes', () => {
  test('are taken on any link type', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...LINK_TYPES), (bytes, linkType) => {
        record([packetOf(Buffer.from(bytes), { linkType })]);
      }),
      { numRuns: 3000 },
    );
  });

  test('are taken where frames of every protocol are damaged and repeated', () => {
    const damage = fc.record({ seed: fc.nat(SEEDS.length - 1), at: fc.nat(199), value: fc.nat(255), cut: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 12 }), (damages) => {
        const frames = damages.map(({ seed, at, value, cut }) => {
          const bytes = Buffer.from(SEEDS[seed].subarray(0, Math.max(0, SEEDS[seed].length - cut)));
          if (at < bytes.length) bytes[at] = value;
          return bytes;
        });
        record(packetsOf(frames), { tcpStreams: 2, fragmentDatagrams: 2, sctpMessages: 2, encryptedFlows: 2 });
      }),
      { numRuns: 3000 },
    );
  });

  test('are taken from before and after the packet only as the packet says', () => {
    const [built] = SEEDS;
    const data = Buffer.concat([Buffer.alloc(50, 0xff), built, Buffer.alloc(50, 0xff)]);
    const { seen } = record([packetOf(data, { start: 50, end: 50 + built.length, originalLength: built.length })]);
    expect(seen).toEqual(['1 udp 10.0.0.1:5060>10.0.0.2:5060 OPTIONS']);
  });
});

describe('lengths that lie', () => {
  const ip = (fields: { totalLength?: number; headerLength?: number }) =>
    frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', fields).udp(5060, 5060).text('OPTIONS').bytes();
  const count = (bytes: Buffer) => {
    const { seen, anomalies } = record(packetsOf([bytes]));
    return [seen.map((line) => line.slice(line.indexOf('OPTIONS'))), anomalies];
  };

  test('in IPv4', () => {
    expect(count(ip({ totalLength: 0 }))).toEqual([['OPTIONS'], {}]);
    expect(count(ip({ totalLength: 19 }))).toEqual([[], { 'ipv4 total length': 1 }]);
    expect(count(ip({ totalLength: 60_000 }))).toEqual([['OPTIONS'], { 'ipv4 total length': 1 }]);
    expect(count(ip({ headerLength: 16 }))).toEqual([[], { 'ipv4 header length': 1 }]);
    expect(count(ip({ headerLength: 60 }))).toEqual([[], { 'ipv4 header length': 1 }]);
    expect(count(frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').bytes().subarray(0, 30))).toEqual([
      [],
      { 'ipv4 header': 1 },
    ]);
  });

  test('in IPv6', () => {
    const six = (payloadLength: number) =>
      frame().ethernet().ipv6('2001:db8::1', '2001:db8::2', { payloadLength }).udp(5060, 5060).text('OPTIONS').bytes();
    expect(count(six(0))).toEqual([['OPTIONS'], {}]);
    expect(count(six(1000))).toEqual([['OPTIONS'], { 'ipv6 payload length': 1 }]);
    expect(count(six(4))).toEqual([[], { 'udp header': 1 }]);
    expect(count(six(4).subarray(0, 40))).toEqual([[], { 'ipv6 header': 1 }]);
    const hop = frame().ethernet().ipv6('2001:db8::1', '2001:db8::2').extension(0, 9).udp(1, 2).bytes();
    expect(count(hop.subarray(0, hop.length - 20))[1]).toMatchObject({ 'ipv6 extension header': 1 });
    const short = frame().ethernet().ipv6('2001:db8::1', '2001:db8::2', { next: 44 }).text('1234').bytes();
    expect(count(short)[1]).toEqual({ 'ipv6 extension header': 1 });
    const shorter = frame().ethernet().ipv6('2001:db8::1', '2001:db8::2', { next: 60 }).text('1234').bytes();
    expect(count(shorter)[1]).toEqual({ 'ipv6 extension header': 1 });
  });

  test('in UDP', () => {
    const udp = (length: number) =>
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060, { length }).text('OPTIONS').bytes();
    expect(count(udp(0))).toEqual([['OPTIONS'], {}]);
    expect(count(udp(7))).toEqual([[], { 'udp length': 1 }]);
    expect(count(udp(100))).toEqual([['OPTIONS cut'], { 'udp length': 1 }]);
    expect(count(udp(12))[1]).toEqual({});
  });

  test('in an authentication header', () => {
    const bytes = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { protocol: 51 }).data(hex('11ff')).bytes();
    expect(count(bytes)).toEqual([[], { 'ah length': 1 }]);
  });

  test('Ethernet padding is no payload', () => {
    const padded = Buffer.concat([
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060).text('OPTIONS').bytes(),
      Buffer.alloc(11),
    ]);
    expect(count(padded)).toEqual([['OPTIONS'], {}]);
  });
});

describe('what has no end', () => {
  test('tunnels in tunnels are opened to a depth', () => {
    const nested = Array.from({ length: 9 }).reduce<ReturnType<typeof frame>>(
      (built) => built.ipv4('10.0.0.1', '10.0.0.2'),
      frame().ethernet(),
    );
    expect(record(packetsOf([nested.udp(1, 2).text('x').bytes()]))).toMatchObject({
      seen: [],
      dropped: { tunnelDepth: 1 },
    });
    const ah = Array.from({ length: 9 }).reduce<ReturnType<typeof frame>>(
      (built) => built.authentication(),
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2'),
    );
    expect(record(packetsOf([ah.udp(1, 2).text('x').bytes()])).seen).toEqual([]);
  });

  test('VLAN tags on VLAN tags are followed to a number', () => {
    const tags = Array.from({ length: 20 }).reduce<ReturnType<typeof frame>>(
      (built) => built.vlan(1),
      frame().ethernet(),
    );
    expect(record(packetsOf([tags.ipv4('10.0.0.1', '10.0.0.2').udp(1, 2).text('x').bytes()])).packets).toEqual({
      other: 1,
    });
  });
});

describe('loose ends from a commit', () => {
  const piece: LooseBytes = {
    kind: 'tcp',
    place: 'tail',
    key: 'k',
    position: 0,
    more: true,
    source: '0a000001',
    destination: '0a000002',
    sourcePort: 1,
    destinationPort: 2,
    protocol: 6,
    bytes: Buffer.from('a'.repeat(300)).toString('base64'),
    seconds: 0,
    nanoseconds: 0,
    frame: 1,
  };
  const stitch = (pieces: LooseBytes[], limits = {}) => {
    const seen: string[] = [];
    const counters = new Counters();
    const network = new Network(
      {
        datagram: () => {},
        stream: (payload, joinedMidway, verdict) => {
          const text = payload.data.toString('latin1', payload.start, payload.end);
          seen.push(`${text.length}${joinedMidway ? ' midway' : ''}`);
          if (text.startsWith('!')) verdict.ignore = true;
        },
      },
      { ...DEFAULT_LIMITS, ...limits },
      counters,
    );
    for (const one of pieces) network.replay(one);
    return { seen, dropped: counters.toJSON().dropped };
  };

  test('with addresses that are none are passed over', () => {
    expect(stitch([{ ...piece, source: 'xyz' }]).seen).toEqual([]);
  });

  test('are bounded in bytes of a direction, of all, and in directions', () => {
    const next = { ...piece, place: 'head' as const, position: 300 };
    expect(stitch([piece, next], { tcpStreamBytes: 800 })).toEqual({
      seen: ['300 midway', '600 midway'],
      dropped: { tcpStreamBytes: 1 },
    });
    const other = { ...piece, sourcePort: 7 };
    expect(stitch([piece, other], { tcpStreams: 1 }).dropped).toEqual({ tcpStreams: 1 });
    expect(stitch([piece, other], { tcpBytes: 800 }).dropped).toEqual({ tcpStreams: 1 });
  });

  test('that nothing joined for a minute are forgotten', () => {
    const late = { ...piece, place: 'head' as const, position: 300, seconds: 61 };
    expect(stitch([piece, late]).seen).toEqual(['300 midway']);
    expect(stitch([piece, { ...late, seconds: 59 }]).seen).toEqual(['300 midway', '600 midway']);
  });

  test('that repeat what is held change nothing', () => {
    expect(stitch([piece, piece, { ...piece, position: 100, bytes: piece.bytes.slice(0, 40) }]).seen).toEqual([
      '300 midway',
    ]);
  });

  test('of a stream that the reader ignores are dropped', () => {
    const binary = { ...piece, bytes: Buffer.from('!bin').toString('base64') };
    expect(stitch([binary, { ...piece, place: 'head', position: 4 }]).seen).toEqual(['4 midway']);
  });

  test('of a TCP segment in IP fragments are joined first', () => {
    const segment = frame().tcp(1, 2, { sequence: 5 }).text('a segment').bytes();
    const fragment = (from: number, end: number, more: boolean): LooseBytes => ({
      ...piece,
      kind: 'fragment',
      key: '10.0.0.1>10.0.0.2/6/77',
      position: from,
      more,
      sourcePort: 0,
      destinationPort: 0,
      bytes: segment.toString('base64', from, end),
    });
    expect(stitch([fragment(0, 16, true), fragment(16, segment.length, false)]).seen).toEqual(['9 midway']);
    const bad = frame().tcp(1, 2, { offset: 60 }).text('x').bytes();
    const whole = (bytes: Buffer) => ({ ...fragment(0, 16, true), bytes: bytes.toString('base64', 0, 16) });
    expect(stitch([whole(bad), { ...fragment(16, 24, false), bytes: bad.toString('base64', 16) }]).seen).toEqual([]);
  });
});
