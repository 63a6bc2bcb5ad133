import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { RecentTexts } from '../../src/base/recent.ts';

test('what a text said is known again at once, and never what another said, however many share a place', () => {
  const recent = new RecentTexts<string>();
  const random = new Random(3);
  for (let round = 0; round < 50_000; round++) {
    const text = `${random.integer(0, 30_000)}@example.org`;
    const known = recent.get(text);
    if (known === undefined) recent.put(text, `said ${text}`);
    expect(recent.get(text)).toBe(`said ${text}`);
  }
});

test('of two texts at one place neither drives the other out', () => {
  const recent = new RecentTexts<number>();
  // Only characters that the place does not go by differ.
  const texts = ['aaaaaaaaaaaaaaa-x-aaaaaaa', 'aaaaaaaaaaaaaaa-y-aaaaaaa'];
  for (const [i, text] of texts.entries()) recent.put(text, i);
  expect(texts.map((text) => recent.get(text))).toEqual([0, 1]);
});

test('texts of a few characters and very long ones are not held on to, and nothing is once it is cleared', () => {
  const recent = new RecentTexts<number>();
  const kept = (text: string) => recent.put(text, 1) === 1 && recent.get(text) === 1;
  expect(['abc', 'abcd', 'x'.repeat(200), 'x'.repeat(201)].map(kept)).toEqual([false, true, true, false]);
  recent.clear();
  expect(recent.get('abcd')).toBeUndefined();
});
