import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPages } from '../support/browser.ts';
import { sharedCapture } from '../support/shared.ts';
import { soak } from '../support/soak.ts';
import { canMount } from '../support/soak-disk.ts';
import { root } from '../support/sources.ts';

let folder: string;
beforeAll(() => {
  buildPages();
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('two watchers of one store that are killed 20 times, with a desk beside them', () => {
  test('leave the events of one scan, row for row, and no temporary file', { timeout: 900_000 }, async () => {
    const trouble = canMount(folder);
    const report = await soak({
      folder,
      sources: [
        { path: join(root, 'captures/sample.pcap.gz'), pieces: 24 },
        { path: sharedCapture('ss7', 'osmocom-virtual', 'a-interface-main-all-links.pcap'), pieces: 16 },
        { path: sharedCapture('ss7', 'P1sec+QCSuper', 'sample_2g_3g_4g_xperia.pcap'), pieces: 4 },
      ],
      feeds: [
        { name: 'north', ahead: 0 },
        { name: 'south', ahead: 3 },
      ],
      kills: 20,
      life: 2500,
      every: 700,
      trouble,
      seed: 5,
      say: () => undefined,
    });
    expect(report.faults.slice(0, 20)).toEqual([]);
    expect(report.rows).toBeGreaterThan(5000);
    expect(report.busyKills).toBeGreaterThan(5);
    // Each suspect was told, and however often a kill had it delivered again, under one id.
    expect(report.alerts.size).toBeGreaterThan(20);
    expect(report.calls).toBeGreaterThan(100);
    expect(report.memory).toBeLessThan(1e9);
    expect(report.desk.answers).toBeGreaterThan(100);
    expect(report.desk.written).toBeGreaterThan(20);
    expect(report.desk.runs).toBeGreaterThan(2);
    expect(report.desk.metrics).toBeGreaterThan(10);
  });
});
