import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { AlertFrame, AlertKind, Finding } from './alert.ts';
import type { Document, DocumentKind } from './document.ts';
import { appendDurably, type DiskCalls, PART, privateFolder, readPiece, syncFolder, systemWords } from './files.ts';
import { eachJournalLine, journalLine, readJournalLine } from './journal.ts';
import { lockFolder, unlockFolder } from './lock.ts';
import { begun, outboxKey, readProgress, type SinkProgress, writeProgress } from './progress.ts';

/*
 * The folder of an outbox, for its user alone:
 *
 *   queue-000000000001.jsonl    alerts and documents in the order they were taken, one a line; a new file begins where one is
 *                               large enough
 *   progress.json               how far each sink has come, and what it has counted
 *   windows.jsonl               which subjects were told when (see windows.ts)
 *   documents.jsonl             which documents were posted when, in the same form
 *   dead.jsonl                  what a receiver refused, and why (see dead.ts)
 *   key                         of the ids of alerts
 *   lock                        of the process that delivers
 *
 * An entry is taken when its line is on the disk. A file goes when every sink is past it.
 */
const SEGMENT = /^queue-(\d{12})\.jsonl$/;
const SEGMENT_BYTES = 1024 * 1024;
/** At least so many files make up the largest outbox, so that dropping the oldest drops little. */
const SEGMENTS = 8;

/** What is taken for delivery. */
export type Item =
  | { frame: AlertFrame; finding: Finding }
  | {
      /** When it was posted, ISO 8601 UTC. */
      posted: string;
      document: Document;
    };

/** One item as it lies in the queue. */
export type Entry = {
  /** Place in the order of all items, from 1; never used twice. */
  sequence: number;
} & Item;

export type EntryKind = AlertKind | DocumentKind;

export interface QueueOptions {
  folder: string;
  /** Names of the sinks and the kinds each is to get. One that was not there before gets what is taken from now on. */
  sinks: ReadonlyMap<string, ReadonlySet<EntryKind>>;
  /** Largest size of all items together, bytes; beyond it the oldest are dropped. */
  maxBytes: number;
  calls: DiskCalls;
  /** Told of each item that is dropped before a sink had it. */
  dropped: (sink: string, entry: Entry) => void;
}

interface Segment {
  path: string;
  /** Sequence its name says it begins with, and of its last entry. */
  first: number;
  last: number;
  bytes: number;
}

interface Place {
  sequence: number;
  kind: EntryKind;
  /** When it was taken, milliseconds since the epoch. */
  taken: number;
  segment: Segment;
  offset: number;
  length: number;
}

/** Items on their way to sinks, kept on disk until each sink has them. */
export class Queue {
  /** Of the ids of alerts: 32 random bytes, made once. */
  readonly key: Buffer;
  /** Lines that could not be read back: cut by a crash, or changed by the disk. */
  damaged = 0;
  private readonly options: QueueOptions;
  private readonly folder: string;
  private readonly calls: DiskCalls;
  private readonly sinks: Map<string, SinkProgress>;
  private segments: Segment[] = [];
  private places: Place[] = [];
  private next = 1;
  /** File that is appended to: always one that this object began, so never one with a torn end. */
  private current: { file: number; segment: Segment } | null = null;
  private unsynced = false;

  /** @throws UserError where the folder cannot be used, is in use by another process, or comes from a newer version */
  constructor(options: QueueOptions) {
    this.options = options;
    this.folder = options.folder;
    this.calls = options.calls;
    privateFolder(this.folder);
    lockFolder(join(this.folder, 'lock'));
    try {
      for (const name of readdirSync(this.folder)) if (name.endsWith(PART)) rmSync(join(this.folder, name));
      const { sinks: known, damaged } = readProgress(this.folder);
      if (damaged) this.damaged++;
      this.key = outboxKey(this.folder, this.calls);
      this.readSegments();
      for (const { after } of known.values()) this.next = Math.max(this.next, after + 1);
      this.sinks = new Map([...options.sinks.keys()].map((name) => [name, known.get(name) ?? begun(this.next - 1)]));
      // What was known of all sinks was lost with the file: each gets everything again, under the same ids.
      if (known.size === 0) for (const sink of this.sinks.values()) sink.after = 0;
      this.writeProgress(true);
      this.release();
    } catch (error) {
      unlockFolder(join(this.folder, 'lock'));
      throw error instanceof UserError ? error : new UserError(`cannot read ${this.folder}: ${systemWords(error)}`);
    }
  }

  /** Every entry that is still there, oldest first. */
  *entries(): Generator<Entry> {
    for (const place of this.places) {
      const entry = this.read(place);
      if (entry !== null) yield entry;
    }
  }

  /**
   * Takes items: when it returns they are on the disk. All or none of them.
   *
   * @throws UserError where they could not be written
   */
  append(items: readonly Item[]): void {
    if (items.length === 0) return;
    const entries = items.map((item, index): Entry => ({ sequence: this.next + index, ...item }));
    const lines = entries.map((entry) => Buffer.from(journalLine(entry)));
    const data = Buffer.concat(lines);
    const segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(this.options.maxBytes / SEGMENTS));
    if (this.current !== null && this.current.segment.bytes + data.length > segmentBytes) this.closeCurrent();
    let segment: Segment;
    try {
      segment = this.write(data);
    } catch (error) {
      this.closeCurrent();
      throw new UserError(`cannot write ${this.folder}: ${systemWords(error)}: what was to be delivered was not taken`);
    }
    let offset = segment.bytes;
    for (const [index, entry] of entries.entries()) {
      const { length } = lines[index]!;
      this.places.push({ ...placeOf(entry), segment, offset, length });
      offset += length;
    }
    segment.bytes = offset;
    this.next += entries.length;
    segment.last = this.next - 1;
  }

  /** Drops the oldest items beyond the largest size, counted for each sink that did not have them yet. */
  trim(): void {
    while (this.bytes > this.options.maxBytes && this.segments.length > 1) {
      const { last } = this.segments[0]!;
      for (const [name, sink] of this.sinks) {
        for (const place of this.waiting(name)) {
          if (place.sequence > last) break;
          const entry = this.read(place);
          if (entry !== null) {
            this.options.dropped(name, entry);
            sink.dropped++;
          }
          sink.after = place.sequence;
        }
        sink.after = Math.max(sink.after, last);
      }
      this.unsynced = true;
      this.release();
    }
  }

  /** The oldest items, `most` of them, that a sink wants and does not have yet. @throws UserError where they cannot be read now */
  pending(sink: string, most: number): Entry[] {
    const entries: Entry[] = [];
    for (const place of this.waiting(sink)) {
      const entry = this.read(place);
      if (entry === null) this.places = this.places.filter((other) => other !== place);
      else entries.push(entry);
      if (entries.length === most) break;
    }
    return entries;
  }

  /** Notes that a sink is done with everything up to `sequence`: with `sent` items that it has, and `dead` ones that it will not take. */
  settle(sink: string, sequence: number, count: { sent?: number; dead?: number }): void {
    const progress = this.progress(sink);
    const sent = count.sent ?? 0;
    const dead = count.dead ?? 0;
    progress.sent += sent;
    progress.dead += dead;
    // Dropped while they were on their way.
    if (sequence <= progress.after) progress.dropped -= Math.min(progress.dropped, sent + dead);
    progress.after = Math.max(progress.after, sequence);
    try {
      this.writeProgress(false);
    } finally {
      this.release();
    }
  }

  /** Puts the progress on the disk itself, which {@link settle} leaves to the system. */
  sync(): void {
    for (const [name, progress] of this.sinks) {
      // Past what it does not want, so that the files of that can go.
      if (this.queued(name) === 0 && progress.after < this.next - 1) {
        progress.after = this.next - 1;
        this.unsynced = true;
      }
    }
    if (this.unsynced) this.writeProgress(true);
    this.release();
  }

  /** Items that a sink does not have yet. */
  queued(sink: string): number {
    let count = 0;
    for (const _ of this.waiting(sink)) count++;
    return count;
  }

  /** When the oldest of them was taken, milliseconds since the epoch; null where there is none. */
  oldest(sink: string): number | null {
    for (const { taken } of this.waiting(sink)) return taken;
    return null;
  }

  /** How far a sink has come. */
  progress(sink: string): SinkProgress {
    return this.sinks.get(sink)!;
  }

  /** Bytes of all items that are kept. */
  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  close(): void {
    this.closeCurrent();
    try {
      this.sync();
    } finally {
      unlockFolder(join(this.folder, 'lock'));
    }
  }

  private write(data: Buffer): Segment {
    const begun = this.current === null;
    const current = (this.current ??= this.begin());
    appendDurably(current.file, data, this.calls, () => undefined);
    if (begun) {
      syncFolder(this.folder, this.calls);
      this.segments.push(current.segment);
    }
    return current.segment;
  }

  private begin(): { file: number; segment: Segment } {
    const path = join(this.folder, `queue-${String(this.next).padStart(12, '0')}.jsonl`);
    // What lies there without an entry of ours was never taken.
    const file = openSync(path, 'w', 0o600);
    return { file, segment: { path, first: this.next, last: this.next - 1, bytes: 0 } };
  }

  private closeCurrent(): void {
    if (this.current !== null) closeSync(this.current.file);
    this.current = null;
  }

  /** Removes the files that every sink is past: also where that could not be noted, since it only says again what is gone. */
  private release(): void {
    const done = Math.min(this.next - 1, ...[...this.sinks.values()].map(({ after }) => after));
    if (this.segments.length === 0 || this.segments[0]!.last > done) return;
    const gone = this.segments.filter((segment) => segment.last <= done && segment !== this.current?.segment);
    if (gone.length === 0) return;
    for (const { path } of gone) rmSync(path, { force: true });
    this.segments = this.segments.filter((segment) => !gone.includes(segment));
    this.places = this.places.filter(({ segment }) => !gone.includes(segment));
  }

  /** Where the items lie that a sink wants and does not have yet, oldest first. */
  private *waiting(sink: string): Generator<Place> {
    const { places } = this;
    const wanted = this.options.sinks.get(sink)!;
    for (let at = this.firstAfter(this.progress(sink).after); at < places.length; at++) {
      if (wanted.has(places[at]!.kind)) yield places[at]!;
    }
  }

  /** Index of the first place after `sequence`. */
  private firstAfter(sequence: number): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.places[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @throws UserError where the file cannot be read now */
  private read(place: Place): Entry | null {
    try {
      const line = readPiece(place.segment.path, place.offset, place.length).toString('utf8');
      const entry = readJournalLine(line.slice(0, -1)) as Entry | undefined;
      if (entry?.sequence === place.sequence) return entry;
    } catch (error) {
      // A file that is gone is the same to us as a damaged line; one that cannot be read now is read another time.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw new UserError(`cannot read ${place.segment.path}: ${systemWords(error)}`);
      }
    }
    this.damaged++;
    return null;
  }

  private readSegments(): void {
    const names = readdirSync(this.folder)
      .filter((name) => SEGMENT.test(name))
      .sort();
    for (const name of names) {
      const path = join(this.folder, name);
      const data = readFileSync(path);
      if (data.length === 0) {
        rmSync(path);
        continue;
      }
      const first = Number(SEGMENT.exec(name)![1]);
      const segment: Segment = { path, first, last: first - 1, bytes: data.length };
      let lines = 0;
      eachJournalLine(data, (value, offset, length) => {
        lines++;
        const entry = value as Entry | undefined;
        if (entry === undefined) this.damaged++;
        else {
          this.places.push({ ...placeOf(entry), segment, offset, length });
          segment.last = entry.sequence;
        }
      });
      // A damaged line had a sequence too, and a sink may have come to it before it was damaged.
      segment.last = Math.max(segment.last, first + lines - 1);
      this.next = Math.max(this.next, segment.last + 1);
      this.segments.push(segment);
    }
    this.places.sort((a, b) => a.sequence - b.sequence);
  }

  private writeProgress(durable: boolean): void {
    this.unsynced = true;
    writeProgress(this.folder, this.sinks, durable, this.calls);
    if (durable) this.unsynced = false;
  }
}

function placeOf(entry: Entry): Pick<Place, 'sequence' | 'kind' | 'taken'> {
  const [kind, taken] =
    'finding' in entry ? [entry.finding.kind, entry.frame.raised] : [entry.document.kind, entry.posted];
  return { sequence: entry.sequence, kind, taken: Date.parse(taken) };
}
