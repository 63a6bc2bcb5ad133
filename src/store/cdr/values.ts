import type { DURATION_UNITS } from './mapping.ts';

/** Milliseconds of a length of time, by the unit it is written in; null where it is none. */
export const DURATIONS: Record<
  (typeof DURATION_UNITS)[number],
  { read: (text: string) => number | null; words: string }
> = {
  s: { read: (text) => decimal(text, 1000), words: 'seconds' },
  ms: { read: (text) => decimal(text, 1), words: 'milliseconds' },
  min: { read: (text) => decimal(text, 60_000), words: 'minutes' },
  'hh:mm:ss': { read: clock, words: 'hh:mm:ss' },
};

/** Longest length of time that is one, milliseconds: a call lasts no month. */
const LONGEST = 31 * 86_400_000;
/** What fits into 32 bits with a sign. */
const LARGEST = 2_147_483_647;

function decimal(text: string, unit: number): number | null {
  if (!/^\d{1,12}(?:\.\d+)?$/.test(text)) return null;
  // As whole microseconds, so that 0.1 s is 100 ms and no hair more.
  const ms = Math.round(Number(text) * unit * 1000) / 1000;
  return ms <= LONGEST ? ms : null;
}

function clock(text: string): number | null {
  const match = /^(\d{1,3}):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)$/.exec(text);
  if (match === null) return null;
  return Math.round((Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3])) * 1000);
}

/** A whole number that is not negative; null where it is none, or a large one. */
export function wholeNumber(text: string, base: 10 | 16): number | null {
  const digits = base === 16 ? text.replace(/^0x/i, '') : text;
  if (!(base === 16 ? /^[\da-f]{1,10}$/i : /^\d{1,12}$/).test(digits)) return null;
  const value = Number.parseInt(digits, base);
  return value <= LARGEST ? value : null;
}

/** A pseudonym as events hold it: one of digits alone is marked, so that nobody takes it for a number. */
export function pseudonym(text: string): string {
  return /^\d+$/.test(text) ? `id-${text}` : text;
}
