import { expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { localOffset } from '../../src/features/local-time.ts';

const at = (text: string) => Date.parse(text) / 1000;

test('China is eight hours ahead all year', () => {
  const offset = localOffset('Asia/Shanghai');
  expect(offset(at('2024-01-01T00:00:00Z'))).toBe(28_800);
  expect(offset(at('2024-07-01T12:34:56Z'))).toBe(28_800);
});

test('Berlin changes to summer time at 01:00 UTC on 31 March 2024, and back', () => {
  const offset = localOffset('Europe/Berlin');
  expect(offset(at('2024-03-31T00:59:59Z'))).toBe(3600);
  expect(offset(at('2024-03-31T01:00:00Z'))).toBe(7200);
  expect(offset(at('2024-03-31T00:59:59Z'))).toBe(3600);
  expect(offset(at('2024-10-27T01:00:00Z'))).toBe(3600);
});

test('Lord Howe changes by half an hour, at half past the hour of UTC', () => {
  // 02:00 local (UTC+11) on 7 April 2024 is 15:00 UTC on the 6th; on 6 October 02:00 at UTC+10:30 is 15:30 UTC on the 5th.
  const offset = localOffset('Australia/Lord_Howe');
  expect(offset(at('2024-10-05T15:29:59Z'))).toBe(37_800);
  expect(offset(at('2024-10-05T15:30:00Z'))).toBe(39_600);
});

test('Nepal is three quarters of an hour off; fractions and times before 1970 do no harm', () => {
  expect(localOffset('Asia/Kathmandu')(at('2024-01-01T00:00:00Z') + 0.25)).toBe(20_700);
  expect(localOffset('UTC')(-1.5)).toBe(0);
});

test('many different times keep a bounded table', () => {
  const offset = localOffset('UTC');
  for (let i = 0; i < 70_000; i++) offset(i * 900);
  expect(offset(0)).toBe(0);
});

test('an unknown zone is the user’s error', () => {
  expect(() => localOffset('Middle/Earth')).toThrow(UserError);
  expect(() => localOffset('Middle/Earth')).toThrow('no such time zone: Middle/Earth');
});
