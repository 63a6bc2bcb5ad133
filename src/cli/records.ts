import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { UserError } from '../base/errors.ts';
import { temporary } from '../base/temporary.ts';
import type { ColumnType } from '../events/event.ts';
import { Sink } from './sink.ts';

export const FORMATS = ['table', 'ndjson', 'csv', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** A record's values by column; what is missing is null or absent. */
export type RecordValues = Readonly<Record<string, unknown>>;

/** Columns of one kind of record. */
export interface RecordShape {
  /** For instance `catpool.message/1`. */
  schema: string;
  columns: Readonly<Record<string, ColumnType>>;
  /** Columns of a table on a terminal, with their widths. */
  table: Readonly<Record<string, number>>;
  /** Leave missing values out of NDJSON. */
  sparse: boolean;
}

/** Writes records of one shape in one of the formats. */
export interface RecordWriter {
  write(record: RecordValues): void;
  end(): Promise<void>;
  abandon(): void;
  /** Nobody reads any more. */
  readonly closed: boolean;
}

/** @param path null: standard output; Parquet is never given that, see `checkOutputs` */
export function openRecords(shape: RecordShape, format: Format, path: string | null): RecordWriter {
  if (format === 'ndjson') return new NdjsonWriter(shape, path);
  if (format === 'csv') return new CsvWriter(shape, path);
  if (format === 'table') return new TableWriter(shape, path);
  return new ParquetWriter(shape, path!);
}

abstract class TextWriter implements RecordWriter {
  protected readonly sink: Sink;
  protected readonly shape: RecordShape;

  constructor(shape: RecordShape, path: string | null) {
    this.shape = shape;
    this.sink = new Sink(path);
  }
  abstract write(record: RecordValues): void;
  async end(): Promise<void> {
    this.sink.end();
  }
  abandon(): void {
    this.sink.abandon();
  }
  get closed(): boolean {
    return this.sink.closed;
  }
}

/** One JSON object a line, `schema` first. */
class NdjsonWriter extends TextWriter {
  write(record: RecordValues): void {
    const { schema, sparse } = this.shape;
    const out: Record<string, unknown> = { schema };
    for (const key of Object.keys(record)) {
      const value = record[key];
      if (value === undefined || (sparse && value === null)) continue;
      out[key] = value;
    }
    this.sink.write(`${JSON.stringify(out)}\n`);
  }
}

/** RFC 4180 with a header line; lists and objects as JSON. */
class CsvWriter extends TextWriter {
  private begun = false;

  write(record: RecordValues): void {
    this.head();
    this.sink.write(stringify([Object.keys(this.shape.columns).map((name) => flat(record[name]))]));
  }
  override async end(): Promise<void> {
    this.head();
    this.sink.end();
  }
  private head(): void {
    if (this.begun) return;
    this.begun = true;
    this.sink.write(stringify([Object.keys(this.shape.columns)]));
  }
}

/** Columns of fixed width, so that a table of any length streams. */
class TableWriter extends TextWriter {
  private begun = false;

  write(record: RecordValues): void {
    this.head();
    this.sink.write(this.line(record));
  }
  override async end(): Promise<void> {
    this.head();
    this.sink.end();
  }
  private head(): void {
    if (this.begun) return;
    this.begun = true;
    this.sink.write(this.line(Object.fromEntries(Object.keys(this.shape.table).map((name) => [name, name]))));
  }
  private line(record: RecordValues): string {
    const cells = Object.entries(this.shape.table).map(([name, width]) => cellOf(flat(record[name]) ?? '', width));
    return `${cells.join('  ').trimEnd()}\n`;
  }
}

const SQL_TYPES: Record<ColumnType, string> = {
  text: 'VARCHAR',
  time: 'TIMESTAMP_NS',
  integer: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** Collects NDJSON in a private temporary file, then has DuckDB make the Parquet file of it. */
class ParquetWriter implements RecordWriter {
  private readonly shape: RecordShape;
  private readonly path: string;
  private readonly folder: string;
  private readonly removed: () => void;
  private readonly sink: Sink;

  constructor(shape: RecordShape, path: string) {
    this.shape = shape;
    this.path = path;
    this.folder = mkdtempSync(join(tmpdir(), 'catpool-'));
    this.removed = temporary(this.folder);
    this.sink = new Sink(join(this.folder, 'records.ndjson'));
  }
  write(record: RecordValues): void {
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(this.shape.columns)) out[name] = flat(record[name]);
    this.sink.write(`${JSON.stringify(out)}\n`);
  }
  async end(): Promise<void> {
    this.sink.end();
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const columns = Object.entries(this.shape.columns);
    const given = columns
      .map(([name, type]) => `${quote(name)}: '${type === 'time' ? 'VARCHAR' : SQL_TYPES[type]}'`)
      .join(', ');
    const taken = columns
      .map(([name, type]) =>
        type === 'time' ? `CAST(rtrim("${name}", 'Z') AS TIMESTAMP_NS) AS "${name}"` : `"${name}"`,
      )
      .join(', ');
    const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', threads: '1' });
    const connection = await instance.connect();
    const part = `${this.path}.part`;
    const settled = temporary(part);
    try {
      await connection.run(
        `COPY (SELECT ${taken} FROM read_json(${quote(join(this.folder, 'records.ndjson'))}, format = 'newline_delimited', columns = {${given}})) TO ${quote(part)} (FORMAT parquet)`,
      );
      const { chmodSync, renameSync } = await import('node:fs');
      chmodSync(part, 0o600);
      renameSync(part, this.path);
    } catch (error) {
      rmSync(part, { force: true });
      throw new UserError(`cannot write ${this.path}: ${(error as Error).message.split('\n')[0]}`);
    } finally {
      connection.closeSync();
      instance.closeSync();
      settled();
      this.abandon();
    }
  }
  abandon(): void {
    rmSync(this.folder, { recursive: true, force: true });
    this.removed();
  }
  readonly closed = false;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function flat(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

function cellOf(value: string | number | boolean, width: number): string {
  const text = String(value).replace(/[\x00-\x1f\x7f]/g, ' ');
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
