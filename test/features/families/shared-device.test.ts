import { describe, expect, test } from 'vitest';
import { context, feature, historyOf, populationOf, registration } from '../lines.ts';

const imeiOf = (serial: number, tac = '35693803') => tac + String(serial).padStart(6, '0');

describe('D8c a classmark unlike those of its type', () => {
  const phone = (line: number, classmark: string, tac = '35693803') =>
    historyOf([registration(0, { imei: imeiOf(line, tac), classmark })], `86${line}`);
  /** Ten others of the type show `53`, one of them `43` too. */
  const others = [
    ...Array.from({ length: 9 }, (_, i) => phone(i, '53')),
    historyOf([
      registration(0, { imei: imeiOf(9), classmark: '53' }),
      registration(9, { imei: imeiOf(9), classmark: '43' }),
    ]),
  ];
  const value = (history: ReturnType<typeof phone>, lines = others) =>
    feature('classmark_unlike_tac').compute(history, context({ population: populationOf(...lines, history) }));

  test('is told from what other lines of the type show', () => {
    expect(value(phone(50, '33'))).toBe(1);
    expect(value(phone(50, '53'))).toBe(0);
    // One of ten is a tenth.
    expect(value(phone(50, '43'))).toBe(0);
    const both = historyOf([
      registration(0, { imei: imeiOf(50), classmark: '53' }),
      registration(9, { imei: imeiOf(51), classmark: '33' }),
      registration(18, { imei: imeiOf(52), classmark: '33' }),
    ]);
    // Two pairs of type and classmark.
    expect(value(both)).toBe(0.5);
  });
  test('compares what both have: classmark 1 with the first octet of classmark 2, nothing that goes with the band', () => {
    // Beside 53 alone, a phone that says more is as they are; beside phones that say more, so is one that says 53 alone.
    expect(value(phone(50, '5359a6'))).toBeNaN();
    const full = Array.from({ length: 10 }, (_, i) => phone(i, i < 5 ? '5359a6' : '5758a6'));
    expect(value(phone(50, '53'), full)).toBe(0);
    expect(value(phone(50, '5359a6'), full)).toBe(0);
    expect(value(phone(50, '43'), full)).toBe(1);
    expect(value(phone(50, '5359a7'), full)).toBe(1);
    // Its location updates say classmark 1, its calls classmark 2: one pair, not two.
    const both = historyOf([
      registration(0, { imei: imeiOf(50), classmark: '53' }),
      registration(9, { imei: imeiOf(50), classmark: '5359a7' }),
    ]);
    expect(value(both, full)).toBe(1);
  });
  test('missing where fewer than five others of the type show one', () => {
    expect(value(phone(50, '33', '86012304'))).toBeNaN();
    expect(value(phone(50, '33'), others.slice(0, 4))).toBeNaN();
    expect(value(phone(50, '33'), others.slice(0, 5))).toBe(1);
    expect(value(historyOf([registration(0, { imei: imeiOf(1) })]))).toBeNaN();
  });
});

test('D11 IMEIs near in serial number', () => {
  const shows = (...imeis: string[]) => historyOf(imeis.map((imei, i) => registration(i, { imei })));
  const lines = [
    shows(imeiOf(100), imeiOf(500)),
    shows(imeiOf(150)),
    shows(imeiOf(151)),
    shows(imeiOf(120, '35693804')),
    shows(imeiOf(0, '35693804')),
    shows(imeiOf(999_999, '35693803')),
  ];
  const population = populationOf(...lines);
  const values = lines.map((history) => feature('imeis_near_in_serial').compute(history, context({ population })));
  // 100 has 150; 150 has 100 and 151; the last of a type is not near the first of the next.
  expect(values).toEqual([1, 2, 1, 0, 0, 0]);
  expect(feature('imeis_near_in_serial').compute(historyOf([registration(0)]), context({ population }))).toBeNaN();
});

test('G5 lines tied by IMEIs', () => {
  const shows = (...imeis: string[]) => historyOf(imeis.map((imei, i) => registration(i, { imei })));
  const lines = [
    shows('a', 'b'),
    shows('b', 'c'),
    shows('c', 'd', 'a'),
    shows('d'),
    shows('e'),
    shows('e'),
    shows('f'),
  ];
  const tied = (order: typeof lines) => {
    const population = populationOf(...order);
    return lines.map((history) => feature('lines_tied_by_imeis').compute(history, context({ population })));
  };
  // a-b-c-d ties four lines; e two; f one.
  expect(tied(lines)).toEqual([4, 4, 4, 4, 2, 2, 1]);
  expect(tied([...lines].reverse())).toEqual([4, 4, 4, 4, 2, 2, 1]);
  expect(feature('lines_tied_by_imeis').compute(historyOf([registration(0)]), context())).toBeNaN();
});
