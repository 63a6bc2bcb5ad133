import type { CaptureResult } from '../capture/read.ts';
import { FLOATS, Real } from '../features/history/rows.ts';
import type { EventTable } from './rows/table.ts';

/** A span of time, seconds since the epoch: from its beginning on, before its end. */
export interface Window {
  from: number;
  until: number;
}

export interface WindowOptions {
  /** Seconds; the window ends at `until` or with the last packet. */
  window: number;
  /** Seconds since the epoch; null: as the captures have it. */
  since: number | null;
  until: number | null;
}

/** Most windows that one scan goes through: the newest of those with events. */
const MOST_WINDOWS = 400;

/**
 * Windows of `length` seconds, one behind the other, the newest ending at `until`; only those in which an event began, newest first.
 */
export function windowsWithEvents(table: EventTable, whole: Window, length: number): Window[] {
  const found = new Set<number>();
  for (const [, block] of table.blocks.read(whole.from, whole.until)) {
    for (let row = 0; row < block.count; row++) {
      const time = block.floats[row * FLOATS + Real.time]!;
      if (time >= whole.from && time < whole.until) found.add(Math.ceil((whole.until - time) / length) - 1);
    }
  }
  return [...found]
    .sort((a, b) => a - b)
    .slice(0, MOST_WINDOWS)
    .map((index) => ({
      from: Math.max(whole.from, whole.until - (index + 1) * length),
      until: whole.until - index * length,
    }));
}

/** From the first packet to the last, as far as `since` and `until` let. */
export function wholeOf(captures: readonly CaptureResult[], options: WindowOptions): Window {
  return windowOf(captures, { ...options, window: Number.POSITIVE_INFINITY });
}

/** The window that options ask for: it ends at `until` or with the last packet. */
export function windowOf(captures: readonly CaptureResult[], options: WindowOptions): Window {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const capture of captures) {
    if (capture.first !== null) first = Math.min(first, capture.first.s);
    if (capture.last !== null) last = Math.max(last, capture.last.s + 1);
  }
  if (first > last) return { from: 0, until: 0 };
  const until = options.until ?? last;
  const from = Math.max(options.since ?? Number.NEGATIVE_INFINITY, until - options.window, Math.min(first, until));
  return { from, until };
}

/** No capture goes on for so long, seconds: between its packets the clock was set. */
const YEAR = 366 * 86_400;

/** Whether the clock of a capture was set by years while it was written: how long it went on is not known. */
export function hasClockJump({ first, last }: Pick<CaptureResult, 'first' | 'last'>): boolean {
  return first !== null && last !== null && last.s - first.s > YEAR;
}

/**
 * Seconds of [from, until) that the captures cover; overlapping captures count once.
 *
 * @param events of [from, until); where the clock of a capture was set by years, they tell what it covers
 */
export function observedSeconds(
  captures: readonly CaptureResult[],
  from: number,
  until: number,
  events: EventTable | null = null,
): number {
  const seen = events === null || !captures.some(hasClockJump) ? { from, until } : spanOf(events, from, until);
  let covered = 0;
  let end = from;
  for (const capture of captures) {
    const { first, last } = capture;
    if (first === null || last === null) continue;
    const window = hasClockJump(capture) ? seen : { from, until };
    const begins = Math.max(first.s + first.ns / 1e9, window.from, end);
    const ends = Math.min(last.s + last.ns / 1e9, window.until);
    if (ends > begins) covered += ends - begins;
    end = Math.max(end, ends);
  }
  return covered;
}

/** From the first event in [from, until) to the last. */
function spanOf(table: EventTable, from: number, until: number): Window {
  const span = { from: until, until: from };
  for (const [, block] of table.blocks.read(from, until)) {
    for (let row = 0; row < block.count; row++) {
      const time = block.floats[row * FLOATS + Real.time]!;
      if (time < from || time >= until) continue;
      span.from = Math.min(span.from, time);
      span.until = Math.max(span.until, time);
    }
  }
  return span;
}
