import type { CatpoolEvent } from '../../events/event.ts';
import type { Desk } from './desk.ts';
import type { Place } from './messages.ts';

export interface Spans {
  /** Of each event the frames of captures that its packets are among, in order; none where the capture that it begins in is gone. */
  spans: Place[][];
  /** Captures that are not where they were. */
  missing: string[];
}

/** Where the messages of events are: in the captures that they begin and end in, and in those between that know them. */
export async function placesOf(desk: Desk, events: readonly CatpoolEvent[]): Promise<Spans> {
  const trails = await trailsOf(desk, events);
  const paths = await desk.capturePaths(new Set([...trails.values()].flat()));
  const missing = new Set<string>();
  const spans = events.map(({ event_id, first_frame, last_frame }) => {
    const trail = trails.get(event_id)!;
    const places = trail.flatMap((sha256, at): Place[] => {
      const path = paths.get(sha256);
      if (path === undefined) {
        missing.add(sha256);
        return [];
      }
      const first = at === 0 ? first_frame : 1;
      const last = at === trail.length - 1 ? last_frame : Number.MAX_SAFE_INTEGER;
      return [{ path, sha256, first, last }];
    });
    // What ties its messages together is told by its first frame alone.
    return places[0]?.sha256 === trail[0] ? places : [];
  });
  return { spans, missing: [...missing] };
}

/** Captures of events. Loose ends are read, in a process of its own, for those alone that go through three or more. */
async function trailsOf(
  { store, scanSettings, workers }: Desk,
  events: readonly CatpoolEvent[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  await store.ready();
  const between = new Map([...new Set(events.map(({ feed }) => feed))].map((feed) => [feed, store.between(feed)]));
  const trails = new Map(events.map((event) => [event.event_id, between.get(event.feed)!(event)]));
  const far = events.filter(({ event_id }) => trails.get(event_id)!.length > 2);
  if (far.length === 0) return trails;
  const spread = far.map(({ event_id, feed, first_capture, first_frame, last_capture }) => ({
    ...{ event_id, feed, first_capture, first_frame, last_capture },
  }));
  return new Map([...trails, ...(await workers.run({ ...scanSettings, kind: 'trails', events: spread })).trails]);
}
