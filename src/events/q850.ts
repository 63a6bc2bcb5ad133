import type { Outcome } from './event.ts';

/** ITU-T Q.850 causes of a call that ended as calls do. */
export const NORMAL: ReadonlySet<number> = new Set([-1, 0, 16, 31]);
const BUSY = 17;
const NO_ANSWER: ReadonlySet<number> = new Set([18, 19, 20, 102]);
/** Call rejected, barred, not allowed. */
const REJECTED: ReadonlySet<number> = new Set([21, 24, 55, 57, 87]);

/** What a cause says that the called side did with a call; null where it does not say that. */
export function outcomeOfCause(cause: number): Outcome | null {
  if (cause === BUSY) return 'busy';
  if (NO_ANSWER.has(cause)) return 'no_answer';
  return REJECTED.has(cause) ? 'rejected' : null;
}
