import { coefficientOfVariation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { call, callFrom, historyOf, measured, missed, populationOf, registration } from '../lines.ts';

const B = '8613900000002';
const out = (count: number, talk = 5) => Array.from({ length: count }, (_, i) => call(i * 1000, B, talk));
const into = (count: number, talk = 5) => Array.from({ length: count }, (_, i) => callFrom(40_000 + i * 1000, B, talk));

describe('R1 R2 R3 in and out', () => {
  test('share of calls', () => {
    expect(measured('outgoing_share', [...out(6), ...into(2)])).toBe(0.75);
    expect(measured('outgoing_share', out(4))).toBeNaN();
  });
  test('counts', () => {
    expect(measured('incoming_per_hour', into(12))).toBe(0.5);
    expect(measured('incoming_per_hour', [registration(0)])).toBe(0);
    // 7 out and 1 in: log2(8 / 2).
    expect(measured('outgoing_to_incoming', [...out(7), ...into(1)])).toBe(2);
    expect(measured('outgoing_to_incoming', [registration(0)])).toBeNaN();
  });
  test('is missing where calls to lines cannot be seen', () => {
    const cap = { interface: 'cap', mcc: '460', mnc: '00', lac: 6151, cell: '1' } as const;
    const legs = Array.from({ length: 60 }, (_, i) => call(i * 1000, String(8_613_900_000_000 + (i % 6)), 5, cap));
    const population = populationOf(historyOf(legs));
    for (const name of [
      'outgoing_share',
      'incoming_per_hour',
      'outgoing_to_incoming',
      'outgoing_minutes_share',
      'called_back_share',
      'outgoing_lines_in_top_cell',
    ]) {
      expect(measured(name, legs, { population }), name).toBeNaN();
      expect(measured(name, legs), name).not.toBeNaN();
    }
    expect(measured('outgoing_per_hour', legs, { population })).toBe(60 / 24);
  });
  test('minutes', () => {
    // 3 * 30 s out, 2 * 5 s in.
    expect(measured('outgoing_minutes_share', [...out(3, 30), ...into(2, 5)])).toBe(0.9);
    expect(measured('outgoing_minutes_share', [...out(2, 30), ...into(2, 5)])).toBeNaN();
    expect(measured('outgoing_minutes_share', [...out(3, 0), ...into(2, 0)])).toBeNaN();
    // 4 * 90 s = 6 min in 24 h.
    expect(measured('outgoing_minutes_per_hour', out(4, 90))).toBe(0.25);
  });
});

describe('R4 R5 R7 incoming calls', () => {
  const unanswered = (count: number) =>
    Array.from({ length: count }, (_, i) => missed(70_000 + i * 100, B, { direction: 'terminating' }));
  test('answered', () => {
    expect(measured('incoming_answered_share', [...into(3), ...unanswered(1), ...out(9)])).toBeNaN();
    expect(measured('incoming_answered_share', [...into(4), ...unanswered(1)])).toBe(0.8);
  });
  test('time to answer', () => {
    const rings = [1000, 2000, 4000, 8000, 30_000];
    const events = [...rings.map((ring_ms, i) => callFrom(i * 1000, B, 5, { ring_ms })), ...unanswered(3)];
    expect(measured('time_to_answer', events)).toBe(4);
    expect(measured('time_to_answer_variation', events)).toBeCloseTo(coefficientOfVariation(rings), 12);
    expect(measured('time_to_answer', events.slice(3))).toBeNaN();
    expect(measured('time_to_answer_variation', events.slice(1))).toBeNaN();
  });
  test('calls back that fail', () => {
    // The line calls B at 10,000; before it nothing is a call back. Two of three after fail; C was never called.
    const events = [
      missed(5000, B, { direction: 'terminating' }),
      call(10_000, B, 5),
      missed(20_000, B, { direction: 'terminating' }),
      callFrom(30_000, B, 5),
      missed(40_000, B, { direction: 'terminating' }),
      missed(50_000, B, { direction: 'terminating', outcome: 'open', end_time: null }),
      missed(60_000, '8613900000003', { direction: 'terminating' }),
    ];
    expect(measured('failed_call_back_share', events)).toBeCloseTo(2 / 3, 12);
    expect(measured('failed_call_back_share', events.slice(0, 4))).toBeNaN();
    expect(measured('failed_call_back_share', out(3))).toBeNaN();
  });
});

describe('R8 who calls', () => {
  const C = '8613900000003';
  const D = '8613900000004';
  const by = (number: string, at: number) => callFrom(at, number, 5);
  // B calls three times and is called, C twice and never is, D once.
  const events = [call(0, B, 5), by(B, 1000), by(B, 2000), by(B, 3000), by(C, 4000), by(C, 5000), by(D, 6000)];
  test('how often', () => {
    expect(measured('calls_per_caller', events)).toBe(2);
    expect(measured('calls_per_caller', events.slice(0, 5))).toBeNaN();
  });
  test('whether it calls them', () => {
    expect(measured('called_caller_share', events)).toBe(0.5);
    expect(measured('called_caller_share', events.slice(0, 3))).toBeNaN();
    expect(measured('called_caller_share', events.slice(1))).toBe(0);
  });
  test('whether those call again whom it never calls', () => {
    expect(measured('repeated_caller_share', events)).toBeCloseTo(1 / 3, 12);
    expect(measured('repeated_caller_share', events.slice(1))).toBeCloseTo(5 / 6, 12);
    expect(measured('repeated_caller_share', events.slice(5))).toBeNaN();
  });
});
