import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { type AlertFrame, alertId, bounded, type Finding, keyOf, render } from './alert.ts';
import type { Clock } from './clock.ts';
import { DeadList } from './dead.ts';
import { boundedDocument, type Document, digestOf, renderDocument } from './document.ts';
import { type DiskCalls, diskCalls } from './files.ts';
import { Lane, type SinkSetup } from './lane.ts';
import { printable } from './printable.ts';
import { type Entry, Queue } from './queue.ts';
import type { Message } from './sink.ts';
import { type Judgement, Windows } from './windows.ts';

export interface OutboxOptions {
  /** Name of the probe or desk, as alerts and documents say it. */
  probe: string;
  /** A subject is told once within it, milliseconds. */
  window: number;
  /** Largest size of what waits, bytes; beyond it the oldest are dropped, counted and listed in `dead.jsonl`. */
  maxBytes: number;
  /**
   * Told in one line of what an operator should know: a receiver that fails or refuses, a disk that is full. The former once
   * until it is over, the latter once an hour. No line holds a number of a subscriber.
   */
  report: (words: string) => void;
  /**
   * Told of a document that a sink will not have: its receiver refused it, or the outbox was full. By then it is in `dead.jsonl`.
   * Where this throws, the receiver is asked once more.
   */
  lost?: (document: Document, sink: string, why: string) => void;
  calls?: DiskCalls;
}

/** What one sink has done, for metrics. */
export interface SinkStatus {
  name: string;
  /** Alerts and documents it does not have yet. */
  queued: number;
  /** Milliseconds since the oldest of these was taken; null where there is none. */
  oldest: number | null;
  /** Since the outbox was made: delivered; refused by the receiver; the oldest when the outbox was full. */
  sent: number;
  dead: number;
  dropped: number;
  /** Attempts that failed since the start of the process. */
  failed: number;
  /** Attempts that failed since one went well. */
  failures: number;
  /** What the last attempt said; null where it went well. */
  trouble: string | null;
}

export interface OutboxStatus {
  sinks: SinkStatus[];
  /** Bytes on disk of what waits. */
  bytes: number;
  /** Findings since the start of the process that were counted instead of told. */
  suppressed: number;
  /** Lines of the outbox's files that could not be read back. */
  damaged: number;
  /** Subjects forgotten because there were too many. */
  forgotten: number;
}

/** Alerts written to the queue at a time. */
const GROUP = 500;
/** A document's id is remembered this long, milliseconds. */
const DOCUMENTS_KNOWN = 400 * 24 * 3600_000;
const PROBE_MAX = 100;
const FULL = 'the outbox is full';
/** A trouble of the disk is reported again after this, milliseconds. */
const SAID_AGAIN = 3_600_000;

/**
 * Opens the outbox in `folder`, made where it is not there, and takes up what lies in it. One process has it at a time.
 *
 * Nothing is delivered until {@link Outbox.pump}, {@link Outbox.start} or {@link Outbox.drain}.
 *
 * @param sinks the ways out: `openSinks(config)`
 * @param clock `systemClock`, or a test's own
 * @throws UserError where the folder cannot be used, is in use by another process, or comes from a newer version
 */
export function openOutbox(folder: string, sinks: readonly SinkSetup[], clock: Clock, options: OutboxOptions): Outbox {
  return new Outbox(folder, sinks, clock, options);
}

/**
 * Takes findings and documents and delivers them to every sink that wants them: across restarts, at least once, in order.
 *
 *   const outbox = openOutbox(folder, openSinks(config.sinks), systemClock, { probe: 'p1', window, maxBytes, report });
 *   outbox.start();                 // a service: delivers in the background
 *   outbox.raise(findings);         // durable when it returns
 *   await outbox.drain(60_000);     // a run of cron: deliver before the end
 *   await outbox.close(5000);
 */
export class Outbox {
  private readonly clock: Clock;
  private readonly options: OutboxOptions;
  private readonly probe: string;
  private readonly queue: Queue;
  private readonly windows: Windows;
  private readonly documents: Windows;
  private readonly dead: DeadList;
  private readonly lanes: Lane[];
  private readonly wanted: ReadonlySet<string>;
  private readonly stopping = new AbortController();
  private loops: Promise<void>[] = [];
  private wakers = new Set<() => void>();
  private suppressed = 0;
  /** Whether it was reported that the outbox is full, and it is not over. */
  private full = false;
  /** What was reported of the disk, and when, milliseconds since the epoch. */
  private readonly diskTroubles = new Map<string, number>();

  constructor(folder: string, sinks: readonly SinkSetup[], clock: Clock, options: OutboxOptions) {
    const calls = options.calls ?? diskCalls;
    this.clock = clock;
    this.options = options;
    this.probe = printable(options.probe, PROBE_MAX);
    this.dead = new DeadList(join(folder, 'dead.jsonl'), calls);
    this.queue = new Queue({
      folder,
      sinks: new Map(sinks.map(({ name, kinds }) => [name, kinds])),
      maxBytes: options.maxBytes,
      calls,
      dropped: (sink, entry) => {
        this.lose(entry, sink, FULL);
        if (!this.full) options.report(`delivery: ${sink}: ${FULL}: the oldest are left out, see dead.jsonl`);
        this.full = true;
      },
    });
    try {
      this.windows = new Windows(join(folder, 'windows.jsonl'), options.window, calls);
      this.documents = new Windows(join(folder, 'documents.jsonl'), DOCUMENTS_KNOWN, calls);
      this.recall();
    } catch (error) {
      this.queue.close();
      throw error;
    }
    const random = new Random(this.queue.key.readUInt32LE(0), 'backoff');
    this.wanted = new Set(sinks.flatMap(({ kinds }) => [...kinds]));
    this.lanes = sinks.map(
      (setup) =>
        new Lane({
          setup,
          queue: this.queue,
          clock,
          random,
          render: (entry): Message =>
            'finding' in entry
              ? render(entry.frame, entry.finding, setup.masked)
              : renderDocument(entry.document, this.probe, entry.posted),
          refused: (entry, why) => this.lose(entry, setup.name, why),
          report: options.report,
          onDisk: (work) => this.onDisk(work),
        }),
    );
  }

  /**
   * Takes findings. When it returns, those to be told are on the disk and will arrive; the others are counted, and told as
   * `repeats` with the next alert of their subject. A finding that was taken before, of the same subject and time, is left out.
   *
   * @returns how many are told
   * @throws UserError where the outbox could not be written, or a finding is none: the caller has to come again with them
   */
  raise(findings: readonly Finding[]): number {
    this.refuseWhenClosed();
    const now = this.clock.now();
    let group = new Map<string, { frame: AlertFrame; finding: Finding }>();
    let told = 0;
    const take = () => {
      this.queue.append([...group.values()].filter(({ finding }) => this.wanted.has(finding.kind)));
      for (const [key, { finding }] of group) this.windows.tell(key, finding.time, now);
      told += group.size;
      group = new Map();
    };
    try {
      for (const finding of findings.map(bounded)) {
        const key = keyOf(finding);
        if (group.size >= GROUP || group.has(key)) take();
        const judgement = this.windows.judge(key, finding.time, now);
        if (judgement.tell) group.set(key, { frame: this.frame(finding, judgement, now), finding });
        else if (!judgement.same) {
          this.windows.repeat(key, finding.time);
          this.suppressed++;
        }
      }
      take();
    } finally {
      this.taken();
    }
    return told;
  }

  /**
   * Takes a document. When it returns, the document is on the disk and will arrive under its own id.
   *
   * @param again delivers it also where it was taken before: a receiver that has it knows it by its id
   * @returns false where it was taken before: it is not delivered again
   * @throws UserError where no sink takes its kind, another document was posted under its id, or it could not be written
   */
  post(document: Document, again = false): boolean {
    this.refuseWhenClosed();
    const now = this.clock.now();
    const clean = boundedDocument(document);
    const { id, kind } = clean;
    if (!this.wanted.has(kind)) {
      throw new UserError(`document ${id}: no sink takes documents of kind ${kind}: name it in the documents of one`);
    }
    const digest = digestOf(clean);
    const judgement = this.documents.judge(id, digest, now);
    if (!judgement.tell && !again) {
      if (judgement.same) return false;
      throw new UserError(`document ${id}: another document was posted under this id: give it an id of its own`);
    }
    this.queue.append([{ posted: new Date(now).toISOString(), document: clean }]);
    this.documents.tell(id, digest, now);
    this.taken();
    return true;
  }

  /**
   * Makes every attempt that is due, each sink at its own pace, until all is delivered or waits for its next attempt. Never rejects.
   *
   * @returns milliseconds until the next attempt is due; null where everything is delivered
   */
  async pump(): Promise<number | null> {
    await Promise.all(this.lanes.map((lane) => lane.pump()));
    this.keep();
    const due = this.lanes.map((lane) => lane.due()).filter((wait) => wait !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Begins to deliver in the background, until {@link close}. */
  start(): void {
    if (this.loops.length === 0) this.loops = this.lanes.map((lane) => this.run(lane));
  }

  /**
   * Delivers until every sink has everything or `milliseconds` are over.
   *
   * @returns whether every sink has everything
   */
  async drain(milliseconds: number): Promise<boolean> {
    const over = new AbortController();
    const timer = this.clock.sleep(milliseconds, over.signal).then(() => over.abort());
    while (!over.signal.aborted && !this.stopping.signal.aborted) {
      const wait = await Promise.race([this.pump(), timer]);
      if (wait === null) break;
      if (wait !== undefined && wait > 0) {
        await this.clock.sleep(wait, AbortSignal.any([over.signal, this.stopping.signal]));
      }
    }
    over.abort();
    await timer;
    return this.lanes.every(({ name }) => this.queue.queued(name) === 0);
  }

  /** Ends: attempts under way have `grace` milliseconds to end; what is undelivered then is for the next start. */
  async close(grace: number): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    for (const lane of this.lanes) lane.stop();
    const ended = new AbortController();
    const timer = this.clock.sleep(grace, ended.signal).then(() => {
      for (const lane of this.lanes) lane.abandon();
    });
    this.wake();
    await Promise.all([...this.loops, ...this.lanes.map((lane) => lane.pump())]);
    ended.abort();
    await timer;
    this.keep();
    this.onDisk(() => this.queue.close());
  }

  status(): OutboxStatus {
    const now = this.clock.now();
    return {
      sinks: this.lanes.map(({ name, failedAttempts, failures, trouble }) => {
        const { sent, dead, dropped } = this.queue.progress(name);
        const oldest = this.queue.oldest(name);
        return {
          name,
          queued: this.queue.queued(name),
          oldest: oldest === null ? null : Math.max(0, now - oldest),
          sent,
          dead,
          dropped,
          failed: failedAttempts,
          failures,
          trouble,
        };
      }),
      bytes: this.queue.bytes,
      suppressed: this.suppressed,
      damaged: this.queue.damaged + this.windows.damaged + this.documents.damaged,
      forgotten: this.windows.forgotten + this.documents.forgotten,
    };
  }

  /** What was taken just before the end may not have come to the files of windows and documents. */
  private recall(): void {
    for (const entry of this.queue.entries()) {
      if ('finding' in entry) {
        const key = keyOf(entry.finding);
        const raised = Date.parse(entry.frame.raised);
        if (!this.windows.knows(key, raised)) this.windows.tell(key, entry.finding.time, raised);
      } else {
        const posted = Date.parse(entry.posted);
        const { document } = entry;
        if (!this.documents.knows(document.id, posted)) this.documents.tell(document.id, digestOf(document), posted);
      }
    }
  }

  private lose(entry: Entry, sink: string, why: string): void {
    this.dead.add(this.time(), sink, why, entry);
    if ('document' in entry) this.options.lost?.(entry.document, sink, why);
  }

  private frame(finding: Finding, judgement: Extract<Judgement, { tell: true }>, now: number): AlertFrame {
    return {
      id: alertId(this.queue.key, finding),
      probe: this.probe,
      raised: new Date(now).toISOString(),
      repeats: judgement.repeats,
      previous: judgement.previous === null ? null : new Date(judgement.previous).toISOString(),
    };
  }

  private async run(lane: Lane): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await lane.pump();
      this.keep();
      const wait = lane.due();
      if (wait === 0 || this.stopping.signal.aborted) continue;
      const woken = new AbortController();
      const wake = () => woken.abort();
      this.wakers.add(wake);
      await this.clock.sleep(wait ?? Number.POSITIVE_INFINITY, woken.signal);
      this.wakers.delete(wake);
    }
  }

  /** What follows when something was put into the queue. */
  private taken(): void {
    this.keep();
    this.onDisk(() => this.queue.trim());
    if (this.queue.bytes < this.options.maxBytes / 2) this.full = false;
    this.wake();
  }

  /** Puts on the disk what is remembered of subjects and documents. */
  private keep(): void {
    const now = this.clock.now();
    for (const remembered of [this.windows, this.documents]) this.onDisk(() => remembered.flush(now));
  }

  private wake(): void {
    for (const wake of [...this.wakers]) wake();
  }

  private refuseWhenClosed(): void {
    if (this.stopping.signal.aborted) throw new UserError('delivery: the outbox is closed');
  }

  private time(): string {
    return new Date(this.clock.now()).toISOString();
  }

  /** Does what may fail on a full disk without harm now: it is said, and tried again the next time. False where it failed. */
  private onDisk(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const now = this.clock.now();
      if (Math.abs(now - (this.diskTroubles.get(words) ?? Number.NEGATIVE_INFINITY)) >= SAID_AGAIN) {
        this.diskTroubles.set(words, now);
        this.options.report(`delivery: ${words}`);
      }
      return false;
    }
  }
}
