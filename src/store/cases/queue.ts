import type { Database, Value } from './database.ts';
import { type Condition, conditionOf, type QueryContext } from './query.ts';
import { Refusal } from './refusal.ts';
import type { CaseState } from './workflow.ts';

/** A line of the queue, as its tables have it. */
export interface LineRow {
  id: number;
  line: string;
  msisdn: string | null;
  imsi: string | null;
  run: number | null;
  score: number;
  probability: number;
  tier: 'none' | 'suspect' | 'strong';
  /** In the newest run only. */
  gateway: number | null;
  calls: number;
  first_s: number;
  last_s: number;
  /** With spaces around each. */
  interfaces: string;
  cell: string | null;
  user_agent: string | null;
  dealer: string | null;
  product: string | null;
  alarms: number;
  case_id: number | null;
  case_state: CaseState | null;
  reviewed: number;
  assignee_name: string | null;
  assignee_display: string | null;
  allowed: number;
  /** JSON, as the verdict has them. */
  reasons: string;
  exposure: string;
}

export type Sort = 'score' | 'last' | 'calls' | 'line';

const ORDERS: Readonly<Record<Sort, { column: string; order: string; beyond: string }>> = {
  score: { column: 'l.score', order: 'l.score DESC, l.id', beyond: '(l.score < ? OR (l.score = ? AND l.id > ?))' },
  last: { column: 'l.last_s', order: 'l.last_s DESC, l.id', beyond: '(l.last_s < ? OR (l.last_s = ? AND l.id > ?))' },
  calls: { column: 'l.calls', order: 'l.calls DESC, l.id', beyond: '(l.calls < ? OR (l.calls = ? AND l.id > ?))' },
  line: { column: '0', order: 'l.line', beyond: 'l.line > (SELECT line FROM lines WHERE id = ?)' },
};

const SELECT = `SELECT l.id, l.line, l.msisdn, l.imsi, l.run, l.score, l.probability, l.tier,
  CASE WHEN l.run = (SELECT id FROM newest_run) THEN l.gateway END AS gateway, l.calls, l.first_s, l.last_s,
  l.interfaces, l.cell, a.text AS user_agent, l.dealer, l.product, l.alarms, l.case_id, l.case_state, l.reviewed,
  u.name AS assignee_name, u.display AS assignee_display, v.reasons, v.exposure,
  EXISTS (SELECT 1 FROM allowed w WHERE w.number IN (l.line, l.msisdn, l.imsi) AND w.ended IS NULL AND w.until > ?) AS allowed
  FROM lines l LEFT JOIN agents a ON a.id = l.agent LEFT JOIN users u ON u.id = l.assignee LEFT JOIN verdicts v ON v.line = l.id`;

/** More than this are not counted. */
const MOST_COUNTED = 10_000;

/** A page of the lines that a query finds, and where the next one begins. */
export function queuePage(
  database: Database,
  query: string,
  sort: Sort,
  cursor: string | null,
  limit: number,
  context: QueryContext,
): { rows: LineRow[]; next: string | null } {
  const { sql, values } = conditionOf(query, context);
  const { column, order, beyond } = ORDERS[sort];
  const after = cursor === null ? [] : readCursor(cursor, sort);
  // The page is found in the narrow tables alone, then widened.
  const ids = database.all<{ id: number; key: number }>(
    `SELECT l.id, ${column} AS key FROM lines l WHERE ${sql}${after.length === 0 ? '' : ` AND ${beyond}`}
     ORDER BY ${order} LIMIT ?`,
    ...values,
    ...after,
    limit + 1,
  );
  const page = ids.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map(({ id }) => lineRow(database, id)!),
    next: ids.length > limit && last !== undefined ? JSON.stringify([last.key, last.id]) : null,
  };
}

function readCursor(cursor: string, sort: Sort): Value[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cursor);
  } catch {
    parsed = null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 2 || parsed.some((part) => typeof part !== 'number'))
    throw wrongCursor();
  const [key, id] = parsed as [number, number];
  // No number of a line stands in a cursor: whoever sees masked numbers has it in hand.
  return sort === 'line' ? [id] : [key, key, id];
}

function wrongCursor(): Refusal {
  return new Refusal('invalid', 'the cursor is not one of this list', { field: 'cursor' });
}

/** One line with all columns; null where there is none. */
export function lineRow(database: Database, id: number): LineRow | null {
  return database.get<LineRow>(`${SELECT} WHERE l.id = ?`, database.now(), id) ?? null;
}

/** Lines by their name, MSISDN or IMSI. */
export function linesNamed(database: Database, name: string): LineRow[] {
  return database.all<LineRow>(
    `${SELECT} WHERE l.line = ? OR l.msisdn = ? OR l.imsi = ? ORDER BY l.score DESC LIMIT 10`,
    database.now(),
    name,
    name,
    name,
  );
}

/** Lines of a gateway of the newest run, highest score first. */
export function gatewayLines(database: Database, gateway: number): LineRow[] {
  return database.all<LineRow>(
    `${SELECT} WHERE l.gateway = ? AND l.run = (SELECT id FROM newest_run) ORDER BY l.score DESC, l.line LIMIT 2000`,
    database.now(),
    gateway,
  );
}

/** How many lines a query finds, as far as it is worth counting. */
export function queueCount(
  database: Database,
  query: string,
  context: QueryContext,
): { value: number; exact: boolean } {
  const { sql, values } = conditionOf(query, context);
  const value = database.get<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM lines l WHERE ${sql} LIMIT ${MOST_COUNTED + 1})`,
    ...values,
  )!.n;
  return { value: Math.min(value, MOST_COUNTED), exact: value <= MOST_COUNTED };
}

/** Keys whose values are counted, with their columns. */
const FACETS = {
  tier: 'l.tier',
  state: 'l.case_state',
  gateway: 'CASE WHEN l.run = (SELECT id FROM newest_run) THEN l.gateway END',
  cell: 'l.cell',
  dealer: 'l.dealer',
  product: 'l.product',
  reviewed: `CASE l.reviewed WHEN 1 THEN 'reviewed' ELSE '!reviewed' END`,
} as const;
const MOST_VALUES = 20;

export interface Facet {
  key: string;
  values: { value: string; lines: number }[];
}

/** Values that the best lines a query finds show, most first. `counted`: null where all were counted. */
export function queueFacets(
  database: Database,
  query: string,
  context: QueryContext,
): { counted: number | null; facets: Facet[] } {
  const { sql, values }: Condition = conditionOf(query, context);
  const names = Object.keys(FACETS) as (keyof typeof FACETS)[];
  const rows = database.all<Record<keyof typeof FACETS, string | number | null>>(
    `SELECT ${names.map((name) => `${FACETS[name]} AS ${name}`).join(', ')} FROM lines l WHERE ${sql}
     ORDER BY l.score DESC LIMIT ${MOST_COUNTED}`,
    ...values,
  );
  const facets = names.map((key) => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const value = row[key];
      if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
    return {
      key,
      values: [...counts]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, MOST_VALUES)
        .map(([value, lines]) => ({ value, lines })),
    };
  });
  return { counted: rows.length === MOST_COUNTED ? MOST_COUNTED : null, facets };
}
