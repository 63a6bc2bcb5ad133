import { record } from './audit.ts';
import type { MemberRow, OrderRow } from './case-rows.ts';
import type { Database } from './database.ts';
import { Refusal } from './refusal.ts';
import type { LabelKind, OrderState } from './workflow.ts';

export interface AllowedRow {
  id: number;
  /** Digits, or an address of record. */
  number: string;
  owner: string;
  reason: string;
  until: number;
  person: string;
  created: number;
  ended: number | null;
}

export interface LabelRow {
  id: number;
  line: string;
  /** Seconds since the epoch. */
  from_s: number | null;
  until_s: number | null;
  label: LabelKind;
  /** `#12`, or empty. */
  gateway: string;
  case_id: number | null;
  person: string;
  at: number;
}

/** The allow list, newest first. */
export function allowedList(database: Database): AllowedRow[] {
  return database.all<AllowedRow>('SELECT * FROM allowed ORDER BY id DESC LIMIT 5000');
}

/** What allows a line now; null where nothing does. */
export function allowedNow(
  database: Database,
  { line, msisdn, imsi }: Pick<MemberRow, 'line' | 'msisdn' | 'imsi'>,
): AllowedRow | null {
  return (
    database.get<AllowedRow>(
      `SELECT * FROM allowed WHERE number IN (?, ?, ?) AND ended IS NULL AND until > ? ORDER BY until DESC LIMIT 1`,
      line,
      msisdn ?? line,
      imsi ?? line,
      database.now(),
    ) ?? null
  );
}

/** @throws Refusal where one of the lines is on the allow list */
export function refuseAllowed(database: Database, members: readonly MemberRow[]): void {
  for (const member of members) {
    const allowed = allowedNow(database, member);
    if (allowed !== null)
      throw new Refusal('refused', `a line is on the allow list (${allowed.owner}): take it off first`, {
        allowed: allowed.id,
      });
  }
}

/** Puts a line there, by the number that events call it. @throws Refusal on an end date that is past or more than two years off */
export function allow(
  database: Database,
  actor: string,
  person: string,
  { number, owner, reason, until }: Pick<AllowedRow, 'number' | 'owner' | 'reason' | 'until'>,
): number {
  const now = database.now();
  if (until <= now || until > now + LONGEST)
    throw new Refusal('invalid', 'the end date must lie within the next two years', { field: 'until' });
  return database.transaction(() => {
    const { id } = database.run(
      'INSERT INTO allowed (number, owner, reason, until, person, created) VALUES (?, ?, ?, ?, ?, ?)',
      number,
      owner,
      reason,
      until,
      person,
      now,
    );
    record(database, actor, 'allowed.add', `allowed:${id}`, { number, owner, reason, until });
    return id;
  });
}

const LONGEST = 2 * 366 * 86_400_000;

export function disallow(database: Database, actor: string, id: number): void {
  database.transaction(() => {
    const { changes } = database.run('UPDATE allowed SET ended = ? WHERE id = ? AND ended IS NULL', database.now(), id);
    if (changes === 0) throw new Refusal('not_found', 'it is not on the allow list');
    record(database, actor, 'allowed.end', `allowed:${id}`);
  });
}

/** A page of orders, newest first. `before`: creation time and id of the last one seen. */
export function orderPage(
  database: Database,
  state: OrderState | null,
  before: readonly [number, string] | null,
  limit: number,
): OrderRow[] {
  const [created, id] = before ?? [Number.MAX_SAFE_INTEGER, '~'];
  return database.all<OrderRow>(
    `SELECT * FROM orders WHERE ${state === null ? '' : 'state = ? AND '}(created, id) < (?, ?)
     ORDER BY created DESC, id DESC LIMIT ?`,
    ...(state === null ? [] : [state]),
    created,
    id,
    limit,
  );
}

const AFTER: Readonly<Record<OrderState, readonly OrderState[]>> = {
  ready: ['sent', 'refused', 'done', 'failed', 'withdrawn'],
  sent: ['sent', 'refused', 'done', 'failed'],
  refused: ['refused', 'ready', 'done', 'failed', 'withdrawn'],
  failed: ['sent', 'done', 'failed', 'ready'],
  done: ['done'],
  withdrawn: ['withdrawn'],
};

/** What provisioning says of an order. Saying it twice is once. @returns the case that it belongs to */
export function setOrder(database: Database, actor: string, id: string, state: OrderState, message: string): number {
  return database.transaction(() => {
    const row = database.get<OrderRow>('SELECT * FROM orders WHERE id = ?', id);
    if (row === undefined) throw new Refusal('not_found', 'there is no such order');
    if (!AFTER[row.state].includes(state))
      throw new Refusal('refused', `an order that is ${row.state} cannot become ${state}`);
    if (row.state === state && row.message === message) return row.case_id;
    database.run(
      'UPDATE orders SET state = ?, message = ?, updated = ? WHERE id = ?',
      state,
      message,
      database.now(),
      id,
    );
    record(database, actor, 'order.state', `order:${id}`, { from: row.state, to: state, message });
    return row.case_id;
  });
}

/**
 * Orders that are to be carried out, oldest first. The same list as often as asked, by order id, until provisioning says that they are
 * done. Those that a receiver refused are to be carried out all the same.
 */
export function openOrders(database: Database): OrderRow[] {
  return database.all<OrderRow>(
    `SELECT * FROM orders WHERE state IN ('ready', 'sent', 'refused') ORDER BY created, id`,
  );
}

/**
 * Notes that orders were handed out.
 *
 * @param give the last step of that: where it throws, nothing is noted
 * @throws Refusal where one was taken back since the orders were asked for: nothing is noted
 */
export function handOut(
  database: Database,
  actor: string,
  orders: readonly Pick<OrderRow, 'id'>[],
  give: () => void = () => undefined,
): void {
  database.transaction(() => {
    const now = database.now();
    let fresh = 0;
    for (const { id } of orders) {
      const withdrawn = database.get(`SELECT 1 FROM orders WHERE id = ? AND state = 'withdrawn'`, id);
      if (withdrawn !== undefined) throw new Refusal('conflict', `order ${id} was taken back meanwhile`, { order: id });
      const sql = `UPDATE orders SET state = 'sent', updated = ? WHERE id = ? AND state = 'ready'`;
      fresh += database.run(sql, now, id).changes;
    }
    record(database, actor, 'export.removal', 'orders', { orders: orders.length, fresh });
    give();
  });
}

/** {@link openOrders}, noted as handed out with the answer. */
export function takeOrders(database: Database, actor: string): OrderRow[] {
  return database.transaction(() => {
    const orders = openOrders(database);
    handOut(database, actor, orders);
    return orders;
  });
}

/** A page of labels, newest first. */
export function labelPage(database: Database, before: number | null, limit: number): LabelRow[] {
  return database.all<LabelRow>(
    'SELECT * FROM labels WHERE id < ? ORDER BY id DESC LIMIT ?',
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
}

/** The last word on every line, for training: by line, then time. */
export function lastLabels(database: Database): LabelRow[] {
  return database.all<LabelRow>(
    'SELECT * FROM labels WHERE id IN (SELECT max(id) FROM labels GROUP BY line) ORDER BY line',
  );
}
