import { FLOATS, Real } from '../features/rows.ts';
import type { EventTable } from './table.ts';

/** A span of time, seconds since the epoch: from its beginning on, before its end. */
export interface Window {
  from: number;
  until: number;
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
