import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { makeFolders } from '../base/folders.ts';
import { temporary } from '../base/temporary.ts';

/** End of the name of a file that is still being written. */
export const PART = '.part';

/** Characters of lines that are written at a time. */
const CHUNK = 1 << 20;

/**
 * Every change of a store's files, step by step. A file appears under its name only when all of it is on the disk, and stays
 * there when its folder is too, which {@link sync} sees to: so a crash between two steps leaves either what was or what will be.
 */
export class Disk {
  private readonly onStep: (step: string, path: string) => void;
  /** Folders with names that may not be on the disk yet. */
  private readonly unsynced = new Set<string>();

  /** @param onStep told of each step before it is made; what it throws stops the work there, as a crash would */
  constructor(onStep: (step: string, path: string) => void = () => undefined) {
    this.onStep = onStep;
  }

  /** Makes a folder and those above it, for this user alone. */
  folder(path: string): void {
    if (existsSync(path)) return;
    this.folder(dirname(path));
    this.step('mkdir', path, () => makeFolders(path));
    this.unsynced.add(dirname(path));
  }

  /** Name that the file at `path` has while it is written. */
  part(path: string): string {
    return join(dirname(path), `.${basename(path)}${PART}`);
  }

  /** Writes a small file whole. */
  write(path: string, data: string | Buffer): void {
    const part = this.part(path);
    this.step('write', part, () => writeFileSync(part, data, { mode: 0o600 }));
    this.settle(path);
  }

  /** Writes lines to a file that nobody counts on after a crash: together they may be more than one text can hold. */
  writeLines(path: string, lines: Iterable<string>): void {
    this.step('write', path, () => {
      const file = openSync(path, 'w', 0o600);
      try {
        let text = '';
        for (const line of lines) {
          text += `${line}\n`;
          if (text.length < CHUNK) continue;
          writeFileSync(file, text);
          text = '';
        }
        writeFileSync(file, text);
      } finally {
        closeSync(file);
      }
    });
  }

  /** Has `make` write the file with the name it is given, then settles it. */
  async make(path: string, make: (part: string) => Promise<void>): Promise<void> {
    const part = this.part(path);
    const settled = temporary(part);
    // So that it is this user's alone from its first byte on.
    this.step('create', part, () => writeFileSync(part, '', { mode: 0o600 }));
    this.onStep('make', part);
    await make(part);
    this.settle(path);
    settled();
  }

  /** Gives a file that is written its name. */
  settle(path: string): void {
    const part = this.part(path);
    this.step('fsync', part, () => {
      const file = openSync(part, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
    this.step('rename', path, () => renameSync(part, path));
    this.unsynced.add(dirname(path));
  }

  /** Puts the names of all files settled so far on the disk. */
  sync(): void {
    for (const folder of this.unsynced) this.syncFolder(folder);
    this.unsynced.clear();
  }

  /**
   * Gives a file that says who its owner is a name that nobody has taken, whole from the first. False where somebody has.
   *
   * @param owner empty: nobody in particular
   */
  claim(path: string, owner: string): boolean {
    const own = `${path}.${owner === '' ? process.pid : owner}${PART}`;
    try {
      writeFileSync(own, owner, { mode: 0o600 });
      linkSync(own, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      throw new UserError(`cannot write ${path}: ${words(error)}`);
    } finally {
      rmSync(own, { force: true });
    }
  }

  remove(path: string): void {
    this.step('remove', path, () => rmSync(path, { force: true }));
  }

  /** When a file was written, by the clock of its disk, milliseconds; null where it is not there. */
  written(path: string): number | null {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
  }

  /** Bytes of a file. */
  size(path: string): number {
    return statSync(path).size;
  }

  private syncFolder(folder: string): void {
    this.step('fsync', folder, () => {
      const handle = openSync(folder, 'r');
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    });
  }

  private step(step: string, path: string, work: () => void): void {
    this.onStep(step, path);
    try {
      work();
    } catch (error) {
      throw new UserError(`cannot ${step === 'remove' ? 'remove' : 'write'} ${path}: ${words(error)}`);
    }
  }
}

/** What the system said, without the name of the call. */
function words(error: unknown): string {
  const { message } = error as Error;
  return message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '');
}
