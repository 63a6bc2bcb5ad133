import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { believedUntil } from '../../base/time.ts';
import { Duck, filesTable } from '../duck.ts';
import type { Store } from '../store.ts';
import type { Database } from './database.ts';
import { learnMarks } from './marks.ts';

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

/** The first of them name the line. */
const NAMES = 3;

/** Called after each transaction: the file is held no longer than one takes, and others have their turn. */
export type Rest = () => Promise<void>;

const nextTurn: Rest = () => new Promise((resolve) => setImmediate(resolve));

/** Files of the runs in the store that the desk does not know yet, earliest window first. */
export function newRuns(database: Database, root: string): string[] {
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
    .filter((name) => /^[\w-]+\.parquet$/.test(name) && !known.has(nameOf(name)))
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }))
    .map((name) => join(root, 'verdicts', name));
}

function nameOf(path: string): string {
  return basename(path, '.parquet');
}

/** A run that is being taken in. */
export interface ArrivingRun extends Pick<RunRow, 'name' | 'from_s' | 'until_s'> {
  /** Lines that are in, of so many. */
  lines: number;
  expected: number;
}

/** The run that is being taken in; null where all are in. */
export function arrivingRun(database: Database): ArrivingRun | null {
  return (
    database.get<ArrivingRun>(
      'SELECT name, from_s, until_s, lines, expected FROM runs WHERE imported IS NULL ORDER BY id DESC LIMIT 1',
    ) ?? null
  );
}

/**
 * Takes verdicts of the store into the desk, run by run, a few lines at a time, so that whoever reads or writes meanwhile does not
 * wait. What a crash cuts short is taken in again, to the same end. Lines that are marked, or were, come last, and soon after one
 * another: until then, what stands on marked lines stands on those of the run before.
 *
 * @param onRun told of each run when all of it is in
 * @throws UserError on a damaged file; runs before it are in
 */
export async function importRuns(
  database: Database,
  store: Store,
  onRun: (run: RunRow) => void,
  rest: Rest = nextTurn,
): Promise<void> {
  const paths = newRuns(database, store.root);
  if (paths.length === 0) return;
  const duck = new Duck(1);
  try {
    for (const path of paths) onRun(await importRun(database, duck, store, path, rest));
  } finally {
    await duck.close();
  }
}

async function importRun(database: Database, duck: Duck, store: Store, path: string, rest: Rest): Promise<RunRow> {
  const name = nameOf(path);
  const file = filesTable([path]);
  const columns = new Set<string>();
  for await (const chunk of duck.chunks(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${file})`))
    for (let row = 0; row < chunk.rowCount; row++) columns.add(String(chunk.getColumns()[0]![row]));
  let span: { from: number; until: number; model: string | null } = { ...spanOf(name), model: null };
  let expected = 0;
  const model = columns.has('model') ? text('any_value(model)') : 'NULL::VARCHAR';
  const query = `SELECT min(window_from)::DOUBLE, max(window_until)::DOUBLE, ${model}, count(*)::DOUBLE FROM ${file}`;
  for await (const chunk of duck.chunks(query)) {
    const [from, until, by, count] = chunk.getColumns().map((values) => values[0]);
    if (typeof from === 'number' && typeof until === 'number')
      span = { from, until, model: typeof by === 'string' ? by : null };
    expected = Number(count);
  }
  const id = database.transaction(() => {
    database.run(
      `INSERT INTO runs (name, from_s, until_s, model, expected) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET expected = excluded.expected, lines = 0`,
      name,
      span.from,
      span.until,
      span.model,
      expected,
    );
    return database.get<{ id: number }>('SELECT id FROM runs WHERE name = ?', name)!.id;
  });
  const counts = { lines: 0, suspect: 0, strong: 0 };
  // A run without verdicts has no columns but three.
  if (columns.has('score')) {
    for await (const rows of verdictsInTurn(database, duck, store, file)) {
      database.transaction(() => {
        for (const values of rows) {
          const tier = putLine(database, id, span.until, values);
          counts.lines++;
          if (tier === 'suspect' || tier === 'strong') counts[tier]++;
        }
        database.run('UPDATE runs SET lines = ? WHERE id = ?', counts.lines, id);
      });
      await rest();
    }
    await learnMarks(database, duck, store, id, span, rest);
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

/** Lines that go in with one transaction: some hundredths of a second. */
const AT_ONCE = 200;
/** Of a verdict: whether pages of marked lines show it. */
const IS_MARKED = `(coalesce(${text('tier')} <> 'none', true) OR gateway::DOUBLE IS NOT NULL)`;

/** Verdicts of a file, a few at a time: the first run marked ones first, a later one those last that are marked or were. */
async function* verdictsInTurn(
  database: Database,
  duck: Duck,
  { behind }: Store,
  file: string,
): AsyncGenerator<unknown[][]> {
  const isFirst = database.get('SELECT 1 FROM newest_run') === undefined;
  const were = new Set(
    isFirst
      ? []
      : database
          .all<{ line: string }>(`SELECT line FROM lines WHERE tier <> 'none' OR gateway IS NOT NULL`)
          .map(({ line }) => line),
  );
  const late: unknown[][] = [];
  for (const marked of isFirst ? [true, false] : [false, true]) {
    const query = `SELECT ${COLUMNS.join(', ')} FROM ${file} WHERE ${marked ? '' : 'NOT '}${IS_MARKED}`;
    let some: unknown[][] = [];
    for await (const chunk of duck.chunks(query)) {
      const columns = chunk.getColumns();
      for (let row = 0; row < chunk.rowCount; row++) {
        const values: unknown[] = columns.map((column) => column[row]);
        if (behind !== null)
          for (let name = 0; name < NAMES; name++)
            if (typeof values[name] === 'string') values[name] = behind.number(values[name] as string);
        if (!marked && were.has(String(values[0]))) late.push(values);
        else some.push(values);
        if (some.length < AT_ONCE) continue;
        yield some;
        some = [];
      }
    }
    if (some.length > 0) yield some;
  }
  for (let at = 0; at < late.length; at += AT_ONCE) yield late.slice(at, at + AT_ONCE);
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

/** End of a window as verdicts are told apart by it: one of the future, by a clock that is wrong, counts as earlier than any other. */
function endOf(until: number, { now }: Database): number {
  return until <= believedUntil(now()) ? until : 0;
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
  const isNewer = known === undefined || endOf(known.until_s ?? 0, database) <= endOf(until, database);
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
    if (isNewer)
      database.run(
        `UPDATE lines SET msisdn = ?, imsi = ?, run = ?, score = ?, probability = ?, tier = ?, gateway = ?, calls = ?,
           first_s = ?, last_s = ?, interfaces = ? WHERE id = ?`,
        ...columns,
        id,
      );
  }
  if (isNewer)
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
