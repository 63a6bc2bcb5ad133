import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Random } from '../../src/base/random.ts';
import { digestOf, selectRows } from '../../src/forest/dataset.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { trainWithMlRandomForest } from '../../src/forest/second-trainer.ts';
import { trainForest } from '../../src/forest/train.ts';
import { noisyRows, table, walkedScore } from './rows.ts';

const bytesOf = (forest: Forest) =>
  [forest.roots, forest.feature, forest.threshold, forest.left, forest.right, forest.missingLeft, forest.value]
    .map((column) => Buffer.from(column.buffer).toString('base64'))
    .join();

const shuffled = (dataset: Dataset, seed: number) =>
  selectRows(dataset, new Random(seed).shuffle(Array.from({ length: dataset.rows }, (_, row) => row)));

describe('what a single tree learns', () => {
  const one = { trees: 1, bag: 'all', minLeaf: 1 } as const;

  it('cuts in the middle between the classes', () => {
    const rows = table(
      ['gap'],
      Array.from({ length: 100 }, (_, i) => [i, i >= 60 ? 1 : 0]),
    );
    const forest = trainForest(rows, one);
    expect([...forest.feature]).toEqual([0, -1, -1]);
    expect(forest.threshold[0]).toBe(59.5);
    expect([...forest.value]).toEqual([0.5, 0, 1]);
    // No missing value was seen: it goes where most rows are, though balance makes both sides weigh the same.
    expect(forest.missingLeft[0]).toBe(1);
  });

  it('without balance, a node tells the share of gateways', () => {
    const rows = table(
      ['gap'],
      Array.from({ length: 100 }, (_, i) => [i, i >= 60 ? 1 : 0]),
    );
    const forest = trainForest(rows, { ...one, balance: false });
    expect(forest.value[0]).toBe(Math.fround(0.4));
    expect(forest.missingLeft[0]).toBe(1);
  });

  it('finds a signal that is only in what is missing', () => {
    const rows = table(
      ['cells', 'noise'],
      Array.from({ length: 40 }, (_, i) => [i % 4 === 0 ? Number.NaN : 7, 3, i % 4 === 0 ? 1 : 0]),
    );
    const forest = trainForest(rows, one);
    expect(walkedScore(forest, Float64Array.of(Number.NaN, 3), 0)).toBe(1);
    expect(walkedScore(forest, Float64Array.of(7, 3), 0)).toBe(0);
    expect(walkedScore(forest, Float64Array.of(1e9, 3), 0)).toBe(0);
  });

  it('sends missing values to the side where they gain', () => {
    const side = (missingClass: number) => {
      const values = Array.from({ length: 50 }, (_, i) => [i, i >= 25 ? 1 : 0]);
      return trainForest(table(['gap'], [...values, ...Array(20).fill([Number.NaN, missingClass])]), one);
    };
    expect(side(0).missingLeft[0]).toBe(1);
    expect(side(1).missingLeft[0]).toBe(0);
    expect(side(0).threshold[0]).toBe(24.5);
    expect(side(1).threshold[0]).toBe(24.5);
  });

  it('stops at the number of leaves and at the rows of a leaf', () => {
    const rows = noisyRows(500);
    const leaves = (forest: Forest) => forest.feature.filter((feature) => feature < 0).length;
    expect(leaves(trainForest(rows, { ...one, maxLeaves: 7 }))).toBe(7);
    const forest = trainForest(rows, { ...one, minLeaf: 40 });
    const reached = new Map<number, number>();
    for (let row = 0; row < rows.rows; row++) {
      let node = 0;
      while (forest.feature[node]! >= 0) {
        const value = rows.x[row * 4 + forest.feature[node]!]!;
        const left = Number.isNaN(value) ? forest.missingLeft[node] === 1 : value <= forest.threshold[node]!;
        node = left ? forest.left[node]! : forest.right[node]!;
      }
      reached.set(node, (reached.get(node) ?? 0) + 1);
    }
    expect(Math.min(...reached.values())).toBeGreaterThanOrEqual(40);
    expect(reached.size).toBe(leaves(forest));
  });

  it('takes a weight of 3 as the row three times', () => {
    const rows = table(
      ['a', 'b'],
      Array.from({ length: 60 }, (_, i) => [(i * 7) % 11, (i * 5) % 13, (i * i) % 3 === 1 ? 1 : 0]),
    );
    const counts = Array.from({ length: 60 }, (_, i) => 1 + (i % 3));
    const repeated = selectRows(
      rows,
      counts.flatMap((count, row) => Array(count).fill(row)),
    );
    const weighted = { ...rows, weight: Float64Array.from(counts) };
    const options = { ...one, balance: false, trees: 5 };
    expect(bytesOf(trainForest(weighted, options))).toBe(bytesOf(trainForest(repeated, options)));
  });

  it('keeps the detail of a class of five among ten thousand', () => {
    const random = new Random(5);
    const values = Array.from({ length: 10_000 }, () => [random.next(), 0]);
    const forest = trainForest(table(['gap'], [...values, ...[1, 2, 3, 4, 5].map((i) => [0.5 + i * 1e-6, 1])]), one);
    const inside = walkedScore(forest, Float64Array.of(0.500003), 0);
    expect(inside).toBeGreaterThan(0.99);
    expect(walkedScore(forest, Float64Array.of(0.49), 0)).toBe(0);
    expect(walkedScore(forest, Float64Array.of(0.51), 0)).toBe(0);
  });
});

describe.each([
  ['histogram', (rows: Dataset, options: { trees?: number; seed?: number } = {}) => trainForest(rows, options)],
  [
    'ml-random-forest',
    (rows: Dataset, options: { trees?: number; seed?: number } = {}) => trainWithMlRandomForest(rows, options),
  ],
])('every trainer: %s', (_, train) => {
  it('learns XOR, which no single feature tells', () => {
    const random = new Random(3);
    const rows = table(
      ['a', 'b'],
      Array.from({ length: 400 }, () => {
        const [a, b] = [random.next(), random.next()];
        return [a, b, a > 0.5 !== b > 0.5 ? 1 : 0];
      }),
    );
    const forest = train(rows, { trees: 40 });
    for (const [a, b] of [
      [0.1, 0.9],
      [0.9, 0.1],
    ] as const)
      expect(walkedScore(forest, Float64Array.of(a, b), 0)).toBeGreaterThan(0.9);
    for (const [a, b] of [
      [0.1, 0.1],
      [0.9, 0.9],
    ] as const)
      expect(walkedScore(forest, Float64Array.of(a, b), 0)).toBeLessThan(0.1);
  });

  it('learns from missing values', () => {
    const rows = table(
      ['a', 'b'],
      Array.from({ length: 400 }, (_, i) => [i % 2 === 0 ? Number.NaN : 5 + (i % 3), i % 7, i % 2 === 0 ? 1 : 0]),
    );
    const forest = train(rows, { trees: 20 });
    expect(walkedScore(forest, Float64Array.of(Number.NaN, 3), 0)).toBeGreaterThan(0.9);
    expect(walkedScore(forest, Float64Array.of(6, 3), 0)).toBeLessThan(0.1);
  });

  it('gives the same bytes for the same seed, whatever the order of the rows and the names of the groups', () => {
    const rows = noisyRows(300);
    const forest = train(rows, { trees: 6, seed: 9 });
    expect(bytesOf(train(rows, { trees: 6, seed: 9 }))).toBe(bytesOf(forest));
    for (const seed of [1, 2, 3])
      expect(bytesOf(train(shuffled(rows, seed), { trees: 6, seed: 9 }))).toBe(bytesOf(forest));
    expect(bytesOf(train(rows, { trees: 6, seed: 10 }))).not.toBe(bytesOf(forest));
  });

  it('gives a well-formed forest, exact in 32 bits', () => {
    const forest = train(noisyRows(300), { trees: 5 });
    expect(forest.roots).toHaveLength(5);
    forest.feature.forEach((feature, node) => {
      expect(Math.fround(forest.threshold[node]!)).toBe(forest.threshold[node]);
      expect(Math.fround(forest.value[node]!)).toBe(forest.value[node]);
      expect(forest.value[node]).toBeGreaterThanOrEqual(0);
      expect(forest.value[node]).toBeLessThanOrEqual(1);
      if (feature >= 0) expect(forest.right[node]).toBe(forest.left[node]! + 1);
      else expect([forest.left[node], forest.right[node]]).toEqual([-1, -1]);
    });
  });

  it('takes a feature that is always missing, one that never varies, and numbers beyond 32 bits', () => {
    const rows = table(
      ['none', 'constant', 'huge', 'tiny'],
      Array.from({ length: 60 }, (_, i) => [
        Number.NaN,
        4,
        i % 2 === 0 ? 1e300 : -1e300,
        i % 3 === 0 ? 1e-300 : 0,
        i % 2,
      ]),
    );
    const forest = train(rows, { trees: 10 });
    expect(walkedScore(forest, Float64Array.of(Number.NaN, 4, -1e300, 0), 0)).toBeGreaterThan(0.5);
    expect(walkedScore(forest, Float64Array.of(Number.NaN, 4, 1e300, 0), 0)).toBeLessThan(0.5);
  });

  it('learns from one feature', () => {
    const forest = train(
      table(
        ['gap'],
        Array.from({ length: 50 }, (_, i) => [i, i < 25 ? 0 : 1]),
      ),
      { trees: 5 },
    );
    expect(walkedScore(forest, Float64Array.of(1), 0)).toBeLessThan(0.2);
    expect(walkedScore(forest, Float64Array.of(48), 0)).toBeGreaterThan(0.8);
  });

  it('refuses data it cannot use, in one line', () => {
    const good = noisyRows(50);
    const bad: [Partial<Dataset>, string][] = [
      [{ y: new Uint8Array(50) }, 'both classes'],
      [{ y: new Uint8Array(50).fill(2) }, 'class 2'],
      [{ x: new Float64Array(3) }, '200 values'],
      [{ x: good.x.map(() => Infinity) }, 'infinite calls'],
      [{ weight: new Float64Array(50) }, 'weight 0'],
      [{ weight: new Float64Array(50).fill(Number.NaN) }, 'weight NaN'],
      [{ weight: new Float64Array(5) }, '50 entries of weight'],
      [{ features: ['a', 'a', 'b', 'c'] }, 'a is named twice'],
      [{ features: [] }, 'at least one feature'],
      [{ features: Array.from({ length: 1001 }, (_, i) => `f${i}`) }, 'at most 1000 features'],
      [{ rows: 1 }, 'at least 2 rows'],
    ];
    for (const [part, words] of bad) {
      expect(() => train({ ...good, ...part })).toThrow(UserError);
      expect(() => train({ ...good, ...part })).toThrow(words);
    }
    for (const trees of [0, 1.5, -1, 1e9, Number.NaN])
      expect(() => train(good, { trees })).toThrow(/trees must be a whole number/);
    expect(() => train(good, { seed: -1 })).toThrow(/seed must be a whole number/);
  });
});

describe('a feature that leans', () => {
  /** Splits of a feature whose side of higher values is the less suspicious, those that part missing values alone left out. */
  const fallsOf = ({ feature, threshold, left, right, value }: Forest, wanted: number) =>
    [...feature.keys()].filter(
      (node) => feature[node] === wanted && threshold[node]! < 1e30 && value[right[node]!]! < value[left[node]!]!,
    ).length;
  const splitsOf = ({ feature }: Forest, wanted: number) => feature.filter((one) => one === wanted).length;

  it('is taken one way alone by every split', () => {
    const rows = noisyRows(2000);
    const leanings = new Map([
      ['calls', 1],
      ['gap', -1],
    ] as const);
    for (const bag of ['row', 'group'] as const) {
      const free = trainForest(rows, { trees: 20, bag });
      expect(fallsOf(free, 0)).toBeGreaterThan(20);
      expect(fallsOf(free, 2)).toBeLessThan(splitsOf(free, 2) - 20);
      const forest = trainForest({ ...rows, leanings }, { trees: 20, bag });
      expect(fallsOf(forest, 0)).toBe(0);
      expect(splitsOf(forest, 0)).toBeGreaterThan(20);
      expect(fallsOf(forest, 2)).toBe(splitsOf(forest, 2));
      expect(splitsOf(forest, 2)).toBeGreaterThan(20);
      // The others are taken as before.
      expect(fallsOf(forest, 3)).toBeGreaterThan(20);
    }
  });

  it('tells nothing where the rows say the contrary, unless by being missing', () => {
    const against = table(
      ['calls', 'cells'],
      Array.from({ length: 200 }, (_, i) => [i % 4 === 3 ? Number.NaN : i, i % 2, i >= 100 && i % 4 !== 3 ? 1 : 0]),
    );
    const forest = trainForest(
      { ...against, leanings: new Map([['calls', -1]]) },
      { trees: 1, bag: 'all', minLeaf: 1 },
    );
    for (let i = 1; i < 200; i++)
      expect(walkedScore(forest, Float64Array.of(i, 0), 0)).toBe(walkedScore(forest, Float64Array.of(0, 0), 0));
    expect(walkedScore(forest, Float64Array.of(Number.NaN, 1), 0)).toBe(0);
  });

  it('is left as it was where it goes that way by itself', () => {
    const along = table(
      ['calls'],
      Array.from({ length: 100 }, (_, i) => [i, i >= 60 ? 1 : 0]),
    );
    const free = trainForest(along);
    expect(bytesOf(trainForest({ ...along, leanings: new Map([['calls', 1]]) }))).toBe(bytesOf(free));
    expect(bytesOf(trainForest({ ...along, leanings: new Map([['cells', -1]]) }))).toBe(bytesOf(free));
  });
});

describe('options', () => {
  it('are checked', () => {
    const rows = noisyRows(50);
    expect(() => trainForest(rows, { bins: 256 })).toThrow('bins must be a whole number from 2 to 255, got 256');
    expect(() => trainForest(rows, { maxLeaves: 1 })).toThrow(UserError);
    expect(() => trainForest(rows, { minLeaf: 0 })).toThrow(UserError);
    expect(() => trainForest(rows, { bag: 'rows' as 'row' })).toThrow('bag must be row, group or all, got rows');
    expect(() => trainWithMlRandomForest(rows, { featureShare: 0 })).toThrow(UserError);
    expect(() => trainWithMlRandomForest(rows, { bagRows: 2 })).toThrow(UserError);
  });

  it('bag by group: the lines of a gateway are in a bag together or not at all', () => {
    // Each gateway has its own value, so a tree that did not see the gateway cannot tell it.
    const rows = table(
      ['gap'],
      Array.from({ length: 400 }, (_, i) => (i < 200 ? [1000 + Math.floor(i / 50), 1] : [i, 0])),
    );
    rows.group.forEach((_, row) => {
      if (row < 200) rows.group[row] = Math.floor(row / 50);
    });
    const forest = trainForest(rows, { bag: 'group', trees: 60, minLeaf: 1 });
    const shares = new Set(Array.from(forest.roots, (root) => forest.threshold[root]));
    expect(shares.size).toBeGreaterThan(2);
    expect(bytesOf(trainForest(shuffled(rows, 4), { bag: 'group', trees: 60, minLeaf: 1 }))).toBe(bytesOf(forest));
  });

  it('weigh by group: a box of 90 lines says no more than one of 3', () => {
    // At 10 calls there are 90 lines of one box and three ordinary ones; at 20, three boxes of a line each and three ordinary ones.
    const rows = table(
      ['calls'],
      [...Array(90).fill([10, 1]), ...Array(3).fill([20, 1]), ...Array(3).fill([10, 0]), ...Array(3).fill([20, 0])],
    );
    rows.group.fill(1000, 0, 90);
    const options = { trees: 1, bag: 'all', minLeaf: 1, balance: false } as const;
    const share = (weigh: 'row' | 'group', calls: number) =>
      walkedScore(trainForest(rows, { ...options, weigh }), Float64Array.of(calls), 0);
    expect(share('row', 10)).toBeCloseTo(90 / 93, 6);
    expect(share('group', 10)).toBeCloseTo(1 / 4, 6);
    expect(share('group', 20)).toBeCloseTo(1 / 2, 6);
    expect(() => trainForest(rows, { weigh: 'box' as 'row' })).toThrow('weigh must be row or group, got box');
  });

  it('a class that bags by group keep missing is still learnt', () => {
    const rows = table(
      ['gap'],
      [
        [1, 0],
        [2, 1],
      ],
    );
    const forest = trainForest(rows, { bag: 'group', trees: 20, minLeaf: 1 });
    for (const root of forest.roots) expect(forest.feature[root]).toBe(0);
  });
});

describe('the digest of a dataset', () => {
  it('does not depend on the order of rows, and depends on every value', () => {
    const rows = noisyRows(100);
    const digest = digestOf(rows);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(shuffled(rows, 7))).toBe(digest);
    const changed = selectRows(
      rows,
      Array.from({ length: 100 }, (_, row) => row),
    );
    changed.x[399]! += 1;
    expect(digestOf({ ...changed, x: changed.x.map((v, at) => (at === 399 && Number.isNaN(v) ? 1 : v)) })).not.toBe(
      digest,
    );
    expect(digestOf({ ...rows, features: ['calls', 'cells', 'gap', 'other'] })).not.toBe(digest);
  });

  it('takes -0 as 0', () => {
    expect(
      digestOf(
        table(
          ['a'],
          [
            [-0, 0],
            [1, 1],
          ],
        ),
      ),
    ).toBe(
      digestOf(
        table(
          ['a'],
          [
            [0, 0],
            [1, 1],
          ],
        ),
      ),
    );
  });
});
