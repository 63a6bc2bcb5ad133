import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBetween, FLOAT32_MAX, float32Below, makeBins } from '../../src/forest/bins.ts';
import { table } from './rows.ts';

describe('bins', () => {
  it('hold exactly the values between their edges, which are 32-bit floats', () => {
    const value = fc.oneof(
      fc.double({ noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constant(Number.NaN),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.integer({ min: 0, max: 1 })), { minLength: 2, maxLength: 200 }),
        fc.integer({ min: 2, max: 255 }),
        (rows, count) => {
          const { codes, edges } = makeBins(table(['x'], rows), count);
          const bounds = edges[0]!;
          expect(bounds.length).toBeLessThan(count);
          bounds.forEach((bound, at) => {
            expect(Math.fround(bound)).toBe(bound);
            if (at > 0) expect(bound).toBeGreaterThan(bounds[at - 1]!);
          });
          rows.forEach(([x], row) => {
            const code = codes[row]!;
            expect(code === 0).toBe(Number.isNaN(x));
            if (code === 0) return;
            if (code - 1 < bounds.length) expect(x).toBeLessThanOrEqual(bounds[code - 1]!);
            if (code > 1) expect(x).toBeGreaterThan(bounds[code - 2]!);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('have one for each value where there are few', () => {
    const { codes, edges } = makeBins(
      table(
        ['x'],
        [
          [1, 0],
          [2, 0],
          [4, 1],
          [4, 0],
          [8, 1],
        ],
      ),
      4,
    );
    expect([...edges[0]!]).toEqual([1.5, 3, 6]);
    expect([...codes]).toEqual([1, 2, 3, 3, 4]);
  });

  it('hold equal mass where there are many values, also beside one heavy value', () => {
    const many = Array.from({ length: 1000 }, (_, i) => [i, i % 2]);
    const heavy = Array.from({ length: 9000 }, (_, i) => [-1, i % 2]);
    const { codes } = makeBins(table(['x'], [...many, ...heavy]), 11);
    const counts = new Map<number, number>();
    for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
    expect(counts.size).toBe(11);
    expect(counts.get(1)).toBe(9000);
    for (let code = 2; code <= 11; code++) expect(Math.abs(counts.get(code)! - 100)).toBeLessThanOrEqual(1);
  });
});

describe('32-bit cuts', () => {
  it('float32Below is the next one down', () => {
    expect(float32Below(1)).toBe(1 - 2 ** -24);
    expect(float32Below(-1)).toBe(-1 - 2 ** -23);
    expect(float32Below(0)).toBe(-(2 ** -149));
    expect(float32Below(2 ** -149)).toBe(0);
    expect(float32Below(0.1)).toBeLessThan(0.1);
    expect(float32Below(1e300)).toBe(FLOAT32_MAX);
  });

  it('lie between two numbers, or do not exist', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (p, q) => {
          fc.pre(p !== q);
          const [a, b] = p < q ? [p, q] : [q, p];
          const cut = cutBetween(a, b);
          if (Number.isNaN(cut)) {
            // The largest 32-bit float below b is already below a.
            expect(float32Below(b)).toBeLessThan(Math.max(a, -FLOAT32_MAX));
          } else {
            expect(cut).toBeGreaterThanOrEqual(a);
            expect(cut).toBeLessThan(b);
            expect(Math.fround(cut)).toBe(cut);
          }
        },
      ),
    );
    expect(cutBetween(1, 1 + 2 ** -52)).toBe(1);
    expect(cutBetween(1 + 2 ** -52, 1 + 2 ** -51)).toBeNaN();
  });
});
