import { describe, expect, test } from 'vitest';
import { type DataChunk, frame, hex, u32 } from '../support/frames.ts';
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
