import type { Words } from './en.ts';
import { deeds, details } from './zh/deeds.ts';
import { desk } from './zh/desk.ts';
import { found } from './zh/found.ts';
import { records } from './zh/records.ts';
import { shell } from './zh/shell.ts';
import { work } from './zh/work.ts';

/** Every text of the pages, in Chinese. */
export const zh: Words = { ...shell, ...records, ...found, ...work, ...desk, deeds, details };
