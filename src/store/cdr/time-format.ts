import type { PacketTime } from '../../base/time.ts';
import { offsetOf, type Zone } from './local-time.ts';

/** A time as a record has it, read: an instant, or why it is none. `twice`: the clocks showed it twice, and this is the earlier. */
export type ReadTime = (PacketTime & { twice: boolean }) | 'malformed' | 'no such local time' | 'no zone';

/** Reads one form of times. */
export type TimeReader = (text: string) => ReadTime;

/** Times that no network's record has: a year mistyped, a field of another column. */
const EARLIEST = Date.UTC(1990, 0, 1) / 1000;
const LATEST = Date.UTC(2100, 0, 1) / 1000;

type Part = 'year' | 'shortYear' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'offset';

/** Letters of a pattern, longer ones first, as Unicode TR 35 names them. */
const TOKENS: readonly (readonly [token: string, part: Part, expression: string])[] = [
  ['yyyy', 'year', String.raw`(\d{4})`],
  ['yy', 'shortYear', String.raw`(\d\d)`],
  ['MM', 'month', String.raw`(\d\d)`],
  ['M', 'month', String.raw`(\d\d?)`],
  ['dd', 'day', String.raw`(\d\d)`],
  ['d', 'day', String.raw`(\d\d?)`],
  ['HH', 'hour', String.raw`(\d\d)`],
  ['H', 'hour', String.raw`(\d\d?)`],
  ['mm', 'minute', String.raw`(\d\d)`],
  ['ss', 'second', String.raw`(\d\d)`],
  ['S', 'fraction', String.raw`(\d{1,9})`],
  ['Z', 'offset', String.raw`(Z|[+-]\d\d:?\d\d)`],
];

/** ISO 8601, with a blank for the `T` too; seconds, fraction and offset may be missing. */
const ISO: { expression: RegExp; parts: readonly Part[] } = {
  expression: /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d\d:?\d\d)?$/,
  parts: ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'offset'],
};

/** Units of a number of time since the epoch, in one second. */
const EPOCHS: Readonly<Record<string, number>> = { epoch_s: 1, epoch_ms: 1e3, epoch_us: 1e6, epoch_ns: 1e9 };

/** What a format may be, for messages. */
export const TIME_FORMATS = `iso, ${Object.keys(EPOCHS).join(', ')}, or a pattern of yyyy MM dd HH mm ss S Z`;

/** Whether {@link timeReader} knows a format. */
export function isTimeFormat(format: string): boolean {
  return format === 'iso' || format in EPOCHS || compile(format) !== null;
}

/** Whether times of this form say themselves what instant they are. */
export function isInstant(format: string): boolean {
  return format in EPOCHS || (compile(format)?.parts.includes('offset') ?? false);
}

/** @param zone of times that do not tell their offset; null: those are refused */
export function timeReader(format: string, zone: Zone | null): TimeReader {
  const unit = EPOCHS[format];
  if (unit !== undefined) return (text) => epochTime(text, unit);
  const { expression, parts } = format === 'iso' ? ISO : compile(format)!;
  const found: Partial<Record<Part, string>> = {};
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return 'malformed';
    for (let i = 0; i < parts.length; i++) found[parts[i]!] = match[i + 1]!;
    return calendarTime(found, zone);
  };
}

function compile(format: string): { expression: RegExp; parts: Part[] } | null {
  const parts: Part[] = [];
  let expression = '';
  for (let at = 0; at < format.length; ) {
    const token = TOKENS.find(([letters]) => format.startsWith(letters, at));
    if (token !== undefined) {
      const [letters, part, group] = token;
      if (parts.includes(part)) return null;
      parts.push(part);
      expression += group;
      at += letters.length;
      // However many digits the pattern has for the fraction.
      while (part === 'fraction' && format[at] === 'S') at++;
      continue;
    }
    const character = format[at++]!;
    if (/[A-SU-Za-z]/.test(character)) return null;
    expression += character.replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
  }
  const isWhole =
    (parts.includes('year') || parts.includes('shortYear')) && parts.includes('month') && parts.includes('day');
  return isWhole && parts.includes('hour') ? { expression: new RegExp(`^${expression}$`), parts } : null;
}

function calendarTime(found: Partial<Record<Part, string>>, zone: Zone | null): ReadTime {
  const year = found.year === undefined ? 2000 + Number(found.shortYear) : Number(found.year);
  const month = Number(found.month);
  const day = Number(found.day);
  const hour = Number(found.hour);
  const minute = Number(found.minute ?? 0);
  const second = Number(found.second ?? 0);
  const local = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  // A minute may have 61 seconds.
  if (!isDay || hour > 23 || minute > 59 || second > 60 || !(local > EARLIEST && local < LATEST)) return 'malformed';
  const ns = found.fraction === undefined ? 0 : Number(found.fraction.padEnd(9, '0'));
  if (found.offset !== undefined) return { s: local - offsetOf(found.offset)!, ns, twice: false };
  if (zone === null) return 'no zone';
  const s = zone.epoch(local);
  return Number.isNaN(s) ? 'no such local time' : { s, ns, twice: zone.isTwice(local) };
}

/** A decimal number of units since the epoch, to the nanosecond. */
function epochTime(text: string, unit: number): ReadTime {
  const match = /^(\d{1,19})(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (match === null) return 'malformed';
  const fraction = unit === 1e9 ? 0 : Math.floor(Number((match[2] ?? '').padEnd(9, '0')) / unit);
  const units = BigInt(unit);
  const whole = BigInt(match[1]!);
  const s = Number(whole / units);
  const ns = Number(((whole % units) * 1_000_000_000n) / units) + fraction;
  return s > EARLIEST && s < LATEST ? { s, ns, twice: false } : 'malformed';
}
