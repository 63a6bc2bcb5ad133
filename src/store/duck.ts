import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { UserError } from '../base/errors.ts';
import { temporary } from '../base/temporary.ts';

/** Memory that DuckDB may take before it goes to a temporary file. */
const MEMORY = '256MB';

/** DuckDB, started when first asked: it reads and writes Parquet, and sorts what does not fit into memory. */
export class Duck {
  private readonly threads: number;
  private opened: Promise<{
    instance: DuckDBInstance;
    connection: DuckDBConnection;
    folder: string;
    removed: () => void;
  }> | null = null;

  constructor(threads = 1) {
    this.threads = threads;
  }

  async connection(): Promise<DuckDBConnection> {
    this.opened ??= this.open();
    return (await this.opened).connection;
  }

  async run(sql: string): Promise<void> {
    await (await this.connection()).run(sql);
  }

  /** The chunks that a query gives, as they come. Errors that name a damaged file are one line. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const connection = await this.connection();
    try {
      const result = await connection.stream(sql);
      // The next one is made while this one is worked on. What goes wrong with it is told when it is asked for.
      const ahead = () => {
        const next = result.fetchChunk();
        next.catch(() => undefined);
        return next;
      };
      let next = ahead();
      try {
        for (;;) {
          const chunk = await next;
          if (chunk === null || chunk.rowCount === 0) return;
          next = ahead();
          yield chunk;
        }
      } finally {
        await next.catch(() => undefined);
      }
    } catch (error) {
      throw oneLine(error);
    }
  }

  async close(): Promise<void> {
    if (this.opened === null) return;
    const { instance, connection, folder, removed } = await this.opened;
    this.opened = null;
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
    removed();
  }

  private async open() {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const folder = mkdtempSync(join(tmpdir(), 'catpool-'));
    const removed = temporary(folder);
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      threads: String(this.threads),
      memory_limit: MEMORY,
      // Files are read once an hour at most: what is kept of them would fill the memory for nothing.
      enable_external_file_cache: 'false',
      temp_directory: folder,
    });
    return { instance, connection: await instance.connect(), folder, removed };
  }
}

/** An error of DuckDB in one line that names the file, where it is about one. */
export function oneLine(error: unknown): Error {
  if (error instanceof UserError) return error;
  const { message } = error as Error;
  const line = message.split('\n')[0]!;
  const file = /(?:file|File|open|pattern) ["']?([^"'\n]*\.parquet)["']?/.exec(message)?.[1];
  return file === undefined
    ? new UserError(`store: ${line}`)
    : new UserError(`${file}: damaged or missing Parquet file: ${line}`);
}

/** A text as SQL has it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Parquet files as a table. */
export function filesTable(paths: readonly string[], more = ''): string {
  return `read_parquet([${paths.map(quote).join(', ')}]${more})`;
}
