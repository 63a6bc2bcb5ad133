import { add, type Counters } from '../../base/counters.ts';
import type { LimitName, Limits } from '../../base/limits.ts';

/** Bounds of what one state keeps, and where is counted what they drop. */
export interface Room {
  limits: Limits;
  counters: Counters;
}

/** Whether a list of this length may have one more by the limit; where not, that one is counted as dropped. */
export function hasRoom(length: number, limit: LimitName, { limits, counters }: Room): boolean {
  if (length < limits[limit]) return true;
  add(counters.dropped, limit);
  return false;
}
