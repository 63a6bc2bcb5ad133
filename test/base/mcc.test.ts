import { getSupportedRegionCodes } from 'awesome-phonenumber';
import { expect, test } from 'vitest';
import { regionOfMcc } from '../../src/base/mcc.ts';

test.each([
  ['460', 'CN'],
  ['461', 'CN'],
  ['262', 'DE'],
  ['310', 'US'],
  ['316', 'US'],
  ['404', 'IN'],
  ['405', 'IN'],
  ['724', 'BR'],
  ['621', 'NG'],
  ['234', 'GB'],
  ['441', 'JP'],
  ['001', null],
  ['901', null],
  ['999', null],
  ['46', null],
])('mobile country code %s is of %s (ITU-T E.212)', (mcc, region) => {
  expect(regionOfMcc(mcc)).toBe(region);
});

test('every country of a mobile country code has a numbering plan', () => {
  const plans = new Set(getSupportedRegionCodes());
  const regions = Array.from({ length: 1000 }, (_, mcc) => regionOfMcc(String(mcc).padStart(3, '0')));
  expect(regions.filter((region) => region !== null).length).toBeGreaterThan(220);
  expect(regions.filter((region) => region !== null && !plans.has(region))).toEqual([]);
});
