import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { driftBounds, driftOf } from '../../src/forest/drift.ts';
import { fitModel } from '../../src/forest/fit.ts';
import type { Model } from '../../src/forest/model.ts';
import { spreadOf } from '../../src/forest/population.ts';
import { table } from './rows.ts';

/** A thousand ordinary lines: 10, 20, 30, 40 calls in equal parts, a normal gap, every fifth without a number of cells. */
function lines(count: number, seed: number, shift = 0): number[][] {
  const random = new Random(seed, 'lines');
  return Array.from({ length: count }, (_, row) => [
    10 * (1 + (row % 4)),
    random.normal() + shift,
    row % 5 === 0 ? Number.NaN : 1 + (row % 3),
  ]);
}

/** @param never features that no line has */
async function modelOf(never: readonly string[] = []): Promise<Model> {
  const rows = table(
    ['calls', 'gap', 'cells', ...never],
    [
      ...lines(4000, 1).map((line) => [...line, ...never.map(() => Number.NaN), 0]),
      ...lines(400, 2, 4).map((line) => [...line, ...never.map(() => Number.NaN), 1]),
    ],
  );
  return fitModel(rows, {
    trainer: 'histogram',
    options: { trees: 20 },
    seed: 1,
    folds: 3,
    digests: new Map(rows.features.map((name) => [name, name])),
    seen: Array.from(rows.y, (acts) => ({ basis: 'sip', hours: 24, acts })),
    difficulty: [],
    prevalence: 1e-4,
    timeZone: null,
    simulated: true,
    progress: () => {},
  });
}

const model = await modelOf();
const drift = (rows: number[][], scores: number[] = rows.map(() => Number.NaN), of = model) =>
  driftOf(of, Float64Array.from(rows.flat()), Float64Array.from(scores));
const named = (report: ReturnType<typeof drift>, name: string) =>
  report.features.find((feature) => feature.name === name)!;

describe('the stability index', () => {
  it('is the sum of (here - then) ln(here / then) over bins, missing values one of them', () => {
    // In training each number of calls had a quarter of the lines; here the shares are .4 .3 .2 .1.
    const here = Array.from({ length: 1000 }, (_, row) => [
      row < 400 ? 10 : row < 700 ? 20 : row < 900 ? 30 : 40,
      0,
      Number.NaN,
    ]);
    const expected = [0.4, 0.3, 0.2, 0.1].reduce((sum, share) => sum + (share - 0.25) * Math.log(share / 0.25), 0);
    const report = drift(here);
    expect(named(report, 'calls').psi).toBeCloseTo(expected, 12);
    expect(named(report, 'calls').verdict).toBe('moderate');
    // All missing instead of one in five; of the values, three bins that were 4/15 each are empty: half a line of 1,000.
    const empty = (0.0005 - 4 / 15) * Math.log(0.0005 / (4 / 15));
    expect(named(report, 'cells').psi).toBeCloseTo(0.8 * Math.log(5) + 3 * empty, 1);
    expect(named(report, 'cells').verdict).toBe('drifted');
  });

  it('does not count what the model never saw', async () => {
    const untold = await modelOf(['night']);
    const rows = lines(1000, 7).map((line) => [...line, 0.5]);
    const report = drift(rows, undefined, untold);
    expect(named(report, 'night')).toEqual({ name: 'night', psi: null, verdict: 'unknown' });
    expect(named(report, 'calls').verdict).toBe('stable');
    expect(report.words.en).not.toContain('night');
  });

  it('is stable for other lines of the same kind, for any seed', () => {
    for (const seed of [3, 4, 5, 6]) {
      const report = drift(lines(2000, seed));
      expect(report.features.map(({ verdict }) => verdict)).toEqual(['stable', 'stable', 'stable']);
    }
  });

  it('names the feature that moved, first', () => {
    const report = drift(lines(2000, 3, 1.5));
    expect(report.features[0]).toMatchObject({ name: 'gap', verdict: 'drifted' });
    expect(report.features.slice(1).map(({ verdict }) => verdict)).toEqual(['stable', 'stable']);
    expect(report.words.en).toContain('1 of 3 features moved, most: gap');
    expect(report.words.zh).toContain('3 个特征中有 1 个偏移，最大：gap');
  });

  it('sees scores move: the verdict is theirs', () => {
    // Ordinary scores of the model itself, drawn evenly from their spread, and scores of gateways.
    const { values, atMost } = model.scores!;
    const quantile = (share: number) => values[atMost.findIndex((one) => one >= share)]!;
    const same = lines(2000, 3).map((_, row) => quantile((row + 0.5) / 2000));
    expect(drift(lines(2000, 3), same)).toMatchObject({ verdict: 'stable', lines: 2000 });
    const far = drift(lines(2000, 3), Array(2000).fill(0.97));
    expect(far).toMatchObject({ verdict: 'drifted', score: { name: 'score', verdict: 'drifted' } });
    expect(far.words.en).toContain('thresholds may not hold');
    expect(far.words.zh).toContain('阈值可能不再适用');
  });

  it('cannot be told from few lines, and says so', () => {
    const report = drift(lines(30, 3, 5));
    expect(report).toMatchObject({ verdict: 'unknown', score: { psi: null } });
    expect(report.features.every(({ psi, verdict }) => psi === null && verdict === 'unknown')).toBe(true);
    expect(report.words.en).toBe('30 lines are too few to tell whether they are like those the model was trained on');
    expect(report.words.zh).toContain('不足以判断');
    expect(drift([])).toMatchObject({ lines: 0, verdict: 'unknown' });
  });

  it('goes by the features where a model keeps no scores', () => {
    const { scores: _scores, ...older } = model;
    expect(drift(lines(2000, 3), undefined, older)).toMatchObject({ verdict: 'stable', score: { verdict: 'unknown' } });
    expect(drift(lines(2000, 3, 1.5), undefined, older).verdict).toBe('drifted');
  });
});

describe('how far single networks are', () => {
  /** Networks of 400 lines, of which `more` of each score 1 above the half, the others 0. */
  const bounds = (more: readonly number[]) => {
    const scores = Float64Array.from(
      more.flatMap((high) => Array.from({ length: 400 }, (_, i) => (i < 200 + high ? 1 : 0))),
    );
    const group = more.flatMap((_, network) => Array(400).fill(network));
    return driftBounds(spreadOf(scores, new Float64Array(scores.length).fill(1)), scores, group);
  };
  const psi = (high: number) => {
    const p = (200 + high) / 400;
    return (p - 0.5) * Math.log(p / 0.5) + (0.5 - p) * Math.log((1 - p) / 0.5);
  };

  it('is what three in four and nineteen in twenty stay under', () => {
    // In pairs, so that of all lines half score 1.
    const pairs = [0, 10, 20, 30, 40, 50, 60, 90, 120, 150].flatMap((high) => [high, -high]);
    const found = bounds(pairs)!;
    expect(found.moderate).toBeCloseTo(psi(90), 12);
    expect(found.drifted).toBeCloseTo(psi(150), 12);
  });

  it('is no less than usual, and unknown of few', () => {
    expect(bounds(Array(20).fill(0))).toEqual({ moderate: 0.1, drifted: 0.25 });
    expect(bounds(Array(19).fill(0))).toBe(null);
  });

  it('is what a model goes by', () => {
    const here = lines(1000, 7);
    const plain = drift(
      here,
      here.map((_, row) => (row % 10) / 20),
    );
    const told = drift(
      here,
      here.map((_, row) => (row % 10) / 20),
      { ...model, scoreDrift: { moderate: 50, drifted: 100 } },
    );
    expect(plain.score).toMatchObject({ verdict: 'drifted' });
    expect(told.score).toMatchObject({ verdict: 'stable', psi: plain.score.psi });
  });
});
