import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What is wrong with the disks now. */
export type DiskState = 'well' | 'full' | 'read-only';

/** How long each trouble lasts, and how long what began in it may take to end, milliseconds. */
const LASTS = 5000;
const ENDS = 5000;

/** Whether this user can mount a file system. */
export function canMount(folder: string): boolean {
  if (spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status !== 0) return false;
  return spawnSync('/bin/umount', [folder]).status === 0;
}

/** The small disks of a store and of its desk: both are full for a while, and read-only for another. */
export class SoakDisks {
  readonly store: string;
  readonly desk: string;
  private state: DiskState = 'well';
  private wellSince = Number.NEGATIVE_INFINITY;
  private readonly isMounted: boolean;
  private readonly say: (words: string) => void;

  /**
   * @param isMounted disks of their own, which need the right to mount
   * @param bytes of the disk of the store
   */
  constructor(folder: string, isMounted: boolean, bytes: number, say: (words: string) => void) {
    this.store = join(folder, 'store');
    this.desk = join(folder, 'store-desk');
    this.isMounted = isMounted;
    this.say = say;
    for (const path of [this.store, this.desk]) {
      mkdirSync(path);
      if (isMounted) mount(['-t', 'tmpfs', '-o', `size=${Math.ceil(bytes)}`, 'tmpfs', path]);
    }
  }

  /**
   * Fills both disks, frees them, makes them read-only and writable again.
   *
   * @param rest waits before each trouble
   * @param during does something meanwhile: the trouble is over when that is
   */
  async trouble(rest: () => Promise<void>, during: (state: DiskState) => Promise<void>): Promise<void> {
    if (!this.isMounted) return;
    await rest();
    const fillers = [this.store, this.desk].map((path) => join(path, 'filler'));
    for (const filler of fillers) spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
    await this.lasts('full', during);
    for (const filler of fillers) rmSync(filler);
    this.over('disks free');
    await rest();
    // A mount of its own on top: the system makes no disk read-only under a file that is open for writing, and some always are. These
    // go on; whatever is opened from now on meets a disk that is read-only.
    const paths = [this.store, this.desk];
    for (const path of paths) await readOnly(path);
    await this.lasts('read-only', during);
    for (const path of paths) unmount(path);
    this.over('disk writable');
  }

  /** Whether something is wrong with them, or was a moment ago: what began then is answered now. */
  get isTroubled(): boolean {
    return this.state !== 'well' || performance.now() - this.wellSince < ENDS;
  }

  /** Takes the disks away. */
  close(): void {
    if (!this.isMounted) return;
    if (this.state === 'read-only') for (const path of [this.store, this.desk]) unmount(path);
    for (const path of [this.store, this.desk]) unmount(path);
  }

  private async lasts(state: DiskState, during: (state: DiskState) => Promise<void>): Promise<void> {
    this.state = state;
    this.say(`disk ${state}`);
    await Promise.all([pause(LASTS), during(state)]);
  }

  private over(words: string): void {
    this.state = 'well';
    this.wellSince = performance.now();
    this.say(words);
  }
}

/** Puts a read-only mount on top of a disk. A file that is opened for writing between the two steps would keep it writable: then anew. */
async function readOnly(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    mount(['--bind', path, path]);
    try {
      mount(['-o', 'remount,bind,ro', path]);
      return;
    } catch (error) {
      unmount(path);
      if (attempt === ATTEMPTS) throw error;
      await pause(100);
    }
  }
}

const ATTEMPTS = 20;

function mount(args: readonly string[]): void {
  const run = spawnSync('/bin/mount', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`mount ${args.join(' ')}: ${run.stderr}`);
}

/** Takes a disk out of the way, also where a process that is about to go has something of it open. */
function unmount(path: string): void {
  spawnSync('/bin/umount', ['-l', path]);
}
