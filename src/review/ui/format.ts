/** How numbers and times are written in one language. */
export interface Format {
  number: (value: number, digits?: number) => string;
  percent: (share: number) => string;
  /** A score as the desk writes it: three places, no zero before the point. */
  score: (value: number) => string;
  /** Of milliseconds since the epoch, in the browser's time zone. */
  time: (ms: number) => string;
  /** The same, with seconds. */
  moment: (ms: number) => string;
  /** Without the date. */
  clock: (ms: number) => string;
  /** As an axis over so long a time has it, ms. */
  tick: (ms: number, span: number) => string;
  duration: (seconds: number) => string;
  bytes: (count: number) => string;
}

const DAY = 86_400_000;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatOf(language: 'en' | 'zh'): Format {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const minutes = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const clocks = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  return {
    number: (value, digits = 2) => value.toLocaleString(locale, { maximumFractionDigits: digits }),
    percent: (share) => share.toLocaleString(locale, { style: 'percent', maximumSignificantDigits: 2 }),
    score: (value) => value.toFixed(3),
    time: (ms) => times.format(ms),
    moment: (ms) => moments.format(ms),
    clock: (ms) => clocks.format(ms),
    tick: (ms, span) => (span <= 2 * DAY ? minutes : days).format(ms),
    duration: (seconds) => {
      const whole = Math.round(seconds);
      if (seconds < 60) return language === 'zh' ? `${whole} 秒` : `${whole} s`;
      const hours = Math.floor(whole / 3600);
      const past = Math.floor((whole % 3600) / 60);
      const two = (part: number) => String(part).padStart(2, '0');
      return hours > 0 ? `${hours}:${two(past)}:${two(whole % 60)}` : `${past}:${two(whole % 60)}`;
    },
    bytes: (count) => {
      const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
      return `${(count / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: 1 })} ${UNITS[power]}`;
    },
  };
}
