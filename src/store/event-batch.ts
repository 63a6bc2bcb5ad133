import type { DuckDBAppender, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { PacketTime } from '../base/time.ts';
import { type CatpoolEvent, type ColumnType, EVENT_COLUMNS, type EventColumn } from '../events/event.ts';
import { type Duck, oneLine, quote } from './duck.ts';

const COLUMNS = Object.keys(EVENT_COLUMNS) as EventColumn[];
export const SQL_COLUMNS = COLUMNS.map((name) => `"${name}"`).join(', ');

/** Times are nanoseconds since the epoch. */
export const SQL_TYPES: Record<ColumnType, string> = {
  text: 'VARCHAR',
  time: 'BIGINT',
  integer: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** Rows that go to DuckDB at once. */
const CHUNK_ROWS = 2048;
/** Chunks that the appender holds at most, in memory of its own. */
const FLUSH_CHUNKS = 8;
const DAY = 86_400;

/** Rows of a file: as many as are sorted in little memory. A day of more has several. */
const MOST_ROWS = 100_000;

/** Events of one group and day, or some of them, in a file. */
export interface DayFile {
  group: number;
  /** `YYYY-MM-DD`. */
  day: string;
  /** 0 for the first of a day. */
  part: number;
  rows: number;
  first: number;
  last: number;
}

/** Events on their way into Parquet files, one a group and day. What does not fit into memory waits in DuckDB's temporary file. */
export class EventBatch {
  private readonly duck: Duck;
  private readonly table: string;
  private appender: DuckDBAppender | null = null;
  private chunk: DuckDBDataChunk | null = null;
  private types: DuckDBType[] = [];
  private readonly values: unknown[][] = [];
  private waiting = 0;
  private chunks = 0;
  private makeChunk: ((types: DuckDBType[], rows: number) => DuckDBDataChunk) | null = null;
  private readonly days = new Map<string, DayFile[]>();
  rows = 0;

  constructor(duck: Duck, table: string) {
    this.duck = duck;
    this.table = table;
  }

  async open(): Promise<void> {
    const { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, VARCHAR } = await import('@duckdb/node-api');
    const types: Record<ColumnType, DuckDBType> = {
      text: VARCHAR,
      time: BIGINT,
      integer: BIGINT,
      real: DOUBLE,
      boolean: BOOLEAN,
    };
    this.types = [...COLUMNS.map((name) => types[EVENT_COLUMNS[name]]), BIGINT, BIGINT, BIGINT];
    for (let i = 0; i < this.types.length; i++) this.values.push([]);
    this.makeChunk = (given, rows) => DuckDBDataChunk.create(given, rows);
    const columns = COLUMNS.map((name) => `"${name}" ${SQL_TYPES[EVENT_COLUMNS[name]]}`).join(', ');
    const connection = await this.duck.connection();
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE ${this.table} (${columns}, group_number BIGINT, day BIGINT, part BIGINT)`,
    );
    this.appender = await connection.createAppender(this.table);
  }

  add(event: CatpoolEvent, group = 0): void {
    const { values } = this;
    for (let i = 0; i < COLUMNS.length; i++) {
      const name = COLUMNS[i]!;
      const value = event[name];
      values[i]!.push(value === null ? null : sqlValue(EVENT_COLUMNS[name], value));
    }
    const day = Math.floor(event.time.s / DAY);
    values[COLUMNS.length]!.push(BigInt(group));
    values[COLUMNS.length + 1]!.push(BigInt(day));
    const key = `${group} ${day}`;
    const parts = this.days.get(key);
    let last = parts?.at(-1);
    if (last === undefined || last.rows === MOST_ROWS) {
      const text = new Date(day * DAY * 1000).toISOString().slice(0, 10);
      last = { group, day: text, part: parts?.length ?? 0, rows: 0, first: event.time.s, last: event.time.s + 1 };
      if (parts === undefined) this.days.set(key, [last]);
      else parts.push(last);
    }
    last.rows++;
    last.first = Math.min(last.first, event.time.s);
    last.last = Math.max(last.last, event.time.s + 1);
    values[COLUMNS.length + 2]!.push(BigInt(last.part));
    this.rows++;
    if (++this.waiting === CHUNK_ROWS) this.append();
  }

  /** What the files will be. */
  files(): DayFile[] {
    return [...this.days.values()].flat();
  }

  /** Writes one of them. */
  async write({ group, day, part }: DayFile, path: string): Promise<void> {
    this.append();
    this.appender?.flushSync();
    const number = Math.floor(Date.parse(day) / 1000 / DAY);
    await copy(
      this.duck,
      `SELECT ${SQL_COLUMNS} FROM ${this.table} WHERE group_number = ${group} AND day = ${number} AND part = ${part} ORDER BY time, event_id`,
      path,
    );
  }

  async close(): Promise<void> {
    this.appender?.closeSync();
    this.appender = null;
    await this.duck.run(`DROP TABLE IF EXISTS ${this.table}`);
  }

  private append(): void {
    if (this.waiting === 0 || this.appender === null) return;
    // One chunk serves all rows: what chunks hold is outside the heap, so that nobody would clear them away in time.
    this.chunk ??= this.makeChunk!(this.types, this.waiting);
    this.chunk.reset();
    this.chunk.rowCount = this.waiting;
    this.chunk.setColumns(this.values as never);
    this.appender.appendDataChunk(this.chunk);
    if (++this.chunks % FLUSH_CHUNKS === 0) this.appender.flushSync();
    for (const column of this.values) column.length = 0;
    this.waiting = 0;
  }
}

/** Rows that are in memory while a file is written. */
const GROUP_ROWS = 16_384;

/** Writes what a query gives into a Parquet file. */
export async function copy(duck: Duck, query: string, path: string): Promise<void> {
  try {
    await duck.run(
      `COPY (${query}) TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${GROUP_ROWS}, USE_TMP_FILE false)`,
    );
  } catch (error) {
    throw oneLine(error);
  }
}

function sqlValue(type: ColumnType, value: NonNullable<CatpoolEvent[EventColumn]>): unknown {
  if (type === 'integer') return BigInt(value as number);
  if (type === 'time') return nanoseconds(value as PacketTime);
  return typeof value === 'object' && 'sha256' in value ? value.sha256 : value;
}

function nanoseconds({ s, ns }: PacketTime): bigint {
  return BigInt(s) * 1_000_000_000n + BigInt(ns);
}
