import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { commitAll, cutCapture, decoded, scannedRows, storedRows } from '../support/lake.ts';
import { root as project } from '../support/sources.ts';

let folder: string;
let files: string[];
let whole: string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  files = cutCapture(join(project, 'captures/sample.pcap.gz'), 12, folder, 'sample');
  whole = await scannedRows(files);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commits = (store: Store): string => join(store.root, 'commits/test');
const names = (store: Store, end: string): string[] => readdirSync(commits(store)).filter((name) => name.endsWith(end));
const results = (store: Store) => store.captures().map(({ result, counters }) => [result, counters.toJSON()]);

describe('captures in packs', () => {
  test('say what they said before, and are joined with those that come later and late', async () => {
    const store = openStore(join(folder, 'late'), true);
    const late = new Set([2, 7]);
    const writer = store.writer('test');
    for (const [index, file] of files.entries()) {
      if (!late.has(index)) await store.commit('test', await decoded(file));
      if (index % 4 === 3) {
        const before = results(store);
        writer.fold();
        expect(results(store)).toEqual(before);
      }
    }
    expect(names(store, '.pack')).toHaveLength(3);
    expect(writer.state.recent.size).toBe(0);
    // The one into a neighbour of the process that packed, the other after a restart.
    await store.commit('test', await decoded(files[7]!));
    await store.close();
    const again = openStore(join(folder, 'late'), false);
    expect(await again.commit('test', await decoded(files[5]!))).toBe(false);
    await again.commit('test', await decoded(files[2]!));
    again.writer('test').fold();
    expect(await storedRows(again)).toEqual(whole);
    const paths = store.captures().map(({ result }) => result.path);
    expect(paths).toEqual(files.filter((_, index) => index !== 2));
    await again.close();
    const reader = openStore(join(folder, 'late'), false);
    expect(reader.captures().map(({ result }) => result.path)).toEqual(files);
    expect(await storedRows(reader)).toEqual(whole);
    await reader.close();
  });

  test('leave no file of loose ends behind, once readers have had time to notice', async () => {
    const store = openStore(join(folder, 'ends'), true);
    await commitAll(store, files.slice(0, 6));
    const writer = store.writer('test');
    writer.fold();
    expect(names(store, '.ends.gz')).toHaveLength(6);
    for (const name of names(store, '.json')) utimesSync(join(commits(store), name), 1, 1);
    await store.commit('test', await decoded(files[6]!));
    expect(names(store, '.ends.gz')).toHaveLength(1);
    await commitAll(store, files.slice(7));
    expect(await storedRows(store)).toEqual(whole);
    await store.close();
  });

  test('go when retention has taken all of them, one by one before', async () => {
    const store = openStore(join(folder, 'gone'), true);
    await commitAll(store, files);
    const writer = store.writer('test');
    writer.fold();
    const all = store.captures().map(({ result }) => result.sha256);
    writer.publish('expired-1.json', { expired: all.slice(0, 5) });
    writer.fold();
    const reader = openStore(store.root, false);
    expect(reader.captures().map(({ result }) => result.sha256)).toEqual(all.slice(5));
    await reader.close();
    writer.publish('expired-2.json', { expired: all.slice(5) });
    writer.fold();
    expect(store.count()).toBe(0);
    await store.close();
    const again = openStore(store.root, false);
    again.writer('test');
    expect(again.count()).toBe(0);
    expect(names(again, '.pack')).toEqual([]);
    await again.close();
  });

  test('that are damaged or gone are named in one line', async () => {
    const store = openStore(join(folder, 'damaged'), true);
    await commitAll(store, files.slice(0, 3));
    store.writer('test').fold();
    await store.close();
    const path = join(commits(store), names(store, '.pack')[0]!);
    const data = readFileSync(path);
    const said = (): string => {
      try {
        openStore(store.root, false).captures();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    };
    truncateSync(path, 30);
    expect(said()).toMatch(new RegExp(`^${path}: damaged pack of captures: .*$`));
    writeFileSync(path, Buffer.from(data).fill(7, 40, 60));
    expect(said()).toMatch(new RegExp(`^${path}: damaged pack of captures: .*$`));
    rmSync(path);
    expect(said()).toBe(`${path}: missing pack of captures`);
    writeFileSync(path, data);
    expect(said()).toBe('nothing');
  });

  test('are refused by a program that knows no packs: the commit that names them is of a newer version', async () => {
    const store = openStore(join(folder, 'version'), true);
    await commitAll(store, files.slice(0, 2));
    const versions = () =>
      names(store, '.json').map((name) => JSON.parse(readFileSync(join(commits(store), name), 'utf8')).version);
    expect(versions()).toEqual([1, 1]);
    store.writer('test').fold();
    expect(versions()).toEqual([3]);
    await store.close();
  });

  test('are made of a store whose snapshot holds every capture itself, as the version before wrote it', async () => {
    const store = openStore(join(folder, 'before'), true);
    await commitAll(store, files.slice(0, 8));
    await store.close();
    const read = names(store, '.json').map((name) => JSON.parse(readFileSync(join(commits(store), name), 'utf8')));
    read.sort((a, b) => a.generation - b.generation);
    const last = read.at(-1);
    const rests = new Map(
      read.flatMap((one) => one.rests.map(({ sha256, rest }: Record<string, string>) => [sha256, rest])),
    );
    const superseded = new Set(read.flatMap((one) => one.superseded));
    const { packs: _, ...snapshot } = {
      ...last,
      generation: last.generation + 1,
      snapshot: true,
      captures: read
        .flatMap((one) => one.captures)
        .map((entry) => ({ ...entry, rest: rests.get(entry.result.sha256) ?? null })),
      files: read.flatMap((one) => one.files).filter(({ name }) => !superseded.has(name)),
      superseded: [...superseded],
      rests: [],
    };
    for (const name of names(store, '.json')) rmSync(join(commits(store), name));
    writeFileSync(join(commits(store), `snapshot-${snapshot.generation}.json`), JSON.stringify(snapshot), {
      mode: 0o600,
    });
    const migrated = openStore(store.root, false);
    await commitAll(migrated, files.slice(8, 10));
    migrated.writer('test').fold();
    await commitAll(migrated, files.slice(10));
    expect(await storedRows(migrated)).toEqual(whole);
    await migrated.close();
  });
});
