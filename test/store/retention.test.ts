import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { commitAll, decoded, scannedRows, storedRows } from '../support/lake.ts';
import { Scene } from '../support/scene.ts';

const DAY = 86_400;
const START = 1_700_000_000;
/** Midnight after the beginning of every scene. */
const MIDNIGHT = DAY - (START % DAY);

let folder: string;
let files: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  // A call every two hours over four days, each of three hours; a file every five hours.
  const said: { time: number; headers: string[] }[] = [];
  for (let call = 0; call < 48; call++) {
    const say = (hours: number, first: string, tag: string, cseq: string): void => {
      const headers = [
        first,
        'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
        'From: <sip:+8613800000001@example.org>;tag=a',
        `To: <sip:+86139000000${10 + call}@example.org>${tag}`,
        `Call-ID: ${call}`,
        `CSeq: ${cseq}`,
      ];
      said.push({ time: MIDNIGHT + (2 * call + hours) * 3600, headers });
    };
    say(0, 'INVITE sip:x@example.org SIP/2.0', '', '1 INVITE');
    say(0.01, 'SIP/2.0 200 OK', ';tag=b', '1 INVITE');
    say(3, 'BYE sip:x@example.org SIP/2.0', ';tag=b', '2 BYE');
  }
  said.sort((a, b) => a.time - b.time);
  files = [];
  for (let piece = 0; piece < 20; piece++) {
    const scene = new Scene();
    for (const { time, headers } of said)
      if (Math.floor((time - MIDNIGHT) / (5 * 3600)) === piece) scene.say(time, '10.0.0.1', '10.0.0.2', headers);
    if (scene.size > 0) files.push(scene.write(join(folder, `r-${String(piece).padStart(2, '0')}.pcap`)));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function filled(name: string, paths = files): Promise<Store> {
  const store = openStore(join(folder, name), true);
  await commitAll(store, paths);
  return store;
}

const talk = (rows: readonly string[]) => rows.map((row) => JSON.parse(row).talk_ms);

describe('making few files of many', () => {
  test('changes nothing but their number, also for what comes late', async () => {
    const late = files[7]!;
    const store = await filled(
      'compact',
      files.filter((file) => file !== late),
    );
    const before = await storedRows(store);
    const fewer = await store.compact('test', 2);
    expect(fewer).toBeGreaterThan(3);
    expect(await storedRows(store)).toEqual(before);
    store.writer('test').fold();
    expect(readdirSync(join(folder, 'compact/commits/test')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    await store.commit('test', await decoded(late));
    expect(await storedRows(store)).toEqual(await scannedRows(files));
    await store.compact('test', 2);
    expect(await storedRows(store)).toEqual(await scannedRows(files));
    await store.close();
    const again = openStore(join(folder, 'compact'), false);
    expect(await storedRows(again)).toEqual(await scannedRows(files));
    await again.close();
  });
});

describe('retention', () => {
  test('by age takes whole days away, and calls over its edge stay whole', async () => {
    const store = await filled('age', files.slice(0, -2));
    const edge = START + MIDNIGHT + 2 * DAY;
    const gone = await store.prune('test', { before: edge + 100, bytes: null, keep: new Set() });
    expect(gone).toHaveLength(2);
    await commitAll(store, files.slice(-2));
    const whole = (await scannedRows(files)).filter((row) => Date.parse(JSON.parse(row).time) / 1000 >= edge);
    expect(await storedRows(store)).toEqual(whole);
    expect(talk(whole)).toEqual(whole.map(() => expect.closeTo(2.99 * 3600 * 1000, -1)));
    expect(await store.commit('test', await decoded(files[0]!))).toBe(false);
    expect(store.captures().length).toBeLessThan(files.length - 3);
    await store.close();
    const again = openStore(join(folder, 'age'), false);
    again.writer('test');
    expect(await storedRows(again)).toEqual(whole);
    await again.close();
  });

  test('by bytes takes the oldest days, never the newest', async () => {
    const store = await filled('bytes');
    const bytes = store.bytes();
    await store.prune('test', { before: null, bytes: bytes - 1, keep: new Set() });
    expect(store.bytes()).toBeLessThan(bytes);
    const days = new Set((await storedRows(store)).map((row) => JSON.parse(row).time.slice(0, 10)));
    expect(days.size).toBe(3);
    await store.prune('test', { before: null, bytes: 1, keep: new Set() });
    expect(new Set((await storedRows(store)).map((row) => JSON.parse(row).time.slice(0, 10))).size).toBe(1);
    await store.close();
  });

  test('by bytes takes no day that is yet to come for the newest', async () => {
    const store = await filled('ahead');
    const today = START + MIDNIGHT + 2 * DAY;
    await store.prune('test', { before: null, bytes: 1, now: today + 3600, keep: new Set() });
    const days = new Set((await storedRows(store)).map((row) => JSON.parse(row).time.slice(0, 10)));
    const expected = [today, today + DAY].map((day) => new Date(1000 * day).toISOString().slice(0, 10));
    expect([...days]).toEqual(expected);
    await store.close();
  });

  test('leaves what is cited', async () => {
    const store = await filled('keep');
    const cited = (await decoded(files[1]!)).result.sha256;
    const before = (await storedRows(store)).filter((row) => row.includes(cited));
    expect(before.length).toBeGreaterThan(1);
    const keep = new Set([cited]);
    const edge = START + MIDNIGHT + 2 * DAY;
    await store.prune('test', { before: edge, bytes: null, keep });
    const older = (await storedRows(store)).filter((row) => Date.parse(JSON.parse(row).time) / 1000 < edge);
    expect(older).toEqual(before);
    expect(store.has(cited)).toBe(true);
    expect(await store.prune('test', { before: edge, bytes: null, keep })).toEqual([]);
    // Once nobody cites it any more it goes too.
    await store.prune('test', { before: edge, bytes: null, keep: new Set() });
    expect((await storedRows(store)).filter((row) => Date.parse(JSON.parse(row).time) / 1000 < edge)).toEqual([]);
    await store.close();
  });
});
