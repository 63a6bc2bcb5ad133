import { describe, expect, test } from 'vitest';
import { Population } from '../../../src/features/population.ts';
import { call, context, feature, historyOf, measured, populationOf, registration, START } from '../lines.ts';

const cell = (name: string) => ({ mcc: '460', mnc: '00', lac: 6151, cell: name });
const seen = (names: string, from = 0) =>
  historyOf([...names].map((name, i) => registration(from + i * 60, cell(name))));

test('C7c calls to other networks', () => {
  const calls = ['8613900000001', '8613900000001', '8613900000002', '8618600000001', '442071838750', '10086'].map(
    (to, i) => call(i * 1000, to, 5),
  );
  // A short number is of no network: five calls, two of them elsewhere.
  expect(measured('off_net_share', calls, { ownPrefixes: ['86139', '86138'] })).toBe(2 / 5);
  expect(measured('off_net_share', calls)).toBeNaN();
  expect(measured('off_net_share', calls.slice(1), { ownPrefixes: ['86139'] })).toBeNaN();
});

test('G1 lines that never left the cell', () => {
  const lines = [seen('AAAAA'), seen('AAAAAB'), seen('AAAAAA'), seen('AAAA'), seen('BBBBB'), seen('AAAAA')];
  const population = populationOf(...lines);
  const values = lines.map((history) => feature('stationary_lines_in_cell').compute(history, context({ population })));
  // Three stay in A for five events and more: of these each has two others, the rest three.
  expect(values).toEqual([2, 3, 2, 3, 0, 2]);
  expect(measured('stationary_lines_in_cell', [registration(0)])).toBeNaN();
});

describe('G12 growth of a cell', () => {
  const population = new Population();
  const noon = START + 43_200;
  const early = [seen('A', 100), seen('A', 200), seen('B', 300)];
  const late = Array.from({ length: 11 }, () => seen('A', 80_000));
  const both = historyOf([registration(43_000, cell('A')), registration(43_300, cell('A'))]);
  for (const history of [...early, ...late, both]) population.add(history, noon);

  test('lines of the later half over those of the earlier', () => {
    // A: 3 early, 12 late. B: 1 early, none late.
    expect(feature('cell_growth').compute(both, context({ population }))).toBeCloseTo(Math.log2(13 / 4), 12);
    expect(feature('cell_growth').compute(early[2]!, context({ population }))).toBe(-1);
  });
  test('missing without a cell, and in short windows', () => {
    expect(feature('cell_growth').compute(historyOf([registration(0)]), context({ population }))).toBeNaN();
    expect(feature('cell_growth').compute(both, context({ population, until: START + 5 * 3600 }))).toBeNaN();
  });
});
