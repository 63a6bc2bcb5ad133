import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { CaptureTable, UNPACKED } from '../../src/store/capture-table.ts';
import { comparePlaces, type Place } from '../../src/store/commit.ts';

const nameOf = (number: number): string => createHash('sha256').update(String(number)).digest('hex');

/** Captures in any order, some of one time, and a plain list of their places. */
function filled(count: number): { table: CaptureTable; places: Place[] } {
  const random = new Random(3, 'table');
  const table = new CaptureTable();
  const places: Place[] = [];
  for (let i = 0; i < count; i++) {
    const place = {
      s: Math.floor(random.between(1000, 2000)),
      ns: Math.floor(random.between(0, 3)),
      sha256: nameOf(i),
    };
    const ends = i % 3 === 0 ? null : { offset: i, length: 2 * i };
    table.add({
      sha256: place.sha256,
      first: place,
      last: place.s + 5,
      size: i,
      pack: i % 2 === 0 ? UNPACKED : 7,
      ends,
    });
    places.push(place);
  }
  return { table, places: places.sort(comparePlaces) };
}

const listed = (table: CaptureTable, after: Place | null = null): Place[] => {
  const places = table.places(after);
  return Array.from({ length: places.length }, (_, at) => places.at(at));
};

describe('a table of captures', () => {
  test('has them in order of place, however they came', () => {
    const { table, places } = filled(2000);
    expect(listed(table)).toEqual(places);
    expect(table.size).toBe(2000);
    for (const at of [0, 1, 700, 1999]) {
      expect(listed(table, places[at]!)).toEqual(places.slice(at + 1));
      expect(table.rank(places[at]!.sha256)).toBe(at);
    }
  });

  test('is asked about one of them by its name', () => {
    const { table } = filled(2000);
    expect(table.has(nameOf(1999))).toBe(true);
    expect(table.has(nameOf(2000))).toBe(false);
    expect(table.ends(nameOf(5))).toEqual({ pack: 7, offset: 5, length: 10 });
    expect(table.ends(nameOf(4))).toEqual({ pack: UNPACKED, offset: 4, length: 8 });
    expect(table.ends(nameOf(3))).toBeNull();
    expect(table.packed(8)[7]).toBe(1000);
  });

  test('forgets what is taken away, and nothing else', () => {
    const { table, places } = filled(2000);
    const gone = new Set(places.filter((_, at) => at % 7 === 0 || at < 300).map(({ sha256 }) => sha256));
    table.remove([...gone, nameOf(12_345)]);
    const left = places.filter(({ sha256 }) => !gone.has(sha256));
    expect(listed(table)).toEqual(left);
    expect(places.filter(({ sha256 }) => table.has(sha256))).toEqual(left);
    table.add({ sha256: nameOf(9999), first: { s: 1500, ns: 1 }, last: 1501, size: 1, pack: UNPACKED, ends: null });
    const added = [...left, { s: 1500, ns: 1, sha256: nameOf(9999) }].sort(comparePlaces);
    expect(listed(table)).toEqual(added);
  });

  test('shows places with one more among them', () => {
    const { table, places } = filled(500);
    for (const place of [
      { s: 0, ns: 0, sha256: nameOf(1e6) },
      { s: 1500, ns: 1, sha256: nameOf(1e6) },
      { s: 9999, ns: 0, sha256: nameOf(1e6) },
    ]) {
      const more = table.places(places[9]!).with(place);
      const expected = [...places.slice(10), place].sort(comparePlaces);
      expect(Array.from({ length: more.length }, (_, at) => more.at(at))).toEqual(expected);
      for (const at of [0, 100, expected.length - 1]) expect(more.before(expected[at]!)).toBe(at);
    }
  });

  test('names those that touch a span, and those without packets where all are asked for', () => {
    const table = new CaptureTable();
    const add = (number: number, s: number | null): void =>
      table.add({
        sha256: nameOf(number),
        first: s === null ? null : { s, ns: 0 },
        last: s === null ? Number.NaN : s + 10,
        size: 1,
        pack: UNPACKED,
        ends: null,
      });
    add(1, 100);
    add(2, 200);
    add(3, 50);
    add(4, null);
    expect([...table.within(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)]).toEqual([3, 1, 2, 4].map(nameOf));
    expect([...table.within(61, 200)]).toEqual([3, 1].map(nameOf));
    expect([...table.within(112, 201)]).toEqual([2].map(nameOf));
    expect(table.latest()).toBe(210);
    expect(table.latest(210)).toBe(210);
    expect(table.latest(209)).toBe(110);
    expect(table.latest(59)).toBeNull();
    expect([table.after(59), table.after(110), table.after(210)]).toEqual([3, 1, 0]);
  });
});
