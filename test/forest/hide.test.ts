import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { fitModel } from '../../src/forest/fit.ts';
import type { Dataset } from '../../src/forest/forest.ts';
import { hideCodes, hideFamilies, numberFamilies } from '../../src/forest/hide.ts';

const FEATURES = ['a1', 'a2', 'b1', 'score'];
const familyOf = (name: string) => (name === 'score' ? null : name[0]!);
const GROUPS = 2000;

/** Two rows of each group, all values known. */
const dataset: Dataset = {
  features: FEATURES,
  rows: 2 * GROUPS,
  x: Float64Array.from({ length: 2 * GROUPS * FEATURES.length }, (_, at) => at),
  y: Uint8Array.from({ length: 2 * GROUPS }, (_, row) => row % 2),
  weight: new Float64Array(2 * GROUPS).fill(1),
  group: Int32Array.from({ length: 2 * GROUPS }, (_, row) => row >> 1),
};

test('families are missing in all rows of a group together, others of each group, about as many as was asked', () => {
  const before = dataset.x.slice();
  const { x } = hideFamilies(dataset, { share: 0.25, familyOf, kept: ['score'], seed: 1 });
  expect(dataset.x).toEqual(before);
  const missing = (row: number) => FEATURES.map((_, column) => Number.isNaN(x[row * FEATURES.length + column]!));
  let [a, b, both] = [0, 0, 0];
  for (let group = 0; group < GROUPS; group++) {
    const [a1, a2, b1, score] = missing(2 * group);
    expect(missing(2 * group + 1)).toEqual([a1, a2, b1, score]);
    expect([a2, score]).toEqual([a1, false]);
    if (a1) a++;
    if (b1) b++;
    if (a1 && b1) both++;
  }
  // Four standard deviations of a binomial of 2000 at 1/4 are 77, at 1/16 they are 43.
  expect(Math.abs(a - 500)).toBeLessThan(77);
  expect(Math.abs(b - 500)).toBeLessThan(77);
  expect(Math.abs(both - 125)).toBeLessThan(43);
  for (let at = 0; at < x.length; at++) if (!Number.isNaN(x[at]!)) expect(x[at]).toBe(before[at]);
});

test('binned rows have whole families missing of a group, each draw others', () => {
  const families = numberFamilies(FEATURES, { share: 0, familyOf, kept: ['score'], seed: 1 });
  expect([...families]).toEqual([0, 0, 1, -1]);
  const rows = 2 * GROUPS;
  const codes = new Uint8Array(4 * rows).fill(1);
  const bins = { rows, codes, edges: [] };
  const random = new Random(1);
  const [{ codes: one }, { codes: other }] = [
    hideCodes(bins, dataset.group, families, 0.25, random),
    hideCodes(bins, dataset.group, families, 0.25, random),
  ];
  expect(codes.every((code) => code === 1)).toBe(true);
  const missing = (from: Uint8Array, feature: number) => from.subarray(feature * rows, (feature + 1) * rows);
  expect(missing(one, 1)).toEqual(missing(one, 0));
  expect(missing(one, 3).every((code) => code === 1)).toBe(true);
  for (const from of [one, other]) {
    for (const feature of [0, 2]) {
      const of = missing(from, feature);
      const groups = of.filter((_, row) => row % 2 === 0);
      expect(of.filter((_, row) => row % 2 === 1)).toEqual(groups);
      expect(Math.abs(groups.filter((code) => code === 0).length - 500)).toBeLessThan(77);
    }
  }
  const both = missing(one, 0).filter((code, row) => code === 0 && missing(other, 0)[row] === 0).length / 2;
  expect(Math.abs(both - 125)).toBeLessThan(43);
});

test('the same seed hides the same, whatever rows there are besides', () => {
  const how = { share: 0.25, familyOf, kept: [], seed: 7 };
  const all = hideFamilies(dataset, how).x;
  expect(hideFamilies(dataset, how).x).toEqual(all);
  const part: Dataset = { ...dataset, rows: 10, x: dataset.x.slice(0, 40), group: dataset.group.slice(0, 10) };
  expect(hideFamilies(part, how).x).toEqual(all.slice(0, 40));
  expect(hideFamilies(dataset, { ...how, seed: 8 }).x).not.toEqual(all);
});

test('a model says what was hidden from it, and is another than one that saw all', async () => {
  const rows = 600;
  const y = Uint8Array.from({ length: rows }, (_, row) => row % 2);
  const told: Dataset = {
    features: ['a1', 'b1'],
    rows,
    x: Float64Array.from({ length: 2 * rows }, (_, at) => y[at >> 1]!),
    y,
    weight: new Float64Array(rows).fill(1),
    group: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 10)),
  };
  const options = {
    trainer: 'histogram' as const,
    options: { trees: 20, minLeaf: 5 },
    ...{ seed: 1, folds: 3, prevalence: 0.01, timeZone: null, simulated: true, progress: () => undefined },
    digests: new Map([
      ['a1', '1'],
      ['b1', '2'],
    ]),
    seen: Array.from({ length: rows }, () => ({ basis: 'sip' as const, hours: 1, acts: 10 })),
    difficulty: Array.from({ length: rows }, () => ''),
    familyOf,
  };
  const [model, other] = [await fitModel(told, { ...options, hidden: 0.3 }), await fitModel(told, options)];
  expect(model.training.hidden).toBe(0.3);
  expect(other.training).not.toHaveProperty('hidden');
  // Each feature alone tells all: where it is never missing, one split does.
  expect(other.forest.feature.length).toBeLessThan(model.forest.feature.length);
});
