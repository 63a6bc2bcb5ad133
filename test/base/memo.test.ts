import { expect, test } from 'vitest';
import { Memo } from '../../src/base/memo.ts';
import { Random } from '../../src/base/random.ts';

test('it says of bytes what reading them says, however many share a place', () => {
  const memo = new Memo(64, 16, (data, start, end) => data.toString('latin1', start, end));
  const random = new Random(7);
  for (let round = 0; round < 20_000; round++) {
    const text = String(random.integer(0, 500)).repeat(random.integer(1, 8));
    const data = Buffer.from(`--${text}--`);
    expect(memo.get(data, 2, 2 + text.length)).toBe(text);
  }
});

test('bytes that came lately are not read again, longer ones than it keeps are', () => {
  let reads = 0;
  const memo = new Memo(64, 16, () => ++reads);
  const data = Buffer.from('0123456789abcdef+');
  expect([memo.get(data, 0, 16), memo.get(data, 0, 16), memo.get(data, 0, 15)]).toEqual([1, 1, 2]);
  expect([memo.get(data, 0, 17), memo.get(data, 0, 17)]).toEqual([3, 4]);
  expect([memo.get(data, 3, 3), memo.get(data, 3, 3)]).toEqual([5, 6]);
});
