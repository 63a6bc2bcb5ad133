import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { scoresApart } from '../../src/forest/apart.ts';
import { type BoostOptions, trainBoosted } from '../../src/forest/boost.ts';
import { biasOf, contributions } from '../../src/forest/contributions.ts';
import { MAX_TREES, selectRows } from '../../src/forest/dataset.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { auc, scored } from '../../src/forest/metrics.ts';
import { boostOnThread } from '../../src/forest/parallel.ts';
import { compile } from '../../src/forest/predict.ts';
import { besidePrior, blend } from '../../src/forest/prior.ts';
import { trainForest } from '../../src/forest/train.ts';
import { corrupt, decodeTrees, encodeTrees } from '../../src/forest/tree-file.ts';
import { noisyRows, table, walkedSum } from './rows.ts';

const rows = noisyRows(1200);
const SMALL: Partial<BoostOptions> = { trees: 40, maxLeaves: 16, featuresPerSplit: 2, weigh: 'row' };
const logit = (share: number) => Math.log(share / (1 - share));
const scoresOf = (forest: Forest, { x, rows: count }: Dataset) => {
  const out = new Float64Array(count);
  compile(forest).scoreRows(x, count, out);
  return out;
};
const bytesOf = (forest: Forest) => JSON.stringify(encodeTrees(forest));

describe('a boosted forest', () => {
  const forest = trainBoosted(rows, SMALL);

  it('takes half a Newton step of the logistic loss with its first tree: 2 up where all are gateways, 2 down where none is', () => {
    // Nothing is known at first: gradient w/2 and curvature w/4 a row, so that the step is 2; the ridge takes a little.
    const apart = table(
      ['calls'],
      Array.from({ length: 400 }, (_, i) => [i, i >= 100 ? 1 : 0]),
    );
    const one = trainBoosted(apart, { trees: 1, rate: 1, ridge: 1e-9, weigh: 'row' });
    expect(one.value).toHaveLength(3);
    expect(one.value[1]).toBeCloseTo(-1, 6);
    expect(one.value[2]).toBeCloseTo(1, 6);
    expect(compile(one).score(Float64Array.of(50), 0)).toBeCloseTo(1 / (1 + Math.E), 6);
    // With a rate, that part of it; with a ridge as large as the curvature of a side, half of it.
    const careful = trainBoosted(apart, { trees: 1, rate: 0.25, ridge: 1e-9, weigh: 'row' });
    expect(careful.value[2]).toBeCloseTo(0.25, 6);
  });

  it('weighs both classes the same, however few there are of one: it begins at even odds', () => {
    const few = selectRows(
      rows,
      Int32Array.from(rows.y.keys()).filter((row) => rows.y[row] === 0 || row % 9 === 0),
    );
    const blind = trainBoosted({ ...few, x: few.x.map(() => 1) }, { ...SMALL, trees: 200 });
    expect(Math.abs(logit(biasOf(blind)))).toBeLessThan(0.1);
  });

  it('fits the rows the better the more trees it has, and tells others', () => {
    const loss = (trees: number) =>
      scoresOf(trainBoosted(rows, { ...SMALL, trees }), rows).reduce((sum, score, row) => {
        const own = 1 / (1 + Math.exp(-2 * logit(score)));
        return sum - Math.log(rows.y[row] === 1 ? own : 1 - own);
      }, 0);
    const losses = [1, 10, 40].map(loss);
    expect(losses[1]).toBeLessThan(losses[0]!);
    expect(losses[2]).toBeLessThan(losses[1]!);
    const others = noisyRows(1200, 2);
    const measured = (one: Forest) => auc(scored(scoresOf(one, others), others.y, others.weight, others.group))!;
    expect(measured(forest)).toBeGreaterThan(measured(trainForest(rows, { trees: 100 })) - 0.02);
  });

  it('is the same whatever the order of the rows, and on a thread', async () => {
    const shuffled = selectRows(rows, new Random(3).shuffle([...Array(rows.rows).keys()]));
    expect(bytesOf(trainBoosted(shuffled, SMALL))).toBe(bytesOf(forest));
    expect(bytesOf(await boostOnThread(rows, SMALL, null, 0))).toBe(bytesOf(forest));
    expect(bytesOf(trainBoosted(rows, { ...SMALL, seed: 2 }))).not.toBe(bytesOf(forest));
    await expect(boostOnThread(rows, { trees: 0 }, null, 0)).rejects.toThrow('trees must be a whole number');
  });

  it('learns to do without what is hidden from it, in turns', async () => {
    // One feature tells all, one most: who sees both always asks the first alone.
    const random = new Random(5);
    const two = table(
      ['all', 'most'],
      Array.from({ length: 1000 }, (_, row) => {
        const y = row % 2;
        return [y, random.chance(0.9) ? y : 1 - y, y] as const;
      }),
    );
    const grouped = { ...two, group: Int32Array.from({ length: 1000 }, (_, row) => Math.floor(row / 10)) };
    const hiding = { share: 0.3, familyOf: () => null, kept: [], seed: 1 };
    const options = { ...SMALL, trees: 120 };
    const seeing = trainBoosted(grouped, options);
    const doing = trainBoosted(grouped, options, hiding);
    const without = [Float64Array.of(Number.NaN, 0), Float64Array.of(Number.NaN, 1)] as const;
    const rise = (forest: Forest) => walkedSum(forest, without[1], 0) - walkedSum(forest, without[0], 0);
    expect(rise(seeing)).toBeLessThan(0.1);
    // The log-odds of 9 in 10 are 2.2, both ways, and half of the sum is saved.
    expect(rise(doing)).toBeGreaterThan(1);
    expect(rise(doing)).toBeLessThan(2.6);
    expect(bytesOf(await boostOnThread(grouped, options, hiding, 0))).toBe(bytesOf(doing));
    const kept = trainBoosted(grouped, options, { ...hiding, kept: ['all', 'most'] });
    expect(bytesOf(kept)).toBe(bytesOf(seeing));
  });

  it('scores by the contract, alone and among others, and from its file, to the bit', () => {
    const read = decodeTrees(rows.features, encodeTrees(forest));
    expect(read).toEqual(forest);
    const out = scoresOf(read, rows);
    for (let row = 0; row < rows.rows; row++) {
      expect(out[row]).toBe(1 / (1 + Math.exp(-walkedSum(forest, rows.x, row * 4))));
      expect(compile(forest).score(rows.x, row * 4)).toBe(out[row]);
    }
  });

  it('refuses a file whose values are no numbers, and takes them beyond 0 to 1', () => {
    const file = encodeTrees(forest);
    const value = Buffer.from(file.value, 'base64');
    expect(Math.min(...forest.value)).toBeLessThan(0);
    value.writeFloatLE(Number.NaN, 4);
    expect(() => decodeTrees(rows.features, { ...file, value: value.toString('base64') })).toThrow(
      corrupt('tree 0 has a value that is no number').message,
    );
  });

  it('ascribes the score to features: the parts add up, and have the sides of the log-odds', () => {
    const out = new Float64Array(4);
    for (let row = 0; row < 300; row++) {
      const bias = contributions(forest, rows.x, row * 4, out);
      const score = compile(forest).score(rows.x, row * 4);
      expect(Math.abs(out.reduce((sum, one) => sum + one, bias) - score)).toBeLessThan(1e-12);
    }
    // A row that ends where it began: what spoke for it and against it is told all the same.
    const even: Forest = {
      features: ['calls', 'cells'],
      boosted: true,
      roots: Int32Array.of(0, 3),
      feature: Int16Array.of(0, -1, -1, 1, -1, -1),
      threshold: Float64Array.of(3, 0, 0, 3, 0, 0),
      left: Int32Array.of(1, -1, -1, 4, -1, -1),
      right: Int32Array.of(2, -1, -1, 5, -1, -1),
      missingLeft: new Uint8Array(6),
      value: Float64Array.of(0, -1, 1, 0, -1, 1),
    };
    const two = new Float64Array(2);
    expect(contributions(even, Float64Array.of(9, 1), 0, two)).toBe(0.5);
    expect([...two]).toEqual([0.25, -0.25]);
    expect(contributions(even, Float64Array.of(9, 9), 0, two)).toBe(0.5);
    expect(two[0]! + two[1]!).toBeCloseTo(1 / (1 + Math.exp(-2)) - 0.5, 12);
    expect(two[0]).toBe(two[1]);
  });

  it('refuses options out of range, and rows without a class', () => {
    for (const [options, message] of [
      [{ rate: 0 }, 'rate must be above 0 and at most 1, got 0'],
      [{ rate: 1.5 }, 'rate must be above 0 and at most 1'],
      [{ ridge: Number.NaN }, 'ridge must be above 0'],
      [{ minCurvature: -1 }, 'minCurvature must be above 0'],
      [{ maxLeaves: 1 }, 'maxLeaves must be a whole number from 2'],
    ] as const)
      expect(() => trainBoosted(rows, options)).toThrow(message);
    expect(() => trainBoosted({ ...rows, y: new Uint8Array(rows.rows) })).toThrow('class');
  });
});

describe('a feature that leans', () => {
  it('never moves the score the other way, whatever else is known of the row', () => {
    const leanings = new Map([
      ['calls', 1],
      ['gap', -1],
    ] as const);
    const fallsOf = (forest: Forest, feature: number, values: readonly number[]) => {
      const random = new Random(8);
      let falls = 0;
      for (let row = 0; row < 300; row++) {
        const x = rows.x.slice(row * 4, row * 4 + 4);
        if (random.chance(0.2)) x[1] = Number.NaN;
        const sums = values.map((value) => walkedSum(forest, x.with(feature, value), 0));
        for (let at = 1; at < sums.length; at++) if (sums[at]! < sums[at - 1]! - 1e-9) falls++;
      }
      return falls;
    };
    const calls = Array.from({ length: 25 }, (_, at) => at);
    const gaps = Array.from({ length: 25 }, (_, at) => 4 - at / 3);
    const free = trainBoosted(rows, SMALL);
    expect(fallsOf(free, 0, calls)).toBeGreaterThan(50);
    expect(fallsOf(free, 2, gaps)).toBeGreaterThan(50);
    const held = trainBoosted({ ...rows, leanings }, SMALL);
    expect(fallsOf(held, 0, calls)).toBe(0);
    expect(fallsOf(held, 2, gaps)).toBe(0);
    expect(held.feature.filter((feature) => feature === 0).length).toBeGreaterThan(20);
  });

  it('may be missing of gateways or of others: what is below such a split is free', () => {
    // Where calls are known, all depends on the gap; where they are missing, all are ordinary. More calls may not clear a line.
    const leanings = new Map([['calls', 1]] as const);
    const apart = table(
      ['calls', 'gap'],
      Array.from(
        { length: 900 },
        (_, row) => [row % 3 === 0 ? Number.NaN : 1, row % 2, row % 3 === 0 ? 0 : row % 2] as const,
      ),
    );
    const one = trainBoosted(
      { ...apart, leanings },
      { trees: 1, rate: 1, ridge: 1e-9, featuresPerSplit: 2, weigh: 'row' },
    );
    const said = [Float64Array.of(1, 1), Float64Array.of(1, 0), Float64Array.of(Number.NaN, 1)].map((x) =>
      walkedSum(one, x, 0),
    );
    expect(said).toEqual([1, -1, -1]);
  });
});

describe('a boosted prior', () => {
  it('is blended in by log-odds', () => {
    const own = trainBoosted(noisyRows(300, 7), SMALL);
    const prior = trainBoosted(rows, SMALL);
    const both = blend(own, prior, 0.3);
    for (let row = 0; row < 50; row++) {
      const mean = 0.3 * walkedSum(own, rows.x, row * 4) + 0.7 * walkedSum(prior, rows.x, row * 4);
      expect(logit(compile(both).score(rows.x, row * 4))).toBeCloseTo(mean, 5);
    }
    expect(both.roots).toHaveLength(80);
    // A prior of very many trees leaves room for the own, and keeps its first.
    const many = trainBoosted(rows, { ...SMALL, trees: MAX_TREES, maxLeaves: 2 });
    const full = blend(own, many, 0.3);
    expect(full.roots).toHaveLength(MAX_TREES);
    expect(full.value[full.roots[40]!]).toBe(Math.fround(0.7 * many.value[0]!));
    expect(decodeTrees(rows.features, encodeTrees(full))).toEqual(full);
    const fewer = selectRows(rows, [...rows.y.keys()]);
    const other = trainBoosted({ ...fewer, features: ['calls', 'cells', 'gap', 'else'] }, SMALL);
    expect(() => besidePrior(own, other, 1)).toThrow('uses feature else, which these rows do not have');
  });
});

describe('forests of folds', () => {
  it('are asked for some at a time, and one that fails is told as it is alone', async () => {
    const folds = Uint8Array.from({ length: rows.rows }, (_, row) => row % 5);
    let running = 0;
    let most = 0;
    const shown: number[] = [];
    const train = async (some: Dataset) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return trainBoosted(some, { ...SMALL, trees: 3 });
    };
    const two = await scoresApart(rows, folds, 5, train, (_, some) => shown.push(some[0]!), 2);
    expect(most).toBe(2);
    expect(shown).toEqual([0, 1, 2, 3, 4]);
    expect(two).toEqual(await scoresApart(rows, folds, 5, train, () => undefined));
    let asked = 0;
    const failing = async () => {
      throw new Error(`no ${++asked}`);
    };
    await expect(scoresApart(rows, folds, 5, failing, () => undefined, 3)).rejects.toThrow('no 1');
  });
});
