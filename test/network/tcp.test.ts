import { describe, expect, test } from 'vitest';
import { frame, type TcpFields } from '../support/frames.ts';
import { packetOf, packetsOf, record, type StreamRule } from './record.ts';

/** A segment from 10.0.0.1:4000 to 10.0.0.2:5060. */
function segment(sequence: number, text: string, fields: TcpFields = {}): Buffer {
  return frame()
    .ethernet()
    .ipv4('10.0.0.1', '10.0.0.2')
    .tcp(4000, 5060, { sequence, ...fields })
    .text(text)
    .bytes();
}

/** An acknowledgment of the other side. */
function acknowledges(acknowledgment: number): Buffer {
  return frame().ethernet().ipv4('10.0.0.2', '10.0.0.1').tcp(5060, 4000, { acknowledgment }).bytes();
}

const SYN = segment(99, '', { flags: 'S' });

/** What the handler was shown, without the constant ends. */
function shown(seen: string[]): string[] {
  return seen.map((line) => line.replace(' tcp 10.0.0.1:4000>10.0.0.2:5060', ''));
}

/** Takes whole lines; joined midway it takes what is before the first line as belonging to an earlier one. */
const lines: StreamRule = (text, joinedMidway, verdict) => {
  verdict.consumed = text.lastIndexOf('\n') + 1;
  if (joinedMidway) verdict.headless = text.indexOf('\n') + 1;
};

describe('TCP', () => {
  test('bytes in order are shown as they come', () => {
    const { seen, packets } = record(packetsOf([SYN, segment(100, 'one'), segment(103, 'two')]));
    expect(shown(seen)).toEqual(['2 one', '3 two']);
    expect(packets).toEqual({ ip: 3, tcp: 3 });
  });

  test('what was not consumed is shown again, followed by what is new', () => {
    const { seen } = record(
      packetsOf([SYN, segment(100, 'a\nbc'), segment(104, 'd'), segment(105, '\ne\n')]),
      {},
      lines,
    );
    expect(shown(seen)).toEqual(['2 a\nbc', '3 bcd', '4 bcd\ne\n']);
  });

  test('a stream without its SYN is joined midway until a byte of a message was consumed', () => {
    const { seen } = record(packetsOf([segment(100, 'x\n'), segment(102, 'a\nb\n'), segment(106, 'c\n')]), {}, lines);
    expect(shown(seen)).toEqual(['1 x\n midway', '2 a\nb\n midway', '3 c\n']);
  });

  test('bytes on the SYN belong to the stream', () => {
    const { seen } = record(packetsOf([segment(99, 'early', { flags: 'S' }), segment(105, 'late')]));
    expect(shown(seen)).toEqual(['1 early', '2 late']);
  });

  test('retransmitted bytes are passed over and overlap is trimmed', () => {
    const frames = [SYN, segment(100, 'abc'), segment(100, 'abc'), segment(101, 'bcde'), segment(102, 'cd')];
    expect(shown(record(packetsOf(frames)).seen)).toEqual(['2 abc', '4 de']);
  });

  test('a keep-alive with its byte of garbage is passed over', () => {
    const { seen } = record(packetsOf([SYN, segment(100, 'abc'), segment(102, '\0'), segment(103, 'd')]));
    expect(shown(seen)).toEqual(['2 abc', '4 d']);
  });

  test('segments out of order wait for the missing one, which dates them', () => {
    const frames = [SYN, segment(106, 'three'), segment(103, 'two'), segment(103, 'two'), segment(100, 'one')];
    expect(shown(record(packetsOf(frames)).seen)).toEqual(['5 one', '5 two', '5 three']);
  });

  test('sequence numbers wrap', () => {
    const frames = [
      segment(0xffff_fffc, '', { flags: 'S' }),
      segment(2, 'three'),
      segment(0xffff_fffd, 'one'),
      segment(0, 'xx'),
    ];
    expect(shown(record(packetsOf(frames)).seen)).toEqual(['3 one', '4 xx', '4 three']);
  });

  test('a gap that the other side acknowledged past is given up after a while', () => {
    const first = packetsOf([SYN, segment(100, 'a\nlost'), segment(200, 'y\nb\n'), acknowledges(204)]);
    const later = packetOf(segment(204, 'c\n'), { frame: 5, nanoseconds: 60_000_000 });
    const { seen, anomalies, loose } = record([...first, later], {}, lines);
    // Each with the frame it came in.
    expect(shown(seen)).toEqual(['2 a\nlost', '3 y\nb\n midway', '5 c\n']);
    expect(anomalies).toEqual({ 'tcp lost segment': 1 });
    expect(loose).toMatchObject([
      { place: 'tail', position: 102, bytes: Buffer.from('lost').toString('base64'), frame: 2 },
      { place: 'head', position: 200, bytes: Buffer.from('y\n').toString('base64'), frame: 3 },
    ]);
  });

  test('an acknowledged gap is given up after eight segments too', () => {
    const waiting = Array.from({ length: 8 }, (_, i) => segment(200 + 2 * i, `${i}\n`));
    const { seen, anomalies } = record(
      packetsOf([SYN, segment(100, 'a\n'), waiting[0], acknowledges(202), ...waiting.slice(1)]),
    );
    expect(shown(seen).map((line) => line.replace('\n', ''))).toEqual([
      '2 a',
      '3 0 midway',
      ...['5 1', '6 2', '7 3', '8 4', '9 5', '10 6', '11 7'],
    ]);
    expect(anomalies).toEqual({ 'tcp lost segment': 1 });
  });

  test('a gap about which nobody says anything is given up after ten seconds', () => {
    const packets = [
      packetOf(SYN, { frame: 1 }),
      packetOf(segment(200, 'b'), { frame: 2 }),
      packetOf(segment(201, 'c'), { frame: 3, seconds: 1_600_000_009 }),
      packetOf(segment(202, 'd'), { frame: 4, seconds: 1_600_000_010 }),
    ];
    const { seen, anomalies } = record(packets);
    expect(shown(seen)).toEqual(['2 b midway', '3 c', '4 d']);
    expect(anomalies).toEqual({ 'tcp lost segment': 1 });
  });

  test('a gap is given up where more waits behind it than one stream may hold', () => {
    const frames = [SYN, segment(200, 'b'.repeat(600)), segment(800, 'c'.repeat(600))];
    const { seen, anomalies } = record(packetsOf(frames), { tcpStreamBytes: 1024 });
    expect(shown(seen)).toEqual([`2 ${'b'.repeat(600)} midway`, `3 ${'c'.repeat(600)}`]);
    expect(anomalies).toEqual({ 'tcp lost segment': 1 });
  });

  test('an unfinished message longer than one stream may hold is dropped', () => {
    const frames = [SYN, segment(100, 'a'.repeat(60)), segment(160, 'b'.repeat(60)), segment(220, 'c\nd\n')];
    const { seen, dropped } = record(packetsOf(frames), { tcpStreamBytes: 100 }, lines);
    expect(shown(seen)).toEqual([
      `2 ${'a'.repeat(60)}`,
      `3 ${'b'.repeat(60)} midway`,
      `4 ${'b'.repeat(60)}c\nd\n midway`,
    ]);
    expect(dropped).toEqual({ tcpStreamBytes: 1 });
  });

  test('a segment cut by the snap length is shown as far as it goes; the stream goes on midway', () => {
    const whole = segment(100, 'abcdefgh');
    const packets = [
      packetOf(SYN),
      packetOf(whole.subarray(0, whole.length - 3), { originalLength: whole.length, frame: 2 }),
      packetOf(segment(108, 'next'), { frame: 3 }),
    ];
    const { seen, anomalies } = record(packets);
    expect(shown(seen)).toEqual(['2 abcde cut', '3 next midway']);
    expect(anomalies).toEqual({ 'tcp lost segment': 1 });
  });

  test('a stream that is ignored is shown no more, until a new SYN', () => {
    const ignore: StreamRule = (_text, _midway, verdict) => {
      verdict.ignore = true;
    };
    const again = segment(999, '', { flags: 'S' });
    const frames = [SYN, segment(100, 'binary'), segment(106, 'more'), again, segment(1000, 'new'), segment(1003, 'x')];
    expect(shown(record(packetsOf(frames), {}, ignore).seen)).toEqual(['2 binary', '5 new']);
  });

  test('a SYN sent twice begins one stream', () => {
    const { seen } = record(packetsOf([SYN, segment(100, 'a\nb'), SYN, segment(103, '\n')]), {}, lines);
    expect(shown(seen)).toEqual(['2 a\nb', '4 b\n']);
  });

  test('after FIN or RST late copies are known, and other bytes are a stream joined midway', () => {
    for (const flags of ['FA', 'R']) {
      const frames = [SYN, segment(100, 'abc'), segment(103, '', { flags }), segment(100, 'abc'), segment(5000, 'new')];
      const { seen, anomalies } = record(packetsOf(frames));
      expect(shown(seen)).toEqual(['2 abc', '5 new midway']);
      expect(anomalies).toEqual({});
    }
  });

  test('what waits for lost bytes is all there is when the connection is reset or begins anew', () => {
    for (const flags of ['R', 'S']) {
      const frames = [SYN, segment(100, 'a\n'), segment(105, 'c\n'), segment(110, 'e\n'), segment(9000, '', { flags })];
      const { seen, anomalies } = record(packetsOf(frames), {}, lines);
      expect(shown(seen)).toEqual(['2 a\n', '3 c\n midway', '4 e\n midway']);
      expect(anomalies).toEqual({ 'tcp lost segment': 2 });
    }
  });

  test('after a RST of the other side bytes further on are a stream joined midway', () => {
    const reset = frame().ethernet().ipv4('10.0.0.2', '10.0.0.1').tcp(5060, 4000, { flags: 'R' }).bytes();
    const { seen, anomalies } = record(
      packetsOf([SYN, segment(100, 'abc'), reset, segment(103, 'd'), segment(9000, 'e')]),
    );
    expect(shown(seen)).toEqual(['2 abc', '4 d', '5 e midway']);
    expect(anomalies).toEqual({});
  });

  test('a FIN before its bytes waits for them', () => {
    const frames = [SYN, segment(103, 'def', { flags: 'FA' }), segment(100, 'abc'), segment(103, 'def')];
    expect(shown(record(packetsOf(frames)).seen)).toEqual(['3 abc', '3 def']);
  });

  test('an unfinished message at the FIN is a loose end of a stream that does not continue', () => {
    const { loose } = record(packetsOf([SYN, segment(100, 'a\nbc', { flags: 'FA' })]), {}, lines);
    expect(loose).toMatchObject([{ kind: 'tcp', place: 'tail', position: 102, more: false }]);
  });

  test('a sequence number far away is another stream, whose SYN was not seen', () => {
    const { seen, anomalies } = record(packetsOf([SYN, segment(100, 'abc'), segment(0x4000_0000, 'def')]));
    expect(shown(seen)).toEqual(['2 abc', '3 def midway']);
    expect(anomalies).toEqual({ 'tcp sequence jump': 1 });
  });

  test('an impossible header is counted', () => {
    const short = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(4000, 5060, { offset: 16 }).text('abc').bytes();
    const long = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(4000, 5060, { offset: 60 }).text('abc').bytes();
    const none = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2', { protocol: 6 }).text('abc').bytes();
    const { seen, anomalies } = record(packetsOf([short, long, none]));
    expect(seen).toEqual([]);
    expect(anomalies).toEqual({ 'tcp data offset': 2, 'tcp header': 1 });
  });

  test('the stream not used longest makes room for a new one', () => {
    const from = (port: number, sequence: number, text: string) =>
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(port, 5060, { sequence }).text(text).bytes();
    const frames = [
      from(1, 0, 'a'),
      from(2, 0, 'b'),
      from(1, 1, 'a'),
      from(3, 0, 'c'),
      from(1, 2, 'a'),
      from(2, 1, 'b'),
    ];
    const { seen, dropped } = record(packetsOf(frames), { tcpStreams: 2 });
    expect(seen.map((line) => line.replace(/tcp \S+ /, ''))).toEqual([
      '1 a midway',
      '2 b midway',
      '3 a',
      '4 c midway',
      '5 a',
      '6 b midway',
    ]);
    expect(dropped).toEqual({ tcpStreams: 2 });
  });

  test('streams dropped for others leave the rest to be found', () => {
    const from = (stream: number, sequence: number) =>
      frame()
        .ethernet()
        .ipv4(`10.0.${stream % 200}.1`, '10.0.0.2')
        .tcp(1000 + stream, 5060, { sequence })
        .text('ab')
        .bytes();
    // One after another, each in its turn the oldest but for the first, which is used again and again.
    const frames = Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? from(0, (2 * i) / 3) : from(i, 0)));
    const { seen, dropped } = record(packetsOf(frames), { tcpStreams: 400 });
    expect(seen.filter((line) => line.includes('10.0.0.1:1000>') && line.endsWith('midway')).length).toBe(1);
    expect(seen.length).toBe(1500);
    expect(dropped).toEqual({ tcpStreams: 1001 - 400 });
  });

  test('a stream that is ignored while its queue drains is shown no more', () => {
    const ignore: StreamRule = (text, _midway, verdict) => {
      verdict.consumed = text.length;
      verdict.ignore = text === 'two';
    };
    const frames = [SYN, segment(106, 'three'), segment(103, 'two'), segment(100, 'one'), segment(111, 'four')];
    expect(shown(record(packetsOf(frames), {}, ignore).seen)).toEqual(['4 one', '4 two']);
  });

  test('many streams are each found again', () => {
    const from = (stream: number, sequence: number) =>
      frame()
        .ethernet()
        .ipv6('2001:db8::1', `2001:db8::${(stream % 7) + 2}`)
        .tcp(1000 + stream, 5060, { sequence })
        .text('ab')
        .bytes();
    const frames = [0, 2, 4].flatMap((sequence) => Array.from({ length: 1000 }, (_, stream) => from(stream, sequence)));
    const { seen } = record(packetsOf(frames));
    expect(seen.length).toBe(3000);
    expect(seen.filter((line) => line.endsWith('midway')).length).toBe(1000);
  });

  test('bytes held in all streams together are bounded', () => {
    const from = (port: number) =>
      frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').tcp(port, 5060).text('a'.repeat(400)).bytes();
    const { dropped, loose } = record(packetsOf([from(1), from(2), from(3)]), { tcpBytes: 1000 }, lines);
    expect(dropped).toEqual({ tcpBytes: 1 });
    expect(loose.map(({ sourcePort }) => sourcePort)).toEqual([2, 3]);
  });

  test('loose ends are bounded', () => {
    const { dropped, loose } = record(packetsOf([segment(0, 'abc'), segment(500, 'def')]), { looseBytes: 300 }, lines);
    expect(dropped).toEqual({ looseBytes: 1 });
    expect(loose.length).toBe(1);
  });

  test('a verdict out of range is taken as what is possible', () => {
    const wild: StreamRule = (_text, _midway, verdict) => {
      verdict.consumed = Number.NaN;
      verdict.headless = 1e9;
    };
    expect(shown(record(packetsOf([segment(0, 'ab'), segment(2, 'c')]), {}, wild).seen)).toEqual([
      '1 ab midway',
      '2 abc midway',
    ]);
    const greedy: StreamRule = (_text, _midway, verdict) => {
      verdict.consumed = 1e9;
      verdict.headless = 1e9;
    };
    expect(shown(record(packetsOf([segment(0, 'ab'), segment(2, 'c')]), {}, greedy).seen)).toEqual([
      '1 ab midway',
      '2 c midway',
    ]);
  });

  test('the reader has one slot a direction', () => {
    const slots = new Set<unknown>();
    const rule: StreamRule = (text, _midway, verdict, payload) => {
      verdict.consumed = text.length;
      slots.add(payload.slot);
      payload.slot!.state = `${payload.slot!.state ?? ''}${text}`;
    };
    const other = frame().ethernet().ipv4('10.0.0.2', '10.0.0.1').tcp(5060, 4000).text('other').bytes();
    record(packetsOf([SYN, segment(100, 'a'), segment(101, 'b'), other]), {}, rule);
    expect([...slots]).toEqual([{ state: 'ab' }, { state: 'other' }]);
  });
});
