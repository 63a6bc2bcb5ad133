import { describe, expect, test } from 'vitest';
import { call, event, historyOf, measured, populationOf, sms } from '../lines.ts';

const B = '8613900000002';
const withSms = { population: populationOf(historyOf([sms(0, B, 1)])) };
const received = (second: number) => sms(second, B, 20, { direction: 'terminating' });

describe('S1 S2 S4 short messages', () => {
  const events = [
    sms(0, B, 40),
    sms(60, B, 40),
    sms(120, B, 40),
    sms(180, '8613900000003', 90),
    received(300),
    received(400),
  ];
  test('rates', () => {
    // 4 sent and 2 received in 24 h.
    expect(measured('outgoing_sms_per_hour', events, withSms)).toBe(4 / 24);
    expect(measured('incoming_sms_per_hour', events, withSms)).toBe(2 / 24);
    expect(measured('outgoing_sms_per_hour', [call(0, B, 5)], withSms)).toBe(0);
    expect(measured('incoming_sms_per_hour', [], withSms)).toBe(0);
  });
  test('count once what several interfaces show', () => {
    const twice = events.flatMap((each) => [
      { ...each, interface: 'bssap' as const },
      {
        ...each,
        interface: 'map' as const,
        time: { s: each.time.s, ns: 400_000_000 },
        event_id: `f${each.event_id.slice(1)}`,
      },
    ]);
    expect(measured('outgoing_sms_per_hour', twice, withSms)).toBe(4 / 24);
    expect(measured('incoming_sms_per_hour', twice, withSms)).toBe(2 / 24);
    expect(measured('outgoing_sms_share', twice)).toBeCloseTo(4 / 6, 12);
    expect(measured('sms_per_number', [...twice, sms(500, B, 1)])).toBe(5 / 2);
    expect(measured('equal_length_sms_share', [...twice, sms(500, B, 40)])).toBe(4 / 5);
  });
  test('missing where the captures show none of anybody', () => {
    for (const name of ['outgoing_sms_per_hour', 'incoming_sms_per_hour', 'sms_numbers', 'voice_only']) {
      expect(
        measured(
          name,
          Array.from({ length: 6 }, (_, i) => call(i * 100, B, 5)),
        ),
      ).toBeNaN();
    }
  });
  test('shares and numbers', () => {
    expect(measured('outgoing_sms_share', events)).toBeCloseTo(4 / 6, 12);
    expect(measured('outgoing_sms_share', events.slice(2))).toBeNaN();
    expect(measured('sms_numbers', events, withSms)).toBe(2);
    expect(measured('sms_per_number', [...events, sms(500, B, 1)])).toBe(5 / 2);
    expect(measured('sms_per_number', events)).toBeNaN();
  });
  test('equal lengths', () => {
    expect(measured('equal_length_sms_share', [...events, sms(500, B, 40)])).toBe(4 / 5);
    expect(measured('equal_length_sms_share', events)).toBeNaN();
  });
});

describe('S3 voice only', () => {
  const calls = Array.from({ length: 5 }, (_, i) => call(i * 100, B, 5));
  test.each([
    ['calls alone', calls, 1],
    ['with a message', [...calls, received(9000)], 0],
    ['with USSD', [...calls, event('ussd', 9000)], 0],
    ['too few calls', calls.slice(1), Number.NaN],
  ])('%s', (_name, events, expected) => {
    expect(measured('voice_only', events, withSms)).toBe(expected);
  });
});
