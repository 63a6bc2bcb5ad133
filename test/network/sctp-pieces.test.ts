import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Network } from '../../src/network/network.ts';
import type { LooseBytes } from '../../src/network/payload.ts';
import { data, forwardTsn, iData, iForwardTsn, overIp, type UserData } from '../support/sctp.ts';
import { packetOf, packetsOf, record } from './record.ts';

/** What the handler got of packets with one list of chunks each, as `frame text`. */
function read(...packets: Buffer[][]) {
  const { seen, ...rest } = record(packetsOf(packets.map((chunks) => overIp({}, ...chunks))));
  return { seen: seen.map((line) => line.replace(' sctp 10.0.0.1:2905>10.0.0.2:2906', '')), ...rest };
}

/** DATA chunks of a message cut into these texts. */
function pieces(tsn: number, texts: string[], fields: Partial<UserData> = {}): Buffer[] {
  return texts.map((payload, i) =>
    data({ ...fields, tsn: (tsn + i) % 2 ** 32, payload, flags: flagsAt(i, texts.length) + (fields.flags ?? '') }),
  );
}

function flagsAt(i: number, count: number): string {
  return (i === 0 ? 'B' : '') + (i === count - 1 ? 'E' : '');
}

describe('pieces of DATA', () => {
  test('of several streams come in any order', () => {
    const a = pieces(1, ['a1 ', 'a2 ', 'a3'], { stream: 1, ppid: 3 });
    const b = pieces(4, ['b1 ', 'b2'], { stream: 2, ppid: 4 });
    const c = pieces(6, ['c1 ', 'c2'], { stream: 1, sequence: 1, ppid: 3 });
    const { seen, loose } = read([b[1]], [c[0], a[2]], [a[0]], [b[0]], [c[1]], [a[1]]);
    expect(seen).toEqual(['4 b1 b2 ppid=4', '5 c1 c2 ppid=3', '6 a1 a2 a3 ppid=3']);
    expect(loose).toEqual([]);
  });

  test('come between whole messages and across the wrap of TSNs', () => {
    const message = pieces(0xffff_fffe, ['one ', 'two ', 'three ', 'four']);
    const whole = data({ tsn: 0xffff_fffd, payload: 'whole', stream: 4 });
    expect(read([message[3]], [message[0], whole], [message[2]], [message[1]]).seen).toEqual([
      '2 whole',
      '4 one two three four',
    ]);
  });

  test('with a loss among them do not hold up what comes after', () => {
    const lost = pieces(1, ['a', 'b', 'c']);
    const after = pieces(4, ['d', 'e']);
    const { seen, loose } = read([lost[2]], [after[1]], [lost[0]], [after[0]], [data({ tsn: 6, payload: 'f' })]);
    expect(seen).toEqual(['4 de', '5 f']);
    expect(loose.map(({ kind, position, more }) => [kind, position, more])).toEqual([
      ['sctp', 3, false],
      ['sctp', 1, true],
    ]);
  });

  test('without their beginning or their end are no message', () => {
    expect(read(pieces(1, ['a', 'b', 'c']).slice(1)).seen).toEqual([]);
    expect(read(pieces(1, ['a', 'b', 'c']).slice(0, 2)).seen).toEqual([]);
  });

  test('belong together by stream, sequence number and order of delivery', () => {
    const begin = (fields: Partial<UserData>) =>
      data({ tsn: 1, payload: 'a', ...fields, flags: `B${fields.flags ?? ''}` });
    const end = (fields: Partial<UserData>) =>
      data({ tsn: 2, payload: 'b', ...fields, flags: `E${fields.flags ?? ''}` });
    expect(read([begin({}), end({ stream: 1 })]).seen).toEqual([]);
    expect(read([begin({}), end({ sequence: 1 })]).seen).toEqual([]);
    expect(read([begin({}), end({ flags: 'U' })]).seen).toEqual([]);
    // The sequence number of an unordered message means nothing.
    expect(read([begin({ flags: 'U' }), end({ sequence: 1, flags: 'UI' })]).seen).toEqual(['1 ab']);
  });

  test('that come again are passed over, with other contents they replace what was there', () => {
    const [begin, end] = pieces(1, ['a', 'b']);
    expect(read([begin], [begin], [end], [end])).toMatchObject({ seen: ['3 ab'], packets: { 'sctp chunk again': 2 } });
    expect(read([begin], [data({ tsn: 1, payload: 'x', flags: 'B' })], [end]).seen).toEqual(['3 xb']);
  });

  test('older than a minute are forgotten', () => {
    const [begin, end] = pieces(1, ['a', 'b']).map((chunk) => overIp({}, chunk));
    const later = (seconds: number) =>
      record([packetOf(begin, { seconds: 100 }), packetOf(end, { seconds: 100 + seconds })]);
    expect(later(60).seen).toHaveLength(1);
    expect(later(61)).toMatchObject({ seen: [], anomalies: { 'sctp fragment timeout': 1 } });
  });

  test('that the sender gave up are forgotten', () => {
    const left = (...skipped: [number, number][]) => {
      const held = [
        pieces(10, ['a', 'b'], { stream: 1, sequence: 0xffff })[0],
        pieces(12, ['a', 'b'], { stream: 1, sequence: 3 })[0],
        pieces(14, ['a', 'b'], { stream: 2, sequence: 3 })[0],
        pieces(16, ['a', 'b'], { stream: 1, flags: 'U' })[0],
        pieces(18, ['a', 'b'], { stream: 1, sequence: 4 })[0],
      ];
      return read(held, [forwardTsn(17, ...skipped)]).loose.map(({ position }) => position);
    };
    expect(left()).toEqual([10, 12, 14, 16, 18]);
    expect(left([1, 2])).toEqual([12, 14, 16, 18]);
    expect(left([1, 3])).toEqual([14, 16, 18]);
    expect(left([1, 9], [2, 3])).toEqual([16, 18]);
    expect(left([2, 2], [7, 7])).toEqual([10, 12, 14, 16, 18]);
    const one = pieces(10, ['a', 'b'])[0];
    expect(read([one], [forwardTsn(10, [0, 0])], [one]).loose).toEqual([]);
  });
});

describe('pieces of I-DATA', () => {
  /** I-DATA chunks of a message, TSNs `step` apart. */
  const message = (tsn: number, step: number, texts: string[], fields: Partial<UserData>) =>
    texts.map((payload, i) =>
      iData({
        ...fields,
        tsn: (tsn + step * i) % 2 ** 32,
        payload,
        fragment: i,
        flags: flagsAt(i, texts.length) + (fields.flags ?? ''),
      }),
    );

  test('of several messages come by turns', () => {
    const a = message(1, 3, ['a1 ', 'a2 ', 'a3'], { stream: 1, ppid: 3 });
    const b = message(2, 3, ['b1 ', 'b2 ', 'b3'], { stream: 2, ppid: 4 });
    const c = message(3, 3, ['c1 ', 'c2'], { stream: 1, flags: 'U', ppid: 5 });
    const turns = [[a[0], b[0], c[0]], [a[1], b[1], c[1]], [b[2]], [a[2]]];
    expect(read(...turns).seen).toEqual(['2 c1 c2 ppid=5', '3 b1 b2 b3 ppid=4', '4 a1 a2 a3 ppid=3']);
    expect(read(...turns.reverse()).seen).toEqual(['4 a1 a2 a3 ppid=3', '4 b1 b2 b3 ppid=4', '4 c1 c2 ppid=5']);
  });

  test('have the PPID of the first, and any identifier of 32 bits', () => {
    const [begin, end] = message(0xffff_ffff, 1, ['a', 'b'], {
      sequence: 0xffff_ffff,
      stream: 0xffff,
      ppid: 0xffff_fffe,
    });
    expect(read([end], [begin]).seen).toEqual(['2 ab ppid=4294967294']);
  });

  test('may be all of a message', () => {
    expect(read([iData({ tsn: 1, payload: 'whole', ppid: 3 })]).seen).toEqual(['1 whole ppid=3']);
  });

  test('that the sender gave up are forgotten', () => {
    const left = (...skipped: [number, boolean, number][]) => {
      const held = [
        message(1, 1, ['a', 'b', 'c'], { stream: 1, sequence: 0xffff_ffff })[0],
        message(2, 1, ['a', 'b', 'c'], { stream: 1, sequence: 5 })[1],
        message(4, 1, ['a', 'b'], { stream: 2, sequence: 5 })[0],
        message(5, 1, ['a', 'b'], { stream: 1, sequence: 5, flags: 'U' })[0],
        pieces(6, ['a', 'b'], { stream: 1 })[0],
      ];
      return read(held, [iForwardTsn(9, ...skipped)]).loose.map(({ position }) => position);
    };
    expect(left([1, false, 4])).toEqual([3, 4, 5, 6]);
    expect(left([1, false, 5])).toEqual([4, 5, 6]);
    expect(left([1, true, 5], [2, false, 5])).toEqual([1, 3, 6]);
    expect(read([message(1, 1, ['a', 'b'], {})[0]], [iForwardTsn(9, [0, false, 0])]).loose).toEqual([]);
  });
});

describe('pieces held are bounded', () => {
  const long = 'x'.repeat(100);

  test('in bytes of one direction: the oldest make room', () => {
    const begins = [1, 3, 5].map((tsn) => data({ tsn, payload: long, flags: 'B' }));
    const limits = { tcpStreamBytes: 800 };
    const { loose, dropped } = record(packetsOf(begins.map((chunk) => overIp({}, chunk))), limits);
    expect(loose.map(({ position }) => position)).toEqual([3, 5]);
    expect(dropped).toEqual({ sctpMessages: 1 });
    const messages = [1, 2, 3].map((tsn) => iData({ tsn, payload: long, sequence: tsn, flags: 'B' }));
    const interleaved = record(packetsOf(messages.map((chunk) => overIp({}, chunk))), limits);
    expect(interleaved.loose.map(({ position }) => position)).toEqual([2, 3]);
  });

  test('in number and in bytes of all: directions that got none for longest make room', () => {
    const begin = (port: number, tsn: number) => overIp({ sourcePort: port }, data({ tsn, payload: long, flags: 'B' }));
    const frames = [begin(1, 1), begin(2, 1), begin(1, 3), begin(3, 1)];
    for (const limits of [{ sctpMessages: 3 }, { tcpBytes: 1200 }]) {
      const { loose, dropped } = record(packetsOf(frames), limits);
      expect(loose.map(({ sourcePort }) => sourcePort)).toEqual([1, 1, 3]);
      expect(dropped).toEqual({ sctpMessages: 1 });
    }
    expect(record(packetsOf(frames), { sctpMessages: 0 }).loose).toEqual([]);
  });

  test('in loose ends', () => {
    const begin = overIp({}, data({ tsn: 1, payload: long, flags: 'B' }));
    expect(record([packetOf(begin)], { looseBytes: 300 })).toMatchObject({ loose: [], dropped: { looseBytes: 1 } });
  });
});

describe('pieces left open at the end of a capture', () => {
  const chunks = pieces(0xffff_ffff, ['one ', 'two ', 'three'], { ppid: 3, stream: 5 });

  test('are loose ends with all that joins them', () => {
    const { loose } = record(packetsOf([overIp({ tag: 0xfeed_0001 }, chunks[0])]));
    expect(loose).toMatchObject([
      {
        kind: 'sctp',
        place: 'tail',
        key: '10.0.0.1:2905>10.0.0.2:2906/4276944897',
        position: 0xffff_ffff,
        more: true,
        source: '0a000001',
        destination: '0a000002',
        sourcePort: 2905,
        destinationPort: 2906,
        protocol: 132,
        frame: 1,
      },
    ]);
  });

  test('cut by the snap length are not', () => {
    const whole = overIp({}, chunks[0]);
    const cut = packetOf(whole.subarray(0, whole.length - 2), { originalLength: whole.length });
    expect(record([cut]).loose).toEqual([]);
  });

  test('are joined across captures, also those of several address pairs', () => {
    const other = { source: '10.9.0.1', destination: '10.9.0.2' };
    const loose = [overIp({}, chunks[0]), overIp(other, chunks[2]), overIp({}, chunks[1])].flatMap(
      (bytes, i) => record([packetOf(bytes, { frame: 10 + i, seconds: i })]).loose,
    );
    const seen: string[] = [];
    const counters = new Counters();
    const stitch = new Network(
      {
        datagram({ data, start, end, frame, seconds, ppid, sourcePort }) {
          seen.push(`${frame} ${seconds} ${sourcePort} ${ppid} ${data.toString('latin1', start, end)}`);
        },
        stream() {},
      },
      DEFAULT_LIMITS,
      counters,
    );
    for (const piece of JSON.parse(JSON.stringify(loose)) as LooseBytes[]) stitch.replay(piece);
    expect(seen).toEqual(['12 2 2905 3 one two three']);
    for (const bytes of ['', 'AAAA', 'AAMAAA==', '/////w==']) stitch.replay({ ...loose[0], bytes });
  });

  test('wait in a stitch for the next one', () => {
    const network = () => new Network({ datagram() {}, stream() {} }, DEFAULT_LIMITS, new Counters());
    const stitch = network();
    const { loose } = record(packetsOf([overIp({}, chunks[0])]));
    stitch.replay(loose[0]);
    expect(stitch.held()).toEqual(loose);
  });
});

test('messages in pieces of any size, in any order, sent again and bundled, come once each', () => {
  const message = fc.record({
    text: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 40 }),
    cuts: fc.array(fc.nat(40), { maxLength: 4 }),
    stream: fc.nat(3),
    unordered: fc.boolean(),
    ppid: fc.nat(5),
  });
  const sent = fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 8 }),
    interleaved: fc.boolean(),
    first: fc.constantFrom(0, 5, 0x7fff_fffa, 0xffff_fffa),
    order: fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }),
    bundle: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 5 }),
    again: fc.array(fc.nat(1000), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(sent, ({ messages, interleaved, first, order, bundle, again }) => {
      let tsn = first;
      const chunks = messages.flatMap(({ text, cuts, stream, unordered, ppid }, sequence) => {
        const places = [...new Set([0, ...cuts.map((cut) => cut % text.length), text.length])].sort((a, b) => a - b);
        return places.slice(1).map((end, i) => {
          const flags = flagsAt(i, places.length - 1) + (unordered ? 'U' : '');
          const payload = text.slice(places[i], end);
          const build = interleaved ? iData : data;
          return build({ tsn: tsn++ % 2 ** 32, payload, stream, sequence, ppid, flags, fragment: i });
        });
      });
      const shuffled = chunks.map((chunk, i) => ({ chunk, at: order[i % order.length] + i / 1000 }));
      shuffled.push(...again.map((at, i) => ({ chunk: chunks[at % chunks.length], at: 500 + 100 * i })));
      shuffled.sort((a, b) => a.at - b.at);
      const packets: Buffer[][] = [];
      for (let i = 0, n = 0; i < shuffled.length; n++) {
        const size = bundle[n % bundle.length];
        packets.push(shuffled.slice(i, i + size).map(({ chunk }) => chunk));
        i += size;
      }
      const { seen, loose } = read(...packets);
      const texts = messages.map(({ text, ppid }) => `${text}${ppid === 0 ? '' : ` ppid=${ppid}`}`);
      expect(seen.map((line) => line.replace(/^\d+ /, '')).sort()).toEqual(texts.sort());
      expect(loose).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
