import type { PacketTime } from '../base/time.ts';
import { type CatpoolEvent, EVENT_COLUMNS, type EventColumn } from '../events/event.ts';
import { within } from './columns.ts';
import type { LakeFile } from './commit.ts';
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

/** A file of events of one day: as {@link LakeFile}, with its path. */
export type EventFile = Pick<LakeFile, 'rows' | 'first' | 'last'> & { path: string };

/** Rows that are sorted at once, as far as they are spread evenly over the span of their file. */
const SLICE_ROWS = 65_536;

/**
 * Events of the files of a day by time, then event_id, each with the name of its file: sorted one slice of time after the other, so that
 * a long day takes no more memory than a short one.
 */
export async function* readEvents(
  duck: Duck,
  files: readonly EventFile[],
  filter: RowFilter,
): AsyncGenerator<{ event: CatpoolEvent; path: string }> {
  const edges = edgesOf(files, filter);
  for (let slice = 1; slice < edges.length; slice++) {
    const [from, until] = [edges[slice - 1]!, edges[slice]!];
    const paths = files.filter(({ first, last }) => last >= from && first < until).map(({ path }) => path);
    if (paths.length > 0) yield* sorted(duck, paths, { ...filter, from, until });
  }
}

/** Times between which there are about as many rows as are sorted at once. Those that name one line are few. */
function edgesOf(files: readonly EventFile[], { from, until, line }: RowFilter): number[] {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const slices = line === null ? Math.ceil(rows / SLICE_ROWS) : 1;
  const first = Math.min(...files.map((file) => file.first));
  const last = Math.max(...files.map((file) => file.last));
  const edges = [from];
  for (let slice = 1; slice < slices; slice++) {
    const edge = Math.floor(first + ((last - first) * slice) / slices);
    if (edge > edges.at(-1)! && edge < until) edges.push(edge);
  }
  return [...edges, until];
}

async function* sorted(
  duck: Duck,
  paths: readonly string[],
  { from, until, line }: RowFilter,
): AsyncGenerator<{ event: CatpoolEvent; path: string }> {
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
