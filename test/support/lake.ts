import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { NumberPlan } from '../../src/base/numbers.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { decodeCapture } from '../../src/events/capture-events.ts';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { eventRecord } from '../../src/events/record.ts';
import { collect } from '../../src/scan/collect.ts';
import { eventsInOrder } from '../../src/scan/rows/order.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import type { StoredCapture } from '../../src/store/feed.ts';
import type { EventFilter, Store } from '../../src/store/store.ts';
import { cutAfter, packetsOf } from './cut-captures.ts';

/** One capture file, decoded by itself. */
export async function decoded(path: string, feed = 'test'): Promise<StoredCapture> {
  const [input] = await listCaptures([path]);
  const events: CatpoolEvent[] = [];
  const context = { feed, plan: new NumberPlan(null) };
  const capture = await decodeCapture(input!, context, DEFAULT_LIMITS, { onEvent: (event) => events.push(event) });
  return { ...capture, events };
}

/** Puts files in, one after the other. */
export async function commitAll(store: Store, paths: readonly string[], feed = 'test'): Promise<void> {
  for (const path of paths) await store.commit(feed, await decoded(path, feed));
}

/** Events of a store, one JSON text each. */
export async function storedRows(store: Store, filter: EventFilter = {}): Promise<string[]> {
  const rows: string[] = [];
  for await (const event of store.events(filter)) rows.push(JSON.stringify(eventRecord(event)));
  return rows;
}

/** The same of captures read in one go. */
export async function scannedRows(paths: readonly string[], feed = 'test'): Promise<string[]> {
  const spools = new SpoolStore(1e8);
  try {
    const collected = await collect(paths, spools, { feed, homeCountry: null, limits: DEFAULT_LIMITS, workers: 1 });
    return [...eventsInOrder(collected)].map((event) => JSON.stringify(eventRecord(event)));
  } finally {
    spools.close();
  }
}

/** Cuts a capture into files of about as many packets each, with editcap. */
export function cutCapture(path: string, pieces: number, folder: string, name: string): string[] {
  const packets = packetsOf(path);
  const count = Math.min(pieces, packets);
  const cuts = Array.from({ length: count - 1 }, (_, piece) => Math.floor(((piece + 1) * packets) / count));
  return cutAfter(path, packets, cuts, join(folder, name));
}
