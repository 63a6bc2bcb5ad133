import { UserError } from '../../base/errors.ts';
import { type Duck, filesTable } from '../duck.ts';
import type { Column, Row } from './record-reader.ts';

/** How a column of Parquet is read, by the beginning of its type in DuckDB; every other as its text. */
const FORMS: readonly (readonly [type: string, form: Column['form'], sql: (name: string) => string])[] = [
  ['TIMESTAMP WITH TIME ZONE', 'instant', (name) => `epoch_ns(${name})::VARCHAR`],
  ['TIMESTAMP', 'local', (name) => `${name}::VARCHAR`],
];

/**
 * Reads Parquet, row group by row group.
 *
 * @param needed names of the columns that are read of those the file has
 * @param onHeader given the columns before the first row; returns who is given the rows, with their numbers from 1 on
 * @throws UserError, one line, where the file is damaged, or what `onHeader` throws
 */
export async function readParquet(
  path: string,
  duck: Duck,
  needed: ReadonlySet<string>,
  onHeader: (columns: Column[]) => (row: Row, number: number) => void,
): Promise<void> {
  const table = filesTable([path]);
  const columns: Column[] = [];
  const selected: string[] = [];
  for await (const chunk of chunksOf(path, duck, `DESCRIBE SELECT * FROM ${table}`)) {
    const [names, types] = [chunk.getColumnValues(0), chunk.getColumnValues(1)] as [string[], string[]];
    for (const [index, name] of names.entries()) {
      const [, form, sql] = FORMS.find(([type]) => types[index]!.startsWith(type)) ?? [null, 'text' as const, asText];
      columns.push({ name, form });
      selected.push(needed.has(name) ? sql(`"${name.replaceAll('"', '""')}"`) : 'NULL::VARCHAR');
    }
  }
  const onRow = onHeader(columns);
  let number = 0;
  for await (const chunk of chunksOf(path, duck, `SELECT ${selected.join(', ')} FROM ${table}`)) {
    for (const row of chunk.getRows() as Row[]) onRow(row, ++number);
  }
}

function asText(name: string): string {
  return `${name}::VARCHAR`;
}

async function* chunksOf(path: string, duck: Duck, sql: string) {
  try {
    yield* duck.chunks(sql);
  } catch (error) {
    if (error instanceof UserError && !/Parquet file/.test(error.message))
      throw new UserError(`${path}: damaged Parquet file: ${error.message.replace(/^store: /, '')}`);
    throw error;
  }
}
