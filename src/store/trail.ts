import type { CatpoolEvent } from '../events/event.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import type { SipState } from '../events/sip/state.ts';
import type { Ss7State } from '../events/ss7/state.ts';
import { readEnds } from './ends.ts';
import type { FeedState } from './feed-state.ts';
import type { PseudonymKey } from './pseudonym-key.ts';

/** An event as far as it says where its packets begin and end. */
export type Spread = Pick<CatpoolEvent, 'event_id' | 'feed' | 'first_capture' | 'first_frame' | 'last_capture'>;

/** Captures from that in which an event begins to that in which it ends, in the order of the feed; of one that is not in, these two alone. */
export function capturesBetween({ captures }: FeedState, { first_capture, last_capture }: Spread): string[] {
  const [first, last] = [first_capture.sha256, last_capture.sha256];
  if (first === last) return [first];
  const between: string[] = [];
  if (captures.has(first) && captures.has(last))
    for (let rank = captures.rank(first) + 1; rank < captures.rank(last); rank++)
      between.push(captures.placeAt(rank).sha256);
  return [first, ...between, last];
}

/** An event on its way through its captures. */
interface Going {
  captures: string[];
  /** What its dialog, circuit or connection is known by; null where its first capture does not say. */
  keys: Set<string> | null;
  trail: string[];
}

/**
 * Captures that hold packets of events, in order: those in which an event begins and ends, and of those between, the ones whose loose
 * ends know it. Each is looked at once, however many events go through it; where its loose ends are gone it counts.
 *
 * @param key of loose ends; null where they are not enciphered
 * @returns names of captures by event
 */
export function trailsOf(
  state: FeedState,
  key: PseudonymKey | null,
  events: readonly Spread[],
): ReadonlyMap<string, readonly string[]> {
  const trails = new Map<string, readonly string[]>();
  const through = new Map<string, Going[]>();
  const frames = new Map<Going, number>();
  for (const event of events) {
    const captures = capturesBetween(state, event);
    const isShort = captures.length <= 2;
    const going: Going = { captures, keys: null, trail: isShort ? captures : [] };
    trails.set(event.event_id, going.trail);
    if (isShort) continue;
    frames.set(going, event.first_frame);
    for (const sha256 of captures) through.set(sha256, [...(through.get(sha256) ?? []), going]);
  }
  const inOrder = [...through.keys()].sort((a, b) => state.captures.rank(a) - state.captures.rank(b));
  for (const sha256 of inOrder) {
    const ends = readEnds(state.ends(sha256), key);
    for (const going of through.get(sha256)!) {
      const { captures, trail } = going;
      const isFirst = sha256 === captures[0];
      if (isFirst && ends !== null) going.keys = keysAt(ends, frames.get(going)!);
      const isKnown = isFirst || ends === null || going.keys === null || meets(ends, going.keys);
      if (isKnown || sha256 === captures.at(-1)) trail.push(sha256);
    }
  }
  return trails;
}

/** What an event is known by that begins in a frame of a capture; null where none of its states does. */
function keysAt(ends: LooseEnds, frame: number): Set<string> | null {
  const own = [...ends.states, ...ends.ss7].filter(
    (one) => one.firstFrame === frame || ('prior' in one && one.prior?.frame === frame),
  );
  return own.length === 0 ? null : new Set(own.flatMap(keysOf));
}

/** Whether a capture has a state that goes by one of the keys; those that this one goes by as well are taken in. */
function meets(ends: LooseEnds, keys: Set<string>): boolean {
  let found = false;
  for (const state of [...ends.states, ...ends.ss7]) {
    const own = keysOf(state);
    if (!own.some((one) => keys.has(one))) continue;
    found = true;
    for (const one of own) keys.add(one);
  }
  return found;
}

/** SIP goes by its Call-ID; of SS7 either side may name a state, -1 where it did not. A reset of many is of none of them. */
function keysOf(state: SipState | Ss7State): string[] {
  if (state.type === 'reset') return [];
  if ('callId' in state) return [`sip ${state.callId}`];
  return [state.key1, state.key2].filter((one) => one >= 0).map((one) => `${state.type} ${one}`);
}
