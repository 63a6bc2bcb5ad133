import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { troubleOf, UserError } from '../../base/errors.ts';

/** Longest row, in bytes: what is longer is no table of this kind. */
const MAX_ROW = 64 * 1024;

/** One row of a reference file. */
export class CsvRow {
  private readonly file: string;
  private readonly places: ReadonlyMap<string, number>;
  private fields: readonly string[] = [];
  /** Its line in the file, the last one where it has several. */
  line = 0;

  constructor(file: string, places: ReadonlyMap<string, number>) {
    this.file = file;
    this.places = places;
  }

  set(fields: readonly string[], line: number): void {
    this.fields = fields;
    this.line = line;
  }

  /** Text of a column, empty where the file has none there. */
  text(column: string): string {
    const place = this.places.get(column);
    return place === undefined ? '' : (this.fields[place] ?? '');
  }

  /** What is wrong with a column: file, row, column, what was expected. */
  wrong(column: string, expected: string): UserError {
    const text = this.text(column);
    return new UserError(
      `${this.file}: row ${this.line}, ${column}: expected ${expected}, got ${text === '' ? 'nothing' : text.slice(0, 40)}`,
    );
  }

  /** That an earlier row says something else of what a column names. */
  contradicts(column: string, earlier: number): UserError {
    return new UserError(
      `${this.file}: rows ${earlier} and ${this.line} say different things of ${column} ${this.text(column).slice(0, 40)}`,
    );
  }
}

/**
 * Reads a CSV file with a header (UTF-8, commas), row by row. Names of columns are compared without regard to case; columns that
 * nobody asked for are passed over.
 *
 * @param what begins each error: the option that named the file
 * @param required columns that must be there
 * @throws UserError naming file, row and column
 */
export async function readCsv(
  path: string,
  what: string,
  required: readonly string[],
  optional: readonly string[],
  onRow: (row: CsvRow) => void,
): Promise<void> {
  const file = `${what} ${path}`;
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, info: true, max_record_size: MAX_ROW });
  let row: CsvRow | null = null;
  let rows = 0;
  // What a pipeline breaks with may be that its other parts were told to stop.
  let wrong: unknown = null;
  const take = ({ record, info }: { record: string[]; info: { lines: number } }): void => {
    if (row === null) {
      const places = new Map(record.map((name, place) => [name.toLowerCase(), place]));
      for (const name of required) {
        if (!places.has(name))
          throw new UserError(`${file}: no column ${name}; expected ${[...required, ...optional].join(', ')}`);
      }
      row = new CsvRow(file, places);
      return;
    }
    row.set(record, info.lines);
    onRow(row);
    rows++;
  };
  try {
    await pipeline(createReadStream(path), parser, async (records: AsyncIterable<unknown>) => {
      try {
        for await (const each of records) take(each as { record: string[]; info: { lines: number } });
      } catch (error) {
        wrong = error;
        throw error;
      }
    });
  } catch (broken) {
    const error = wrong ?? broken;
    throw error instanceof UserError ? error : new UserError(`${file}: ${reasonOf(error as Error)}`);
  }
  if (rows === 0) throw new UserError(`${file}: no rows`);
}

function reasonOf(error: Error): string {
  return error instanceof CsvError ? error.message : troubleOf(error);
}
