import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { DEFAULT_BOOST_OPTIONS } from '../../src/forest/boost.ts';
import { calibrate } from '../../src/forest/calibrate.ts';
import { contributions } from '../../src/forest/contributions.ts';
import { trainersSection } from '../../src/forest/evaluation-report.ts';
import { featuresOf, movedBy } from '../../src/forest/explain.ts';
import { fitModel } from '../../src/forest/fit.ts';
import type { Dataset } from '../../src/forest/forest.ts';
import { measure, scored } from '../../src/forest/metrics.ts';
import { loadModel, type Model, saveModel } from '../../src/forest/model.ts';
import { compile } from '../../src/forest/predict.ts';

const BOXES = 60;
const LINES = 8;

/**
 * Boxes of eight lines, half of them gateways. A line's own features hardly tell; the mean score of the others of its box does.
 */
function boxes(seed = 5): Dataset {
  const random = new Random(seed, 'boxes');
  const rows = BOXES * LINES;
  const dataset: Dataset = {
    features: ['calls', 'numbers'],
    rows,
    x: new Float64Array(rows * 2),
    y: new Uint8Array(rows),
    weight: new Float64Array(rows).fill(1),
    group: new Int32Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const box = Math.floor(row / LINES);
    const isGateway = box % 2;
    dataset.y[row] = isGateway;
    dataset.group[row] = box;
    dataset.x[row * 2] = random.between(0, 1) + 0.5 * isGateway;
    dataset.x[row * 2 + 1] = random.between(0, 1);
  }
  return dataset;
}

async function modelOf(
  second: boolean,
  secondTrees: number | null = null,
  dataset = boxes(),
  prior: Model | null = null,
): Promise<Model> {
  return fitModel(dataset, {
    trainer: 'histogram',
    options: { trees: 30, maxLeaves: 32 },
    seed: 1,
    folds: 5,
    digests: new Map(dataset.features.map((name) => [name, `digest of ${name}`])),
    seen: Array.from({ length: dataset.rows }, () => ({ basis: 'sip', hours: 24, acts: 30 })),
    difficulty: Array.from(dataset.y, (y) => (y === 1 ? 'naive' : '')),
    prevalence: 1e-3,
    timeZone: null,
    simulated: true,
    progress: () => undefined,
    prior,
    ...(secondTrees === null ? {} : { secondOptions: { trees: secondTrees } }),
    ...(second
      ? {
          second: {
            extras: [
              { name: 'base_score', digest: 'digest of base_score' },
              { name: 'company', digest: 'digest of company' },
            ],
            bystanders: new Float64Array(0),
            valuesOf: companyOf,
          },
        }
      : {}),
  });
}

/** Of each row its score, and the mean score of the others of its box. */
function companyOf(scores: Float64Array): Float64Array {
  return Float64Array.from({ length: scores.length * 2 }, (_, at) => {
    const row = at >> 1;
    if (at % 2 === 0) return scores[row]!;
    const first = row - (row % LINES);
    const others = [...scores.subarray(first, first + LINES)].filter((_, other) => first + other !== row);
    return others.reduce((sum, score) => sum + score, 0) / others.length;
  });
}

const DIGESTS = new Map(['base_score', 'company', 'calls', 'numbers'].map((name) => [name, `digest of ${name}`]));

describe('a second forest', async () => {
  const model = await modelOf(true);

  test('tells by their company lines that hardly show anything themselves', async () => {
    const alone = await modelOf(false);
    expect(model.training.first).toEqual(alone.training.metrics.all);
    expect(model.training.metrics.all!.auc!).toBeGreaterThan(alone.training.metrics.all!.auc! + 0.05);
  });

  test('has options of its own where they are given, which the model says', async () => {
    const small = loadModel(saveModel(await modelOf(true, 7)), DIGESTS);
    expect(small.second!.forest.roots).toHaveLength(7);
    expect(small.forest).toEqual(model.forest);
    expect(model.second!.forest.roots).toHaveLength(DEFAULT_BOOST_OPTIONS.trees);
    expect(small.training.secondOptions).toEqual({ ...DEFAULT_BOOST_OPTIONS, trees: 7 });
    expect(model.training.secondOptions).toEqual({ ...DEFAULT_BOOST_OPTIONS });
  });

  test('is saved and loaded to the bit, and its definitions are checked', () => {
    const text = saveModel(model);
    const loaded = loadModel(text, DIGESTS);
    expect(loaded.second!.extras).toEqual(model.second!.extras);
    expect(featuresOf(loaded)).toEqual(['base_score', 'company', 'calls', 'numbers']);
    const x = Float64Array.from([0.4, 0.7, 0.9, 0.2]);
    expect(compile(loaded.second!.forest).score(x, 0)).toBe(compile(model.second!.forest).score(x, 0));
    expect(() => loadModel(text, new Map([...DIGESTS, ['company', 'another']]))).toThrow(
      /company is defined otherwise/,
    );
  });

  test('ascribes every score to features: the parts add up, and none is left with the score of the first forest', () => {
    const random = new Random(2, 'rows');
    const scorer = compile(model.second!.forest);
    for (let i = 0; i < 200; i++) {
      const x = Float64Array.from({ length: 4 }, () => random.between(0, 1.5));
      const bias = contributions(model.second!.forest, x, 0, new Float64Array(4));
      const moved = movedBy(model, x, 0);
      const sum = moved.reduce((total, part) => total + part, bias);
      expect(Math.abs(sum - scorer.score(x, 0))).toBeLessThan(1e-9);
      const own = new Float64Array(2);
      contributions(model.forest, x, 2, own);
      if (own.some((part) => part > 0) && own.some((part) => part < 0)) expect(moved[0]).toBe(0);
    }
  });
});

describe('a model to start from that has a second forest', async () => {
  const prior = await modelOf(true, 7);
  const next = boxes(6);
  const scores = new Float64Array(next.rows);
  compile(prior.forest).scoreRows(next.x, next.rows, scores);
  const company = companyOf(scores);
  const second = compile(prior.second!.forest);
  const finals = scores.map((_, row) =>
    second.score(
      Float64Array.of(...company.subarray(row * 2, row * 2 + 2), ...next.x.subarray(row * 2, row * 2 + 2)),
      0,
    ),
  );
  const measured = (by: Float64Array, probabilities: Float64Array) =>
    measure(scored(by, next.y, next.weight, next.group), probabilities, 1);

  test('is measured by its final score, and with the calibration of that', async () => {
    const { training } = await modelOf(true, 7, next, prior);
    const alone = measured(
      finals,
      finals.map((score) => calibrate(prior.calibration, score)),
    );
    expect(training.prior!.metrics).toEqual(alone);
    expect(training.prior!.first).toBeUndefined();
    expect(alone.auc).toBeGreaterThan(measured(scores, scores).auc! + 0.05);
  });

  test('is measured by its first, as the new one is, where no second can be told anything, and says so', async () => {
    const model = await modelOf(false, 7, next, prior);
    expect(model.second).toBeUndefined();
    expect(model.training.prior).toMatchObject({ first: true, metrics: { auc: measured(scores, scores).auc } });
    const words = trainersSection({ comparison: null, model }).join('\n');
    expect(words).toMatch(/the model it started from, on the training rows, first forest alone \|/);
    expect(words).toMatch(/this model, on the training rows \|/);
    expect(loadModel(saveModel(model), DIGESTS)).toEqual(model);
  });
});
