import { describe, expect, test } from 'vitest';
import { readTime } from '../../src/base/time.ts';

describe('a time that somebody wrote', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2024-03-05', 1_709_596_800],
    ['2024-02-29T00:00Z', 1_709_164_800],
    ['2024-03-05T08:00:00+08:00', 1_709_596_800],
    ['2024-03-05 08:00:00+0800', 1_709_596_800],
    ['2024-03-04t18:30:00-05:30', 1_709_596_800],
    ['2024-03-05T00:00:00.500000000z', 1_709_596_800.5],
    ['1969-12-31T23:59:59.25Z', -0.75],
  ])('%s is read to the second and below', (text, seconds) => {
    expect(readTime(text)).toBe(seconds);
  });

  test.each([
    ['05/03/2024', /^an ISO 8601 time/],
    ['5', /^an ISO 8601 time/],
    ['2024-3-5', /^an ISO 8601 time/],
    ['2024-03', /^an ISO 8601 time/],
    ['2024-03-05Z', /^an ISO 8601 time/],
    ['2024-03-05T08:00:00Z tomorrow', /^an ISO 8601 time/],
    ['2024-03-05T08:00:00+24:00', /^an ISO 8601 time/],
    ['', /^an ISO 8601 time/],
    ['2024-02-30', /^a time that there is/],
    ['2023-02-29T00:00:00Z', /^a time that there is/],
    ['2024-03-05T24:00:00Z', /^a time that there is/],
    ['2024-03-05T08:00:00', /^a time with its offset, such as/],
    ['2024-03-05T08:00', /^a time with its offset, such as/],
  ])('%j is none, wherever the machine stands', (text, words) => {
    expect(readTime(text)).toMatch(words);
  });
});
