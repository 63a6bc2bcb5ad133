import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../../src/base/key-table.ts';

/** Few enough to meet often, beyond 32 bits as those of references and transactions are, and such as lie next to each other. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 40 }).map((low) => low * 0x1_0000_0000 + 7),
  fc.integer({ min: 0, max: 40 }).map((low) => Number.MAX_SAFE_INTEGER - low),
);

test('a table of keys holds what a Map holds', () => {
  const operation = fc.record({ key, value: fc.nat(), sets: fc.boolean() });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
      const table = new KeyTable<number>();
      const map = new Map<number, number>();
      for (const { key: at, value, sets } of operations) {
        if (sets) {
          table.set(at, value);
          map.set(at, value);
        } else {
          table.delete(at);
          map.delete(at);
        }
        expect(table.size).toBe(map.size);
      }
      for (const { key: at } of operations) expect(table.get(at)).toBe(map.get(at));
    }),
  );
});

test('a table of keys grows, and what is deleted leaves the others found', () => {
  const table = new KeyTable<number>();
  const keyAt = (i: number): number => i * 0x100_0001;
  for (let i = 0; i < 20_000; i++) table.set(keyAt(i), i);
  for (let i = 0; i < 20_000; i += 3) table.delete(keyAt(i));
  for (let i = 0; i < 20_000; i++) expect(table.get(keyAt(i))).toBe(i % 3 === 0 ? undefined : i);
  expect(table.size).toBe(20_000 - 6667);
  table.clear();
  expect(table.size).toBe(0);
  expect(table.get(keyAt(1))).toBeUndefined();
});
