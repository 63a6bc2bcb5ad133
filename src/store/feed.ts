import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { EventContext } from '../events/context.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import {
  type CaptureEntry,
  type Commit,
  type LakeFile,
  PACKED_VERSION,
  type PackName,
  STORE_VERSION,
} from './commit.ts';
import { type Disk, PART } from './disk.ts';
import type { Duck } from './duck.ts';
import { packEnds } from './ends.ts';
import { type DayFile, EventBatch } from './event-batch.ts';
import { commitFolder, endsName as endsNameOf, type FeedState, namesIn, readFeed } from './feed-state.ts';
import { makePack, PACK, type PackedCapture, readIndex, readPart } from './pack.ts';
import type { Pseudonyms } from './pseudonym.ts';
import { groupOf, isKept, type LiveStitch, restitch, type StitchSource } from './restitch.ts';

/** One capture, decoded by itself, to be put into a store. */
export interface StoredCapture {
  result: CaptureResult;
  /** Given away: the store changes it. */
  ends: LooseEnds;
  counters: Counters;
  /** The events it held whole. */
  events: Iterable<CatpoolEvent>;
}

/** Commits after which all of them are folded into one. */
const FOLD = 256;
/** How long a replaced file stays for readers that have not noticed, milliseconds. */
const GRACE = 600_000;
/** Captures at the end of a feed after which the open state of the stitch is kept: most that are late are so by a few. */
const RECENT = 4;

/** What one commit says, besides what all say. */
export type Change = Partial<
  Pick<Commit, 'captures' | 'packs' | 'files' | 'superseded' | 'rests' | 'expired' | 'base' | 'horizon' | 'snapshot'>
>;

/**
 * Writes into one feed of a store; nobody else does. A commit is one file: what it names is on the disk before it is, and nobody
 * knows of it before.
 */
export class FeedWriter {
  readonly state: FeedState;
  readonly disk: Disk;
  readonly duck: Duck;
  readonly root: string;
  private readonly folder: string;
  private readonly context: EventContext;
  private readonly limits: Limits;
  private readonly counters = new Counters();
  private readonly pseudonyms: Pseudonyms | null;
  private live: LiveStitch | null = null;

  /**
   * Reads what is there, and takes away what a crash left.
   *
   * @param pseudonyms in whose place numbers are written; null: as they are
   */
  constructor(
    root: string,
    context: EventContext,
    homeCountry: string | null,
    limits: Limits,
    disk: Disk,
    duck: Duck,
    pseudonyms: Pseudonyms | null,
  ) {
    const { feed } = context;
    this.root = root;
    this.context = context;
    this.limits = limits;
    this.disk = disk;
    this.duck = duck;
    this.pseudonyms = pseudonyms;
    this.folder = commitFolder(root, feed);
    this.state = readFeed(root, feed);
    const { state } = this;
    if (state.generation === 0) state.homeCountry = homeCountry;
    else if (state.homeCountry !== homeCountry) {
      throw new UserError(
        `${root}: feed ${feed} was written with ${state.homeCountry === null ? 'no --home-country' : `--home-country ${state.homeCountry}`}: give the same`,
      );
    }
    disk.folder(this.folder);
    this.clean();
  }

  has(sha256: string): boolean {
    return this.state.captures.has(sha256);
  }

  /**
   * Puts a capture in, and joins its loose ends with those of its neighbours. When the promise is kept the capture is in; where it
   * is broken the capture is in wholly or not at all.
   *
   * @returns false where it was in already, or is older than what retention keeps
   */
  async commit({ result, ends, counters, events }: StoredCapture): Promise<boolean> {
    const { state, folder } = this;
    const { sha256 } = result;
    if (this.has(sha256)) return false;
    if (state.horizon !== null && (result.first?.s ?? 0) < state.horizon) return false;
    const files: LakeFile[] = [];
    const generation = state.generation + 1;
    const own = new EventBatch(this.duck, 'own_events');
    const stitched = new EventBatch(this.duck, 'stitched_events');
    const live = this.live;
    this.live = null;
    const source: StitchSource = {
      state,
      context: this.context,
      limits: this.limits,
      counters: this.counters,
      key: this.pseudonyms?.key ?? null,
    };
    try {
      await own.open();
      for (const event of events) own.add(this.written(event));
      const { rows } = own;
      for (const day of own.files()) {
        const name = this.fileName(day.day, stemOf(sha256, day));
        files.push(await this.write(own, day, { name, kind: 'own', from: null, to: null }));
      }
      let endsName: string | null = null;
      if (ends.first !== null) {
        endsName = endsNameOf(sha256);
        this.disk.write(join(folder, endsName), packEnds(ends, source.key).data);
      }
      await stitched.open();
      const { changes, live: going } = restitch(source, ends, live, (event, group) =>
        stitched.add(this.written(event), group),
      );
      for (const day of stitched.files()) {
        const name = this.fileName(day.day, stemOf(`stitch-${generation}-${day.group}`, day));
        files.push(await this.write(stitched, day, { name, kind: 'stitched', ...changes.groups.get(day.group)! }));
      }
      const rests: Commit['rests'] = [];
      for (const [of, rest] of changes.rests) {
        const name = rest === null ? null : `${of}.${rest.digest}.rest.gz`;
        if (name !== null && state.rests.get(of) !== name) this.disk.write(join(folder, name), rest!.data);
        rests.push({ sha256: of, rest: name });
      }
      const entry: CaptureEntry = {
        result,
        events: rows,
        counters: counters.toJSON(),
        ends: endsName,
        rest: null,
      };
      this.publish(`${sha256}.json`, { captures: [entry], files, superseded: changes.superseded, rests });
      this.live = going;
    } finally {
      await own.close();
      await stitched.close();
    }
    this.tidy();
    return true;
  }

  /** Makes a change known, all at once. */
  publish(name: string, change: Change): void {
    const { state, folder } = this;
    for (const found of readdirSync(folder)) {
      if (found.endsWith('.json') && !found.startsWith('.') && !state.names.has(found))
        throw new UserError(`${join(folder, found)}: written by another catpool: each needs a --feed of its own`);
    }
    const commit: Commit = {
      schema: 'catpool.commit/1',
      version: (change.packs?.length ?? 0) > 0 ? PACKED_VERSION : STORE_VERSION,
      feed: state.feed,
      generation: state.generation + 1,
      snapshot: false,
      homeCountry: state.homeCountry,
      captures: [],
      packs: [],
      files: [],
      superseded: [],
      rests: [],
      expired: [],
      base: state.base,
      horizon: state.horizon,
      ...change,
    };
    this.disk.sync();
    this.disk.write(join(folder, name), JSON.stringify(commit));
    this.disk.sync();
    state.apply(commit);
    state.names.set(name, commit.generation);
  }

  /** Where the events of a day go. */
  fileName(day: string, stem: string): string {
    return `events/day=${day}/${stem}.${this.state.feed}.parquet`;
  }

  /** An event as files hold it. */
  private written(event: CatpoolEvent): CatpoolEvent {
    return this.pseudonyms === null ? event : this.pseudonyms.event(event);
  }

  /** Puts one file of events on the disk, still unknown to anybody. */
  private async write(
    batch: EventBatch,
    day: DayFile,
    about: Pick<LakeFile, 'name' | 'kind' | 'from' | 'to'>,
  ): Promise<LakeFile> {
    const path = join(this.root, about.name);
    this.disk.folder(join(path, '..'));
    await this.disk.make(path, (part) => batch.write(day, part));
    return { ...about, rows: day.rows, bytes: this.disk.size(path), first: day.first, last: day.last };
  }

  /** After a commit, which holds whatever becomes of this: folds commits, and takes away what nobody needs any more. */
  private tidy(): void {
    const { state, folder } = this;
    if (state.names.size > FOLD || state.recent.size > 2 * FOLD) this.fold();
    const places = state.places();
    if (places.length > RECENT) {
      const old = places.at(places.length - RECENT - 1);
      const isLastOfDay = groupOf(old) !== groupOf(places.at(places.length - RECENT));
      const rest = state.rests.get(old.sha256);
      if (rest !== undefined && !isLastOfDay && !isKept(old.sha256)) {
        this.disk.remove(join(folder, rest));
        state.rests.delete(old.sha256);
      }
    }
    this.sweep();
  }

  /** Takes files away that were replaced long enough before the last commit. */
  sweep(): void {
    const { state, folder } = this;
    const newest = [...state.names.keys()].at(-1);
    const now = newest === undefined ? null : this.disk.written(join(folder, newest));
    for (const [gone, generation] of state.superseded) {
      const said = [...state.names].find(([, known]) => known === generation)?.[0];
      const when = said === undefined ? null : this.disk.written(join(folder, said));
      if (when !== null && now !== null && now - when < GRACE) break;
      this.disk.remove(join(this.root, gone));
      state.superseded.delete(gone);
    }
  }

  /** Whether what the stitch held open after a capture is still there. */
  hasRest(rest: string): boolean {
    return this.disk.written(join(this.folder, rest)) !== null;
  }

  /** Files of the loose ends of captures, and of what was open after them. */
  endsOf(captures: readonly string[]): string[] {
    const { state } = this;
    return captures.flatMap((sha256) => {
      const rest = state.rests.get(sha256);
      const ends = state.recent.get(sha256)?.ends ?? null;
      return [...(rest === undefined ? [] : [rest]), ...(ends === null ? [] : [ends])];
    });
  }

  /** Takes the loose ends of captures away that are no longer in. */
  forget(names: readonly string[]): void {
    for (const name of names) if (name !== this.state.base?.rest) this.disk.remove(join(this.folder, name));
  }

  /**
   * Puts the captures that are in no pack yet into packs, and says in one commit all that is known, then takes the commits before it
   * away. Readers that have not noticed find the loose ends by themselves for a while.
   */
  fold(): void {
    const { state, folder } = this;
    const before = [...state.names.keys()];
    const generation = state.generation + 1;
    const entries = [...state.recent.values()];
    const made: { pack: PackName; rows: PackedCapture[] }[] = [];
    for (let at = 0; at < entries.length; at += FOLD) {
      const captures = entries.slice(at, at + FOLD).map((entry) => ({ entry, ends: this.packable(entry) }));
      const { data, rows, ...sizes } = makePack(captures);
      const pack = { name: `${generation}-${made.length}${PACK}`, ...sizes };
      this.disk.write(join(folder, pack.name), data);
      made.push({ pack, rows });
    }
    const inside = state.captures.packed(state.packs.length);
    const kept: PackName[] = [];
    const gone: string[] = [];
    const expired: string[] = [];
    for (const [number, pack] of state.packs.entries()) {
      if (pack === null) continue;
      if (inside[number] === 0) {
        gone.push(pack.name);
        continue;
      }
      kept.push(pack);
      if (inside[number] === pack.captures) continue;
      for (const { sha256 } of readIndex(folder, pack) ?? []) if (!state.captures.has(sha256)) expired.push(sha256);
    }
    const replaced = [...gone, ...entries.flatMap(({ ends }) => (ends === null ? [] : [ends]))];
    this.publish(`snapshot-${generation}.json`, {
      snapshot: true,
      packs: [...kept, ...made.map(({ pack }) => pack)],
      files: [...state.files.values()],
      rests: [...state.rests].map(([sha256, rest]) => ({ sha256, rest })),
      expired,
      superseded: [...state.superseded.keys(), ...replaced.map((name) => `commits/${state.feed}/${name}`)],
    });
    for (const [number, pack] of state.packs.entries())
      if (pack !== null && gone.includes(pack.name)) state.packs[number] = null;
    for (const { pack, rows } of made) state.addPack(pack, rows);
    for (const name of before) {
      this.disk.remove(join(folder, name));
      state.names.delete(name);
    }
  }

  /** The loose ends of a capture as their file holds them. */
  private packable({ ends }: CaptureEntry): Buffer | null {
    if (ends === null) return null;
    const path = join(this.folder, ends);
    const data = readPart(path);
    if (data === null) throw new UserError(`${path}: missing loose ends`);
    return data;
  }

  /** Takes away what an earlier writer of this feed left unfinished: files that no commit speaks of. */
  private clean(): void {
    const { state, folder, root, disk } = this;
    const needed = new Set<string>();
    for (const { ends } of state.recent.values()) if (ends !== null) needed.add(ends);
    for (const rest of state.rests.values()) needed.add(rest);
    for (const pack of state.packs) if (pack !== null) needed.add(pack.name);
    if (state.base?.rest) needed.add(state.base.rest);
    const newest = Math.max(
      0,
      ...[...state.names].filter(([name]) => name.startsWith('snapshot-')).map(([, at]) => at),
    );
    for (const name of namesIn(folder)) {
      const folded = (state.names.get(name) ?? newest) < newest;
      if (name.endsWith(PART) || folded || (/\.(?:gz|pack)$/.test(name) && !needed.has(name))) {
        disk.remove(join(folder, name));
        state.names.delete(name);
      }
    }
    const mine = [`.${state.feed}.parquet`, `.${state.feed}.parquet${PART}`];
    for (const day of namesIn(join(root, 'events'))) {
      for (const name of namesIn(join(root, 'events', day))) {
        const path = `events/${day}/${name}`;
        if (!mine.some((end) => name.endsWith(end)) || state.files.has(path) || state.superseded.has(path)) continue;
        if (feedOf(name) === state.feed) disk.remove(join(root, path));
      }
    }
  }
}

/** Beginning of the name of a file, of which a day may have several. */
function stemOf(stem: string, { part }: DayFile): string {
  return part === 0 ? stem : `${stem}-${part}`;
}

/** Feed that a file of events is of: the stem before it has no dot. */
function feedOf(name: string): string {
  const stem = name.replace(/^\./, '').replace(/\.parquet(\.part)?$/, '');
  return stem.slice(stem.indexOf('.') + 1);
}
