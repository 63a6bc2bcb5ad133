import { join } from 'node:path';
import type { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { EventContext } from '../events/context.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import { Stitch } from '../events/stitch.ts';
import type { Places } from './capture-table.ts';
import { comparePlaces, type Place } from './commit.ts';
import { type PackedEnds, packEnds, readEnds } from './ends.ts';
import type { FeedState } from './feed-state.ts';
import type { PseudonymKey } from './pseudonym-key.ts';

/** Days that steps of the stitch are kept apart by, seconds: what they gave is replaced a day at a time at most. */
const GROUP = 86_400;

/** Number of the day that a capture's step belongs to. */
export function groupOf(place: Place): number {
  return Math.floor(place.s / GROUP);
}

/** What an added capture changes of the stitch. */
export interface Restitched {
  /** First and last place whose events are new, group by group. */
  groups: Map<number, { from: Place; to: Place }>;
  /** Files whose events come anew. */
  superseded: string[];
  /** What was open after captures, where that is kept: by SHA-256. Of every capture gone through again. */
  rests: Map<string, PackedEnds | null>;
}

/** A stitch that went through the captures of a feed up to a place, and can go on there. */
export interface LiveStitch {
  stitch: Stitch;
  after: Place;
}

export interface StitchSource {
  state: FeedState;
  context: EventContext;
  limits: Limits;
  counters: Counters;
  /** Of loose ends; null where they are not enciphered. */
  key: PseudonymKey | null;
}

/**
 * One in so many states of the stitch is kept for good, by the name of the capture, so that a late capture finds one not far
 * before its place.
 */
const KEPT = 32;

export function isKept(sha256: string): boolean {
  return Number.parseInt(sha256.slice(0, 8), 16) % KEPT === 0;
}

/**
 * Takes a capture into the stitch at its place: goes on from what was open before it, through all that comes after it, until what
 * is open is what it was without it. What comes out equals, event by event, one stitch over all captures in order.
 *
 * @param ends of the new capture
 * @param live to go on with where the capture is the next one
 * @param emit given each event, with the group of its step
 */
export function restitch(
  source: StitchSource,
  ends: LooseEnds,
  live: LiveStitch | null,
  emit: (event: CatpoolEvent, group: number) => void,
): { changes: Restitched; live: LiveStitch | null } {
  const changes: Restitched = { groups: new Map(), superseded: [], rests: new Map() };
  if (ends.first === null) return { changes, live };
  const { state } = source;
  const added: Place = { ...ends.first, sha256: ends.capture.sha256 };
  const places = state.places().with(added);
  let at = places.before(added);
  // Events that one file holds come anew together.
  const stitched = [...state.files.values()].filter((file) => file.kind === 'stitched');
  const spans = (place: Place, { from, to }: (typeof stitched)[number]): boolean =>
    from !== null && to !== null && comparePlaces(from, place) < 0 && comparePlaces(place, to) <= 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const file of stitched) {
      if (!spans(places.at(at), file)) continue;
      at = places.before(file.from!);
      moved = true;
    }
  }
  let group: number | null = null;
  let stitch: Stitch;
  let next = at;
  if (live !== null && at > 0 && comparePlaces(live.after, places.at(at - 1)) === 0) {
    stitch = live.stitch;
    sinks.set(stitch, (event) => emit(event, group!));
  } else {
    const begun = begin(source, places, at, (event) => {
      if (group !== null) emit(event, group);
    });
    stitch = begun.stitch;
    for (next = begun.next; next < at; next++) stitch.add(endsOf(source, places.at(next), ends));
  }
  for (;;) {
    const place = places.at(next);
    group = groupOf(place);
    stitch.add(endsOf(source, place, ends));
    const range = changes.groups.get(group);
    if (range === undefined) changes.groups.set(group, { from: place, to: place });
    else range.to = place;
    const isLast = next === places.length - 1;
    const known = state.rests.get(place.sha256) ?? null;
    const past = comparePlaces(place, added) >= 0;
    const rest = isLast || known !== null || isKept(place.sha256) ? packEnds(stitch.rest(), source.key) : null;
    changes.rests.set(place.sha256, rest);
    if (isLast) break;
    const inside = stitched.some((file) => spans(places.at(next + 1), file));
    if (past && !inside && rest !== null && known?.includes(rest.digest)) break;
    next++;
  }
  const first = places.at(at);
  const last = places.at(next);
  for (const { name, from, to } of stitched) {
    if (from !== null && to !== null && comparePlaces(from, first) >= 0 && comparePlaces(to, last) <= 0)
      changes.superseded.push(name);
  }
  sinks.delete(stitch);
  return { changes, live: next === places.length - 1 ? { stitch, after: last } : null };
}

/** Events of what is open after the last capture of a feed: what a stitch over all its captures would give at its end. */
export function openEvents(source: StitchSource, emit: (event: CatpoolEvent) => void): void {
  const places = source.state.places();
  const { stitch, next } = begin(source, places, places.length, emit);
  // Where the last state is not there, what came out on the way stands in files already.
  const quiet = next < places.length;
  if (quiet) sinks.set(stitch, () => undefined);
  for (let at = next; at < places.length; at++) stitch.add(endsOf(source, places.at(at), null));
  if (quiet) sinks.set(stitch, emit);
  stitch.finish();
}

/** Where the events of a stitch go: changes from step to step. */
const sinks = new WeakMap<Stitch, (event: CatpoolEvent) => void>();

/** A stitch as it was before the place number `at`, or before the nearest place before that is kept: that is `next`. */
function begin(
  { state, context, limits, counters, key }: StitchSource,
  places: Places,
  at: number,
  emit: (event: CatpoolEvent) => void,
): { stitch: Stitch; next: number } {
  const stitch: Stitch = new Stitch(
    context,
    limits,
    counters,
    (event) => sinks.get(stitch)?.(event),
    () => undefined,
  );
  sinks.set(stitch, emit);
  for (let next = at; next > 0; next--) {
    const name = state.rests.get(places.at(next - 1).sha256);
    const rest = name === undefined ? null : readEnds({ path: join(state.folder, name) }, key);
    if (rest === null) continue;
    stitch.add(rest);
    return { stitch, next };
  }
  if (state.base !== null) {
    const path = join(state.folder, state.base.rest);
    const rest = readEnds({ path }, key);
    if (rest === null) throw new UserError(`${path}: missing loose ends`);
    stitch.add(rest);
  }
  return { stitch, next: 0 };
}

function endsOf({ state, key }: StitchSource, place: Place, added: LooseEnds | null): LooseEnds {
  if (added !== null && place.sha256 === added.capture.sha256) return added;
  const file = state.ends(place.sha256);
  const ends = readEnds(file, key);
  if (ends === null) throw new UserError(`${file.path}: missing loose ends`);
  return ends;
}
