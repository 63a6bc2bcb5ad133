import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { selectRows } from '../../src/forest/dataset.ts';
import { anomalyScorer, trainIsolation } from '../../src/forest/isolation.ts';
import { auc, scored } from '../../src/forest/metrics.ts';
import { noisyRows, sichuan, table } from './rows.ts';

/** Lines around two habits; some lack the second number. */
function habits(count: number): number[][] {
  const random = new Random(8, 'habits');
  return Array.from({ length: count }, (_, row) => [
    (row % 2) * 10 + random.normal(),
    row % 3 === 0 ? Number.NaN : (row % 2) * 10 + random.normal(),
    3,
    0,
  ]);
}

const features = ['calls', 'cells', 'constant'];
const isolation = trainIsolation(table(features, habits(2000)));
const score = (...x: number[]) => anomalyScorer(isolation)(Float64Array.from(x), 0);

describe('an isolation forest', () => {
  it('finds odd what lies outside, or between habits, and not what many do', () => {
    const usual = score(0, 0, 3);
    expect(usual.percentile).toBeLessThan(0.5);
    expect(score(40, 40, 3).percentile).toBeGreaterThan(0.99);
    expect(score(40, 40, 3).score).toBeGreaterThan(0.6);
    // Each number is usual by itself; together they are not.
    expect(score(0, 10, 3).score).toBeGreaterThan(usual.score + 0.03);
  });

  it('takes a missing value as what it is: usual where many lack it, odd where none does', () => {
    expect(score(0, Number.NaN, 3).percentile).toBeLessThan(0.6);
    const rows = habits(2000);
    rows[0]![0] = Number.NaN;
    const one = anomalyScorer(trainIsolation(table(features, rows), { sample: 2000 }));
    expect(one(Float64Array.of(Number.NaN, 0, 3), 0).score).toBeGreaterThan(one(Float64Array.of(0, 0, 3), 0).score);
  });

  it('is a score as its authors define it: 2^(-path / typical path), where one question parts two rows', () => {
    // A tree over two rows asks once: path 1, and the typical path of two rows is 1 as well.
    const two = trainIsolation(
      table(
        ['calls'],
        [
          [0, 0],
          [1, 0],
        ],
      ),
      { trees: 4 },
    );
    expect(anomalyScorer(two)(Float64Array.of(0), 0).score).toBe(0.5);
    expect(two.sample).toBe(2);
    // Rows that are all alike are never parted: the path is what four rows would need, and nothing is odd.
    const alike = trainIsolation(table(['calls'], Array(4).fill([7, 0])));
    expect(anomalyScorer(alike)(Float64Array.of(7), 0).score).toBeCloseTo(0.5, 6);
  });

  it('is the same for the same seed, whatever the order of the rows, and looks at ordinary rows alone', () => {
    const rows = noisyRows(400);
    const order = new Random(3).shuffle([...Array(400).keys()]);
    const first = trainIsolation(rows, { seed: 5 });
    expect(trainIsolation(selectRows(rows, order), { seed: 5 })).toEqual(first);
    expect(trainIsolation(rows, { seed: 6 })).not.toEqual(first);
    const ordinary = [...rows.y.keys()].filter((row) => rows.y[row] === 0);
    expect(trainIsolation(selectRows(rows, ordinary), { seed: 5 })).toEqual(first);
    expect(first.scores.rows).toBe(ordinary.length);
  });

  it('takes numbers beyond 32 bits and infinitely close ones', () => {
    const rows = table(
      ['huge', 'close'],
      Array.from({ length: 64 }, (_, i) => [i % 2 === 0 ? 1e300 : -1e300, 1 + (i % 2) * Number.EPSILON, 0]),
    );
    const odd = anomalyScorer(trainIsolation(rows))(rows.x, 0);
    expect(odd.score).toBeGreaterThan(0);
    expect(odd.score).toBeLessThan(1);
  });

  it('refuses what it cannot use', () => {
    const rows = table(['calls'], [[1, 1]]);
    expect(() => trainIsolation(rows)).toThrow(UserError);
    expect(() => trainIsolation(noisyRows(50), { trees: 0 })).toThrow('trees must be a whole number');
    expect(() => trainIsolation(noisyRows(50), { sample: 1 })).toThrow('sample must be a whole number from 2');
  });
});

it('finds fraud among real subscribers without having seen a label of it: AUC above .8, where one half is chance', () => {
  const rows = sichuan();
  const half = (odd: number) =>
    selectRows(
      rows,
      [...Array(rows.rows).keys()].filter((row) => row % 2 === odd),
    );
  const learnt = anomalyScorer(trainIsolation(half(0)));
  const rest = half(1);
  const scores = Float64Array.from({ length: rest.rows }, (_, row) => learnt(rest.x, row * rest.features.length).score);
  expect(auc(scored(scores, rest.y, rest.weight, rest.group))).toBeGreaterThan(0.8);
});
