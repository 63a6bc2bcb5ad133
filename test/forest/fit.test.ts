import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { selectRows } from '../../src/forest/dataset.ts';
import { type FitOptions, fitModel } from '../../src/forest/fit.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { laterFolds } from '../../src/forest/later.ts';
import { auc, averagePrecision, scored } from '../../src/forest/metrics.ts';
import { loadModel, type Model, saveModel } from '../../src/forest/model.ts';
import { trainInParallel } from '../../src/forest/parallel.ts';
import { compile } from '../../src/forest/predict.ts';
import { besidePrior, ownShare, ownTrees } from '../../src/forest/prior.ts';
import { trainForest } from '../../src/forest/train.ts';
import { noisyRows, sichuan, table, walkedScore } from './rows.ts';

const rows = noisyRows(400);
const optionsFor = (dataset: Dataset, more: Partial<FitOptions> = {}): FitOptions => ({
  trainer: 'histogram',
  options: { trees: 20 },
  seed: 2,
  folds: 4,
  digests: new Map(dataset.features.map((name) => [name, name])),
  seen: Array.from({ length: dataset.rows }, () => ({ basis: 'sip' as const, hours: 24, acts: 0 })),
  difficulty: [],
  prevalence: 1e-4,
  timeZone: null,
  simulated: true,
  progress: () => {},
  ...more,
});

/** All that a forest is, as text. */
const textOf = (forest: Forest) => JSON.stringify(forest);

describe('trees grown on threads', () => {
  it('are the trees grown on one, however many there are', async () => {
    const alone = textOf(trainForest(rows, { trees: 9, bag: 'group' }));
    for (const workers of [1, 2, 3])
      expect(textOf(await trainInParallel(rows, { trees: 9, bag: 'group' }, workers, 0))).toBe(alone);
  });

  it('are refused for the same reasons', async () => {
    await expect(trainInParallel(rows, { trees: 0 }, 2, 0)).rejects.toThrow('trees must be a whole number');
  });
});

describe('permutation importance', () => {
  // `a` tells all, `copy` is the same again, `noise` tells nothing, `never` does not vary.
  const random = new Random(6, 'importance');
  const list = Array.from({ length: 600 }, (_, row) => {
    const y = row % 3 === 0 ? 1 : 0;
    const a = random.normal() + 3 * y;
    return [a, a, random.normal(), 5, y];
  });
  const dataset = table(['a', 'copy', 'noise', 'never'], list);
  const family = (name: string) => (name === 'a' || name === 'copy' ? 'A' : name === 'noise' ? 'N' : null);
  let model: Model;
  beforeAll(async () => {
    model = await fitModel(dataset, optionsFor(dataset, { familyOf: family }));
  });

  it('is what measures lose: much of the pair as a whole, less of each, none of noise', () => {
    const { features, families, rows: counted } = model.training.importance!;
    const of = (list: typeof features, name: string) => list.find((one) => one.name === name)!;
    expect(counted).toBe(600);
    expect(features.map(({ name }) => name).sort()).toEqual(['a', 'copy', 'noise']);
    // With both shuffled nothing tells the classes apart: all that the AUC is above one half is lost.
    expect(of(families, 'A').auc).toBeCloseTo(model.training.metrics.all!.auc! - 0.5, 1);
    expect(of(features, 'a').auc).toBeLessThan(of(families, 'A').auc / 2);
    expect(Math.abs(of(features, 'noise').auc)).toBeLessThan(0.03);
    expect(families.map(({ name }) => name)).toEqual(['A', 'N']);
  });
});

describe('both trainers on the same folds', () => {
  it('stand side by side, the one asked for first', async () => {
    const { training } = await fitModel(rows, optionsFor(rows, { compare: true, options: { trees: 4 } }));
    expect(training.comparison!.map(({ trainer }) => trainer)).toEqual(['histogram', 'ml-random-forest']);
    const [ours, other] = training.comparison!;
    expect(ours!.metrics).toEqual(training.metrics.all);
    // The same as if the other had been asked for: its folds are the same.
    const alone = await fitModel(rows, optionsFor(rows, { trainer: 'ml-random-forest', options: { trees: 4 } }));
    expect(other!.metrics).toEqual(alone.training.metrics.all);
  });
});

describe('measures by time', () => {
  const folds = Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1);
  const y = Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1);

  it('are of later rows of other groups: nothing of a fold, and nothing after the cut, was trained on', () => {
    const times = { from: [0, 0, 0, 0, 10, 10, 10, 5], until: [10, 10, 10, 10, 20, 20, 20, 15] };
    const parted = laterFolds(times, y, folds, 2);
    // Row 7 reaches over the cut: it is neither trained on nor judged.
    expect(parted).toEqual({
      cut: 10,
      parts: [
        { train: Int32Array.of(1, 3), test: Int32Array.of(4, 6) },
        { train: Int32Array.of(0, 2), test: Int32Array.of(5) },
      ],
    });
  });

  it('are not measured where rows are of one time, or a side lacks a class', () => {
    const one = { from: new Uint8Array(8), until: new Uint8Array(8).fill(9) };
    expect(laterFolds(one, y, folds, 2)).toBe('all rows are of one time');
    const ordinaryFirst = { from: [0, 0, 10, 10, 0, 0, 10, 10], until: [10, 10, 20, 20, 10, 10, 20, 20] };
    expect(laterFolds(ordinaryFirst, y, folds, 2)).toBe('too few rows before the middle of the time to train on');
  });

  it('show what changed since: gateways that behave otherwise later are not found by what earlier ones taught', async () => {
    const random = new Random(9, 'later');
    // Early gateways call much, later ones little; ordinary lines lie between, at any time.
    const late = Array.from({ length: 400 }, (_, row) => row % 2);
    const dataset = table(
      ['calls'],
      late.map((isLate, row) => {
        const gateway = row % 4 < 2 ? 1 : 0;
        return [random.normal() + (gateway === 0 ? 0 : isLate === 1 ? -5 : 5), gateway];
      }),
    );
    const times = { from: late.map((l) => l * 10), until: late.map((l) => l * 10 + 10) };
    const { training } = await fitModel(dataset, optionsFor(dataset, { times }));
    expect(training.metrics.all!.auc).toBeGreaterThan(0.95);
    expect(training.later).toMatchObject({ cut: 10, reason: null, metrics: { rows: 200, positives: 100 } });
    expect(training.later!.metrics!.auc).toBeLessThan(0.6);
  });
});

describe('a model to start from', () => {
  const prior = trainForest(rows, { trees: 10, seed: 4 });
  const own = trainForest(noisyRows(300, 7), { trees: 3 });

  it('stands beside the own trees: the score is the mean of both by their numbers', () => {
    const joined = compile(besidePrior(own, prior, 10));
    const [ours, theirs] = [compile(own), compile(prior)];
    for (let row = 0; row < 50; row++) {
      const mean = (3 * ours.score(rows.x, row * 4) + 10 * theirs.score(rows.x, row * 4)) / 13;
      expect(joined.score(rows.x, row * 4)).toBeCloseTo(mean, 12);
    }
  });

  it('keeps its features by name', () => {
    const other = trainForest(
      table(
        ['noise', 'calls'],
        Array.from({ length: 60 }, (_, i) => [i % 7, i, i < 30 ? 0 : 1]),
      ),
      {
        trees: 5,
      },
    );
    const joined = besidePrior({ ...own, roots: new Int32Array(0), feature: new Int16Array(0) }, other, 5);
    expect(walkedScore(joined, Float64Array.of(50, 0, 0, 3), 0)).toBe(walkedScore(other, Float64Array.of(3, 50), 0));
    expect(() => besidePrior(other, prior, 1)).toThrow('uses feature cells, which these rows do not have');
  });

  it('gets the less room the more gateway lines there are, and those of one box count as ten', () => {
    expect(ownShare(0, 0)).toBe(0);
    expect(ownShare(200, 20)).toBe(0.5);
    expect(ownShare(200, 1)).toBe(ownShare(10, 1));
    expect(ownShare(20_000, 2000)).toBeGreaterThan(0.98);
    expect([ownTrees(100, 0), ownTrees(100, 0.25), ownTrees(100, 1)]).toEqual([1, 25, 100]);
  });

  it('is named in the model, with what it does alone, and makes it a simulated one while most trees are its', async () => {
    const trained = await fitModel(rows, optionsFor(rows));
    const next = noisyRows(600, 8);
    const model = await fitModel(next, optionsFor(next, { prior: trained, simulated: false }));
    // 20 boxes of some nine lines each: evidence of more than 100 lines, less than 200.
    expect(model.forest.roots).toHaveLength(20);
    expect(model.training.prior!.trees).toBeGreaterThan(10);
    expect(model.training.prior).toMatchObject({ dataDigest: trained.training.dataDigest, metrics: { rows: 600 } });
    const alone = compile(trained.forest);
    const scores = Float64Array.from({ length: 600 }, (_, row) => alone.score(next.x, row * 4));
    expect(model.training.prior!.metrics.auc).toBeCloseTo(auc(scored(scores, next.y, next.weight, next.group)), 12);
    expect(model.training.simulated).toBe(true);
    expect(loadModel(saveModel(model), optionsFor(rows).digests)).toEqual(model);
  });
});

describe('few own labels, on real subscribers', () => {
  // "Shipped": a network where features are scaled otherwise and some are not seen; "own": the rest, and 2,000 rows to judge by.
  const all = sichuan();
  const width = all.features.length;
  const random = new Random(5);
  const order = random.shuffle([...Array(all.rows).keys()]);
  const judged = selectRows(all, order.slice(0, 2000));
  const ownRows = order.slice(2000, 4500);
  const elsewhere = selectRows(all, order.slice(4500));
  for (let feature = 0; feature < width; feature++) {
    const scale = Math.exp(random.normal());
    const unseen = random.chance(0.3);
    for (let row = 0; row < elsewhere.rows; row++) {
      const at = row * width + feature;
      elsewhere.x[at] = unseen ? Number.NaN : elsewhere.x[at]! * scale;
    }
  }
  const shipped = trainForest(elsewhere, { trees: 100 });
  const quality = (forest: Forest) => {
    const scores = new Float64Array(judged.rows);
    compile(forest).scoreRows(judged.x, judged.rows, scores);
    const ranked = scored(scores, judged.y, judged.weight, judged.group);
    return { auc: auc(ranked), averagePrecision: averagePrecision(ranked) };
  };
  const withLabels = (positives: number) => {
    const of = (kind: number, count: number) => ownRows.filter((row) => all.y[row] === kind).slice(0, count);
    const own = selectRows(all, [...of(1, positives), ...of(0, 3 * positives)]);
    const trees = ownTrees(100, ownShare(positives, positives));
    return {
      alone: quality(trainForest(own, { trees: 100 })),
      beside: quality(besidePrior(trainForest(own, { trees }), shipped, 100 - trees)),
    };
  };

  it.each([20, 30, 50])('with %i gateway lines the result is no worse than the shipped model alone', (positives) => {
    const before = quality(shipped);
    const { beside } = withLabels(positives);
    expect(beside.auc).toBeGreaterThanOrEqual(before.auc);
    expect(beside.averagePrecision).toBeGreaterThanOrEqual(before.averagePrecision - 0.002);
  });

  it('with many it comes near to what own labels alone teach, far above the shipped model', () => {
    const before = quality(shipped);
    const { alone, beside } = withLabels(780);
    expect(beside.auc).toBeGreaterThan(before.auc + 0.7 * (alone.auc - before.auc));
    expect(alone.auc).toBeGreaterThan(before.auc + 0.01);
  });
});
