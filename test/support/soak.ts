import { spawnSync } from 'node:child_process';
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
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Random } from '../../src/base/random.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { scan, wholeCaptures } from '../../src/scan/run.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { cutCapture, scannedRows, storedRows } from './lake.ts';
import { DeskAtWork, type DeskReport } from './soak-desk.ts';
import { SoakDisks } from './soak-disk.ts';
import { more, PATIENCE, until, Watcher } from './soak-watcher.ts';

export interface SoakOptions {
  /** Empty folder to work in. */
  folder: string;
  /** Captures whose traffic is dropped, each cut into so many files. */
  sources: readonly { path: string; pieces: number }[];
  /** Watchers into one store, each with files of its own of the same traffic, by its own clock: so many seconds ahead. */
  feeds: readonly { name: string; ahead: number }[];
  /** Times that a watcher is killed. */
  kills: number;
  /** Longest life of a watcher before it is killed, milliseconds. */
  life: number;
  /** Time between two files, milliseconds. */
  every: number;
  /** Fills the disks of store and desk and makes the former read-only on the way: needs the right to mount. */
  trouble: boolean;
  seed: number;
  /** Gives it up: processes are ended and disks taken away. */
  signal?: AbortSignal;
  say: (words: string) => void;
}

export interface SoakReport {
  /** Of each feed. */
  files: number;
  kills: number;
  /** Kills while captures were still to be taken. */
  busyKills: number;
  rows: number;
  /** Seconds that the drop took, and until all was in. */
  seconds: { dropped: number; taken: number };
  /** All that is not as it should be, a line each; empty: nothing. */
  faults: string[];
  /** Alerts of new suspects that arrived, by subject: how many ids they have. */
  alerts: Map<string, number>;
  /** Calls that showed how far the clocks are apart. */
  calls: number;
  /** What watchers logged of a disk. */
  troubles: number;
  /** Highest memory of a watcher seen, bytes. */
  memory: number;
  desk: DeskReport;
}

/** Bytes of the disk beyond what becomes of the files. */
const SPACE = 48 * 1024 * 1024;
/** How long nothing is told before all is told, milliseconds: several times what lies between two scores. */
const QUIET = 10_000;
/** All that the captures hold, which may be of years apart, seconds. */
const WINDOW = 3650 * 86_400;
/** A disk that takes no more, in the words of the system. */
const OF_DISK = /No space left|no space left|read-only file system/i;

/**
 * Drops rotated captures while watchers run, are killed and started again, and people work at a desk on the same store; then compares
 * what is in the store with one scan.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { folder, say } = options;
  const began = performance.now();
  const cuts = new Map(options.feeds.map(({ name, ahead }) => [name, cutSources(options, name, ahead)]));
  const bytes = [...cuts.values()].flat().reduce((sum, path) => sum + statSync(path).size, 0);
  // Room for all that becomes of the files: what fills the disk is to be nothing but what does so for that purpose.
  const disks = new SoakDisks(folder, options.trouble, SPACE + 4 * bytes, say);
  const { store } = disks;
  const watchers = options.feeds.map(({ name }) => new Watcher(name, store, folder));
  const random = new Random(options.seed, 'soak');
  let desk: DeskAtWork | null = null;
  const work = async (): Promise<SoakReport> => {
    const started = performance.now();
    say(`${cuts.size} x ${bytes / cuts.size} bytes cut in ${seconds(began)} s`);
    const order = shuffled([...cuts.values()][0]!, random);
    // Two come while a disk takes nothing: then somebody wants to write.
    const kept = options.trouble ? order.splice(-2) : [];
    const troubles = () => watchers.flatMap(({ errors }) => errors).filter((line) => OF_DISK.test(line)).length;
    let dropped = 0;
    const dropping = dropAll(order, watchers, cuts, options.every).then(() => {
      dropped = seconds(started);
    });
    for (const watcher of watchers) watcher.start();
    // A store is made in an empty folder only, and a desk stands on one that is there.
    await until(() => existsSync(join(store, 'store.json')), PATIENCE, 50);
    const opening = DeskAtWork.open({ store, desk: disks.desk, folder }, new Random(options.seed, 'desk'), {
      metrics: () => watchers.flatMap(({ metrics }) => metrics ?? []),
      isTroubled: () => disks.isTroubled,
    });
    const troubled = opening.then((opened) => {
      desk = opened;
      const rest = async (): Promise<void> => {
        await pause(random.between(4000, 9000));
        // A desk on which nothing was done yet has nothing to refuse.
        await until(() => opened.cases > 0, 3 * PATIENCE, 200);
      };
      return disks.trouble(rest, async (state) => {
        const before = troubles();
        await dropOne(kept.pop()!, watchers, cuts, order.length + kept.length, options.every);
        await Promise.all([opened.during(state), until(() => troubles() > before, PATIENCE, 100)]);
      });
    });
    troubled.catch(() => undefined);
    const names = new Map([...cuts].map(([feed, files]) => [feed, new Set(files.map(nameOf))]));
    const wanted = [...names.values()].reduce((sum, some) => sum + some.size, 0);
    const taken = () => watchers.reduce((sum, { feed }) => sum + captureNames(store, feed).size, 0);
    let busyKills = 0;
    for (let kill = 0; kill < options.kills; kill++) {
      const watcher = watchers[kill % watchers.length]!;
      // Some die while they start, most while they work.
      if (kill % 4 > 0) await watcher.ready();
      await pause(random.between(0, options.life));
      await watcher.kill();
      watcher.start();
      if (captureNames(store, watcher.feed).size < names.get(watcher.feed)!.size) busyKills++;
    }
    await dropping;
    await troubled;
    say(`${order.length} files dropped for each feed, ${options.kills} kills; waiting for the rest`);
    for (let have = taken(); have < wanted; ) {
      const now = await more(taken, have);
      if (now === have) throw new Error(`${have} captures in, and no more for a while: ${stateOf(watchers)}`);
      have = now;
    }
    const all = seconds(started);
    // One that had not come as far as its folder could not tidy up after the one killed before it.
    await Promise.all(watchers.map((watcher) => watcher.working()));
    // What the last captures show is told with the next scores.
    const told = () => watchers.reduce((sum, watcher) => sum + watcher.alerts().length, 0);
    for (let before = -1; before < told(); await pause(QUIET)) before = told();
    const codes = await Promise.all(watchers.map((watcher) => watcher.end()));
    const report: SoakReport = {
      files: wanted / cuts.size,
      kills: options.kills,
      busyKills,
      rows: 0,
      seconds: { dropped, taken: all },
      faults: codes.flatMap((code, at) => (code === 0 ? [] : [`watch of ${watchers[at]!.feed} ended with ${code}`])),
      alerts: new Map(watchers.flatMap((watcher) => watcher.alerts())),
      calls: 0,
      troubles: troubles(),
      memory: Math.max(...watchers.map(({ memory }) => memory)),
      desk: await desk!.end(),
    };
    const { faults } = report;
    faults.push(...report.desk.wrong, ...report.desk.lost);
    if (options.trouble && report.desk.refused === 0) faults.push('the desk refused nothing on a full disk');
    if (report.desk.code !== 0) faults.push(`review ended with ${report.desk.code}`);
    faults.push(...watchers.flatMap(({ errors }) => errors.filter((line) => !OF_DISK.test(line))));
    faults.push(
      ...[...report.alerts].filter(([, ids]) => ids !== 1).map(([who, ids]) => `${who}: told under ${ids} ids`),
    );
    faults.push(...[store, disks.desk].flatMap(temporaryFiles).map((name) => `left: ${name}`));
    const opened = openStore(store, false);
    for (const [feed, files] of cuts) report.rows += await compareRows(opened, feed, files, names.get(feed)!, faults);
    report.calls = await compareFeeds(opened, options.feeds, faults);
    await opened.close();
    return report;
  };
  try {
    return await Promise.race([work(), aborted(options.signal)]);
  } finally {
    await Promise.all([...watchers.map((watcher) => watcher.close()), (desk as DeskAtWork | null)?.kill()]);
    disks.close();
  }
}

/** Fails when a signal is given. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(new Error('given up'));
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp);
  });
}

/** Files of one feed: the sources, by its clock, cut. */
function cutSources({ folder, sources }: SoakOptions, feed: string, ahead: number): string[] {
  const pieces = join(folder, `pieces-${feed}`);
  mkdirSync(pieces);
  return sources.flatMap(({ path, pieces: number }, index) => {
    const moved = join(folder, `moved-${feed}-${index}.pcapng`);
    const run = spawnSync('editcap', ['-t', String(ahead), path, moved], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`editcap: ${run.stderr}`);
    try {
      return cutCapture(moved, number, pieces, `source${index}`);
    } finally {
      rmSync(moved);
    }
  });
}

/** Compares what is in of a feed with one scan of its files. @returns rows that are in */
async function compareRows(
  store: Store,
  feed: string,
  files: readonly string[],
  names: ReadonlySet<string>,
  faults: string[],
): Promise<number> {
  const rows = await storedRows(store, { feed });
  faults.push(...differences(rows, await scannedRows(files, feed)).map((line) => `${feed}: ${line}`));
  const have = captureNames(store.root, feed);
  faults.push(...[...names].filter((name) => !have.has(name)).map((name) => `${feed}: capture ${name} is not in`));
  return rows.length;
}

/**
 * Scores what all feeds saw together, and what the first saw alone: each call is one call, however many saw it, and how far the clocks
 * are apart is found.
 *
 * @returns calls that showed it
 */
async function compareFeeds(store: Store, feeds: SoakOptions['feeds'], faults: string[]): Promise<number> {
  const [first] = feeds as [SoakOptions['feeds'][number]];
  const model = readModel(DEFAULT_MODEL);
  const scored = async (feed?: string) =>
    scan([], { ...wholeCaptures('all', null), window: WINDOW, lake: { store, filter: { feed } }, model, threshold: 0 });
  const together = await scored();
  const alone = await scored(first.name);
  const calls = new Map(together.verdicts.map((verdict) => [verdict.line, verdict.calls]));
  for (const { line, calls: once } of alone.verdicts)
    if (calls.get(line) !== once)
      faults.push(`${line}: ${calls.get(line)} calls on all feeds, ${once} on ${first.name}`);
  if (alone.verdicts.length === 0) faults.push(`no lines on ${first.name}`);
  if (together.lines !== alone.lines)
    faults.push(`${together.lines} lines on all feeds, ${alone.lines} on ${first.name}`);
  for (const { name, ahead } of feeds) {
    const found = together.clocks.find(({ feed }) => feed === name)?.seconds ?? null;
    if (found === null || Math.abs(found + ahead - first.ahead) > 0.001)
      faults.push(`the clock of ${name} is ${ahead} s ahead and taken to be ${found} s behind`);
  }
  return Math.max(...together.clocks.map((clock) => clock.calls));
}

/** Writes files into the folders of all feeds as capture programs, copies and compressors do, one after the other. */
async function dropAll(
  order: readonly string[],
  watchers: readonly Watcher[],
  cuts: ReadonlyMap<string, readonly string[]>,
  every: number,
): Promise<void> {
  const began = performance.now();
  for (const [index, path] of order.entries()) {
    await dropOne(path, watchers, cuts, index, every);
    await pause(Math.max(0, began + (index + 1) * every - performance.now()));
  }
  await pause(4 * every);
}

/** The same piece for each feed, each with the file of its own clock. @param path of the first feed's */
async function dropOne(
  path: string,
  watchers: readonly Watcher[],
  cuts: ReadonlyMap<string, readonly string[]>,
  index: number,
  every: number,
): Promise<void> {
  const ofFeed = (feed: string): string => cuts.get(feed)!.find((file) => basename(file) === basename(path))!;
  await Promise.all(watchers.map(({ feed, drop }) => write(ofFeed(feed), drop, index, every)));
}

async function write(path: string, drop: string, index: number, every: number): Promise<void> {
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
}

function nameOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function captureNames(store: string, feed: string): Set<string> {
  if (!existsSync(join(store, 'store.json'))) return new Set();
  const opened = openStore(store, false);
  return new Set(opened.captures({ feed }).map(({ result }) => result.sha256));
}

/** Names that only a program at work may leave. */
function temporaryFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      ({ name, parentPath }) =>
        name.startsWith('.') || /\.part$|-wal$|-shm$|^lock/.test(name) || /\/(?:tmp|scratch)$/.test(parentPath),
    )
    .map(({ name, parentPath }) => join(parentPath, name).slice(folder.length + 1));
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

/** What watchers last said. */
function stateOf(watchers: readonly Watcher[]): string {
  return watchers.map(({ feed, ended, last }) => `${feed}: ${ended ? 'ended' : 'runs'}, ${last}`).join('; ');
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000);
}

/** Mostly in order, neighbours exchanged: files of several writers. */
function shuffled(files: readonly string[], random: Random): string[] {
  const keyed = files.map((path) => ({ path, key: Number(/-(\d+)\.pcapng$/.exec(path)![1]) + random.between(0, 4) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ path }) => path);
}
