import { describe, expect, it } from 'vitest';
import { programFiles, type SourceFile, withoutComments } from '../support/sources.ts';

/** Rooms that live in wall time; everything else knows only the time of packets. */
const WALL_TIME = /^src\/(delivery|probe|review|cli)\//;

const CLOCKS = [
  /\bDate\s*\.\s*now\b/,
  /\bnew\s+Date\s*(?:\(\s*\)|(?![\s(\w<]))/,
  /(?<!new\s+)(?<![.\w])Date\s*\(/,
  /\bperformance\s*\.\s*now\b/,
  /\bhrtime\b/,
];
const CHANCE = [/\bMath\s*\.\s*random\b/];

/** `path:line` of each place that reads the wall clock where only packet time may be used, or draws unseeded random numbers. */
function unrepeatable(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const patterns = WALL_TIME.test(path) ? CHANCE : [...CLOCKS, ...CHANCE];
    return withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (patterns.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}`] : []));
  });
}

describe('the wall clock', () => {
  it('is read by delivery, probe, review and cli only, and chance is seeded', () => {
    expect(programFiles().length).toBeGreaterThan(20);
    expect(unrepeatable(programFiles())).toEqual([]);
  });

  it.each([
    'const t = Date.now();',
    'const now = Date.now;',
    'const t = new Date();',
    'const t = new Date;',
    'const t = new Date( );',
    'const t = Date();',
    'const t = performance.now();',
    'const t = process.hrtime.bigint();',
    `import { hrtime } from 'node:process';`,
    'const p = Math.random();',
  ])('is found in %s', (line) => {
    expect(unrepeatable([{ path: 'src/events/a.ts', text: `\n${line}` }])).toEqual(['src/events/a.ts:2']);
    expect(unrepeatable([{ path: 'src/events/a.ts', text: `/** ${line} */` }])).toEqual([]);
  });

  it.each(['new Date(seconds * 1000)', 'isoDate(x)', 'a.Date(b)', 'type T = Date | null'])('is not %s', (line) => {
    expect(unrepeatable([{ path: 'src/events/a.ts', text: line }])).toEqual([]);
  });

  it('may be read in the rooms that live in wall time', () => {
    expect(unrepeatable([{ path: 'src/cli/a.ts', text: 'Date.now()' }])).toEqual([]);
    expect(unrepeatable([{ path: 'src/cli/a.ts', text: 'Math.random()' }])).toEqual(['src/cli/a.ts:1']);
  });
});
