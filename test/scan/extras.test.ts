import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLE = join(root, 'captures/sample.pcap.gz');

interface ModelFile {
  second: { extras: unknown[]; population: Record<string, unknown[]>; trees: { feature: string } };
}

/** The shipped model with what its second forest knows besides in another order: all but the first turned round. */
function turnedRound(): string {
  const model = JSON.parse(readFileSync(join(root, 'models/default.json'), 'utf8')) as ModelFile;
  const { second } = model;
  const count = second.extras.length;
  const turned = <T>(values: T[]): T[] => [values[0]!, ...values.slice(1).reverse()];
  second.extras = turned(second.extras);
  for (const [kind, values] of Object.entries(second.population)) second.population[kind] = turned(values);
  const features = Buffer.from(second.trees.feature, 'base64');
  for (let at = 0; at < features.length; at += 2) {
    const feature = features.readInt16LE(at);
    if (feature > 0 && feature < count) features.writeInt16LE(count - feature, at);
  }
  second.trees.feature = features.toString('base64');
  const path = join(folder, 'turned-round.json');
  writeFileSync(path, JSON.stringify(model));
  return path;
}

test('a model that knows what lines share in another order, as one of another build does, judges the same', async () => {
  const options = ['--threshold', '0', '--format', 'csv'];
  const shipped = await cli('scan', SAMPLE, ...options);
  const other = await cli('scan', SAMPLE, ...options, '--model', turnedRound());
  expect(shipped.stdout.split('\n').length).toBeGreaterThan(100);
  expect(other.stdout).toBe(shipped.stdout);
});
