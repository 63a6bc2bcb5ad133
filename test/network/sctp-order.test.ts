import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { abort, data, forwardTsn, iData, init, overIp, type SctpEnds, sack, type UserData } from '../support/sctp.ts';
import { packetOf, record } from './record.ts';

const BACK = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 2906, destinationPort: 2905, tag: 0x5eed_0002 };

/** A packet at so many seconds. */
type Sent = [at: number, ends: SctpEnds, ...chunks: Buffer[]];

/** What the handler got, in its order, as `frame text`. */
function read(...sent: Sent[]): string[] {
  return readWith({}, ...sent).seen;
}

function readWith(limits: object, ...sent: Sent[]) {
  const packets = sent.map(([at, ends, ...chunks], index) =>
    packetOf(overIp(ends, ...chunks), {
      frame: index + 1,
      seconds: 1_600_000_000 + Math.floor(at),
      nanoseconds: Math.round((at % 1) * 1e9),
    }),
  );
  const { seen, ...rest } = record(packets, limits);
  return { seen: seen.map((line) => line.replace(/ sctp \S+/, '')), ...rest };
}

/** Messages `m0`, `m1`... of one stream, TSNs and sequence numbers from these on. */
function messages(
  count: number,
  tsn = 100,
  sequence = 0,
  build: (fields: UserData) => Buffer = data,
  size = 0x1_0000,
): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    build({ tsn: (tsn + i) % 2 ** 32, sequence: (sequence + i) % size, payload: `m${i}`, stream: 1 }),
  );
}

describe('messages of a stream (RFC 9260 section 6.6)', () => {
  test('come in the order of their numbers where one was sent again, each with its own frame', () => {
    const [a, b, c, d] = messages(4);
    expect(read([0, {}, a], [0.1, {}, c], [0.2, {}, d], [0.9, {}, b])).toEqual(['1 m0', '4 m1', '2 m2', '3 m3']);
  });

  test.each([
    ['sequence numbers', messages(6, 0x7fff_fffd, 0xfffd)],
    ['TSNs', messages(6, 0xffff_fffd, 7)],
    ['message identifiers (RFC 8260 section 2.2.3)', messages(6, 0xffff_fffd, 0xffff_fffe, iData, 2 ** 32)],
  ])('do so over the wrap of %s', (_, [a, b, c, d, e, f]) => {
    expect(read([0, {}, a], [0, {}, f], [0, {}, c], [0, {}, e], [0, {}, b], [0, {}, d])).toEqual([
      '1 m0',
      '5 m1',
      '3 m2',
      '6 m3',
      '4 m4',
      '2 m5',
    ]);
  });

  test('do not wait for another stream, nor where they are unordered', () => {
    const [a, b, c] = messages(3);
    const other = data({ tsn: 103, stream: 2, sequence: 0, payload: 'other' });
    const unordered = data({ tsn: 104, stream: 1, sequence: 9, payload: 'urgent', flags: 'BEU' });
    expect(read([0, {}, a], [0, {}, c], [0, {}, other, unordered], [0.1, {}, b])).toEqual([
      '1 m0',
      '3 other',
      '3 urgent',
      '4 m1',
      '2 m2',
    ]);
  });

  test('wait for one that comes in pieces', () => {
    const [a] = messages(1);
    const begin = data({ tsn: 101, stream: 1, sequence: 1, payload: 'be', flags: 'B' });
    const end = data({ tsn: 102, stream: 1, sequence: 1, payload: 'gin', flags: 'E' });
    const last = data({ tsn: 103, stream: 1, sequence: 2, payload: 'last' });
    expect(read([0, {}, a], [0, {}, end], [0, {}, last], [0.5, {}, begin])).toEqual(['1 m0', '4 begin', '3 last']);
    expect(read([0, {}, a], [0, {}, begin], [0, {}, last], [0.5, {}, end])).toEqual(['1 m0', '4 begin', '3 last']);
  });

  test('that is joined midway begins where it is joined', () => {
    const [, b, c] = messages(3, 500, 77);
    expect(read([0, {}, c], [0.2, {}, b])).toEqual(['1 m2', '2 m1']);
  });

  test('come once each, by whatever path', () => {
    const [a, b, c] = messages(3);
    const other = { source: '10.1.0.1', destination: '10.1.0.2' };
    expect(read([0, {}, a], [0, {}, c], [0, {}, c], [0.4, other, b], [0.5, {}, b], [0.6, other, a, b, c])).toEqual([
      '1 m0',
      '4 m1',
      '2 m2',
    ]);
  });
});

describe('a message waits for what is missing', () => {
  const [a, b, c, d] = messages(4);

  test('for two seconds of packet time, which any association tells', () => {
    const elsewhere = { sourcePort: 7 };
    const x = data({ tsn: 1, payload: 'x' });
    expect(read([0, {}, a], [1, {}, c], [2.9, elsewhere, x], [2.99, {}, b])).toEqual(['1 m0', '3 x', '4 m1', '2 m2']);
    expect(read([0, {}, a], [1, {}, c], [3, elsewhere, x], [3.1, {}, d], [3.2, {}, b])).toEqual([
      '1 m0',
      '2 m2',
      '3 x',
      '4 m3',
      '5 m1',
    ]);
  });

  test('until the receiver has acknowledged it: then the capture lacks it', () => {
    // The SACK that tells of the gap has the TSN before it.
    expect(read([0, {}, a], [0, {}, c], [0.1, BACK, sack(100)], [0.5, {}, b])).toEqual(['1 m0', '4 m1', '2 m2']);
    const reply = data({ tsn: 9, payload: 'reply' });
    expect(read([0, {}, a], [0, {}, c], [0.1, BACK, sack(101), reply])).toEqual(['1 m0', '2 m2', '3 reply']);
    expect(read([0, {}, a], [0, {}, c], [0.1, {}, forwardTsn(101)], [0.2, {}, d])).toEqual(['1 m0', '2 m2', '4 m3']);
  });

  test('until the capture or the association ends', () => {
    expect(read([0, {}, a], [0, {}, d], [0, {}, c])).toEqual(['1 m0', '3 m2', '2 m3']);
    const x = data({ tsn: 1, payload: 'x' });
    expect(read([0, {}, a], [0, {}, c], [0, {}, abort()], [0, { sourcePort: 7 }, x])).toEqual(['1 m0', '2 m2', '4 x']);
  });

  test('not where the sender counts anew, or more is missing than a loss takes', () => {
    expect(read([0, {}, a], [0, {}, c], [0, {}, data({ tsn: 900, sequence: 0, stream: 1, payload: 'anew' })])).toEqual([
      '1 m0',
      '2 m2',
      '3 anew',
    ]);
    const [far] = messages(1, 900, 800);
    expect(read([0, {}, a], [0, {}, c], [0, {}, far])).toEqual(['1 m0', '2 m2', '3 m0']);
    const same = { tag: 1 };
    const first = [a, b].map((_, i) => data({ tsn: 7 + i, sequence: i, stream: 1, payload: `m${i}` }));
    const gap = data({ tsn: 10, sequence: 3, stream: 1, payload: 'm3' });
    expect(read([0, same, ...first], [0, same, gap], [0, { tag: 0 }, init(1, 7)], [1, same, ...first])).toEqual([
      '1 m0',
      '1 m1',
      '2 m3',
      '4 m0',
      '4 m1',
    ]);
  });

  test('not in captures that lack many: after three waits in vain, until something comes late', () => {
    const odd = (i: number) => data({ tsn: 200 + 2 * i, sequence: 2 * i, stream: 1, payload: `m${2 * i}` });
    const sent = [0, 1, 2, 3, 4, 5].map((i): Sent => [3 * i, {}, odd(i)]);
    const late = data({ tsn: 209, sequence: 9, stream: 1, payload: 'late' });
    expect(read(...sent, [15.5, {}, odd(7)])).toEqual(['1 m0', '2 m2', '3 m4', '4 m6', '5 m8', '6 m10', '7 m14']);
    expect(read(...sent, [15.5, {}, late], [15.6, {}, odd(6)], [15.7, { sourcePort: 7 }, odd(0)])).toEqual([
      '1 m0',
      '2 m2',
      '3 m4',
      '4 m6',
      '5 m8',
      '6 m10',
      '7 late',
      '9 m0',
      '8 m12',
    ]);
  });

  test('within bounds', () => {
    const many = messages(400);
    const { seen } = readWith({}, [0, {}, many[0]], ...many.slice(2, 302).map((chunk): Sent => [0, {}, chunk]));
    // The last of those that are missing would have come first: the bound of 256 lets all go on.
    expect(seen).toHaveLength(301);
    const few = [...many.slice(2, 6)].map((chunk): Sent => [0, {}, chunk]);
    const x: Sent = [0, { sourcePort: 7 }, data({ tsn: 1, payload: 'x' })];
    const bounded = readWith({ sctpMessages: 3 }, [0, {}, many[0]], ...few, x);
    expect(bounded.seen).toEqual(['1 m0', '2 m2', '3 m3', '4 m4', '5 m5', '6 x']);
    expect(bounded.dropped).toEqual({ sctpMessages: 1 });
    expect(readWith({ tcpBytes: 100 }, [0, {}, many[0]], few[0], x).seen).toEqual(['1 m0', '2 m2', '3 x']);
  });
});

test('messages that lack none come once each, and in the order of their stream, however they are mixed and sent again', () => {
  const sent = fc.record({
    streams: fc.array(fc.nat(2), { minLength: 1, maxLength: 30 }),
    interleaved: fc.boolean(),
    tsn: fc.constantFrom(5, 0x7fff_fff0, 0xffff_fff0),
    sequence: fc.constantFrom(0, 0x7ff8, 0xfff8),
    order: fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }),
    again: fc.array(fc.nat(1000), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(sent, ({ streams, interleaved, tsn, sequence, order, again }) => {
      const next = new Map<number, number>();
      const texts = new Map<number, string[]>();
      const first: Buffer[] = [];
      const rest: { chunk: Buffer; at: number }[] = [];
      for (const [i, stream] of streams.entries()) {
        const number = next.get(stream) ?? sequence;
        const fields = { tsn: (tsn + i) % 2 ** 32, stream, sequence: number, payload: `${stream}:${i}` };
        const chunk = interleaved ? iData(fields) : data(fields);
        // A stream begins where it is joined.
        if (next.has(stream)) rest.push({ chunk, at: order[i] });
        else first.push(chunk);
        next.set(stream, interleaved ? number + 1 : (number + 1) % 0x1_0000);
        texts.set(stream, [...(texts.get(stream) ?? []), fields.payload]);
      }
      for (const at of again) if (rest.length > 0) rest.push({ ...rest[at % rest.length], at: 2 * at });
      const mixed = rest.sort((a, b) => a.at - b.at).map(({ chunk }): Sent => [0, {}, chunk]);
      const seen = read([0, {}, ...first], ...mixed).map((line) => line.replace(/^\d+ /, ''));
      expect(seen).toHaveLength(streams.length);
      for (const [stream, expected] of texts)
        expect(seen.filter((text) => text.startsWith(`${stream}:`))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
