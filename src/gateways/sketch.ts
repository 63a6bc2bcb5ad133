import { type History, Kind, OutcomeCode, type TextColumn } from '../features/history/history.ts';
import { isStationary } from '../features/population.ts';
import { keyOf } from './key-table.ts';

/** What is kept of a line to compare it with others: bounded, whatever the line did. Lists hold each text once. */
export interface Sketch {
  line: string;
  /** Raw score of the line's own features. */
  score: number;
  /** It reaches what would mark the line, or comes near that. */
  near: boolean;
  /** First and last event, seconds since the epoch. */
  first: number;
  last: number;
  imeis: string[];
  /** Cell of most of its events; null where no cell was seen. */
  home: string | null;
  /** The few cells that nearly all of its events were in, most first: a phone that stays hears several. Empty of one that moves. */
  homes: string[];
  /** It is known to stay in the one cell that it was ever seen in. */
  stays: boolean;
  /** Addresses its requests came from, and named in Contact. */
  endpoints: string[];
  contacts: string[];
  /** The look of its messages that was seen most. */
  userAgent: string | null;
  headerOrder: string | null;
  sdpFingerprint: string | null;
  /** When it was switched on and off, as far as the messages show it: seconds, ascending. */
  switched: Float64Array;
  /** Keys of the numbers it called, ascending: what very many lines keep is kept small. */
  called: Float64Array;
}

const MOST_IMEIS = 64;
const MOST_ADDRESSES = 8;
const MOST_INSTANTS = 64;
const MOST_CALLED = 256;
/** A line that stays has this share of its events in so many cells: the sectors and neighbours that are heard in one place. */
const STAYS = 0.9;
const MOST_HOMES = 4;

/** A registration is a switching on, not a refresh, where none came before it for longer than the last was granted by this factor. */
const MISSED_REFRESH = 1.25;
/** Seconds a registration is taken to last where nothing says it (RFC 3261 §10.2: 3600). */
const USUAL_EXPIRY = 3600;

/** The sketch of a sealed history. @param from beginning of the window, seconds since the epoch */
export function sketchOf(history: History, { score, near }: Pick<Sketch, 'score' | 'near'>, from: number): Sketch {
  const { homes, stays } = homesOf(history);
  return {
    line: history.line,
    score,
    near,
    first: history.count > 0 ? history.time[0]! : 0,
    last: history.count > 0 ? history.time[history.count - 1]! : 0,
    imeis: history.texts('imei').slice(0, MOST_IMEIS),
    home: mostSeen(history, 'cell').text,
    homes,
    stays,
    endpoints: history.texts('endpoint').slice(0, MOST_ADDRESSES),
    contacts: history.texts('contact').slice(0, MOST_ADDRESSES),
    userAgent: mostSeen(history, 'userAgent').text,
    headerOrder: mostSeen(history, 'headerOrder').text,
    sdpFingerprint: mostSeen(history, 'sdpFingerprint').text,
    switched: switchedAt(history, from),
    called: calledBy(history),
  };
}

/**
 * When a line was switched on and off: a registration where the one before had run out, a de-registration (RFC 3261 §10.2.2),
 * an IMSI attach or detach (3GPP TS 24.008 §4.3.4, §4.4.3). What came so early in the window that it may be a refresh is left out.
 */
export function switchedAt(history: History, from: number): Float64Array {
  const instants: number[] = [];
  let runsOut = from + USUAL_EXPIRY;
  let registered = false;
  for (let i = 0; i < history.count && instants.length < MOST_INSTANTS; i++) {
    const time = history.time[i]!;
    if (history.mirror[i] === 1) continue;
    if (history.kind[i] === Kind.presence) {
      const type = history.text('luType', history.luType[i]!);
      if (type === 'attach' || type === 'detach') instants.push(time);
    } else if (history.kind[i] === Kind.registration) {
      if (history.outcome[i] === OutcomeCode.deregistered) {
        instants.push(time);
        registered = true;
        runsOut = time;
      } else if (history.outcome[i] === OutcomeCode.registered) {
        const expires = history.expires[i]! > 0 ? history.expires[i]! : USUAL_EXPIRY;
        if (time > runsOut || (!registered && time > from + expires * MISSED_REFRESH)) instants.push(time);
        registered = true;
        runsOut = time + expires * MISSED_REFRESH;
      }
    }
  }
  return Float64Array.from(instants);
}

/** The two cells that most of its events show, whichever of the two is first; null where it showed but one. */
export function twoCells(history: History): string | null {
  const cells = history.texts('cell');
  if (cells.length < 2) return null;
  const counts = new Int32Array(cells.length);
  for (let i = 0; i < history.count; i++) if (history.cell[i]! >= 0) counts[history.cell[i]!]!++;
  const most = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || (cells[a]! < cells[b]! ? -1 : 1));
  return most
    .slice(0, 2)
    .map((code) => cells[code]!)
    .sort()
    .join(' ');
}

function calledBy(history: History): Float64Array {
  const keys: number[] = [];
  const texts = history.texts('counterpart');
  for (let code = 0; code < texts.length && keys.length < MOST_CALLED; code++) {
    if (history.called[code]! > 0) keys.push(calledKey(texts[code]!));
  }
  return Float64Array.from(keys).sort();
}

/** Key of a number called. */
export function calledKey(number: string): number {
  return keyOf(0, number);
}

/** The fewest cells that hold so much of what was seen, most first; empty where these are too many. */
function homesOf(history: History): Pick<Sketch, 'homes' | 'stays'> {
  const counts = new Int32Array(history.texts('cell').length);
  let seen = 0;
  for (let i = 0; i < history.count; i++) {
    const code = history.cell[i]!;
    if (code < 0) continue;
    seen++;
    counts[code]!++;
  }
  const homes: string[] = [];
  const stays = isStationary(counts.length, seen);
  let inside = 0;
  for (const code of Int32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b)) {
    if (inside >= STAYS * seen) break;
    if (homes.length === MOST_HOMES) return { homes: [], stays };
    homes.push(history.text('cell', code)!);
    inside += counts[code]!;
  }
  return { homes, stays };
}

/** The text of a column that most events show, and their share; null where none does. */
export function mostSeen(history: History, column: TextColumn): { text: string | null; share: number } {
  const codes = history[column];
  const counts = new Int32Array(history.texts(column).length);
  let seen = 0;
  let best = -1;
  for (let i = 0; i < history.count; i++) {
    const code = codes[i]!;
    if (code < 0) continue;
    seen++;
    counts[code]!++;
    if (best < 0 || counts[code]! > counts[best]!) best = code;
  }
  return { text: history.text(column, best), share: best < 0 ? 0 : counts[best]! / seen };
}
