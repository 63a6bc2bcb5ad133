import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import {
  type CaptureEntry,
  type Commit,
  comparePlaces,
  type LakeFile,
  type Place,
  placeOf,
  readCommit,
} from './commit.ts';

/** What the commits of one feed say together. */
export class FeedState {
  readonly feed: string;
  generation = 0;
  homeCountry: string | null = null;
  /** By SHA-256. */
  readonly captures = new Map<string, CaptureEntry>();
  /** Files to read, by name. */
  readonly files = new Map<string, LakeFile>();
  /** Files that were replaced and may still be there for a reader that has not noticed, with the commit that said so. */
  readonly superseded = new Map<string, number>();
  base: Commit['base'] = null;
  /** End of the last day that retention took away, seconds since the epoch. */
  horizon: number | null = null;
  /** Names of the commits, and generation of each. */
  readonly names = new Map<string, number>();

  constructor(feed: string) {
    this.feed = feed;
  }

  apply(commit: Commit): void {
    this.generation = commit.generation;
    this.homeCountry = commit.homeCountry;
    for (const entry of commit.captures) this.captures.set(entry.result.sha256, entry);
    for (const { sha256, rest } of commit.rests) {
      const entry = this.captures.get(sha256);
      if (entry !== undefined) this.captures.set(sha256, { ...entry, rest });
    }
    for (const sha256 of commit.expired) this.captures.delete(sha256);
    for (const file of commit.files) this.files.set(file.name, file);
    for (const name of commit.superseded) {
      this.files.delete(name);
      this.superseded.set(name, commit.generation);
    }
    this.base = commit.base;
    this.horizon = commit.horizon;
  }

  /** Places of the captures that the stitch goes through, in order. */
  places(): Place[] {
    const places: Place[] = [];
    for (const entry of this.captures.values()) {
      const place = placeOf(entry);
      if (place !== null && (this.base === null || comparePlaces(place, this.base.place) > 0)) places.push(place);
    }
    return places.sort(comparePlaces);
  }
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
  const folder = commitFolder(root, feed);
  // A commit may be folded into a snapshot while we read: then the list is old.
  for (let attempt = 0; ; attempt++) {
    const names = namesIn(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    const commits = names.map((name) => ({ name, commit: readCommit(join(folder, name)) }));
    if (commits.some(({ commit }) => commit === null) && attempt < MOST_ATTEMPTS) continue;
    const state = new FeedState(feed);
    const found = commits.flatMap(({ name, commit }) => (commit === null ? [] : [{ name, commit }]));
    found.sort((a, b) => a.commit.generation - b.commit.generation);
    const start = Math.max(
      0,
      found.findLastIndex(({ commit }) => commit.snapshot),
    );
    for (const { name, commit } of found) state.names.set(name, commit.generation);
    for (const { name, commit } of found.slice(start)) {
      if (commit.feed !== feed) throw new UserError(`${join(folder, name)}: commit of another feed, ${commit.feed}`);
      state.apply(commit);
    }
    return state;
  }
}

const MOST_ATTEMPTS = 10;

/** Names in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new UserError(`${folder}: cannot be read: ${message}`);
  }
}
