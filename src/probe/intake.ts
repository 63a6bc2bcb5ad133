import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { add, Counters } from '../base/counters.ts';
import { isDiskTrouble } from '../base/disk-trouble.ts';
import { AHEAD, believedUntil, compareTime } from '../base/time.ts';
import { type CaptureInput, listCaptures } from '../capture/list.ts';
import { findHomeCountry } from '../scan/home-country.ts';
import { noteCapture, secondsAhead } from './checks.ts';
import { bytesOf, secondsOf } from './config.ts';
import { Finder, type Finished } from './finder.ts';
import { type Held, limitsOf, variantOf } from './held.ts';
import type { LedgerEntry, Outcome, Stamp } from './ledger.ts';
import { growth, isGone, refused, StoreTrouble, take } from './take.ts';

/** Files put in order of their first packet at a time. */
const BATCH = 256;
/** Files that are gone are forgotten when they are this many. */
const GONE = 1000;
/** Before the paths of captures made of live input. */
const LIVE = 'live:';

/** Brings captures from the folders of a probe into its store, each once, and counts what became of them. */
export class Intake {
  /** Of the captures taken since the start of the process. */
  readonly counters = new Counters();
  readonly captures: Record<Outcome | 'vanished', number> = {
    taken: 0,
    repeated: 0,
    expired: 0,
    grown: 0,
    refused: 0,
    vanished: 0,
  };
  events = 0;
  /** Files that are complete and not yet taken, and files that may still be written to. */
  waiting = 0;
  unfinished = 0;
  /** Last packet taken, seconds since the epoch; null where there is none. */
  lastPacket: number | null = null;
  /** When the folders were last looked through, milliseconds since the epoch. */
  sweptAt: number | null = null;
  /** That looking through them took. */
  sweepMs = 0;
  private readonly held: Held;
  private readonly signal: AbortSignal;
  private readonly between: () => Promise<void>;
  private readonly folder: Finder | null;
  private readonly live: Finder;

  /**
   * @param signal abandons the capture that is being read
   * @param between what is done between two captures
   */
  constructor(held: Held, signal: AbortSignal, between: () => Promise<void>) {
    this.held = held;
    this.signal = signal;
    this.between = between;
    const { folder, store } = held.options;
    this.folder = folder === null ? null : new Finder(folder, '', store);
    this.live = new Finder(held.spool, LIVE, null);
  }

  /** Learns from the store how far it reaches. */
  begin(): void {
    const { store, config, clock } = this.held;
    this.lastPacket = store.latest(config.feed, believedUntil(clock.now()));
  }

  /**
   * Looks through the folders and takes what is complete, what began first before the rest.
   *
   * @param twice looks again, since a file must look the same twice
   * @throws StoreTrouble where the store cannot be written: nothing is lost, and it is to be called again
   */
  async round(twice: boolean): Promise<void> {
    // A rest of a file may be taken only once it is on the disk that the file was read.
    this.flush();
    const settle = secondsOf(this.held.config.settle) * 1000;
    let found = this.sweep(settle);
    if (twice && this.unfinished > 0) {
      await this.held.clock.sleep(Math.min(1000, settle), this.signal);
      found = this.sweep(settle);
    }
    this.forgetGone(found.map(({ present }) => present));
    this.trimSpool();
    const finished = found.flatMap((one) => one.finished).sort((a, b) => a.stamp.mtime - b.stamp.mtime);
    this.waiting = finished.length;
    for (let at = 0; at < finished.length && !this.signal.aborted; at += BATCH) {
      await this.takeBatch(finished.slice(at, at + BATCH));
    }
  }

  private sweep(settle: number) {
    const { clock, ledger } = this.held;
    const began = clock.now();
    const isKnown = (path: string, stamp: Stamp) => ledger.known(path, stamp) !== undefined;
    // What we write ourselves has its name when it is complete.
    const found = [this.live.sweep(clock.now(), 0, isKnown)];
    if (this.folder !== null) found.push(this.folder.sweep(clock.now(), settle, isKnown));
    this.sweptAt = clock.now();
    this.sweepMs = this.sweptAt - began;
    this.unfinished = found.reduce((sum, { unfinished }) => sum + unfinished, 0);
    return found;
  }

  private forgetGone(present: readonly ReadonlySet<string>[]): void {
    const { ledger } = this.held;
    const gone: string[] = [];
    for (const { path } of ledger.all()) if (!present.some((some) => some.has(path))) gone.push(path);
    if (gone.length >= GONE) ledger.forget(gone);
  }

  /** Takes the oldest captures of live input away that the store has, where all of them are more than may stay: none, beside pseudonyms. */
  private trimSpool(): void {
    const { ledger, spool, config } = this.held;
    const kept = [...ledger.all()].filter(({ path }) => path.startsWith(LIVE));
    const most = this.held.store.pseudonyms === null ? bytesOf(config.live.keep) : 0;
    let bytes = kept.reduce((sum, { size }) => sum + size, 0);
    const gone: string[] = [];
    for (const { path, size, first } of kept.sort((a, b) => (a.first ?? 0) - (b.first ?? 0))) {
      if (bytes <= most || first === null) break;
      rmSync(join(spool, path.slice(LIVE.length)), { force: true });
      gone.push(path);
      bytes -= size;
    }
    ledger.forget(gone);
  }

  private async takeBatch(files: readonly Finished[]): Promise<void> {
    const listed: { file: Finished; input: CaptureInput }[] = [];
    for (const file of files) {
      const input = (await this.isNoted(file)) ? null : await this.list(file);
      if (input === null) this.waiting--;
      else listed.push({ file, input });
    }
    listed.sort((a, b) => compareFirst(a.input, b.input));
    await this.findHome(listed.map(({ input }) => input));
    for (const { file, input } of listed) {
      if (this.signal.aborted) return;
      await this.take(file, input);
      this.waiting--;
      await this.between();
    }
  }

  /** Looks at the first captures of a feed for its home country, where nobody named one: the store keeps it. */
  private async findHome(inputs: readonly CaptureInput[]): Promise<void> {
    const { held, signal } = this;
    if (inputs.length === 0 || !held.isHomeOpen) return;
    const { config, log } = held;
    // What cannot be read is told of when it is taken.
    const found = await findHomeCountry(inputs, limitsOf(config), variantOf(config), { isLenient: true, signal });
    if (signal.aborted) return;
    if (found === null) {
      log.warn({}, 'home country unknown: numbers without a country code stay as they are in this feed (home_country)');
      return;
    }
    const { region, signs, of, by } = found;
    await held.beginAt(region);
    log.info({ home_country: region, signs, of, by }, 'home country found in the first captures, and kept');
  }

  /** A file as a capture; null where it is none, or gone. */
  private async list(file: Finished): Promise<CaptureInput | null> {
    try {
      const [input] = await listCaptures([file.file]);
      return input!;
    } catch (error) {
      if (isDiskTrouble(error)) throw new StoreTrouble((error as Error).message);
      if (isGone(error)) this.vanished(file);
      else this.note(refused(file, error, this.held.clock.now()));
      return null;
    }
  }

  /**
   * Whether a file was read before and has grown: what came since is written into the spool as a capture of its own, to be found there,
   * and noted here.
   */
  private async isNoted(file: Finished): Promise<boolean> {
    const before = this.held.ledger.get(file.path);
    if (before === undefined || before.outcome === 'refused') return false;
    if (before.inode !== file.stamp.inode || before.size >= file.stamp.size) return false;
    const rest = join(this.held.spool, `rest-${before.capture.slice(0, 16)}-${before.packets}.pcapng`);
    let grown: LedgerEntry | null;
    try {
      grown = await growth(file, before, rest);
    } catch (error) {
      if (isDiskTrouble(error)) throw new StoreTrouble((error as Error).message);
      return false;
    }
    if (grown === null) return false;
    this.note(grown);
    return true;
  }

  private async take(file: Finished, input: CaptureInput): Promise<void> {
    const { store, config, clock, log, state } = this.held;
    const started = clock.now();
    const taken = await take(input, file, store, {
      feed: config.feed,
      homeCountry: this.held.homeCountry,
      limits: limitsOf(config),
      ss7Variant: variantOf(config),
      signal: this.signal,
      now: () => clock.now(),
    });
    if (taken === null) {
      this.vanished(file);
      return;
    }
    const { entry, result, counters, events = 0 } = taken;
    this.note(entry);
    if (result === undefined || counters === undefined) return;
    const ahead = secondsAhead(result, clock.now());
    if (ahead > AHEAD) add(counters.anomalies, 'capture dated in the future');
    else if (result.last !== null) this.lastPacket = Math.max(this.lastPacket ?? 0, result.last.s);
    this.counters.merge(counters);
    this.events += events;
    const { packets, sha256, stop } = result;
    log.info(
      { capture: entry.path, sha256, packets, events, seconds: (clock.now() - started) / 1000 },
      'capture taken',
    );
    if (stop !== null) {
      const { layer, offset, reason } = stop;
      log.warn({ capture: entry.path, layer, offset, reason }, 'capture cut or damaged: read up to there');
    }
    const jump = secondsOf(config.alerts.clock_jump) || Number.POSITIVE_INFINITY;
    const noted = noteCapture(
      state.memory,
      config.feed,
      result,
      counters.messages,
      file.stamp.mtime,
      clock.now(),
      jump,
    );
    state.memory = noted.memory;
    this.held.raise(noted.findings);
  }

  /** Puts on the ledger what became of a file. */
  private note(entry: LedgerEntry): void {
    const { ledger, log } = this.held;
    const { path, outcome, reason } = entry;
    ledger.add(entry);
    this.captures[outcome]++;
    if (outcome === 'refused') log.warn({ capture: path, reason }, 'capture put into quarantine');
    else if (outcome !== 'taken') log.info({ capture: path, outcome }, 'capture left out');
    this.flush();
  }

  private flush(): void {
    try {
      this.held.ledger.flush();
    } catch (error) {
      throw new StoreTrouble((error as Error).message);
    }
  }

  private vanished(file: Finished): void {
    this.captures.vanished++;
    this.held.log.warn({ capture: file.path }, 'capture gone before it was read');
  }
}

function compareFirst(a: CaptureInput, b: CaptureInput): number {
  if (a.first === null || b.first === null) return (a.first === null ? 1 : 0) - (b.first === null ? 1 : 0);
  return compareTime(a.first.s, a.first.ns, b.first.s, b.first.ns) || (a.path < b.path ? -1 : 1);
}
