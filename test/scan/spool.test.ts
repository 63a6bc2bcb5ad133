import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { EventWriter } from '../../src/events/codec.ts';
import { type CatpoolEvent, emptyEvent } from '../../src/events/event.ts';
import { eventsInOrder } from '../../src/scan/rows/order.ts';
import { Spool, SpoolStore } from '../../src/scan/spool.ts';

const stores: SpoolStore[] = [];
function storeOf(budget: number): SpoolStore {
  const store = new SpoolStore(budget);
  stores.push(store);
  return store;
}
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  vi.unstubAllEnvs();
});

const CAPTURE = { sha256: 'c'.repeat(64) };

function eventAt(second: number, id: number, columns: Partial<CatpoolEvent> = {}): CatpoolEvent {
  return {
    ...emptyEvent('leg', { s: second, ns: (id * 77_777) % 1e9 }, 'probe', 'sip'),
    event_id: id.toString(16).padStart(16, '0'),
    first_capture: CAPTURE,
    last_capture: CAPTURE,
    ...columns,
  };
}

/** Events in chunks of a few rows each. */
function spoolOf(store: SpoolStore, events: readonly CatpoolEvent[]): Spool {
  const spool = new Spool(store);
  for (let i = 0; i < events.length; i += 3) {
    const writer = new EventWriter(
      () => 0,
      (chunk) => spool.add(chunk),
    );
    for (const event of events.slice(i, i + 3)) writer.write(event);
    writer.flush();
  }
  return spool;
}

describe('events in order', () => {
  const events = Array.from({ length: 500 }, (_, i) =>
    eventAt(1000 + ((i * 131) % 211), i, { user_agent: i % 50 === 0 ? 'long '.repeat(900) : null, aor: `u${i}@x` }),
  );
  const sorted = [...events].sort(
    (a, b) => a.time.s - b.time.s || a.time.ns - b.time.ns || (a.event_id < b.event_id ? -1 : 1),
  );

  test.each([1e9, 20_000, 0])('are whole, whether in memory or in the file (%d bytes of memory)', (budget) => {
    const store = storeOf(budget);
    const spools = [spoolOf(store, events.slice(0, 300)), spoolOf(store, events.slice(300))];
    expect([...eventsInOrder({ spools, names: [CAPTURE] })]).toEqual(sorted);
  });

  test('come once where two captures show them', () => {
    const store = storeOf(1e6);
    const spools = [spoolOf(store, events), spoolOf(store, [...events].reverse())];
    expect([...eventsInOrder({ spools, names: [CAPTURE] })]).toEqual(sorted);
  });

  test('of one time are told apart by their ids', () => {
    const ids = ['ffffffff00000000', '00000000ffffffff', '7fffffffffffffff', '8000000000000000'];
    const spools = [
      spoolOf(
        storeOf(1e6),
        ids.map((event_id) => ({ ...eventAt(5, 0), event_id })),
      ),
    ];
    expect([...eventsInOrder({ spools, names: [CAPTURE] })].map(({ event_id }) => event_id)).toEqual(ids.sort());
  });
});

describe('the temporary file', () => {
  test('has no name while it is used', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('catpool-'));
    const spool = spoolOf(storeOf(0), [eventAt(1, 1)]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('catpool-'))).toEqual(before);
    expect([...spool.read()]).toHaveLength(1);
  });

  test('that cannot be made is one clear line', () => {
    vi.stubEnv('TMPDIR', '/nowhere at all');
    const make = () => spoolOf(storeOf(0), [eventAt(1, 1)]);
    expect(make).toThrow(UserError);
    expect(make).toThrow(/^cannot keep events in \/nowhere at all: /);
  });

  test('is not begun when all is over', () => {
    const store = storeOf(0);
    store.close();
    expect(() => spoolOf(store, [eventAt(1, 1)])).toThrow(/nothing more/);
  });

  test('is not needed again once memory is given back', () => {
    const store = storeOf(4000);
    const first = spoolOf(store, [eventAt(1, 1)]);
    first.clear();
    expect([...first.read()]).toEqual([]);
    // What fits in memory stays the same buffer, what does not is read into another.
    const second = spoolOf(store, [eventAt(2, 2)]);
    expect([...second.read()][0]).toBe([...second.read()][0]);
  });
});
