import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { systemWords } from '../delivery/files.ts';
import { isSame, type Stamp } from './ledger.ts';

/** A file that its writer is done with. */
export interface Finished {
  /** Below the watched folder, with what the finder puts before it. */
  path: string;
  /** As the system knows it. */
  file: string;
  stamp: Stamp;
}

export interface Sweep {
  /** Files that nobody writes to any more and that are not known yet, oldest change first. */
  finished: Finished[];
  /** Files that are new or changed, and may still be written to. */
  unfinished: number;
  /** Every file that is there. */
  present: Set<string>;
}

/** Shortest time between two looks at a file of which its writer is said to be done, milliseconds. */
const LOOKS = 1000;
/** Names that programs which copy and write give to what is not complete, beside those that begin with a dot. */
const INCOMPLETE = /\.(?:part|tmp|partial|filepart|crdownload)$|~$/i;
const COMPRESSED = /\.(?:gz|zst|zstd|tgz)$/i;

interface Look {
  stamp: Stamp;
  /** When this content was first seen, milliseconds of the injected clock. */
  since: number;
}

/**
 * Finds the captures below a folder that are complete. A file is when it looks the same twice, and a later file of its writer is there
 * (a name that differs in its numbers alone, changed later) or it has not changed for the time to settle. That holds for `dumpcap -b`,
 * for `tcpdump -G`, `-C` and `-W`, and for files that are copied or renamed into the folder.
 */
export class Finder {
  private readonly root: string;
  private readonly prefix: string;
  /** Folder below that is not looked into; null: none. */
  private readonly except: string | null;
  private looks = new Map<string, Look>();

  /** @param prefix put before the paths of files */
  constructor(root: string, prefix: string, except: string | null) {
    this.root = resolve(root);
    this.prefix = prefix;
    this.except = except === null ? null : resolve(except);
  }

  /**
   * Looks at every file.
   *
   * @param now milliseconds since the epoch
   * @param settle milliseconds
   * @param isKnown whether this content of a file was dealt with
   * @throws UserError where the folder cannot be read
   */
  sweep(now: number, settle: number, isKnown: (path: string, stamp: Stamp) => boolean): Sweep {
    const files = new Map<string, Stamp>();
    this.walk(this.root, files);
    const newest = new Map<string, number>();
    for (const [path, { mtime }] of files) {
      const family = familyOf(path);
      if (family !== null) newest.set(family, Math.max(newest.get(family) ?? 0, mtime));
    }
    const looks = new Map<string, Look>();
    const finished: Finished[] = [];
    let unfinished = 0;
    for (const [path, stamp] of files) {
      if (isKnown(path, stamp)) continue;
      const before = this.looks.get(path);
      const look = before !== undefined && isSame(before.stamp, stamp) ? before : { stamp, since: now };
      looks.set(path, look);
      const seen = now - look.since;
      const family = familyOf(path);
      const hasLater = family !== null && (newest.get(family) ?? 0) > stamp.mtime;
      // The clock of a file server may differ from ours: what we saw ourselves counts too.
      const isSettled = now - stamp.mtime >= settle || seen >= settle;
      if (seen >= Math.min(LOOKS, settle) && (hasLater || isSettled))
        finished.push({ path, file: join(this.root, path.slice(this.prefix.length)), stamp });
      else unfinished++;
    }
    this.looks = looks;
    finished.sort((a, b) => a.stamp.mtime - b.stamp.mtime || (a.path < b.path ? -1 : 1));
    return { finished, unfinished, present: new Set(files.keys()) };
  }

  private walk(folder: string, files: Map<string, Stamp>): void {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      // A folder below may have gone since it was listed.
      if (folder !== this.root) return;
      throw new UserError(`${folder}: cannot be read: ${systemWords(error)}`);
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || INCOMPLETE.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (path === this.except) continue;
      if (entry.isDirectory()) {
        this.walk(path, files);
        continue;
      }
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() && stat.size > 0) {
        files.set(this.prefix + relative(this.root, path), { size: stat.size, mtime: stat.mtimeMs, inode: stat.ino });
      }
    }
  }
}

/**
 * What the names of one writer's files have in common; null for compressed ones: what compresses files does not say by the next one
 * that it is done with the one before.
 */
function familyOf(path: string): string | null {
  return COMPRESSED.test(path) ? null : path.replace(/\d+/g, '#').replace(/#$/, '');
}
