import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { contributions } from '../../src/forest/contributions.ts';
import type { Forest } from '../../src/forest/forest.ts';
import { compile } from '../../src/forest/predict.ts';
import { trainWithMlRandomForest } from '../../src/forest/second-trainer.ts';
import { trainForest } from '../../src/forest/train.ts';
import { noisyRows, walkedScore } from './rows.ts';

const rows = noisyRows(501);

/** calls <= 3 ? 0.25 : (missing cells or cells > 2 ? 1 : 0.5), written by hand. */
const byHand: Forest = {
  features: ['calls', 'cells'],
  roots: Int32Array.of(0),
  feature: Int16Array.of(0, -1, 1, -1, -1),
  threshold: Float64Array.of(3, 0, 2, 0, 0),
  left: Int32Array.of(1, -1, 3, -1, -1),
  right: Int32Array.of(2, -1, 4, -1, -1),
  missingLeft: Uint8Array.of(1, 0, 0, 0, 0),
  value: Float64Array.of(0.5, 0.25, 0.75, 0.5, 1),
};

describe('a compiled forest', () => {
  it('scores by the rule of the contract', () => {
    const score = (...x: number[]) => compile(byHand).score(Float64Array.from(x), 0);
    expect(score(3, 9)).toBe(0.25);
    expect(score(3.0000001, 2)).toBe(0.5);
    expect(score(4, 2.5)).toBe(1);
    expect(score(4, Number.NaN)).toBe(1);
    expect(score(Number.NaN, 2.5)).toBe(0.25);
    expect(score(Infinity, -Infinity)).toBe(0.5);
    expect(score(-Infinity, 1)).toBe(0.25);
  });

  it.each([
    ['histogram', trainForest(rows, { trees: 23, maxLeaves: 64 })],
    ['one tree', trainForest(rows, { trees: 1 })],
    ['ml-random-forest', trainWithMlRandomForest(rows, { trees: 6 })],
  ])('scores as a walk through its trees does, to the bit, alone and among others: %s', (_, forest) => {
    const scorer = compile(forest);
    const out = new Float64Array(rows.rows);
    for (const count of [1, 2, 3, 4, 31, 32, 33, 501]) {
      out.fill(-1);
      scorer.scoreRows(rows.x, count, out);
      for (let row = 0; row < count; row++) expect(out[row]).toBe(walkedScore(forest, rows.x, row * 4));
      expect(out.subarray(count).every((score) => score === -1)).toBe(true);
    }
    for (let row = 0; row < rows.rows; row++) expect(scorer.score(rows.x, row * 4)).toBe(out[row]);
  });

  it('refuses rows that are not there', () => {
    const scorer = compile(byHand);
    expect(scorer.width).toBe(2);
    expect(() => scorer.score(new Float64Array(3), 2)).toThrow(RangeError);
    expect(() => scorer.score(new Float64Array(3), -1)).toThrow(RangeError);
    expect(() => scorer.scoreRows(new Float64Array(3), 2, new Float64Array(2))).toThrow(RangeError);
    expect(() => scorer.scoreRows(new Float64Array(4), 2, new Float64Array(1))).toThrow(RangeError);
    expect(() => scorer.scoreRows(new Float64Array(0), 0, new Float64Array(0))).not.toThrow();
  });

  it('refuses a forest it cannot lay out', () => {
    expect(() => compile({ ...byHand, right: Int32Array.of(4, -1, 4, -1, -1) })).toThrow(RangeError);
    expect(() => compile({ ...byHand, features: Array(1001).fill('x') })).toThrow(UserError);
  });
});

describe('contributions', () => {
  it('are what each question on the path changed', () => {
    const out = new Float64Array(2);
    expect(contributions(byHand, Float64Array.of(9, 9, 5, 1), 2, out)).toBe(0.5);
    expect([...out]).toEqual([0.25, -0.25]);
    expect(contributions(byHand, Float64Array.of(Number.NaN, 1), 0, out)).toBe(0.5);
    expect([...out]).toEqual([-0.25, 0]);
  });

  it('sum to the raw score', () => {
    const forest = trainForest(rows, { trees: 50 });
    const scorer = compile(forest);
    const out = new Float64Array(4);
    for (let row = 0; row < rows.rows; row++) {
      const bias = contributions(forest, rows.x, row * 4, out);
      expect(Math.abs(out.reduce((sum, one) => sum + one, bias) - scorer.score(rows.x, row * 4))).toBeLessThan(1e-12);
    }
  });
});
