import type { History, TextColumn } from './history.ts';
import { agree } from './joining.ts';
import { Kind } from './rows.ts';

/** Two probes of one interface see the same event this close together, once their clocks are put right; seconds. */
const TOGETHER_SECONDS = 0.5;
/** Rows looked back at. */
const MOST_BACK = 16;

/** Columns of numbers that say the same on both, or are missing on one. */
const NUMBERS = ['smsLength', 'expires', 'keepAlive'] as const;

/**
 * Finds the events, all but legs, that probes of several feeds saw on one interface: the first of them stays, and has from the others
 * what it did not know. Each counts one of each other feed at most, so that what a feed saw twice stays twice. The legs of a call are
 * joined whatever they were seen by, since an interface shows several of one call to one probe too.
 *
 * @param history in order of time
 * @param feeds number of the feed of each row
 * @param texts its columns of texts
 * @returns the rows that stay, in order; null where all do
 */
export function rowsSeenOnce(history: History, feeds: Int32Array, texts: readonly TextColumn[]): Uint32Array | null {
  const { count, kind, time } = history;
  const gone = new Set<number>();
  const counted = new Map<number, Set<number>>();
  for (let i = 1; i < count; i++) {
    if (kind[i] === Kind.leg) continue;
    const earliest = Math.max(0, i - MOST_BACK);
    for (let back = i - 1; back >= earliest && time[i]! - time[back]! <= TOGETHER_SECONDS; back--) {
      if (feeds[back] === feeds[i] || gone.has(back) || counted.get(back)?.has(feeds[i]!) === true) continue;
      if (!isSame(history, texts, back, i)) continue;
      complete(history, texts, back, i);
      gone.add(i);
      counted.set(back, (counted.get(back) ?? new Set()).add(feeds[i]!));
      break;
    }
  }
  if (gone.size === 0) return null;
  return Uint32Array.from({ length: count }, (_, row) => row).filter((row) => !gone.has(row));
}

function isSame(history: History, texts: readonly TextColumn[], a: number, b: number): boolean {
  const { kind, over, direction, mirror, outcome } = history;
  if (kind[a] !== kind[b] || over[a] !== over[b] || direction[a] !== direction[b] || mirror[a] !== mirror[b])
    return false;
  if (outcome[a] !== outcome[b]) return false;
  for (const name of NUMBERS) if (Math.abs(history[name][a]! - history[name][b]!) > 0) return false;
  return texts.every((name) => agree(history[name], a, b));
}

/** Puts what row `from` knows, and row `into` does not, into that row. */
function complete(history: History, texts: readonly TextColumn[], into: number, from: number): void {
  for (const name of [...NUMBERS, 'latency'] as const) {
    const column = history[name];
    if (Number.isNaN(column[into]!)) column[into] = column[from]!;
  }
  for (const name of texts) if (history[name][into]! < 0) history[name][into] = history[name][from]!;
}
