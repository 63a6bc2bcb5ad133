import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendDurably, diskCalls, replaceFile } from '../delivery/files.ts';
import { eachJournalLine, journalLine } from '../delivery/journal.ts';

/** What tells one content of a file from another without reading it. */
export interface Stamp {
  /** Bytes on disk. */
  size: number;
  /** Last change, milliseconds since the epoch, by the clock of its disk. */
  mtime: number;
  inode: number;
}

/**
 * What became of a file: `taken` into the store; `repeated`, being in already under another name or compressed otherwise; `expired`,
 * older than what the store keeps; `grown`, read before, and what came after that is taken as a capture of its own; `refused`.
 */
export type Outcome = 'taken' | 'repeated' | 'expired' | 'grown' | 'refused';

/** One file with what became of it. */
export interface LedgerEntry extends Stamp {
  /** Below the watched folder. */
  path: string;
  outcome: Outcome;
  /** SHA-256 of its decompressed bytes; empty where it was refused. */
  capture: string;
  /** Packets in it, and decompressed bytes. */
  packets: number;
  bytes: number;
  /** First packet, seconds since the epoch; null without packets. */
  first: number | null;
  /** Why it was refused; null otherwise. */
  reason: string | null;
  /** When it was first refused, ISO 8601 UTC; null where it was not. */
  since: string | null;
}

/** Lines of the file that say nothing any more before it is written anew, beyond as many as there are entries. */
const SPARE_LINES = 1000;

/**
 * Which files were read, so that months of them are not read again at each start. It saves work and decides nothing: a file that it
 * does not know is read, and refused by the store where its capture is in. So it may lag behind, and be lost.
 */
export class Ledger {
  private readonly path: string;
  private readonly list: string;
  private readonly entries = new Map<string, LedgerEntry>();
  /** Not yet on the disk. */
  private waiting: LedgerEntry[] = [];
  private lines = 0;
  private refusedChanged = false;
  /** The file's end may be torn. */
  private torn = false;

  /** @param folder of `ledger.jsonl`, and of `quarantine.jsonl`, the refused files for people to read */
  constructor(folder: string) {
    this.path = join(folder, 'ledger.jsonl');
    this.list = join(folder, 'quarantine.jsonl');
    if (!existsSync(this.path)) return;
    eachJournalLine(readFileSync(this.path), (value) => {
      this.lines++;
      const entry = value as LedgerEntry | undefined;
      if (entry === undefined) this.torn = true;
      else this.entries.set(entry.path, entry);
    });
    this.refusedChanged = this.refused().length > 0 && !existsSync(this.list);
  }

  /** What became of a file, whatever its content was then; undefined where it is new. */
  get(path: string): LedgerEntry | undefined {
    return this.entries.get(path);
  }

  /** What became of this content of a file. */
  known(path: string, stamp: Stamp): LedgerEntry | undefined {
    const entry = this.entries.get(path);
    return entry !== undefined && isSame(entry, stamp) ? entry : undefined;
  }

  add(entry: LedgerEntry): void {
    const before = this.entries.get(entry.path);
    const since = entry.outcome === 'refused' && before?.outcome === 'refused' ? before.since : entry.since;
    const noted = { ...entry, since };
    this.refusedChanged ||= entry.outcome === 'refused' || before?.outcome === 'refused';
    this.entries.set(entry.path, noted);
    this.waiting.push(noted);
  }

  /** Forgets files, for instance those that are gone. */
  forget(paths: Iterable<string>): void {
    for (const path of paths) {
      if (this.entries.get(path)?.outcome === 'refused') this.refusedChanged = true;
      if (this.entries.delete(path)) this.waiting = this.waiting.filter((entry) => entry.path !== path);
    }
  }

  /** Files that could not be read. */
  refused(): LedgerEntry[] {
    return [...this.entries.values()].filter(({ outcome }) => outcome === 'refused');
  }

  all(): Iterable<LedgerEntry> {
    return this.entries.values();
  }

  /**
   * Puts on the disk what is not there yet.
   *
   * @throws UserError or an error of the system where it could not be written: it is kept, and written the next time
   */
  flush(): void {
    if (this.refusedChanged) {
      const lines = this.refused().map(({ path, reason, since, size }) =>
        JSON.stringify({ schema: 'catpool.quarantine/1', path, reason, since, bytes: size }),
      );
      replaceFile(this.list, lines.map((line) => `${line}\n`).join(''), true, diskCalls);
      this.refusedChanged = false;
    }
    if (this.torn || this.lines > 2 * this.entries.size + SPARE_LINES) {
      replaceFile(this.path, [...this.entries.values()].map(journalLine).join(''), true, diskCalls);
      this.lines = this.entries.size;
      this.torn = false;
    } else if (this.waiting.length > 0) {
      this.append(Buffer.from(this.waiting.map(journalLine).join('')));
      this.lines += this.waiting.length;
    }
    this.waiting = [];
  }

  private append(data: Buffer): void {
    const file = openSync(this.path, 'a', 0o600);
    try {
      appendDurably(file, data, diskCalls, () => {
        this.torn = true;
      });
    } finally {
      closeSync(file);
    }
  }
}

export function isSame(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.inode === b.inode;
}
