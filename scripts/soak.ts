/**
 * Drops rotated captures of SIP and SS7 in the folders of two watchers, whose clocks are 3 s apart, while both run, are killed and
 * started again, people work at a desk on the same store, and disks are full and read-only on the way; then compares the store with
 * one scan of each feed. `npm run soak -- --kills 100 --hours 1 --speed 50`
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPages } from '../test/support/browser.ts';
import { soak } from '../test/support/soak.ts';
import { canMount } from '../test/support/soak-disk.ts';
import { root } from '../test/support/sources.ts';

/** Files that an hour of capture time of SIP is cut into, and as many of SS7. */
const FILES_AN_HOUR = 200;
/** Faults that are printed. */
const SHOWN = 20;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    hours: { type: 'string', default: '1' },
    speed: { type: 'string', default: '50' },
    /** Longest life of a watcher before the next is killed, seconds. */
    life: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const hours = Number(values.hours);
const say = (words: string): void => console.error(words);

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed`);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const folder = mkdtempSync(join(tmpdir(), 'catpool-soak-'));
try {
  buildPages();
  const simulated = join(folder, 'simulated');
  const scenario = ['--interfaces', 'sip,a,map,cap,isup', '--hours', values.hours, '--seed', values.seed];
  run(process.execPath, [
    ...['--import', 'tsx', join(root, 'src/cli/main.ts')],
    ...['simulate', '--out', simulated, ...scenario],
  ]);
  const captures = readdirSync(simulated).filter((name) => name.endsWith('.pcap'));
  // One capture of each: a probe on SS7 links writes what all of them carry into one file.
  const of = (isSip: boolean): string => {
    const merged = join(folder, isSip ? 'sip.pcapng' : 'ss7.pcapng');
    const some = captures.filter((name) => name.startsWith('sip') === isSip);
    run('mergecap', ['-w', merged, ...some.map((name) => join(simulated, name))]);
    return merged;
  };
  const pieces = Math.max(1, Math.round(FILES_AN_HOUR * hours));
  const trouble = canMount(folder);
  if (!trouble) say('no right to mount: the disks are neither filled nor made read-only');
  const work = join(folder, 'work');
  mkdirSync(work);
  const report = await soak({
    folder: work,
    sources: [of(true), of(false)].map((path) => ({ path, pieces })),
    feeds: [
      { name: 'north', ahead: 0 },
      { name: 'south', ahead: 3 },
    ],
    kills: Number(values.kills),
    life: Number(values.life) * 1000,
    every: (3_600_000 * hours) / Number(values.speed) / (2 * pieces),
    trouble,
    seed: Number(values.seed),
    signal: stopping.signal,
    say,
  });
  const { desk, seconds, faults } = report;
  say(
    `${report.files} files for each feed, dropped in ${seconds.dropped} s, in after ${seconds.taken} s; ${report.kills} kills, ` +
      `${report.busyKills} of them with captures to take; ${report.rows} events, at most ${Math.round(report.memory / 1e6)} MB; ` +
      `clocks compared by ${report.calls} calls; ${report.alerts.size} alerts; ${report.troubles} times held up by a disk`,
  );
  say(
    `desk: ${desk.answers} answers, the slowest in ${Math.round(desk.slowest)} ms; ${desk.written} writes done, ${desk.refused} ` +
      `refused for want of room; ${desk.runs} runs told live; metrics read ${desk.metrics} times`,
  );
  for (const line of faults.slice(0, SHOWN)) say(line);
  if (faults.length > SHOWN) say(`and ${faults.length - SHOWN} more`);
  const isWell = faults.length === 0;
  say(
    isWell
      ? 'the same events as one scan of each feed, no capture lost, none twice, no call twice, no write lost, no error, no temporary file'
      : 'FAILED',
  );
  process.exitCode = isWell ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  // What was given up may still wait for something.
  if (stopping.signal.aborted) process.exit(1);
}
