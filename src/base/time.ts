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
