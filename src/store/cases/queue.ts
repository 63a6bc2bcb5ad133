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

/** `of`: what is sorted by; `key`: what of it stands in a cursor. */
const ORDERS: Readonly<Record<Sort, { of: string; key: string; order: string; beyond: string }>> = {
  score: { of: 'l.score', key: 'l.score', order: 'DESC', beyond: '(l.score < ? OR (l.score = ? AND l.id > ?))' },
  last: { of: 'l.last_s', key: 'l.last_s', order: 'DESC', beyond: '(l.last_s < ? OR (l.last_s = ? AND l.id > ?))' },
  calls: { of: 'l.calls', key: 'l.calls', order: 'DESC', beyond: '(l.calls < ? OR (l.calls = ? AND l.id > ?))' },
  line: { of: 'l.line', key: '0', order: 'ASC', beyond: 'l.line > (SELECT line FROM lines WHERE id = ?)' },
};

const SELECT = `SELECT l.id, l.line, l.msisdn, l.imsi, l.run, l.score, l.probability, l.tier,
  CASE WHEN l.run = (SELECT id FROM newest_run) THEN l.gateway END AS gateway, l.calls, l.first_s, l.last_s,
  l.interfaces, l.cell, a.text AS user_agent, l.dealer, l.product, l.alarms, l.case_id, l.case_state, l.reviewed,
  u.name AS assignee_name, u.display AS assignee_display, v.reasons, v.exposure,
  EXISTS (SELECT 1 FROM allowed w WHERE w.number IN (l.line, l.msisdn, l.imsi) AND w.ended IS NULL AND w.until > ?) AS allowed
  FROM lines l LEFT JOIN agents a ON a.id = l.agent LEFT JOIN users u ON u.id = l.assignee LEFT JOIN verdicts v ON v.line = l.id`;

/** More than this are not counted. */
const MOST_COUNTED = 10_000;
/** Lines that begin alike, from which on they are not sorted. */
const WIDE = 50_000;
/** Rows that may be looked up one by one for facets. */
const MOST_SKIPPED = 100_000;

/** A page of the lines that a query finds, how many it finds as far as it is worth counting, and where the next page begins. */
export function queuePage(
  database: Database,
  query: string,
  sort: Sort,
  cursor: string | null,
  limit: number,
  context: QueryContext,
): { rows: LineRow[]; next: string | null; count: { value: number; exact: boolean } } {
  const condition = conditionOf(query, context);
  const { sql, values } = condition;
  const { of, key, order, beyond } = ORDERS[sort];
  const after = cursor === null ? [] : readCursor(cursor, sort);
  const found = (where: string): string =>
    `SELECT l.id, ${key} AS key, ${of} AS sorted FROM lines l WHERE ${where}${after.length === 0 ? '' : ` AND ${beyond}`}`;
  // Few lines are found by whatever finds them best, then sorted: in the order of an index, all lines might be gone through for them.
  const few = database.all<{ id: number; key: number; found: number }>(
    `WITH some AS MATERIALIZED (${found(sql)} LIMIT ${MOST_COUNTED + 1})
     SELECT id, key, (SELECT count(*) FROM some) AS found FROM some ORDER BY sorted ${order}, id LIMIT ?`,
    ...values,
    ...after,
    limit + 1,
  );
  const some = few[0]?.found ?? 0;
  const ids =
    some <= MOST_COUNTED
      ? few
      : database.all<{ id: number; key: number }>(
          `${found(isWide(database, condition) ? condition.walked : sql)} ORDER BY ${of} ${order}, l.id LIMIT ?`,
          ...values,
          ...after,
          limit + 1,
        );
  const page = ids.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map(({ id }) => lineRow(database, id)!),
    next: ids.length > limit && last !== undefined ? JSON.stringify([last.key, last.id]) : null,
    count: counted(cursor === null ? some : countOf(database, condition).lines),
  };
}

/** Whether so many lines begin like it that going through all in order finds a page of them sooner than sorting them. */
function isWide(database: Database, { beginnings }: Condition): boolean {
  return beginnings.some(
    (beginning) =>
      database.get<{ n: number }>(
        `SELECT count(*) AS n FROM (SELECT 1 FROM lines WHERE line >= ? AND line < ? LIMIT ${WIDE})`,
        beginning,
        `${beginning}:`,
      )!.n === WIDE,
  );
}

function counted(lines: number): { value: number; exact: boolean } {
  return { value: Math.min(lines, MOST_COUNTED), exact: lines <= MOST_COUNTED };
}

/** Lines that a condition finds, as far as they are counted, and the highest id among these. */
function countOf(database: Database, { sql, values }: Condition): { lines: number; far: number } {
  return database.get<{ lines: number; far: number }>(
    `SELECT count(*) AS lines, coalesce(max(id), 0) AS far FROM (SELECT l.id FROM lines l WHERE ${sql} LIMIT ${MOST_COUNTED + 1})`,
    ...values,
  )!;
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

/** Id of the line of a number or name, the highest score of them; null where there is none. */
export function lineId(database: Database, name: string): number | null {
  return (
    database.get<{ id: number }>(
      'SELECT id FROM lines WHERE line = ? OR msisdn = ? OR imsi = ? ORDER BY score DESC LIMIT 1',
      name,
      name,
      name,
    )?.id ?? null
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
  const condition = conditionOf(query, context);
  const { values } = condition;
  const { lines, far } = countOf(database, condition);
  const walks = lines > MOST_COUNTED && isWide(database, condition);
  const sql = walks ? condition.walked : condition.sql;
  // Where lines that are found lie far apart, to go through all of them is quicker than through the index of scores.
  const all = lines > MOST_COUNTED && far > MOST_SKIPPED && !walks ? 'NOT INDEXED' : '';
  const order = lines > MOST_COUNTED ? 'ORDER BY l.score DESC' : '';
  const names = Object.keys(FACETS) as (keyof typeof FACETS)[];
  const rows = database.all<Record<keyof typeof FACETS, string | number | null>>(
    `SELECT ${names.map((name) => `${FACETS[name]} AS ${name}`).join(', ')} FROM lines l ${all} WHERE ${sql}
     ${order} LIMIT ${MOST_COUNTED}`,
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
  return { counted: lines > MOST_COUNTED ? MOST_COUNTED : null, facets };
}
