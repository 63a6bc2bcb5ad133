import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { tailBound } from '../../src/forest/tail.ts';
import { type Seen, thresholdsByExposure, thresholdsFor } from '../../src/forest/thresholds.ts';
import { thresholdFor } from './strata.ts';

const score = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));
/** Rows of 20 to a network, whose log-odds `draw` gives. */
function rowsOf(count: number, draw: (at: number) => number) {
  return {
    scores: Float64Array.from({ length: count }, (_, at) => score(draw(at))),
    weight: new Float64Array(count).fill(1),
    group: Int32Array.from({ length: count }, (_, at) => Math.floor(at / 20)),
  };
}

describe('the bound of a rate that rows are too few to count', () => {
  test('lies above what the distribution has there, nearly always, and not far above', () => {
    // Log-odds that fall off exponentially by .3: one in 10,000 is above .3 ln 10,000.
    const truth = 0.3 * Math.log(1e4);
    const bounds = Array.from({ length: 40 }, (_, seed) => {
      const random = new Random(seed);
      return tailBound(
        rowsOf(5000, () => random.exponential(0.3)),
        1e-4,
      )!;
    });
    expect(bounds.filter((bound) => bound >= score(truth)).length).toBeGreaterThanOrEqual(32);
    const middle = bounds.sort((a, b) => a - b)[20]!;
    expect(middle).toBeLessThan(score(1.6 * truth));
  });

  test('of scores that end somewhere lies near their end', () => {
    const random = new Random(7);
    const bound = tailBound(
      rowsOf(5000, () => 2 * random.next()),
      1e-4,
    )!;
    expect(bound).toBeGreaterThan(score(1.99));
    expect(bound).toBeLessThan(score(2.05));
  });

  test('is none where one company or few have all high scores, where rows are few, or the rate must be counted', () => {
    const random = new Random(2);
    // Nine networks of twenty rows each that reach high; the next 5 % are all as low as can be.
    const few = rowsOf(3000, (at) => (at < 180 ? random.between(2, 3) : -3));
    expect(tailBound(few, 1e-4)).toBeNull();
    const all = rowsOf(3000, () => random.normal());
    expect(tailBound(all, 1e-4)).not.toBeNull();
    expect(tailBound(all, 1e-5)).toBeNull();
    expect(
      tailBound(
        rowsOf(500, () => random.normal()),
        1e-4,
      ),
    ).toBeNull();
  });
});

describe('the strong threshold of a long window', () => {
  const random = new Random(5);
  // 40,000 rows of ten minutes, of which a company reaches .98; 5,000 of a day, calmer.
  const short = rowsOf(40_000, (at) => (at < 20 ? 3.9 : random.normal()));
  const long = rowsOf(5000, () => 0.4 * random.normal());
  const day: Seen = { basis: 'sip', hours: 24, acts: 30 };
  const brief: Seen = { basis: 'sip', hours: 0.2, acts: 30 };
  const join = (calm: typeof long) =>
    thresholdsByExposure({
      scores: Float64Array.of(...short.scores, ...calm.scores),
      weight: new Float64Array(45_000).fill(1),
      seen: Array.from({ length: 45_000 }, (_, at) => (at < 40_000 ? brief : day)),
      kinds: new Array<string>(45_000).fill(''),
      group: Int32Array.of(...short.group, ...calm.group.map((one) => one + 10_000)),
      enriched: new Array<boolean>(45_000).fill(false),
    });

  test('is drawn from what lines seen as long score, and says so', () => {
    const strata = join(long);
    const [suspect, strong] = [1e-3, 1e-4].map((rate) => thresholdFor(strata, day, rate)!);
    expect(strong!.score!).toBe(tailBound(long, 1e-4));
    expect(strong).toMatchObject({ rows: 5000, reason: 'drawn from the highest of 5000 ordinary rows' });
    expect(strong!.score!).toBeGreaterThan(Math.max(suspect!.score!, ...long.scores));
    expect(strong!.score!).toBeLessThan(thresholdsFor(short.scores, short.weight)[1]!.score!);
    // Of one in 100,000 nothing is drawn.
    expect(thresholdFor(strata, day, 1e-5)!.score).toBeNull();
  });

  test('is never above that of lines seen for shorter', () => {
    const wild = new Random(6);
    const strata = join(rowsOf(5000, () => 1.3 * wild.exponential(1)));
    const borrowed = thresholdFor(strata, day, 1e-4)!;
    expect(borrowed.rows).toBe(45_000);
    expect(borrowed.reason).toBeNull();
  });
});
