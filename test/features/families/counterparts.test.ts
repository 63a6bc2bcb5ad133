import { describe, expect, test } from 'vitest';
import { Population } from '../../../src/features/population.ts';
import { call, callFrom, context, feature, historyOf, measured } from '../lines.ts';

const calls = (numbers: readonly (string | number)[]) => numbers.map((to, i) => call(i * 1000, String(to), 5));
const A = 8_613_900_000_000;

describe('C1 C2 C3 C4 C5 counterparts', () => {
  test('distinct numbers', () => {
    expect(measured('called_numbers', [...calls([A, A + 1, A]), callFrom(9000, String(A + 7), 5)])).toBe(2);
    expect(measured('called_numbers', [])).toBe(0);
    // 6 numbers in 24 h.
    expect(measured('called_numbers_per_hour', calls([A, A + 1, A + 2, A + 3, A + 4, A + 5]))).toBe(0.25);
  });
  test('calls per number', () => {
    expect(measured('calls_per_called_number', calls([A, A, A, A + 1, A + 1]))).toBe(2.5);
    expect(measured('calls_per_called_number', calls([A, A + 1, A + 2, A + 3]))).toBeNaN();
    // A call without a number is no call to a number.
    expect(
      measured('calls_per_called_number', [...calls([A, A, A, A + 1]), call(9000, '', 5, { counterpart: null })]),
    ).toBeNaN();
  });
  test('numbers never met before, in the later half', () => {
    // Ten calls; the later five go to: met, new, called it before, new, the same again.
    const events = [
      ...calls([A, A, A, A, A + 1, A + 1, A + 50, A + 9, A + 60, A + 50]),
      callFrom(500, String(A + 9), 5),
    ];
    expect(measured('new_number_share', events)).toBe(2 / 5);
    expect(measured('new_number_share', calls([A, A, A, A, A, A, A, A, A]))).toBeNaN();
  });
  test('the five called most', () => {
    // 3 + 2 + 2 + 1 + 1 of 12 calls to 8 numbers.
    const events = calls([A, A, A, A + 1, A + 1, A + 2, A + 2, A + 3, A + 4, A + 5, A + 6, A + 7]);
    expect(measured('top_five_share', events)).toBe(9 / 12);
    expect(measured('top_five_share', events.slice(0, 9))).toBeNaN();
  });
  test('who calls back', () => {
    const events = [
      ...calls([A, A + 1, A + 2, A + 3, A + 4]),
      callFrom(9000, String(A + 2), 5),
      callFrom(9900, String(A + 99), 5),
    ];
    expect(measured('called_back_share', events)).toBe(1 / 5);
    expect(measured('called_back_share', events.slice(1))).toBeNaN();
  });
  test('said as a reason', () => {
    const history = historyOf(calls([A, A, A, A + 1, A + 1]));
    const { reason, compute } = feature('calls_per_called_number');
    expect(reason.en(compute(history, context()), history)).toBe('5 calls to 2 numbers');
    expect(reason.zh(compute(history, context()), history)).toBe('主叫 5 次，涉及 2 个号码');
  });
});

describe('C6 C7 what the numbers are', () => {
  test('in sequence', () => {
    // 0, 3 and 13 are within 10 of a neighbour; 100 and 200 are not; names are no numbers.
    expect(measured('sequential_number_share', calls([A + 100, A + 13, A, A + 200, A + 3, 'alice', A]))).toBe(3 / 5);
    expect(measured('sequential_number_share', calls([A, A + 1, A + 2, A + 3, 'alice', 'bob', '10086']))).toBeNaN();
  });
  test('prefixes', () => {
    // Distinct numbers: 8615 three times, 4479 once, 8613 twice: shares 1/2, 1/6, 1/3.
    const B = 8_615_900_000_000;
    const events = calls([B, B + 1, B + 2, B, 447_911_111_111, 8_613_800_000_007, 8_613_900_000_008]);
    const expected = 0.5 + Math.log2(6) / 6 + Math.log2(3) / 3;
    expect(measured('prefix_entropy', events)).toBeCloseTo(expected, 12);
    expect(measured('prefix_entropy', calls([A, A + 1, A + 2, A + 3]))).toBeNaN();
    // A country code of one digit, and three more; of three digits, and two more; what follows is of subscribers.
    const codes = [
      12_125_550_100, 12_135_550_100, 12_127_770_100, 2_348_030_000_001, 2_348_120_000_001, 2_348_050_000_001,
    ];
    expect(measured('prefix_entropy', calls(codes))).toBeCloseTo(2 * (Math.log2(3) / 3) + 2 * (Math.log2(6) / 6), 12);
    // The line is 8613...: two of seven calls stay there.
    expect(measured('other_prefix_share', events)).toBeCloseTo(5 / 7, 12);
    expect(feature('other_prefix_share').compute(historyOf(events, 'alice@example.com'), context())).toBeNaN();
    // 069..., 030... without their country would be taken for numbers of other ones.
    const population = Population.fromJSON(JSON.parse(JSON.stringify(new Population(false, true))));
    expect(measured('prefix_entropy', events, { population })).toBeNaN();
    expect(measured('other_prefix_share', events, { population })).toBeNaN();
  });
});
