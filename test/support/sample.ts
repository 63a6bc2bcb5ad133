import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

/** What README says of the sample capture: its messages and lines, those that are marked, the first of them, its boxes and lines of the first. */
export function sampleAsTold() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, messages, lines] = /traffic · ([\d,]+) SIP messages · (\d+) lines ·/.exec(readme)!;
  const [, box] = /^ +#1 +\.\d+ +(\d+) lines/m.exec(readme)!;
  const [, strong, suspect, first] = /^(\d+) lines? strong, (\d+) suspect, .* explain (\d+) captures$/m.exec(readme)!;
  const [, tier, number] = new RegExp(`^ +${first} +\\.\\d+ +(strong|suspect) +(?:#(\\d+)|-)`, 'm').exec(
    readme,
  )! as unknown as [string, 'strong' | 'suspect', string | undefined];
  return {
    messages: Number(messages!.replace(',', '')),
    lines: Number(lines),
    /** The tier of the first line, and how many lines have it. */
    tier,
    alike: Number(tier === 'strong' ? strong : suspect),
    marked: Number(strong) + Number(suspect),
    first: first!,
    /** Number of the box that the first line is in. */
    gateway: number === undefined ? null : Number(number),
    box: Number(box),
    boxes: readme.match(/^ +#\d+ +\.\d+ +\d+ lines/gm)!.length,
  };
}

/** A number as those see it who may not see all of it. */
export function masked(number: string): string {
  return number.slice(0, 5) + '*'.repeat(number.length - 7) + number.slice(-2);
}
