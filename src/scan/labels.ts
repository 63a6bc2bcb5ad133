import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { troubleOf, UserError } from '../base/errors.ts';
import { readTime } from '../base/time.ts';

/** One row of a labels file: what a line was from one time on, before another. */
export interface Label {
  line: string;
  /** Seconds since the epoch; -Infinity and Infinity where the file leaves them empty. */
  from: number;
  until: number;
  gateway: boolean;
  /** Name of the box; empty where unknown. */
  box: string;
  difficulty: string;
  weight: number;
  /** What kind of ordinary line it is (`call centre`), as whoever labelled it names it; empty where unknown. */
  kind: string;
}

const COLUMNS = ['line', 'from', 'until', 'label', 'gateway', 'difficulty', 'weight', 'kind'];

/**
 * Reads a labels file: CSV with a header, columns line, from, until (ISO 8601; a date alone is its midnight UTC), label (gateway or
 * ordinary), gateway, difficulty, weight, kind; all but line and label may be empty or left out.
 *
 * @throws UserError naming the file, the row and the column, or two rows that contradict each other
 */
export function readLabels(path: string): Label[] {
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(readFileSync(path), { columns: true, skip_empty_lines: true, trim: true, bom: true, info: true });
  } catch (error) {
    throw new UserError(`labels ${path}: ${troubleOf(error)}`);
  }
  if (rows.length === 0) throw new UserError(`labels ${path}: no rows`);
  for (const name of ['line', 'label']) {
    if (!(name in rows[0]!.record))
      throw new UserError(`labels ${path}: no column ${name}; expected ${COLUMNS.join(', ')}`);
  }
  // By lines of the file: rows stand apart where some are empty.
  const places = rows.map(({ info }) => info.lines);
  const labels = rows.map(({ record: row }, index) => {
    const wrong = (column: string, expected: string): UserError =>
      new UserError(
        `labels ${path}: row ${places[index]}, ${column}: expected ${expected}, got ${row[column] === '' ? 'nothing' : row[column]}`,
      );
    const time = (column: 'from' | 'until', open: number): number => {
      const text = row[column] ?? '';
      if (text === '') return open;
      const read = readTime(text);
      if (typeof read === 'string') throw wrong(column, read);
      return read;
    };
    const line = row.line ?? '';
    if (line === '') throw wrong('line', 'the name of a line');
    if (row.label !== 'gateway' && row.label !== 'ordinary') throw wrong('label', 'gateway or ordinary');
    const weight = row.weight === undefined || row.weight === '' ? 1 : Number(row.weight);
    if (!(weight > 0 && Number.isFinite(weight))) throw wrong('weight', 'a number above 0');
    const from = time('from', Number.NEGATIVE_INFINITY);
    const until = time('until', Number.POSITIVE_INFINITY);
    if (from >= until) throw wrong('until', 'a time after from');
    return {
      line,
      from,
      until,
      gateway: row.label === 'gateway',
      box: row.gateway ?? '',
      difficulty: row.difficulty ?? '',
      weight,
      kind: row.kind ?? '',
    };
  });
  refuseContradiction(path, labels, places);
  return labels;
}

/** A later row may say more of a part of the time; of the very same time it cannot say the opposite. */
function refuseContradiction(path: string, labels: readonly Label[], places: readonly number[]): void {
  const rows = new Map<string, number>();
  for (const [index, { line, from, until, gateway }] of labels.entries()) {
    const known = rows.get(`${line} ${from} ${until}`);
    if (known !== undefined && labels[known]!.gateway !== gateway)
      throw new UserError(
        `labels ${path}: rows ${places[known]} and ${places[index]} call ${line} gateway and ordinary`,
      );
    rows.set(`${line} ${from} ${until}`, index);
  }
}
