import { isoTime, type PacketTime } from '../base/time.ts';
import { localOffset } from '../features/local-time.ts';

/** Times for people to read: of one zone, which is to be said once beside them. */
export interface LocalClock {
  /** Name of the zone; UTC where the local one is not known. */
  zone: string;
  /** `2024-03-05 15:00:00.123456789`. */
  text(time: PacketTime): string;
  /** The same, to the microsecond that a double holds. */
  textOf(epochSeconds: number): string;
}

/** @param timeZone IANA name, or null where it is not known */
export function localClock(timeZone: string | null | undefined): LocalClock {
  const zone = timeZone ?? 'UTC';
  const offset = localOffset(zone);
  const text = ({ s, ns }: PacketTime): string =>
    isoTime(s + offset(s), ns)
      .replace('T', ' ')
      .slice(0, -1);
  return { zone, text, textOf: (epochSeconds) => text(packetTime(epochSeconds)) };
}

/** A double holds a time of today to about a quarter of a microsecond. */
export function packetTime(epochSeconds: number): PacketTime {
  const s = Math.floor(epochSeconds);
  return { s, ns: Math.round((epochSeconds - s) * 1e6) * 1000 };
}
