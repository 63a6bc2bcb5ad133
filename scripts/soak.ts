/**
 * Drops rotated captures of SIP and SS7 while two watchers run, are killed and started again, on a disk that is full and read-only on
 * the way; then compares their store with one scan. `npm run soak -- --kills 100 --hours 1 --speed 50`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { canMount, soak } from '../test/support/soak.ts';
import { root } from '../test/support/sources.ts';

/** Files that an hour of capture time is cut into. */
const FILES_AN_HOUR = 200;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    hours: { type: 'string', default: '1' },
    speed: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const hours = Number(values.hours);
const say = (words: string): void => console.error(words);
const folder = mkdtempSync(join(tmpdir(), 'catpool-soak-'));
try {
  const simulated = join(folder, 'simulated');
  const main = join(root, 'src/cli/main.ts');
  const args = [
    'simulate',
    '--out',
    simulated,
    '--interfaces',
    'sip,a,map,cap,isup',
    '--hours',
    values.hours,
    '--seed',
    values.seed,
  ];
  const run = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) throw new Error('catpool simulate failed');
  const captures = readdirSync(simulated, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.pcap(ng)?(\.gz)?$/.test(name),
  );
  const pieces = Math.max(1, Math.round((FILES_AN_HOUR * hours) / captures.length));
  const trouble = canMount(folder);
  if (!trouble) say('no right to mount: the disk is neither filled nor made read-only');
  const work = join(folder, 'work');
  spawnSync('mkdir', [work]);
  const report = await soak({
    folder: work,
    sources: captures.map((name) => ({ path: join(simulated, name), pieces })),
    feeds: ['north', 'south'],
    kills: Number(values.kills),
    life: 5000,
    every: (3_600_000 * hours) / Number(values.speed) / (pieces * captures.length),
    trouble,
    seed: Number(values.seed),
    say,
  });
  const { different, temporary, codes, errors } = report;
  say(
    `${report.files} files, ${report.kills} kills, ${report.rows} events, at most ${Math.round(report.memory / 1e6)} MB`,
  );
  for (const line of [...different.slice(0, 20), ...temporary]) say(line);
  say(`${errors.length} errors logged${errors.length > 0 ? `, the last: ${errors.at(-1)}` : ''}`);
  const isWell = different.length === 0 && temporary.length === 0 && codes.every((code) => code === 0);
  say(isWell ? 'the same events as one scan, no capture lost, none twice, no temporary file' : 'FAILED');
  process.exitCode = isWell ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
