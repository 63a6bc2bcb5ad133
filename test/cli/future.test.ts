import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { refusedCall } from '../support/scene.ts';
import { root } from '../support/sources.ts';

const SAMPLE = join(root, 'captures', 'sample.pcap.gz');
/** Seconds after the scene's beginning, in 2023: as far as a pcap can tell, 2106 is the last year. */
const LATER = 40 * 365 * 86_400;

let folder: string;
let lake: string;
let later: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  lake = join(folder, 'lake');
  later = refusedCall(LATER).write(join(folder, 'later.pcap'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LEFT_OUT = '1 capture dated in the future left out (--until sets where the window ends)';

test('a capture dated in the future hides nothing of a store, and is told of', async () => {
  const before = await cli('scan', SAMPLE, '--store', lake, '--format', 'csv');
  expect(before.stderr).not.toContain('future');
  // As it comes in, and in every look from then on.
  for (const captures of [[later], []]) {
    const after = await cli('scan', ...captures, '--store', lake, '--format', 'csv');
    expect(after).toMatchObject({ code: 0, stdout: before.stdout });
    expect(after.stderr).toContain(LEFT_OUT);
  }
});

test('--until still looks at it, or before it', async () => {
  for (const [until, lines] of [
    ['2064-01-01T00:00:00Z', 1],
    ['2024-03-05T08:00:00Z', 100],
  ] as const) {
    const found = await cli(
      'scan',
      '--store',
      lake,
      '--threshold',
      '0',
      '--window',
      '365d',
      '--until',
      until,
      '--format',
      'csv',
    );
    expect(found.stderr).not.toContain('left out');
    expect(found.stdout.split('\n').length).toBeGreaterThan(lines);
  }
});

test('a store of nothing else is read as it is', async () => {
  const alone = join(folder, 'alone');
  const found = await cli('scan', later, '--store', alone, '--threshold', '0');
  expect(found.stderr).not.toContain('left out');
  expect(found.stderr).toContain('1 line ·');
});
