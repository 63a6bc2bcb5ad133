import { add, Counters } from '../../base/counters.ts';
import { NumberPlan } from '../../base/numbers.ts';
import { compareTime, type PacketTime } from '../../base/time.ts';
import type { CaptureResult } from '../../capture/read.ts';
import type { CaptureName } from '../../events/capture-name.ts';
import type { CatpoolEvent } from '../../events/event.ts';
import { Duck } from '../duck.ts';
import { readCsv } from './csv-rows.ts';
import { digestOf, isParquetFile, RecordBytes } from './file-bytes.ts';
import { zoneOf } from './local-time.ts';
import { FIELDS, type Field, type Mapping, typesOf } from './mapping.ts';
import { readParquet } from './parquet-rows.ts';
import { type Column, RecordReader, type Refusal, type Row } from './record-reader.ts';

export interface RecordOptions {
  mapping: Mapping;
  /** Of the mapping, for messages. */
  mappingPath: string;
  feed: string;
  homeCountry: string | null;
  /** Local time of times without an offset, instead of the mapping's; null: the mapping's. */
  timeZone: string | null;
  onEvent: (event: CatpoolEvent) => void;
  onRefusal: (refusal: Refusal) => void;
  onProgress?: (bytesOnDisk: number) => void;
}

/** What a file of records held. */
export interface RecordsRead {
  /** The file as a capture: rows as packets. */
  result: CaptureResult;
  counters: Counters;
  rows: number;
  events: number;
  refused: number;
  /** Rows of types that the mapping leaves out. */
  skipped: number;
  /** Times that the clocks showed twice, the earlier taken. */
  twice: number;
}

/**
 * Reads a file of call and location records, CSV (plain, gzip, zstd, or `-` for standard input) or Parquet, in one pass and in memory
 * that does not depend on its size.
 *
 * @throws UserError, one line: no such file, cut, neither CSV nor Parquet, columns that the mapping names and the file lacks
 */
export async function readRecords(path: string, options: RecordOptions): Promise<RecordsRead> {
  const { mapping, mappingPath, feed, homeCountry, timeZone, onEvent, onRefusal } = options;
  const zone = timeZone ?? mapping.time_zone ?? null;
  const capture: CaptureName = { sha256: '' };
  const context = {
    feed,
    plan: new NumberPlan(homeCountry),
    zone: zone === null ? null : zoneOf(zone),
    capture,
  };
  const tally = { rows: 0, events: 0, refused: 0, skipped: 0 };
  const span = new Span();
  let reader: RecordReader | null = null;
  const begin = (columns: Column[]) => {
    const records = new RecordReader(mapping, mappingPath, columns, context);
    reader = records;
    return (row: Row, number: number): void => {
      tally.rows++;
      const read = records.read(row, number);
      if (read === null) {
        tally.skipped++;
      } else if ('kind' in read) {
        tally.events++;
        span.take(read.time, read.end_time);
        onEvent(read);
      } else {
        tally.refused++;
        onRefusal(read);
      }
    };
  };
  const isParquet = await isParquetFile(path);
  const bytes = new RecordBytes(path, isParquet, options.onProgress);
  if (isParquet) {
    const duck = new Duck(1);
    try {
      await readParquet(path, duck, neededOf(mapping), begin);
    } finally {
      await duck.close();
    }
    capture.sha256 = await digestOf(bytes);
  } else {
    await readCsv(bytes, mapping.file, (names) => begin(names.map((name) => ({ name, form: 'text' }))));
    capture.sha256 = bytes.digest();
  }
  const counters = new Counters();
  add(counters.messages, 'record', tally.rows);
  if (tally.refused > 0) add(counters.anomalies, 'record refused', tally.refused);
  return {
    result: {
      path,
      sha256: capture.sha256,
      format: `records, ${isParquet ? 'Parquet' : 'CSV'}`,
      compression: bytes.compression,
      packets: tally.rows,
      bytes: bytes.bytes,
      diskBytes: bytes.diskBytes,
      first: span.first,
      last: span.last,
      stop: null,
      cutPackets: 0,
    },
    counters,
    ...tally,
    twice: (reader as RecordReader | null)?.twice ?? 0,
  };
}

/** Names of the columns that a mapping reads. */
function neededOf(mapping: Mapping): Set<string> {
  const names = new Set<string>();
  if ('types' in mapping.records) names.add(mapping.records.column);
  for (const columns of [mapping.columns, ...typesOf(mapping).map(([, type]) => type.columns)]) {
    for (const field of Object.keys(FIELDS) as Field[]) {
      const spec = columns[field];
      if (spec === undefined || !('column' in spec)) continue;
      for (const name of [spec.column].flat() as string[]) names.add(name);
    }
  }
  return names;
}

/** From the earliest beginning to the latest end. */
class Span {
  first: PacketTime | null = null;
  last: PacketTime | null = null;

  take(begin: PacketTime, end: PacketTime | null): void {
    if (this.first === null || compareTime(begin.s, begin.ns, this.first.s, this.first.ns) < 0) this.first = begin;
    for (const time of [begin, end]) {
      if (time === null) continue;
      if (this.last === null || compareTime(time.s, time.ns, this.last.s, this.last.ns) > 0) this.last = time;
    }
  }
}
