import { SHARED } from './company-words.ts';

export type Shared = keyof typeof SHARED;

/** Kinds of keys of a line: first what it may share with others. */
export const NAMES = Object.keys(SHARED) as Shared[];
export const KIND = Object.fromEntries(NAMES.map((name, kind) => [name, kind])) as Record<Shared, number>;

/** The line itself, a number it called, a number that called it. */
export const OWN = NAMES.length;
export const CALLED = OWN + 1;
export const CALLER = OWN + 2;

/** The cell or address that its siblings share with it; half hours in which somebody there was active; when one came to rest, or woke. */
export const PLACE = OWN + 3;
export const ACTIVE = OWN + 4;
export const RESTED = OWN + 5;
export const WOKE = OWN + 6;
