import { describe, expect, test } from 'vitest';
import { type DataChunk, frame, hex, u32 } from '../support/frames.ts';
import { abort, chunk, data, init, overIp, sack } from '../support/sctp.ts';
import { packetOf, packetsOf, record } from './record.ts';

function sctp(...chunks: (DataChunk | Buffer)[]): Buffer {
  return frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .sctp(2905, 2906, ...chunks)
    .bytes();
}

function shown(seen: string[]): string[] {
  return seen.map((line) => line.replace(' sctp 10.0.0.1:2905>10.0.0.2:2906', ''));
}

const INIT = Buffer.concat([hex('0100 0014'), u32(1), u32(65_535), hex('000a 000a'), u32(1)]);

describe('SCTP', () => {
  test('each DATA chunk is a message, with its payload protocol', () => {
    const frames = [sctp({ tsn: 1, payload: 'one', ppid: 3 }, { tsn: 2, payload: 'two', ppid: 46 })];
    const { seen, packets } = record(packetsOf(frames));
    expect(shown(seen)).toEqual(['1 one ppid=3', '1 two ppid=46']);
    expect(packets).toEqual({ ip: 1, sctp: 1 });
  });

  test('a chunk sent again is passed over, until the association begins anew', () => {
    const frames = [
      sctp({ tsn: 1, payload: 'one' }),
      sctp({ tsn: 1, payload: 'one' }, { tsn: 2, payload: 'two' }),
      sctp(INIT),
      sctp({ tsn: 1, payload: 'three' }),
    ];
    expect(shown(record(packetsOf(frames)).seen)).toEqual(['1 one', '2 two', '4 three']);
  });

  test('pieces of a message are put together by TSN, over the wrap and in any order', () => {
    const pieces: DataChunk[] = [
      { tsn: 0xffff_ffff, payload: 'one ', flags: 'B', ppid: 3 },
      { tsn: 0, payload: 'two ', flags: '', ppid: 3 },
      { tsn: 1, payload: 'three', flags: 'E', ppid: 3 },
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const frames = order.map((i) => sctp(pieces[i]));
      expect(shown(record(packetsOf(frames)).seen)).toEqual(['3 one two three ppid=3']);
    }
  });

  test('pieces that do not belong together are not joined', () => {
    const frames = [
      sctp({ tsn: 1, payload: 'a', flags: 'B', stream: 1 }),
      sctp({ tsn: 2, payload: 'b', flags: 'E', stream: 2 }),
      sctp({ tsn: 5, payload: 'c', flags: 'B' }, { tsn: 7, payload: 'd', flags: 'E' }),
      sctp({ tsn: 9, payload: 'e', flags: 'B' }, { tsn: 10, payload: 'f', flags: 'B' }),
    ];
    expect(record(packetsOf(frames)).seen).toEqual([]);
  });

  test('other chunks are passed over, impossible ones counted', () => {
    const heartbeat = hex('0400 0008 0001 0004');
    const frames = [
      sctp(heartbeat, { tsn: 1, payload: 'one' }),
      sctp(hex('0003 0002 00000000'), { tsn: 2, payload: 'lost' }),
      sctp(hex('0003 0020 00000003 0000 0000 00000000'), Buffer.from('ab')),
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { protocol: 132 }).text('short').bytes(),
    ];
    const { seen, anomalies } = record(packetsOf(frames));
    expect(shown(seen)).toEqual(['1 one', '3 ab cut']);
    expect(anomalies).toEqual({ 'sctp chunk length': 2, 'sctp header': 1 });
  });

  test('a message cut by the snap length is shown as far as it goes', () => {
    const cut = (chunk: DataChunk, by: number) => {
      const whole = sctp(chunk);
      return packetOf(whole.subarray(0, whole.length - by), { originalLength: whole.length });
    };
    expect(shown(record([cut({ tsn: 1, payload: 'abcdefgh' }, 3)]).seen)).toEqual(['1 abcde cut']);
    const packets = [
      cut({ tsn: 1, payload: 'abcdefgh', flags: 'B' }, 3),
      packetOf(sctp({ tsn: 2, payload: 'tail', flags: 'E' }), { frame: 2 }),
    ];
    expect(shown(record(packets).seen)).toEqual(['2 abcde cut']);
  });

  test('pieces held are bounded in number, in bytes of one direction and of all', () => {
    const begin = (port: number, payload: string) =>
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').sctp(port, 1, { tsn: port, payload, flags: 'B' }).bytes();
    const frames = [1, 2, 3].map((port) => begin(port, 'x'.repeat(100)));
    expect(record(packetsOf(frames), { sctpMessages: 2 }).dropped).toEqual({ sctpMessages: 1 });
    expect(record(packetsOf(frames), { tcpBytes: 800 }).dropped).toEqual({ sctpMessages: 1 });
    const one = [1, 3].map((tsn) => sctp({ tsn, payload: 'x'.repeat(100), flags: 'B' }));
    expect(record(packetsOf(one), { tcpStreamBytes: 500 }).dropped).toEqual({ sctpMessages: 1 });
  });
});

/** What the handler got of Ethernet frames, without the usual ends. */
function read(...frames: Buffer[]) {
  const { seen, ...rest } = record(packetsOf(frames));
  return { seen: shown(seen), ...rest };
}

describe('chunks of one packet', () => {
  test('are thirteen, each padded as its length needs', () => {
    const texts = Array.from({ length: 13 }, (_, i) => 'abcdefghijklm'.slice(0, i + 1));
    const chunks = texts.map((payload, i) => data({ tsn: i, payload, ppid: 3 }));
    expect(read(overIp({}, ...chunks)).seen).toEqual(texts.map((text) => `1 ${text} ppid=3`));
  });

  test('may lack the padding of the last one', () => {
    const whole = overIp({}, data({ tsn: 1, payload: 'one' }), data({ tsn: 2, payload: 'two' }));
    const ip = whole.readUInt16BE(16);
    whole.writeUInt16BE(ip - 1, 16);
    expect(read(whole.subarray(0, whole.length - 1))).toMatchObject({ seen: ['1 one', '1 two'], anomalies: {} });
  });

  test('are of any kind between the data', () => {
    const between = [0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0b, 0x0f, 0x80, 0x81, 0x82, 0x84, 0xc1, 0x7f].map((type) =>
      chunk(type, 0, hex('00000001 0002')),
    );
    const frames = overIp({}, data({ tsn: 1, payload: 'one' }), ...between, data({ tsn: 2, payload: 'two' }));
    expect(read(frames)).toMatchObject({ seen: ['1 one', '1 two'], anomalies: {} });
  });

  test('without user data, and of no length, are counted', () => {
    const empty = [data({ tsn: 1, payload: '' }), chunk(64, 3, Buffer.alloc(16)), chunk(0, 3, Buffer.alloc(4))];
    const zero = hex('00030000');
    const { seen, anomalies } = read(
      overIp({}, ...empty, data({ tsn: 2, payload: 'two' }), zero, data({ tsn: 3, payload: 'three' })),
    );
    expect(seen).toEqual(['1 two']);
    expect(anomalies).toEqual({ 'sctp data without bytes': 3, 'sctp chunk length': 1 });
  });

  test('cut at every length by a snap length are shown as far as they go', () => {
    const texts = ['first', 'the second', 'third'];
    const whole = overIp({}, ...texts.map((payload, tsn) => data({ tsn, payload })));
    const ends = texts.map(
      (_, i) => 14 + 20 + 12 + texts.slice(0, i + 1).reduce((sum, text) => sum + 16 + ((text.length + 3) & ~3), 0),
    );
    for (let length = 0; length <= whole.length; length++) {
      const { seen, anomalies } = record([packetOf(whole.subarray(0, length), { originalLength: whole.length })]);
      const expected = texts.flatMap((text, i) => {
        const padding = -text.length & 3;
        const there = Math.min(text.length, length - (ends[i] - padding - text.length));
        return there <= 0 ? [] : [`1 ${text.slice(0, there)}${there < text.length ? ' cut' : ''}`];
      });
      expect(shown(seen), `${length} bytes`).toEqual(expected);
      expect(anomalies).toEqual({});
    }
  });

  test('cut at every length without a snap length are no reason to fail', () => {
    const whole = overIp(
      {},
      init(1, 2),
      data({ tsn: 1, payload: 'one', flags: 'B' }),
      abort(),
      sack(),
      data({ tsn: 2, payload: 'two' }),
    );
    for (let length = 0; length < whole.length; length++) read(whole.subarray(0, length));
  });
});

describe('retransmissions', () => {
  test('are known among as many chunks as a busy association sends in seconds', () => {
    const frames: Buffer[] = [];
    for (let tsn = 0; tsn < 5000; tsn++)
      frames.push(overIp({}, data({ tsn: (0xffff_f000 + tsn) % 2 ** 32, payload: `m${tsn}` })));
    const late = Array.from({ length: 100 }, (_, i) => frames[1000 + 40 * i]);
    const { seen, packets } = read(...frames, ...late);
    expect(seen).toHaveLength(5000);
    expect(packets).toEqual({ ip: 5100, sctp: 5100, 'sctp chunk again': 100 });
  });

  test('may come late, before and after the wrap of TSNs, and bundled otherwise', () => {
    const chunks = Array.from({ length: 20 }, (_, i) => data({ tsn: (0xffff_fff6 + i) % 2 ** 32, payload: `m${i}` }));
    const order = [3, 1, 0, 12, 2, 5, 4, 9, 8, 7, 6, 10, 11, 19, 18, 13, 15, 17, 14, 16];
    const frames = order.map((i) => overIp({}, chunks[i]));
    expect(read(...frames, overIp({}, ...chunks)).seen).toEqual(order.map((i, n) => `${n + 1} m${i}`));
  });

  test('that come whole after a cut one, or cut after a whole one, are known too', () => {
    const [one, two] = [data({ tsn: 1, payload: 'one one one' }), data({ tsn: 2, payload: 'two two two' })];
    const both = overIp({}, one, two);
    const alone = overIp({}, two);
    const cut = (bytes: Buffer, n: number, by: number) =>
      packetOf(bytes.subarray(0, bytes.length - by), { frame: n, originalLength: bytes.length });
    expect(shown(record([cut(both, 1, 6), cut(alone, 2, 0)]).seen)).toEqual(['1 one one one', '1 two tw cut']);
    expect(shown(record([cut(alone, 1, 0), cut(both, 2, 6)]).seen)).toEqual(['1 two two two', '2 one one one']);
  });

  test('are not taken for such where the contents differ', () => {
    const frames = ['one', 'two', 'two'].map((payload) => overIp({}, data({ tsn: 1, payload })));
    expect(read(...frames)).toMatchObject({
      seen: ['1 one', '2 two'],
      anomalies: { 'sctp tsn reused': 1 },
      packets: { 'sctp chunk again': 1 },
    });
  });

  test('are not looked for in packets without a tag, which no association sends', () => {
    const one = overIp({ tag: 0 }, data({ tsn: 1, payload: 'one' }));
    expect(read(one, one)).toMatchObject({ seen: ['1 one', '2 one'], anomalies: {} });
  });
});

describe('an association', () => {
  const first = { source: '10.0.0.1', destination: '10.0.0.2', tag: 0x8000_0005 };
  const second = { source: '10.1.0.1', destination: '10.1.0.2', tag: 0x8000_0005 };
  const six = frame().ethernet().ipv6('2001:db8::1', '2001:db8::2', { next: 132 });
  const ends = (seen: string[]) => seen.map((line) => line.replace(/:290[56]/g, '').replace(' sctp', ''));

  test('carries two protocols together', () => {
    const frames = [
      overIp(
        {},
        data({ tsn: 1, payload: 'isup', ppid: 3, stream: 1 }),
        data({ tsn: 2, payload: 'sccp', ppid: 4, stream: 2 }),
      ),
      overIp(
        {},
        data({ tsn: 3, payload: 'sccp', ppid: 0x0400_0000, stream: 2 }),
        data({ tsn: 4, payload: 'isup', ppid: 3, stream: 1 }),
      ),
    ];
    expect(read(...frames).seen).toEqual(['1 isup ppid=3', '1 sccp ppid=4', '2 sccp ppid=67108864', '2 isup ppid=3']);
  });

  test('has several pairs of addresses: what is sent again over another one came before', () => {
    const one = data({ tsn: 1, payload: 'one' });
    const { seen } = record(
      packetsOf([
        overIp(first, one),
        overIp(second, one, data({ tsn: 2, payload: 'two' })),
        overIp(first, data({ tsn: 2, payload: 'two' })),
      ]),
    );
    expect(ends(seen)).toEqual(['1 10.0.0.1>10.0.0.2 one', '2 10.1.0.1>10.1.0.2 two']);
    const mixed = record(packetsOf([overIp(first, one), six.raw('0b590b5a 80000005 00000000').data(one).bytes()]));
    expect(ends(mixed.seen)).toEqual(['1 10.0.0.1>10.0.0.2 one']);
  });

  test('has the pieces of a message on several pairs of addresses', () => {
    const { seen } = record(
      packetsOf([
        overIp(first, data({ tsn: 1, payload: 'one ', flags: 'B' })),
        overIp(second, data({ tsn: 3, payload: 'three', flags: 'E' })),
        overIp({ ...first, destination: '10.1.0.2' }, data({ tsn: 2, payload: 'two ', flags: '' })),
      ]),
    );
    expect(ends(seen)).toEqual(['3 10.0.0.1>10.1.0.2 one two three']);
  });

  test('is another one where ports or tag differ, or where the tag was not drawn at random', () => {
    const one = data({ tsn: 1, payload: 'one' });
    const seenOf = (a: object, b: object) => record(packetsOf([overIp(a, one), overIp(b, one)])).seen.length;
    expect(seenOf(first, second)).toBe(1);
    expect(seenOf(first, { ...second, tag: 0x8000_0006 })).toBe(2);
    expect(seenOf(first, { ...second, sourcePort: 2904 })).toBe(2);
    expect(seenOf(first, { ...second, destinationPort: 2904 })).toBe(2);
    expect(seenOf({ ...first, tag: 5 }, { ...second, tag: 5 })).toBe(2);
    // The way back, of software that gives both directions one tag.
    const same = { sourcePort: 2905, destinationPort: 2905 };
    expect(seenOf({ ...first, ...same }, { ...first, ...same, source: '10.0.0.2', destination: '10.0.0.1' })).toBe(2);
  });

  test('is told from another that happens to have its tag and ports by what it sends', () => {
    const frames = [
      overIp(first, data({ tsn: 1, payload: 'one' })),
      overIp(second, data({ tsn: 1, payload: 'uno' })),
      overIp(second, data({ tsn: 2, payload: 'two' })),
      overIp(first, data({ tsn: 2, payload: 'two' })),
      overIp(second, data({ tsn: 2, payload: 'two' })),
      overIp(first, data({ tsn: 2, payload: 'two' })),
    ];
    const { seen, anomalies } = record(packetsOf(frames));
    expect(ends(seen)).toEqual([
      '1 10.0.0.1>10.0.0.2 one',
      '2 10.1.0.1>10.1.0.2 uno',
      '3 10.1.0.1>10.1.0.2 two',
      '4 10.0.0.1>10.0.0.2 two',
    ]);
    expect(anomalies).toEqual({ 'sctp tsn reused': 1 });
  });

  test('begins anew with other tags, and what it sends has nothing to do with what it sent before', () => {
    const frames = [
      overIp({ tag: 0x9000_0001 }, data({ tsn: 1, payload: 'one' }), data({ tsn: 2, payload: 'begin', flags: 'B' })),
      overIp({ tag: 0 }, init(0x9000_0007, 1)),
      overIp({ tag: 0x9000_0002 }, data({ tsn: 1, payload: 'one' }), data({ tsn: 3, payload: 'end', flags: 'E' })),
    ];
    expect(read(...frames).seen).toEqual(['1 one', '3 one']);
  });

  test('goes on where an attempt to begin anew came to nothing', () => {
    const frames = [
      overIp({}, data({ tsn: 1, payload: 'one' }), data({ tsn: 2, payload: 'be', flags: 'B' })),
      overIp({ tag: 0 }, init(0x9000_0007, 9000)),
      overIp({}, data({ tsn: 1, payload: 'one' }), data({ tsn: 3, payload: 'gin', flags: 'E' })),
    ];
    expect(read(...frames).seen).toEqual(['1 one', '3 begin']);
  });

  test('begins anew with INIT and INIT ACK where the tag stays', () => {
    const same = { tag: 1 };
    const sent = overIp(same, data({ tsn: 7, payload: 'one' }), data({ tsn: 8, payload: 'two' }));
    for (const again of [overIp({ tag: 0 }, init(1, 7)), overIp(same, init(1, 7, true))]) {
      expect(read(sent, again, sent, sent).seen).toEqual(['1 one', '1 two', '3 one', '3 two']);
    }
    expect(read(sent, overIp({ tag: 0 }, init(1, 8).subarray(0, 16)), sent).seen).toEqual(['1 one', '1 two']);
  });

  test('that ends leaves nothing unfinished', () => {
    const begin = overIp({ tag: 0x7000_0001 }, data({ tsn: 1, payload: 'be', flags: 'B' }));
    const end = overIp({ tag: 0x7000_0001 }, data({ tsn: 2, payload: 'gin', flags: 'E' }));
    const back = {
      source: '10.0.0.2',
      destination: '10.0.0.1',
      sourcePort: 2906,
      destinationPort: 2905,
      tag: 0x7000_0002,
    };
    const other = overIp(back, data({ tsn: 1, payload: 'x', flags: 'B' }));
    const complete = chunk(14, 0, Buffer.alloc(0));
    const left = (...frames: Buffer[]) => {
      const { seen, loose } = record(packetsOf(frames));
      return seen.length + loose.length;
    };
    expect(left(begin, other)).toBe(2);
    expect(left(begin, other, overIp({ tag: 0x7000_0001 }, abort()))).toBe(0);
    expect(left(begin, other, overIp(back, complete))).toBe(0);
    // A tag reflected is that of the other direction.
    expect(left(begin, other, overIp({ ...back, tag: 0x7000_0001 }, abort(true)))).toBe(0);
    // Anybody may send an ABORT; only one with the right tag counts.
    expect(left(begin, overIp({ tag: 0x7000_0009 }, abort()), end)).toBe(1);
    expect(read(begin, overIp({ tag: 0x7000_0009 }, abort()), end).seen).toEqual(['3 begin']);
    expect(read(begin, overIp({ tag: 0x7000_0001 }, abort(true)), end).seen).toEqual(['3 begin']);
    expect(read(overIp({}, abort())).seen).toEqual([]);
  });
});

describe('what associations hold is bounded', () => {
  test('in pairs of addresses', () => {
    const from = (port: number) => overIp({ sourcePort: port }, data({ tsn: 1, payload: 'one' }));
    const { seen, dropped } = record(packetsOf([from(1), from(2), from(3), from(1), from(1)]), { sctpAssociations: 2 });
    expect(seen).toHaveLength(4);
    expect(dropped).toEqual({ sctpAssociations: 2 });
  });

  test('in TSNs remembered', () => {
    const frames = Array.from({ length: 200 }, (_, tsn) => overIp({}, data({ tsn, payload: `m${tsn}` })));
    const again = (limits: object) => record(packetsOf([...frames, frames[20]]), limits).seen.length;
    expect(again({})).toBe(200);
    expect(again({ sctpChunks: 40 })).toBe(201);
  });
});
