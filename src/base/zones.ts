/** Countries of several zones where nineteen in twenty people or more go by one: by law (all of China goes by Beijing), or as islands are few. */
const MOST: Readonly<Record<string, string>> = {
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  EC: 'America/Guayaquil',
  ES: 'Europe/Madrid',
  NZ: 'Pacific/Auckland',
  PT: 'Europe/Lisbon',
  UA: 'Europe/Kiev',
};

/** Days of winter and summer, on which zones of one local time agree. */
const DAYS = [Date.UTC(2024, 0, 15), Date.UTC(2024, 6, 15)];

/** Names of a region's zones: the method of ECMA-402 Intl Locale Info, or the property that it was before. */
interface LocaleInfo {
  getTimeZones?(): string[] | undefined;
  timeZones?: string[] | undefined;
}

/**
 * The time zone that a country lives by, as an IANA name; null where it has several.
 *
 * @param region ISO 3166-1 code, for instance `DE`
 */
export function zoneOfRegion(region: string): string | null {
  const most = MOST[region];
  if (most !== undefined) return most;
  const locale = new Intl.Locale(`und-${region}`) as LocaleInfo;
  const zones = locale.getTimeZones?.() ?? locale.timeZones ?? [];
  const times = new Set(zones.map(timesOf));
  return times.size === 1 ? zones[0]! : null;
}

/** The time zone that was given, else that of the home country, else null. */
export function localZone(timeZone: string | null | undefined, homeCountry: string | null | undefined): string | null {
  return timeZone ?? (homeCountry ? zoneOfRegion(homeCountry) : null);
}

/** What clocks of a zone show on the days. */
function timesOf(timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return DAYS.map((day) => format.format(day)).join();
}
