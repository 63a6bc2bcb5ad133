import { describe, expect, test } from 'vitest';
import { zoneOf } from '../../../src/store/cdr/local-time.ts';
import { timeReader } from '../../../src/store/cdr/time-format.ts';

/** Seconds since the epoch of an instant. */
const at = (iso: string): number => Date.parse(iso) / 1000;
/** A local time as zones take it. */
const local = (text: string): number => at(`${text}Z`);

describe('local time', () => {
  // Directive 2000/84/EC: clocks of the Union change at 01:00 UTC on the last Sundays of March and October.
  test('of Rome is right on both sides of a change of clocks, and in the hour that is left out there is none', () => {
    const rome = zoneOf('Europe/Rome');
    expect(rome.epoch(local('2026-03-29T01:59:59'))).toBe(at('2026-03-29T00:59:59Z'));
    expect(rome.epoch(local('2026-03-29T02:30:00'))).toBeNaN();
    expect(rome.epoch(local('2026-03-29T03:00:00'))).toBe(at('2026-03-29T01:00:00Z'));
  });

  test('of an hour that came twice is the earlier, and said to be', () => {
    const rome = zoneOf('Europe/Rome');
    expect(rome.epoch(local('2026-10-25T01:59:59'))).toBe(at('2026-10-24T23:59:59Z'));
    expect(rome.isTwice(local('2026-10-25T01:59:59'))).toBe(false);
    expect(rome.epoch(local('2026-10-25T02:30:00'))).toBe(at('2026-10-25T00:30:00Z'));
    expect(rome.isTwice(local('2026-10-25T02:30:00'))).toBe(true);
    expect(rome.epoch(local('2026-10-25T03:00:00'))).toBe(at('2026-10-25T02:00:00Z'));
    expect(rome.isTwice(local('2026-10-25T03:00:00'))).toBe(false);
  });

  test('goes back by half an hour on Lord Howe Island, and never in China since 1991', () => {
    const island = zoneOf('Australia/Lord_Howe');
    // On 5 April 2026 at 02:00 (+11:00) clocks went back to 01:30 (+10:30).
    expect(island.isTwice(local('2026-04-05T01:29:59'))).toBe(false);
    expect(island.isTwice(local('2026-04-05T01:30:00'))).toBe(true);
    expect(island.epoch(local('2026-04-05T02:00:00'))).toBe(at('2026-04-05T02:00:00+10:30'));
    const shanghai = zoneOf('Asia/Shanghai');
    for (let day = 0; day < 366; day++) {
      const noon = local('2026-01-01T12:00:00') + day * 86_400;
      expect(shanghai.epoch(noon)).toBe(noon - 8 * 3600);
    }
  });

  test('of an offset is that offset', () => {
    expect(zoneOf('-03:30').epoch(local('2026-01-01T00:00:00'))).toBe(at('2026-01-01T03:30:00Z'));
    expect(() => zoneOf('Mars/Olympus')).toThrow(
      'no such time zone: Mars/Olympus (use a name like Europe/Rome, or an offset like +08:00)',
    );
  });
});

describe('a time', () => {
  const utc = zoneOf('UTC');
  const instant = (format: string, text: string, zone: ReturnType<typeof zoneOf> | null = utc): string => {
    const time = timeReader(format, zone)(text);
    return typeof time === 'string' ? time : `${new Date(time.s * 1000).toISOString().slice(0, 19)} ${time.ns}`;
  };

  test.each([
    ['iso', '2026-02-03T04:05:06', '2026-02-03T04:05:06 0'],
    ['iso', '2026-02-03 04:05:06.25', '2026-02-03T04:05:06 250000000'],
    ['iso', '2026-02-03T04:05:06+08:00', '2026-02-02T20:05:06 0'],
    ['iso', '2026-02-03 04:05', '2026-02-03T04:05:00 0'],
    // The BCD time stamp of 3GPP TS 32.298 §5.1.1, as digits.
    ['yyMMddHHmmssZ', '260203040506+0800', '2026-02-02T20:05:06 0'],
    ['d/M/yyyy H:mm', '3/2/2026 4:05', '2026-02-03T04:05:00 0'],
    ['dd.MM.yyyy HH:mm:ss.SSS', '03.02.2026 04:05:06.007', '2026-02-03T04:05:06 7000000'],
    ['epoch_s', '1770091506', '2026-02-03T04:05:06 0'],
    ['epoch_s', '1770091506.5', '2026-02-03T04:05:06 500000000'],
    ['epoch_ms', '1770091506007', '2026-02-03T04:05:06 7000000'],
    ['epoch_ns', '1770091506000000007', '2026-02-03T04:05:06 7'],
  ])('of form %s: %s', (format, text, expected) => {
    expect(instant(format, text)).toBe(expected);
  });

  test.each([
    ['iso', '2026-02-30 00:00:00'],
    ['iso', '2026-02-03 24:00:00'],
    ['iso', '03.02.2026 04:05:06'],
    ['iso', '9999-01-01 00:00:00'],
    ['yyyyMMddHHmmss', '20261303040506'],
    ['epoch_s', '12'],
    ['epoch_s', 'now'],
  ])('of form %s is not %s', (format, text) => {
    expect(instant(format, text)).toBe('malformed');
  });

  test('without an offset needs a zone', () => {
    expect(instant('iso', '2026-02-03T04:05:06', null)).toBe('no zone');
    expect(instant('iso', '2026-02-03T04:05:06Z', null)).toBe('2026-02-03T04:05:06 0');
    expect(instant('iso', '2026-03-29 02:30:00', zoneOf('Europe/Rome'))).toBe('no such local time');
  });
});
