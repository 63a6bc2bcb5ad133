import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDiskTrouble } from '../../src/base/disk-trouble.ts';
import { makeFolders } from '../../src/base/folders.ts';
import { canMount } from '../support/soak-disk.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('folders are made with those above them, for this user alone, and once', () => {
  const path = join(folder, 'a/b/c');
  for (let times = 0; times < 2; times++) makeFolders(path);
  for (const made of [path, join(path, '..')]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test('a file in the way is told as one', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolders(join(folder, 'file/x'))).toThrow(/ENOTDIR/);
});

test('on a disk that is read-only that is what is said', () => {
  // Who may mount nothing has no such disk.
  if (!canMount(folder)) return;
  const run = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder]);
  expect(run.status).toBe(0);
  try {
    let said: unknown = null;
    try {
      makeFolders(join(folder, 'x/y'));
    } catch (error) {
      said = error;
    }
    expect(isDiskTrouble(said)).toBe(true);
    expect(String(said)).toContain('EROFS');
  } finally {
    spawnSync('/bin/umount', [folder]);
  }
});
