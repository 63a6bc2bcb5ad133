import { Counters } from '../base/counters.ts';
import { compareTime } from '../base/time.ts';
import { type CaptureInput, listCaptures } from '../capture/list.ts';
import { type CaptureResult, readCapture } from '../capture/read.ts';
import type { CaptureName } from '../events/capture-name.ts';
import { EventReader, EventWriter, eachRow } from '../events/codec.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { Naming } from '../features/naming/naming.ts';
import type { EventFilter, Store } from '../store/store.ts';
import { type Collected, type CollectOptions, decodeEach, type Part } from './collect.ts';
import { boundGarbage } from './heap.ts';
import { identityOf } from './naming/names.ts';
import { LakeRows } from './rows/lake-rows.ts';
import { EventTable } from './rows/table.ts';
import { Spool, SpoolStore } from './spool.ts';

/** Bytes of events kept in memory until they are in the store. */
const MEMORY = 32 * 1024 * 1024;

/** What adding captures to a store gave. */
export interface Added {
  /** Read and put in, in order of time. */
  captures: CaptureResult[];
  /** Paths of captures that were in before, or were given twice. */
  repeated: string[];
  /** Paths of captures older than what the store still keeps. */
  expired: string[];
  events: number;
  counters: Counters;
}

/** Puts captures into a store that are not yet in its feed: each alone, those that begin earlier first. */
export async function addToStore(paths: readonly string[], store: Store, options: CollectOptions): Promise<Added> {
  const added: Added = { captures: [], repeated: [], expired: [], events: 0, counters: new Counters() };
  const spools = new SpoolStore(MEMORY);
  const early: (Part | undefined)[] = [];
  let next = 0;
  let chain = Promise.resolve();
  try {
    boundGarbage();
    const inputs = await newInputs(await listCaptures(paths, added.counters), store, options.feed, added);
    const take = async (part: Part): Promise<void> => {
      const { result, ends, counters, spool } = part;
      const { path } = result;
      if (store.has(result.sha256, options.feed)) added.repeated.push(path);
      else if (await store.commit(options.feed, { result, ends, counters, events: eventsOf(spool, ends.capture) })) {
        added.captures.push(result);
        added.events += part.events;
        added.counters.merge(counters);
      } else {
        added.expired.push(path);
      }
      spool.clear();
    };
    await decodeEach(inputs, spools, new EventTable(spools), { ...options, keep: 'events' }, async (part) => {
      early[part.index] = part;
      for (let ready = early[next]; ready !== undefined; ready = early[++next]) {
        const now = ready;
        delete early[next];
        chain = chain.then(() => take(now));
      }
      await chain;
    });
    added.captures.sort(compareCaptures);
    return added;
  } finally {
    spools.close();
  }
}

/** The inputs without those that are in: a file of a size that one in the feed had is compared with it by its SHA-256. */
async function newInputs(
  inputs: readonly CaptureInput[],
  store: Store,
  feed: string,
  added: Added,
): Promise<CaptureInput[]> {
  const sizes = store.sizes(feed);
  const fresh: CaptureInput[] = [];
  for (const input of inputs) {
    if (input.kind === 'file' && input.bytes !== null && sizes.has(input.bytes)) {
      const { sha256 } = await readCapture(input, () => undefined);
      if (store.has(sha256, feed)) {
        added.repeated.push(input.path);
        continue;
      }
    }
    fresh.push(input);
  }
  return fresh;
}

/** Whole events of one capture, from the spool that it was decoded into. */
export function* eventsOf(spool: Spool, capture: CaptureName): Generator<CatpoolEvent> {
  // Rows of one capture hold one number, whatever it is.
  const reader = new EventReader(new Proxy([], { get: () => capture }));
  for (const chunk of spool.read()) {
    const starts: number[] = [];
    eachRow(chunk, (start) => starts.push(start));
    for (const start of starts) yield reader.read(chunk, start);
  }
}

/** What a store holds of a span of time, as if its captures had been read: rows that features read, no whole events. */
export async function collectFromStore(store: Store, spools: SpoolStore, filter: EventFilter): Promise<Collected> {
  boundGarbage();
  const table = new EventTable(spools);
  const rows = new LakeRows(table);
  let events = 0;
  await store.columns(
    filter,
    (columns) => {
      events += columns.rows;
      rows.add(columns);
    },
    (text) => table.texts.number(text),
    (event) => {
      events++;
      table.add(event, 0);
    },
  );
  const counters = new Counters();
  const captures: CaptureResult[] = [];
  for (const { result, counters: counted } of store.eachCapture(filter)) {
    counters.merge(counted);
    if (result.first !== null) captures.push(result);
  }
  captures.sort(compareCaptures);
  const collected: Collected = { captures, repeated: [], names: [], spools: [], table, events, counters };
  if (store.lacksCountry(filter)) collected.withoutCountry = true;
  if (store.pseudonyms !== null) collected.pseudonymous = table.pseudonymous = true;
  return collected;
}

/** Whole events of a store whose line or counterpart one of these texts names, to be looked through for a line. */
export async function spoolFromStore(
  store: Store,
  spools: SpoolStore,
  filter: EventFilter,
): Promise<Pick<Collected, 'spools' | 'names'>> {
  const spool = new Spool(spools);
  const names: CaptureName[] = [];
  const numbers = new Map<string, number>();
  const writer = new EventWriter(
    ({ sha256 }) => {
      let number = numbers.get(sha256);
      if (number === undefined) {
        number = names.push({ sha256 }) - 1;
        numbers.set(sha256, number);
      }
      return number;
    },
    (chunk) => spool.add(chunk),
  );
  for await (const event of store.events(filter)) writer.write(event);
  writer.flush();
  return { spools: [spool], names };
}

/**
 * The last span of `window` seconds that a store holds, as far as `since` and `until` let; of captures that end by `notAfter`, where
 * there is one.
 */
export function lastWindow(
  store: Store,
  feed: string | undefined,
  options: { window: number; since: number | null; until: number | null; notAfter?: number },
): { since: number; until: number } {
  const last = store.latest(feed, options.notAfter) ?? store.latest(feed);
  const until = options.until ?? (last === null ? 0 : last + 1);
  return { since: Math.max(options.since ?? Number.NEGATIVE_INFINITY, until - options.window), until };
}

function compareCaptures(a: CaptureResult, b: CaptureResult): number {
  if (a.first === null || b.first === null) return (a.first === null ? 1 : 0) - (b.first === null ? 1 : 0);
  return (
    compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns) ||
    (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : 0)
  );
}

/** Texts by which a line, or a counterpart that is this line, may be named in events. */
export function namesOf({ texts, identities }: EventTable, naming: Naming, wanted: string): string[] {
  const found = new Set([wanted]);
  // What only calls on a trunk tie to it stands beside it in no event.
  const imsi = naming.imsiOf(wanted, Number.MAX_SAFE_INTEGER);
  if (imsi !== null) found.add(imsi);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (let i = 0; i < identities.count; i++) {
      const { imsi, msisdn, aor } = identityOf(identities, texts, i, 0);
      const parts = [imsi, msisdn, aor].filter((part) => part !== null);
      if (parts.some((part) => found.has(part))) for (const part of parts) found.add(part);
    }
  }
  // A counterpart may be the user part of an address alone.
  for (const name of [...found]) if (name.includes('@')) found.add(name.slice(0, name.indexOf('@')));
  return [...found];
}
