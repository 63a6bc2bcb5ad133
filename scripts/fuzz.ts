/**
 * Runs the fuzz targets of scripts/fuzz one after the other with jazzer.js, each for FUZZ_SECONDS (60). Names of targets as
 * arguments run these only. Ends with status 1 after a finding; the input that made it stays in tmp/fuzz/findings.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SS7_SEEDS } from './fuzz/ss7-seeds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'tmp/fuzz');
const findings = join(work, 'findings');
const seconds = Number(process.env.FUZZ_SECONDS || 60);
const captures = join(root, process.env.CATPOOL_SHARED || '../shared', 'captures');

/** Real input to begin from, where it is at hand. */
const SEEDS: Record<string, string> = { capture: 'formats', path: 'sip', sip: 'torture', framing: 'torture' };

const all = readdirSync(join(root, 'scripts/fuzz'))
  .filter((name) => name.endsWith('.fuzz.ts'))
  .map((name) => name.replace('.fuzz.ts', ''));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : all;
for (const name of wanted) if (!all.includes(name)) fail(`no fuzz target ${name}: there are ${all.join(', ')}`);
if (!(seconds > 0)) fail('FUZZ_SECONDS must be a number above 0');

compile();
mkdirSync(findings, { recursive: true });
const failed = wanted.filter((name) => !fuzz(name));
console.log(
  `${wanted.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;

/** The fuzzer counts branches in plain JavaScript. */
function compile(): void {
  rmSync(join(work, 'js'), { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const project = join(work, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noEmit: false, rootDir: '../..', outDir: 'js' },
      include: ['../../scripts/fuzz'],
    }),
  );
  run(join(root, 'node_modules/.bin/tsc'), ['-p', project], 'the targets do not compile');
}

function fuzz(name: string): boolean {
  const corpus = join(work, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  for (const [index, seed] of (SS7_SEEDS[name]?.() ?? []).entries()) writeFileSync(join(corpus, `made-${index}`), seed);
  const seeds = join(captures, SEEDS[name] ?? '-');
  const jazzer = join(dirname(fileURLToPath(import.meta.resolve('@jazzer.js/core'))), 'cli.js');
  const options = [
    ...['--includes', 'fuzz/js', '--excludes', 'node_modules', '--disableBugDetectors', '.*', '--timeout', '5000'],
    ...['--', `-max_total_time=${seconds}`, '-max_len=65536', '-rss_limit_mb=1500', '-verbosity=0'],
    ...['-print_final_stats=1', `-artifact_prefix=${findings}/${name}-`],
  ];
  const target = join(work, 'js/scripts/fuzz', `${name}.fuzz.js`);
  // Into a file: what a fuzzer that ends at once had written to a pipe would be lost.
  const path = join(work, `${name}.log`);
  const log = openSync(path, 'w');
  const { status } = spawnSync(
    process.execPath,
    [jazzer, target, corpus, ...(existsSync(seeds) ? [seeds] : []), ...options],
    { cwd: root, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const said = readFileSync(path, 'latin1');
  const [runs, megabytes] = ['number_of_executed_units', 'peak_rss_mb'].map(
    (figure) => new RegExp(`stat::${figure}: *(\\d+)`).exec(said)?.[1] ?? '?',
  );
  // A fuzzer that ended before it ran anything proves nothing.
  const passed = status === 0 && Number(runs) > 0;
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name}: ${runs} runs, at most ${megabytes} MB`);
  if (!passed) console.log(said.split('\n').slice(-40).join('\n'));
  return passed;
}

function run(command: string, arguments_: string[], failure: string): void {
  if (spawnSync(command, arguments_, { cwd: root, stdio: 'inherit' }).status !== 0) fail(failure);
}

function fail(words: string): never {
  console.error(words);
  process.exit(1);
}
