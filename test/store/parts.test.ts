import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { type CatpoolEvent, emptyEvent } from '../../src/events/event.ts';
import { eventId } from '../../src/events/event-id.ts';
import { Duck } from '../../src/store/duck.ts';
import { type EventFile, readEvents } from '../../src/store/event-rows.ts';
import { openStore } from '../../src/store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 100_001;
const DAY = 86_400;
const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const capture = { sha256: 'a'.repeat(64) };

/** Calls of one day, the last of them first. */
function* calls(): Generator<CatpoolEvent> {
  for (let i = ROWS - 1; i >= 0; i--) {
    const event = emptyEvent('leg', { s: START + Math.floor(i / 2), ns: 0 }, 'test', 'bssap');
    event.msisdn = String(8613800000000 + i);
    event.event_id = eventId('leg', 'test', String(i), '', event.time);
    event.first_capture = event.last_capture = capture;
    yield event;
  }
}

test('a day of very many events stands in several files, and comes back whole and in order of time', async () => {
  const store = openStore(join(folder, 'lake'), true);
  const first = { s: START, ns: 0 };
  const last = { s: START + 50_000, ns: 0 };
  const result = {
    path: 'x',
    sha256: capture.sha256,
    format: 'x',
    compression: 'none' as const,
    packets: ROWS,
    bytes: 1,
    diskBytes: 1,
    first,
    last,
    stop: null,
    cutPackets: 0,
  };
  const ends = { capture, first, last, states: [], ss7: [], holders: [], bytes: [] };
  expect(await store.commit('test', { result, ends, counters: new Counters(), events: calls() })).toBe(true);
  expect(readdirSync(join(folder, 'lake', 'events', 'day=2026-01-05'))).toHaveLength(2);
  let rows = 0;
  let before = 0;
  for await (const { time } of store.events()) {
    rows++;
    expect(time.s).toBeGreaterThanOrEqual(before);
    before = time.s;
  }
  expect(rows).toBe(ROWS);
  await store.close();
});

test('a day is sorted slice by slice, in less memory than all of it takes', async () => {
  const day = join(folder, 'lake', 'events', 'day=2026-01-05');
  const files = readdirSync(day).map((name) => ({
    path: join(day, name),
    rows: ROWS / 2,
    first: START,
    last: START + 50_001,
  }));
  const duck = new Duck();
  await duck.run("SET memory_limit = '68MB'");
  const sorted = async (some: readonly EventFile[]): Promise<number[]> => {
    const times: number[] = [];
    for await (const { event } of readEvents(duck, some, { from: START, until: START + DAY, line: null }))
      times.push(event.time.s - START);
    return times;
  };
  expect(await sorted(files)).toEqual(Array.from({ length: ROWS }, (_, i) => Math.floor(i / 2)));
  // At once they do not fit.
  await expect(sorted(files.map((file) => ({ ...file, rows: 1 })))).rejects.toThrow(/Out of Memory/);
  await duck.close();
});
