import { join } from 'node:path';
import { compareTime } from '../base/time.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { LakeFile } from './commit.ts';
import type { Duck } from './duck.ts';
import { readEvents } from './event-rows.ts';
import type { FeedState } from './feed-state.ts';

/** More than the captures of a feed: what captures hold whole goes before what the stitch joined. */
const STITCHED = 1e9;
const DAY_NAME = 'events/day=YYYY-MM-DD'.length;

/** What to read. Times in seconds since the epoch: began in [since, until). */
export interface EventFilter {
  feed?: string | undefined;
  since?: number | null;
  until?: number | null;
  /** Texts, one of which names the line or its counterpart. */
  line?: readonly string[];
}

/** Where events come from: the files of feeds, and what each has open. */
interface EventSource {
  /** Folder of the store. */
  root: string;
  duck: Duck;
  states: () => Promise<readonly FeedState[]>;
  /** Hands over the events that are open after the last capture of a feed. */
  open: (state: FeedState, emit: (event: CatpoolEvent) => void) => void;
}

/** Events by time, then event_id, each once, also where two files or feeds hold it. */
export async function* mergedEvents(source: EventSource, filter: EventFilter): AsyncGenerator<CatpoolEvent> {
  const { from, until } = spanOf(filter);
  const line = filter.line ?? null;
  const names = line === null ? null : new Set(line);
  const states = await source.states();
  const open: CatpoolEvent[] = [];
  for (const state of states) {
    source.open(state, (event) => {
      if (isWithin(event, from, until) && (names === null || isOf(event, names))) open.push(event);
    });
  }
  open.sort(compareEvents);
  const files = states.flatMap((state) => filesWithin(state, from, until));
  const tables = new Map(states.map((state) => [state.feed, state.captures]));
  // Of events that stand in two files.
  const rankOf = (path: string | null, event: CatpoolEvent): number => {
    if (path === null) return Number.POSITIVE_INFINITY;
    const rank = tables.get(event.feed)?.rank(event.first_capture.sha256) ?? 0;
    return isStitched.get(path) === true ? rank + STITCHED : rank;
  };
  const isStitched = new Map(files.map(({ name, kind }) => [join(source.root, name), kind === 'stitched']));
  let best: CatpoolEvent | null = null;
  let bestPath: string | null = null;
  let next = 0;
  const days = [...new Set(files.map(({ name }) => name.slice(0, DAY_NAME)))].sort();
  for (const day of [...days, null]) {
    const some = files
      .filter(({ name }) => day !== null && name.startsWith(day))
      .map(({ name, ...file }) => ({ ...file, path: join(source.root, name) }));
    const rows = readEvents(source.duck, some, { from, until, line });
    for (;;) {
      const row = await rows.next();
      // What is open comes in between; after the last day, the rest of it.
      while (next < open.length && (row.done ? day === null : compareEvents(open[next]!, row.value.event) <= 0)) {
        const event = open[next++]!;
        if (best !== null && compareEvents(best, event) === 0) continue;
        if (best !== null) yield best;
        best = event;
        bestPath = null;
      }
      if (row.done) break;
      const { event, path } = row.value;
      if (best !== null && compareEvents(best, event) === 0) {
        if (rankOf(path, event) < rankOf(bestPath, best)) {
          best = event;
          bestPath = path;
        }
        continue;
      }
      if (best !== null) yield best;
      best = event;
      bestPath = path;
    }
  }
  if (best !== null) yield best;
}

/** What a filter leaves open is all of it. */
export function spanOf({ since, until }: EventFilter): { from: number; until: number } {
  return { from: since ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY };
}

/** Files of a feed that hold events which began in [from, until). */
export function filesWithin(state: FeedState, from: number, until: number): LakeFile[] {
  return [...state.files.values()].filter(({ first, last }) => last >= from && first < until);
}

function compareEvents(a: CatpoolEvent, b: CatpoolEvent): number {
  return (
    compareTime(a.time.s, a.time.ns, b.time.s, b.time.ns) ||
    (a.event_id < b.event_id ? -1 : a.event_id > b.event_id ? 1 : 0)
  );
}

/** Whether an event began in [from, until), seconds since the epoch. */
export function isWithin({ time }: CatpoolEvent, from: number, until: number): boolean {
  const at = time.s + time.ns / 1e9;
  return at >= from && at < until;
}

function isOf(event: CatpoolEvent, names: ReadonlySet<string>): boolean {
  return [event.imsi, event.msisdn, event.aor, event.counterpart].some((text) => text !== null && names.has(text));
}
