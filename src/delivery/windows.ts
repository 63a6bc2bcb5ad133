import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { appendDurably, type DiskCalls, replaceFile, systemWords } from './files.ts';
import { eachJournalLine, journalLine } from './journal.ts';

/** What was told of one subject, or that a document was posted. */
interface Told {
  /** When its last alert was raised, milliseconds since the epoch. */
  at: number;
  /** Times it was found since then. */
  repeats: number;
  /** Of the last one found: the time of a finding, the digest of a document. */
  mark: string;
}

/** What to do with a finding: tell it, with what went before; count it; or nothing, since it is the one that was counted last. */
export type Judgement = { tell: true; repeats: number; previous: number | null } | { tell: false; same: boolean };

/** Subjects remembered. Beyond it those whose alert is longest ago are forgotten, and are told again when found. */
const SUBJECTS_MAX = 200_000;
/** Repeats that no alert followed are kept this long, milliseconds. */
const KEPT = 30 * 24 * 3600 * 1000;
/** The file is written anew when it has this many lines more than there are subjects, and twice as many. */
const SPARE_LINES = 10_000;

/** Which subjects were told within the window, so that each is told once, and how often they were found since. */
export class Windows {
  /** Lines of the file that could not be read back. */
  damaged = 0;
  /** Subjects forgotten because there were too many. */
  forgotten = 0;
  private readonly path: string;
  private readonly length: number;
  private readonly calls: DiskCalls;
  /** In the order of their last alert. */
  private readonly subjects = new Map<string, Told>();
  private readonly changed = new Set<string>();
  private lines = 0;
  /** The file's end may be torn. */
  private torn = false;

  /** @param length of the window, milliseconds; @throws UserError where the file cannot be read */
  constructor(path: string, length: number, calls: DiskCalls) {
    this.path = path;
    this.length = length;
    this.calls = calls;
    this.load();
  }

  /** @param now milliseconds since the epoch; the clock may have gone back since the alert */
  judge(key: string, mark: string, now: number): Judgement {
    const told = this.subjects.get(key);
    if (told === undefined) return { tell: true, repeats: 0, previous: null };
    if (told.mark === mark) return { tell: false, same: true };
    if (Math.abs(now - told.at) < this.length) return { tell: false, same: false };
    return { tell: true, repeats: told.repeats, previous: told.at };
  }

  /** Notes that an alert was raised at `at`; an older one than is known changes nothing. */
  tell(key: string, mark: string, at: number): void {
    const told = this.subjects.get(key);
    if (told !== undefined && told.at === at && told.mark === mark) return;
    this.subjects.delete(key);
    this.subjects.set(key, { at, repeats: 0, mark });
    this.changed.add(key);
    if (this.subjects.size > SUBJECTS_MAX) {
      const [oldest] = this.subjects.keys();
      this.subjects.delete(oldest!);
      this.changed.delete(oldest!);
      this.forgotten++;
    }
  }

  /** Whether the subject's last alert is known to be this one or a later one. */
  knows(key: string, at: number): boolean {
    return (this.subjects.get(key)?.at ?? Number.NEGATIVE_INFINITY) >= at;
  }

  repeat(key: string, mark: string): void {
    const told = this.subjects.get(key);
    if (told === undefined) return;
    told.repeats++;
    told.mark = mark;
    this.changed.add(key);
  }

  /**
   * Puts what changed on the disk.
   *
   * @throws UserError where it could not be written; it is kept and tried again the next time
   */
  flush(now: number): void {
    if (this.changed.size === 0) return;
    if (this.torn || this.lines + this.changed.size > 2 * this.subjects.size + SPARE_LINES) this.rewrite(now);
    else this.extend();
    this.changed.clear();
  }

  private extend(): void {
    const lines = [...this.changed].map((key) => this.line(key));
    try {
      const file = openSync(this.path, 'a', 0o600);
      try {
        appendDurably(file, Buffer.from(lines.join('')), this.calls, () => {
          this.torn = true;
        });
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new UserError(`cannot write ${this.path}: ${systemWords(error)}`);
    }
    this.lines += lines.length;
  }

  private rewrite(now: number): void {
    for (const [key, { at, repeats }] of this.subjects) {
      if (Math.abs(now - at) >= (repeats > 0 ? Math.max(KEPT, this.length) : this.length)) this.subjects.delete(key);
    }
    replaceFile(this.path, [...this.subjects.keys()].map((key) => this.line(key)).join(''), true, this.calls);
    this.lines = this.subjects.size;
    this.torn = false;
  }

  private line(key: string): string {
    return journalLine({ key, ...this.subjects.get(key) });
  }

  private load(): void {
    if (!existsSync(this.path)) return;
    let data: Buffer;
    try {
      data = readFileSync(this.path);
    } catch (error) {
      throw new UserError(`cannot read ${this.path}: ${systemWords(error)}`);
    }
    eachJournalLine(data, (value) => {
      this.lines++;
      const entry = value as ({ key: string } & Told) | undefined;
      if (entry === undefined) {
        this.damaged++;
        // What would be appended to it would be damaged too.
        this.torn = true;
        return;
      }
      const { key, at, repeats, mark } = entry;
      if (this.subjects.get(key)?.at !== at) this.subjects.delete(key);
      this.subjects.set(key, { at, repeats, mark });
    });
  }
}
