import { describe, expect, test } from 'vitest';
import { at, call, callFrom, measured, missed, registration, START } from '../lines.ts';

const DAY = 86_400;
/** Outgoing calls of `talk` seconds at these times, each to another number. */
const calls = (times: readonly number[], talk = 10) =>
  times.map((second, i) => call(second, String(8_613_900_000_000 + 100 * i), talk));
const every = (step: number, count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * step);

describe('V1 calls per hour', () => {
  // Four calls in the hours from 0 and 1, and 5: 4 calls / 3 hours.
  test('active', () =>
    expect(measured('outgoing_per_active_hour', calls([0, 3599, 3600, 18_000]))).toBeCloseTo(4 / 3, 12));
  test('incoming calls make no hour active', () =>
    expect(measured('outgoing_per_active_hour', [callFrom(0, '8613900000002', 5)])).toBeNaN());
  // 12 calls in 24 h.
  test('observed', () => expect(measured('outgoing_per_hour', calls(every(600, 12)))).toBe(0.5));
  // Ten minutes are taken as an hour.
  test('short capture', () =>
    expect(measured('outgoing_per_hour', calls([0, 60, 120]), { observedSeconds: 600 })).toBe(3));
  test('none', () => expect(measured('outgoing_per_hour', [registration(0)])).toBe(0));
});

describe('V2 peak hour', () => {
  // 3 in [1800, 5400); the one at 5400 begins another hour.
  test('slides', () => expect(measured('peak_hour_calls', calls([0, 1800, 3000, 5399, 5400 + 3600]))).toBe(3));
  test('end is open', () => expect(measured('peak_hour_calls', calls([0, 3600]))).toBe(1));
});

describe('V3 busy share', () => {
  // [0, 17+100) and [50, 57+100): union 157 s; [1000, 1017): 17 s; an open call does not count. 174 s of a day.
  test('union of calls in both directions', () => {
    const events = [
      call(0, '8613900000002', 110),
      callFrom(50, '8613900000003', 100),
      call(1000, '8613900000002', 10),
      missed(2000, '8613900000002', { outcome: 'open', end_time: null }),
    ];
    expect(measured('busy_share', events)).toBeCloseTo((157 + 17) / DAY, 12);
  });
  test('a call whose clock was set back before it ended has no known end', () => {
    const setBack = { end_time: at(-3500), talk_ms: null };
    expect(measured('busy_share', [call(0, '8613900000002', 100, setBack)])).toBe(0);
    expect(
      measured('busy_share', [call(0, '8613900000002', 100, setBack), call(500, '8613900000003', 50)]),
    ).toBeCloseTo(57 / DAY, 12);
    // Its two legs are one call all the same.
    const legs = [call(0, '8613900000002', 100, setBack), call(0.1, '8613900000002', 100, setBack)];
    expect(measured('called_numbers', legs)).toBe(1);
    expect(measured('peak_hour_calls', legs)).toBe(1);
  });
  test('one call within another adds nothing', () => {
    expect(measured('busy_share', [call(0, '8613900000002', 100), callFrom(10, '8613900000003', 5)])).toBeCloseTo(
      107 / DAY,
      12,
    );
  });
});

describe('V4 idle gaps', () => {
  // Calls last 17 s: gaps 83, 183, 3; two gaps are too few.
  const times = [0, 100, 300, 320];
  test('median', () => expect(measured('idle_gap_median', calls(times))).toBe(83));
  test('minimum', () => expect(measured('idle_gap_minimum', calls(times))).toBe(3));
  test('a call that seems to begin just before the end of the last has none after it', () =>
    expect(measured('idle_gap_minimum', calls([0, 12.5, 300, 400]))).toBe(0));
  test('two calls at once have nothing between them', () => {
    expect(measured('idle_gap_minimum', calls([0, 11.5, 300, 400, 500]))).toBe(83);
    expect(measured('idle_gap_minimum', calls([0, 10, 300, 400]))).toBeNaN();
  });
  test('too few', () => expect(measured('idle_gap_median', calls(times.slice(0, 3)))).toBeNaN());
});

describe('V5 regularity', () => {
  // Intervals 100, 100, 100, 100, 200: mean 120, squares 4 * 400 + 6400 = 8000, / 4 = 2000.
  const uneven = [0, 100, 200, 300, 400, 600];
  test('variation', () =>
    expect(measured('call_interval_variation', calls(uneven))).toBeCloseTo(Math.sqrt(2000) / 120, 12));
  test('timer', () => expect(measured('call_interval_variation', calls(every(60, 6)))).toBe(0));
  test('four intervals are too few', () => expect(measured('call_interval_variation', calls(every(60, 5)))).toBeNaN());
  // All intervals equal the mean, where the exponential has 1 - 1/e below: the step from 0 to 1 is 1 - 1/e away.
  test('distance of a timer', () => {
    expect(measured('call_interval_distance_to_chance', calls(every(60, 6)))).toBeCloseTo(1 - Math.exp(-1), 12);
  });
  // Intervals 20, 50, 90, 160, 380 (mean 140): the largest of the ten distances, each written out.
  test('distance of uneven intervals', () => {
    const steps = [20, 50, 90, 160, 380].map((x, i) => {
      const expected = 1 - Math.exp(-x / 140);
      return Math.max(expected - i / 5, (i + 1) / 5 - expected);
    });
    expect(measured('call_interval_distance_to_chance', calls([0, 90, 110, 490, 540, 700]))).toBeCloseTo(
      Math.max(...steps),
      12,
    );
  });
  // Median 100; four of five within [90, 110].
  test('share near the median', () => expect(measured('call_interval_timer_share', calls(uneven))).toBe(0.8));
});

describe('V6 V7 V8 the local day', () => {
  // Local hours (UTC+8): 8, 8, 9, 10: with a fifth at 10: shares 2/5, 1/5, 2/5.
  const five = calls([0, 600, 3600, 7200, 7800]);
  const china = { localOffset: () => 28_800 };
  test('entropy of hours', () => {
    const expected = -(0.4 * Math.log2(0.4) * 2 + 0.2 * Math.log2(0.2));
    expect(measured('hour_entropy', five, china)).toBeCloseTo(expected, 12);
  });
  test('night', () => {
    // UTC+0: all five between 0 and 3; UTC+8: none. 18:00 UTC is 2 at night in China.
    expect(measured('night_share', five)).toBe(1);
    expect(measured('night_share', five, china)).toBe(0);
    expect(measured('night_share', calls([0, 600, 3600, 7200, 64_800]), china)).toBe(0.2);
  });
  // 2024-01-01 is a Monday: days 5 and 6 are the weekend.
  test('weekend', () => {
    const week = { from: START, until: START + 7 * DAY, observedSeconds: 7 * DAY };
    const events = calls([0, DAY, 4 * DAY + DAY - 1, 5 * DAY, 6 * DAY + 100]);
    expect(measured('weekend_share', events, week)).toBe(0.4);
    // In China (UTC+8) Friday's last call is on Saturday already, and Sunday's is still on Sunday.
    expect(measured('weekend_share', events, { ...week, ...china })).toBe(0.6);
    expect(measured('weekend_share', events)).toBeNaN();
  });
  test('missing without a time zone or with few calls', () => {
    for (const name of ['hour_entropy', 'night_share']) {
      expect(measured(name, five, { localOffset: null })).toBeNaN();
      expect(measured(name, five.slice(0, 4))).toBeNaN();
    }
  });
});

describe('V9 silence', () => {
  // Events at 1, 7, 8, 9 and 10 h of 24 h: gaps 1, 6, 1, 1, 1 and 14 h.
  const five = [1, 7, 8, 9, 10].map((hour) => registration(hour * 3600));
  test('longest', () => expect(measured('longest_silence_share', five)).toBeCloseTo(14 / 24, 12));
  test('before the first event', () => {
    const late = [0, 1, 2, 3, 4].map((second) => registration(80_000 + second));
    expect(measured('longest_silence_share', late)).toBeCloseTo(80_000 / DAY, 12);
  });
  test('what was not observed is no silence', () => {
    expect(measured('longest_silence_share', five, { from: START - 30 * DAY })).toBe(1);
  });
  test('four events are too few', () => expect(measured('longest_silence_share', five.slice(1))).toBeNaN());
  test('a card woken after a month', () => {
    const long = { until: START + 60 * DAY, observedSeconds: 60 * DAY };
    // Silent from day 2 to day 33; three calls within 24 h, the fourth after.
    const woken = [...calls([DAY, 2 * DAY]), ...calls([33 * DAY, 33 * DAY + 600, 34 * DAY - 1, 34 * DAY])];
    expect(measured('calls_after_long_silence', woken, long)).toBe(3);
    expect(measured('calls_after_long_silence', calls([DAY, 2 * DAY]), long)).toBe(0);
    expect(measured('calls_after_long_silence', woken)).toBeNaN();
  });
});

describe('V10 slots', () => {
  // Sessions: 3 calls over 200 s, 3 over 200 s, 1, 3 over 400 s; starts at 0, 5000, 10,000, 15,000.
  const slots = calls([0, 100, 200, 5000, 5100, 5200, 10_000, 15_000, 15_200, 15_400]);
  // Calls 3, 3, 1, 3: mean 2.5, squares 3 * .25 + 2.25 = 3, / 3 = 1.
  test('calls per session', () => expect(measured('session_calls_variation', slots)).toBeCloseTo(1 / 2.5, 12));
  // Lengths 200, 200, 0, 400: mean 200, squares 80,000, / 3.
  test('session length', () =>
    expect(measured('session_length_variation', slots)).toBeCloseTo(Math.sqrt(80_000 / 3) / 200, 12));
  test('share at the cap', () => expect(measured('session_cap_share', slots)).toBe(0.75));
  // Rests 4800, 4800, 5000: mean 14,600 / 3, variance 13,333.3.
  test('rests', () => expect(measured('rest_variation', slots)).toBeCloseTo(Math.sqrt(40_000 / 3) / (14_600 / 3), 12));
  test('three sessions are too few; sessions of one call have no cap', () => {
    expect(measured('session_calls_variation', slots.slice(0, 7))).toBeNaN();
    expect(measured('rest_variation', slots.slice(0, 7))).toBeNaN();
    expect(measured('session_cap_share', calls(every(5000, 6)))).toBeNaN();
  });
});
