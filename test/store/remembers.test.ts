import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { commitAll, cutCapture, storedRows } from '../support/lake.ts';
import { root as project } from '../support/sources.ts';

let folder: string;
let files: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  files = cutCapture(join(project, 'captures/sample.pcap.gz'), 8, folder, 'sample');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const results = (store: Store) => store.captures().map(({ feed, result }) => [feed, result]);

/** What a reader says who has just come. */
async function anew<T>(root: string, ask: (store: Store) => T | Promise<T>): Promise<T> {
  const store = openStore(root, false);
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

describe('a store that remembers what commits said', () => {
  test('says what a reader says who has just come, whatever was committed, folded or taken away meanwhile', async () => {
    const root = join(folder, 'lake');
    const writing = openStore(root, true);
    const reader = openStore(root, false, { remembers: true });
    const same = async () => {
      expect(results(reader)).toEqual(await anew(root, results));
      expect(await storedRows(reader)).toEqual(await anew(root, storedRows));
    };
    await reader.ready();
    await same();
    await commitAll(writing, files.slice(0, 3));
    await same();
    // Another feed comes, and the first goes on.
    await commitAll(writing, files.slice(0, 1), 'other');
    await commitAll(writing, files.slice(3, 5));
    await same();
    const writer = writing.writer('test');
    writer.fold();
    await same();
    // Commits that were folded go with the next one, when readers have had time to notice.
    for (const name of writer.state.names.keys()) utimesSync(join(root, 'commits/test', name), 1, 1);
    await commitAll(writing, files.slice(5, 7));
    await reader.ready();
    await same();
    await writing.compact('test', 2);
    await same();
    const expired = results(writing)
      .slice(0, 2)
      .map(([, result]) => (result as { sha256: string }).sha256);
    writer.publish('expired-1.json', { expired });
    await same();
    await reader.close();
    await writing.close();
  });

  test('lets others have their turn while it reads months of commits ahead', async () => {
    const root = join(folder, 'months');
    const writing = openStore(root, true);
    await commitAll(writing, files);
    for (let commit = 0; commit < 100; commit++) writing.writer('test').publish(`more-${commit}.json`, {});
    await writing.close();
    const reader = openStore(root, false, { remembers: true });
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    await reader.ready();
    clearInterval(others);
    expect(turns).toBeGreaterThan(0);
    expect(reader.count()).toBe(files.length);
    await reader.close();
  });

  test('keeps what it knew where a new commit is damaged, and says so for as long as it is', async () => {
    const root = join(folder, 'damaged');
    const writing = openStore(root, true);
    await commitAll(writing, files.slice(0, 2));
    const reader = openStore(root, false, { remembers: true });
    expect(reader.count()).toBe(2);
    const path = join(root, 'commits/test/later.json');
    writeFileSync(path, '{');
    for (let times = 0; times < 2; times++) expect(() => reader.count()).toThrow(`${path}: damaged commit: not JSON`);
    rmSync(path);
    expect(reader.count()).toBe(2);
    await reader.close();
    await writing.close();
  });
});
