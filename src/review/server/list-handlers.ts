import { maskLine } from '../../base/mask.ts';
import { record } from '../../store/cases/audit.ts';
import { caseRow } from '../../store/cases/case-rows.ts';
import {
  addSigner,
  ownSigner,
  raiseKept,
  receivedList,
  removeSigner,
  signers,
  signList,
  takeIn,
} from '../../store/cases/exchange.ts';
import { allow, allowedList, disallow, labelPage, orderPage, setOrder, takeOrders } from '../../store/cases/lists.ts';
import { lineId } from '../../store/cases/queue.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { RunRow } from '../../store/cases/runs.ts';
import type { Reply } from './api.ts';
import { csvText, isoMs } from './csv.ts';
import type { Desk } from './desk.ts';
import { labelsList, removalList } from './exports.ts';
import type { Eyes } from './eyes.ts';
import { doerOf, type Handlers, sendFile } from './handler.ts';
import { timeText } from './line-events.ts';
import { type FoundVictim, FRESH, findVictims, type Suspect } from './victims.ts';

type Names =
  | 'orders'
  | 'ordersExport'
  | 'orderState'
  | 'labels'
  | 'labelsExport'
  | 'allowed'
  | 'allow'
  | 'disallow'
  | 'exchange'
  | 'addSigner'
  | 'removeSigner'
  | 'exchangeOut'
  | 'exchangeIn'
  | 'victims'
  | 'victimsExport'
  | 'victimsSend'
  | 'warned';

/** Suspects whose calls are gone through for victims, and victims that are listed. */
const MOST_SUSPECTS = 500;
const MOST_VICTIMS = 5000;

/** Lists that the workflow leads to, and those that come from outside. */
export function listHandlers(desk: Desk): Handlers<Names> {
  const { database } = desk;
  const named = (eyes: Eyes, line: string): { line: string; masked: boolean } => {
    const id = lineId(database, line);
    const whole = id !== null && eyes.sees(id);
    return { line: whole ? line : maskLine(line), masked: !whole };
  };
  const allowedView = (eyes: Eyes): Reply<'allowed'> => ({
    items: allowedList(database).map(({ number, ...row }) => {
      const { line, masked } = named(eyes, number);
      return { ...row, number: line, masked };
    }),
  });
  const exchangeView = (eyes: Eyes): Reply<'exchange'> => ({
    own: ownSigner(database),
    signers: signers(database),
    received: receivedList(database).map(({ case_id, item: _item, subject, ...row }) => ({
      ...row,
      subject: row.kind === 'identity' || row.kind === 'imei' ? subject : named(eyes, subject).line,
      case: case_id,
    })),
  });

  let kept: { key: string; found: Promise<FoundVictim[]> } | null = null;
  /** Victims of a run, found once for each state of runs and cases. */
  const victimsOf = (run: RunRow): Promise<FoundVictim[]> => {
    const changed = database.get<{ n: number | null }>('SELECT max(updated) AS n FROM cases')!.n;
    const key = `${run.id} ${changed}`;
    if (kept?.key === key) return kept.found;
    const suspects = database.all<Suspect>(
      `SELECT id, line, msisdn, imsi, tier, score FROM lines WHERE (run = ? AND tier = 'strong' AND tier <> 'none' AND
         (case_state IS NULL OR case_state NOT IN ('cleared', 'restored'))) OR case_state IN ('restricted', 'suspended', 'closed')
       ORDER BY score DESC LIMIT ${MOST_SUSPECTS}`,
      run.id,
    );
    const found = findVictims(desk.store, suspects, run.from_s, run.until_s).then((all) => {
      database.transaction(() => {
        for (const { number } of all.slice(0, MOST_VICTIMS))
          database.run('INSERT INTO victims (number) VALUES (?) ON CONFLICT (number) DO NOTHING', number);
      });
      return all.slice(0, MOST_VICTIMS);
    });
    kept = { key, found };
    found.catch(() => {
      kept = null;
    });
    return found;
  };
  /** Victims of what was captured last, those who talk now first: that, only captures that reach to now can say. */
  const victimsNow = async (): Promise<(FoundVictim & { now: boolean })[]> => {
    const run = desk.newestRun();
    if (run === null) return [];
    const found = await victimsOf(run);
    const isFresh = Math.abs(database.now() / 1000 - run.until_s) <= FRESH;
    return found
      .map((victim) => ({ ...victim, now: isFresh && victim.open }))
      .sort((a, b) => Number(b.now) - Number(a.now));
  };
  interface VictimRow {
    id: number;
    warned: number | null;
    person: string | null;
    note: string;
  }
  const rowOf = (number: string): VictimRow =>
    database.get<VictimRow>('SELECT id, warned, person, note FROM victims WHERE number = ?', number)!;

  /** Victims with whole numbers. */
  const victimRows = async () =>
    (await victimsNow()).map((victim) => ({
      number: victim.number,
      now: victim.now,
      calls: victim.calls,
      talk_s: Math.round(victim.talk),
      last: timeText(victim.last),
      suspects: [...victim.suspects.keys()].map(({ line }) => line),
      warned: rowOf(victim.number).warned !== null,
    }));

  return {
    orders: ({ query: { state, cursor, limit }, eyes }) => {
      const before = cursor === undefined ? null : orderCursor(cursor);
      const rows = orderPage(database, state ?? null, before, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(({ line, imsi, case_id, decision: _decision, approvals, ...row }) => {
          const name = named(eyes, line);
          return {
            ...row,
            ...name,
            case: case_id,
            imsi: imsi === null || !name.masked ? imsi : maskLine(imsi),
            approvals: JSON.parse(approvals) as string[],
          };
        }),
        next: rows.length > limit && last !== undefined ? `${last.created} ${last.id}` : null,
      };
    },

    ordersExport: ({ query: { format }, who, reply }) =>
      sendFile(reply, `removal.${format}`, TYPES[format], removalList(takeOrders(database, who.actor), format)),

    orderState: ({ params, body: { state, message }, who }) => {
      const id = setOrder(database, who.actor, params.order, state, message);
      desk.tellCase(caseRow(database, id), who.user.name);
      return { ok: true as const };
    },

    labels: ({ query: { cursor, limit }, eyes }) => {
      const before = cursor === undefined ? null : Number(cursor);
      if (before !== null && !Number.isSafeInteger(before))
        throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
      const rows = labelPage(database, before, limit + 1);
      const page = rows.slice(0, limit);
      return {
        items: page.map(({ from_s, until_s, case_id, line, ...row }) => ({
          ...row,
          ...named(eyes, line),
          from: from_s,
          until: until_s,
          case: case_id,
        })),
        next: rows.length > limit ? String(page.at(-1)!.id) : null,
      };
    },

    labelsExport: ({ who, reply }) => sendFile(reply, 'labels.csv', TYPES.csv, labelsList(database, who.actor)),

    allowed: ({ eyes }) => allowedView(eyes),
    allow: ({ body, who, eyes }) => {
      allow(database, who.actor, who.user.name, { ...body, number: desk.plan.named(body.number) });
      return allowedView(eyes);
    },
    disallow: ({ params, who, eyes }) => {
      disallow(database, who.actor, params.allowed);
      return allowedView(eyes);
    },

    exchange: ({ eyes }) => exchangeView(eyes),
    addSigner: ({ body: { name, key }, who, eyes }) => {
      addSigner(database, who.actor, who.user.name, name, key);
      return exchangeView(eyes);
    },
    removeSigner: ({ params, who, eyes }) => {
      removeSigner(database, who.actor, params.signer);
      return exchangeView(eyes);
    },
    exchangeOut: ({ body: { kinds, since }, who }) => signList(database, who.actor, kinds, since ?? 0),
    exchangeIn: ({ body, who }) => {
      const taken = takeIn(database, desk.cases, doerOf(who), body);
      for (const row of raiseKept(database, desk.cases)) desk.tellCase(row, who.user.name);
      return taken;
    },

    victims: async ({ query: { warned, cursor, limit }, eyes }) => {
      const all = await victimsNow();
      const at = cursor === undefined ? 0 : Number(cursor);
      if (!Number.isSafeInteger(at) || at < 0)
        throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
      const wanted = all.filter(
        ({ number }) => warned === undefined || (rowOf(number).warned !== null) === (warned === 'yes'),
      );
      return {
        run: desk.newestRun()?.name ?? null,
        receiver: desk.notices?.takes('victims') === true,
        items: wanted.slice(at, at + limit).map((victim) => {
          const row = rowOf(victim.number);
          const suspects = [...victim.suspects].sort(([a], [b]) => b.score - a.score);
          const whole = suspects.some(([{ id }]) => eyes.sees(id));
          return {
            id: row.id,
            number: whole ? victim.number : maskLine(victim.number),
            masked: !whole,
            now: victim.now,
            calls: victim.calls,
            talk_s: victim.talk,
            last: victim.last,
            lines: suspects.map(([line, { calls, talk }]) => ({
              ...eyes.name(line),
              tier: line.tier,
              score: line.score,
              calls,
              talk_s: talk,
            })),
            warned: row.warned === null ? null : { at: row.warned, person: row.person ?? '', note: row.note },
          };
        }),
        next: at + limit < wanted.length ? String(at + limit) : null,
      };
    },

    victimsSend: async ({ who }) => {
      const victims = (await victimRows()).filter(({ warned }) => !warned);
      if (desk.notices === null) throw new Refusal('refused', 'no receiver takes victims: name one in --delivery');
      desk.notices.victims(victims);
      desk.log(who.actor, 'export.victims', 'victims', { victims: victims.length, to: 'delivery' });
      return { victims: victims.length };
    },

    victimsExport: async ({ query: { format }, who, reply }) => {
      const rows = await victimRows();
      desk.log(who.actor, 'export.victims', 'victims', { victims: rows.length });
      const text =
        format === 'json'
          ? `${JSON.stringify({ schema: 'catpool.victims/1', victims: rows }, null, 1)}\n`
          : csvText(
              ['number', 'now', 'calls', 'talk_s', 'last', 'suspects', 'warned'],
              rows.map((row) => ({ ...row, suspects: row.suspects.join(' ') })),
            );
      return sendFile(reply, `victims-${isoMs(database.now()).slice(0, 10)}.${format}`, TYPES[format], text);
    },

    warned: ({ params, body: { note }, who }) => {
      database.transaction(() => {
        const { changes } = database.run(
          'UPDATE victims SET warned = ?, person = ?, note = ? WHERE id = ?',
          database.now(),
          who.user.name,
          note,
          params.victim,
        );
        if (changes === 0) throw new Refusal('not_found', 'there is no such number');
        record(database, who.actor, 'victim.warned', `victim:${params.victim}`, { note });
      });
      return { ok: true as const };
    },
  };
}

const TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const;

function orderCursor(cursor: string): [number, string] {
  const parts = /^(\d{1,16}) ([\w-]{1,64})$/.exec(cursor);
  if (parts === null) throw new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
  return [Number(parts[1]), parts[2]!];
}
