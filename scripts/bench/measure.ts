import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const FIRST_CORE = ['taskset', '-c', '0'];

export interface Timing {
  seconds: number;
  cpuSeconds: number;
}

/** Writes the first packets of a classic little-endian pcap to a file of their own. */
export function sliceOf(path: string, to: string, packets: number): void {
  const bytes = Buffer.alloc(Math.min(statSync(path).size, packets * 1024));
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  let at = 24;
  for (let packet = 0; packet < packets && at + 16 <= bytes.length; packet++) {
    const next = at + 16 + bytes.readUInt32LE(at + 8);
    if (next > bytes.length) break;
    at = next;
  }
  writeFileSync(to, bytes.subarray(0, at));
}

/** Runs a command to its end, as a shell measures it. */
export function timed(command: readonly string[], output = '/dev/null'): Timing {
  const measured = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%R %U %S"; output=$1; shift; time "$@" >"$output"', 'bash', output, ...command],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const figures = /(\S+) (\S+) (\S+)\s*$/.exec(measured.stderr);
  if (measured.status !== 0 || figures === null) fail(`${command.join(' ')}: ${measured.stderr}`);
  return { seconds: Number(figures[1]), cpuSeconds: Number(figures[2]) + Number(figures[3]) };
}

/** Runs commands at the same time, until the last of them ends. */
export function timedTogether(commands: readonly (readonly string[])[]): Timing {
  const started = commands.map((command) => `${command.map(quoted).join(' ')} &`).join(' ');
  return timed(['bash', '-c', `${started} ${commands.map(() => 'wait -n').join(' && ')}`]);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Seconds to read the file and do nothing with it. */
export function readPlainly(path: string): number {
  const program = `const fs = require('fs'); const file = fs.openSync(process.argv[1]); const bytes = Buffer.alloc(1 << 20);
    const start = process.hrtime.bigint(); while (fs.readSync(file, bytes) > 0);
    console.log(Number(process.hrtime.bigint() - start) / 1e9);`;
  return Number(run([...FIRST_CORE, 'node', '-e', program, path]));
}

export function run(command: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  if (status !== 0) fail(`${command.join(' ')}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function rate(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function line(what: string, figure: string): void {
  console.log(`${what.padEnd(34)} ${figure}`);
}

export function fail(words: string): never {
  console.error(words);
  process.exit(1);
}
