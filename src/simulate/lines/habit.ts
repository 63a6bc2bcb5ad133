import type { Durations } from '../draws.ts';
import type { ContactBook } from './contacts.ts';
import type { Line } from './line.ts';
import type { Rhythm } from './rhythm.ts';

/** When a line places calls. */
export type Timing =
  /** Now and then: a Poisson process in its rhythm; with `burst`, the share of calls that are followed by another soon. */
  | { mode: 'rate'; perDay: number; burst: number; caps?: Caps }
  /** One after the other, as long as its rhythm allows: a pause after each. */
  | { mode: 'loop'; pause: number; spread: number; caps: Caps | null }
  /** By a clock: seconds between calls and their spread as a share. */
  | { mode: 'clock'; every: number; spread: number };

/** Limits that stop a line before it stands out. 0: no limit. */
export interface Caps {
  hour: number;
  day: number;
  leastAnswered: number;
  /** Seconds. */
  leastTalk: number;
  /** Hours of rest where one of the two is not met. */
  rest: number;
}

/** What becomes of calls to outside numbers, as weights. */
export interface Luck {
  answered: number;
  noAnswer: number;
  cancelled: number;
  busy: number;
  rejected: number;
  failed: number;
}

/**
 * How a line calls and is called. Everybody, people, machines and gateways, is described by the same fields and played by the
 * same engine; what differs is only what is written here.
 */
export interface Habit {
  rhythm: Rhythm;
  timing: Timing;
  /** Whom it knows. */
  contacts: ContactBook;
  /** Share of calls to its contacts. */
  known: number;
  /** Share of calls to numbers called before (of those not to contacts). */
  repeat: number;
  /** Share of the other calls that go along a run of neighbouring numbers. */
  sequential: number;
  /** Lines that it calls with this share, and that answer it. */
  siblings: readonly Line[];
  siblingShare: number;
  luck: Luck;
  talk: Durations;
  /** Share of its answered calls that it ends itself. */
  releases: number;
  /** Share of its failed attempts that it repeats within minutes. */
  retries: number;
  /** Share of its calls not answered that it repeats within seconds. */
  redials: number;
  /** Share of its calls that the next follows within seconds. */
  atOnce: number;
  /** Share of outside people it called that call back; of those it missed them only where `missedOnly`. */
  callback: number;
  missedOnly: boolean;
  incoming: Incoming;
}

/** How a line is called. */
export interface Incoming {
  /** Calls from outside a day. */
  perDay: number;
  /** Share of these from numbers it does not know. */
  strangers: number;
  /** Calls from accomplices, per call it places. */
  friends: number;
  /** Who they are; null: the outside ones of its contacts. */
  accomplices: ContactBook | null;
  answer:
    | { mode: 'person'; known: number; unknown: number; ring: number; spread: number }
    /** At once or after the same time. */
    | { mode: 'machine'; ring: number; spread: number; talk: Durations | null }
    | { mode: 'ignore' }
    | { mode: 'reject' };
  /** How those who are expected are answered, where others are not or by a machine: seconds, and spread as a share. */
  expected: { ring: number; spread: number };
  /** Share of missed calls that it returns: from known and unknown numbers. */
  returnsKnown: number;
  returnsUnknown: number;
}
