import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importRecords } from '../../../src/cli/import.ts';
import { parseMapping } from '../../../src/store/cdr/mapping.ts';
import { Disk } from '../../../src/store/disk.ts';
import { openStore } from '../../../src/store/store.ts';
import { simpleMapping, writeCsv } from '../../support/cdr.ts';
import { storedRows } from '../../support/lake.ts';
import { root } from '../../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls over four days. */
function file(calls: number): string {
  const rows = Array.from({ length: calls }, (_, i) => {
    const began = new Date(Date.parse('2026-01-05T00:00:00Z') + Math.floor((i * 345_600_000) / calls));
    return [
      `1380000${String(i % 9000).padStart(4, '0')}`,
      '13900000001',
      'out',
      began.toISOString().slice(0, 19).replace('T', ' '),
      5,
    ];
  });
  return writeCsv(folder, `${calls}.csv`, [['line', 'other', 'way', 'began', 'talked'], ...rows]);
}

const options = {
  mapping: parseMapping(simpleMapping(), 'own.yaml'),
  mappingPath: 'own.yaml',
  feed: 'cdr',
  homeCountry: 'CN',
  timeZone: null,
  mostRefused: 0,
};

function partsUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.part'));
}

test('an import that dies between any two steps has put in all or nothing, and the next one all', async () => {
  const path = file(40);
  let ended = false;
  let whole = 0;
  for (let at = 0; !ended; at++) {
    const lake = join(folder, `lake-${at}`);
    let steps = 0;
    const disk = new Disk(() => {
      if (steps++ >= at) throw new Error('killed');
    });
    try {
      const dying = openStore(lake, true, { homeCountry: 'CN', disk });
      try {
        await importRecords(path, dying, options);
        ended = true;
      } finally {
        await dying.close();
      }
    } catch (error) {
      expect((error as Error).message).toBe('killed');
    }
    const next = openStore(lake, true, { homeCountry: 'CN' });
    const before = (await storedRows(next)).length;
    expect([0, 40]).toContain(before);
    if (before === 40) whole++;
    const { outcome } = await importRecords(path, next, options);
    expect(outcome).toBe(before === 40 ? 'in before' : 'imported');
    expect(await storedRows(next)).toHaveLength(40);
    await next.close();
    expect(partsUnder(lake)).toEqual([]);
    rmSync(lake, { recursive: true });
    expect(at).toBeLessThan(100);
  }
  // The last ones died after the commit.
  expect(whole).toBeGreaterThan(1);
});

test('an import that is killed while it writes has put in all or nothing, and the next one all', async () => {
  const path = file(30_000);
  const lake = join(folder, 'killed');
  const mapping = join(folder, 'own.yaml');
  writeFileSync(mapping, simpleMapping());
  mkdirSync(lake);
  const watcher = watch(lake, { recursive: true });
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      join(root, 'src/cli/main.ts'),
      'import',
      'cdr',
      path,
      '--mapping',
      mapping,
      '--store',
      lake,
      '--home-country',
      'CN',
    ],
    { cwd: root, stdio: 'ignore' },
  );
  const exit = once(child, 'exit');
  watcher.on('change', (_type, name) => {
    if (String(name).includes('.parquet')) child.kill('SIGKILL');
  });
  const [, signal] = await exit;
  watcher.close();
  expect(signal).toBe('SIGKILL');
  const store = openStore(lake, true, { homeCountry: 'CN' });
  const before = (await storedRows(store)).length;
  expect([0, 30_000]).toContain(before);
  const { outcome } = await importRecords(path, store, options);
  expect(outcome).toBe(before === 0 ? 'imported' : 'in before');
  expect(await storedRows(store)).toHaveLength(30_000);
  await store.close();
  expect(partsUnder(lake)).toEqual([]);
});
