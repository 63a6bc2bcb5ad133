import { coefficientOfVariation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { call, context, event, feature, historyOf, measured, populationOf, registration } from '../lines.ts';

const cell = (name: string) => ({ mcc: '460', mnc: '00', lac: 6151, cell: name });
/** Registrations in these cells, one an hour from `from` seconds on. */
const seen = (cells: string, from = 0, step = 3600) =>
  [...cells].map((name, i) => registration(from + i * step, cell(name)));

describe('M1 M2 M3 cells', () => {
  test('distinct', () => {
    expect(measured('cells', seen('AAB'))).toBe(2);
    expect(measured('cells', [registration(0)])).toBeNaN();
  });
  test('the top one', () => {
    expect(measured('top_cell_share', seen('AABAC'))).toBe(0.6);
    expect(measured('top_cell_share', seen('AABA'))).toBeNaN();
    // Stays of A: 0-2 h and 4-5 h; an event without a cell breaks none.
    expect(measured('top_cell_dwell_hours', [...seen('AAABAA'), registration(1800)])).toBe(2);
    expect(measured('top_cell_dwell_hours', seen('AAAA'))).toBeNaN();
  });
  // Shares 1/2, 1/4, 1/4 (8 events).
  test('entropy', () => expect(measured('cell_entropy', seen('AABABACC'))).toBeCloseTo(1.5, 12));
  test('said as a reason', () => {
    const history = historyOf(seen('AAAAA'));
    expect(feature('cells').reason.en(1, history)).toBe('never left cell 460-00-6151-A');
    expect(feature('top_cell_share').reason.en(1, history)).toBe(
      '100 % of its events with a place in cell 460-00-6151-A',
    );
  });
});

describe('M5 day and night', () => {
  // UTC: 0-5 h at night, 9-14 h by day.
  const night = seen('AAB', 0);
  test('same cell', () => expect(measured('day_cell_is_night_cell', [...night, ...seen('AA', 36_000)])).toBe(1));
  test('other cell', () => expect(measured('day_cell_is_night_cell', [...night, ...seen('BB', 36_000)])).toBe(0));
  test('missing', () => {
    expect(measured('day_cell_is_night_cell', [...night, ...seen('B', 36_000)])).toBeNaN();
    expect(measured('day_cell_is_night_cell', [...night, ...seen('AA', 36_000)], { localOffset: null })).toBeNaN();
    expect(measured('day_cell_is_night_cell', [registration(0)])).toBeNaN();
  });
});

describe('M6 M7 changes of cell', () => {
  test('between the same pairs', () => {
    // AB BC CA AB BC CA AD DE: pairs AB 2, BC 2, CA 2, AD 1, DE 1: 6 of 8.
    expect(measured('same_neighbours_share', seen('ABCABCADE'))).toBe(0.75);
    // To and fro is one pair.
    expect(measured('same_neighbours_share', seen('ABABAB'))).toBe(1);
    expect(measured('same_neighbours_share', seen('ABABA'))).toBeNaN();
    expect(measured('same_neighbours_share', seen('AAAAAAAA'))).toBeNaN();
  });
  test('regularity', () => {
    expect(measured('cell_change_interval_variation', seen('AABBAABBAA'))).toBe(0);
    // Changes at 1, 2, 4, 5 h: intervals 1, 2, 1.
    expect(measured('cell_change_interval_variation', seen('ABCCBA'))).toBeCloseTo(
      coefficientOfVariation([1, 2, 1]),
      12,
    );
    expect(measured('cell_change_interval_variation', seen('ABAB'))).toBeNaN();
  });
});

describe('M10 crowding', () => {
  const caller = (count: number, name: string) =>
    historyOf(Array.from({ length: count }, (_, i) => call(i * 1000, String(8_613_900_000_000 + i), 5, cell(name))));
  test('other lines that only call out', () => {
    const me = caller(10, 'A');
    const population = populationOf(
      me,
      caller(10, 'A'),
      caller(20, 'A'),
      caller(3, 'A'),
      caller(3, 'A'),
      caller(3, 'A'),
      caller(10, 'B'),
    );
    // Besides itself 2 of the 5 others of A.
    expect(feature('outgoing_lines_in_top_cell').compute(me, context({ population }))).toBe(2);
    expect(feature('outgoing_lines_share_of_top_cell').compute(me, context({ population }))).toBe(0.4);
    // Of B there is nobody else.
    expect(feature('outgoing_lines_in_top_cell').compute(caller(10, 'B'), context({ population }))).toBe(0);
    expect(feature('outgoing_lines_share_of_top_cell').compute(caller(10, 'B'), context({ population }))).toBeNaN();
  });
  test('missing without a cell', () => {
    expect(measured('outgoing_lines_in_top_cell', [registration(0)])).toBeNaN();
    expect(measured('outgoing_lines_share_of_top_cell', [registration(0)])).toBeNaN();
  });
});

test('M11 updates without moving', () => {
  const updates = (types: readonly string[]) => types.map((lu_type, i) => event('presence', i * 100, { lu_type }));
  expect(measured('idle_update_share', updates(['periodic', 'attach', 'detach', 'normal', 'normal', 'periodic']))).toBe(
    0.6,
  );
  expect(measured('idle_update_share', updates(['periodic', 'periodic', 'periodic', 'normal', 'detach']))).toBeNaN();
  expect(measured('idle_update_share', [registration(0)])).toBeNaN();
});
