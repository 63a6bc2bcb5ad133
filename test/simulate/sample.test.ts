import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { FolderSink } from '../../src/simulate/sink.ts';
import { root } from '../support/sources.ts';

test('the sample capture is what its scenario makes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  const scenario = parseScenario(readFileSync(join(root, 'scripts/scenarios/sample.yaml'), 'utf8'));
  const { hours, start } = scenario;
  await simulate(scenario, new FolderSink(folder, Date.parse(start) / 1000, hours, 1, ['sip']));
  const made = readFileSync(join(folder, 'capture-001.pcap'));
  expect(made.equals(gunzipSync(readFileSync(join(root, 'captures/sample.pcap.gz'))))).toBe(true);
  const labels = readFileSync(join(folder, 'labels.csv'));
  expect(labels.equals(readFileSync(join(root, 'captures/sample-labels.csv')))).toBe(true);
  rmSync(folder, { recursive: true });
});
