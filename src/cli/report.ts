import { writeFileSync } from 'node:fs';
import cliProgress from 'cli-progress';
import pc from 'picocolors';
import type { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import { isoTime } from '../base/time.ts';
import { PASSED_OVER } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import { ONE_DIRECTION } from '../events/directions.ts';

/** Words that wait for others to be said, see {@link sayBeside}. */
const waiting: string[] = [];

/** Words for people: standard error, so that standard output carries data alone. */
export function say(text: string): void {
  sayWaiting();
  process.stderr.write(`${text}\n`);
}

/** Says it before whatever is said next, or when the command has done its work; not where it fails before: an error is one line. */
export function sayBeside(text: string): void {
  waiting.push(text);
}

/** Says what {@link sayBeside} was given. */
export function sayWaiting(): void {
  for (const text of waiting.splice(0)) process.stderr.write(`${text}\n`);
}

/** Leaves it unsaid. */
export function forgetWaiting(): void {
  waiting.length = 0;
}

export function warn(text: string): void {
  say(`${pc.yellow('warning:')} ${text}`);
}

/** Says how many labelled lines no captures had. */
export function sayMissing(missing: Iterable<string>, known: ReadonlySet<string>): void {
  const lines = [...missing].filter((line) => !known.has(line)).length;
  if (lines > 0) say(`${count(lines, 'labelled line')} did nothing in these captures, or not while labels hold`);
}

/** A progress bar over the bytes to read, on a terminal only. */
export function progressBar(totalBytes: number): { update: (bytes: number) => void; stop: () => void } {
  if (!process.stderr.isTTY || totalBytes === 0) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % · {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  bar.start(totalBytes, 0);
  return { update: (bytes) => bar.update(Math.min(bytes, totalBytes)), stop: () => bar.stop() };
}

/**
 * Says where captures were cut or damaged, which came twice, which are of other programs, and whether there are some of one direction.
 *
 * @returns whether any was cut or damaged
 */
export function warnOfCaptures(
  captures: readonly CaptureResult[],
  repeated: readonly string[],
  { anomalies }: Counters,
): boolean {
  let damaged = false;
  for (const { path, stop, packets } of captures) {
    if (stop === null) continue;
    damaged = true;
    warn(
      `${path}: ends at offset ${stop.offset} (${stop.layer} ${stop.reason}: needs ${stop.need} bytes, has ${stop.have}); ${count(packets, 'packet')} before it read`,
    );
  }
  for (const path of repeated) warn(`${path}: the same capture as another one here; read once`);
  for (const [what, files] of anomalies) {
    if (!what.endsWith(PASSED_OVER)) continue;
    warn(`${count(files, 'file')}: ${what} (editcap of Wireshark makes a pcapng file of one)`);
  }
  const sides = anomalies.get(ONE_DIRECTION) ?? 0;
  if (sides > 0) {
    warn(
      `${count(sides, 'capture')} of one direction of the links: answers are missing; merge both directions into one file first (mergecap)`,
    );
  }
  return damaged;
}

/** `1,234,567`. */
export function figure(value: number): string {
  return value.toLocaleString('en-US');
}

export function count(value: number, noun: string): string {
  return `${figure(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `2.1 GB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** `24 h 00 m`, `10 m 05 s`. */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** Writes `--stats FILE`: what was read, the counters, and the speed. */
export function writeStats(
  path: string,
  captures: readonly CaptureResult[],
  counters: Counters,
  seconds: number,
  more: Record<string, unknown> = {},
): void {
  const bytes = captures.reduce((sum, capture) => sum + capture.bytes, 0);
  const text = JSON.stringify(
    {
      schema: 'catpool.stats/1',
      captures: captures.map(({ first, last, ...capture }) => ({
        ...capture,
        first: first === null ? null : isoTime(first.s, first.ns),
        last: last === null ? null : isoTime(last.s, last.ns),
      })),
      counters: counters.toJSON(),
      ...more,
      seconds,
      megabytes_per_second: seconds > 0 ? bytes / 1e6 / seconds : null,
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    },
    null,
    2,
  );
  try {
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
