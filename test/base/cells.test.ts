import { expect, test } from 'vitest';
import { siteOf } from '../../src/base/cells.ts';

test('the base station of a cell is told by its identity, save in GSM', () => {
  // 3GPP TS 36.413 §9.2.1.37: 20 of 28 bits; in NR mostly 24 of 36.
  const lte = (station: number, cell: number) => `460-00-6151-${station * 256 + cell}`;
  expect(siteOf(lte(5000, 1))).toBe(siteOf(lte(5000, 255)));
  expect(siteOf(lte(5000, 1))).not.toBe(siteOf(lte(5001, 1)));
  expect(siteOf(lte(5000, 1))).not.toBe(siteOf(lte(5000, 1).replace('6151', '6152')));
  const nr = (station: number, cell: number) => `310-260-6151-${station * 4096 + cell}`;
  expect(siteOf(nr(70_000, 1))).toBe(siteOf(nr(70_000, 4095)));
  expect(siteOf(nr(70_000, 1))).not.toBe(siteOf(nr(70_001, 1)));
  for (const text of ['460-00-6151-20391', 'elsewhere']) expect(siteOf(text)).toBe(text);
});
