/** Year, month and day, as people of any language write them: `2026-01-31`, `2026/1/31`, `20260131`, `2026年1月31日`. */
const DAY = /^(\d{4})(?:(\d{2})(\d{2})|\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?)$/;
/** The same with a time of the day behind it: `2026-01-31 08:30`. */
const MOMENT = /^(.*?)(?:[T\s]+|(?<=日))(\d{1,2})[:：](\d{2})$/;

/** Local time from the parts that somebody wrote; null where a calendar has no such day, or a day no such time. */
function localTime(day: string, hours: number, minutes: number): Date | null {
  const parts = DAY.exec(day.trim());
  if (parts === null || hours > 23 || minutes > 59) return null;
  const [year, month, date] = [parts[1], parts[2] ?? parts[4], parts[3] ?? parts[5]].map(Number) as [
    number,
    number,
    number,
  ];
  const time = new Date(year, month - 1, date, hours, minutes);
  return time.getMonth() === month - 1 && time.getDate() === date ? time : null;
}

/** Digits and marks of wide type are those of narrow type. */
function narrow(text: string): string {
  return text.normalize('NFKC').trim();
}

/** The beginning of a day, local time; null where the text is none. */
export function dayOf(text: string): Date | null {
  return localTime(narrow(text), 0, 0);
}

/** The last second of a day. */
export function endOf(day: Date): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), 23, 59, 59);
}

/** A minute of local time, or the beginning of a day where no time is said; null where the text is neither. */
export function momentOf(text: string): Date | null {
  const clean = narrow(text);
  const parts = MOMENT.exec(clean);
  return parts === null ? dayOf(clean) : localTime(parts[1]!, Number(parts[2]), Number(parts[3]));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-01-31` */
export function dayText(time: Date): string {
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** `2026-01-31 08:30` */
export function momentText(time: Date): string {
  return `${dayText(time)} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
