import { type FSWatcher, watch } from 'node:fs';
import type { Counters } from '../base/counters.ts';
import { isDiskTrouble } from '../base/disk-trouble.ts';
import { UserError } from '../base/errors.ts';
import type { OutboxStatus } from '../delivery/outbox.ts';
import { Assessment, diskOf } from './assess.ts';
import { hepAddress, type ProbeConfig, secondsOf } from './config.ts';
import { Held, type ProbeOptions } from './held.ts';
import { Intake } from './intake.ts';
import { Live } from './live/live.ts';
import type { ScoredWindow } from './score.ts';

/** What a probe did and does, for status, metrics and health. */
export interface ProbeStatus {
  feed: string;
  /** What holds it up; null where nothing does. */
  trouble: string | null;
  /** Of the captures taken since the start of the process. */
  counters: Counters;
  captures: Intake['captures'];
  events: number;
  /** Files that are complete and not yet taken, and files that may still be written to. */
  waiting: number;
  unfinished: number;
  quarantined: number;
  /** Last packet in the store, seconds since the epoch; null where there is none. */
  last_packet: number | null;
  windows: ScoredWindow[];
  tiers: Assessment['tiers'];
  store_bytes: number;
  /** Bytes of the disk of the store; null where that cannot be told. */
  disk: { free: number; total: number } | null;
  delivery: OutboxStatus | null;
  /** Packets of live input: in captures, lost to a full disk, refused; null where there is none. */
  live: Live['counts'] | null;
  /** When the folder was last looked through, and when the last scoring began, milliseconds since the epoch. */
  swept_at: number | null;
  scored_at: number | null;
}

/** Waits after trouble, milliseconds: doubled up to the longest. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** Shortest time between two looks at the folder, milliseconds. */
const SHORTEST_PAUSE = 100;
/** Times that a look at the folder took, until the next one. */
const REST = 10;
/** How long undelivered alerts hold up the end of a single run, milliseconds. */
const DRAIN = 30_000;

/** A probe: finds captures, puts each into the store once, scores on a schedule, tells what is new. It never does two things at once. */
export class Probe {
  private readonly held: Held;
  private readonly intake: Intake;
  private readonly assessment: Assessment;
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private live: Live | null = null;
  /** The pipe ended: what is left is taken, then the probe ends. */
  private isEnding = false;
  private failure: UserError | null = null;
  private reloading: (() => ProbeConfig) | null = null;
  private trouble: string | null = null;

  constructor(options: ProbeOptions) {
    const { signal } = this.stopping;
    this.held = new Held(options);
    this.assessment = new Assessment(this.held, signal);
    this.intake = new Intake(this.held, signal, async () => {
      await this.applyReload();
      // The first scoring is of all that piled up.
      if (this.held.state.scored !== null) await this.assessment.score(false);
    });
  }

  /** Ends what is going on: the capture that is being read is abandoned, and read again at the next start. */
  stop(): void {
    this.stopping.abort(new Error('stopped'));
  }

  /** Has the configuration read again before the next capture. */
  reload(read: () => ProbeConfig): void {
    this.reloading = read;
    this.wake();
  }

  /** Has the folder looked through now. */
  wake(): void {
    this.waking.abort();
  }

  status(): ProbeStatus {
    const { held, intake, assessment } = this;
    const { counters, captures, events, waiting, unfinished, lastPacket, sweptAt } = intake;
    const { feed } = held.config;
    return {
      feed,
      trouble: this.trouble ?? assessment.trouble,
      counters,
      captures,
      events,
      waiting,
      unfinished,
      quarantined: held.ledger?.refused().length ?? 0,
      last_packet: lastPacket,
      windows: assessment.windows,
      tiers: assessment.tiers,
      store_bytes: held.isOpen ? held.store.bytes(feed) : 0,
      disk: diskOf(held.options.store),
      delivery: held.alerts?.status() ?? null,
      live: this.live?.counts ?? null,
      swept_at: sweptAt,
      scored_at: held.state?.scored ?? null,
    };
  }

  /**
   * Takes what is complete, scores, and ends.
   *
   * @throws UserError where the store or the folder cannot be used
   */
  async once(): Promise<void> {
    try {
      this.open();
      await this.intake.round(true);
      await this.assessment.score(true);
      this.assessment.check();
      const { trouble } = this.assessment;
      if (trouble !== null) throw new UserError(trouble);
      if (!this.stopping.signal.aborted) await this.held.alerts?.drain(DRAIN);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      throw isDiskTrouble(error) ? new UserError((error as Error).message) : error;
    } finally {
      await this.held.close();
    }
  }

  /** Works until it is stopped. @throws UserError where it cannot begin */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    const { held, intake, assessment } = this;
    let watcher: FSWatcher | null = null;
    try {
      await this.patiently(() => this.open(), true);
      held.alerts?.start();
      if (!signal.aborted) await this.startLive();
      watcher = this.listen();
      while (!signal.aborted && this.failure === null) {
        this.waking = new AbortController();
        const isLast = this.isEnding;
        await this.patiently(() => intake.round(false));
        await this.patiently(() => assessment.score(isLast));
        await this.patiently(() => assessment.check());
        if (isLast) {
          await held.alerts?.drain(DRAIN);
          break;
        }
        // However much happens in the folder, most of the time goes to other work than looking at it.
        const rest = Math.max(SHORTEST_PAUSE, REST * intake.sweepMs);
        await held.clock.sleep(rest, signal);
        await held.clock.sleep(Math.max(0, this.pause() - rest), AbortSignal.any([this.waking.signal, signal]));
        await this.applyReload();
      }
      if (this.failure !== null) throw this.failure;
    } finally {
      watcher?.close();
      await this.live?.close();
      await held.close();
    }
  }

  /** Begins to take live input, where there is some. */
  private async startLive(): Promise<void> {
    const { config, options, spool, log } = this.held;
    const hep = config.live.hep.map((text) => hepAddress(text)!);
    if (hep.length === 0 && !options.pipe) return;
    this.live = await Live.start(
      { folder: spool, segment: secondsOf(config.live.segment), hep, pipe: options.pipe },
      {
        onWords: (words) => log.warn({}, words),
        onEnd: () => {
          this.isEnding = true;
          this.wake();
        },
        onFailure: (error) => {
          this.failure = error;
          this.wake();
        },
      },
    );
    if (hep.length > 0) log.info({ ports: this.live.ports }, 'HEP is taken');
  }

  private open(): void {
    const { held, intake } = this;
    held.open();
    intake.begin();
    const { feed } = held.config;
    const { folder, store } = held.options;
    held.log.info({ folder, store, captures: held.store.count(feed), home_country: held.homeCountry }, 'ready');
  }

  /** Until the next look: soon where a file is about to settle. */
  private pause(): number {
    const sweep = secondsOf(this.held.config.sweep) * 1000;
    const settle = secondsOf(this.held.config.settle) * 1000;
    return Math.max(SHORTEST_PAUSE, this.intake.unfinished > 0 ? Math.min(sweep, settle / 4) : sweep);
  }

  /**
   * Does something again and again while it fails: a full disk, a store that cannot be written, a folder that is away. It is said once,
   * and once when it is over.
   *
   * @param begins only a disk is waited for
   */
  private async patiently(work: () => void | Promise<void>, begins = false): Promise<void> {
    const { held, stopping } = this;
    for (let wait = FIRST_WAIT; !stopping.signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        await work();
        if (this.trouble !== null) held.log.info({ trouble: this.trouble }, 'the trouble is over');
        this.trouble = null;
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (begins && !isDiskTrouble(error)) throw error;
        const { message } = error as Error;
        if (this.trouble !== message) held.log.error({ trouble: message }, 'waits and tries again');
        this.trouble = message;
        await held.closeStore();
        await held.clock.sleep(wait, stopping.signal);
      }
    }
  }

  /** Wakes when something happens in the folder; where the system cannot tell, the sweep finds it. */
  private listen(): FSWatcher | null {
    try {
      const { folder } = this.held.options;
      if (folder === null) return null;
      // Not at each write to a file: when one appears, is renamed or goes.
      const watcher = watch(folder, { persistent: false }, (event) => {
        if (event === 'rename') this.wake();
      });
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return null;
    }
  }

  /** Takes a new configuration, where one was asked for. A wrong one changes nothing. */
  private async applyReload(): Promise<void> {
    const read = this.reloading;
    if (read === null) return;
    this.reloading = null;
    try {
      await this.held.reconfigure(read());
      this.held.log.info({}, 'configuration read again');
    } catch (error) {
      this.held.log.error({ error: (error as Error).message }, 'the configuration was not taken; the one before stays');
    }
  }
}
