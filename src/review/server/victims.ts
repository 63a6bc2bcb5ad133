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

export interface FoundVictim {
  number: string;
  /** Still talks at the end of what was captured. */
  now: boolean;
  calls: number;
  talk: number;
  last: number;
  suspects: Map<Suspect, { calls: number; talk: number }>;
}

/** A call that ended within this of the end of the captures may go on, s. */
const RECENT = 300;

/** Whom suspects talked to, those who talk now first, then by time talked. Suspects among themselves are no victims. */
export async function findVictims(
  store: Store,
  suspects: readonly Suspect[],
  from: number,
  until: number,
): Promise<FoundVictim[]> {
  const names = new Set(suspects.flatMap(({ line, msisdn, imsi }) => [line, msisdn, imsi]));
  const found = new Map<string, FoundVictim>();
  await eachEventOf(store, suspects, from, until, (suspect, event, mirror) => {
    if (event.kind !== 'leg') return;
    const number = mirror ? (event.msisdn ?? event.aor) : event.counterpart;
    const isOpen = event.outcome === 'open';
    if (number === null || names.has(number) || (event.answer_time === null && !isOpen)) return;
    const talk = (event.talk_ms ?? 0) / 1000;
    const end = event.end_time === null ? seconds(event.time) + talk : seconds(event.end_time);
    const victim = found.get(number) ?? { number, now: false, calls: 0, talk: 0, last: 0, suspects: new Map() };
    found.set(number, victim);
    victim.now ||= isOpen && seconds(event.time) >= until - RECENT * 12;
    victim.now ||= end >= until - RECENT;
    victim.calls++;
    victim.talk += talk;
    victim.last = Math.max(victim.last, end);
    const with_ = victim.suspects.get(suspect) ?? { calls: 0, talk: 0 };
    with_.calls++;
    with_.talk += talk;
    victim.suspects.set(suspect, with_);
  });
  return [...found.values()].sort((a, b) => Number(b.now) - Number(a.now) || b.talk - a.talk || b.last - a.last);
}
