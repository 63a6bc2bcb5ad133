import { compareTime, type PacketTime } from '../base/time.ts';

/** A time that is not known yet: `ns` is -1. It is filled in place, so that a state can be used for one call after another. */
export function noTime(): PacketTime {
  return { s: 0, ns: -1 };
}

export function isKnown(time: PacketTime): boolean {
  return time.ns >= 0;
}

/** Fills `time` in where it is not known or later. True where it did. */
export function takeEarlier(time: PacketTime, s: number, ns: number): boolean {
  if (time.ns >= 0 && compareTime(time.s, time.ns, s, ns) <= 0) return false;
  time.s = s;
  time.ns = ns;
  return true;
}

/** Fills `time` in where it is not known or earlier. */
export function takeLater(time: PacketTime, s: number, ns: number): void {
  if (time.ns >= 0 && compareTime(time.s, time.ns, s, ns) >= 0) return;
  time.s = s;
  time.ns = ns;
}

/** True where `a` is not later than `b`, both known. */
export function notLater(a: PacketTime, b: PacketTime): boolean {
  return compareTime(a.s, a.ns, b.s, b.ns) <= 0;
}

/** The earlier of two times that may be missing or not known; null where neither is. */
export function earliest(a: PacketTime | null, b: PacketTime | null): PacketTime | null {
  if (b === null || b.ns < 0) return a;
  if (a === null || a.ns < 0) return b;
  return notLater(a, b) ? a : b;
}

/** The later of two times that may be missing; null where both are. */
export function latest(a: PacketTime | null, b: PacketTime | null): PacketTime | null {
  if (a === null || b === null) return a ?? b;
  return notLater(a, b) ? b : a;
}
