import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/features/catalogue.ts';
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
  const names = marked.map(({ line }) => line as string);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((line) => !gateways.includes(line))).toEqual([]);
  const whole = await cli('scan', join(root, 'captures/sample.pcap.gz'), '--format', 'ndjson', '--threshold', '0');
  const ranked = records(whole.stdout).flatMap(({ line }) => (line === undefined ? [] : [line as string]));
  const above = ranked.findIndex((line) => !gateways.includes(line));
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
    `${marked.length} of ${gateways.length} gateway lines are marked, and no other line; ${above} score above every other line`,
  );
  // Who is marked reached what was asked of a line of which so much was seen, or is in a box; who is not did neither.
  for (const { line, tier, score, gateway, exposure } of records(whole.stdout)) {
    if (line === undefined) continue;
    const { marked_from: from } = exposure as { marked_from: number | null };
    const isReached = from !== null && (score as number) >= from;
    expect({ line, isMarked: tier !== 'none' }).toEqual({ line, isMarked: isReached || gateway !== null });
  }
  // Each box of the report is of one box of the truth.
  const boxOf = new Map(labels.map(({ line, gateway }) => [line!, gateway!]));
  const found = records(stdout).filter(({ record }) => record === 'gateway') as unknown as { lines: string[] }[];
  for (const { lines } of found) expect(new Set(lines.map((line) => boxOf.get(line))).size).toBe(1);
  // Its reasons say different things: the strongest of each family of features first. Of a line without calls few families say anything.
  const familyOf = new Map(CATALOGUE.map(({ name, family }) => [name, family]));
  const calling = marked.filter(({ exposure }) => (exposure as { calls: number }).calls > 0);
  expect(calling.length).toBeGreaterThan(marked.length / 2);
  for (const { reasons } of calling) {
    const families = (reasons as { feature: string }[]).flatMap(({ feature }) => familyOf.get(feature) ?? []);
    expect(new Set(families).size).toBe(families.length);
  }
  // A line is explained as it was judged, its box included.
  const boxed = marked.filter(({ gateway }) => gateway !== null);
  expect(boxed.length).toBeGreaterThan(0);
  for (const { line, tier, score, gateway, reasons } of [boxed[0]!, boxed.at(-1)!, marked.at(-1)!]) {
    const explained = await cli('explain', String(line), join(root, 'captures/sample.pcap.gz'), '--format', 'ndjson');
    expect(records(explained.stdout)[0]!.verdict).toMatchObject({ line, tier, score, gateway, reasons });
  }
});
