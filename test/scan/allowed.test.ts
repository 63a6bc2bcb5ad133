import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLE = join(root, 'captures/sample.pcap.gz');

interface Found {
  line?: string;
  record?: string;
  tier: string;
  score: number;
  gateway: number | null;
  exposure: { rests_on: string; marked_from: number | null };
  lines: string[] | number;
  allowed: number;
}

function list(name: string, lines: readonly string[], until: string): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `line,owner,reason,until\n${lines.map((line) => `${line},Acme,licensed gateway,${until}\n`).join('')}`,
  );
  return path;
}

/** At home. */
const asDialled = (line: string): string => line.replace(/^86/, '0');

async function scanned(...options: string[]) {
  const { stdout, stderr } = await cli('scan', SAMPLE, '--format', 'ndjson', ...options);
  const found = records(stdout) as unknown as Found[];
  const marked = found.filter(({ line, tier }) => line !== undefined && tier !== 'none');
  const boxed = found.flatMap(({ record, lines }) => (record === 'gateway' ? (lines as string[]) : []));
  return { found, stderr, marked: marked.map(({ line }) => line!), boxed, summary: found.at(-1)! };
}

test('a line on the allow list is not marked and is in no box, and is said so, until the day that the list names', async () => {
  const before = await scanned();
  const [inBox, alone] = [before.boxed[0]!, before.marked.find((line) => !before.boxed.includes(line))];
  const listed = [inBox, ...(alone === undefined ? [] : [alone])];
  const after = await scanned(
    '--allowed',
    list('allowed.csv', listed.map(asDialled), '2099-12-31'),
    '--threshold',
    '0',
  );
  expect(after.marked.filter((line) => listed.includes(line))).toEqual([]);
  expect(after.boxed).not.toContain(inBox);
  expect(after.summary).toMatchObject({ record: 'summary', allowed: listed.length });
  expect(after.stderr).toContain(`allow list: ${listed.length} line`);
  for (const line of listed) {
    const { exposure, score } = after.found.find((one) => one.line === line)!;
    expect(exposure.rests_on).toMatch(/; not marked: on the allow list until 2099-12-31 \(Acme: licensed gateway\)$/);
    expect(exposure.marked_from).toBeNull();
    expect(score).toBe(before.found.find((one) => one.line === line)!.score);
  }
  // A score that the user names marks it no more.
  const named = await scanned('--allowed', join(folder, 'allowed.csv'), '--threshold', '0.1');
  expect(named.marked.length).toBeGreaterThan(before.marked.length);
  expect(named.marked.filter((line) => listed.includes(line))).toEqual([]);
  // The sample is of later than that.
  const ended = await scanned('--allowed', list('ended.csv', listed, '2001-12-31'));
  expect(ended.marked).toEqual(before.marked);
  expect(ended.summary.allowed).toBe(0);
});
