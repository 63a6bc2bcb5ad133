import { coefficientOfVariation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { call, callFrom, measured, missed } from '../lines.ts';

const calls = (talks: readonly number[]) => talks.map((talk, i) => call(i * 1000, '8613900000002', talk));

describe('L1 L2 L3 L4 L6 talk time', () => {
  const talks = [1, 2, 8, 9, 31, 200];
  test('variation', () =>
    expect(measured('talk_variation', calls(talks))).toBeCloseTo(coefficientOfVariation(talks), 12));
  // Bins of 5 s: {1, 2}, {8, 9}, {31}, {200}: shares 1/3, 1/3, 1/6, 1/6.
  test('entropy', () =>
    expect(measured('talk_entropy', calls(talks))).toBeCloseTo((2 / 3) * Math.log2(3) + (1 / 3) * Math.log2(6), 12));
  test('evenness: the entropy of the most that six calls can have', () => {
    expect(measured('talk_evenness', calls(talks))).toBeCloseTo(
      ((2 / 3) * Math.log2(3) + (1 / 3) * Math.log2(6)) / Math.log2(6),
      12,
    );
    expect(measured('talk_evenness', calls([1, 11, 21, 31, 41]))).toBeCloseTo(1, 12);
    expect(measured('talk_evenness', calls([7, 7, 7, 7, 7]))).toBe(0);
    expect(measured('talk_evenness', calls([1, 11, 21, 31]))).toBeNaN();
  });
  test('top bin', () => expect(measured('talk_top_share', calls(talks))).toBeCloseTo(1 / 3, 12));
  test('short calls', () => {
    expect(measured('talk_up_to_2_s', calls(talks))).toBeCloseTo(2 / 6, 12);
    expect(measured('talk_up_to_10_s', calls(talks))).toBeCloseTo(4 / 6, 12);
    expect(measured('talk_up_to_30_s', calls(talks))).toBeCloseTo(4 / 6, 12);
  });
  test('long calls', () => {
    expect(measured('talk_over_180_s', calls(talks))).toBeCloseTo(1 / 6, 12);
    expect(measured('talk_over_180_s', calls([180, 180, 180, 180, 180]))).toBe(0);
  });
  test('mean', () => {
    expect(measured('talk_mean', calls([10, 20, 60]))).toBe(30);
    expect(measured('talk_mean', calls([10, 20]))).toBeNaN();
  });
  test('four calls are too few; incoming and unanswered ones do not count', () => {
    const four = [...calls([1, 2, 3, 4]), callFrom(9000, '8613900000002', 5), missed(9900, '8613900000002')];
    for (const name of ['talk_variation', 'talk_entropy', 'talk_top_share', 'talk_up_to_2_s', 'talk_over_180_s']) {
      expect(measured(name, four)).toBeNaN();
    }
  });
  test('calls over an hour share a bin', () =>
    expect(measured('talk_top_share', calls([3600, 5000, 9000, 900_000, 1]))).toBe(0.8));
});

/** Outgoing calls that ended so. */
const ended = (outcomes: readonly CatpoolEvent['outcome'][], columns: Partial<CatpoolEvent> = {}) =>
  outcomes.map((outcome, i) => missed(i * 1000, '8613900000002', { outcome, ...columns }));

describe('L5 L8 L9 how calls end', () => {
  test('answered', () => {
    // Two of five; the open, the redirected and the only challenged ones say nothing.
    const events = [
      ...calls([5, 5]),
      ...ended(['no_answer', 'busy', 'failed', 'open', 'redirected', 'challenged']).map((e, i) =>
        shifted(e, 9000 + 100 * i),
      ),
    ];
    expect(measured('answer_seizure_ratio', events)).toBe(0.4);
  });
  test('a call still open after its answer is answered', () => {
    const open = call(9000, '8613900000002', 0, { outcome: 'open', talk_ms: null, end_time: null });
    expect(measured('answer_seizure_ratio', [open, ...ended(['busy', 'busy', 'busy', 'busy'])])).toBe(0.2);
  });
  test('shares of outcomes', () => {
    // Of 8 that tell: 1 busy, 2 no answer, 3 failed or rejected, 2 cancelled.
    const events = ended([
      'busy',
      'no_answer',
      'no_answer',
      'failed',
      'rejected',
      'failed',
      'cancelled',
      'cancelled',
      'open',
    ]);
    expect(measured('busy_outcome_share', events)).toBe(1 / 8);
    expect(measured('no_answer_share', events)).toBe(2 / 8);
    expect(measured('failed_share', events)).toBe(3 / 8);
    expect(measured('cancelled_share', events)).toBe(2 / 8);
    expect(measured('busy_outcome_share', events.slice(5))).toBeNaN();
  });
  test('causes', () => {
    // Cause 16 four times; no cause, status 480 four times: two kinds, half each: one bit.
    const events = [
      ...calls([1, 2, 3, 4]),
      ...ended(['no_answer', 'no_answer', 'no_answer', 'no_answer']).map((e) => shifted(e, 20_000)),
    ];
    expect(measured('release_cause_entropy', events)).toBeCloseTo(1, 12);
    // Who says why a call ended normally, and who does not.
    const normal = [null, 16, 31, null, 16, 31].map((cause, i) =>
      shifted(call(0, '8613900000003', 5, { cause }), 1000 * i),
    );
    expect(measured('release_cause_entropy', normal)).toBe(0);
    expect(
      measured('release_cause_entropy', ended(['busy', 'busy', 'busy', 'busy', 'busy'], { sip_status: null })),
    ).toBeNaN();
  });
  test('numbers that do not exist', () => {
    const events = [
      ...ended(['failed'], { sip_status: 404 }),
      missed(1000, '8613900000003', { outcome: 'failed', sip_status: 500, cause: 1 }),
      missed(2000, '8613900000003', { outcome: 'failed', sip_status: 486 }),
      missed(3000, '8613900000003', { outcome: 'failed', sip_status: 503 }),
      call(4000, '8613900000003', 5),
    ];
    expect(measured('dead_number_share', events)).toBe(0.4);
  });
  test('who hangs up', () => {
    // Line twice, other three times; the network and the unknown do not count.
    const by = ['caller', 'caller', 'called', 'called', 'called', 'network', null] as const;
    const events = by.map((released_by, i) => call(i * 1000, '8613900000002', 5, { released_by }));
    expect(measured('released_by_line_share', events)).toBe(0.4);
    expect(measured('released_by_line_share', events.slice(1))).toBeNaN();
  });
});

describe('L7 post-dial delay', () => {
  const delays = [1000, 2000, 2500, 3000, 9000];
  const events = delays.map((setup_ms, i) => call(i * 1000, '8613900000002', 5, { setup_ms }));
  test('median', () => expect(measured('post_dial_delay', events)).toBe(2.5));
  test('variation', () =>
    expect(measured('post_dial_delay_variation', events)).toBeCloseTo(coefficientOfVariation(delays), 12));
  test('too few', () => {
    expect(measured('post_dial_delay', events.slice(3))).toBeNaN();
    expect(measured('post_dial_delay_variation', events.slice(1))).toBeNaN();
  });
});

function shifted(event: CatpoolEvent, seconds: number): CatpoolEvent {
  const move = (time: CatpoolEvent['end_time']) => (time === null ? null : { s: time.s + seconds, ns: time.ns });
  return { ...event, time: move(event.time)!, answer_time: move(event.answer_time), end_time: move(event.end_time) };
}
