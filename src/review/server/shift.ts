import type { Reply } from './api.ts';
import { caseRows } from './case-handlers.ts';
import type { Desk } from './desk.ts';
import type { Eyes } from './eyes.ts';

/** A shift, where nobody says since when. */
const SHIFT_MS = 12 * 3_600_000;

/** What was done since a time (ms since the epoch; left out: the last shift) and by whom, what waits on whom, which clocks ran out. */
export function shiftReport(desk: Pick<Desk, 'database'>, eyes: Eyes, since?: number): Reply<'shift'> {
  const { database } = desk;
  const until = database.now();
  const from = since ?? until - SHIFT_MS;
  const done = new Map<string, { action: string; count: number }[]>();
  for (const { person, action, count } of database.all<{ person: string; action: string; count: number }>(
    `SELECT actor AS person, action, count(*) AS count FROM audit WHERE at >= ? AND action NOT LIKE 'session.%'
     GROUP BY actor, action ORDER BY actor, action`,
    from,
  ))
    done.set(person, [...(done.get(person) ?? []), { action, count }]);
  return {
    since: from,
    until,
    by_person: [...done].map(([person, actions]) => ({ person, actions })),
    waiting: waitingOf(desk),
    overdue: caseRows(desk, eyes, 'WHERE c.due <= ? ORDER BY c.due LIMIT 200', until),
  };
}

/** How many cases wait on which role, and what for. */
export function waitingOf({ database }: Pick<Desk, 'database'>): Reply<'overview'>['waiting'] {
  const count = (sql: string): number => database.get<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`)!.n;
  return [
    { role: 'investigator' as const, what: 'lead' as const, cases: count(`cases WHERE state = 'lead'`) },
    { role: 'investigator' as const, what: 'review' as const, cases: count(`cases WHERE state = 'review'`) },
    { role: 'approver' as const, what: 'approval' as const, cases: count(`decisions WHERE state = 'proposed'`) },
    { role: 'approver' as const, what: 'objection' as const, cases: count(`cases WHERE state = 'objection'`) },
    { role: 'approver' as const, what: 'order' as const, cases: count(`orders WHERE state IN ('ready', 'failed')`) },
    { role: 'approver' as const, what: 'refused' as const, cases: count(`orders WHERE state = 'refused'`) },
  ];
}
