import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/delivery/clock.ts';
import { parseConfig } from '../../src/probe/config.ts';
import { Probe } from '../../src/probe/probe.ts';
import { fail, line, median, root } from './measure.ts';
import { START as STORE_START } from './store-window.ts';

/** Parts that the sample is cut into; it is of three hours. */
const PIECES = 12;
const DAY = 86_400_000;
/** How often memory is looked at, milliseconds. */
const LOOK = 250;
/** The first capture begins then, milliseconds. */
const START = STORE_START * 1000;

export interface WatchBenchOptions {
  days: number;
  /** Captures a day. */
  files: number;
  /** Lines of another feed of the store, and their events a week; 0: no other feed. */
  lines: number;
  events: number;
}

/**
 * `npm run bench -- watch`: a probe that runs for so many days of an injected clock, with so many captures a day, each a part of the
 * sample moved to its time; a ring buffer of a day, retention of a week, a scoring every six hours. With `--lines`, another feed puts
 * a day of that many lines into the store each day, all of which is scored every five days in windows of 1 h to 30 d. Memory is that of
 * this process, the clock and the folder's keeper in it, and that of the processes that score for it. Of the store, its own are the
 * bytes that its commits speak of; files that were replaced stay beside them for ten minutes of the real clock, for who still reads them.
 */
export async function benchWatch({ days, files, lines, events }: WatchBenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-bench-'));
  let together = 0;
  const looking = setInterval(() => {
    together = Math.max(together, megabytesTogether());
  }, LOOK);
  const drop = join(folder, 'drop');
  mkdirSync(drop);
  try {
    const pieces = cutSample(folder);
    const sizes: number[] = [];
    let now = START;
    let next = 0;
    let day = 0;
    const clock: Clock = {
      now: () => now,
      // Whoever waits lets time pass: until the next capture at most.
      sleep: async (milliseconds) => {
        await new Promise((resolve) => setImmediate(resolve));
        const due = START + ((next + 1) * DAY) / files;
        if (now < due) now = Math.min(now + Math.max(1, milliseconds), due);
        if (now < due) return;
        if (next < days * files) dropPiece(pieces[next % PIECES]!, drop, next, now - DAY / files, now);
        next++;
        if (Math.floor((now - START) / DAY) > day) {
          if (lines > 0) await fillDay(join(folder, 'lake'), day, lines, events / 7);
          day = Math.floor((now - START) / DAY);
          const rss = process.memoryUsage.rss() / 1e6;
          sizes.push(rss);
          const { events: taken, captures, store_bytes, windows, trouble } = probe.status();
          const scored = windows
            .map(
              ({ window, lines: of, suspect, strong }) => `${window / 3600} h: ${of} lines, ${suspect + strong} marked`,
            )
            .join(', ');
          const most = (process.resourceUsage().maxRSS * 1024) / 1e6;
          const { bytes, days: kept } = sizeOf(join(folder, 'lake/events'));
          line(
            `day ${day}`,
            `${rss.toFixed(0)} MB, most so far ${most.toFixed(0)} MB, with those that score ${Math.max(most, together).toFixed(0)} MB, ${captures.taken} captures, ${taken} events, store ${(store_bytes / 1e6).toFixed(1)} MB of its own, ${(bytes / 1e6).toFixed(1)} MB in all, ${kept} days; windows ${scored || 'none'}${trouble === null ? '' : `; ${trouble}`}`,
          );
        }
        for (const name of readdirSync(drop)) if (now - Number(name.split('_')[1]) > DAY) rmSync(join(drop, name));
        if (next > days * files) probe.stop();
      },
    };
    const quiet = () => undefined;
    const say = (fields: object, words: string) => console.error(words, JSON.stringify(fields));
    const scored =
      lines > 0
        ? 'score: store\nschedule: 5d\nwindows: [1h, 24h, 7d, 30d]\nretention: { age: 31d }'
        : 'schedule: 6h\nwindows: [1h, 24h]\nretention: { age: 7d }';
    const config = `feed: probe\nsettle: 0s\nsweep: 15m\n${scored}\nalerts: { disk_free: 0% }`;
    const probe = new Probe({
      folder: drop,
      pipe: false,
      store: join(folder, 'lake'),
      config: parseConfig(config, 'bench'),
      clock,
      log: { debug: quiet, info: quiet, warn: say, error: say },
      environment: {},
    });
    await probe.run();
    const third = Math.floor(sizes.length / 3);
    if (third > 0)
      line(
        'second third and last third',
        `${median(sizes.slice(third, 2 * third)).toFixed(0)} and ${median(sizes.slice(2 * third)).toFixed(0)} MB`,
      );
  } finally {
    clearInterval(looking);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory of this process and of those that it has score windows, pages that they share once: proc(5). 0 while none scores. */
function megabytesTogether(): number {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').match(/\d+/g) ?? [];
    const scoring = children.filter((id) => readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('window-process'));
    if (scoring.length === 0) return 0;
    return ['self', ...scoring]
      .map((id) => Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'latin1'))![1]) * 1.024e-3)
      .reduce((sum, one) => sum + one, 0);
  } catch {
    // One of them has just ended; or this is not Linux.
    return 0;
  }
}

/** Of the files of events of all feeds. */
function sizeOf(folder: string): { bytes: number; days: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return {
    bytes: files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0),
    days: readdirSync(folder).length,
  };
}

/** A day of events of another feed, put into the store by another process, as on a shared file system: its memory is not the probe's. */
async function fillDay(store: string, day: number, lines: number, events: number): Promise<void> {
  const numbers = [day, lines, Math.round(events)].map(String);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(root, 'scripts/bench/store-day.ts'), store, ...numbers],
    {
      stdio: 'inherit',
    },
  );
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (status !== 0) fail('the other feed could not add its day');
}

function cutSample(folder: string): string[] {
  const path = join(root, 'captures/sample.pcap.gz');
  const info = spawnSync('capinfos', ['-cMT', '-r', path], { encoding: 'utf8' });
  const packets = Number(/(\d+)\s*$/.exec(info.stdout?.trim() ?? '')?.[1]);
  if (!(packets > 0)) fail('bench watch needs capinfos and editcap, of Wireshark');
  return Array.from({ length: PIECES }, (_, piece) => {
    const to = join(folder, `piece-${piece}.pcap`);
    const range = `${Math.floor((piece * packets) / PIECES) + 1}-${Math.floor(((piece + 1) * packets) / PIECES)}`;
    edit(['-F', 'pcap', '-r', path, to, range]);
    return to;
  });
}

/** Puts a piece into the folder as if its writer had just ended. */
function dropPiece(piece: string, drop: string, number: number, begins: number, ends: number): void {
  const info = spawnSync('capinfos', ['-aMTSr', piece], { encoding: 'utf8' });
  const first = Number(/([\d.]+)\s*$/.exec(info.stdout.trim())?.[1]);
  const moved = `${piece}.moved`;
  edit(['-F', 'pcap', '-t', String(begins / 1000 - first), piece, moved]);
  const name = join(drop, `${number}_${ends}_.pcap`);
  copyFileSync(moved, `${name}.part`);
  utimesSync(`${name}.part`, ends / 1000, ends / 1000);
  renameSync(`${name}.part`, name);
}

function edit(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('editcap', args, { encoding: 'utf8' });
  if (status !== 0) fail(`editcap: ${error?.message ?? stderr}`);
}
