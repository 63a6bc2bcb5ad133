import type { Random } from '../../base/random.ts';

const HOUR = 3600;
const DAY = 86_400;

/** When in the day and week a line is active: a weight for each local hour, mean 1 over the day, and a factor for weekends. */
export interface Rhythm {
  hours: readonly number[];
  peak: number;
  weekend: number;
  /** Local time from UTC, seconds. */
  offset: number;
}

/** Weight at a time, seconds since the epoch. */
function weightAt(rhythm: Rhythm, seconds: number): number {
  const local = seconds + rhythm.offset;
  const day = Math.floor(local / DAY);
  const weekday = (((day + 4) % 7) + 7) % 7;
  const weight = rhythm.hours[Math.floor((local - day * DAY) / HOUR)]!;
  return weekday === 0 || weekday === 6 ? weight * rhythm.weekend : weight;
}

/** Whether a local hour is one in which most people are awake. */
export function isWaking(rhythm: Rhythm, seconds: number): boolean {
  const local = seconds + rhythm.offset;
  const hour = (local - Math.floor(local / DAY) * DAY) / HOUR;
  return hour >= 7 && hour < 23;
}

/** Next time of a Poisson process of `perDay` events on an average day, by thinning; seconds. Infinity for none in a year. */
export function nextArrival(rhythm: Rhythm, perDay: number, seconds: number, random: Random): number {
  if (perDay <= 0) return Number.POSITIVE_INFINITY;
  const most = rhythm.peak * Math.max(1, rhythm.weekend);
  const mean = DAY / (perDay * most);
  const end = seconds + 366 * DAY;
  for (let at = seconds; at < end; ) {
    at += random.exponential(mean);
    if (random.next() * most < weightAt(rhythm, at)) return at;
  }
  return Number.POSITIVE_INFINITY;
}

/** The next time at or after `seconds` in an active hour; Infinity where there is none. */
export function nextActive(rhythm: Rhythm, seconds: number): number {
  for (let hours = 0; hours < 24 * 8; hours++) {
    const local = seconds + rhythm.offset;
    const at = hours === 0 ? seconds : (Math.floor(local / HOUR) + hours) * HOUR - rhythm.offset;
    if (weightAt(rhythm, at) > 0) return at;
  }
  return Number.POSITIVE_INFINITY;
}

/** The next full hour after `seconds` from which on nothing goes on for so many hours; Infinity where there is none. */
export function nextRest(rhythm: Rhythm, seconds: number, hours: number): number {
  for (let at = startOfNext('hour', rhythm, seconds), tries = 0; tries < 24 * 8; at += HOUR, tries++) {
    if (nextActive(rhythm, at) - at >= hours * HOUR) return at;
  }
  return Number.POSITIVE_INFINITY;
}

/** Start of the local hour or day after `seconds`. */
export function startOfNext(unit: 'hour' | 'day', rhythm: Rhythm, seconds: number): number {
  const length = unit === 'hour' ? HOUR : DAY;
  return (Math.floor((seconds + rhythm.offset) / length) + 1) * length - rhythm.offset;
}

function rhythm(hours: readonly number[], weekend: number, offset: number): Rhythm {
  const mean = hours.reduce((sum, weight) => sum + weight, 0) / hours.length;
  const scaled = hours.map((weight) => weight / mean);
  return { hours: scaled, peak: Math.max(...scaled), weekend, offset };
}

/** A person's day: up in the morning, most calls by day or in the evening, shifted and widened by who it is. */
export function personal(offset: number, random: Random): Rhythm {
  const shift = random.normal() * 1.4;
  const noon = 11.5 + shift;
  const evening = 18.5 + shift;
  const nightShare = random.chance(0.07) ? 0.3 : 0.02;
  const towardsEvening = random.next();
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const bump = (centre: number, width: number) => {
      const distance = Math.min(Math.abs(hour + 0.5 - centre), 24 - Math.abs(hour + 0.5 - centre));
      return Math.exp(-0.5 * (distance / width) ** 2);
    };
    return (
      nightShare + (1 - towardsEvening) * bump(noon, 3.2) + towardsEvening * bump(evening, 2.6) + 0.3 * bump(15, 4)
    );
  });
  return rhythm(hours, random.between(0.6, 1.15), offset);
}

/** Evenly from one local hour to another, past midnight where `until` is the smaller; a dip for lunch where wanted. */
export function working(from: number, until: number, weekend: number, offset: number, lunch = false): Rhythm {
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const inside = from < until ? hour >= from && hour < until : hour >= from || hour < until;
    if (!inside) return 0;
    return lunch && (hour === 12 || hour === 13) ? 0.5 : 1;
  });
  if (!hours.some((weight) => weight > 0)) hours.fill(1);
  return rhythm(hours, weekend, offset);
}

/** The day of one of a desk whose people take turns: some of its hours, and one off. */
export function turn(from: number, until: number, weekend: number, offset: number, random: Random): Rhythm {
  const start = random.integer(from, Math.max(from, until - 5));
  const end = Math.min(until, start + random.integer(4, 9));
  const off = end - start >= 5 ? random.integer(start + 2, end - 2) : -1;
  const hours = Array.from({ length: 24 }, (_, hour) => (hour >= start && hour < end && hour !== off ? 1 : 0));
  return rhythm(hours, weekend, offset);
}

/** The same all day. */
export function constant(offset: number): Rhythm {
  return rhythm(new Array<number>(24).fill(1), 1, offset);
}
