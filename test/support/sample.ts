import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

/** What README says of the sample capture: its lines, those of them that are marked, and the first. */
export function sampleAsTold(): { lines: number; strong: number; marked: number; first: string } {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, strong, suspect, first] = /^(\d+) lines strong, (\d+) suspect, .* explain (\d+) captures$/m.exec(readme)!;
  const lines = Number(/SIP messages · (\d+) lines ·/.exec(readme)![1]);
  return { lines, strong: Number(strong), marked: Number(strong) + Number(suspect), first: first! };
}

/** A number as those see it who may not see all of it. */
export function masked(number: string): string {
  return number.slice(0, 5) + '*'.repeat(number.length - 7) + number.slice(-2);
}
