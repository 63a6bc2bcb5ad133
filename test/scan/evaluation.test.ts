import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../src/forest/model.ts';
import { judgeKnownLines } from '../../src/scan/evaluation.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { type Label, readLabels } from '../../src/scan/labels.ts';
import { type LinesOptions, wholeCaptures, withLines } from '../../src/scan/run.ts';
import { cli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capture = join(folder, 'capture-001.pcap');
const START = Date.UTC(2024, 2, 6, 2) / 1000;
const HOUR = 3600;
let model: Model;
let labels: Label[] = [];

beforeAll(async () => {
  const wanted = ['--seed', '7', '--country', '86', '--subscribers', '60', '--gateways', '2', '--hours', '3'];
  await cli('simulate', '--out', folder, ...wanted, '--start', '2024-03-06T02:00:00Z');
  model = readModel(DEFAULT_MODEL);
  labels = readLabels(join(folder, 'labels.csv'));
});

/** Known lines judged in a window. */
function judged(window: Partial<LinesOptions>, known: readonly Label[] = labels) {
  return judgeKnownLines([capture], known, new Map(), model, { ...wholeCaptures('test', 'CN'), ...window });
}

/** Names of the labelled lines that do something in a window, as features are computed there. */
async function seenIn(window: Partial<LinesOptions>): Promise<string[]> {
  const known = new Set(labels.map(({ line }) => line));
  const names: string[] = [];
  await withLines([capture], { ...wholeCaptures('test', 'CN'), ...window }, ({ lines }) => {
    lines.each(({ line, count }) => {
      if (count > 0 && known.has(line)) names.push(line);
    });
  });
  return names.sort();
}

describe('known lines are judged', () => {
  test.each([
    ['from --since on', { since: START + 2 * HOUR }],
    ['up to --until', { until: START + HOUR }],
    ['between both', { since: START + HOUR, until: START + 2 * HOUR }],
    ['in the last window of longer captures', { window: HOUR }],
  ])('%s, as features are', async (_name, window) => {
    const { spans } = await judged(window);
    const { seconds, lines } = spans.at(-1)!;
    expect(Math.abs(seconds - HOUR)).toBeLessThan(60);
    expect(lines.map(({ line }) => line).sort()).toEqual(await seenIn(window));
    for (const { first } of lines) expect(first).toBeLessThan(seconds);
  });
});
