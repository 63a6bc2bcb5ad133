import { maskText } from '../base/mask.ts';
import type { Random } from '../base/random.ts';
import { backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { printable } from './printable.ts';
import type { Entry, EntryKind, Queue } from './queue.ts';
import { failed, type Message, type Outcome, type Sink } from './sink.ts';

/** A sink and what it is to get. */
export interface SinkSetup {
  /** Its name in the outbox: what was not delivered before a restart is delivered to the sink of that name. */
  name: string;
  sink: Sink;
  /** Numbers in alerts are starred. */
  masked: boolean;
  /** Kinds of alerts and of documents it gets. */
  kinds: ReadonlySet<EntryKind>;
}

/** An attempt that takes longer than this has failed, milliseconds. */
const ATTEMPT = 30_000;
/** Longest reason of a failure, in characters. */
const WHY_MAX = 300;

export interface LaneOptions {
  setup: SinkSetup;
  queue: Queue;
  clock: Clock;
  /** Of the waits between attempts. */
  random: Random;
  /** The entry as this sink gets it. */
  render: (entry: Entry) => Message;
  /** Told of an entry that the receiver refused, before it is done with. @throws UserError where that cannot be noted */
  refused: (entry: Entry, why: string) => void;
  /** Told of what an operator should know, in one line. */
  report: (words: string) => void;
  /** Does what may fail on a full disk: false where it did. */
  onDisk: (work: () => void) => boolean;
}

/** One sink's way through the queue: in order, one attempt at a time, further and further apart while they fail. */
export class Lane {
  readonly name: string;
  /** Attempts that failed, since the start. */
  failedAttempts = 0;
  /** Attempts that failed since one went well. */
  failures = 0;
  /** What the last attempt said that was not sent; null where it was. */
  trouble: string | null = null;
  private readonly options: LaneOptions;
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();
  /** Aborted at the end, with attempts under way. */
  private readonly abandoning = new AbortController();
  /** No attempt between these two times, milliseconds since the epoch. */
  private wait: { from: number; until: number } | null = null;
  /** Entries at a time: 1 after a refusal of several, to find the one that is refused. */
  private most: number;

  constructor(options: LaneOptions) {
    this.options = options;
    this.name = options.setup.name;
    this.most = options.setup.sink.batch;
  }

  /** Delivers until nothing is left or an attempt fails; where that is under way, waits for it. Never rejects. */
  pump(): Promise<void> {
    this.running ??= this.work();
    return this.running;
  }

  /** Milliseconds until the next attempt is due, 0 where it is; null where there is nothing to deliver. */
  due(): number | null {
    if (this.options.queue.oldest(this.name) === null) return null;
    const now = this.options.clock.now();
    // A clock that was set back does not prolong the wait.
    return this.wait === null || now < this.wait.from ? 0 : Math.max(0, this.wait.until - now);
  }

  /** Begins no attempt any more. */
  stop(): void {
    this.stopping.abort();
  }

  /** Gives up the attempt under way. */
  abandon(): void {
    this.abandoning.abort();
  }

  private async work(): Promise<void> {
    try {
      // So that `running` is set before the end of this clears it.
      await null;
      while (!this.stopping.signal.aborted && this.due() === 0) {
        const entries = this.pending();
        if (entries.length > 0) await this.deliver(entries);
      }
      this.options.onDisk(() => this.options.queue.sync());
    } finally {
      this.running = null;
    }
  }

  private pending(): Entry[] {
    try {
      return this.options.queue.pending(this.name, this.most);
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error), null);
      return [];
    }
  }

  private async deliver(entries: readonly Entry[]): Promise<void> {
    const { queue, setup, report, onDisk } = this.options;
    const last = entries[entries.length - 1]!;
    const result = await this.attempt(entries);
    if (result.outcome === 'failed') {
      this.fail(words(result.why), result.retryAfter);
      return;
    }
    if (result.outcome === 'refused' && entries.length > 1) {
      this.most = 1;
      return;
    }
    if (result.outcome === 'refused') {
      const why = words(result.why);
      if (!onDisk(() => this.options.refused(last, why))) {
        this.fail(why, null);
        return;
      }
      report(`delivery: ${this.name}: ${why}: ${idOf(last)} is left out, see dead.jsonl`);
      this.succeed();
      this.trouble = why;
      onDisk(() => queue.settle(this.name, last.sequence, { dead: 1 }));
      return;
    }
    if (this.failures > 0) report(`delivery: ${this.name}: delivers again`);
    const but = result.but === undefined ? null : words(result.but);
    if (but !== null && but !== this.trouble) report(`delivery: ${this.name}: ${but}`);
    this.succeed();
    this.trouble = but;
    this.most = setup.sink.batch;
    onDisk(() => queue.settle(this.name, last.sequence, { sent: entries.length }));
  }

  private succeed(): void {
    this.failures = 0;
    this.trouble = null;
    this.wait = null;
  }

  private fail(why: string, retryAfter: number | null): void {
    const { clock, random, report } = this.options;
    this.failures++;
    this.failedAttempts++;
    if (this.failures === 1) report(`delivery: ${this.name}: ${why}: trying again`);
    this.trouble = why;
    const from = clock.now();
    this.wait = { from, until: from + backoff(this.failures, random, retryAfter) };
  }

  private async attempt(entries: readonly Entry[]): Promise<Outcome> {
    const { clock, render, setup } = this.options;
    const done = new AbortController();
    const late = new AbortController();
    const timer = clock.sleep(ATTEMPT, done.signal).then(() => late.abort());
    const signal = AbortSignal.any([late.signal, this.abandoning.signal]);
    const given = new Promise<Outcome>((resolve) => {
      const end = () =>
        resolve(failed(this.abandoning.signal.aborted ? 'ended' : `no answer within ${ATTEMPT / 1000} s`));
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    });
    try {
      return await Promise.race([setup.sink.send(entries.map(render), signal), given]);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    } finally {
      done.abort();
      await timer;
    }
  }
}

function idOf(entry: Entry): string {
  return 'finding' in entry ? `alert ${entry.frame.id}` : `document ${entry.document.id}`;
}

/** What a receiver said, made harmless: it may have said the alert again, and its numbers. */
function words(said: string): string {
  return maskText(printable(said, WHY_MAX));
}
