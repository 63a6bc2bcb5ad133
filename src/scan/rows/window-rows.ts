import { FLOATS, INTEGERS, KIND_BITS, Kind, Real, type RowBlock, Whole } from '../../features/history/rows.ts';

/** From when on events count, and until when, seconds since the epoch. */
export interface RowWindow {
  from: number;
  until: number;
}

/** Calls `onRow` with each row of a block that counts in a window. @param dropped by number of a capture, true where its rows do not count */
export function eachRowIn(
  { from, until }: RowWindow,
  dropped: readonly boolean[],
  { floats, integers, count }: RowBlock,
  onRow: (row: number, time: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    const time = floats[row * FLOATS + Real.time]!;
    if (!(time >= from && time < until) || dropped[integers[row * INTEGERS + Whole.capture]!] === true) continue;
    onRow(row, time);
  }
}

/** Whether an event with these flags is one of its counterpart too. */
export function isToOther(flags: number): boolean {
  const kind = flags & KIND_BITS;
  return kind === Kind.leg || kind === Kind.sms;
}
