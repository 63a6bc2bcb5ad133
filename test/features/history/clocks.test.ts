import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { Clocks } from '../../../src/features/history/clocks.ts';

const FEEDS = new Map([
  [1, 'north'],
  [2, 'south'],
  [3, 'west'],
  [4, 'east'],
]);

/** Calls as feeds see them: each with a clock of its own, and a tenth of a second of jitter. */
function clocksOf(calls: number, feeds: Record<number, { offset: number; sees: (call: number) => boolean }>): Clocks {
  const random = new Random(9, 'clocks');
  const legs: [number, number, number, number][] = [];
  for (let call = 0; call < calls; call++) {
    const time = call * 1000 + random.between(0, 500);
    for (const [feed, { offset, sees }] of Object.entries(feeds)) {
      if (sees(call))
        legs.push([Number(feed), 100 + (call % 50), 900 + (call % 7), time + offset + random.between(0, 0.1)]);
    }
  }
  const clocks = new Clocks();
  for (const leg of random.shuffle(legs)) clocks.note(...leg);
  return clocks;
}

const always = () => true;

describe('clocks of several feeds', () => {
  test('are compared by calls that two saw; others are reached over a third', () => {
    const clocks = clocksOf(200, {
      1: { offset: 0, sees: always },
      2: { offset: 41.5, sees: (call) => call % 3 === 0 },
      // West shares calls with south alone.
      3: { offset: -20, sees: (call) => call % 6 === 3 },
    });
    const { shifts, report } = clocks.offsets(FEEDS);
    expect(shifts.get(1)).toBe(0);
    expect(shifts.get(2)).toBeCloseTo(-41.5, 1);
    expect(shifts.get(3)).toBeCloseTo(20, 1);
    expect(shifts.has(4)).toBe(false);
    expect(report.map(({ feed }) => feed)).toEqual(['north', 'south', 'west', 'east']);
    expect(report[0]).toEqual({ feed: 'north', seconds: 0, calls: 0 });
    expect(report[1]!.calls).toBe(67);
    expect(report[3]).toEqual({ feed: 'east', seconds: null, calls: 0 });
  });

  test('tell nothing from two calls, or from calls that do not agree', () => {
    const two = clocksOf(2, { 1: { offset: 0, sees: always }, 2: { offset: 9, sees: always } });
    expect(two.offsets(FEEDS).shifts.has(2)).toBe(false);
    const clocks = new Clocks();
    for (let call = 0; call < 20; call++) {
      clocks.note(1, call, 900, call * 1000);
      clocks.note(2, call, 900, call * 1000 + 10 * (call % 10));
    }
    expect(clocks.offsets(FEEDS).shifts.has(2)).toBe(false);
  });

  test('do not depend on which feed comes first', () => {
    const reportOf = (east: number, west: number) => {
      const clocks = new Clocks();
      for (const [call, seconds] of [0, 2.5, 2.6, 2.7].entries()) {
        clocks.note(east, call, 900, call * 1000);
        clocks.note(west, call, 900, call * 1000 + seconds);
      }
      return clocks.offsets(FEEDS).shifts.size;
    };
    expect(reportOf(1, 2)).toBe(reportOf(2, 1));
  });

  test('count one call on two interfaces once, and no call that may be another', () => {
    const clocks = new Clocks();
    for (let call = 0; call < 5; call++) {
      clocks.note(1, call, 900, call * 1000);
      clocks.note(1, call, 900, call * 1000 + 0.5);
      clocks.note(2, call, 900, call * 1000 + 60);
      // Called twice within five minutes: which of them did the other feed see?
      clocks.note(1, 50 + call, 900, call * 1000);
      clocks.note(1, 50 + call, 900, call * 1000 + 200);
      clocks.note(2, 50 + call, 900, call * 1000 + 260);
    }
    const { shifts, report } = clocks.offsets(FEEDS);
    expect(shifts.get(2)).toBe(-60);
    expect(report.find(({ feed }) => feed === 'south')!.calls).toBe(5);
  });

  test('of one feed there is nothing to compare', () => {
    expect(new Clocks().offsets(new Map([[1, 'north']]))).toEqual({
      shifts: new Map([[1, 0]]),
      report: [{ feed: 'north', seconds: 0, calls: 0 }],
    });
  });
});
