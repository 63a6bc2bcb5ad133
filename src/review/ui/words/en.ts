import { deeds, details } from './en/deeds.ts';
import { desk } from './en/desk.ts';
import { found } from './en/found.ts';
import { records } from './en/records.ts';
import { shell } from './en/shell.ts';
import { work } from './en/work.ts';
import type { Loose } from './shape.ts';

/** Every text of the pages, in English. Chinese has the same shape: a text that is missing there does not compile. */
export const en = { ...shell, ...records, ...found, ...work, ...desk, deeds, details };

export type Words = Loose<typeof en>;
