import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Seeds that the shipped model was not trained on (it has 1000 and up). */
describe('ten minutes of ordinary calls', () => {
  test.each([1, 2, 3, 4, 5])('mark nobody, and each verdict says how little it rests on (seed %i)', async (seed) => {
    const out = join(folder, String(seed));
    await cli(
      'simulate',
      '--out',
      out,
      '--seed',
      String(seed),
      '--country',
      '86',
      '--subscribers',
      '300',
      '--gateways',
      '0',
      '--hours',
      String(1 / 6),
      '--start',
      '2024-03-06T02:00:00Z',
    );
    const capture = join(out, 'capture-001.pcap');
    const marked = await cli('scan', capture, '--home-country', 'CN', '--format', 'ndjson', '--fail-on', 'suspect');
    expect(records(marked.stdout).filter((record) => record.line !== undefined)).toEqual([]);
    expect(marked.code).toBe(0);
    const all = records(
      (await cli('scan', capture, '--home-country', 'CN', '--format', 'ndjson', '--threshold', '0')).stdout,
    );
    const verdicts = all.filter((record) => record.line !== undefined);
    expect(verdicts.length).toBeGreaterThan(50);
    for (const verdict of verdicts) {
      const { calls, rests_on } = verdict.exposure as { calls: number; rests_on: string };
      const texts = Number(/and (\d+) short message/.exec(rests_on)?.[1] ?? 0);
      expect(rests_on).toMatch(/in (10|9\.\d) min/);
      if (calls + texts < 5) expect(rests_on).toMatch(/too little to tell/);
    }
  });
});
