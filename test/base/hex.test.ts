import { expect, test } from 'vitest';
import { hex32, hex64, hexDigit } from '../../src/base/hex.ts';

test('32 and 64 bits are 8 and 16 digits, signed or not', () => {
  expect(hex32(0)).toBe('00000000');
  expect(hex32(0xdeadbeef)).toBe('deadbeef');
  expect(hex32(0xdeadbeef | 0)).toBe('deadbeef');
  expect(hex64(0x0123_4567, 0x89ab_cdef | 0)).toBe('0123456789abcdef');
});

test('a digit is read in lower case only', () => {
  const values = [...'0123456789abcdef'].map((_, at) => hexDigit('0123456789abcdef', at));
  expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  for (const at of [0, 1, 2, 3, 4]) expect(hexDigit('AgFé', at)).toBe(-1);
});
