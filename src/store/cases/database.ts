import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Database as Sqlite, Statement } from 'better-sqlite3';
import { UserError } from '../../base/errors.ts';
import { makeFolders } from '../../base/folders.ts';
import { believedUntil } from '../../base/time.ts';
import { MIGRATIONS, NEWEST_RUN } from './schema.ts';

export type Value = string | number | null;

/** The desk's SQLite file: one connection, statements kept by their text. */
export class Database {
  readonly now: () => number;
  private readonly sqlite: Sqlite;
  private readonly path: string;
  private readonly statements = new Map<string, Statement<unknown[]>>();

  /**
   * @param path of the file, for what is said of it
   * @param now milliseconds since the epoch
   */
  constructor(sqlite: Sqlite, path: string, now: () => number) {
    this.sqlite = sqlite;
    this.path = path;
    this.now = now;
  }

  /** The first row that a query gives. */
  get<T>(sql: string, ...values: Value[]): T | undefined {
    return this.onDisk(() => this.statement(sql).get(...values)) as T | undefined;
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.onDisk(() => this.statement(sql).all(...values)) as T[];
  }

  /**
   * @returns rows changed, and the id of the one put in
   * @throws UserError where the disk is full, read-only or failing: nothing has happened
   */
  run(sql: string, ...values: Value[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.onDisk(() => this.statement(sql).run(...values));
    return { changes, id: Number(lastInsertRowid) };
  }

  /** All of it, or nothing: where `change` throws, nothing has happened. Writers wait for each other. */
  transaction<T>(change: () => T): T {
    return this.sqlite.inTransaction ? change() : this.onDisk(() => this.sqlite.transaction(change).immediate());
  }

  /** Says in the words of the system what SQLite says of a disk, with the file. */
  private onDisk<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      const words = DISK_WORDS.find(([beginning]) => typeof code === 'string' && code.startsWith(beginning))?.[1];
      throw words === undefined ? error : new UserError(`cannot write ${this.path}: ${words}`);
    }
  }

  /** Lets SQLite learn how its indexes are filled, from samples of them. */
  analyse(): void {
    this.sqlite.exec('PRAGMA analysis_limit = 1000; ANALYZE');
  }

  /** Takes over what another connection let SQLite learn. */
  learn(): void {
    this.sqlite.exec('ANALYZE sqlite_schema');
  }

  /**
   * Whether the log is left to another process to work into the file: that takes as long as the disk needs, which whoever is asked for
   * pages cannot wait for.
   */
  leaveLog(leave: boolean): void {
    this.sqlite.pragma(`wal_autocheckpoint = ${leave ? 0 : LOG_PAGES}`);
  }

  /** Works the whole log into the file, and begins it anew. */
  foldLog(): void {
    this.sqlite.pragma('wal_checkpoint(PASSIVE)');
    this.sqlite.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.statements.clear();
    this.sqlite.close();
  }

  private statement(sql: string): Statement<unknown[]> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.sqlite.prepare<unknown[]>(sql);
      if (this.statements.size >= MOST_STATEMENTS) this.statements.clear();
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

const MOST_STATEMENTS = 500;
/** Beginnings of codes of SQLite, and what the system said. */
const DISK_WORDS = [
  ['SQLITE_FULL', 'no space left on device'],
  ['SQLITE_READONLY', 'read-only file system'],
  ['SQLITE_IOERR', 'input/output error'],
] as const;
const FILE = 'cases.sqlite';
/** Another process may hold the file for this long, ms: the desk, or a command beside it. */
const PATIENCE = 10_000;
/** Of the file that SQLite keeps in memory, kB: its indexes of a million lines are written in no order. */
const CACHE_KB = 64 * 1024;
const IMPORT_CACHE_KB = 256 * 1024;
/** Pages of the log after which it is worked into the file. The same page is written again and again while verdicts come in. */
const LOG_PAGES = 1000;
const IMPORT_LOG_PAGES = 25_000;

/**
 * Opens the desk's database, making folder and file where there are none, readable by their owner only.
 *
 * @param now milliseconds since the epoch
 * @param imports for a process beside the desk that takes verdicts in: it looks for no damage, which takes long, and loses what it did
 * last where the power fails; what the desk writes meanwhile is kept all the same
 * @throws UserError without SQLite, on a damaged file, or on one of a newer version
 */
export async function openDatabase(folder: string, now: () => number, imports = false): Promise<Database> {
  let Sqlite: typeof import('better-sqlite3');
  try {
    Sqlite = (await import('better-sqlite3')).default;
  } catch {
    throw new UserError(
      'the desk needs the package better-sqlite3, which could not be installed: it is built with g++, make and the headers of Node',
    );
  }
  const path = join(folder, FILE);
  let sqlite: Sqlite | undefined;
  try {
    makeFolders(folder);
    // SQLite gives its -wal and -shm the mode of the file.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    sqlite = new Sqlite(path, { timeout: PATIENCE });
    sqlite.pragma('journal_mode = WAL');
    // A decision that was told as done must outlive a loss of power.
    sqlite.pragma(`synchronous = ${imports ? 'NORMAL' : 'FULL'}`);
    sqlite.pragma('foreign_keys = ON');
    sqlite.pragma('trusted_schema = OFF');
    sqlite.pragma(`cache_size = -${imports ? IMPORT_CACHE_KB : CACHE_KB}`);
    sqlite.pragma(`wal_autocheckpoint = ${imports ? IMPORT_LOG_PAGES : LOG_PAGES}`);
    const found = imports ? 'ok' : sqlite.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok')
      throw new UserError(`${path}: damaged: ${oneLine(String(found))}; put the last copy of it back`);
    migrate(sqlite, path);
    sqlite.function('believed_until', () => believedUntil(now()));
    sqlite.exec(NEWEST_RUN);
    return new Database(sqlite, path, now);
  } catch (error) {
    sqlite?.close();
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: ${oneLine((error as Error).message)}`);
  }
}

/** SQLite tells damage in several lines. */
function oneLine(text: string): string {
  return text
    .replace(/^\*\*\* in database main \*\*\*\s*/, '')
    .replace(/\s*\n\s*/g, '; ')
    .slice(0, 300);
}

function migrate(sqlite: Sqlite, path: string): void {
  sqlite
    .transaction(() => {
      const version = Number(sqlite.pragma('user_version', { simple: true }));
      if (version > MIGRATIONS.length) throw new UserError(`${path}: of a newer version of catpool`);
      for (const sql of MIGRATIONS.slice(version)) sqlite.exec(sql);
      if (version === 0) {
        const meta = sqlite.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
        meta.run('desk', randomBytes(8).toString('hex'));
      }
      sqlite.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}
