import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  watch,
} from 'node:fs';
import { join } from 'node:path';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import { compareTime } from '../base/time.ts';
import { type CaptureInput, listCaptures } from '../capture/list.ts';
import type { Finding } from '../delivery/alert.ts';
import type { Clock } from '../delivery/clock.ts';
import { maxBytesOf, windowOf } from '../delivery/config.ts';
import { privateFolder } from '../delivery/files.ts';
import { lockFolder, unlockFolder } from '../delivery/lock.ts';
import { openSinks } from '../delivery/open-sinks.ts';
import { type Outbox, type OutboxStatus, openOutbox } from '../delivery/outbox.ts';
import type { Model } from '../forest/model.ts';
import { DEFAULT_MODEL, readModel } from '../scan/default-model.ts';
import { Ss7Variant, type Ss7VariantId } from '../ss7/message.ts';
import { openStore, type Store } from '../store/store.ts';
import { lostProtocols, noteCapture } from './checks.ts';
import { bytesOf, nextRun, type ProbeConfig, secondsOf } from './config.ts';
import { Finder, type Finished } from './finder.ts';
import { Ledger, type LedgerEntry, type Outcome } from './ledger.ts';
import { checkModel, type ScoredWindow, scoreWindows } from './score.ts';
import { type ProbeState, readState, writeState } from './state.ts';
import { growth, isDiskTrouble, isGone, refused, StoreTrouble, take } from './take.ts';

/** Where a probe says what it does: one line each, with fields. */
export interface Log {
  debug(fields: object, words: string): void;
  info(fields: object, words: string): void;
  warn(fields: object, words: string): void;
  error(fields: object, words: string): void;
}

export interface ProbeOptions {
  /** Folder that captures are written to. */
  folder: string;
  store: string;
  config: ProbeConfig;
  clock: Clock;
  log: Log;
  /** Where secrets are, and TMPDIR is set: `process.env`. */
  environment: Record<string, string | undefined>;
}

/** What a probe did and does, for status, metrics and health. */
export interface ProbeStatus {
  feed: string;
  /** What holds it up; null where nothing does. */
  trouble: string | null;
  /** Counters of the captures taken since the start of the process. */
  counters: Counters;
  captures: Record<Outcome | 'vanished', number>;
  events: number;
  /** Files that are complete and not yet taken, and files still being written. */
  waiting: number;
  unfinished: number;
  quarantined: number;
  /** Last packet in the store, seconds since the epoch; null where there is none. */
  lastPacket: number | null;
  /** Seconds that the scans of each window took last, by its length; and marked lines. */
  scanSeconds: Record<string, number>;
  windows: ScoredWindow[];
  tiers: Record<'suspect' | 'strong', number>;
  storeBytes: number;
  diskFree: number;
  delivery: OutboxStatus | null;
  /** When it last looked through the folder, milliseconds since the epoch; null where it has not yet. */
  sweptAt: number | null;
  scoredAt: number | null;
}

/** Files put in order of their first packet at a time. */
const BATCH = 256;
/** Waits after trouble with the store, milliseconds: doubled up to the longest. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** How long undelivered alerts hold up the end of a single run, and of a service, milliseconds. */
const DRAIN = 30_000;
const GRACE = 3000;
/** Small files of a day from which on they are made one, and how often that is looked at, milliseconds. */
const MANY_FILES = 64;
const COMPACT_EVERY = 3_600_000;
/** Before the paths of captures made of live input. */
const LIVE = 'live:';
/** Files that are gone are forgotten when this many are. */
const GONE = 1000;

/** A probe: finds captures, puts each into the store once, scores on a schedule, tells what is new. */
export class Probe {
  private config: ProbeConfig;
  private readonly options: ProbeOptions;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly stateFolder: string;
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private finders: Finder[] = [];
  private store: Store | null = null;
  private ledger: Ledger | null = null;
  private state: ProbeState | null = null;
  private outbox: Outbox | null = null;
  private model: Model | null = null;
  private locked = false;
  private reloading: (() => ProbeConfig) | null = null;
  private compactedAt: number;
  private readonly status_: Omit<ProbeStatus, 'delivery' | 'quarantined' | 'storeBytes' | 'diskFree' | 'scoredAt'>;

  constructor(options: ProbeOptions) {
    this.options = options;
    this.config = options.config;
    this.clock = options.clock;
    this.log = options.log;
    this.stateFolder = join(options.store, 'probes', this.config.feed);
    this.compactedAt = this.clock.now();
    this.status_ = {
      feed: this.config.feed,
      trouble: null,
      counters: new Counters(),
      captures: { taken: 0, repeated: 0, expired: 0, grown: 0, refused: 0, vanished: 0 },
      events: 0,
      waiting: 0,
      unfinished: 0,
      lastPacket: null,
      scanSeconds: {},
      windows: [],
      tiers: { suspect: 0, strong: 0 },
      sweptAt: null,
    };
  }

  /** Folder that live input is written to as captures. */
  get spool(): string {
    return join(this.stateFolder, 'spool');
  }

  /** Ends what is going on: the capture that is being read is abandoned, and read again at the next start. */
  stop(): void {
    this.stopping.abort(new Error('stopped'));
    this.wake();
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
    return {
      ...this.status_,
      quarantined: this.ledger?.refused().length ?? 0,
      storeBytes: this.store === null ? 0 : this.store.bytes(this.config.feed),
      diskFree: free(this.options.store)?.free ?? 0,
      delivery: this.outbox?.status() ?? null,
      scoredAt: this.state?.scored ?? null,
    };
  }

  /**
   * Takes what is complete, scores, and ends.
   *
   * @throws UserError where the store or the folder cannot be used
   */
  async once(): Promise<void> {
    try {
      await this.open();
      await this.round(true);
      if (this.stopping.signal.aborted) return;
      await this.score(true);
      this.check();
      await this.outbox?.drain(DRAIN);
    } finally {
      await this.close();
    }
  }

  /** Works until it is stopped. @throws UserError where it cannot begin */
  async run(): Promise<void> {
    let watcher: FSWatcher | null = null;
    try {
      await this.patiently(() => this.open(), true);
      if (this.stopping.signal.aborted) return;
      this.outbox?.start();
      watcher = this.listen();
      while (!this.stopping.signal.aborted) {
        this.waking = new AbortController();
        await this.patiently(() => this.round(false));
        await this.patiently(() => this.score(false));
        this.check();
        if (this.stopping.signal.aborted) break;
        await this.clock.sleep(this.pause(), AbortSignal.any([this.waking.signal, this.stopping.signal]));
        await this.applyReload();
      }
    } finally {
      watcher?.close();
      await this.close();
    }
  }

  /** Until the next look: soon where a file is about to settle. */
  private pause(): number {
    const sweep = secondsOf(this.config.sweep) * 1000;
    const settle = secondsOf(this.config.settle) * 1000;
    return this.status_.unfinished > 0 ? Math.min(sweep, Math.max(100, settle / 4)) : Math.max(100, sweep);
  }

  /** Does something again and again while the disk does not let it; says so once, and once when it is over. */
  private async patiently(work: () => void | Promise<void>, begins = false): Promise<void> {
    for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        await work();
        if (this.status_.trouble !== null) this.log.info({}, 'goes on');
        this.status_.trouble = null;
        return;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        const { message } = error as Error;
        if (begins && !isDiskTrouble(error)) throw error;
        if (this.status_.trouble !== message) this.log.error({ trouble: message }, `${message}; waits and tries again`);
        this.status_.trouble = message;
        await this.closeStore();
        await this.clock.sleep(wait, this.stopping.signal);
        if (this.stopping.signal.aborted) return;
      }
    }
  }

  /** Opens what is not open. */
  private async open(): Promise<void> {
    const { folder, store: root } = this.options;
    const { feed } = this.config;
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UserError(`${folder}: no such folder`);
    this.model ??= this.readModel(this.config);
    this.openStore();
    if (!this.locked) {
      privateFolder(this.stateFolder);
      lockFolder(join(this.stateFolder, 'lock'));
      this.locked = true;
      this.clearTemporary();
    }
    privateFolder(this.spool);
    this.state ??= this.readState();
    this.ledger ??= this.openLedger();
    this.outbox ??= this.openOutbox(this.config);
    this.finders = [new Finder(folder, '', root), new Finder(this.spool, LIVE, null)];
    this.log.info({ folder, store: root, feed, captures: this.store!.captures({ feed }).length }, 'ready');
  }

  private openStore(): void {
    if (this.store !== null) return;
    const { feed, home_country: homeCountry } = this.config;
    const store = openStore(this.options.store, true, {
      limits: limitsOf(this.config),
      homeCountry: homeCountry ?? null,
      ss7Variant: variantOf(this.config),
    });
    store.writer(feed);
    this.store = store;
    const last = store.captures({ feed }).flatMap(({ result }) => (result.last === null ? [] : [result.last.s]));
    this.status_.lastPacket = last.length === 0 ? null : last.reduce((a, b) => Math.max(a, b));
  }

  private async closeStore(): Promise<void> {
    const { store } = this;
    this.store = null;
    try {
      await store?.close();
    } catch (error) {
      this.log.debug({ error: (error as Error).message }, 'the store did not close well');
    }
  }

  /** Temporary files go where the store is, and those of a run that was killed go away. */
  private clearTemporary(): void {
    const folder = join(this.stateFolder, 'tmp');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.options.environment.TMPDIR = folder;
    for (const name of existsSync(this.spool) ? readdirSync(this.spool) : []) {
      if (name.startsWith('.rest-')) rmSync(join(this.spool, name), { force: true });
    }
    for (const name of readdirSync(this.stateFolder)) {
      if (name.endsWith('.part')) rmSync(join(this.stateFolder, name), { force: true });
    }
  }

  private readState(): ProbeState {
    const { state, damaged } = readState(this.statePath);
    if (damaged) this.log.warn({ file: this.statePath }, 'the state is damaged: begun anew');
    return state;
  }

  private get statePath(): string {
    return join(this.stateFolder, 'state.json');
  }

  /** The ledger, without what the store does not have: it may have been brought back from an older copy. */
  private openLedger(): Ledger {
    const ledger = new Ledger(this.stateFolder);
    const store = this.store!;
    const { feed } = this.config;
    const { horizon } = store.writer(feed).state;
    const lost: string[] = [];
    for (const { path, outcome, capture, first } of ledger.all()) {
      if (outcome !== 'taken' && outcome !== 'repeated') continue;
      const isExpired = horizon !== null && (first ?? 0) < horizon;
      if (!isExpired && !store.has(capture, feed)) lost.push(path);
    }
    ledger.forget(lost);
    return ledger;
  }

  private openOutbox(config: ProbeConfig): Outbox {
    const { clock, environment } = this.options;
    const { delivery } = config;
    return openOutbox(join(this.stateFolder, 'outbox'), openSinks(delivery.sinks, { clock, environment }), clock, {
      probe: config.feed,
      window: windowOf(delivery),
      maxBytes: maxBytesOf(delivery),
      report: (words) => this.log.warn({}, words),
    });
  }

  private readModel(config: ProbeConfig): Model | null {
    if (config.score === 'off') return null;
    const path = config.model ?? DEFAULT_MODEL;
    const model = readModel(path);
    checkModel(model, path, config.threshold ?? null);
    return model;
  }

  /** Wakes when something happens in the folder; where the system cannot tell, the sweep finds it. */
  private listen(): FSWatcher | null {
    try {
      const watcher = watch(this.options.folder, { persistent: false }, () => this.wake());
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return null;
    }
  }

  /** Looks through the folders and takes what is complete. @param twice looks again, since a file must look the same twice */
  private async round(twice: boolean): Promise<void> {
    this.openStore();
    const ledger = this.ledger!;
    const settle = secondsOf(this.config.settle) * 1000;
    const sweep = () => {
      const found = this.finders.map((finder) =>
        finder.sweep(this.clock.now(), settle, (path, stamp) => ledger.known(path, stamp) !== undefined),
      );
      this.status_.sweptAt = this.clock.now();
      this.status_.unfinished = found.reduce((sum, { unfinished }) => sum + unfinished, 0);
      return found;
    };
    let found = sweep();
    if (twice && this.status_.unfinished > 0) {
      await this.clock.sleep(Math.min(1000, settle), this.stopping.signal);
      found = sweep();
    }
    this.forgetGone(found.map(({ present }) => present));
    const finished = found.flatMap((one) => one.finished).sort((a, b) => a.stamp.mtime - b.stamp.mtime);
    this.status_.waiting = finished.length;
    for (let at = 0; at < finished.length && !this.stopping.signal.aborted; at += BATCH) {
      await this.takeBatch(finished.slice(at, at + BATCH));
    }
  }

  private forgetGone(present: readonly ReadonlySet<string>[]): void {
    const ledger = this.ledger!;
    const gone: string[] = [];
    for (const { path } of ledger.all()) if (!present.some((some) => some.has(path))) gone.push(path);
    if (gone.length >= GONE) ledger.forget(gone);
  }

  /** Takes some captures, the one that began first before the others. */
  private async takeBatch(files: readonly Finished[]): Promise<void> {
    const listed: { file: Finished; input: CaptureInput }[] = [];
    for (const found of files) {
      const file = await this.changed(found);
      if (file === null) {
        this.status_.waiting--;
        continue;
      }
      try {
        const [input] = await listCaptures([file.file]);
        listed.push({ file, input: input! });
      } catch (error) {
        if (isDiskTrouble(error)) throw new StoreTrouble((error as Error).message);
        if (isGone(error)) this.vanished(file);
        else this.note(refused(file, error));
        this.status_.waiting--;
      }
    }
    listed.sort((a, b) => compareFirst(a.input, b.input));
    for (const { file, input } of listed) {
      if (this.stopping.signal.aborted) return;
      await this.takeOne(file, input);
      this.status_.waiting--;
      await this.applyReload();
      if (this.isDue()) await this.score(false);
    }
  }

  /**
   * What is to be taken of a file: all of it, where it is new. Of one that was read before and has grown, what came since is written
   * into the spool as a capture of its own, to be found there: then null.
   */
  private async changed(file: Finished): Promise<Finished | null> {
    const before = this.ledger!.get(file.path);
    const mayHaveGrown =
      before !== undefined &&
      before.outcome !== 'refused' &&
      before.inode === file.stamp.inode &&
      before.size < file.stamp.size;
    if (!mayHaveGrown) return file;
    const rest = join(this.spool, `rest-${before.capture.slice(0, 16)}-${before.packets}.pcapng`);
    let grown: Awaited<ReturnType<typeof growth>>;
    try {
      grown = await growth(file, before, rest);
    } catch (error) {
      if (isDiskTrouble(error)) throw new StoreTrouble((error as Error).message);
      return file;
    }
    if (grown === null) return file;
    this.note(grown.entry);
    return null;
  }

  private async takeOne(file: Finished, input: CaptureInput): Promise<void> {
    const store = this.store!;
    const { feed } = this.config;
    const started = this.clock.now();
    const taken = await take(input, file, store, {
      feed,
      homeCountry: this.config.home_country ?? null,
      limits: limitsOf(this.config),
      ss7Variant: variantOf(this.config),
      signal: this.stopping.signal,
    });
    if (taken === null) {
      this.vanished(file);
      return;
    }
    const { result, counters, events = 0 } = taken;
    this.note(taken.entry);
    if (result === undefined || counters === undefined) return;
    this.status_.counters.merge(counters);
    this.status_.events += events;
    this.status_.lastPacket = Math.max(this.status_.lastPacket ?? 0, result.last?.s ?? 0);
    const seconds = (this.clock.now() - started) / 1000;
    this.log.info(
      { capture: taken.entry.path, sha256: result.sha256, packets: result.packets, events, seconds },
      'capture taken',
    );
    if (result.stop !== null) {
      const { layer, offset, reason } = result.stop;
      this.log.warn({ capture: taken.entry.path, layer, offset, reason }, 'capture cut or damaged: read up to there');
    }
    const state = this.state!;
    const jump = secondsOf(this.config.alerts.clock_jump);
    const noted = noteCapture(
      state.memory,
      feed,
      result,
      counters.messages,
      file.stamp.mtime,
      this.clock.now(),
      jump === 0 ? Number.POSITIVE_INFINITY : jump,
    );
    state.memory = noted.memory;
    this.raise(noted.findings);
  }

  /** Puts on the ledger what became of a file. */
  private note(entry: LedgerEntry): void {
    const ledger = this.ledger!;
    this.status_.captures[entry.outcome]++;
    if (entry.outcome === 'refused')
      this.log.warn({ capture: entry.path, reason: entry.reason }, 'capture put into quarantine');
    else if (entry.outcome !== 'taken')
      this.log.info({ capture: entry.path, outcome: entry.outcome }, 'capture left out');
    ledger.add(entry);
    try {
      ledger.flush();
    } catch (error) {
      throw new StoreTrouble((error as Error).message);
    }
  }

  private vanished(file: Finished): void {
    this.status_.captures.vanished++;
    this.log.warn({ capture: file.path }, 'capture gone before it was read');
  }

  private isDue(): boolean {
    const { scored } = this.state!;
    return this.config.score !== 'off' && scored !== null && this.clock.now() >= nextRun(this.config, scored);
  }

  /** Scores where it is due, or in any case where it is `forced`. */
  private async score(forced: boolean): Promise<void> {
    const { config } = this;
    const state = this.state!;
    const { model } = this;
    if (model === null || this.stopping.signal.aborted) return;
    if (!forced && state.scored !== null && !this.isDue()) return;
    this.openStore();
    const store = this.store!;
    const began = this.clock.now();
    const own = {
      ...(config.own_prefixes === undefined ? {} : { prefixes: config.own_prefixes }),
      ...(config.own_imsi === undefined ? {} : { imsiPrefixes: config.own_imsi }),
    };
    const scored = await scoreWindows(
      store,
      {
        ...own,
        of: config.score === 'store' ? undefined : config.feed,
        by: config.feed,
        windows: config.windows.map(secondsOf),
        model,
        threshold: config.threshold ?? null,
        timeZone: config.time_zone ?? null,
        homeCountry: config.home_country ?? null,
        limits: limitsOf(config),
        now: () => this.clock.now(),
      },
      state.marks,
      this.stopping.signal,
    );
    for (const window of scored.windows) {
      this.status_.scanSeconds[window.window] = window.seconds;
      this.status_.windows = [...this.status_.windows.filter((known) => known.window !== window.window), window];
      this.log.info({ ...window }, 'window scored');
    }
    this.status_.tiers = scored.tiers;
    this.raise(scored.findings);
    state.marks = scored.marks;
    state.scored = began;
    writeState(this.statePath, state);
    await this.tidy(store);
  }

  /** Makes few files of many, and takes old days away. */
  private async tidy(store: Store): Promise<void> {
    const { feed, retention } = this.config;
    const now = this.clock.now();
    if (now - this.compactedAt >= COMPACT_EVERY) {
      this.compactedAt = now;
      const fewer = await store.compact(feed, MANY_FILES);
      if (fewer > 0) this.log.info({ fewer }, 'store compacted');
    }
    const { age, size } = retention;
    if (age === undefined && size === undefined) return;
    const { lastPacket } = this.status_;
    const days = await store.prune(feed, {
      before: age === undefined || lastPacket === null ? null : lastPacket - secondsOf(age),
      bytes: size === undefined ? null : bytesOf(size),
      keep: citedCaptures(store.root),
    });
    if (days.length > 0) this.log.info({ days }, 'old days taken away');
  }

  /** Looks for feeds that fell silent and a disk that fills up. */
  private check(): void {
    const { config } = this;
    const state = this.state!;
    const now = this.clock.now();
    const findings: Finding[] = [];
    const silence = secondsOf(config.alerts.feed_loss) * 1000;
    if (silence > 0) findings.push(...lostProtocols(state.memory, config.feed, now, silence));
    const disk = free(this.options.store);
    const share = Number.parseInt(config.alerts.disk_free, 10) / 100;
    if (disk !== null && disk.free < share * disk.total) {
      findings.push({
        kind: 'disk_nearly_full',
        // One finding a minute at most: it is looked at with each sweep.
        time: new Date(now - (now % 60_000)).toISOString(),
        path: this.options.store,
        free_bytes: disk.free,
        total_bytes: disk.total,
      });
    }
    this.raise(findings);
  }

  /** Hands findings to the outbox. Where that cannot be written they are found again. */
  private raise(findings: readonly Finding[]): void {
    if (findings.length === 0 || this.outbox === null) return;
    const told = this.outbox.raise(findings);
    if (told > 0) this.log.info({ told, of: findings.length }, 'alerts raised');
  }

  /** Takes a new configuration, where one was asked for. A wrong one changes nothing. */
  private async applyReload(): Promise<void> {
    const read = this.reloading;
    if (read === null) return;
    this.reloading = null;
    try {
      const config = read();
      for (const key of ['feed', 'home_country', 'ss7_variant', 'metrics', 'live'] as const) {
        if (JSON.stringify(config[key]) !== JSON.stringify(this.config[key]))
          throw new UserError(`${key} cannot change while it runs: restart`);
      }
      this.model = this.readModel(config);
      if (JSON.stringify(config.delivery) !== JSON.stringify(this.config.delivery)) {
        openSinks(config.delivery.sinks, { clock: this.clock, environment: this.options.environment });
        await this.outbox?.close(GRACE);
        this.outbox = this.openOutbox(config);
        this.outbox.start();
      }
      this.config = config;
      this.log.info({}, 'configuration read again');
    } catch (error) {
      this.log.error({ error: (error as Error).message }, 'the configuration was not taken; the one before stays');
    }
  }

  private async close(): Promise<void> {
    try {
      this.ledger?.flush();
      if (this.state !== null) writeState(this.statePath, this.state);
    } catch (error) {
      this.log.warn({ error: (error as Error).message }, 'the state could not be kept');
    }
    await this.outbox?.close(GRACE);
    await this.closeStore();
    if (!this.locked) return;
    rmSync(join(this.stateFolder, 'tmp'), { recursive: true, force: true });
    unlockFolder(join(this.stateFolder, 'lock'));
  }
}

function limitsOf({ limits }: ProbeConfig): Limits {
  return { ...DEFAULT_LIMITS, ...limits } as Limits;
}

function variantOf({ ss7_variant: variant }: ProbeConfig): Ss7VariantId | null {
  return variant === 'auto' ? null : Ss7Variant[variant as keyof typeof Ss7Variant];
}

function free(path: string): { free: number; total: number } | null {
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
  if (!existsSync(folder)) return new Set();
  return new Set(
    readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/[0-9a-f]{64}/g) ?? []),
  );
}

function compareFirst(a: CaptureInput, b: CaptureInput): number {
  if (a.first === null || b.first === null) return (a.first === null ? 1 : 0) - (b.first === null ? 1 : 0);
  return compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns) || (a.path < b.path ? -1 : 1);
}
