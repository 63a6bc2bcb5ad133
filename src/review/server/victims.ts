import type { CatpoolEvent } from '../../events/event.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import type { Store } from '../../store/store.ts';
import { seconds } from './line-events.ts';

/** The events of several lines in one pass, each with the line it is of or was called by. */
export async function eachEventOf<T extends Pick<LineRow, 'line' | 'msisdn' | 'imsi'>>(
  store: Store,
  rows: readonly T[],
  from: number,
  until: number,
  onEvent: (row: T, event: CatpoolEvent, mirror: boolean) => void,
): Promise<void> {
  const named = new Map<string, T>();
  for (const row of rows) for (const name of [row.line, row.msisdn, row.imsi]) if (name !== null) named.set(name, row);
  if (named.size === 0) return;
  for await (const event of store.events({ since: from, until, line: [...named.keys()] })) {
    const own = [event.msisdn, event.imsi, event.aor]
      .map((name) => named.get(name ?? ''))
      .find((row) => row !== undefined);
    if (own !== undefined) onEvent(own, event, false);
    const other = named.get(event.counterpart ?? '');
    if (other !== undefined && other !== own && (event.kind === 'leg' || event.kind === 'sms'))
      onEvent(other, event, true);
  }
}

export interface Suspect extends Pick<LineRow, 'id' | 'line' | 'msisdn' | 'imsi' | 'tier' | 'score'> {}

/** Calls of a suspect with one number. */
interface Between {
  calls: number;
  talk: number;
  /** When the last call without an end was answered, and when the last of the others ended. */
  open: number;
  ended: number;
}

export interface FoundVictim {
  number: string;
  /** An answered call goes on where the captures end. */
  open: boolean;
  calls: number;
  talk: number;
  last: number;
  suspects: Map<Suspect, Between>;
}

/** What was captured is of now where its end is no further from the clock than this, s. */
export const FRESH = 600;
/** Of a call that was answered longer ago than this, the end was lost more likely than it still goes on, s. */
const LONGEST = 4 * 3600;

/** Whom suspects talked to, by time talked. Suspects among themselves are no victims. */
export async function findVictims(
  store: Store,
  suspects: readonly Suspect[],
  from: number,
  until: number,
): Promise<FoundVictim[]> {
  const names = new Set(suspects.flatMap(({ line, msisdn, imsi }) => [line, msisdn, imsi]));
  const found = new Map<string, FoundVictim>();
  const feeds = new Map<string, boolean>();
  /** Whether a feed was captured up to the end: of another that fell silent, nobody knows whether its calls go on. */
  const isCurrent = (feed: string): boolean => {
    const known = feeds.get(feed) ?? until - (store.latest(feed, until) ?? Number.NEGATIVE_INFINITY) <= FRESH;
    feeds.set(feed, known);
    return known;
  };
  await eachEventOf(store, suspects, from, until, (suspect, event, mirror) => {
    if (event.kind !== 'leg' || event.answer_time === null) return;
    const number = mirror ? (event.msisdn ?? event.aor) : event.counterpart;
    if (number === null || names.has(number)) return;
    const answered = seconds(event.answer_time);
    const talk = (event.talk_ms ?? 0) / 1000;
    const isOpen = event.outcome === 'open' && event.end_time === null;
    const end = event.end_time === null ? answered + talk : seconds(event.end_time);
    const victim = found.get(number) ?? { number, open: false, calls: 0, talk: 0, last: 0, suspects: new Map() };
    found.set(number, victim);
    victim.calls++;
    victim.talk += talk;
    victim.last = Math.max(victim.last, end);
    const between = victim.suspects.get(suspect) ?? { calls: 0, talk: 0, open: 0, ended: 0 };
    between.calls++;
    between.talk += talk;
    if (!isOpen) between.ended = Math.max(between.ended, end);
    else if (until - answered <= LONGEST && isCurrent(event.feed)) between.open = Math.max(between.open, answered);
    victim.suspects.set(suspect, between);
  });
  // Where another leg ended later, that was the end of the call.
  for (const victim of found.values()) victim.open = [...victim.suspects.values()].some((one) => one.open > one.ended);
  return [...found.values()].sort((a, b) => b.talk - a.talk || b.last - a.last);
}
