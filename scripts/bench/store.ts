import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { collectFromStore, lastWindow } from '../../src/scan/lake.ts';
import { scan } from '../../src/scan/run.ts';
import { SpoolStore } from '../../src/scan/spool.ts';
import type { CaptureEntry, PackName } from '../../src/store/commit.ts';
import { makePack } from '../../src/store/pack.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { line, rate } from './measure.ts';
import { fillWindow } from './store-window.ts';

export interface StoreBenchOptions {
  /** Events of the window, and lines that they are of. */
  events: number;
  lines: number;
  hours: number;
  /** Captures of each of two feeds, for the opening of a store of months. */
  captures: number;
}

/** `npm run bench -- store`: opening a store of months and adding to it; reading and scoring a window. */
export async function benchStore(folder: string, options: StoreBenchOptions): Promise<void> {
  if (options.captures > 0) await benchMonths(join(folder, `months-${options.captures}`), options.captures);
  if (options.events > 0) await benchWindow(folder, options);
}

/** Says what a step took, and how large the process was meanwhile. */
async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  forgetPeak();
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = await work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const spent = `${seconds.toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s CPU)`;
  line(what, `${spent}, memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, peak ${peakMegabytes()} MB`);
  return result;
}

/** Has Linux measure the largest memory of this process anew: proc(5), /proc/pid/clear_refs. Elsewhere it is that since the start. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak is that of all steps so far.
  }
}

function peakMegabytes(): string {
  let kilobytes = process.resourceUsage().maxRSS;
  try {
    kilobytes = Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? kilobytes);
  } catch {
    // As above.
  }
  return ((kilobytes * 1024) / 1e6).toFixed(0);
}

async function benchWindow(folder: string, { events, lines, hours }: StoreBenchOptions): Promise<void> {
  const root = join(folder, `window-${events}-${lines}-${hours}`);
  const isMade = existsSync(join(root, 'commits/bench/bench.json'));
  if (!isMade) rmSync(root, { recursive: true, force: true });
  const store = openStore(root, true, { threads: 2 });
  if (!isMade) await step(`making ${rate(events)} events`, () => fillWindow(store, { events, lines, hours }));
  const filter = {
    feed: undefined,
    ...lastWindow(store, undefined, { window: hours * 3600, since: null, until: null }),
  };
  const spools = new SpoolStore(32 * 1024 * 1024);
  await step('reading them', async () => rate((await collectFromStore(store, spools, filter)).events));
  spools.close();
  const result = await step('reading, features, scores, gateways', () =>
    scan([], {
      homeCountry: null,
      limits: DEFAULT_LIMITS,
      workers: availableParallelism(),
      model: readModel(DEFAULT_MODEL),
      threshold: null,
      timeZone: null,
      window: hours * 3600,
      ...filter,
      feed: 'bench',
      lake: { store, filter },
    }),
  );
  const { suspect, strong } = result.tiers;
  line(
    '',
    `${rate(result.events)} events, ${rate(result.lines)} lines, ${strong} strong, ${suspect} suspect, ${result.gateways.length} gateways`,
  );
  await store.close();
}

const DAY = 86_400;
const START = 1_760_000_000;
/** Between two captures, seconds: 200 an hour. */
const EVERY = 18;
/** Captures of a pack. */
const PACK_CAPTURES = 256;

/**
 * A store of two feeds as months of watching leave it: only its commits, for events are not read here. Kept for the next run, which
 * adds to it; memory means something only then, for making it takes some too.
 */
async function benchMonths(root: string, captures: number): Promise<void> {
  if (!existsSync(join(root, 'commits/south/snapshot-1.json'))) {
    rmSync(root, { recursive: true, force: true });
    const made = openStore(root, true);
    for (const feed of ['north', 'south']) fillMonths(made, feed, captures);
    await made.close();
  }
  const days = Math.round((captures * EVERY) / DAY);
  const store = await step(`opening 2 x ${rate(captures)} captures`, () => {
    const opened = openStore(root, false);
    opened.writer('north');
    opened.writer('south');
    return opened;
  });
  line('', `${days} days of each feed`);
  const next = store.count('north');
  await step('100 more captures', async () => {
    for (let at = next; at < next + 100; at++) await store.commit('north', emptyCapture('north', at));
  });
  await step('one that is late by 50', () => store.commit('north', emptyCapture('north', next + 50.5)));
  await step('folding', () => store.writer('north').fold());
  const middle = START + (captures * EVERY) / 2;
  await step('captures of one day', () => store.captures({ since: middle, until: middle + DAY }).length);
  await store.close();
}

/** Commits of so many captures of a feed, without events. */
export function fillMonths(store: Store, feed: string, captures: number): void {
  const writer = store.writer(feed);
  const packs: PackName[] = [];
  const rests: { sha256: string; rest: string }[] = [];
  const folder = join(store.root, 'commits', feed);
  for (let from = 0; from < captures; from += PACK_CAPTURES) {
    const some = Array.from({ length: Math.min(PACK_CAPTURES, captures - from) }, (_, index) => {
      const { result, counters, ends } = emptyCapture(feed, from + index);
      const entry: CaptureEntry = {
        result,
        events: 0,
        counters: counters.toJSON(),
        ends: `${result.sha256}.ends.gz`,
        rest: null,
      };
      return { entry, ends: gzipSync(JSON.stringify(ends)) };
    });
    const { data, rows, ...sizes } = makePack(some);
    const pack = { name: `bench-${from}.pack`, ...sizes };
    // Nobody counts on these after a crash: fsync would take most of the time.
    writeFileSync(join(folder, pack.name), data);
    packs.push(pack);
    writer.state.addPack(pack, rows);
    // The stitch keeps what is open here and there; here nothing is.
    for (const { sha256 } of rows.filter((_, index) => index % 32 === 31)) {
      const rest = `${sha256}.bench.rest.gz`;
      writeFileSync(join(folder, rest), some[31]!.ends);
      rests.push({ sha256, rest });
    }
  }
  writer.publish('snapshot-1.json', { snapshot: true, packs, rests });
}

/** A capture of a few packets, without events. */
function emptyCapture(feed: string, at: number) {
  const sha256 = createHash('sha256').update(`${feed} ${at}`).digest('hex');
  const first = { s: START + Math.floor(at * EVERY), ns: 0 };
  const last = { s: first.s + EVERY - 1, ns: 0 };
  const counters = new Counters();
  counters.packets.set('read', 5000);
  for (const protocol of ['sip', 'isup', 'map', 'cap', 'bssap']) counters.messages.set(protocol, 900);
  for (const kind of ['cut short', 'wrong length', 'unknown method']) counters.anomalies.set(kind, 3);
  const result = {
    path: `/var/spool/captures/${feed}_${at}_20260105120000.pcapng.gz`,
    sha256,
    format: 'pcapng',
    compression: 'gzip' as const,
    packets: 5000,
    bytes: 2_000_000,
    diskBytes: 600_000 + Math.floor(at),
    first,
    last,
    stop: null,
    cutPackets: 0,
  };
  const ends = { capture: { sha256 }, first, last, states: [], ss7: [], holders: [], bytes: [] };
  return { result, counters, ends, events: [] };
}
