import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { root } from '../support/sources.ts';

test('the sample capture shows its gateway lines and marks nobody else, as README says', async () => {
  const labels = parse(readFileSync(join(root, 'captures/sample-labels.csv')), { columns: true }) as Record<
    string,
    string
  >[];
  const gateways = labels.filter(({ label }) => label === 'gateway').map(({ line }) => line);
  const { stdout } = await cli('scan', join(root, 'captures/sample.pcap.gz'), '--format', 'ndjson');
  const marked = records(stdout).filter(({ line }) => line !== undefined);
  expect(marked.map(({ line }) => line).sort()).toEqual(gateways.sort());
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
    `${marked.length} lines are marked; all ${gateways.length} are gateway lines`,
  );
  // Each box of the report is a box of the truth, with all its lines and no other.
  const boxes = new Map<string, string[]>();
  for (const { line, gateway } of labels)
    if (gateway !== '') boxes.set(gateway!, [...(boxes.get(gateway!) ?? []), line!]);
  const found = records(stdout).filter(({ record }) => record === 'gateway') as unknown as { lines: string[] }[];
  const sorted = (lists: string[][]) => lists.map((lines) => [...lines].sort().join()).sort();
  expect(sorted(found.map(({ lines }) => lines))).toEqual(sorted([...boxes.values()]));
});
