import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

/** What README says of the sample capture: lines by tier, and the first of them. */
export function sampleAsTold(): { strong: number; marked: number; first: string } {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, strong, suspect, first] = /^(\d+) lines strong, (\d+) suspect, .* explain (\d+) captures$/m.exec(readme)!;
  return { strong: Number(strong), marked: Number(strong) + Number(suspect), first: first! };
}

/** A number as those see it who may not see all of it. */
export function masked(number: string): string {
  return number.slice(0, 5) + '*'.repeat(number.length - 7) + number.slice(-2);
}
