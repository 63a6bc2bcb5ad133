import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { fitModel } from '../../src/forest/fit.ts';
import type { Dataset } from '../../src/forest/forest.ts';
import { strataWithMargin, withMargin } from '../../src/forest/margin.ts';
import type { Stratum, Threshold } from '../../src/forest/thresholds.ts';

const logOdds = (share: number): number => Math.log(share / (1 - share));

test('a threshold with a margin is so many log-odds higher; one that is none stays none', () => {
  const at = (score: number | null): Threshold => ({ rate: 1e-3, score, rows: 9, reason: null });
  // Odds of 1 and 4 to 1, five times as high.
  const margin = Math.log(5);
  const margins = { sip: margin, calls: 0.1 };
  const raised = withMargin([at(0.5), at(0.8), at(null), at(0), at(1)], margins).map(({ score }) => score);
  expect(raised[0]).toBeCloseTo(5 / 6, 12);
  expect(raised[1]).toBeCloseTo(20 / 21, 12);
  expect(raised.slice(2)).toEqual([null, 0, 1]);
  // Beyond 1, as where several rows share the highest score, it marks nobody still.
  expect(withMargin([at(1 + 1e-9)], margins)[0]!.score).toBeGreaterThan(1);
  // Of a stratum, that of what is seen of its lines.
  const stratum = (basis: Stratum['basis']): Stratum => ({ basis, hours: 1, acts: 5, thresholds: [at(0.5)] });
  const of = strataWithMargin([stratum('calls'), stratum('sip'), stratum('radio')], margins);
  expect(of[0]!.thresholds[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-0.1)), 12);
  expect(of[1]!.thresholds[0]!.score).toBeCloseTo(5 / 6, 12);
  expect(of[2]).toEqual(stratum('radio'));
  expect(withMargin([at(0.5)], {})).toEqual([at(0.5)]);
});

test('a model asks of each line its margin above what was measured, and says so', async () => {
  const rows = 8000;
  const random = new Random(1, 'margin');
  const y = Uint8Array.from({ length: rows }, (_, row) => (row % 8 === 0 ? 1 : 0));
  const told: Dataset = {
    features: ['a', 'b'],
    rows,
    x: Float64Array.from({ length: 2 * rows }, (_, at) => random.between(0, 1) + 0.5 * y[at >> 1]!),
    y,
    weight: new Float64Array(rows).fill(1),
    group: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 40)),
  };
  const options = {
    trainer: 'histogram' as const,
    options: { trees: 20, minLeaf: 5 },
    ...{ seed: 1, folds: 3, prevalence: 0.01, timeZone: null, simulated: true, progress: () => undefined },
    digests: new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
    seen: Array.from({ length: rows }, () => ({ basis: 'sip' as const, hours: 1, acts: 10 })),
    difficulty: Array.from({ length: rows }, () => ''),
  };
  const [model, other] = [await fitModel(told, { ...options, margins: { sip: 0.4 } }), await fitModel(told, options)];
  expect(model.training.margins).toEqual({ sip: 0.4 });
  expect(other.training).not.toHaveProperty('margins');
  const scoresOf = ({ thresholds, strata }: typeof model) =>
    [...thresholds, ...strata.flatMap((one) => one.thresholds)].map(({ score }) => score);
  const measured = scoresOf(other);
  expect(measured.filter((score) => score !== null && score < 1).length).toBeGreaterThan(1);
  for (const [at, score] of scoresOf(model).entries()) {
    const before = measured[at]!;
    if (before === null || before >= 1) expect(score).toBe(before);
    else expect(logOdds(score!) - logOdds(before)).toBeCloseTo(0.4, 9);
  }
});
