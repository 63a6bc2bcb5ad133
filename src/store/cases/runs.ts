import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duck, filesTable, quote } from '../duck.ts';
import { listFeeds, readFeed } from '../feed-state.ts';
import { openStore } from '../store.ts';
import type { Database } from './database.ts';

/** Verdicts of one scan that the desk has taken in. */
export interface RunRow {
  id: number;
  /** Name of its file, without folder and ending. */
  name: string;
  /** Seconds since the epoch. */
  from_s: number;
  until_s: number;
  imported: number | null;
  /** SHA-256 of the model that scored it; null where the file does not say. */
  model: string | null;
  lines: number;
  suspect: number;
  strong: number;
}

/** A column of texts, whether Parquet has it as text or as JSON. */
function text(column: string): string {
  return `(to_json(${column}) ->> '$')`;
}

/** Columns of a verdict file, in the order they are asked for. Lists and objects stay JSON. */
const COLUMNS = [
  text('line'),
  text('msisdn'),
  text('imsi'),
  'score::DOUBLE',
  'probability::DOUBLE',
  text('tier'),
  'reasons::VARCHAR',
  'gateway::DOUBLE',
  'calls::DOUBLE',
  '"first"::DOUBLE',
  '"last"::DOUBLE',
  'interfaces::VARCHAR',
  'exposure::VARCHAR',
];

/** Runs in the store that the desk does not know yet, earliest window first. */
function newRuns(database: Database, root: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(root, 'verdicts'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const known = new Set(
    database.all<{ name: string }>('SELECT name FROM runs WHERE imported IS NOT NULL').map(({ name }) => name),
  );
  return names
    .filter((name) => /^[\w-]+\.parquet$/.test(name))
    .map((name) => name.slice(0, -'.parquet'.length))
    .filter((name) => !known.has(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/**
 * Takes verdicts of the store into the desk, run by run, a batch of lines at a time, so that whoever reads meanwhile does not
 * wait. What a crash cuts short is taken in again, to the same end.
 *
 * @param onRun told of each run when all of it is in
 * @throws UserError on a damaged file; runs before it are in
 */
export async function importRuns(database: Database, root: string, onRun: (run: RunRow) => void): Promise<void> {
  const names = newRuns(database, root);
  if (names.length === 0) return;
  const duck = new Duck(1);
  try {
    for (const name of names) onRun(await importRun(database, duck, root, name));
  } finally {
    await duck.close();
  }
}

async function importRun(database: Database, duck: Duck, root: string, name: string): Promise<RunRow> {
  const file = filesTable([join(root, 'verdicts', `${name}.parquet`)]);
  const columns = new Set<string>();
  for await (const chunk of duck.chunks(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${file})`))
    for (let row = 0; row < chunk.rowCount; row++) columns.add(String(chunk.getColumns()[0]![row]));
  let span: { from: number; until: number; model: string | null } = { ...spanOf(name), model: null };
  const model = columns.has('model') ? text('any_value(model)') : 'NULL::VARCHAR';
  const query = `SELECT min(window_from)::DOUBLE, max(window_until)::DOUBLE, ${model} FROM ${file}`;
  for await (const chunk of duck.chunks(query)) {
    const [from, until, by] = chunk.getColumns().map((values) => values[0]);
    if (typeof from === 'number' && typeof until === 'number')
      span = { from, until, model: typeof by === 'string' ? by : null };
  }
  const id = database.transaction(() => {
    database.run(
      `INSERT INTO runs (name, from_s, until_s, model) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
      name,
      span.from,
      span.until,
      span.model,
    );
    return database.get<{ id: number }>('SELECT id FROM runs WHERE name = ?', name)!.id;
  });
  const counts = { lines: 0, suspect: 0, strong: 0 };
  // A run without verdicts has no columns but three.
  if (columns.has('score')) {
    for await (const chunk of duck.chunks(`SELECT ${COLUMNS.join(', ')} FROM ${file}`)) {
      const values = chunk.getColumns();
      database.transaction(() => {
        for (let row = 0; row < chunk.rowCount; row++) {
          const tier = putLine(
            database,
            id,
            span.until,
            values.map((column) => column[row]),
          );
          counts.lines++;
          if (tier === 'suspect' || tier === 'strong') counts[tier]++;
        }
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await learnMarks(database, duck, root, id, span);
    await learnOpenMarks(database, root, id, span);
  }
  database.run(
    'UPDATE runs SET imported = ?, lines = ?, suspect = ?, strong = ? WHERE id = ?',
    database.now(),
    counts.lines,
    counts.suspect,
    counts.strong,
    id,
  );
  if (counts.lines >= MANY) database.analyse();
  return database.get<RunRow>('SELECT * FROM runs WHERE id = ?', id)!;
}

/** So many new lines change what SQLite should know of its indexes. */
const MANY = 10_000;

/** End and length of the window, as the name says them: `20260131T080000Z-86400s-1`. */
function spanOf(name: string): { from: number; until: number } {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(\d+)s/.exec(name);
  if (parts === null) return { from: 0, until: 0 };
  const [year, month, day, hour, minute, second, length] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const until = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return { from: until - length, until };
}

/** Puts one verdict in, unless the line's is of a later window. @returns its tier */
function putLine(database: Database, run: number, until: number, values: readonly unknown[]): string {
  const [line, msisdn, imsi, score, probability, tier, reasons, gateway, calls, first, last, interfaces, exposure] =
    values as (string | number | null)[];
  // Spaces around each, so that a query finds one as a whole.
  const faces = ` ${(JSON.parse(String(interfaces ?? '[]')) as string[]).join(' ')} `;
  const known = database.get<{ id: number; until_s: number | null }>(
    'SELECT l.id, r.until_s FROM lines l LEFT JOIN runs r ON r.id = l.run WHERE l.line = ?',
    line!,
  );
  const columns = [
    msisdn!,
    imsi!,
    run,
    score!,
    probability!,
    tier!,
    gateway!,
    calls ?? 0,
    first ?? 0,
    last ?? 0,
    faces,
  ] as const;
  let id: number;
  if (known === undefined) {
    id = database.run(
      `INSERT INTO lines (msisdn, imsi, run, score, probability, tier, gateway, calls, first_s, last_s, interfaces, line)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...columns,
      line!,
    ).id;
    database.run(
      `UPDATE lines SET dealer = s.dealer, product = s.product FROM subscribers s
       WHERE lines.id = ? AND s.number IN (lines.msisdn, lines.imsi)`,
      id,
    );
  } else {
    id = known.id;
    if ((known.until_s ?? 0) <= until)
      database.run(
        `UPDATE lines SET msisdn = ?, imsi = ?, run = ?, score = ?, probability = ?, tier = ?, gateway = ?, calls = ?,
           first_s = ?, last_s = ?, interfaces = ? WHERE id = ?`,
        ...columns,
        id,
      );
  }
  if (known === undefined || (known.until_s ?? 0) <= until)
    database.run(
      `INSERT INTO verdicts (line, reasons, exposure) VALUES (?, ?, ?)
       ON CONFLICT (line) DO UPDATE SET reasons = excluded.reasons, exposure = excluded.exposure`,
      id,
      reasons ?? '[]',
      exposure ?? '{}',
    );
  database.run(
    'INSERT INTO past (line, run, score, tier) VALUES (?, ?, ?, ?) ON CONFLICT (line, run) DO NOTHING',
    id,
    run,
    score!,
    tier!,
  );
  if (tier !== 'none')
    database.run(
      `UPDATE lines SET alarms = (SELECT count(*) FROM past WHERE line = lines.id AND tier <> 'none') WHERE id = ?`,
      id,
    );
  return String(tier);
}

/** As features name a cell: `mcc-mnc-lac-cell`, of what is known. */
const CELL = `CASE WHEN e.cell IS NULL OR contains(e.cell, '-') THEN e.cell ELSE concat_ws('-', e.mcc, e.mnc, e.lac, e.cell) END`;
/** Keys that go into DuckDB at a time. */
const KEYS = 1000;
/** Marks of one kind that are kept of a line. */
const MOST_MARKS = 64;

/** Reads from the events of the window where marked lines stay, what they look like, and which devices and addresses they show. */
async function learnMarks(
  database: Database,
  duck: Duck,
  root: string,
  run: number,
  { from, until }: { from: number; until: number },
): Promise<void> {
  const paths = listFeeds(root).flatMap((feed) =>
    [...readFeed(root, feed).files.values()]
      .filter(({ first, last }) => last >= from && first < until)
      .map(({ name }) => join(root, name)),
  );
  const marked = database.all<{ id: number; line: string; msisdn: string | null; imsi: string | null }>(
    `SELECT id, line, msisdn, imsi FROM lines WHERE run = ? AND tier IN ('suspect', 'strong')`,
    run,
  );
  if (paths.length === 0 || marked.length === 0) return;
  await duck.run('CREATE OR REPLACE TEMP TABLE keys (key VARCHAR, line BIGINT)');
  const keys = marked.flatMap(({ id, ...names }) =>
    [...new Set(Object.values(names))].flatMap((name) => (name === null ? [] : [`(${quote(name)}, ${id})`])),
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
    database.transaction(() => {
      for (let row = 0; row < chunk.rowCount; row++) {
        const [line, cell, agent, imeis, endpoints] = values.map((column) => column[row]);
        putMarks(database, Number(line), cell as string | null, agent as string | null, {
          imei: imeis as string | null,
          endpoint: endpoints as string | null,
        });
      }
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lines that are looked for among events that are still open. */
const MOST_OPEN = 2000;

/** Likewise of marked lines that no file holds events of: all they did is still open at the end of the captures. */
async function learnOpenMarks(
  database: Database,
  root: string,
  run: number,
  { from, until }: { from: number; until: number },
): Promise<void> {
  const rows = database.all<{ id: number; line: string; msisdn: string | null; imsi: string | null }>(
    `SELECT id, line, msisdn, imsi FROM lines WHERE run = ? AND tier IN ('suspect', 'strong') AND agent IS NULL AND cell IS NULL
       AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.line = lines.id) LIMIT ${MOST_OPEN}`,
    run,
  );
  if (rows.length === 0) return;
  const ids = new Map(rows.flatMap(({ id, ...names }) => Object.values(names).map((name) => [name, id] as const)));
  const found = new Map<number, Record<'cell' | 'agent' | 'imei' | 'endpoint', string[]>>();
  const store = openStore(root, false);
  try {
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
  } finally {
    await store.close();
  }
  database.transaction(() => {
    for (const [id, { cell, agent, imei, endpoint }] of found)
      putMarks(database, id, cell.at(-1) ?? null, agent.at(-1) ?? null, {
        imei: [...new Set(imei)].slice(0, MOST_MARKS).join(' '),
        endpoint: [...new Set(endpoint)].slice(0, MOST_MARKS).join(' '),
      });
  });
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
