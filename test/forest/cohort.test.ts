import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { type CohortLine, fitCohort, levelOf, limitsAt, shiftAt } from '../../src/forest/cohort.ts';
import { scoreFor, type Threshold } from '../../src/forest/thresholds.ts';

const logOdds = (share: number): number => Math.log(share / (1 - share));
const line = (score: number, lines = 1): CohortLine => ({ score, lines });

describe('the level of a window', () => {
  it('is what nine in ten of its lines score less than, those in doubt left out', () => {
    // 10 000 lines: that so few are assumed besides does not show in two digits.
    const lines = Array.from({ length: 10_000 }, (_, at) => line((0.7 * (at + 0.5)) / 10_000));
    expect(levelOf(lines, 3)).toBeCloseTo(logOdds(0.63), 1);
    const boxes = Array.from({ length: 3000 }, () => line(0.85));
    expect(levelOf([...boxes, ...lines], 3)).toBe(levelOf(lines, 3));
    // One line that stands for many counts as these.
    const few = [line(0.1, 890), line(0.2, 20), line(0.4, 90)];
    expect((levelOf(few, 0) * 23) / 3).toBeCloseTo(logOdds(0.2), 9);
  });

  it('is nearer to what is usual the fewer lines there are, and that where there are none', () => {
    expect(levelOf([], -0.5)).toBe(-0.5);
    expect(levelOf([line(0.9)], -0.5)).toBe(-0.5);
    // Of 20 lines half, beside the 20 that are assumed.
    const twenty = Array.from({ length: 20 }, () => line(0.5));
    expect(levelOf(twenty, -1)).toBeCloseTo(-0.5, 12);
    expect(levelOf(twenty.slice(0, 5), -1)).toBeCloseTo(-0.8, 12);
  });

  it('moves thresholds by its share of the difference, whatever they hold for', () => {
    const at = (score: number | null): Threshold => ({ rate: 1e-3, score, rows: 9, reason: null });
    const limits = {
      thresholds: [at(0.8), at(null)],
      strata: [{ basis: 'sip' as const, hours: 0, acts: 0, thresholds: [at(0.5)] }],
    };
    const cohort = { usual: -1, weight: 0.5 };
    expect(limitsAt(limits, shiftAt(cohort, -1))).toEqual(limits);
    for (const [level, by] of [
      [1, 1],
      [-2, -0.5],
    ] as const) {
      const moved = limitsAt(limits, shiftAt(cohort, level));
      expect(logOdds(moved.thresholds[0]!.score!) - logOdds(0.8)).toBeCloseTo(by, 9);
      expect(moved.thresholds[1]!.score).toBeNull();
      expect(logOdds(scoreFor(moved, { basis: 'sip', hours: 1, acts: 0 }, 1e-3)!)).toBeCloseTo(by, 9);
    }
  });
});

describe('what is usual over windows', () => {
  // Windows of 100 lines each; in every other one all score higher by two log-odds.
  const windows = 40;
  const rows = windows * 100;
  const random = new Random(3, 'cohort');
  const window = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 100));
  const hot = (row: number): number => (window[row]! % 2 === 0 ? 1 : -1);
  const scores = Float64Array.from(
    { length: rows },
    (_, row) => 1 / (1 + Math.exp(2 - hot(row) - 0.3 * random.normal())),
  );
  const seen = Array.from({ length: rows }, () => ({ basis: 'sip' as const, hours: 4, acts: 20 }));
  const lines = new Float64Array(rows).fill(1);

  it('brings the scores of windows nearer to each other, and keeps the order in each', () => {
    const { cohort, level } = fitCohort(scores, seen, { window, lines })!;
    const middle = (values: Float64Array, sign: number) =>
      values.filter((_, row) => hot(row) === sign).sort()[rows / 4]!;
    const apart = (values: Float64Array) => logOdds(middle(values, 1)) - logOdds(middle(values, -1));
    expect(apart(scores)).toBeCloseTo(2, 1);
    // Each window has 100 lines of the 120 that its level is taken over.
    expect(apart(level)).toBeCloseTo(2 - cohort.weight * 2 * (100 / 120), 1);
    for (let row = 1; row < rows; row++)
      if (window[row] === window[row - 1]) expect(level[row]! < level[row - 1]!).toBe(scores[row]! < scores[row - 1]!);
    // Half of the windows are hot, by 1.28 spreads over their middle: the one in the middle is the lowest of these.
    expect(cohort.usual).toBeGreaterThan(-1);
    expect(cohort.usual).toBeLessThan(-1 + 1.6 * 0.3);
  });

  it('is told by no row that stands for no line, nor of lines of which little was seen', () => {
    const odd = (row: number): boolean => row % 3 === 0;
    const given = fitCohort(scores, seen, { window, lines })!.cohort;
    const spoilt = scores.map((score, row) => (odd(row) ? 0.79 : score));
    const without = lines.map((one, row) => (odd(row) ? 0 : one));
    const early = fitCohort(spoilt, seen, { window, lines: without })!;
    const little = seen.map((one, row) => (odd(row) ? { ...one, acts: 4 } : one));
    expect(early.cohort).toEqual(fitCohort(spoilt, little, { window, lines })!.cohort);
    expect(early.cohort.usual).toBeCloseTo(given.usual, 0);
    expect(fitCohort(spoilt, seen, { window, lines })!.cohort.usual).toBeGreaterThan(1);
  });

  it('is not known of few windows, unless another model tells it', () => {
    const few = rows / 5;
    const part = [scores.slice(0, few), seen.slice(0, few), { window, lines }] as const;
    expect(fitCohort(...part)).toBeNull();
    const cohort = { usual: -0.4, weight: 0.3 };
    expect(fitCohort(...part, cohort)!.cohort).toBe(cohort);
  });
});
