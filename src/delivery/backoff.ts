import type { Random } from '../base/random.ts';

/** First wait, and longest one, milliseconds. */
const FIRST = 1000;
const LONGEST = 5 * 60_000;
/** A receiver may ask for a longer one, up to this. */
const LONGEST_ASKED = 24 * 3600_000;

/**
 * Milliseconds to wait after so many failures in a row (from 1): doubled each time, half of it drawn at random so that probes
 * which lost the same receiver do not come back to it at once; no less than the receiver asked for.
 */
export function backoff(failures: number, random: Random, retryAfter: number | null): number {
  const full = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 30));
  const wait = full / 2 + random.between(0, full / 2);
  return Math.max(wait, Math.min(retryAfter ?? 0, LONGEST_ASKED));
}
