import { UserError } from '../../base/errors.ts';

/** Offsets change at quarter hours only, so that one look-up serves each. */
const QUARTER = 900;
const DAY = 86_400;
const CACHE_ENTRIES = 65_536;

/** An offset from UTC: `+08:00`, `-0330`; `Z` and `UTC` are none. */
const FIXED = /^(?:Z|UTC|([+-])(\d\d):?(\d\d))$/;

/** What the clocks of a place show, turned into seconds since the epoch. */
export interface Zone {
  /**
   * Seconds since the epoch of a local time, given as if it were UTC. NaN where no clock showed it: the hour that is left out
   * when clocks go forward. Of the two instants of an hour that came twice, the earlier.
   */
  epoch(local: number): number;
  /** Whether the clocks showed a local time twice. */
  isTwice(local: number): boolean;
}

/** Seconds that `+08:00` stands for; null where the text is no offset. */
export function offsetOf(text: string): number | null {
  const match = FIXED.exec(text);
  if (match === null) return null;
  if (match[1] === undefined) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
}

/**
 * @param name IANA name, for instance `Europe/Rome`, or an offset, for instance `+08:00`
 * @throws UserError where there is no such zone
 */
export function zoneOf(name: string): Zone {
  const fixed = offsetOf(name);
  if (fixed !== null) return { epoch: (local) => local - fixed, isTwice: () => false };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new UserError(`no such time zone: ${name} (use a name like Europe/Rome, or an offset like +08:00)`);
  }
  return new NamedZone(format);
}

class NamedZone implements Zone {
  private readonly format: Intl.DateTimeFormat;
  /** By local quarter of an hour. */
  private readonly offsets = new Map<number, number>();
  private readonly twice = new Set<number>();
  private lastQuarter = Number.NaN;
  private lastOffset = 0;

  constructor(format: Intl.DateTimeFormat) {
    this.format = format;
  }

  epoch(local: number): number {
    return local - this.offset(Math.floor(local / QUARTER));
  }

  isTwice(local: number): boolean {
    const quarter = Math.floor(local / QUARTER);
    this.offset(quarter);
    return this.twice.has(quarter);
  }

  private offset(quarter: number): number {
    if (quarter === this.lastQuarter) return this.lastOffset;
    let offset = this.offsets.get(quarter);
    if (offset === undefined) {
      if (this.offsets.size >= CACHE_ENTRIES) {
        this.offsets.clear();
        this.twice.clear();
      }
      offset = this.find(quarter);
      this.offsets.set(quarter, offset);
    }
    this.lastQuarter = quarter;
    this.lastOffset = offset;
    return offset;
  }

  /** The offset that a clock had which showed this quarter: one of those a day before and after. */
  private find(quarter: number): number {
    const local = quarter * QUARTER;
    const [before, after] = [this.at(local - DAY), this.at(local + DAY)] as const;
    const isBefore = this.at(local - before) === before;
    const isAfter = this.at(local - after) === after;
    if (isBefore && isAfter && before !== after) this.twice.add(quarter);
    if (isBefore && isAfter) return Math.max(before, after);
    return isBefore ? before : isAfter ? after : Number.NaN;
  }

  /** Offset at a time in seconds since the epoch. */
  private at(epoch: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(new Date(epoch * 1000))) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts;
    return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000 - epoch;
  }
}
