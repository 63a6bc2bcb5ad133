import { describe, expect, test } from 'vitest';
import { hostOf } from '../../../src/features/history/dictionary.ts';
import { Direction, History, Kind, OutcomeCode, Release } from '../../../src/features/history/history.ts';
import { at, call, event, historyOf, missed, registration, START, sms } from '../lines.ts';

describe('a history', () => {
  test('keeps what an event says, as numbers and codes', () => {
    const history = historyOf([
      call(10, '8613900000002', 20, {
        imei: '35693803123456',
        mcc: '460',
        mnc: '00',
        lac: 6151,
        cell: '1',
        endpoint: '10.1.1.1:5062',
        contact: '[2001:db8::7]:5060',
        media: 'audio 10.1.1.2:4000',
        via_mismatch: true,
        latency_ms: 12.5,
        expires_s: 600,
        keep_alive_s: 30,
      }),
    ]);
    expect(history.count).toBe(1);
    expect(history.kind[0]).toBe(Kind.leg);
    expect(history.direction[0]).toBe(Direction.outgoing);
    expect(history.outcome[0]).toBe(OutcomeCode.answered);
    expect(history.releasedBy[0]).toBe(Release.line);
    expect(history.viaMismatch[0]).toBe(2);
    expect([history.time[0], history.answer[0], history.end[0]]).toEqual([START + 10, START + 17, START + 37]);
    expect([history.setup[0], history.ring[0], history.talk[0], history.latency[0]]).toEqual([
      2000, 5000, 20_000, 12.5,
    ]);
    expect([history.expires[0], history.keepAlive[0], history.cause[0], history.sipStatus[0]]).toEqual([
      600, 30, 16, 200,
    ]);
    expect(history.text('counterpart', history.counterpart[0]!)).toBe('8613900000002');
    expect(history.text('cell', history.cell[0]!)).toBe('460-00-6151-1');
    expect(history.texts('endpoint')).toEqual(['10.1.1.1']);
    expect(history.texts('contact')).toEqual(['2001:db8::7']);
    expect(history.texts('media')).toEqual(['10.1.1.2']);
    expect(history.digits[0]).toBe(8_613_900_000_002);
  });

  test('marks what is missing', () => {
    const history = historyOf([event('presence', 0)]);
    expect(history.answer[0]).toBeNaN();
    expect(history.latency[0]).toBeNaN();
    expect(history.cause[0]).toBe(-1);
    expect(history.imei[0]).toBe(-1);
    expect(history.text('imei', -1)).toBeNull();
    expect([history.direction[0], history.outcome[0], history.releasedBy[0], history.viaMismatch[0]]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('turns a mirrored event round and leaves out what describes the other line', () => {
    const history = new History();
    history.reset('8613900000002');
    const other = call(0, '8613900000002', 20, {
      imei: '35693803123456',
      user_agent: 'x',
      latency_ms: 3,
      cell: '1',
      sdp_fingerprint: 'f',
    });
    history.push(other, 'mirror');
    history.push(sms(60, '8613900000002', 40), 'mirror', 'someone');
    history.seal();
    expect([...history.direction.subarray(0, 2)]).toEqual([Direction.incoming, Direction.incoming]);
    expect(history.text('counterpart', history.counterpart[0]!)).toBe('8613800000001');
    expect(history.text('counterpart', history.counterpart[1]!)).toBe('someone');
    expect(history.releasedBy[0]).toBe(Release.other);
    expect(history.talk[0]).toBe(20_000);
    expect(history.smsLength[1]).toBe(40);
    for (const column of ['imei', 'userAgent', 'cell', 'sdpFingerprint', 'endpoint'] as const)
      expect(history.texts(column)).toEqual([]);
    expect(history.latency[0]).toBeNaN();
  });

  test('tells who released, seen from the line', () => {
    const released = (direction: 'originating' | 'terminating' | null, by: 'caller' | 'called' | 'network') =>
      historyOf([call(0, '1', 1, { direction, released_by: by })]).releasedBy[0];
    expect(released('originating', 'called')).toBe(Release.other);
    expect(released('terminating', 'caller')).toBe(Release.other);
    expect(released('terminating', 'called')).toBe(Release.line);
    expect(released('originating', 'network')).toBe(Release.network);
    expect(released(null, 'caller')).toBe(Release.unknown);
  });

  test('is the same whatever the order of events', () => {
    const events = [
      registration(0, { imei: '35693803000001', user_agent: 'a' }),
      call(100, '8613900000003', 10, { imei: '35693803000002' }),
      call(100, '8613900000002', 10, { user_agent: 'b' }),
      missed(300, '8613900000002', { user_agent: 'a' }),
    ];
    const forward = historyOf(events);
    const backward = historyOf([...events].reverse());
    for (const column of ['counterpart', 'imei', 'userAgent'] as const) {
      expect(backward.texts(column)).toEqual(forward.texts(column));
      expect(backward[column].subarray(0, 4)).toEqual(forward[column].subarray(0, 4));
    }
    expect(backward.time.subarray(0, 4)).toEqual(forward.time.subarray(0, 4));
    expect(backward.talk.subarray(0, 4)).toEqual(forward.talk.subarray(0, 4));
  });

  test('counts an event of overlapping captures once, in order or not', () => {
    const [first, second] = [call(0, '8613900000002', 5), call(60, '8613900000002', 5)];
    expect(historyOf([first, { ...first }, second]).count).toBe(2);
    const history = historyOf([second, first, { ...second }, { ...first }]);
    expect(history.count).toBe(2);
    expect(history.outgoingCount).toBe(2);
  });

  test('keeps both sides of a line that calls itself', () => {
    const history = new History();
    history.reset('8613800000001');
    const self = call(0, '8613800000001', 5);
    history.push(self, 'mirror');
    history.push(self, 'own');
    history.seal();
    expect(history.count).toBe(2);
    expect([...history.mirror.subarray(0, 2)]).toEqual([0, 1]);
    expect([history.outgoingCount, history.incomingCount]).toEqual([1, 1]);
  });

  test('counts a call seen on both legs of a B2BUA once', () => {
    // The second leg starts 0.2 s later, while the first is still there.
    const history = historyOf([
      call(0, '8613900000002', 30),
      call(0.2, '8613900000002', 29.9),
      call(120, '8613900000002', 30),
    ]);
    expect([...history.repeat.subarray(0, 3)]).toEqual([0, 1, 0]);
    expect(history.outgoingCount).toBe(2);
    expect(history.called[0]).toBe(2);
  });

  test('does not take other calls for such a leg', () => {
    const repeats = (...events: Parameters<typeof historyOf>[0]) => [
      ...historyOf(events).repeat.subarray(0, events.length),
    ];
    // Another number; another direction; more than 3 s later; after the first was over.
    expect(repeats(call(0, '8613900000002', 30), call(0.2, '8613900000003', 20))).toEqual([0, 0]);
    expect(repeats(call(0, '8613900000002', 30), call(0.2, '8613900000002', 30, { direction: 'terminating' }))).toEqual(
      [0, 0],
    );
    expect(repeats(call(0, '8613900000002', 30), call(3.1, '8613900000002', 30))).toEqual([0, 0]);
    expect(repeats(missed(0, '8613900000002', { end_time: at(1) }), call(2, '8613900000002', 30))).toEqual([0, 0]);
    // A call without a known end is still there.
    expect(
      repeats(missed(0, '8613900000002', { end_time: null, outcome: 'open' }), call(2, '8613900000002', 30)),
    ).toEqual([0, 1]);
  });

  test('knows which calls were answered and which were not', () => {
    const history = historyOf([
      call(0, '8613900000002', 30),
      call(100, '8613900000002', 0, { outcome: 'open', talk_ms: null, end_time: null }),
      missed(200, '8613900000003'),
      missed(300, '8613900000004', { outcome: 'open', end_time: null }),
      missed(400, '8613900000005', { outcome: 'redirected' }),
      missed(500, '8613900000006', { outcome: 'challenged' }),
      missed(600, '8613900000007', { outcome: null }),
    ]);
    expect([...history.answered.subarray(0, 7)]).toEqual([2, 2, 1, 0, 0, 0, 0]);
  });

  test('grows, and a reset leaves nothing of the line before', () => {
    const history = new History();
    history.reset('a');
    for (let i = 0; i < 1500; i++)
      history.push(call(i * 100, String(8_613_900_000_000 + i), 5, { imei: String(35_693_803_000_000 + i) }), 'own');
    history.seal();
    expect([history.count, history.outgoingCount, history.texts('counterpart').length]).toEqual([1500, 1500, 1500]);
    expect(history.text('counterpart', history.counterpart[1499]!)).toBe('8613900001499');
    history.reset('b');
    history.push(call(5, '8613900000002', 5), 'own');
    history.seal();
    expect([history.count, history.outgoingCount, history.line]).toEqual([1, 1, 'b']);
    expect(history.texts('counterpart')).toEqual(['8613900000002']);
    expect(history.texts('imei')).toEqual([]);
    expect(history.called[0]).toBe(1);
  });
});

describe('the address without its port', () => {
  test.each([
    ['10.0.0.1:5060', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['[2001:db8::1]:5060', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['pbx.example.com:5060', 'pbx.example.com'],
    ['audio 10.0.0.1:4000', '10.0.0.1'],
    ['audio [2001:db8::1]:4000', '2001:db8::1'],
    [':5060', null],
    ['[2001:db8::1', null],
    ['', null],
  ])('%s', (text, host) => {
    expect(hostOf(text)).toBe(host);
  });

  test('is one code whatever the port', () => {
    const endpoints = [
      '10.0.0.1:5060',
      '10.0.0.1:5070',
      '10.0.0.12:5060',
      '10.0.0.1:7',
      '[2001:db8::1]:1',
      '[2001:db8::1]:2',
      '2001:db8::1',
    ];
    const history = historyOf(endpoints.map((endpoint, i) => registration(i, { endpoint })));
    expect(history.texts('endpoint')).toEqual(['10.0.0.1', '10.0.0.12', '2001:db8::1']);
    expect([...history.endpoint.subarray(0, 7)]).toEqual([0, 0, 1, 0, 2, 2, 2]);
  });
});
