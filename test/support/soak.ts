import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Random } from '../../src/base/random.ts';
import { openStore } from '../../src/store/store.ts';
import { cutCapture, scannedRows, storedRows } from './lake.ts';
import { root } from './sources.ts';

export interface SoakOptions {
  /** Empty folder to work in. */
  folder: string;
  /** Captures whose traffic is dropped, each cut into so many files. */
  sources: readonly { path: string; pieces: number }[];
  /** Watchers, each a feed of its own, of the same files into one store. */
  feeds: readonly string[];
  /** Times that a watcher is killed. */
  kills: number;
  /** Longest life of a watcher before it is killed, milliseconds. */
  life: number;
  /** Time between two files, milliseconds. */
  every: number;
  /** Fills the disk of the store and makes it read-only on the way: needs the right to mount. */
  trouble: boolean;
  seed: number;
  say: (words: string) => void;
}

export interface SoakReport {
  files: number;
  kills: number;
  rows: number;
  /** Differences between the rows of the store and those of one scan, by feed; empty: none. */
  different: string[];
  /** Files of the store that are nobody's. */
  temporary: string[];
  /** What the last watcher of each feed ended with. */
  codes: (number | null)[];
  /** Alerts of new suspects that arrived, by subject: how many ids they have. */
  alerts: Map<string, number>;
  /** Lines that watchers logged as errors. */
  errors: string[];
  /** Highest memory of a watcher seen, bytes. */
  memory: number;
}

/** Bytes of the disk beyond what becomes of the files. */
const SPACE = 48 * 1024 * 1024;
/** How long nothing is told before all is told, milliseconds: several times what lies between two scores. */
const QUIET = 10_000;
/** How long no capture comes in before a soak is given up, milliseconds. */
const PATIENCE = 180_000;

/** Whether this user can mount a file system. */
export function canMount(folder: string): boolean {
  if (spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status !== 0) return false;
  return spawnSync('/bin/umount', [folder]).status === 0;
}

/** Drops rotated captures while watchers run, are killed and started again; then compares what is in the store with one scan. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { folder, feeds, say } = options;
  const pieces = join(folder, 'pieces');
  const drop = join(folder, 'drop');
  const store = join(folder, 'store');
  for (const path of [pieces, drop, store]) mkdirSync(path);
  const files = options.sources.flatMap(({ path, pieces: number }, index) =>
    cutCapture(path, number, pieces, `source${index}`),
  );
  const mounted = options.trouble;
  // Room for all that becomes of the files, for each feed: what fills the disk is to be nothing but what does so for that purpose.
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  if (mounted) mount(['-t', 'tmpfs', '-o', `size=${Math.ceil(SPACE + feeds.length * 4 * bytes)}`, 'tmpfs', store]);
  const watchers = feeds.map((feed) => new Watcher(feed, drop, store, folder));
  const random = new Random(options.seed, 'soak');
  try {
    const dropping = dropAll(shuffled(files, random), drop, options.every);
    const troubled = mounted ? troubleDisk(store, random, say) : Promise.resolve();
    for (const watcher of watchers) watcher.start();
    for (let kill = 0; kill < options.kills; kill++) {
      const watcher = watchers[kill % watchers.length]!;
      // Some die while they start, most while they work.
      if (kill % 4 > 0) await watcher.ready();
      await pause(random.between(0, options.life));
      await watcher.kill();
      watcher.start();
    }
    await dropping;
    await troubled;
    const names = new Set(files.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex')));
    say(`${files.length} files dropped, ${options.kills} kills; waiting for the rest`);
    const taken = () => watchers.reduce((sum, { feed }) => sum + captureNames(store, feed).size, 0);
    for (let have = taken(); have < feeds.length * names.size; ) {
      const now = await more(taken, have);
      if (now === have) throw new Error(`${have} captures in, and no more for a while: ${stateOf(watchers)}`);
      have = now;
    }
    // One that had not come as far as its folder could not tidy up after the one killed before it.
    await Promise.all(watchers.map((watcher) => watcher.working()));
    // What the last captures show is told with the next scores.
    const told = () => watchers.reduce((sum, watcher) => sum + watcher.alerts().length, 0);
    for (let before = -1; before < told(); await pause(QUIET)) before = told();
    const codes = await Promise.all(watchers.map((watcher) => watcher.end()));
    const report: SoakReport = {
      files: files.length,
      kills: options.kills,
      rows: 0,
      different: [],
      temporary: temporaryFiles(store),
      codes,
      alerts: new Map(watchers.flatMap((watcher) => watcher.alerts())),
      errors: watchers.flatMap(({ errors }) => errors),
      memory: Math.max(...watchers.map(({ memory }) => memory)),
    };
    const opened = openStore(store, false);
    for (const feed of feeds) {
      const rows = await storedRows(opened, { feed });
      const expected = await scannedRows(files, feed);
      report.rows += rows.length;
      report.different.push(...differences(rows, expected).map((line) => `${feed}: ${line}`));
      const missing = [...names].filter((name) => !captureNames(store, feed).has(name));
      report.different.push(...missing.map((name) => `${feed}: capture ${name} is not in`));
    }
    await opened.close();
    return report;
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.kill()));
    if (mounted) spawnSync('/bin/umount', [store]);
  }
}

/** One `catpool watch` in a process of its own. */
class Watcher {
  readonly feed: string;
  readonly errors: string[] = [];
  memory = 0;
  /** The last line that it logged. */
  last = '';
  private readonly args: string[];
  private readonly alertsPath: string;
  private readonly temporary: string;
  private child: ChildProcess | null = null;
  private isReady = false;
  private isWorking = false;
  private sampling: NodeJS.Timeout | null = null;

  constructor(feed: string, drop: string, store: string, folder: string) {
    this.feed = feed;
    this.temporary = join(folder, `tmp-${feed}`);
    mkdirSync(this.temporary);
    const config = join(folder, `${feed}.yaml`);
    this.alertsPath = join(folder, `${feed}-alerts.jsonl`);
    const sink = `{ type: file, name: out, path: ${this.alertsPath}, mask: false, alerts: [new_suspect] }`;
    // Every line is told, whatever the shipped model thinks of it; the captures are of years apart.
    const settings = ['settle: 1s', 'sweep: 1s', 'schedule: 2s', 'windows: [1h, 3650d]', 'threshold: 0.01', 'nice: 0'];
    writeFileSync(config, `${settings.join('\n')}\ndelivery: { sinks: [${sink}] }\n`);
    this.args = ['watch', drop, '--store', store, '--config', config, '--feed', feed];
  }

  start(): void {
    const main = join(root, 'src/cli/main.ts');
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...this.args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: this.temporary },
    });
    let text = '';
    this.isReady = false;
    this.isWorking = false;
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      this.isReady ||= /"msg":"(?:ready|waits)/.test(text);
      this.isWorking ||= /"msg":"ready/.test(text);
      const lines = text.split('\n');
      text = lines.pop()!;
      this.last = lines.at(-1) ?? this.last;
      this.errors.push(...lines.filter((line) => !line.startsWith('{') || line.includes('"level":"error"')));
    });
    this.child = child;
    this.sampling = setInterval(() => {
      const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
      this.memory = Math.max(this.memory, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    }, 500);
  }

  get ended(): boolean {
    return this.child === null || this.child.exitCode !== null;
  }

  /** Waits until it has opened the store, or is held up. @throws where it ended instead */
  async ready(): Promise<void> {
    await this.reached(() => this.isReady);
  }

  /** Waits until it has opened the store and its own folder. @throws where it ended instead */
  async working(): Promise<void> {
    await this.reached(() => this.isWorking);
  }

  private async reached(state: () => boolean): Promise<void> {
    const { child } = this;
    await until(() => state() || child?.exitCode !== null, PATIENCE, 50);
    if (!state()) throw new Error(`watch ended with ${child?.exitCode}: ${this.errors.at(-1)}`);
  }

  /** Ids of the alerts that arrived, by feed and subject. */
  alerts(): [string, number][] {
    const ids = new Map<string, Set<string>>();
    const text = existsSync(this.alertsPath) ? readFileSync(this.alertsPath, 'utf8') : '';
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const { subject, id } = JSON.parse(line);
      ids.set(subject, (ids.get(subject) ?? new Set()).add(id));
    }
    return [...ids].map(([subject, all]) => [`${this.feed} ${subject}`, all.size]);
  }

  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Ends it as a service is ended. @returns its exit code */
  async end(): Promise<number | null> {
    return this.signal('SIGTERM');
  }

  private async signal(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (this.sampling !== null) clearInterval(this.sampling);
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    child.kill(signal);
    return ended;
  }
}

/** Writes files into the folder as capture programs, copies and compressors do, one after the other. */
async function dropAll(files: readonly string[], drop: string, every: number): Promise<void> {
  for (const [index, path] of files.entries()) {
    const data = readFileSync(path);
    const name = join(drop, `trace_${String(index).padStart(5, '0')}_20240305120000.pcapng`);
    if (index % 4 === 0) {
      writeFileSync(name, '');
      const step = Math.ceil(data.length / 4);
      for (let at = 0; at < data.length; at += step) {
        appendFileSync(name, data.subarray(at, at + step));
        await pause(20);
      }
    } else if (index % 4 === 1) {
      writeFileSync(join(drop, `.trace_${index}.new`), data);
      renameSync(join(drop, `.trace_${index}.new`), name);
    } else if (index % 4 === 2) {
      writeFileSync(`${name}.gz`, gzipSync(data));
    } else {
      // Compressed in its place a while later, as log rotation does.
      writeFileSync(name, data);
      void pause(3 * every).then(() => {
        writeFileSync(join(drop, `.trace_${index}.gz`), gzipSync(data));
        renameSync(join(drop, `.trace_${index}.gz`), `${name}.gz`);
        rmSync(name);
      });
    }
    await pause(every);
  }
  await pause(4 * every);
}

/** Fills the disk, frees it, makes it read-only and writable again. */
async function troubleDisk(store: string, random: Random, say: (words: string) => void): Promise<void> {
  // A store is made in an empty folder only.
  await until(() => existsSync(join(store, 'store.json')), 120_000, 50);
  await pause(random.between(3000, 9000));
  const filler = join(store, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
  say('disk full');
  await pause(5000);
  rmSync(filler);
  say('disk free');
  await pause(random.between(4000, 8000));
  // Refused while a file is open for writing: then a moment later.
  for (let attempt = 0; attempt < 200; attempt++) {
    if (spawnSync('/bin/mount', ['-o', 'remount,ro', store]).status === 0) break;
    await pause(20);
  }
  say('disk read-only');
  await pause(5000);
  mount(['-o', 'remount,rw', store]);
  say('disk writable');
}

function mount(args: readonly string[]): void {
  const run = spawnSync('/bin/mount', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`mount ${args.join(' ')}: ${run.stderr}`);
}

function captureNames(store: string, feed: string): Set<string> {
  if (!existsSync(join(store, 'store.json'))) return new Set();
  const opened = openStore(store, false);
  return new Set(opened.captures({ feed }).map(({ result }) => result.sha256));
}

/** Names that only a program at work may leave. */
function temporaryFiles(store: string): string[] {
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter(({ name, parentPath }) => name.startsWith('.') || /\.part$|^lock/.test(name) || parentPath.endsWith('/tmp'))
    .map(({ name, parentPath }) => join(parentPath, name).slice(store.length + 1));
}

function differences(rows: readonly string[], expected: readonly string[]): string[] {
  const have = new Set(rows);
  const want = new Set(expected);
  return [
    ...expected.filter((row) => !have.has(row)).map((row) => `missing ${row}`),
    ...rows.filter((row) => !want.has(row)).map((row) => `too much ${row}`),
    ...(rows.length === expected.length ? [] : [`${rows.length} rows instead of ${expected.length}`]),
  ];
}

/** Waits until a number is more than it was, or has not become so for a long time. @returns what it is then */
async function more(count: () => number, than: number): Promise<number> {
  let now = count();
  for (let waited = 0; now <= than && waited < PATIENCE; waited += 500) {
    await pause(500);
    now = count();
  }
  return now;
}

/** What watchers last said. */
function stateOf(watchers: readonly Watcher[]): string {
  return watchers.map(({ feed, ended, last }) => `${feed}: ${ended ? 'ended' : 'runs'}, ${last}`).join('; ');
}

/** Waits for a condition, looking again every `step` milliseconds. */
async function until(condition: () => boolean, longest: number, step: number): Promise<void> {
  for (let waited = 0; !condition(); waited += step) {
    if (waited > longest) throw new Error(`not so after ${longest / 1000} s: ${condition}`);
    await pause(step);
  }
}

/** Mostly in order, neighbours exchanged: files of several writers. */
function shuffled(files: readonly string[], random: Random): string[] {
  const keyed = files.map((path) => ({ path, key: Number(/-(\d+)\.pcapng$/.exec(path)![1]) + random.between(0, 4) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ path }) => path);
}
