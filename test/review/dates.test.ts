import { describe, expect, it } from 'vitest';
import { dayOf, dayText, endOf, momentOf, momentText } from '../../src/review/ui/parts/dates.ts';

describe('a day that is typed', () => {
  it.each([
    '2026-01-31',
    ' 2026-1-31 ',
    '2026/01/31',
    '2026.1.31',
    '20260131',
    '2026年1月31日',
    '２０２６－０１－３１',
  ])('is taken as people of any language write it, year first: %s', (text) => {
    expect(dayOf(text)).toEqual(new Date(2026, 0, 31));
    expect(dayText(dayOf(text)!)).toBe('2026-01-31');
  });

  it.each([
    '',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '31.01.2026',
    '01/31/2026',
    '2026-01',
    '202601311',
    'tomorrow',
    '0000-00-00',
  ])('is none where a calendar has it not, or its year does not come first: %s', (text) => {
    expect(dayOf(text)).toBeNull();
  });

  it('of a leap year is one', () => {
    expect(dayOf('2028-02-29')).toEqual(new Date(2028, 1, 29));
  });

  it('lasts until its last second', () => {
    expect(endOf(new Date(2026, 0, 31))).toEqual(new Date(2026, 0, 31, 23, 59, 59));
  });
});

describe('a minute that is typed', () => {
  it.each([
    ['2026-01-31 08:30', new Date(2026, 0, 31, 8, 30)],
    ['2026-01-31T8:05', new Date(2026, 0, 31, 8, 5)],
    ['2026年1月31日08：30', new Date(2026, 0, 31, 8, 30)],
    ['20260131 2359', null],
    ['2026-01-31', new Date(2026, 0, 31)],
    ['2026-01-31 24:00', null],
    ['2026-01-31 08:60', null],
    ['2026-02-30 08:30', null],
    ['08:30', null],
  ])('%s', (text, time) => {
    expect(momentOf(text)).toEqual(time);
  });

  it('is written so that it can be read again', () => {
    const time = new Date(2026, 8, 5, 3, 7);
    expect(momentText(time)).toBe('2026-09-05 03:07');
    expect(momentOf(momentText(time))).toEqual(time);
  });
});
