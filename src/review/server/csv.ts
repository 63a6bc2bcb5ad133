import { stringify } from 'csv-stringify/sync';

/** Rows as CSV with a header. A text that a spreadsheet would take for a formula has an apostrophe before it. */
export function csvText(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  return stringify(rows as Record<string, unknown>[], {
    header: true,
    columns: [...columns],
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: (value) => (value ? 'true' : 'false') },
  });
}

/** Milliseconds since the epoch as ISO 8601. */
export function isoMs(ms: number): string {
  return new Date(ms).toISOString();
}
