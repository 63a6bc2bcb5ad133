import { describe, expect, test } from 'vitest';
import { numberTypeOf } from '../../src/base/number-type.ts';
import { COUNTRIES } from '../../src/simulate/numbering.ts';

/** By the plans that the national regulators publish (ITU-T E.129). */
const NUMBERS: readonly [digits: string, type: 'mobile' | 'fixed' | null, what: string][] = [
  ['8613800138000', 'mobile', 'China, 138'],
  ['861088888888', 'fixed', 'China, Beijing 10'],
  ['447912345678', 'mobile', 'United Kingdom, 79'],
  ['442079460000', 'fixed', 'United Kingdom, London 020'],
  ['448001111111', 'fixed', 'United Kingdom, free 0800'],
  ['4915112345678', 'mobile', 'Germany, 151'],
  ['4930123456', 'fixed', 'Germany, Berlin 030'],
  ['2348031234567', 'mobile', 'Nigeria, 803'],
  ['5511987654321', 'mobile', 'Brazil, 9 after the area'],
  ['551132345678', 'fixed', 'Brazil, São Paulo 11 3'],
  ['33612345678', 'mobile', 'France, 06'],
  ['33142345678', 'fixed', 'France, Paris 01'],
  ['4512345678', null, 'Denmark: mobile and fixed lines share ranges'],
  ['12125550123', null, 'United States: mobile and fixed lines share areas'],
];

describe('the numbering plan tells mobile numbers from others', () => {
  test.each(NUMBERS)('%s is %s: %s', (digits, type) => {
    expect(numberTypeOf(digits)).toBe(type);
  });

  test.each([
    ['112', 'a service'],
    ['00447912345678', 'a number as dialled'],
    ['999123456789', 'no country'],
    ['alice', 'a name'],
    ['', 'nothing'],
    ['4412', 'too short'],
  ])('%s has none: %s', (digits) => {
    expect(numberTypeOf(digits)).toBeNull();
  });
});

test('numbers of one block are of one type, whichever is asked for first', () => {
  for (const last of ['0000', '9999', '1234']) expect(numberTypeOf(`861380013${last}`)).toBe('mobile');
  for (const last of ['9999', '0000', '1234']) expect(numberTypeOf(`86108888${last}`)).toBe('fixed');
});

test('simulated networks number as the plans of their countries do', () => {
  const found = COUNTRIES.flatMap(({ iso, code, mobile, fixed }) =>
    [mobile, fixed].flatMap((ranges, at) =>
      ranges.map(([prefix, more]) => {
        const number = code + prefix + '2345678901'.slice(0, more);
        return [iso, number, numberTypeOf(number) === (at === 0 ? 'mobile' : 'fixed')];
      }),
    ),
  );
  expect(found.filter(([, , same]) => !same)).toEqual([]);
});
