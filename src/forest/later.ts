import type { Metrics } from './metrics.ts';

/** When each row was: seconds since the epoch. */
export interface RowTimes {
  /** Begin of the window that a row is over. */
  from: ArrayLike<number>;
  /** Its end. */
  until: ArrayLike<number>;
}

/** Measures by gateway, by SIM and by time at once: forests of other groups and earlier rows judged later rows. */
export interface Later {
  /** Seconds since the epoch that part what was trained on from what was judged; null where nothing was measured. */
  cut: number | null;
  /** Why nothing could be measured; null where it was. */
  reason: string | null;
  metrics: Metrics | null;
}

/** What one fold is trained on and judged by. */
export interface LaterFold {
  train: Int32Array;
  test: Int32Array;
}

/**
 * Parts rows by fold and by time: of each fold, its rows that begin at the cut or later are judged by a forest of the other folds'
 * rows that ended before it. The cut is where half of the rows have ended.
 *
 * @param folds fold of each row, groups kept together
 * @returns the reason in words where a fold lacks a class on either side
 */
export function laterFolds(
  times: RowTimes,
  y: Uint8Array,
  folds: Uint8Array,
  count: number,
): { cut: number; parts: LaterFold[] } | string {
  const ends = Float64Array.from(times.until).sort();
  const last = ends[ends.length - 1]!;
  if (ends[0] === last) return 'all rows are of one time';
  const middle = ends[(ends.length - 1) >> 1]!;
  const cut = middle < last ? middle : ends[ends.indexOf(last) - 1]!;
  const rows = Int32Array.from(folds, (_, row) => row);
  const parts = Array.from({ length: count }, (_, fold) => ({
    train: rows.filter((row) => folds[row] !== fold && times.until[row]! <= cut),
    test: rows.filter((row) => folds[row] === fold && times.from[row]! >= cut),
  }));
  const both = (part: Int32Array) => part.some((row) => y[row] === 1) && part.some((row) => y[row] === 0);
  if (!parts.every(({ train }) => both(train))) return 'too few rows before the middle of the time to train on';
  if (!both(Int32Array.from(parts.flatMap(({ test }) => [...test]))))
    return 'too few rows after the middle of the time';
  return { cut, parts };
}
