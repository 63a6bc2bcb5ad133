import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { makeFolders } from '../base/folders.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import type { Finding } from '../delivery/alert.ts';
import type { Clock } from '../delivery/clock.ts';
import { maxBytesOf, windowOf } from '../delivery/config.ts';
import { privateFolder } from '../delivery/files.ts';
import { lockFolder, unlockFolder } from '../delivery/lock.ts';
import { openSinks } from '../delivery/open-sinks.ts';
import { type Outbox, openOutbox } from '../delivery/outbox.ts';
import { type ReferencePaths, readReferences } from '../features/references/references.ts';
import type { Model } from '../forest/model.ts';
import { DEFAULT_MODEL, readModel } from '../scan/judge/default-model.ts';
import { Ss7Variant, type Ss7VariantId } from '../ss7/message.ts';
import { homeOfStore } from '../store/feed-state.ts';
import { openStore, type Store } from '../store/store.ts';
import type { ProbeConfig } from './config.ts';
import { Ledger } from './ledger.ts';
import { rescueSegments } from './live/segments.ts';
import { checkModel } from './score.ts';
import { type ProbeState, readState, writeState } from './state.ts';

/** Where a probe says what it does: one line each, with fields. */
export interface Log {
  debug(fields: object, words: string): void;
  info(fields: object, words: string): void;
  warn(fields: object, words: string): void;
  error(fields: object, words: string): void;
}

export interface ProbeOptions {
  /** Folder that captures are written to; null: live input alone. */
  folder: string | null;
  /** Whether a capture is read from standard input. */
  pipe: boolean;
  store: string;
  /** File of the key of a pseudonymous store. */
  pseudonymKey?: string | undefined;
  config: ProbeConfig;
  clock: Clock;
  log: Log;
  /** Where secrets are, and TMPDIR is set: `process.env`. */
  environment: Record<string, string | undefined>;
  /** Told of a configuration that was taken in place of the one before. */
  onConfig?: (config: ProbeConfig) => void;
}

/** What a probe that runs cannot take anew: what it holds open goes by it. */
const FIXED = ['feed', 'folder', 'store', 'home_country', 'ss7_variant', 'metrics', 'live'] as const;
/** How long attempts to deliver that are under way hold up the end, milliseconds. */
const GRACE = 3000;

/** All that one probe holds open of its store: the store, what it remembers, and the outbox of its alerts. One process has it at a time. */
export class Held {
  config: ProbeConfig;
  readonly options: ProbeOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder in the store of what this probe remembers. */
  readonly folder: string;
  /** Where captures of live input are. */
  readonly spool: string;
  model: Model | null = null;
  /** Country that numbers are completed with, ISO 3166-1: the configured one, else that of the feed; null where there is none. */
  homeCountry: string | null = null;
  private opened: Store | null = null;
  private files: Ledger | null = null;
  private known: ProbeState | null = null;
  private outbox: Outbox | null = null;
  /** Findings that the outbox could not take. */
  private untold: Finding[] = [];
  private locked = false;

  constructor(options: ProbeOptions) {
    const { config, clock, log } = options;
    this.options = options;
    this.config = config;
    this.clock = clock;
    this.log = log;
    this.folder = join(options.store, 'probes', config.feed);
    this.spool = join(this.folder, 'spool');
  }

  /** Opens what is not open. @throws UserError where that cannot be; what is open by then stays so */
  open(): void {
    const { folder } = this.options;
    if (folder !== null && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new UserError(`${folder}: no such folder`);
    this.model ??= modelOf(this.config);
    this.openStore();
    if (!this.locked) {
      privateFolder(this.folder);
      lockFolder(join(this.folder, 'lock'));
      this.locked = true;
      this.clearTemporary();
    }
    privateFolder(this.spool);
    this.known ??= this.readState();
    this.files ??= this.openLedger();
    this.outbox ??= this.openOutbox(this.config);
  }

  /** The store, opened again where trouble closed it. */
  get store(): Store {
    return this.openStore();
  }

  /** Once it is open. */
  get ledger(): Ledger {
    return this.files!;
  }

  get state(): ProbeState {
    return this.known!;
  }

  get alerts(): Outbox | null {
    return this.outbox;
  }

  get isOpen(): boolean {
    return this.opened !== null;
  }

  /** Whether the next captures are to tell the home country: it is not configured, and the feed has begun with none yet. */
  get isHomeOpen(): boolean {
    const { home_country: configured, feed } = this.config;
    return configured === undefined && this.homeCountry === null && this.store.writer(feed).state.generation === 0;
  }

  /** Has the feed, which is still empty, begin with a home country. */
  async beginAt(homeCountry: string): Promise<void> {
    await this.closeStore();
    this.homeCountry = homeCountry;
  }

  keepState(): void {
    writeState(this.statePath, this.state);
  }

  /** Hands findings to the outbox. @throws UserError where it cannot be written: they are raised again with the next */
  raise(findings: readonly Finding[]): void {
    this.untold.push(...findings);
    if (this.untold.length === 0 || this.outbox === null) return;
    const told = this.outbox.raise(this.untold);
    if (told > 0) this.log.info({ told, of: this.untold.length }, 'alerts raised');
    this.untold = [];
  }

  /** Takes a configuration in place of the one before. @throws UserError where it cannot be: the one before stays */
  async reconfigure(config: ProbeConfig): Promise<void> {
    for (const key of FIXED) {
      if (JSON.stringify(config[key]) !== JSON.stringify(this.config[key]))
        throw new UserError(`${key} cannot change while it runs: restart`);
    }
    const model = modelOf(config);
    await readReferences(referencesOf(config), config.home_country);
    if (JSON.stringify(config.delivery) !== JSON.stringify(this.config.delivery)) {
      this.sinks(config);
      await this.outbox?.close(GRACE);
      this.outbox = this.openOutbox(config);
      this.outbox.start();
    }
    this.model = model;
    this.config = config;
    this.options.onConfig?.(config);
  }

  async closeStore(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    try {
      await opened?.close();
    } catch (error) {
      this.log.debug({ error: (error as Error).message }, 'the store did not close well');
    }
  }

  async close(): Promise<void> {
    try {
      this.files?.flush();
      if (this.known !== null) this.keepState();
    } catch (error) {
      this.log.warn({ error: (error as Error).message }, 'the state could not be kept');
    }
    await this.outbox?.close(GRACE);
    await this.closeStore();
    if (!this.locked) return;
    rmSync(join(this.folder, 'tmp'), { recursive: true, force: true });
    unlockFolder(join(this.folder, 'lock'));
  }

  private openStore(): Store {
    if (this.opened !== null) return this.opened;
    const { config } = this;
    this.homeCountry = config.home_country ?? homeOfStore(this.options.store, [config.feed]) ?? this.homeCountry;
    const store = openStore(this.options.store, true, {
      limits: limitsOf(config),
      homeCountry: this.homeCountry,
      ss7Variant: variantOf(config),
      pseudonymKey: this.options.pseudonymKey,
      threads: Math.min(2, availableParallelism()),
    });
    store.writer(config.feed);
    this.opened = store;
    return store;
  }

  /** Temporary files go where the store is, and those of a run that was killed go away. */
  private clearTemporary(): void {
    const folder = join(this.folder, 'tmp');
    rmSync(folder, { recursive: true, force: true });
    makeFolders(folder);
    this.options.environment.TMPDIR = folder;
    rescueSegments(this.spool);
    for (const where of [this.folder, this.spool, join(this.folder, 'outbox')]) {
      for (const name of existsSync(where) ? readdirSync(where) : [])
        if (/\.part$|^lock\.\d+/.test(name)) rmSync(join(where, name), { force: true });
    }
  }

  private get statePath(): string {
    return join(this.folder, 'state.json');
  }

  private readState(): ProbeState {
    const { state, damaged } = readState(this.statePath);
    if (damaged) this.log.warn({ file: this.statePath }, 'the state is damaged: begun anew');
    return state;
  }

  /** The ledger, without what the store does not have: it may have been brought back from an older copy. */
  private openLedger(): Ledger {
    const ledger = new Ledger(this.folder);
    const { store } = this;
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

  private sinks({ delivery }: ProbeConfig) {
    const { clock, environment } = this.options;
    return openSinks(delivery.sinks, { clock, environment });
  }

  private openOutbox(config: ProbeConfig): Outbox {
    const { delivery } = config;
    return openOutbox(join(this.folder, 'outbox'), this.sinks(config), this.clock, {
      probe: config.feed,
      window: windowOf(delivery),
      maxBytes: maxBytesOf(delivery),
      report: (words) => this.log.warn({}, words),
    });
  }
}

/** The model that a configuration scores with; null where nothing is scored. */
export function modelOf(config: ProbeConfig): Model | null {
  if (config.score === 'off') return null;
  const path = config.model ?? DEFAULT_MODEL;
  const model = readModel(path);
  checkModel(model, path, config.threshold ?? null);
  return model;
}

/** The operator's own files that a configuration names. */
export function referencesOf({ references }: ProbeConfig): ReferencePaths {
  const { tac_db: tacDb, ...others } = references;
  return { ...others, ...(tacDb === undefined ? {} : { tacDb }) } as ReferencePaths;
}

export function limitsOf({ limits }: ProbeConfig): Limits {
  return { ...DEFAULT_LIMITS, ...limits } as Limits;
}

export function variantOf({ ss7_variant: variant }: ProbeConfig): Ss7VariantId | null {
  return variant === 'auto' ? null : Ss7Variant[variant as keyof typeof Ss7Variant];
}
