import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a file of rows with commas, its names first. */
export function writeCsv(folder: string, name: string, rows: readonly (readonly (string | number)[])[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${row.join(',')}\n`).join(''));
  return path;
}

/** A mapping of `line,other,way,began,talked`, with what else is given. */
export function simpleMapping(over: { file?: string; head?: string; columns?: string } = {}): string {
  return `
schema: catpool.cdr-mapping/1
interface: bssap
time_zone: Asia/Shanghai
${over.head ?? ''}
file: { ${over.file ?? ''} }
records:
  column: way
  types:
    out: { kind: leg, direction: originating }
    in: { kind: leg, direction: terminating }
columns:
  line: line
  counterpart: other
  time: { column: began, format: yyyy-MM-dd HH:mm:ss }
  duration: talked
${over.columns ?? ''}
`;
}
