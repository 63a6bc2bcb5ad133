import type { Outcome } from './event.ts';

/** ITU-T Q.850 causes of a call that ended as calls do. */
export const NORMAL: ReadonlySet<number> = new Set([-1, 0, 16, 31]);
const BUSY = 17;
const NO_ANSWER: ReadonlySet<number> = new Set([18, 19, 102]);
/** Call rejected, barred, not allowed. */
const REJECTED: ReadonlySet<number> = new Set([21, 24, 55, 57, 87]);
/** No route, no such number, switched off (absent), out of order: the call reached nobody. */
const UNREACHED: ReadonlySet<number> = new Set([1, 2, 3, 20, 22, 27, 28]);

/** What a cause says that became of a call; null where it does not say that. */
export function outcomeOfCause(cause: number): Outcome | null {
  if (cause === BUSY) return 'busy';
  if (isUnanswered(cause)) return 'no_answer';
  if (UNREACHED.has(cause)) return 'failed';
  return REJECTED.has(cause) ? 'rejected' : null;
}

/** Somebody was alerted, or a timer ran out over it. */
export function isUnanswered(cause: number): boolean {
  return NO_ANSWER.has(cause);
}
