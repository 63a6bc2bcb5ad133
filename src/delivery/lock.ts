import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { systemWords } from './files.ts';

/** In place of the start of a process that does not run. */
const GONE = 'gone';

/** Starts at the same instant fight over a stale lock; each round one of them has it. */
const ROUNDS = 10;

/**
 * Takes a folder for this process, so that no two deliver the same alerts. The lock of a process that is gone, or of this one,
 * is taken over: a process is known by its id and the time it started, since ids come again.
 *
 * @throws UserError that names the process which holds it
 */
export function lockFolder(path: string): void {
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
    for (let round = 0; round < ROUNDS; round++) {
      if (link(own, path)) {
        sweep(path);
        return;
      }
      const held = read(path);
      const [, pid = '', start = ''] = /^(\d+) (.*)\n$/.exec(held ?? '') ?? [];
      if (pid !== '' && Number(pid) !== process.pid && startOf(Number(pid)) === start) {
        throw new UserError(`${path}: in use by process ${pid}: end it first`);
      }
      if (held !== null) takeAway(path, held, `${own}.old`);
    }
    throw new UserError(`${path}: other processes take it again and again`);
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`cannot write ${path}: ${systemWords(error)}`);
  } finally {
    rmSync(own, { force: true });
  }
}

export function unlockFolder(path: string): void {
  if (read(path)?.startsWith(`${process.pid} `)) rmSync(path, { force: true });
}

/** Removes what processes left that were killed while they took the lock. */
function sweep(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    const [, pid] = name.startsWith(`${basename(path)}.`) ? (/\.(\d+)(\.old)?$/.exec(name) ?? []) : [];
    if (pid !== undefined && startOf(Number(pid)) === GONE) rmSync(join(folder, name), { force: true });
  }
}

/** Gives a lock its name, with its content in it. False where there is one. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that says `stale`, and puts it back where it was another's by then. */
function takeAway(path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch {
    // Another was faster.
    return;
  }
  if (read(aside) !== stale) link(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** When a process started, in ticks since boot (proc(5), stat, field 22); where there is no /proc, whether it runs at all. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    try {
      process.kill(pid, 0);
      return 'running';
    } catch {
      return GONE;
    }
  }
}
