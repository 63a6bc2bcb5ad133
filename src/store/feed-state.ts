import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { CaptureTable, type Places, UNPACKED } from './capture-table.ts';
import { type CaptureEntry, type Commit, type LakeFile, type PackName, readCommit } from './commit.ts';
import type { EndsFile } from './ends.ts';
import { type PackedCapture, readDetails, readIndex } from './pack.ts';

/** Packs whose captures are in memory at a time. */
const LOADED = 4;

/** What the commits of one feed say together. */
export class FeedState {
  readonly feed: string;
  /** Of its commits. */
  readonly folder: string;
  generation = 0;
  homeCountry: string | null = null;
  readonly captures = new CaptureTable();
  /** Captures that are in no pack yet, by SHA-256. */
  readonly recent = new Map<string, CaptureEntry>();
  /** By number; null: gone. */
  readonly packs: (PackName | null)[] = [];
  /** Files of what the stitch held open after captures, where that is kept: by SHA-256. */
  readonly rests = new Map<string, string>();
  /** Files to read, by name. */
  readonly files = new Map<string, LakeFile>();
  /** Files that were replaced and may still be there for a reader that has not noticed, with the commit that said so. */
  readonly superseded = new Map<string, number>();
  base: Commit['base'] = null;
  /** End of the last day that retention took away, seconds since the epoch. */
  horizon: number | null = null;
  /** Names of the commits, and generation of each. */
  readonly names = new Map<string, number>();
  private readonly loaded = new Map<number, Map<string, CaptureEntry>>();

  constructor(root: string, feed: string) {
    this.feed = feed;
    this.folder = commitFolder(root, feed);
  }

  apply(commit: Commit): void {
    this.generation = commit.generation;
    this.homeCountry = commit.homeCountry;
    for (const entry of commit.captures) {
      const { sha256, first, last, diskBytes } = entry.result;
      this.recent.set(sha256, entry);
      if (entry.rest !== null) this.rests.set(sha256, entry.rest);
      this.captures.add({
        sha256,
        first,
        last: last?.s ?? Number.NaN,
        size: diskBytes,
        pack: UNPACKED,
        ends: entry.ends === null ? null : { offset: 0, length: 0 },
      });
    }
    for (const { sha256, rest } of commit.rests) {
      if (rest === null) this.rests.delete(sha256);
      else if (this.captures.has(sha256)) this.rests.set(sha256, rest);
    }
    for (const sha256 of commit.expired) {
      this.recent.delete(sha256);
      this.rests.delete(sha256);
    }
    this.captures.remove(commit.expired);
    for (const file of commit.files) this.files.set(file.name, file);
    for (const name of commit.superseded) {
      this.files.delete(name);
      this.superseded.set(name, commit.generation);
    }
    this.base = commit.base;
    this.horizon = commit.horizon;
  }

  /** Takes captures of a pack in, or notes that some it has are in there now. */
  addPack(pack: PackName, rows: readonly PackedCapture[]): void {
    const number = this.packs.push(pack) - 1;
    for (const { sha256, first, last, size, ends } of rows) {
      this.captures.add({ sha256, first, last: last ?? Number.NaN, size, pack: number, ends });
      this.recent.delete(sha256);
    }
  }

  /** Places of the captures that the stitch goes through, in order. */
  places(): Places {
    return this.captures.places(this.base?.place ?? null);
  }

  /** Where the loose ends of a capture are. */
  ends(sha256: string): EndsFile {
    const ends = this.captures.ends(sha256);
    const pack = ends === null || ends.pack === UNPACKED ? null : this.packs[ends.pack]!;
    if (pack === null) return { path: join(this.folder, endsName(sha256)) };
    return { path: join(this.folder, pack.name), part: ends! };
  }

  /** All that commits said of captures. @throws UserError where a pack cannot be read */
  *entries(names: Iterable<string>): Generator<CaptureEntry> {
    for (const sha256 of names) {
      const number = this.captures.pack(sha256);
      const entry = number === UNPACKED ? this.recent.get(sha256) : this.load(number).get(sha256);
      if (entry !== undefined) yield entry;
    }
  }

  private load(number: number): Map<string, CaptureEntry> {
    let entries = this.loaded.get(number);
    if (entries === undefined) {
      const details = readDetails(this.folder, this.packs[number]!);
      entries = new Map(details.map((entry) => [entry.result.sha256, entry]));
      if (this.loaded.size === LOADED) this.loaded.clear();
      this.loaded.set(number, entries);
    }
    return entries;
  }
}

/** File of the loose ends of a capture that is in no pack, beside its commit. */
export function endsName(sha256: string): string {
  return `${sha256}.ends.gz`;
}

/** Names of feeds as they stand in names of files. */
const FEED = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** @throws UserError where a feed's name cannot be part of a file's */
export function checkFeed(feed: string): void {
  if (!FEED.test(feed))
    throw new UserError(
      `feed ${feed}: in a store a name has letters, digits, dots, dashes and underscores, at most 64`,
    );
}

export function commitFolder(root: string, feed: string): string {
  return join(root, 'commits', feed);
}

/** Feeds that wrote into a store, in order of name. */
export function listFeeds(root: string): string[] {
  return namesIn(join(root, 'commits')).filter((name) => FEED.test(name));
}

/** Reads all commits of a feed. */
export function readFeed(root: string, feed: string): FeedState {
  const reading = readingFeed(root, feed);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}

/** The same a little at a time: whenever it yields, others may have their turn. */
export function* readingFeed(root: string, feed: string): Generator<void, FeedState, void> {
  const folder = commitFolder(root, feed);
  // A commit may be folded into a snapshot while we read: then the list is old.
  for (let attempt = 0; ; attempt++) {
    const commits: { name: string; commit: Commit | null }[] = [];
    for (const name of commitNames(folder)) {
      commits.push({ name, commit: readCommit(join(folder, name)) });
      if (commits.length % AT_ONCE === 0) yield;
    }
    if (commits.some(({ commit }) => commit === null) && attempt < MOST_ATTEMPTS) continue;
    const state = new FeedState(root, feed);
    const found = commits.flatMap(({ name, commit }) => (commit === null ? [] : [{ name, commit }]));
    found.sort((a, b) => a.commit.generation - b.commit.generation);
    const start = Math.max(
      0,
      found.findLastIndex(({ commit }) => commit.snapshot),
    );
    const packs = found[start]?.commit.packs ?? [];
    let missing: PackName | null = null;
    for (const pack of packs) {
      const rows = readIndex(folder, pack);
      if (rows === null) {
        missing = pack;
        break;
      }
      state.addPack(pack, rows);
      yield;
    }
    if (missing !== null && attempt < MOST_ATTEMPTS) continue;
    if (missing !== null) throw new UserError(`${join(folder, missing.name)}: missing pack of captures`);
    for (const { name, commit } of found) state.names.set(name, commit.generation);
    for (const { name, commit } of found.slice(start)) {
      if (commit.feed !== feed) throw new UserError(`${join(folder, name)}: commit of another feed, ${commit.feed}`);
      state.apply(commit);
    }
    return state;
  }
}

const MOST_ATTEMPTS = 10;
/** Commits that are read before others have their turn. */
const AT_ONCE = 32;

/**
 * Takes in what was committed to a feed since its state was read.
 *
 * @returns false where it must be read anew, as commits were folded or taken away
 * @throws UserError where a commit is damaged; the state is as it was
 */
export function renewFeed(state: FeedState): boolean {
  const names = commitNames(state.folder);
  const fresh = names.filter((name) => !state.names.has(name));
  if (names.length - fresh.length < state.names.size) return false;
  const commits: { name: string; commit: Commit }[] = [];
  for (const name of fresh) {
    const commit = readCommit(join(state.folder, name));
    if (commit === null || commit.snapshot || commit.generation <= state.generation) return false;
    commits.push({ name, commit });
  }
  commits.sort((a, b) => a.commit.generation - b.commit.generation);
  for (const { name, commit } of commits) {
    state.names.set(name, commit.generation);
    state.apply(commit);
  }
  return true;
}

/**
 * The country that numbers in a store are completed with, ISO 3166-1: what its feeds were begun with, null where that is none or not the
 * same for all; undefined where it has none of these feeds.
 *
 * @param feeds left out: all
 */
export function homeOfStore(root: string, feeds: readonly string[] = listFeeds(root)): string | null | undefined {
  const homes = new Set<string | null>();
  for (const feed of feeds) {
    const folder = commitFolder(root, feed);
    // All commits of a feed say the same. One that is folded away while we look is not there any more.
    for (const name of commitNames(folder)) {
      const commit = readCommit(join(folder, name));
      if (commit === null) continue;
      homes.add(commit.homeCountry);
      break;
    }
  }
  return homes.size > 1 ? null : [...homes][0];
}

function commitNames(folder: string): string[] {
  return namesIn(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
}

/** Names in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UserError(`${folder}: cannot be read: ${message}`);
  }
}
