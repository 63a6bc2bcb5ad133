import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isDiskTrouble } from '../../base/disk-trouble.ts';
import { makeFolders } from '../../base/folders.ts';
import { type NumberPlan, numberPlan } from '../../base/numbers.ts';
import { localZone } from '../../base/zones.ts';
import { localOffset } from '../../features/local-time.ts';
import { type CellPlaces, readCellPlaces } from '../../features/references/cell-places.ts';
import type { ReferencePaths } from '../../features/references/references.ts';
import { readTacTypes, type TacType } from '../../features/references/tac-table.ts';
import { record } from '../../store/cases/audit.ts';
import { type CaseRow, caseRow } from '../../store/cases/case-rows.ts';
import { Cases } from '../../store/cases/cases.ts';
import { type Database, openDatabase } from '../../store/cases/database.ts';
import { raiseKept } from '../../store/cases/exchange.ts';
import { People } from '../../store/cases/people.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import { importRuns, newRuns, type RunRow } from '../../store/cases/runs.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { LocalTime } from './activity.ts';
import { Automatic } from './automatic.ts';
import { Citations } from './citations.ts';
import { Feeds } from './feeds.ts';
import { Hub } from './hub.ts';
import { type LineEvent, lineEvents } from './line-events.ts';
import { Models } from './models.ts';
import { Notices, type NoticesOptions } from './notices.ts';
import { Uploads } from './uploads.ts';
import { type ScanSettings, Workers } from './workers.ts';

export interface DeskOptions {
  /** Folder of the store. */
  store: string;
  /** Folder of the desk's own state. */
  folder: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Folders to look for original captures in, where they are no longer where they were read. */
  captures: readonly string[];
  homeCountry: string | null;
  timeZone: string | null;
  /** Seconds that verdicts are taken over. */
  window: number;
  /** Files that only the operator has. */
  references: ReferencePaths;
  /** File of the key of a pseudonymous store: the desk works with the numbers behind its pseudonyms. */
  pseudonymKey?: string | undefined;
  /** Receivers of orders, leads, victims and alerts; left out: none. */
  notices?: NoticesOptions;
}

/** What the operator's files say to people; null where they were not given. */
interface Known {
  cells: CellPlaces | null;
  types: ReadonlyMap<string, TacType> | null;
}

/** Lines whose events are kept in memory. */
const KEPT_LINES = 16;
/** Files of verdicts of so many bytes hold some ten thousand lines. */
const FEW_BYTES = 1_000_000;
/** A page waits so long for the store to be read, ms. */
const PATIENCE_MS = 100;
/** How often the store is looked at for new verdicts, ms. */
const REFRESH_MS = 5000;
/** What lies among scratch files for longer than this, a crash left: longer than anything works on one, ms. */
const ABANDONED_MS = 2 * 3_600_000;

/** The desk without the web: its database, the store it stands on, and what goes on behind the pages. */
export class Desk {
  readonly options: DeskOptions;
  readonly database: Database;
  readonly people: People;
  readonly cases: Cases;
  readonly store: Store;
  readonly hub = new Hub();
  /** For what somebody waits for. */
  readonly workers = new Workers(2);
  readonly models: Models;
  readonly uploads: Uploads;
  readonly automatic: Automatic;
  readonly citations: Citations;
  readonly feeds: Feeds;
  readonly known: Known;
  /** Null where nobody is to be told. */
  readonly notices: Notices | null;
  /** Takes verdicts in, beside those. */
  private readonly importer = new Workers(1, 5);
  private readonly events = new Map<string, Promise<LineEvent[]>>();
  /** Scratch files that a disk did not let go yet. */
  private readonly discarded = new Set<string>();
  private refreshing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;

  private constructor(options: DeskOptions, database: Database, store: Store, known: Known) {
    this.options = options;
    this.known = known;
    this.database = database;
    this.store = store;
    this.people = new People(database);
    this.cases = new Cases(database);
    this.models = new Models(database, this.folder('models'));
    this.automatic = new Automatic(database, this.cases, this.models);
    this.citations = new Citations(this);
    this.feeds = new Feeds(store, performance.now.bind(performance));
    this.uploads = new Uploads(this, this.folder('uploads'));
    this.notices =
      options.notices === undefined
        ? null
        : new Notices(database, options.folder, options.notices, (id) =>
            this.showCase(caseRow(database, id), 'delivery'),
          );
  }

  /** @throws UserError where there is no store, the database is damaged or of a newer version, the time zone unknown, or a file wrong */
  static async open(options: DeskOptions): Promise<Desk> {
    if (options.timeZone !== null) localOffset(options.timeZone);
    const { cells, tacDb } = options.references;
    const known = {
      cells: cells === undefined ? null : await readCellPlaces(cells),
      types: tacDb === undefined ? null : await readTacTypes(tacDb),
    };
    const store = openStore(options.store, false, {
      remembers: true,
      numbers: true,
      pseudonymKey: options.pseudonymKey,
    });
    let database: Database | null = null;
    try {
      database = await openDatabase(options.folder, options.now);
      return new Desk(options, database, store, known);
    } catch (error) {
      database?.close();
      await store.close();
      throw error;
    }
  }

  /** A folder below the desk's, for its owner alone. */
  folder(name: string): string {
    const path = join(this.options.folder, name);
    makeFolders(path);
    return path;
  }

  /** Takes a scratch file or folder away; where the disk is read-only by now, as soon as it is no more. */
  discard(path: string): void {
    try {
      rmSync(path, { recursive: true, force: true });
      this.discarded.delete(path);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      this.discarded.add(path);
    }
  }

  /** Takes away what could not be before, and what a desk that was killed left: packages of evidence hold whole numbers. */
  private tidy(): void {
    for (const path of [...this.discarded]) this.discard(path);
    const folder = join(this.options.folder, 'scratch');
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const written = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
      if (written < this.options.now() - ABANDONED_MS) this.discard(join(folder, name));
    }
  }

  /** Of the home country. */
  get plan(): NumberPlan {
    return numberPlan(this.options.homeCountry);
  }

  get scanSettings(): ScanSettings {
    const { store, homeCountry, timeZone, window, references, pseudonymKey } = this.options;
    return {
      store,
      feed: 'desk',
      homeCountry,
      timeZone: localZone(timeZone, homeCountry),
      window,
      references,
      pseudonymKey,
    };
  }

  /** Looks at the store again and again. @param onError told what was wrong with it, once each */
  watch(onError: (message: string) => void): void {
    let last = '';
    // The first sums of a large store take a while: whoever opens the overview finds them made.
    this.feeds.now().catch(() => undefined);
    const look = (): void => {
      this.notices?.handOver();
      this.refresh()
        .then(() => this.citations.renew())
        .then(() => this.tidy())
        .then(
          () => {
            last = '';
          },
          (error: Error) => {
            if (error.message !== last) onError(error.message);
            last = error.message;
          },
        )
        .finally(() => {
          if (this.timer !== null) this.timer = setTimeout(look, REFRESH_MS).unref();
        });
    };
    this.timer = setTimeout(look, 0);
  }

  /** Takes new verdicts in, tells the pages, and acts where a policy says so. */
  refresh(): Promise<void> {
    this.refreshing ??= this.takeIn().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  /** Few verdicts are taken in here, a few lines at a time; many by a process of its own, which tells how far it is. */
  private async takeIn(): Promise<void> {
    const { database, store, options } = this;
    await store.ready();
    const bytes = newRuns(database, options.store).reduce((sum, path) => sum + statSync(path).size, 0);
    if (bytes <= FEW_BYTES) return importRuns(database, store, (run) => this.arrived(run));
    database.leaveLog(true);
    try {
      await this.importer.run({ ...this.scanSettings, kind: 'import', desk: options.folder }, (news) => {
        if (news.kind !== 'taken') return;
        this.hub.tell({ kind: 'arriving' });
        if (news.run !== null) this.arrived(database.get<RunRow>('SELECT * FROM runs WHERE id = ?', news.run)!);
      });
      database.learn();
    } finally {
      database.leaveLog(false);
    }
  }

  private arrived(run: RunRow): void {
    this.events.clear();
    this.hub.tell({ kind: 'run', run: run.name, lines: run.lines, suspect: run.suspect, strong: run.strong });
    this.notices?.handOver();
    for (const row of raiseKept(this.database, this.cases)) this.tellCase(row, row.opened_by);
    for (const row of this.automatic.act(run)) this.tellCase(row, 'policy');
  }

  /** Notes something that changes nothing but must be known. */
  log(actor: string, action: string, subject: string, detail: Readonly<Record<string, unknown>>): void {
    this.database.transaction(() => record(this.database, actor, action, subject, detail));
  }

  tellCase(row: CaseRow, actor: string): void {
    this.showCase(row, actor);
    this.notices?.handOver();
  }

  private showCase({ id, version, state }: CaseRow, actor: string): void {
    this.hub.tell({ kind: 'case', case: id, version, state, actor });
  }

  newestRun(): RunRow | null {
    return this.database.get<RunRow>('SELECT * FROM newest_run') ?? null;
  }

  /** Window of a line's verdict, widened or narrowed as asked. */
  spanOf(row: LineRow, since?: number, until?: number): { from: number; until: number } {
    const run = row.run === null ? undefined : this.database.get<RunRow>('SELECT * FROM runs WHERE id = ?', row.run);
    return { from: since ?? run?.from_s ?? row.first_s, until: until ?? run?.until_s ?? row.last_s + 1 };
  }

  /** Events of a line, kept for the next question about it. */
  eventsOf(row: LineRow, from: number, until: number): Promise<LineEvent[]> {
    const key = `${row.id} ${from} ${until}`;
    let events = this.events.get(key);
    this.events.delete(key);
    events ??= lineEvents(this.store, row, from, until);
    events.catch(() => this.events.delete(key));
    this.events.set(key, events);
    for (const old of this.events.keys()) {
      if (this.events.size <= KEPT_LINES) break;
      this.events.delete(old);
    }
    return events;
  }

  /** Where a cell is; null where that is not known. */
  placeOf(cell: string): { latitude: number; longitude: number } | null {
    const number = this.known.cells?.find(cell) ?? -1;
    return number < 0 ? null : this.known.cells!.place(number);
  }

  /** Maker and model of a type allocation code, else its class; null where that is not known. */
  typeOf(tac: string): string | null {
    const type = this.known.types?.get(tac);
    return type === undefined ? null : type.name === '' ? type.kind : type.name;
  }

  /** Time of the desk's own zone, else of the one asked for, else UTC. @throws Refusal where that is none */
  localTime(asked = 'UTC'): LocalTime {
    const zone = this.options.timeZone ?? asked;
    try {
      return { zone, offsetAt: localOffset(zone) };
    } catch {
      throw new Refusal('invalid', 'there is no such time zone', { field: 'zone' });
    }
  }

  /** @throws Refusal where the commits of a large store are not all read yet: they are, in the background */
  async readable(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    });
    const isRead = await Promise.race([this.store.ready().then(() => true), late]).finally(() => clearTimeout(timer));
    if (!isRead) throw new Refusal('reading', 'the store is still being read: ask again in a moment');
  }

  /** Where original captures are now, by name; those that cannot be found are left out. */
  async capturePaths(wanted: ReadonlySet<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await this.store.ready();
    for (const { result } of this.store.named(wanted)) {
      const places = [
        resolve(result.path),
        ...this.options.captures.map((folder) => join(folder, basename(result.path))),
      ];
      const path = places.find((place) => existsSync(place));
      if (path !== undefined) found.set(result.sha256, path);
      await new Promise((others) => setImmediate(others));
    }
    return found;
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.hub.close();
    this.workers.close();
    this.importer.close();
    await this.refreshing?.catch(() => undefined);
    await this.uploads.idle();
    await this.notices?.close();
    for (const path of [...this.discarded]) this.discard(path);
    this.database.close();
    await this.store.close();
  }
}
