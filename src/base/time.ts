/**
 * Packet time: nanoseconds since the epoch, held as two numbers (whole seconds, nanoseconds 0..999,999,999), because one
 * double cannot hold it. Text and differences are made at the edge.
 */

/** ISO 8601 UTC with nine digits of the second, for instance `2021-03-04T05:06:07.000000089Z`. */
export function isoTime(seconds: number, nanoseconds: number): string {
  const whole = new Date(seconds * 1000);
  const base = Number.isNaN(whole.getTime()) ? '1970-01-01T00:00:00' : whole.toISOString().slice(0, 19);
  return `${base}.${String(nanoseconds).padStart(9, '0')}Z`;
}

/** A clock may be ahead by a time zone, UTC+14 at most, seconds: a packet of a later time is not believed. */
export const AHEAD = 14 * 3600;

/** The last time of a packet that is believed, seconds since the epoch. @param now milliseconds since the epoch */
export function believedUntil(now: number): number {
  return now / 1000 + AHEAD;
}

/** Milliseconds from (s0, n0) to (s1, n1), to the nanosecond. */
export function millisecondsBetween(s0: number, n0: number, s1: number, n1: number): number {
  return Math.round((s1 - s0) * 1e9 + (n1 - n0)) / 1e6;
}

/** Negative where the first time is earlier, 0 where equal, positive where later. */
export function compareTime(s0: number, n0: number, s1: number, n1: number): number {
  return s0 !== s1 ? s0 - s1 : n0 - n1;
}

/** A packet time held by an event: whole seconds since the epoch and nanoseconds of the second. */
export interface PacketTime {
  s: number;
  ns: number;
}

/** {@link compareTime} of two packet times. */
export function compareTimes(a: PacketTime, b: PacketTime): number {
  return compareTime(a.s, a.ns, b.s, b.ns);
}

/** Milliseconds from one packet time to another, to the nanosecond. */
export function elapsed(from: PacketTime, to: PacketTime): number {
  return millisecondsBetween(from.s, from.ns, to.s, to.ns);
}

/** A day, and a time of it with its offset. */
const WRITTEN =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?:(:\d\d)(\.\d{1,9})?)?(?:(Z)|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?$/i;

/** What is expected of a time without an offset. */
export const WITH_OFFSET = 'a time with its offset, such as 2026-01-31T08:00:00Z or 2026-01-31T08:00:00+08:00';

/**
 * Reads a time that somebody wrote (ISO 8601): a day is its midnight UTC, a time of a day needs its offset, since of which place it is local
 * time would depend on the machine.
 *
 * @returns seconds since the epoch, or in words what was expected instead
 */
export function readTime(text: string): number | string {
  const parts = WRITTEN.exec(text);
  if (parts === null) return 'an ISO 8601 time such as 2026-01-31T08:00:00Z';
  const [, day, time, seconds = ':00', fraction = '', utc, sign, hours, minutes] = parts;
  const whole = `${day}T${time ?? '00:00'}${seconds}`;
  const read = new Date(`${whole}Z`);
  // A day that its month has not is taken for one of the next.
  if (Number.isNaN(read.getTime()) || !read.toISOString().startsWith(whole)) return 'a time that there is';
  if (time !== undefined && utc === undefined && sign === undefined) return WITH_OFFSET;
  const offset = sign === undefined ? 0 : (sign === '-' ? -60 : 60) * (60 * Number(hours) + Number(minutes));
  return read.getTime() / 1000 + Number(`0${fraction}`) - offset;
}
