import type { DuckDBDataChunk } from '@duckdb/node-api';
import { type Duck, filesTable, quote } from './duck.ts';
import { TextCodes } from './text-codes.ts';

/** Texts that features read. */
export const CODED = [
  'kind',
  'interface',
  'direction',
  'outcome',
  'released_by',
  'imsi',
  'msisdn',
  'aor',
  'counterpart',
  'imei',
  'cell',
  'classmark',
  'lu_type',
  'access',
  'endpoint',
  'contact',
  'media',
  'user_agent',
  'sdp_fingerprint',
  'header_order',
  'id_shape',
  'ussd_code',
  'forwarding',
  'feed',
  'trunk',
] as const;
export type CodedColumn = (typeof CODED)[number];

/** Numbers that features read; missing is NaN, or the smallest integer. */
const REALS = ['time', 'answer_time', 'end_time', 'setup_ms', 'ring_ms', 'talk_ms', 'latency_ms'] as const;
const INTEGERS = ['sms_length', 'expires_s', 'keep_alive_s', 'cause', 'sip_status'] as const;

/** What features read of some events, column by column; views, valid until the next are asked for. */
export interface EventColumns {
  rows: number;
  /** Seconds since the epoch where it is a time. */
  reals: Record<(typeof REALS)[number], Float64Array>;
  integers: Record<(typeof INTEGERS)[number], Int32Array>;
  /** The Via agrees 1, does not 2, is missing 0. */
  viaMismatch: Int32Array;
  /** Bits of the TMSI of a phone on the radio interface; all set where there is none. */
  tmsis: Uint32Array;
  /** The 64 bits of each event's id: low half, high half. */
  ids: Uint32Array;
  /** Numbers of texts, -1 missing. The cell as `mcc-mnc-lac-cell`, of what is known, as features name it; the trunk of SIP alone. */
  texts: Record<CodedColumn, Int32Array>;
}

/** Gives a text its number, 0 or more; asked once for each. */
export type NumberText = (text: string) => number;

const CELL = `CASE WHEN "cell" IS NULL OR contains("cell", '-') THEN "cell" ELSE concat_ws('-', mcc, mnc, lac, "cell") END`;
/** Circuits are too many, and no feature reads them. */
const TRUNK = `CASE WHEN interface = 'sip' THEN trunk END`;
const TMSI = `coalesce(CASE WHEN interface IN ('bssap', 'ranap') AND regexp_full_match(tmsi::VARCHAR, '[0-9a-f]{8}') THEN TRY_CAST('0x' || tmsi AS UINTEGER) END, 4294967295)::UINTEGER`;
const MISSING = -2_147_483_648;

/**
 * What features read of the events of files that began in [from, until), seconds: in no particular order, in memory that does not
 * grow with them. Texts come as numbers.
 */
export async function* readColumns(
  duck: Duck,
  files: readonly { path: string }[],
  from: number,
  until: number,
  numberText: NumberText,
): AsyncGenerator<EventColumns> {
  const codes = new TextCodes();
  let nothing = [0, 0];
  for await (const chunk of duck.chunks('SELECT hash(NULL::VARCHAR)')) {
    const [low, high] = wordsOf(chunk, 0);
    nothing = [low!, high!];
  }
  const texts = Object.fromEntries(
    CODED.map((name) => [name, new Int32Array(VECTOR).fill(-1)]),
  ) as EventColumns['texts'];
  if (files.length === 0) return;
  const paths = files.map(({ path }) => path);
  const coded = await columnsWithText(duck, paths);
  const selected = [
    ...REALS.map((name) => (name.endsWith('_ms') ? `coalesce(${name}, 'nan'::DOUBLE)` : secondsOf(name))),
    ...INTEGERS.map((name) => `coalesce(${name}, ${MISSING})::INTEGER`),
    'CASE WHEN via_mismatch IS NULL THEN 0 WHEN via_mismatch THEN 2 ELSE 1 END::INTEGER',
    TMSI,
    // Every id is 16 hexadecimal digits; what is none gets a digest.
    `coalesce(TRY_CAST('0x' || event_id AS UBIGINT), hash(event_id))`,
    ...coded.flatMap((name) => [`hash(${sqlOf(name)})`, sqlOf(name)]),
  ];
  const query = `SELECT ${selected.join(', ')} FROM ${filesTable(paths)} WHERE ${within(from, until)}`;
  for await (const chunk of duck.chunks(query)) {
    const rows = chunk.rowCount;
    let at = 0;
    const reals = {} as EventColumns['reals'];
    for (const name of REALS) reals[name] = itemsOf<Float64Array>(chunk, at++);
    const integers = {} as EventColumns['integers'];
    for (const name of INTEGERS) integers[name] = itemsOf<Int32Array>(chunk, at++);
    const viaMismatch = itemsOf<Int32Array>(chunk, at++);
    const tmsis = itemsOf<Uint32Array>(chunk, at++);
    const ids = wordsOf(chunk, at++);
    for (const name of coded) {
      const words = wordsOf(chunk, at);
      const column = texts[name];
      let lastLow = nothing[0]!;
      let lastHigh = nothing[1]!;
      let last = -1;
      for (let row = 0; row < rows; row++) {
        const low = words[2 * row]!;
        const high = words[2 * row + 1]!;
        if (low !== lastLow || high !== lastHigh) {
          lastLow = low;
          lastHigh = high;
          last = low === nothing[0] && high === nothing[1] ? -1 : codes.find(low, high);
          // Met for the first time: only then is the text itself looked at.
          if (last < 0 && (low !== nothing[0] || high !== nothing[1])) {
            last = numberText(chunk.getColumnVector(at + 1).getItem(row) as string);
            codes.add(low, high, last);
          }
        }
        column[row] = last;
      }
      at += 2;
    }
    yield { rows, reals, integers, viaMismatch, tmsis, ids, texts };
  }
}

/** Most rows of a chunk of DuckDB. */
const VECTOR = 2048;

/** Columns that are not missing throughout, as the files' own statistics say; where they say nothing, a column may not be. */
async function columnsWithText(duck: Duck, paths: readonly string[]): Promise<CodedColumn[]> {
  const missing = new Set<string>();
  const query = `SELECT path_in_schema FROM parquet_metadata([${paths.map(quote).join(', ')}])
    GROUP BY path_in_schema HAVING bool_and(coalesce(stats_null_count = num_values, false))`;
  for await (const chunk of duck.chunks(query)) {
    const names = chunk.getColumnVector(0);
    for (let row = 0; row < chunk.rowCount; row++) missing.add(names.getItem(row) as string);
  }
  return CODED.filter((name) => !missing.has(name));
}

function sqlOf(name: CodedColumn): string {
  return name === 'cell' ? CELL : name === 'trunk' ? TRUNK : `"${name}"`;
}

/** SQL for events that began in [from, until), seconds. */
export function within(from: number, until: number): string {
  const parts = ['true'];
  if (Number.isFinite(from)) parts.push(`time >= ${nanosecondsOf(from)}`);
  if (Number.isFinite(until)) parts.push(`time < ${nanosecondsOf(until)}`);
  return parts.join(' AND ');
}

function nanosecondsOf(seconds: number): string {
  const whole = Math.floor(seconds);
  return String(BigInt(whole) * 1_000_000_000n + BigInt(Math.round((seconds - whole) * 1e9)));
}

/** The same double that whole seconds and nanoseconds give elsewhere. */
function secondsOf(name: string): string {
  return `coalesce((${name} // 1000000000)::DOUBLE + (${name} % 1000000000)::DOUBLE / 1e9, 'nan'::DOUBLE)`;
}

/** A column's numbers; it has no missing ones. */
function itemsOf<T>(chunk: DuckDBDataChunk, column: number): T {
  return (chunk.getColumnVector(column) as unknown as { items: T }).items;
}

/** A column of 64-bit numbers as halves, the low one first. */
function wordsOf(chunk: DuckDBDataChunk, column: number): Uint32Array {
  const { buffer, byteOffset, length } = itemsOf<BigUint64Array>(chunk, column);
  return new Uint32Array(buffer, byteOffset, 2 * length);
}
