import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EVENT_COLUMNS, type EventColumn } from '../../src/events/event.ts';
import type { CaptureEntry, LakeFile } from '../../src/store/commit.ts';
import { Disk } from '../../src/store/disk.ts';
import { Duck } from '../../src/store/duck.ts';
import { packEnds } from '../../src/store/ends.ts';
import { copy, SQL_COLUMNS, SQL_TYPES } from '../../src/store/event-batch.ts';
import type { Store } from '../../src/store/store.ts';

const HOUR = 3600;
/** Monday, 2026-01-05 00:00 UTC, seconds since the epoch. */
export const START = 1_767_571_200;
/** Lines of boxes, 32 in each. */
const BOX_LINES = 640;

/** Columns of an event with what they hold, in terms of `u` and `v` (evenly in [0, 1)), `line`, `boxed`, `i` and `t` (nanoseconds). */
const COLUMNS: Record<string, string> = {
  kind: `CASE WHEN boxed AND u < .8 OR u < .4 THEN 'leg' WHEN u < .5 THEN 'sms' WHEN u < .75 THEN 'presence' WHEN u < .9 THEN 'registration' WHEN u < .95 THEN 'auth' WHEN u < .97 THEN 'device' ELSE 'handover' END`,
  feed: `'bench'`,
  interface: `CASE WHEN u >= .75 AND u < .9 THEN 'sip' WHEN u < .2 THEN 'sip' WHEN u < .3 THEN 'cap' ELSE 'bssap' END`,
  direction: `CASE WHEN u >= .5 AND NOT boxed THEN NULL WHEN boxed OR v < .5 THEN 'originating' ELSE 'terminating' END`,
  imsi: `'46000' || lpad(line::VARCHAR, 10, '0')`,
  msisdn: `'86138' || lpad(line::VARCHAR, 8, '0')`,
  counterpart: `CASE WHEN u < .5 OR boxed THEN '86138' || lpad((CASE WHEN boxed THEN hash(i, 3) % LINES ELSE (line * 31 + (power(v * 97 % 1, 3) * 20)::BIGINT * 7919) % LINES END)::VARCHAR, 8, '0') END`,
  answer_time: `CASE WHEN u < .3 THEN t + 6000000000 END`,
  end_time: `CASE WHEN u < .4 THEN t + ((8 + 240 * v * v) * 1e9)::BIGINT END`,
  setup_ms: `CASE WHEN u < .4 THEN 400 + 900 * v END`,
  ring_ms: `CASE WHEN u < .4 THEN 5000 * v END`,
  talk_ms: `CASE WHEN u < .3 THEN 2000 + 240000 * v * v END`,
  outcome: `CASE WHEN u < .3 THEN 'answered' WHEN u < .36 THEN 'no_answer' WHEN u < .4 THEN 'busy' WHEN u < .5 THEN 'delivered' WHEN u >= .75 AND u < .9 THEN 'registered' END`,
  cause: `CASE WHEN u < .3 THEN 16 WHEN u < .36 THEN 19 WHEN u < .4 THEN 17 END`,
  released_by: `CASE WHEN u < .3 THEN CASE WHEN v < .6 THEN 'caller' ELSE 'called' END END`,
  mcc: `'460'`,
  mnc: `'00'`,
  lac: `6000 + (place // 200)`,
  cell: `CASE WHEN boxed THEN 1000 + line // 32 ELSE place END::VARCHAR`,
  lu_type: `CASE WHEN u >= .5 AND u < .75 THEN CASE WHEN v < .7 THEN 'periodic' ELSE 'normal' END END`,
  imei: `CASE WHEN boxed THEN '35693803' || lpad((line // 32 * 1000 + hash(line, i // 4000) % 200)::VARCHAR, 6, '0') ELSE (86000000 + line % 3000)::VARCHAR || lpad((line % 999983)::VARCHAR, 6, '0') END`,
  classmark: `'33' || (line % 40)::VARCHAR`,
  sms_length: `CASE WHEN u >= .4 AND u < .5 THEN (20 + 140 * v)::INTEGER END`,
  endpoint: `CASE WHEN u < .2 OR u >= .75 AND u < .9 THEN '10.' || (line % 200)::VARCHAR || '.' || (line // 200 % 250)::VARCHAR || '.' || (line % 250)::VARCHAR || ':5060' END`,
  user_agent: `CASE WHEN u < .2 OR u >= .75 AND u < .9 THEN 'agent ' || (line % 300)::VARCHAR END`,
  header_order: `CASE WHEN u < .2 THEN 'order' || (line % 60)::VARCHAR END`,
  expires_s: `CASE WHEN u >= .75 AND u < .9 THEN 3600 END`,
  event_id: `format('{:016x}', hash(i, 7))`,
};

export interface WindowSize {
  events: number;
  lines: number;
  hours: number;
  /** Hour of the first events since {@link START}. */
  firstHour?: number;
}

/**
 * Puts events of so many hours into a store, a capture and a file an hour, as its writer does: made by DuckDB, for a program that
 * makes them one by one would take longer than all that is measured. Shares of kinds and skew of lines are those of a mixed network.
 */
export async function fillWindow(store: Store, { events, lines, hours, firstHour = 0 }: WindowSize): Promise<void> {
  const writer = store.writer('bench');
  const disk = new Disk();
  const duck = new Duck(2);
  const each = Math.ceil(events / hours);
  const captures: CaptureEntry[] = [];
  const files: LakeFile[] = [];
  for (let hour = firstHour; hour < firstHour + hours; hour++) {
    const from = START + hour * HOUR;
    const sha256 = createHash('sha256').update(`bench ${hour}`).digest('hex');
    const day = new Date(from * 1000).toISOString().slice(0, 10);
    const name = writer.fileName(day, sha256);
    const values: Record<string, string> = {
      ...COLUMNS,
      time: 't',
      first_capture: `'${sha256}'`,
      first_frame: 'i',
      last_capture: `'${sha256}'`,
      last_frame: 'i + 3',
    };
    const selected = SQL_COLUMNS.split(', ').map((column) => {
      const name = column.replaceAll('"', '') as EventColumn;
      return `(${(values[name] ?? 'NULL').replaceAll('LINES', String(lines))})::${SQL_TYPES[EVENT_COLUMNS[name]]} AS ${column}`;
    });
    const rows = `SELECT i, (hash(i, 1) % 1000003) / 1000003.0 AS u, (hash(i, 2) % 1000003) / 1000003.0 AS v FROM range(${hour * each}, ${(hour + 1) * each}) AS r(i)`;
    // One line in 300 or so is busier than the others, those of boxes most of all.
    const who = `SELECT *, CASE WHEN hash(i, 4) % 50 = 0 THEN hash(i, 5) % ${Math.min(BOX_LINES, lines)} ELSE (power((hash(i, 6) % 1000003) / 1000003.0, 1.5) * ${lines})::BIGINT % ${lines} END::BIGINT AS line FROM (${rows})`;
    const where = `SELECT *, line < ${BOX_LINES} AS boxed, 2000 + (line * 17 + (v * 4)::BIGINT) % 8000 AS place, ${from}::BIGINT * 1000000000 + ((i - ${hour * each}) * ${HOUR}::DOUBLE / ${each} * 1e9)::BIGINT AS t FROM (${who})`;
    const path = join(store.root, name);
    disk.folder(join(path, '..'));
    await disk.make(path, (part) =>
      copy(duck, `SELECT ${selected.join(', ')} FROM (${where}) ORDER BY time, event_id`, part),
    );
    const bytes = disk.size(path);
    const until = from + HOUR;
    files.push({ name, kind: 'own', rows: each, bytes, first: from, last: until, from: null, to: null });
    captures.push({
      result: {
        path: `bench-${hour}.pcap`,
        sha256,
        format: 'pcap',
        compression: 'none',
        packets: 8 * each,
        bytes: 4000 * each,
        diskBytes: 4000 * each,
        first: { s: from, ns: 0 },
        last: { s: until - 1, ns: 0 },
        stop: null,
        cutPackets: 0,
      },
      events: each,
      counters: { packets: {}, messages: {}, anomalies: {}, dropped: {}, encrypted: {} },
      ends: `${sha256}.ends.gz`,
      rest: `${sha256}.bench.rest.gz`,
    });
    // Nothing is open at its end.
    const capture = { sha256 };
    const time = { s: until - 1, ns: 0 };
    const ends = { capture, first: { s: from, ns: 0 }, last: time, states: [], ss7: [], holders: [], bytes: [] };
    for (const kind of ['ends', 'bench.rest'])
      disk.write(join(store.root, 'commits/bench', `${sha256}.${kind}.gz`), packEnds(ends, null).data);
  }
  disk.sync();
  await duck.close();
  writer.publish(firstHour === 0 ? 'bench.json' : `bench-${firstHour}.json`, { captures, files });
}
