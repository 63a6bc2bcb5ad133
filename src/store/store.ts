import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import { NumberPlan } from '../base/numbers.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { EventContext } from '../events/context.ts';
import type { CatpoolEvent } from '../events/event.ts';
import { type EventColumns, type NumberText, readColumns } from './columns.ts';
import { checkVersion, type LakeFile, PSEUDONYMOUS_VERSION, STORE_VERSION } from './commit.ts';
import { Disk } from './disk.ts';
import { Duck } from './duck.ts';
import { FeedWriter, type StoredCapture } from './feed.ts';
import { checkFeed, type FeedState, listFeeds, namesIn, readFeed, readingFeed, renewFeed } from './feed-state.ts';
import { type EventFilter, filesWithin, isWithin, mergedEvents, spanOf } from './merged-events.ts';
import { Pseudonyms } from './pseudonym.ts';
import { KeyTrouble, type PseudonymKey, readPseudonymKey } from './pseudonym-key.ts';
import { openEvents } from './restitch.ts';
import { compact, prune, type Retention } from './retention.ts';
import { capturesBetween, type Spread, trailsOf } from './trail.ts';
import { cleanVerdicts, hasVerdicts, type VerdictRow, writeVerdicts } from './verdicts.ts';

export type { EventFilter } from './merged-events.ts';

export interface StoreOptions {
  limits?: Limits;
  /** Country of numbers without a country code, for feeds that are new. */
  homeCountry?: string | null;
  ss7Variant?: EventContext['ss7Variant'];
  /** Threads of DuckDB. */
  threads?: number;
  disk?: Disk;
  /** Keeps what commits say between questions, for one who asks again and again: only new commits are read for the next. */
  remembers?: boolean;
  /** File of the key of a pseudonymous store; a store that is made with one is such. Left out: as {@link KEY_VARIABLE} says. */
  pseudonymKey?: string | undefined;
  /** Events of a pseudonymous store have their numbers again, and are asked for by them. */
  numbers?: boolean;
}

/** What another process opens the same store by; plain data. */
export interface StoreAddress {
  root: string;
  options: Omit<StoreOptions, 'disk' | 'remembers'>;
}

/** Variable of the environment that names the file of the key where an option does not. */
const KEY_VARIABLE = 'CATPOOL_PSEUDONYM_KEY';

/**
 * Opens a store: a folder of events and verdicts, which several may read and write at a time, each writer a feed of its own.
 *
 * @param create makes it where there is none
 * @throws UserError where it is none, or of a newer version, or the key is not the one it was made with
 */
export function openStore(root: string, create: boolean, options: StoreOptions = {}): Store {
  const disk = options.disk ?? new Disk();
  const mark = join(root, MARK);
  const keyPath = options.pseudonymKey ?? process.env[KEY_VARIABLE];
  const key = keyPath === undefined ? null : readPseudonymKey(keyPath, root);
  if (!existsSync(mark)) {
    if (!create) throw new UserError(`${root}: no store; scan --store makes one`);
    const names = namesIn(root).filter((name) => !name.startsWith(`.${MARK}`));
    if (names.length > 0) throw new UserError(`${root}: not a store, and not empty`);
    disk.folder(root);
    try {
      const form =
        key === null ? { version: STORE_VERSION } : { version: PSEUDONYMOUS_VERSION, pseudonym_key: key.fingerprint };
      disk.write(mark, `${JSON.stringify({ schema: 'catpool.store/1', ...form })}\n`);
    } catch (error) {
      // Another program may have made it at the same time.
      if (!existsSync(mark)) throw error;
    }
    disk.sync();
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(mark, 'utf8'));
  } catch (error) {
    throw new UserError(`${mark}: damaged: ${(error as Error).message}`);
  }
  checkVersion(mark, json);
  checkKey(root, json, key);
  return new Store(root, disk, options, key === null ? null : new Pseudonyms(key));
}

/** @throws KeyTrouble where a store was made with another key, or with none */
function checkKey(root: string, json: unknown, key: PseudonymKey | null): void {
  const made = (json as { pseudonym_key?: unknown } | null)?.pseudonym_key ?? null;
  if (made === (key?.fingerprint ?? null)) return;
  if (made === null) {
    const words = 'holds numbers as they are: it was made without --pseudonym-key';
    throw new KeyTrouble(`${root}: ${words}`, 'leave the key out');
  }
  if (key === null) {
    throw new KeyTrouble(
      `${root}: pseudonymous: give its key with --pseudonym-key or ${KEY_VARIABLE} (fingerprint ${String(made)})`,
    );
  }
  throw new KeyTrouble(
    `${root}: pseudonymous, with another key: it has fingerprint ${made}, this one ${key.fingerprint}`,
  );
}

const MARK = 'store.json';

/** A capture that is in. */
export interface StoredResult {
  feed: string;
  result: CaptureResult;
  counters: Counters;
}

export class Store {
  readonly root: string;
  /** In whose place numbers stand in it; null: as they are. */
  readonly pseudonyms: Pseudonyms | null;
  /** The same where numbers are wanted; null: what is read stays as it stands. */
  readonly behind: Pseudonyms | null;
  private readonly disk: Disk;
  private readonly threads: number;
  private readonly duck: Duck;
  private readonly options: StoreOptions;
  private readonly limits: Limits;
  private readonly writers = new Map<string, FeedWriter>();
  /** What commits said, where that is kept. */
  private readonly remembered: Map<string, FeedState> | null;
  private reading: Promise<void> | null = null;

  constructor(root: string, disk: Disk, options: StoreOptions, pseudonyms: Pseudonyms | null) {
    this.root = root;
    this.pseudonyms = pseudonyms;
    this.behind = options.numbers === true ? pseudonyms : null;
    this.disk = disk;
    this.options = options;
    this.limits = options.limits ?? DEFAULT_LIMITS;
    this.remembered = options.remembers === true ? new Map() : null;
    this.threads = options.threads ?? 1;
    this.duck = new Duck(this.threads);
  }

  get address(): StoreAddress {
    const { disk: _, remembers: __, ...options } = this.options;
    return { root: this.root, options };
  }

  feeds(): string[] {
    return listFeeds(this.root);
  }

  /**
   * Reads commits ahead, a little at a time, where what they say is kept: months of them are read in seconds, in which others have
   * their turn. Without it, the first question reads them in one go.
   */
  ready(): Promise<void> {
    this.reading ??= this.readAhead().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** Whether a capture is in; of one feed where it is named. */
  has(sha256: string, feed?: string): boolean {
    const writer = feed === undefined ? undefined : this.writers.get(feed);
    if (writer !== undefined) return writer.has(sha256);
    return this.states(feed).some((state) => state.captures.has(sha256));
  }

  /** The one writer of a feed. Opening it takes away what a crash left. */
  writer(feed: string): FeedWriter {
    checkFeed(feed);
    let writer = this.writers.get(feed);
    if (writer === undefined) {
      const homeCountry = this.options.homeCountry ?? null;
      const context = this.context(feed, homeCountry);
      writer = new FeedWriter(this.root, context, homeCountry, this.limits, this.disk, this.duck, this.pseudonyms);
      cleanVerdicts(this.root, this.disk, feed);
      this.writers.set(feed, writer);
    }
    return writer;
  }

  /** Puts a capture into a feed. @returns false where it was in already, or is older than what retention keeps */
  commit(feed: string, capture: StoredCapture): Promise<boolean> {
    return this.writer(feed).commit(capture);
  }

  /** Captures that are in and touch a span of time, in order of feed, then of first packet; see {@link eachCapture}. */
  captures(filter: EventFilter = {}): StoredResult[] {
    return [...this.eachCapture(filter)];
  }

  /** The same one by one, so that few of them are in memory at a time. */
  *eachCapture(filter: EventFilter = {}): Generator<StoredResult> {
    const { from, until } = spanOf(filter);
    for (const state of this.states(filter.feed)) {
      for (const { result, counters } of state.entries(state.captures.within(from, until)))
        yield { feed: state.feed, result: result as CaptureResult, counters: Counters.fromJSON(counters) };
    }
  }

  /** Whether a feed, of all or the one that is named, was begun without a home country: its numbers may lack their country. */
  lacksCountry({ feed }: Pick<EventFilter, 'feed'>): boolean {
    return this.states(feed).some(({ generation, homeCountry }) => generation > 0 && homeCountry === null);
  }

  /** What is known of some captures, by their names; those that are not in are left out. */
  *named(names: ReadonlySet<string>): Generator<StoredResult> {
    for (const state of this.states()) {
      const own = [...names].filter((sha256) => state.captures.has(sha256));
      for (const { result, counters } of state.entries(own))
        yield { feed: state.feed, result: result as CaptureResult, counters: Counters.fromJSON(counters) };
    }
  }

  /** Tells, of events of a feed, the captures from that in which each begins to that in which it ends, in order. */
  between(feed: string): (event: Spread) => string[] {
    const state = this.states(feed)[0]!;
    return (event) => capturesBetween(state, event);
  }

  /** Captures that hold packets of events, by event; see {@link trailsOf}. */
  trails(events: readonly Spread[]): Map<string, readonly string[]> {
    const key = this.pseudonyms?.key ?? null;
    return new Map(
      this.states().flatMap((state) => {
        const own = events.filter(({ feed }) => feed === state.feed);
        return own.length === 0 ? [] : [...trailsOf(state, key, own)];
      }),
    );
  }

  /** How many captures are in. */
  count(feed?: string): number {
    return this.states(feed).reduce((sum, { captures }) => sum + captures.size, 0);
  }

  /** Sizes on disk of the captures of a feed, bytes. */
  sizes(feed: string): Set<number> {
    return new Set(this.states(feed).flatMap(({ captures }) => [...captures.diskSizes()]));
  }

  /** Time of the last packet of the captures that end by `notAfter`, seconds since the epoch; null where there is none. */
  latest(feed?: string, notAfter?: number): number | null {
    const times = this.states(feed).flatMap(({ captures }) => captures.latest(notAfter) ?? []);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** How many captures end after a time, seconds since the epoch. */
  after(time: number, feed?: string): number {
    return this.states(feed).reduce((sum, { captures }) => sum + captures.after(time), 0);
  }

  /** Events by time, then event_id, each once: what one reading of all captures, feed by feed, gives. */
  events(filter: EventFilter = {}): AsyncGenerator<CatpoolEvent> {
    return this.behind === null ? this.eventsAsTheyStand(filter) : this.numberedEvents(this.behind, filter);
  }

  /** Names that a line, by its number, may have in what is stored. */
  namesOf(line: string): string[] {
    return this.behind === null ? [line] : [line, this.behind.name(line)];
  }

  private async *numberedEvents(behind: Pseudonyms, filter: EventFilter): AsyncGenerator<CatpoolEvent> {
    const line = filter.line?.flatMap((name) => this.namesOf(name));
    const stored = this.eventsAsTheyStand({ ...filter, ...(line === undefined ? {} : { line }) });
    for await (const event of stored) yield behind.numbered(event);
  }

  private eventsAsTheyStand(filter: EventFilter): AsyncGenerator<CatpoolEvent> {
    const states = async () => {
      await this.ready();
      return this.states(filter.feed);
    };
    const { root, duck } = this;
    return mergedEvents({ root, duck, states, open: (state, emit) => this.open(state, emit) }, filter);
  }

  /**
   * What features read of events, as columns of numbers and of numbers of texts, then the events that are still open whole. In no
   * particular order; overlapping captures give an event twice, as reading them does.
   */
  async columns(
    filter: EventFilter,
    onColumns: (columns: EventColumns) => void,
    numberText: NumberText,
    onEvent: (event: CatpoolEvent) => void,
  ): Promise<void> {
    const { from, until } = spanOf(filter);
    const states = this.states(filter.feed);
    const files = states
      .flatMap((state) => filesWithin(state, from, until))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, rows }) => ({ path: join(this.root, name), rows }));
    // One of its own, whose memory is given back before the lines are gone through.
    const duck = new Duck(this.threads);
    try {
      for await (const columns of readColumns(duck, files, from, until, numberText)) onColumns(columns);
    } finally {
      await duck.close();
    }
    for (const state of states) {
      this.open(state, (event) => {
        if (isWithin(event, from, until)) onEvent(event);
      });
    }
  }

  /** Makes few files of many; see {@link compact}. */
  async compact(feed: string, many?: number): Promise<number> {
    return compact(this.writer(feed), many);
  }

  /** Takes old days away; see {@link prune}. */
  async prune(feed: string, retention: Retention): Promise<string[]> {
    return prune(this.writer(feed), retention);
  }

  /** The files of events that a feed's commits speak of. */
  files(feed: string): LakeFile[] {
    return this.states(feed).flatMap((state) => [...state.files.values()]);
  }

  /** Events of the files that touch a span of time: those that are in it, and those beside them. */
  rows(filter: EventFilter): number {
    const { from, until } = spanOf(filter);
    const files = this.states(filter.feed).flatMap((state) => filesWithin(state, from, until));
    return files.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Bytes of events that are in. */
  bytes(feed?: string): number {
    let sum = 0;
    for (const state of this.states(feed)) for (const file of state.files.values()) sum += file.bytes;
    return sum;
  }

  /**
   * Writes the verdicts of a run.
   *
   * @param by feed whose one writer does it: what a crash leaves is taken away when that feed is opened again
   * @returns the name of the file below the store
   */
  writeVerdicts(rows: readonly VerdictRow[], from: number, until: number, by = ''): Promise<string> {
    return writeVerdicts(this.root, this.disk, this.duck, rows, from, until, by);
  }

  /** Whether verdicts over the same window are kept. */
  hasVerdicts(from: number, until: number): boolean {
    return hasVerdicts(this.root, from, until);
  }

  async close(): Promise<void> {
    await this.duck.close();
  }

  private states(feed?: string): FeedState[] {
    const feeds = feed === undefined ? this.feeds() : [feed];
    return feeds.map((name) => this.writers.get(name)?.state ?? this.stateOf(name));
  }

  private stateOf(feed: string): FeedState {
    const known = this.remembered?.get(feed);
    if (known !== undefined && renewFeed(known)) return known;
    const state = readFeed(this.root, feed);
    this.remembered?.set(feed, state);
    return state;
  }

  private async readAhead(): Promise<void> {
    const { remembered } = this;
    if (remembered === null) return;
    for (const feed of this.feeds()) {
      const known = remembered.get(feed);
      if (this.writers.has(feed) || (known !== undefined && renewFeed(known))) continue;
      const reading = readingFeed(this.root, feed);
      for (let step = reading.next(); ; step = reading.next()) {
        if (step.done === true) {
          remembered.set(feed, step.value);
          break;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  private open(state: FeedState, emit: (event: CatpoolEvent) => void): void {
    const context = this.context(state.feed, state.homeCountry);
    const { limits, pseudonyms } = this;
    const source = { state, context, limits, counters: new Counters(), key: pseudonyms?.key ?? null };
    openEvents(source, pseudonyms === null ? emit : (event) => emit(pseudonyms.event(event)));
  }

  private context(feed: string, homeCountry: string | null): EventContext {
    const { ss7Variant } = this.options;
    return { feed, plan: new NumberPlan(homeCountry), ...(ss7Variant === undefined ? {} : { ss7Variant }) };
  }
}
