import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { openStore } from '../../src/store/store.ts';
import { commitAll, cutCapture, scannedRows, storedRows } from '../support/lake.ts';
import { sharedCaptures } from '../support/shared.ts';
import { root } from '../support/sources.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a store gives the events of one reading of its captures', () => {
  test('whatever the order in which the pieces of the sample came', async () => {
    const files = cutCapture(join(root, 'captures/sample.pcap.gz'), 10, folder, 'sample');
    const whole = await scannedRows(files);
    expect(whole.length).toBeGreaterThan(1000);
    const random = new Random(7, 'order');
    const orders = [files, [...files].reverse(), random.shuffle([...files])];
    for (const [index, order] of orders.entries()) {
      const store = openStore(join(folder, `store-${index}`), true);
      await commitAll(store, order);
      expect(await storedRows(store)).toEqual(whole);
      await store.close();
      const again = openStore(join(folder, `store-${index}`), false);
      expect(await storedRows(again)).toEqual(whole);
      await again.close();
    }
  });

  const captures = sharedCaptures('sip').filter((path) => !/c07-sip-r2|cr_ss101|testing\.ext|sip_ipv6_udp/.test(path));
  test('cut in three, each capture a feed of one store, the last piece first', async () => {
    const store = openStore(join(folder, 'store-shared'), true);
    const wholes: string[] = [];
    for (const [index, path] of captures.entries()) {
      const feed = `feed-${index}`;
      const files = cutCapture(path, 3, folder, feed);
      await commitAll(store, [files.at(-1)!, ...files.slice(0, -1)], feed);
      const whole = await scannedRows(files, feed);
      const stored = await storedRows(store, { feed });
      expect({ path: basename(path), rows: stored }).toEqual({ path: basename(path), rows: whole });
      wholes.push(...whole);
    }
    expect(wholes.length).toBeGreaterThan(100);
    expect((await storedRows(store)).sort()).toEqual(wholes.sort());
    await store.close();
  });
});
