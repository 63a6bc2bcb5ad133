import type { PacketTime } from '../base/time.ts';
import { type CatpoolEvent, EVENT_COLUMNS, type EventColumn } from '../events/event.ts';
import { within } from './columns.ts';
import { type Duck, filesTable, quote } from './duck.ts';
import { SQL_COLUMNS } from './event-batch.ts';

const COLUMNS = Object.keys(EVENT_COLUMNS) as EventColumn[];
/** Columns that name a line or its counterpart. */
const NAMES = ['imsi', 'msisdn', 'aor', 'counterpart'] as const;

export interface RowFilter {
  /** Began in [from, until), seconds since the epoch. */
  from: number;
  until: number;
  /** Texts, one of which names the line or its counterpart; null: all lines. */
  line: readonly string[] | null;
}

/** Events of files by time, then event_id, each with the name of its file. DuckDB sorts them, out of core. */
export async function* readEvents(
  duck: Duck,
  paths: readonly string[],
  { from, until, line }: RowFilter,
): AsyncGenerator<{ event: CatpoolEvent; path: string }> {
  if (paths.length === 0) return;
  const names = line === null ? '' : line.map(quote).join(', ');
  const who = line === null ? 'true' : `(${NAMES.map((name) => `"${name}" IN (${names})`).join(' OR ')})`;
  const query = `SELECT ${SQL_COLUMNS}, filename FROM ${filesTable(paths, ', filename = true')} WHERE ${within(from, until)} AND ${who} ORDER BY time, event_id`;
  for await (const chunk of duck.chunks(query)) {
    const values = chunk.getColumns();
    const path = values[COLUMNS.length]!;
    for (let row = 0; row < chunk.rowCount; row++) {
      const event: Record<string, unknown> = {};
      for (let i = 0; i < COLUMNS.length; i++) event[COLUMNS[i]!] = readValue(COLUMNS[i]!, values[i]![row]);
      yield { event: event as unknown as CatpoolEvent, path: path[row] as string };
    }
  }
}

function readValue(name: EventColumn, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (name === 'first_capture' || name === 'last_capture') return { sha256: value };
  const type = EVENT_COLUMNS[name];
  if (type === 'integer') return Number(value);
  return type === 'time' ? timeOf(value as bigint) : value;
}

function timeOf(value: bigint): PacketTime {
  return { s: Number(value / 1_000_000_000n), ns: Number(value % 1_000_000_000n) };
}
