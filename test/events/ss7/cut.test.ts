import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { Random } from '../../../src/base/random.ts';
import { eventRecord } from '../../../src/events/record.ts';
import { collect } from '../../../src/scan/collect.ts';
import { eventsInOrder } from '../../../src/scan/rows/order.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { sharedCapture, sharedCaptures } from '../../support/shared.ts';

/** Frames and capture names depend on the cut; everything else of an event may not. */
const BY_CUT = new Set(['first_capture', 'first_frame', 'last_capture', 'last_frame']);

async function eventsOf(paths: readonly string[], workers = 1): Promise<string[]> {
  const store = new SpoolStore(1e9);
  const collected = await collect(paths, store, { feed: 'test', homeCountry: null, limits: DEFAULT_LIMITS, workers });
  const lines = [...eventsInOrder(collected)].map((event) =>
    JSON.stringify(Object.fromEntries(Object.entries(eventRecord(event)).filter(([name]) => !BY_CUT.has(name)))),
  );
  store.close();
  return lines;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cuts a capture after the given packet numbers, with editcap. */
function cutAt(path: string, packets: number, cuts: readonly number[], name: string): string[] {
  let from = 1;
  return [...cuts, packets].map((end, index) => {
    const file = join(folder, `${name}-${String(index).padStart(3, '0')}.pcapng`);
    const run = spawnSync('editcap', ['-r', path, file, `${from}-${end}`], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`editcap: ${run.stderr}`);
    from = end + 1;
    return file;
  });
}

function packetsOf(path: string): number {
  const run = spawnSync('capinfos', ['-cMT', '-r', path], { encoding: 'utf8' });
  const found = /(\d+)\s*$/.exec(run.stdout.trim());
  if (found === null) throw new Error(`capinfos ${path}: ${run.stdout}${run.stderr}`);
  return Number(found[1]);
}

async function expectSameWhateverTheCut(path: string, rounds: number, files: number): Promise<number> {
  const whole = await eventsOf([path]);
  // Nothing in it that makes an event.
  if (whole.length === 0) return 0;
  const packets = packetsOf(path);
  const random = new Random(20260701, path.replace(/^.*captures\//, ''));
  for (let round = 0; round < rounds; round++) {
    const cuts = new Set<number>();
    while (cuts.size < Math.min(files, packets) - 1) cuts.add(random.integer(1, packets - 1));
    const sorted = [...cuts].sort((a, b) => a - b);
    const parts = cutAt(path, packets, sorted, `${basename(path)}-${round}`);
    // One worker, then four.
    expect(await eventsOf(random.shuffle(parts), round % 2 === 0 ? 1 : 4), `cut after ${sorted.join(', ')}`).toEqual(
      whole,
    );
  }
  return whole.length;
}

const LARGE = [
  ['osmocom-virtual', 'a-interface-main-msc.pcap'],
  ['osmocom-virtual', 'a-interface-main-all-links.pcap'],
  ['ajbanjara+Wireshark', 'isup_load_generator.pcap'],
];

describe('an SS7 capture cut at random packets into ten files gives the same events', () => {
  for (const parts of LARGE) {
    test(parts.join('/'), async () => {
      expect(await expectSameWhateverTheCut(sharedCapture('ss7', ...parts), 4, 10)).toBeGreaterThan(100);
    });
  }

  test('every other capture of the family', async () => {
    const others = sharedCaptures('ss7').filter((path) => !/osmocom-virtual|isup_load_generator/.test(path));
    let events = 0;
    for (const path of others) events += await expectSameWhateverTheCut(path, 1, 10);
    expect(events).toBeGreaterThan(50);
  });
});

test('a capture that joins late and misses packets gives calls without contradiction, and the counts that it can', async () => {
  const order = ['time', 'answer_time', 'end_time'] as const;
  for (const parts of LARGE) {
    const path = sharedCapture('ss7', ...parts);
    const whole = (await eventsOf([path])).length;
    const packets = packetsOf(path);
    const random = new Random(20260702, parts.join('/'));
    for (const share of [0.02, 0.3]) {
      const first = random.integer(2, Math.floor(packets / 4));
      const lost = Array.from({ length: packets - first + 1 }, (_, index) => first + index).filter(() =>
        random.chance(share),
      );
      const file = join(folder, `lossy-${basename(path)}-${share}.pcapng`);
      const run = spawnSync('editcap', [path, file, `1-${first}`, ...lost.map(String)], { encoding: 'utf8' });
      expect(run.status, run.stderr).toBe(0);
      const events = (await eventsOf([file])).map((line) => JSON.parse(line) as Record<string, string | null>);
      expect(events.length).toBeGreaterThan(whole / 4);
      for (const event of events) {
        const times = order.map((name) => event[name] ?? null).filter((time) => time !== null);
        expect(times.toSorted(), JSON.stringify(event)).toEqual(times);
        expect(Number(event.talk_ms ?? 0)).toBeGreaterThanOrEqual(0);
      }
    }
  }
});
