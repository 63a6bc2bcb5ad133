import { expect, test } from 'vitest';
import { localZone, zoneOfRegion } from '../../src/base/zones.ts';

/** Hours that clocks of a zone are ahead of UTC in January and in July. */
function hours(timeZone: string): number[] {
  return [0, 6].map((month) => {
    const time = Date.UTC(2026, month, 15, 12);
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' });
    return Number(format.format(time)) - 12;
  });
}

// By law of each country (tz database, zone1970.tab).
test.each([
  ['CN', [8, 8]],
  ['DE', [1, 2]],
  ['NG', [1, 1]],
  ['PK', [5, 5]],
  ['ES', [1, 2]],
  ['CL', [-3, -4]],
])('the local time of %s', (region, expected) => {
  expect(hours(zoneOfRegion(region)!)).toEqual(expected);
});

test('a country of several local times has none, nor has what is no country', () => {
  expect(['US', 'BR', 'RU', 'ID', 'AU', 'CD', 'XX'].map(zoneOfRegion)).toEqual(Array(7).fill(null));
});

test('the zone that is given counts before that of the home country', () => {
  expect(localZone('Asia/Tokyo', 'DE')).toBe('Asia/Tokyo');
  expect(localZone(undefined, 'DE')).toBe('Europe/Berlin');
  expect(localZone(null, null)).toBe(null);
});
