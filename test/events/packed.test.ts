import { expect, test } from 'vitest';
import { digitsOf, pack } from '../../src/events/packed.ts';
import { createDigits, setDigits } from '../../src/ss7/digits.ts';

/** Digits as a message has them, low half of a byte first, filled up with 1111. */
function packed(digits: string, nature = 0) {
  const filled = digits.length % 2 === 0 ? digits : `${digits}f`;
  const data = Buffer.from(filled.replace(/(.)(.)/g, '$2$1'), 'hex');
  const view = createDigits();
  setDigits(view, data, 0, data.length, 0, 40);
  return pack({ ...view, nature });
}

test('digits come back as they were sent, zeros before, between and after them too', () => {
  for (const digits of ['1', '0', '00', '0086', '13900000000', '1000000000', '100000000', '8613661978562'])
    for (const nature of [0, 3, 4]) expect(digitsOf(packed(digits, nature))).toBe(digits);
});

test('of any length, on either side of what a number holds', () => {
  const digits = '9081726354409081726354';
  for (let length = 1; length <= digits.length; length++) {
    expect(digitsOf(packed(digits.slice(0, length)))).toBe(digits.slice(0, length));
    const zeros = '0'.repeat(length);
    expect(digitsOf(packed(zeros))).toBe(zeros);
  }
  expect(digitsOf(0)).toBeNull();
});
