import { statSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import type { CaptureName } from '../events/capture-name.ts';
import { EventReader, EventWriter, eachRow } from '../events/codec.ts';
import type { CatpoolEvent } from '../events/event.ts';
import { boundGarbage } from '../scan/heap.ts';
import { Spool, SpoolStore } from '../scan/spool.ts';
import { nameOfRecords } from '../store/cdr/file-bytes.ts';
import type { Mapping } from '../store/cdr/mapping.ts';
import { type RecordsRead, readRecords } from '../store/cdr/read.ts';
import type { Refusal } from '../store/cdr/record-reader.ts';
import type { Store } from '../store/store.ts';

/** Bytes of events kept in memory until all of the file has been read. */
const MEMORY = 4 * 1024 * 1024;
/** What DuckDB may take for them on their way into the store; the rest waits on the disk. */
const DUCK_MEMORY = '96MB';

export interface ImportOptions {
  mapping: Mapping;
  /** Of the mapping, for messages. */
  mappingPath: string;
  feed: string;
  homeCountry: string | null;
  timeZone: string | null;
  /** Share of rows from which on nothing is imported: the mapping does not fit. */
  mostRefused: number;
  onRefusal?: (refusal: Refusal) => void;
  onProgress?: (bytesOnDisk: number) => void;
}

/** What became of a file of records. */
export interface Imported {
  outcome: 'imported' | 'in before' | 'expired' | 'refused';
  /** What it held; null where it was known before it was read. */
  read: RecordsRead | null;
  /** Refused rows by reason, the most frequent first. */
  reasons: { column: string; expected: string; rows: number }[];
}

/**
 * Puts the records of a file into a store: all of them or none, and once, however often it is given.
 *
 * @throws UserError, one line, where the file cannot be read or does not fit the mapping; the store is as it was then
 */
export async function importRecords(path: string, store: Store, options: ImportOptions): Promise<Imported> {
  const { feed, onRefusal } = options;
  const writer = store.writer(feed);
  if (await isKnown(path, store, feed)) return { outcome: 'in before', read: null, reasons: [] };
  boundGarbage();
  const spools = new SpoolStore(MEMORY);
  try {
    const spool = new Spool(spools);
    const events = new EventWriter(
      () => 0,
      (chunk) => spool.add(chunk),
    );
    const reasons = new Map<string, Imported['reasons'][number]>();
    const read = await readRecords(path, {
      ...options,
      onEvent: (event) => events.write(event),
      onRefusal: (refusal) => {
        const { column, expected } = refusal;
        const known = reasons.get(`${column}\n${expected}`);
        if (known === undefined) reasons.set(`${column}\n${expected}`, { column, expected, rows: 1 });
        else known.rows++;
        onRefusal?.(refusal);
      },
    });
    events.flush();
    const imported = { read, reasons: [...reasons.values()].sort((a, b) => b.rows - a.rows) };
    if (read.refused > options.mostRefused * read.rows) return { outcome: 'refused', ...imported };
    if (read.events === 0) throw new UserError(`${path === '-' ? 'standard input' : path}: no records in it`);
    const { result, counters } = read;
    if (store.has(result.sha256, feed)) return { outcome: 'in before', ...imported };
    const capture: CaptureName = { sha256: result.sha256 };
    await writer.duck.run(`SET memory_limit = '${DUCK_MEMORY}'`);
    boundGarbage();
    const isIn = await writer.commit({
      result,
      counters,
      events: eventsOf(spool, capture),
      // Records are whole: nothing of them goes on in the next file.
      ends: { capture, first: result.first, last: result.last, states: [], ss7: [], holders: [], bytes: [] },
    });
    return { outcome: isIn ? 'imported' : 'expired', ...imported };
  } finally {
    spools.close();
  }
}

/** Whether a file is in, where that is told without reading its records: one of its size is. */
async function isKnown(path: string, store: Store, feed: string): Promise<boolean> {
  if (path === '-') return false;
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (!store.captures({ feed }).some(({ result }) => result.diskBytes === bytes)) return false;
  return store.has(await nameOfRecords(path), feed);
}

function* eventsOf(spool: Spool, capture: CaptureName): Generator<CatpoolEvent> {
  const reader = new EventReader([capture]);
  for (const chunk of spool.read()) {
    const starts: number[] = [];
    eachRow(chunk, (start) => starts.push(start));
    for (const start of starts) yield reader.read(chunk, start);
  }
}
