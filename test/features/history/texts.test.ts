import { describe, expect, test } from 'vitest';
import { Texts } from '../../../src/features/history/texts.ts';
import { Identities } from '../../../src/features/naming/identities.ts';

describe('texts by number', () => {
  const odd = ['', 'a', 'ab', 'abc', 'abcd', 'ÿé', 'телефон ☎', '\ud800 half a pair', 'x'.repeat(300), 'ж'.repeat(300)];

  test('come back as they were, each with one number', () => {
    const texts = new Texts();
    const numbers = odd.map((text) => texts.number(text));
    expect(numbers).toEqual([...odd.keys()]);
    // Made anew, so that no two strings are the same object.
    for (const [number, text] of odd.entries()) {
      expect(texts.number(`${text}!`.slice(0, -1))).toBe(number);
      expect(texts.text(number)).toBe(text);
    }
    expect(texts.count).toBe(odd.length);
  });

  test('of one encoding are not taken for another', () => {
    // U+4E50 is the bytes 0x50 0x4e.
    const texts = new Texts();
    expect(texts.number('PN')).not.toBe(texts.number('乐'));
  });

  test('are many, over many pages', () => {
    const texts = new Texts();
    const text = (i: number) => `${i}-${'y'.repeat(i % 97)}`;
    for (let i = 0; i < 50_000; i++) expect(texts.number(text(i))).toBe(i);
    for (let i = 0; i < 50_000; i += 7) expect([texts.text(i), texts.number(text(i))]).toEqual([text(i), i]);
  });

  test('longer than 32,766 characters are cut', () => {
    const texts = new Texts();
    const long = 'z'.repeat(32_766);
    expect(texts.number(`${long}a`)).toBe(texts.number(`${long}b`));
    expect(texts.text(0)).toBe(long);
    const wide = 'я'.repeat(40_000);
    expect(texts.text(texts.number(wide))).toBe(wide.slice(0, 32_766));
  });

  test('made to fall on one place are found all the same', () => {
    // FNV-1a from its usual basis; the low bits choose the place in a table of 1024.
    const place = (text: string) => {
      let hash = 0x811c9dc5 | 0;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      return (hash ^ (hash >>> 15)) & 1023;
    };
    const hostile: string[] = [];
    for (let i = 0; hostile.length < 400; i++) if (place(`user${i}`) === 77) hostile.push(`user${i}`);
    const texts = new Texts();
    for (const [number, text] of hostile.entries()) expect(texts.number(text)).toBe(number);
    for (const [number, text] of hostile.entries()) expect(texts.number(text)).toBe(number);
  });

  test('are forgotten', () => {
    const texts = new Texts();
    texts.number('first text');
    texts.clear();
    expect(texts.count).toBe(0);
    expect([texts.number('second text'), texts.number('first text')]).toEqual([0, 1]);
    expect(texts.text(0)).toBe('second text');
  });
});

describe('identities by number', () => {
  test('are combinations, with the time each was first seen', () => {
    const identities = new Identities();
    expect(identities.number(1, 2, -1, 50)).toBe(0);
    expect(identities.number(1, -1, 2, 40)).toBe(1);
    expect(identities.number(1, 2, -1, 30)).toBe(0);
    expect(identities.number(1, 2, -1, 60)).toBe(0);
    expect([identities.imsi(1), identities.msisdn(1), identities.aor(1)]).toEqual([1, -1, 2]);
    expect([identities.first(0), identities.first(1)]).toEqual([30, 40]);
    for (let i = 0; i < 5000; i++) expect(identities.number(i, i + 1, i % 3, i)).toBe(i + 2);
    for (let i = 0; i < 5000; i += 11) expect(identities.number(i, i + 1, i % 3, i)).toBe(i + 2);
    identities.clear();
    expect(identities.number(9, 9, 9, 1)).toBe(0);
    expect(identities.first(0)).toBe(1);
  });
});
