import { describe, expect, test } from 'vitest';
import { regionOfForm } from '../../src/base/number-form.ts';

/** Numbers with these beginnings by turns, and these digits after them. */
const numbers = (beginnings: readonly string[], many = 60): string[] =>
  Array.from(
    { length: many },
    (_, i) => beginnings[i % beginnings.length]! + String((i * 7_654_321 + 20_304_050) % 1e8).padStart(8, '0'),
  );

// Mobile numbers of China are of eleven digits (MIIT); some of them are mobile ones of Brazil or Germany as well, as those write them.
const CHINA = ['130', '138', '139', '150', '159', '166', '176', '182', '188', '199'];

describe('the country whose numbers some are, by how they look', () => {
  test('is that whose mobile numbers nearly all of them are, as it dials them', () => {
    expect(regionOfForm(numbers(CHINA))).toEqual({ region: 'CN', signs: 60, of: 60 });
    // Indonesia: 0, operator, subscriber.
    expect(regionOfForm(numbers(['0812', '0813', '0857']))?.region).toBe('ID');
  });

  test('or that whose country code they begin with', () => {
    expect(regionOfForm(numbers(CHINA).map((number) => `86${number}`))).toEqual({ region: 'CN', signs: 60, of: 60 });
  });

  test('of a great many, some are looked at', () => {
    expect(regionOfForm(numbers(CHINA, 100_000))?.of).toBe(200);
  });

  test('is not told where several countries have such numbers, a part of them is another’s, or they are few', () => {
    // 139 and eight digits: China, and area 13 of Brazil. 17x and 15x with eight digits: Germany, too.
    expect(regionOfForm(numbers(['139']))).toBeNull();
    expect(regionOfForm(numbers(['150', '177']))).toBeNull();
    expect(regionOfForm([...numbers(CHINA), ...numbers(['0812'], 3)])).toBeNull();
    expect(regionOfForm(numbers(CHINA, 19))).toBeNull();
    expect(regionOfForm(numbers(['7'], 60))).toBeNull();
    expect(regionOfForm([])).toBeNull();
  });
});
