import { isoTime } from '../base/time.ts';

const SECOND = 1_000_000;

/** ISO 8601 UTC text of microseconds since the epoch. */
export function isoMicroseconds(microseconds: number): string {
  const whole = Math.round(microseconds);
  const seconds = Math.floor(whole / SECOND);
  return isoTime(seconds, (whole - seconds * SECOND) * 1000);
}
