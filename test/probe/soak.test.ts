import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedCapture } from '../support/shared.ts';
import { canMount, soak } from '../support/soak.ts';
import { root } from '../support/sources.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('two watchers of one store that are killed 20 times', () => {
  test('leave the events of one scan, row for row, and no temporary file', { timeout: 900_000 }, async () => {
    const report = await soak({
      folder,
      sources: [
        { path: join(root, 'captures/sample.pcap.gz'), pieces: 24 },
        { path: sharedCapture('ss7', 'osmocom-virtual', 'a-interface-main-all-links.pcap'), pieces: 16 },
        { path: sharedCapture('ss7', 'P1sec+QCSuper', 'sample_2g_3g_4g_xperia.pcap'), pieces: 4 },
      ],
      feeds: ['north', 'south'],
      kills: 20,
      life: 2500,
      every: 700,
      trouble: canMount(folder),
      seed: 5,
      say: () => undefined,
    });
    expect(report.different.slice(0, 5)).toEqual([]);
    expect(report.temporary).toEqual([]);
    expect(report.codes).toEqual([0, 0]);
    expect(report.rows).toBeGreaterThan(10_000);
    expect(report.errors.filter((line) => !/No space left|no space left|read-only file system/i.test(line))).toEqual(
      [],
    );
    // Each suspect was told, and however often a kill had it delivered again, under one id.
    expect(report.alerts.size).toBeGreaterThan(20);
    expect([...report.alerts].filter(([, ids]) => ids !== 1)).toEqual([]);
    expect(report.memory).toBeLessThan(1e9);
  });
});
