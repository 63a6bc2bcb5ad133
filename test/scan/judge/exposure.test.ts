import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readModel } from '../../../src/scan/judge/default-model.ts';
import { judgeOnTheWay } from '../../../src/scan/judge/exposure.ts';
import { openLines, wholeCaptures, withCollected } from '../../../src/scan/run.ts';
import { cli } from '../../support/cli.ts';
import { root } from '../../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Features that only calls can tell. */
const OF_CALLS = /call|talk|answer|dial|turns|together|alone|distance/;

test('a line that has attached and done no more is judged by nothing that it did later', async () => {
  const wanted = ['--seed', '7', '--country', '86', '--subscribers', '60', '--gateways', '2', '--hours', '2'];
  await cli('simulate', '--out', folder, ...wanted, '--start', '2024-03-06T02:00:00Z');
  const options = wholeCaptures('test', 'CN');
  const model = readModel(join(root, 'models/default.json'));
  const captures = [join(folder, 'capture-001.pcap')];
  const reasons = await withCollected(captures, options, (collected, store) => {
    const seen = new Map<string, string[][]>();
    let exposure = 0;
    judgeOnTheWay(
      openLines(collected, store, options, options),
      model,
      0,
      () => true,
      (verdict) => {
        const known = seen.get(`${verdict.calls} calls`) ?? [];
        seen.set(`${verdict.calls} calls`, [
          ...known,
          verdict.reasons.flatMap(({ feature, value }) => (value === null ? [] : feature)),
        ]);
        exposure++;
        return { line: verdict.line } as never;
      },
    );
    expect(exposure).toBeGreaterThan(100);
    return seen;
  });
  const attached = reasons.get('0 calls')!;
  expect(attached.length).toBeGreaterThan(20);
  expect(attached.flat().filter((feature) => OF_CALLS.test(feature))).toEqual([]);
  expect(
    reasons
      .get('20 calls')!
      .flat()
      .some((feature) => OF_CALLS.test(feature)),
  ).toBe(true);
});
