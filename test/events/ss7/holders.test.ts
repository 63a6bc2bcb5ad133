import { describe, expect, test } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { Random } from '../../../src/base/random.ts';
import { HolderTable, NOBODY } from '../../../src/events/ss7/holders.ts';
import { Tmsis } from '../../../src/events/ss7/tmsis.ts';

/** Keys as they are in use: of TMSIs, up to 53 bits; of areas, below zero. */
function keyOf(random: Random): number {
  const number = random.integer(0, 1500);
  return random.chance(0.2) ? -1 - number * 65_537 : number * 0x1_0000_0000 + (number % 7);
}

function chainOf(table: HolderTable, latest: number): number[][] {
  const chain: number[][] = [];
  for (let at = latest; at >= 0; at = table.before(at))
    chain.push([table.s(at), table.ns(at), table.imsi(at), table.imei(at)]);
  return chain;
}

describe('holders by key', () => {
  test('are what a Map of lists holds after the same steps, in the same order', () => {
    const random = new Random(20260701, 'holders');
    const table = new HolderTable();
    const map = new Map<number, number[][]>();
    for (let step = 0; step < 40_000; step++) {
      const key = keyOf(random);
      const act = random.next();
      if (act < 0.7) {
        const fields = [step, step % 1000, 1e15 + random.integer(0, 1e6), random.integer(0, 1) * 3e14];
        const [s, ns, imsi, imei] = fields as [number, number, number, number];
        table.put(key, table.holder(s, ns, imsi, imei, table.latest(key)));
        map.set(key, [fields, ...(map.get(key) ?? [])]);
      } else if (act < 0.9) {
        table.delete(key);
        map.delete(key);
      } else {
        table.deleteOldest();
        for (const oldest of map.keys()) {
          map.delete(oldest);
          break;
        }
      }
      if (step % 16 !== 0) continue;
      expect(table.size).toBe(map.size);
      expect(chainOf(table, table.latest(key))).toEqual(map.get(key) ?? []);
    }
    const all: [number, number[][]][] = [];
    table.each((key, latest) => all.push([key, chainOf(table, latest)]));
    expect(all).toEqual([...map]);
    expect(map.size).toBeGreaterThan(500);
  });

  test('take the places of those that were given back', () => {
    const table = new HolderTable();
    for (let round = 0; round < 100; round++) {
      for (let key = 0; key < 50; key++) table.put(key, table.holder(round, 0, key, 0, table.latest(key)));
      for (let key = 0; key < 50; key++) table.delete(key);
    }
    expect([table.size, table.room]).toEqual([0, 50]);
    expect(table.latest(3)).toBe(NOBODY);
  });
});

test('TMSIs beyond the limit push out those that came first, and are counted', () => {
  const counters = new Counters();
  const tmsis = new Tmsis({ ...DEFAULT_LIMITS, ss7Tmsis: 3 }, counters);
  const holders = [1, 2, 3, 4, 5].map((key) => [key, 100 + key, 0, 1_460_001_234_567_890 + key, 0]);
  tmsis.add(holders.flat());
  expect(tmsis.toNumbers()).toEqual(holders.slice(2).flat());
  expect(counters.dropped.get('ss7Tmsis')).toBe(2);
});
