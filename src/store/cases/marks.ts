import { join } from 'node:path';
import { type Duck, filesTable, quote } from '../duck.ts';
import type { Pseudonyms } from '../pseudonym.ts';
import type { Store } from '../store.ts';
import type { Database } from './database.ts';
import type { Rest } from './runs.ts';

/** As features name a cell: `mcc-mnc-lac-cell`, of what is known. */
const CELL = `CASE WHEN e.cell IS NULL OR contains(e.cell, '-') THEN e.cell ELSE concat_ws('-', e.mcc, e.mnc, e.lac, e.cell) END`;
/** Keys that go into DuckDB at a time. */
const KEYS = 1000;
/** Lines whose marks are written in one transaction. */
const AT_ONCE = 100;
/** Marks of one kind that are kept of a line. */
const MOST_MARKS = 64;

/** A window of time, seconds since the epoch. */
interface Span {
  from: number;
  until: number;
}

/** Reads from the events of the window where marked lines of a run stay, what they look like, and which devices and addresses they show. */
export async function learnMarks(
  database: Database,
  duck: Duck,
  store: Store,
  run: number,
  span: Span,
  rest: Rest,
): Promise<void> {
  await learnStoredMarks(database, duck, store, run, span, rest);
  await learnOpenMarks(database, store, run, span, rest);
}

async function learnStoredMarks(
  database: Database,
  duck: Duck,
  store: Store,
  run: number,
  { from, until }: Span,
  rest: Rest,
): Promise<void> {
  const { behind } = store;
  const paths = store
    .feeds()
    .flatMap((feed) => store.files(feed))
    .filter(({ first, last }) => last >= from && first < until)
    .map(({ name }) => join(store.root, name));
  const marked = database.all<{ id: number; line: string; msisdn: string | null; imsi: string | null }>(
    `SELECT id, line, msisdn, imsi FROM lines WHERE run = ? AND tier <> 'none'`,
    run,
  );
  if (paths.length === 0 || marked.length === 0) return;
  await duck.run('CREATE OR REPLACE TEMP TABLE keys (key VARCHAR, line BIGINT)');
  const keys = marked.flatMap(({ id, ...names }) =>
    [...new Set(Object.values(names))].flatMap((name) =>
      name === null ? [] : store.namesOf(name).map((one) => `(${quote(one)}, ${id})`),
    ),
  );
  for (let at = 0; at < keys.length; at += KEYS)
    await duck.run(`INSERT INTO keys VALUES ${keys.slice(at, at + KEYS).join(', ')}`);
  const query = `SELECT k.line, mode(${CELL}), mode(e.user_agent),
      array_to_string(list(DISTINCT e.imei)[1:${MOST_MARKS}], ' '),
      array_to_string(list(DISTINCT regexp_replace(e.endpoint, ':[0-9]+$', ''))[1:${MOST_MARKS}], ' ')
    FROM ${filesTable(paths)} e JOIN keys k ON k.key = coalesce(e.msisdn, e.imsi, e.aor)
    WHERE e.time >= ${Math.floor(from)}::BIGINT * 1000000000 AND e.time < ${Math.ceil(until)}::BIGINT * 1000000000
    GROUP BY k.line`;
  for await (const chunk of duck.chunks(query)) {
    const values = chunk.getColumns();
    for (let start = 0; start < chunk.rowCount; start += AT_ONCE) {
      const end = Math.min(start + AT_ONCE, chunk.rowCount);
      database.transaction(() => {
        for (let row = start; row < end; row++) {
          const [line, cell, agent, imeis, endpoints] = values.map((column) => column[row] as string | null);
          putMarks(database, Number(line), cell!, agent === null ? null : (behind?.text(agent!) ?? agent!), {
            imei: behind === null ? imeis! : imeisBehind(behind, imeis!),
            endpoint: endpoints!,
          });
        }
      });
      await rest();
    }
  }
}

function imeisBehind(behind: Pseudonyms, imeis: string | null): string | null {
  return imeis === null
    ? null
    : imeis
        .split(' ')
        .map((imei) => behind.imei(imei))
        .join(' ');
}

/** Lines that are looked for among events that are still open. */
const MOST_OPEN = 2000;

/** Likewise of marked lines that no file holds events of: all they did is still open at the end of the captures. */
async function learnOpenMarks(
  database: Database,
  store: Store,
  run: number,
  { from, until }: Span,
  rest: Rest,
): Promise<void> {
  const rows = database.all<{ id: number; line: string; msisdn: string | null; imsi: string | null }>(
    `SELECT id, line, msisdn, imsi FROM lines WHERE run = ? AND tier <> 'none' AND agent IS NULL AND cell IS NULL
       AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.line = lines.id) LIMIT ${MOST_OPEN}`,
    run,
  );
  if (rows.length === 0) return;
  const ids = new Map(rows.flatMap(({ id, ...names }) => Object.values(names).map((name) => [name, id] as const)));
  const found = new Map<number, Record<'cell' | 'agent' | 'imei' | 'endpoint', string[]>>();
  const line = [...ids.keys()].filter((name) => name !== null);
  for await (const event of store.events({ since: from, until, line })) {
    const id = ids.get(event.msisdn ?? event.imsi ?? event.aor);
    if (id === undefined) continue;
    const seen = found.get(id) ?? { cell: [], agent: [], imei: [], endpoint: [] };
    found.set(id, seen);
    const { mcc, mnc, lac, cell } = event;
    if (cell !== null) seen.cell.push(cell.includes('-') ? cell : [mcc, mnc, lac, cell].join('-'));
    if (event.user_agent !== null) seen.agent.push(event.user_agent);
    if (event.imei !== null) seen.imei.push(event.imei);
    if (event.endpoint !== null) seen.endpoint.push(event.endpoint.replace(/:\d+$/, ''));
  }
  const all = [...found];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    database.transaction(() => {
      for (const [id, { cell, agent, imei, endpoint }] of all.slice(at, at + AT_ONCE))
        putMarks(database, id, cell.at(-1) ?? null, agent.at(-1) ?? null, {
          imei: [...new Set(imei)].slice(0, MOST_MARKS).join(' '),
          endpoint: [...new Set(endpoint)].slice(0, MOST_MARKS).join(' '),
        });
    });
    await rest();
  }
}

function putMarks(
  database: Database,
  line: number,
  cell: string | null,
  agent: string | null,
  marks: Readonly<Record<'imei' | 'endpoint', string | null>>,
): void {
  if (agent !== null) database.run('INSERT INTO agents (text) VALUES (?) ON CONFLICT (text) DO NOTHING', agent);
  database.run(
    'UPDATE lines SET cell = ?, agent = (SELECT id FROM agents WHERE text = ?) WHERE id = ?',
    cell,
    agent,
    line,
  );
  database.run('DELETE FROM marks WHERE line = ?', line);
  for (const [kind, text] of Object.entries(marks))
    for (const value of (text ?? '').split(' '))
      if (value !== '')
        database.run(
          'INSERT INTO marks (value, line) VALUES (?, ?) ON CONFLICT (value, line) DO NOTHING',
          `${kind}:${value}`,
          line,
        );
}
