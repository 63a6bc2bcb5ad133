import { UserError } from '../base/errors.ts';

/** Offsets change only at quarter hours (Lord Howe: at half past), so one look-up serves each. */
const QUARTER = 900;
const CACHE_ENTRIES = 65_536;

/**
 * Offset of local time from UTC, in seconds, at a time in seconds since the epoch; 28,800 in Asia/Shanghai.
 *
 * @param timeZone IANA name, for instance `Asia/Shanghai`
 * @throws UserError where there is no such zone
 */
export function localOffset(timeZone: string): (epochSeconds: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new UserError(`no such time zone: ${timeZone} (use a name like Asia/Shanghai)`);
  }
  const cache = new Map<number, number>();
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  return (epochSeconds) => {
    const quarter = Math.floor(epochSeconds / QUARTER);
    if (quarter === lastQuarter) return lastOffset;
    let offset = cache.get(quarter);
    if (offset === undefined) {
      if (cache.size >= CACHE_ENTRIES) cache.clear();
      offset = offsetAt(format, quarter * QUARTER);
      cache.set(quarter, offset);
    }
    lastQuarter = quarter;
    lastOffset = offset;
    return offset;
  };
}

function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(new Date(epochSeconds * 1000))) parts[type] = Number(value);
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000 - epochSeconds;
}
