import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { call, event, historyOf, measured, populationOf, registration, sms } from '../lines.ts';

const B = '8613900000002';
const IMEI = '356938035643809';

/** Each event as two probes of one interface see it, the second 80 ms later. */
function twice(events: (feed: string, late: number) => CatpoolEvent[]): CatpoolEvent[] {
  return [...events('north', 0), ...events('south', 0.08)];
}

describe('events that two probes of one interface saw', () => {
  const day = (feed: string, late: number) => [
    registration(0 + late, { feed, expires_s: 3600, endpoint: '10.0.0.7:5060' }),
    registration(1800 + late, { feed, expires_s: 3600, endpoint: '10.0.0.7:5060' }),
    registration(3600 + late, { feed, expires_s: 3600, endpoint: '10.0.0.7:5060' }),
    registration(5400 + late, { feed, expires_s: 3600, endpoint: '10.0.0.7:5060' }),
    sms(2000 + late, B, 70, { feed }),
    sms(2600 + late, B, 70, { feed }),
    event('presence', 3000 + late, { feed, interface: 'bssap', cell: '1', lac: 2, lu_type: 'periodic' }),
    event('device', 3000 + late, { feed, interface: 'bssap', imei: IMEI }),
    event('ussd', 4000 + late, { feed, interface: 'bssap', direction: 'originating', ussd_code: '*100#' }),
  ];

  test('count once, whatever kind they are', () => {
    const one = historyOf(day('north', 0));
    const two = historyOf(twice(day));
    expect(two.count).toBe(9);
    expect([...two.kinds]).toEqual([...one.kinds]);
    for (const name of ['kind', 'smsLength', 'expires', 'imei', 'cell', 'luType', 'endpoint', 'service'] as const)
      expect([...two[name].subarray(0, 9)], name).toEqual([...one[name].subarray(0, 9)]);
  });

  test('leave features as one probe has them', () => {
    for (const name of ['registration_period', 'outgoing_sms_per_hour', 'ussd_per_hour']) {
      const value = (events: CatpoolEvent[]) => measured(name, events, { population: populationOf(historyOf(events)) });
      const one = value(day('north', 0));
      expect(one, name).toBeGreaterThan(0);
      expect(value(twice(day)), name).toBe(one);
    }
  });

  test('leave behind what the other probe alone knew', () => {
    const history = historyOf([
      registration(0, { feed: 'north' }),
      registration(0.1, { feed: 'south', latency_ms: 40, expires_s: 600, imei: IMEI }),
    ]);
    expect([history.count, history.latency[0], history.expires[0]]).toEqual([1, 40, 600]);
    expect(history.text('imei', history.imei[0]!)).toBe(IMEI);
  });

  test('count twice where they differ, are apart, or one probe saw both', () => {
    const count = (...events: CatpoolEvent[]) => historyOf(events).count;
    const [north, south] = ['north', 'south'];
    expect(count(sms(0, B, 70, { feed: north }), sms(0.1, B, 71, { feed: south }))).toBe(2);
    expect(count(sms(0, B, 70, { feed: north }), sms(0.6, B, 70, { feed: south }))).toBe(2);
    expect(count(sms(0, B, 70, { feed: north }), sms(0.1, B, 70, { feed: north }))).toBe(2);
    expect(count(sms(0, B, 70, { feed: north }), sms(0.1, B, 70, { feed: south, interface: 'map' }))).toBe(2);
    expect(count(registration(0, { feed: north }), registration(0.1, { feed: south, outcome: 'deregistered' }))).toBe(
      2,
    );
  });

  test('stay as many as the probe that saw more of them saw', () => {
    const message = (second: number, feed: string) => sms(second, B, 70, { feed });
    // Two parts of one message, a moment apart; the second probe lost one of them, or none.
    expect(historyOf([message(0, 'north'), message(0.2, 'north'), message(0.01, 'south')]).count).toBe(2);
    expect(
      historyOf([message(0, 'north'), message(0.2, 'north'), message(0.01, 'south'), message(0.21, 'south')]).count,
    ).toBe(2);
    expect(historyOf(['north', 'south', 'west'].map((feed, n) => message(n / 10, feed))).count).toBe(1);
  });

  test('are the same whatever came first', () => {
    const events = twice(day);
    const columns = (history: ReturnType<typeof historyOf>) =>
      (['kind', 'time', 'imei', 'endpoint', 'counterpart'] as const).map((name) => [
        ...history[name].subarray(0, history.count),
      ]);
    expect(columns(historyOf([...events].reverse()))).toEqual(columns(historyOf(events)));
  });

  test('calls are joined as ever', () => {
    const history = historyOf(twice((feed, late) => [call(late, B, 60, { feed })]));
    expect([history.count, history.outgoingCount]).toEqual([2, 1]);
  });
});
