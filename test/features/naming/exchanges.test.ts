import { describe, expect, test } from 'vitest';
import { Exchanges } from '../../../src/features/naming/exchanges.ts';

/** Numbers of subscribers as their countries give them (ITU-T E.164, and the national plans). */
const FOREIGN: readonly ((i: number) => string)[] = [
  (i) => `44207183${8000 + i}`,
  (i) => `20100136${5000 + i}`,
  (i) => `3366012${10_000 + i}`,
  (i) => `34620${100_000 + i}`,
  (i) => `23480230${10_000 + i}`,
];
const domestic = (i: number) => `86138000${10_000 + i}`;
const mixed = (count: number) => Array.from({ length: count }, (_, i) => FOREIGN[i % FOREIGN.length]!(i));
const local = (count: number) => Array.from({ length: count }, (_, i) => domestic(i));

/** Who is a stranger, of callers by peer; `home` are seen at home. */
function strangersOf(peers: Record<string, readonly string[]>, home: readonly string[] = []): string[] {
  const texts: string[] = [];
  const numberOf = (text: string) => (texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1);
  const exchanges = new Exchanges(4);
  // By turns, each several times.
  for (let round = 0; round < 3; round++)
    for (const [peer, callers] of Object.entries(peers))
      for (const caller of callers) exchanges.see(numberOf(caller), numberOf(peer));
  const callers: number[] = [];
  exchanges.eachCaller((line) => callers.push(line));
  expect(callers.map((line) => texts[line]).sort()).toEqual([...new Set(Object.values(peers).flat())].sort());
  const found = exchanges.strangers(
    (line) => texts[line]!,
    (line) => home.includes(texts[line]!),
    home,
  );
  return [...found].map((line) => texts[line]!).sort();
}

describe('exchanges with other networks', () => {
  test('bring in callers of several countries, none of whom is seen at home', () => {
    const callers = [...mixed(20), domestic(1)];
    expect(strangersOf({ '192.0.2.1': callers, '192.0.2.9': [domestic(5)] })).toEqual([...callers].sort());
    // One who is seen at home is none, and one in ten there may be.
    expect(strangersOf({ '192.0.2.1': callers }, [domestic(1)])).toEqual(mixed(20).sort());
    // More are not brought in from elsewhere: this is a proxy of the network itself.
    expect(strangersOf({ '192.0.2.1': callers }, callers.slice(0, 3))).toEqual([]);
  });

  test('are none where nearly all are of one country, or too few to tell', () => {
    expect(strangersOf({ '192.0.2.1': [...local(40), ...mixed(10)] })).toEqual([]);
    expect(strangersOf({ '192.0.2.1': mixed(15) })).toEqual([]);
    // Numbers as dialled within a country, and names, are of none.
    const names = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `0${2_000_000 + i}` : `user${i}@example.org`));
    expect(strangersOf({ '192.0.2.1': names })).toEqual([]);
  });

  test('are told by country, wherever they call from, where it is known what abroad is', () => {
    const abroad = Array.from({ length: 5 }, (_, i) => FOREIGN[0]!(i));
    expect(strangersOf({ '192.0.2.1': abroad })).toEqual([]);
    const home = local(10);
    expect(strangersOf({ '192.0.2.1': abroad, '192.0.2.2': [domestic(20), domestic(21)] }, home)).toEqual(abroad);
    // Through the border controller of the network too; but not one who registers here.
    const controller = { '192.0.2.1': [...home, ...abroad, domestic(30)] };
    expect(strangersOf(controller, home)).toEqual(abroad);
    expect(strangersOf(controller, [...home, abroad[0]!])).toEqual(abroad.slice(1));
    // An office without a registration, its numbers are of the country.
    const office = Array.from({ length: 30 }, (_, i) => domestic(100 + i));
    expect(strangersOf({ '192.0.2.1': office }, home)).toEqual([]);
    // Lines at home without a number do not hide what country it is.
    const imsis = Array.from({ length: 50 }, (_, i) => `46000${2_000_000_000 + i}`);
    expect(strangersOf({ '192.0.2.1': abroad }, [...home, ...imsis])).toEqual(abroad);
    // Too few at home to tell; or these are of many countries themselves.
    expect(strangersOf({ '192.0.2.1': abroad }, home.slice(0, 9))).toEqual([]);
    expect(strangersOf({ '192.0.2.1': abroad }, mixed(20))).toEqual([]);
  });
});
