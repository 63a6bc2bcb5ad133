import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { addToStore } from '../../src/scan/lake.ts';
import { openStore } from '../../src/store/store.ts';
import { cli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FEEDS = ['sip', 'a', 'map', 'cap', 'isup'];
const HOURS = 2;
/** As many as go through a store in that time. */
const FILES = 4 * HOURS;
const SCENARIO = [
  ...['--seed', '11', '--subscribers', '60', '--gateways', '1', '--difficulty', 'naive', '--hours', String(HOURS)],
  ...['--country', '86', '--interfaces', FEEDS.join(',')],
];

async function eventsOf(path: string): Promise<string[]> {
  const store = openStore(path, false, { limits: DEFAULT_LIMITS, homeCountry: 'CN', ss7Variant: null, threads: 1 });
  try {
    const events: string[] = [];
    for await (const event of store.events({ feed: undefined })) events.push(JSON.stringify(event));
    return events.sort();
  } finally {
    await store.close();
  }
}

describe('a simulation that goes into a store', () => {
  test('holds the events of its captures, feed by feed, and leaves no capture', { timeout: 300_000 }, async () => {
    const plain = join(folder, 'plain');
    const passed = join(folder, 'passed');
    const lake = join(folder, 'lake');
    const made = await cli('simulate', '--out', plain, '--files', String(FILES), ...SCENARIO);
    expect(made.code, made.stderr).toBe(0);
    const put = await cli('simulate', '--out', passed, '--store', lake, ...SCENARIO);
    expect(put.code, put.stderr).toBe(0);
    expect(put.stderr.replace(passed, '')).toBe(made.stderr.replace(plain, ''));
    expect(readdirSync(passed).sort()).toEqual(['labels.csv', 'lines.csv', 'scenario.yaml', 'truth.ndjson']);

    const wanted = join(folder, 'wanted');
    const options = { homeCountry: 'CN', limits: DEFAULT_LIMITS };
    const store = openStore(wanted, true, { ...options, ss7Variant: null, threads: 1 });
    try {
      for (const feed of FEEDS) {
        const captures = readdirSync(plain).filter((name) => name.startsWith(`${feed}-`));
        expect(captures).toHaveLength(FILES);
        await addToStore(
          captures.map((name) => join(plain, name)),
          store,
          { ...options, workers: 1, feed },
        );
      }
    } finally {
      await store.close();
    }
    const events = await eventsOf(lake);
    expect(events.length).toBeGreaterThan(500);
    expect(new Set(events.map((event) => JSON.parse(event).feed))).toEqual(new Set(FEEDS));
    expect(events).toEqual(await eventsOf(wanted));
  });
});
