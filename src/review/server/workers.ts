import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { startProcess } from '../../base/child.ts';
import { UserError } from '../../base/errors.ts';
import type { ReferencePaths } from '../../features/references/references.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Spread } from '../../store/trail.ts';
import type { FoundMessage, Place } from './messages.ts';

/** How windows of the store are read. */
export interface ScanSettings {
  store: string;
  feed: string;
  homeCountry: string | null;
  timeZone: string | null;
  /** Seconds. */
  window: number;
  references: ReferencePaths;
  /** File of the key of a pseudonymous store. */
  pseudonymKey: string | undefined;
}

/** Something that takes long, for a process of its own. */
export type Job =
  | ({ kind: 'features'; model: string; lines: string[]; from: number; until: number } & ScanSettings)
  | ({ kind: 'preview'; before: string; after: string; decided: readonly DecidedLines[] } & ScanSettings)
  | ({ kind: 'upload'; model: string; path: string } & ScanSettings)
  /** Takes the new verdicts of a store into the desk of a folder. */
  | ({ kind: 'import'; desk: string } & ScanSettings)
  | ({ kind: 'trails'; events: readonly Spread[] } & ScanSettings)
  | { kind: 'messages'; places: readonly Place[] }
  | { kind: 'frames'; spans: readonly (readonly Place[])[] }
  | { kind: 'packets'; wanted: readonly { path: string; sha256: string; frames: readonly number[] }[]; file: string };

/** Lines that people decided on, in a window that they decided on it in. */
interface DecidedLines {
  since: number;
  until: number;
  lines: readonly string[];
}

type Outcome = Record<string, { tier: 'none' | 'suspect' | 'strong'; score: number }>;

export interface JobResults {
  /** Windows in which a line did something, oldest first; values, and what each moved the score by, in the order of {@link DEFINITIONS}. */
  features: {
    windows: { line: string; until: number; values: (number | null)[]; moved: number[]; worst: boolean }[];
  };
  preview: {
    from: number;
    until: number;
    lines: number;
    /** Lines of the last window that either model would mark. */
    before: Outcome;
    after: Outcome;
    /** Lines that were decided on. */
    decided: { before: Outcome; after: Outcome };
  };
  /** `future`: it ends in the future, by a clock that is wrong. */
  upload: { repeated: boolean; expired: boolean; future: boolean; lines: number; marked: number };
  import: { runs: number };
  /** Captures that hold packets of events, by event. */
  trails: { trails: Map<string, readonly string[]> };
  messages: { messages: FoundMessage[]; missing: string[] };
  frames: { wanted: { path: string; sha256: string; frames: number[] }[]; missing: string[] };
  packets: { packets: number; missing: string[] };
}

/** From the process that works. */
export type JobReply =
  | { kind: 'progress'; state: 'reading' | 'scoring'; bytes: number }
  /** import: some lines are in; `run`: all of a run are, its id. */
  | { kind: 'taken'; run: number | null }
  | { kind: 'done'; value: JobResults[Job['kind']] }
  | { kind: 'failed'; message: string; user: boolean };

/** What a job says of itself while it goes on. */
export type JobNews = Exclude<JobReply, { kind: 'done' | 'failed' }>;

/** Jobs that may wait for a process. */
const MOST_WAITING = 32;
/** A job is ended after this long, ms. */
const LONGEST = 60 * 60_000;

/** Runs jobs in processes of their own, a few at a time, the others in turn. */
export class Workers {
  private readonly lanes: number;
  private readonly priority: number;
  private readonly running = new Set<ChildProcess>();
  private readonly waiting: (() => void)[] = [];
  private closed = false;

  /**
   * @param lanes processes at a time
   * @param priority of them, as `nice` has it
   */
  constructor(lanes: number, priority = 0) {
    this.lanes = lanes;
    this.priority = priority;
  }

  /**
   * @param onNews told what the job says of itself
   * @throws UserError where the job's input is at fault; Refusal where too much waits
   */
  async run<K extends Job['kind']>(
    job: Extract<Job, { kind: K }>,
    onNews: (news: JobNews) => void = () => undefined,
  ): Promise<JobResults[K]> {
    if (this.running.size >= this.lanes) {
      if (this.waiting.length >= MOST_WAITING) throw new Refusal('refused', 'the desk is busy: try again in a while');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    if (this.closed) throw new UserError('the desk is closing');
    return this.start(job, onNews) as Promise<JobResults[K]>;
  }

  close(): void {
    this.closed = true;
    for (const child of this.running) child.kill('SIGKILL');
    for (const go of this.waiting.splice(0)) go();
  }

  private start(job: Job, onNews: (news: JobNews) => void): Promise<unknown> {
    const child = startProcess(new URL('./work.ts', import.meta.url));
    this.running.add(child);
    if (this.priority !== 0 && child.pid !== undefined) setPriority(child.pid, this.priority);
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST);
    return new Promise((resolve, reject) => {
      child.on('message', (reply: JobReply) => {
        if (reply.kind === 'done') resolve(reply.value);
        else if (reply.kind === 'failed') reject(reply.user ? new UserError(reply.message) : new Error(reply.message));
        else
          try {
            onNews(reply);
          } catch (error) {
            reject(error as Error);
          }
      });
      child.on('error', reject);
      child.on('close', () => {
        clearTimeout(timer);
        this.running.delete(child);
        this.waiting.shift()?.();
        reject(new Error('the process that worked on it ended without an answer'));
      });
      child.send(job, (error) => {
        if (error !== null) reject(error);
      });
    });
  }
}
