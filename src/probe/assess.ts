import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDiskTrouble } from '../base/disk-trouble.ts';
import { localZone } from '../base/zones.ts';
import type { Finding } from '../delivery/alert.ts';
import type { Model } from '../forest/model.ts';
import type { Store } from '../store/store.ts';
import { lostProtocols } from './checks.ts';
import { bytesOf, nextRun, secondsOf } from './config.ts';
import { type Held, limitsOf, referencesOf } from './held.ts';
import { type ScoredWindow, scoreWindows } from './score.ts';

/** Small files of a day from which on they are made one, and how often that is looked at, milliseconds. */
const MANY_FILES = 64;
const COMPACT_EVERY = 3_600_000;
const MINUTE = 60_000;

/** Scores what a probe has taken when it is time to, keeps its store small, and looks for what people should know. */
export class Assessment {
  /** Each window as it was last scored. */
  windows: ScoredWindow[] = [];
  /** Marked lines over all windows, each at its worst. */
  tiers: Record<'suspect' | 'strong', number> = { suspect: 0, strong: 0 };
  /** Why the last scoring failed; null where it did not. */
  trouble: string | null = null;
  private readonly held: Held;
  private readonly signal: AbortSignal;
  private compactedAt: number;

  constructor(held: Held, signal: AbortSignal) {
    this.held = held;
    this.signal = signal;
    this.compactedAt = held.clock.now();
  }

  /**
   * Scores where it is due, and keeps the store small, also where nothing is scored. What fails for another reason than a disk that is
   * full, a damaged file for instance, is said once and tried again when it is due again: captures are taken meanwhile.
   *
   * @param forced due or not
   */
  async score(forced: boolean): Promise<void> {
    const { held, signal } = this;
    const { config, model, state, clock } = held;
    if (signal.aborted) return;
    const began = clock.now();
    const isDue =
      model === null
        ? forced || began - this.compactedAt >= COMPACT_EVERY
        : forced || state.scored === null || began >= nextRun(config, state.scored);
    if (!isDue) return;
    try {
      if (model !== null) await this.scoreNow(model, began, !forced);
      await this.tidy(held.store, forced);
      if (this.trouble !== null) held.log.info({ trouble: this.trouble }, 'the trouble is over');
      this.trouble = null;
    } catch (error) {
      if (isDiskTrouble(error)) throw error;
      const { message } = error as Error;
      if (this.trouble !== message) {
        const words = model === null ? 'could not keep the store small' : 'could not score';
        held.log.error({ trouble: message }, words);
      }
      this.trouble = message;
      if (model !== null) state.scored = began;
    }
  }

  /** @param apart it runs on: what scoring many events takes is to go back to the system */
  private async scoreNow(model: Model, began: number, apart: boolean): Promise<void> {
    const { held, signal } = this;
    const { config, state, clock, store } = held;
    const scored = await scoreWindows(
      store,
      {
        ...(config.own_prefixes === undefined ? {} : { prefixes: config.own_prefixes }),
        ...(config.own_imsi === undefined ? {} : { imsiPrefixes: config.own_imsi }),
        of: config.score === 'store' ? undefined : config.feed,
        by: config.feed,
        windows: config.windows.map(secondsOf),
        model,
        threshold: config.threshold ?? null,
        timeZone: localZone(config.time_zone, held.homeCountry),
        homeCountry: held.homeCountry,
        limits: limitsOf(config),
        references: referencesOf(config),
        workers: availableParallelism(),
        apart,
        now: () => clock.now(),
      },
      state.marks,
      signal,
    );
    for (const window of scored.windows) {
      this.windows = [...this.windows.filter((known) => known.window !== window.window), window];
      held.log.info({ ...window }, 'window scored');
    }
    this.tiers = scored.tiers;
    held.raise(scored.findings);
    state.marks = scored.marks;
    // The first one waits for captures, not for the schedule.
    if (scored.windows.length > 0 || state.scored !== null) state.scored = began;
    held.keepState();
  }

  /** Makes few files of many, and takes old days away. @param forced whether or not it is time to look for many files */
  private async tidy(store: Store, forced: boolean): Promise<void> {
    const { config, clock, log } = this.held;
    const now = clock.now();
    if (forced || now - this.compactedAt >= COMPACT_EVERY) {
      this.compactedAt = now;
      const fewer = await store.compact(config.feed, MANY_FILES);
      if (fewer > 0) log.info({ fewer }, 'store compacted');
    }
    const { age, size } = config.retention;
    if (age === undefined && size === undefined) return;
    // A capture dated in the future makes nothing else old.
    const last = store.latest(config.feed, now / 1000);
    const days = await store.prune(config.feed, {
      before: age === undefined || last === null ? null : last - secondsOf(age),
      bytes: size === undefined ? null : bytesOf(size),
      now: now / 1000,
      keep: citedCaptures(store.root),
    });
    if (days.length > 0) log.info({ days }, 'old days taken away');
  }

  /** Looks for feeds that fell silent and for a disk that fills up. */
  check(): void {
    const { config, state, clock, options } = this.held;
    const now = clock.now();
    const findings: Finding[] = [];
    const silence = secondsOf(config.alerts.feed_loss) * 1000;
    if (silence > 0) findings.push(...lostProtocols(state.memory, config.feed, now, silence));
    const disk = diskOf(options.store);
    const share = Number.parseInt(config.alerts.disk_free, 10) / 100;
    if (disk !== null && disk.free < share * disk.total) {
      findings.push({
        kind: 'disk_nearly_full',
        // One finding a minute at most, however often it is looked at.
        time: new Date(now - (now % MINUTE)).toISOString(),
        path: options.store,
        free_bytes: disk.free,
        total_bytes: disk.total,
      });
    }
    this.held.raise(findings);
  }
}

/** Bytes of the disk that a path is on; null where that cannot be told. */
export function diskOf(path: string): { free: number; total: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return null;
  }
}

/** Captures that open cases cite: SHA-256 line by line in the files of `cited/`, which desks write. */
function citedCaptures(root: string): Set<string> {
  const folder = join(root, 'cited');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Set(names.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\b[0-9a-f]{64}\b/g) ?? []));
}
