import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { collectFromStore } from '../../src/scan/lake.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import { openStore } from '../../src/store/store.ts';
import { commitAll, scannedRows, storedRows } from '../support/lake.ts';
import { Scene } from '../support/scene.ts';

let folder: string;
let root: string;
let files: string[];
let number = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  const scene = new Scene();
  for (let call = 0; call < 6; call++) {
    const say = (time: number, first: string, cseq: string) =>
      scene.say(call * 200 + time, '10.0.0.1', '10.0.0.2', [
        first,
        'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
        'From: <sip:+8613800000001@example.org>;tag=a',
        `To: <sip:+8613900000002@example.org>${cseq === '2 BYE' ? ';tag=b' : ''}`,
        `Call-ID: ${call}`,
        `CSeq: ${cseq}`,
      ]);
    say(0, 'INVITE sip:x@example.org SIP/2.0', '1 INVITE');
    say(1, 'SIP/2.0 200 OK', '1 INVITE');
    say(9, 'BYE sip:x@example.org SIP/2.0', '2 BYE');
  }
  files = [0, 8].map((from, index) => scene.write(join(folder, `d-${index}.pcap`), from, from + 10));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  root = join(folder, `store-${number++}`);
  const store = openStore(root, true);
  await commitAll(store, files);
  await store.close();
});

const one = (part: string, end: string): string => {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.includes(part) && name.endsWith(end),
  );
  return join(root, found.sort()[0]!);
};

/** What reading the store says. */
async function said(): Promise<string> {
  try {
    const store = openStore(root, false);
    try {
      await storedRows(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as Error;
    expect(message.split('\n')).toHaveLength(1);
    return message;
  }
  return 'well';
}

describe('a store with damage says so in one line', () => {
  test('that names a Parquet file cut short', async () => {
    const path = one('events', '.parquet');
    truncateSync(path, 100);
    expect(await said()).toContain(`${path}: damaged or missing Parquet file`);
    const spools = new SpoolStore(1e8);
    const store = openStore(root, false);
    await expect(collectFromStore(store, spools, {})).rejects.toThrow(`${path}: damaged or missing Parquet file`);
    await store.close();
    spools.close();
  });

  test('that names a Parquet file of other bytes', async () => {
    const path = one('events', '.parquet');
    writeFileSync(path, 'x'.repeat(5000));
    expect(await said()).toContain(`${path}: damaged or missing Parquet file`);
  });

  test('that names a Parquet file that is gone', async () => {
    const path = one('events', '.parquet');
    rmSync(path);
    expect(await said()).toContain(`${path}: damaged or missing Parquet file`);
  });

  test('that names a commit cut short, and what is wrong in one', async () => {
    const path = one('commits', '.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, 40));
    expect(await said()).toBe(`${path}: damaged commit: not JSON`);
    writeFileSync(path, text.replace('"rows":', '"rows":-'));
    expect(await said()).toMatch(/\.json: damaged commit: files\.0\.rows: /);
    writeFileSync(path, text.replace('events/day=', '../../day='));
    expect(await said()).toMatch(/\.json: damaged commit: files\.0\.name: /);
  });

  test('that names loose ends that cannot be read', async () => {
    for (const end of ['.rest.gz', '.ends.gz'])
      for (const name of readdirSync(join(root, 'commits/test')))
        if (name.endsWith(end)) writeFileSync(join(root, 'commits/test', name), 'x');
    expect(await said()).toMatch(/commits\/test\/\w+\.\w+\.rest\.gz: damaged loose ends: /);
  });

  test('or finds its way where what was open is gone', async () => {
    for (const name of readdirSync(join(root, 'commits/test')))
      if (name.endsWith('.rest.gz')) rmSync(join(root, 'commits/test', name));
    const store = openStore(root, false);
    expect(await storedRows(store)).toEqual(await scannedRows(files));
    await store.close();
  });
});

describe('a store', () => {
  test('of a newer version is refused, and left as it is', async () => {
    const mark = join(root, 'store.json');
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('"version":1', '"version":4'));
    expect(() => openStore(root, true)).toThrow(
      `${mark}: written by a newer catpool (store version 4; this one knows 3): update catpool`,
    );
  });

  test('with a commit of a newer version is refused', async () => {
    const path = one('commits', '.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"version":1', '"version":4'));
    expect(await said()).toMatch(/\.json: written by a newer catpool \(store version 4/);
  });

  test('is made only in an empty folder, and only where that is wanted', () => {
    const path = join(folder, `other-${number}`);
    expect(() => openStore(path, false)).toThrow(`${path}: no store`);
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.txt'), 'x');
    expect(() => openStore(path, true)).toThrow(`${path}: not a store, and not empty`);
    expect(readdirSync(path)).toEqual(['thesis.txt']);
  });

  test('is written with one country of numbers', async () => {
    const store = openStore(root, false, { homeCountry: 'CN' });
    expect(() => store.writer('test')).toThrow(/feed test was written with no --home-country: give the same/);
    await store.close();
  });
});
