import { type History, Kind } from '../features/history/history.ts';

/** Seconds. A line is active in the half hours that it called, was called, or sent texts in. */
const HALF_HOUR = 1800;
/** Silence from which on a line rests, seconds. */
const SILENT = 3600;
/** What is kept of a line: half hours, times at which it came to rest or woke, changes of cell. */
const MOST_HALF_HOURS = 64;
const MOST_RESTS = 8;
const MOST_MOVES = 16;

/** The half hours since the epoch in which a line was active, ascending: the first {@link MOST_HALF_HOURS}. */
export function activeIn(history: History): number[] {
  const found: number[] = [];
  for (let i = 0; i < history.count && found.length < MOST_HALF_HOURS; i++) {
    const bin = Math.floor(history.time[i]! / HALF_HOUR);
    if (isAct(history, i) && bin !== found.at(-1)) found.push(bin);
  }
  return found;
}

/** When a line came to rest, its last act before a silence of {@link SILENT}, and when it woke from one, seconds: the first few. */
export function restsOf(history: History, from: number, until: number): { rested: number[]; woke: number[] } {
  const rested: number[] = [];
  const woke: number[] = [];
  let last = from;
  let acted = false;
  for (let i = 0; i < history.count; i++) {
    if (!isAct(history, i)) continue;
    const time = history.time[i]!;
    if (time - last >= SILENT) {
      if (acted && rested.length < MOST_RESTS) rested.push(last);
      if (woke.length < MOST_RESTS) woke.push(time);
    }
    const end = history.end[i]!;
    last = Math.max(last, Number.isNaN(end) ? time : end);
    acted = true;
  }
  if (acted && until - last >= SILENT && rested.length < MOST_RESTS) rested.push(last);
  return { rested, woke };
}

/** When it was seen in another cell than before, and in which, seconds: the first {@link MOST_MOVES}. */
export function movesOf(history: History): { cell: string; time: number }[] {
  const moves: { cell: string; time: number }[] = [];
  let before = -1;
  for (let i = 0; i < history.count && moves.length < MOST_MOVES; i++) {
    const code = history.cell[i]!;
    if (code < 0 || code === before) continue;
    if (before >= 0) moves.push({ cell: history.text('cell', code)!, time: history.time[i]! });
    before = code;
  }
  return moves;
}

/** Whether somebody, or something, used the line: it does not count that it only said where it is. */
function isAct(history: History, i: number): boolean {
  const kind = history.kind[i]!;
  return (kind === Kind.leg || kind === Kind.sms) && history.repeat[i] === 0;
}
