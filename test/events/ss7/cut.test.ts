import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { cutAfter, packetsOf, uncutEvents } from '../../support/cut-captures.ts';
import { sharedCapture, sharedCaptures } from '../../support/shared.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function expectSameWhateverTheCut(path: string, rounds: number, files: number): Promise<number> {
  const whole = await uncutEvents([path]);
  // Nothing in it that makes an event.
  if (whole.length === 0) return 0;
  const packets = packetsOf(path);
  const random = new Random(20260701, path.replace(/^.*captures\//, ''));
  for (let round = 0; round < rounds; round++) {
    const cuts = new Set<number>();
    while (cuts.size < Math.min(files, packets) - 1) cuts.add(random.integer(1, packets - 1));
    const sorted = [...cuts].sort((a, b) => a - b);
    const parts = cutAfter(path, packets, sorted, join(folder, `${basename(path)}-${round}`));
    // One worker, then four.
    expect(await uncutEvents(random.shuffle(parts), round % 2 === 0 ? 1 : 4), `cut after ${sorted.join(', ')}`).toEqual(
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
    const whole = (await uncutEvents([path])).length;
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
      const events = (await uncutEvents([file])).map((line) => JSON.parse(line) as Record<string, string | null>);
      expect(events.length).toBeGreaterThan(whole / 4);
      for (const event of events) {
        const times = order.map((name) => event[name] ?? null).filter((time) => time !== null);
        expect(times.toSorted(), JSON.stringify(event)).toEqual(times);
        expect(Number(event.talk_ms ?? 0)).toBeGreaterThanOrEqual(0);
      }
    }
  }
});
