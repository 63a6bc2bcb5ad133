import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { History, OutcomeCode } from '../../../src/features/history/history.ts';
import { at, call, callFrom, event, historyOf, measured, missed, populationOf, START, sms } from '../lines.ts';

const B = '8613900000002';
const over = (interface_: CatpoolEvent['interface'], columns: Partial<CatpoolEvent> = {}) => ({
  interface: interface_,
  ...columns,
});

describe('one call on several interfaces', () => {
  test('is one call: the same number, overlapping, on SIP, CAP, ISUP and the radio', () => {
    const history = historyOf([
      call(0, B, 60, over('bssap')),
      call(0.4, B, 60, over('cap')),
      call(0.9, B, 59, over('isup')),
      call(1.2, B, 59, over('sip')),
      call(500, B, 10, over('isup')),
    ]);
    expect([...history.repeat.subarray(0, 5)]).toEqual([0, 1, 1, 1, 0]);
    expect(history.outgoingCount).toBe(2);
    expect(history.called[0]).toBe(2);
  });

  test('counts once in calls, volume and length', () => {
    // 5 calls of 10, 20, ... 50 s, each on two interfaces.
    const legs = [1, 2, 3, 4, 5].flatMap((n) => [
      call(n * 1000, B, 10 * n, over('cap')),
      call(n * 1000 + 0.5, B, 10 * n, over('isup')),
    ]);
    expect(measured('outgoing_per_hour', legs)).toBe(5 / 24);
    expect(measured('talk_mean', legs)).toBe(30);
    expect(measured('calls_per_called_number', legs)).toBe(5);
  });

  test('on the side that was called too: its phone is paged first', () => {
    const history = historyOf([callFrom(0, B, 60, over('isup')), callFrom(6, B, 54, over('bssap'))]);
    expect(history.incomingCount).toBe(1);
  });

  test('is not joined with what began too late, was over, or is on the same interface again', () => {
    const calls = (...legs: CatpoolEvent[]) => historyOf(legs).outgoingCount;
    expect(calls(call(0, B, 60, over('isup')), call(15, B, 40, over('bssap')))).toBe(1);
    expect(calls(call(0, B, 60, over('isup')), call(15.1, B, 40, over('bssap')))).toBe(2);
    expect(calls(missed(0, B, over('isup', { end_time: at(4) })), call(5, B, 40, over('cap')))).toBe(2);
    expect(calls(call(0, B, 60, over('isup')), call(4, B, 40, over('isup')))).toBe(2);
    expect(calls(call(0, B, 60, over('isup')), call(1, '8613900000003', 40, over('cap')))).toBe(2);
  });

  test('is one call where a trunk carries it on to another number, which the home network gave for the dialled one', () => {
    const roaming = '8613900782534';
    const numbers = (...legs: CatpoolEvent[]) => {
      const history = historyOf(legs);
      return [...history.outgoing.subarray(0, history.outgoingCount)].map((row) =>
        history.text('counterpart', history.counterpart[row]!),
      );
    };
    const dialled = call(0, B, 60, over('cap'));
    expect(numbers(dialled, call(0.9, roaming, 59.1, over('isup')))).toEqual([B]);
    // Over three trunks one after the other, first under the number itself.
    expect(
      numbers(
        call(-0.2, B, 60.2, over('bssap')),
        dialled,
        call(0.3, B, 59.7, over('isup')),
        call(0.9, roaming, 59.1, over('isup')),
        call(1.2, roaming, 58.8, over('isup')),
      ),
    ).toEqual([B]);
    // The clock of the trunk's probe is ahead.
    expect(numbers(call(-0.4, roaming, 60.4, over('isup')), dialled)).toEqual([B]);
    // Nobody answered; still open on the trunk.
    expect(numbers(missed(0, B, over('cap')), missed(0.9, roaming, over('isup', { end_time: at(10.01) })))).toEqual([
      B,
    ]);
    expect(numbers(dialled, call(0.9, roaming, 59, over('isup', { end_time: null, talk_ms: null })))).toEqual([B]);
    // Another call: it ended at another time, or began later and was answered later.
    expect(numbers(dialled, call(0.9, roaming, 30, over('isup')))).toEqual([B, roaming]);
    expect(numbers(dialled, call(3.1, roaming, 56.9, over('isup')))).toEqual([B, roaming]);
    expect(numbers(dialled, call(3.1, roaming, 50, over('isup')))).toEqual([B, roaming]);
    expect(numbers(dialled, call(0.9, roaming, 59.1, over('cap')))).toEqual([B, roaming]);
    // Two callers at once are two calls.
    const called = historyOf([callFrom(0, B, 60, over('cap')), callFrom(0.9, roaming, 59.1, over('isup'))]);
    expect(called.incomingCount).toBe(2);
  });

  test('is one call where it is sent on to another number while it rings, and answered and ended there', () => {
    const mailbox = '8613800138000';
    const ringing = call(0, B, 60, over('isup', { answer_time: at(31), end_time: at(91) }));
    const sentOn = (columns: Partial<CatpoolEvent>) =>
      call(30.2, mailbox, 60, over('isup', { answer_time: at(31.2), end_time: at(91.4), ...columns }));
    const numbers = (...legs: CatpoolEvent[]) => {
      const history = historyOf(legs);
      return [...history.outgoing.subarray(0, history.outgoingCount)].map((row) =>
        history.text('counterpart', history.counterpart[row]!),
      );
    };
    expect(numbers(ringing, sentOn({}))).toEqual([B]);
    expect(numbers({ ...ringing, interface: 'bssap' }, sentOn({}))).toEqual([B]);
    // At once: the first number is never rung, and a second mailbox takes it from the first.
    expect(
      numbers(call(0, B, 60, over('sip')), call(0.9, mailbox, 59.2, over('sip', { answer_time: at(7.3) }))),
    ).toEqual([B]);
    expect(
      numbers(
        ringing,
        sentOn({}),
        call(30.9, '8613800138001', 60, over('isup', { answer_time: at(31.3), end_time: at(91.4) })),
      ),
    ).toEqual([B]);
    // Nobody answers there either, and the caller gives up.
    const unanswered = { answer_time: null, talk_ms: null, outcome: 'cancelled' } as const;
    expect(numbers({ ...ringing, ...unanswered }, sentOn(unanswered))).toEqual([B]);
    // A second call: begun after the first was answered, answered or ended at another time, or one of them not answered.
    expect(numbers({ ...ringing, answer_time: at(30.1) }, sentOn({}))).toEqual([B, mailbox]);
    expect(numbers(ringing, sentOn({ answer_time: at(33) }))).toEqual([B, mailbox]);
    expect(numbers(ringing, sentOn({ end_time: at(93) }))).toEqual([B, mailbox]);
    expect(numbers(ringing, sentOn(unanswered))).toEqual([B, mailbox]);
    // An exchange rings two numbers at once, which both let it ring for a minute.
    const besides = missed(1, mailbox, over('isup', { end_time: at(10.4) }));
    expect(numbers(missed(0, B, over('isup')), besides)).toEqual([B, mailbox]);
    // A phone that places two calls places two; and two callers are two.
    expect(numbers({ ...ringing, interface: 'cap' }, sentOn({ interface: 'cap' }))).toEqual([B, mailbox]);
    const legs = [ringing, sentOn({})].map((leg) => ({ ...leg, direction: 'terminating' as const }));
    expect(historyOf(legs).incomingCount).toBe(2);
  });

  test('is not answered by a line whose own side says that a mailbox did, or another whom it was sent on to', () => {
    /** Legs of the line after the leg of the caller, who hears an answer after 27 s. */
    const answers = (...own: CatpoolEvent[]) => {
      const history = new History();
      history.reset('8613800000001');
      const columns = { msisdn: B, ring_ms: 25_000, answer_time: at(27), end_time: at(57) };
      history.push(call(0, '8613800000001', 30, columns), 'mirror');
      for (const leg of own) history.push({ ...leg, direction: 'terminating', counterpart: B }, 'own');
      history.seal();
      expect(history.incomingCount).toBe(1);
      const { answered, talk, ring, end } = history;
      return [answered[0], talk[0], ring[0], end[0]! - START];
    };
    const columns = { answer_time: at(27.1), end_time: at(57), ring_ms: 24_000 };
    const picked = (second: number) => callFrom(second, B, 30, columns);
    const cancelled = { outcome: 'cancelled', ring_ms: 24_000, end_time: at(26.5), released_by: 'caller' } as const;
    expect(answers(picked(0.1))).toEqual([2, 30_000, 25_000, 57]);
    expect(answers(missed(0.1, B, cancelled))).toEqual([1, Number.NaN, 24_000, 26.5]);
    expect(answers(missed(0.1, B, { outcome: 'busy', end_time: at(0.25) }))).toEqual([1, Number.NaN, Number.NaN, 0.25]);
    expect(answers(missed(0.1, B, { outcome: 'redirected', end_time: at(0.2) }))[0]).toBe(0);
    // Of two phones one answers, whichever is called first; the other may be told so.
    expect(answers(missed(0.1, B, cancelled), picked(0.2))).toEqual([2, 30_000, 24_000, 57]);
    expect(answers(picked(0.1), missed(0.2, B, cancelled))).toEqual([2, 30_000, 25_000, 57]);
    expect(answers(missed(0.1, B, { ...cancelled, released_by: 'network' }))).toEqual([2, 30_000, 25_000, 57]);
    // What is seen of the line after the answer says nothing of that.
    expect(answers(missed(0.1, B, { ...cancelled, end_time: at(56) }))).toEqual([2, 30_000, 25_000, 57]);
    expect(answers(missed(0.1, B, { outcome: 'open', end_time: null }))).toEqual([2, 30_000, 25_000, 57]);
  });

  test('is not answered by a line whose call a trunk says to have gone on to another number', () => {
    /** Legs of the caller, who hears an answer after 27 s, in the order in which they begin. */
    const answers = (...legs: Partial<CatpoolEvent>[]) => {
      const history = new History();
      history.reset('8613800000001');
      for (const [i, columns] of legs.entries()) {
        const answered = { msisdn: B, ring_ms: 25_000, answer_time: at(27), end_time: at(57), ...columns };
        history.push(call(i * 0.1, '8613800000001', 30, answered), 'mirror');
      }
      history.seal();
      const { answered, talk, ring, end, incoming, incomingCount, outcome } = history;
      const ends = (row: number) => [answered[row], outcome[row], talk[row], ring[row], end[row]! - START];
      return [...incoming.subarray(0, incomingCount)].map(ends);
    };
    const cap = over('cap');
    const late = over('isup', { forwarding: 'forwarded no_reply' });
    const unanswered = [1, OutcomeCode.no_answer, Number.NaN, 25_000, 27];
    expect(answers(over('isup'))).toEqual([[2, OutcomeCode.answered, 30_000, 25_000, 57]]);
    expect(answers(late)).toEqual([unanswered]);
    expect(answers(late, cap)).toEqual([unanswered]);
    expect(answers(cap, late)).toEqual([unanswered]);
    expect(answers(over('isup', { forwarding: 'forwarded deflected' }))).toEqual([unanswered]);
    // The network sent it on at once: it never reached the line.
    for (const forwarding of ['forwarded', 'forwarded busy', 'forwarded unconditional', 'forwarded not_reachable']) {
      const early = over('isup', { forwarding });
      expect(answers(early)).toEqual([]);
      expect(answers(early, cap)).toEqual([]);
      expect(answers(cap, early)).toEqual([]);
    }
    // Its own service connects the call to somebody else (CAP).
    const own = historyOf([callFrom(0, B, 30, over('cap', { forwarding: 'forwarded busy' }))]);
    expect([own.incomingCount, own.answered[0], own.outcome[0], own.talk[0]]).toEqual([
      1,
      1,
      OutcomeCode.busy,
      Number.NaN,
    ]);
    // To the caller it is a call that was answered.
    const { answered, talk } = historyOf([call(0, B, 30, late)]);
    expect([answered[0], talk[0]]).toEqual([2, 30_000]);
  });

  test('takes from other legs what the first did not see', () => {
    const history = historyOf([
      call(0, B, 60, over('cap', { answer_time: null, end_time: null, talk_ms: null, outcome: 'open', cause: null })),
      call(1, B, 59, over('isup', { cause: 17, released_by: 'called' })),
    ]);
    expect(history.outgoingCount).toBe(1);
    expect([history.answer[0], history.end[0], history.talk[0]]).toEqual([START + 8, START + 67, 59_000]);
    expect([history.answered[0], history.cause[0]]).toEqual([2, 17]);
  });

  test('keeps what the first saw', () => {
    const history = historyOf([call(0, B, 60, over('cap')), call(1, B, 30, over('isup', { cause: 17 }))]);
    expect([history.talk[0], history.cause[0]]).toEqual([60_000, 16]);
    // A call that is known to have failed is not answered by another leg.
    const failed = historyOf([missed(0, B, over('sip')), call(1, B, 30, over('isup'))]);
    expect([failed.outgoingCount, failed.answered[0]]).toEqual([1, 1]);
    expect(failed.talk[0]).toBe(30_000);
  });

  test('a caller who hides on one interface is the one that another names', () => {
    for (const legs of [
      [callFrom(0, B, 60, over('isup')), callFrom(5, '', 55, over('bssap', { counterpart: null }))],
      [callFrom(0, '', 60, over('isup', { counterpart: null })), callFrom(5, B, 55, over('bssap'))],
    ]) {
      const history = historyOf(legs);
      expect(history.incomingCount).toBe(1);
      expect(history.text('counterpart', history.counterpart[history.incoming[0]!]!)).toBe(B);
      expect(history.callers[0]).toBe(1);
    }
    // On one interface two hidden callers are two calls.
    const two = [0, 5].map((second) => callFrom(second, '', 60, over('isup', { counterpart: null })));
    expect(historyOf(two).incomingCount).toBe(2);
    // Where two probes see the same interface, the call begins and ends at once on both.
    const hidden = (second: number, talk: number) => callFrom(second, '', talk, over('bssap', { counterpart: null }));
    expect(historyOf([hidden(0, 60), hidden(0.1, 60)]).incomingCount).toBe(1);
    expect(historyOf([hidden(0, 60), hidden(0.1, 20)]).incomingCount).toBe(2);
  });

  test('seen as the own leg of the called line and as the leg of the caller', () => {
    const history = new History();
    history.reset(B);
    history.push(call(0, B, 60, over('bssap')), 'mirror');
    history.push(call(0.3, B, 60, over('isup')), 'mirror');
    history.push(callFrom(4, '8613800000001', 56, over('bssap', { msisdn: B })), 'own');
    history.seal();
    expect([history.count, history.incomingCount]).toEqual([3, 1]);
  });
});

describe('the two sides of one call', () => {
  /** The line B: its own side of a call, and that of the other party, who is known by its IMSI alone. */
  const counted = (...sides: ['own' | 'mirror', CatpoolEvent][]) => {
    const history = new History();
    history.reset(B);
    for (const [role, leg] of sides) history.push(leg, role);
    history.seal();
    const numbers = (rows: Int32Array, count: number) =>
      [...rows.subarray(0, count)].map((row) => history.text('counterpart', history.counterpart[row]!));
    return {
      out: numbers(history.outgoing, history.outgoingCount),
      in: numbers(history.incoming, history.incomingCount),
    };
  };
  const imsi = { msisdn: null, imsi: '460001234567890' };
  const caller = '8613800000001';

  test('are one call, though one names the other party by its IMSI and the other by its number', () => {
    const fromImsi = call(0, B, 60, over('bssap', imsi));
    const toOwn = callFrom(4, caller, 56, over('bssap', { msisdn: B, answer_time: fromImsi.answer_time }));
    expect(counted(['mirror', fromImsi], ['own', toOwn])).toEqual({ out: [], in: [caller] });
    const own = call(0, caller, 60, over('bssap', { msisdn: B }));
    const atImsi = callFrom(4, B, 56, over('bssap', { ...imsi, answer_time: own.answer_time }));
    expect(counted(['own', own], ['mirror', atImsi])).toEqual({ out: [caller], in: [] });
    // The second call of the two ended at another time, or was not answered.
    const others = [{ end_time: at(30) }, { answer_time: null, outcome: 'busy' as const }];
    for (const other of others) expect(counted(['own', own], ['mirror', { ...atImsi, ...other }]).out).toHaveLength(2);
  });

  test('of which only the caller’s shows that it failed before it rang are no incoming call', () => {
    const outcome = (outcome: CatpoolEvent['outcome'], ring_ms: number | null = null) =>
      counted(['mirror', missed(0, B, over('cap', { msisdn: caller, outcome, ring_ms }))]).in.length;
    expect([outcome('busy'), outcome('rejected'), outcome('failed')]).toEqual([0, 0, 0]);
    expect([outcome('no_answer'), outcome('cancelled'), outcome('open'), outcome('busy', 2000)]).toEqual([1, 1, 1, 1]);
    // Its own side shows that the call reached it.
    const refused = { outcome: 'busy', ring_ms: null } as const;
    expect(
      counted(
        ['mirror', missed(0, B, over('cap', { msisdn: caller, ...refused }))],
        ['own', { ...callFrom(1, caller, 1, over('bssap', { msisdn: B, answer_time: null, ...refused })) }],
      ).in,
    ).toEqual([caller]);
  });
});

describe('one short message on several interfaces', () => {
  test('is one message', () => {
    const repeats = (...events: CatpoolEvent[]) => [...historyOf(events).repeat.subarray(0, events.length)];
    expect(repeats(sms(0, B, 40, over('bssap')), sms(0.2, B, 40, over('cap')), sms(0.5, B, 40, over('map')))).toEqual([
      0, 1, 1,
    ]);
    // Sent twice, each on two interfaces.
    expect(
      repeats(
        sms(0, B, 40, over('bssap')),
        sms(0.5, B, 40, over('map')),
        sms(4, B, 40, over('bssap')),
        sms(4.5, B, 40, over('map')),
      ),
    ).toEqual([0, 1, 0, 1]);
    expect(repeats(sms(0, B, 40, over('bssap')), sms(1, B, 41, over('map')))).toEqual([0, 0]);
    expect(repeats(sms(0, B, 40, over('bssap')), sms(1, '8613900000003', 40, over('map')))).toEqual([0, 0]);
    expect(repeats(sms(0, B, 40, over('bssap')), sms(11, B, 40, over('map')))).toEqual([0, 0]);
    expect(repeats(sms(0, B, 40, over('map')), sms(1, B, 40, over('map')))).toEqual([0, 0]);
  });

  test('between own lines counts once for both, though it was sent and delivered on the same interface', () => {
    const caller = '8613800000001';
    const sent = (second: number) => sms(second, B, 40, over('map', { msisdn: caller }));
    const delivered = (second: number) => sms(second, caller, 40, over('map', { msisdn: B, direction: 'terminating' }));
    const rowsOf = (line: string, ...sides: (readonly ['own' | 'mirror', CatpoolEvent])[]) => {
      const history = new History();
      history.reset(line);
      for (const [role, each] of sides) history.push(each, role);
      history.seal();
      return [...history.repeat.subarray(0, sides.length)];
    };
    expect(rowsOf(caller, ['own', sent(0)], ['mirror', delivered(2)])).toEqual([0, 1]);
    expect(rowsOf(B, ['mirror', sent(0)], ['own', delivered(2)])).toEqual([0, 1]);
    // Two messages of the same length, one right after the other.
    expect(
      rowsOf(caller, ['own', sent(0)], ['own', sent(1)], ['mirror', delivered(2)], ['mirror', delivered(3)]),
    ).toEqual([0, 0, 1, 1]);
    // The phone was off for a while; what comes later still, or twice, is another one.
    expect(rowsOf(caller, ['own', sent(0)], ['mirror', delivered(3600)])).toEqual([0, 1]);
    expect(rowsOf(B, ['mirror', sent(0)], ['own', delivered(3600)])).toEqual([0, 1]);
    expect(rowsOf(caller, ['own', sent(0)], ['mirror', delivered(3601)])).toEqual([0, 0]);
    for (const second of [0, 300])
      expect(rowsOf(caller, ['own', sent(0)], ['mirror', delivered(second)], ['mirror', delivered(400)])).toEqual([
        0, 1, 0,
      ]);
    expect(
      rowsOf(caller, ['own', sent(0)], ['own', sent(100)], ['mirror', delivered(300)], ['mirror', delivered(400)]),
    ).toEqual([0, 0, 1, 1]);
    // What else it does meanwhile matters nothing; among more than 16 messages a delivery is not looked for.
    const calls = Array.from({ length: 20 }, (_, second) => ['own', call(second + 1, B, 0.5)] as const);
    expect(rowsOf(caller, ['own', sent(0)], ...calls, ['mirror', delivered(300)]).at(-1)).toBe(1);
    const others = (count: number) =>
      Array.from(
        { length: count },
        (_, number) =>
          ['own', sms(number + 1, `86139000001${10 + number}`, 40, over('map', { msisdn: caller }))] as const,
      );
    expect(rowsOf(caller, ['own', sent(0)], ...others(15), ['mirror', delivered(300)]).at(-1)).toBe(1);
    expect(rowsOf(caller, ['own', sent(0)], ...others(16), ['mirror', delivered(300)]).at(-1)).toBe(0);
  });

  test('so is USSD', () => {
    const ussd = (second: number, code: string, interface_: CatpoolEvent['interface']) =>
      event('ussd', second, over(interface_, { direction: 'originating', ussd_code: code }));
    const history = historyOf([ussd(0, '*101#', 'bssap'), ussd(1, '*101#', 'map'), ussd(2, '*102#', 'bssap')]);
    expect([...history.repeat.subarray(0, 3)]).toEqual([0, 1, 0]);
    expect(history.texts('service')).toEqual(['*101#', '*102#']);
  });
});

test('the latency of a register is not that of a phone', () => {
  const latencyOn = (interface_: CatpoolEvent['interface']) =>
    historyOf([event('auth', 0, over(interface_, { latency_ms: 120 }))]).latency[0];
  expect([latencyOn('sip'), latencyOn('bssap'), latencyOn('ranap')]).toEqual([120, 120, 120]);
  expect([latencyOn('map'), latencyOn('cap')]).toEqual([Number.NaN, Number.NaN]);
  const lines = [event('auth', 0, over('map', { latency_ms: 9 })), event('auth', 0, over('bssap', { latency_ms: 9 }))];
  expect(lines.map((each) => JSON.stringify(populationOf(historyOf([each])).toJSON().latency))).toEqual([
    JSON.stringify(new Array(65).fill(0)),
    JSON.stringify(Array.from({ length: 65 }, (_, bin) => (bin === Math.floor(4 * Math.log2(9)) ? 1 : 0))),
  ]);
});
