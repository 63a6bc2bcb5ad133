import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['', 'removal, restoration, lead, victims'],
  [', mask: false, documents: [removal, restoration, victims]', 'lead'],
  [', mask: false, documents: [removal, restoration, lead, victims]', null],
])('review --delivery says which documents nobody takes: a sink with %s', async (more, kinds) => {
  const path = join(folder, 'delivery.yaml');
  writeFileSync(path, `delivery: { sinks: [{ type: file, name: out, path: ${join(folder, 'out.jsonl')}${more} }] }\n`);
  // There is no store: it ends after that.
  const { stderr } = await cli('review', '--store', join(folder, 'none'), '--delivery', path);
  const said = `${path}: no sink takes ${kinds}: one with mask: false whose documents name them does\n`;
  expect(stderr).toBe(
    `${kinds === null ? '' : said}catpool: ${join(folder, 'none')}: no store; scan --store makes one\n`,
  );
});
