import { isoTime, type PacketTime } from '../base/time.ts';
import { type CatpoolEvent, EVENT_COLUMNS, type EventColumn } from './event.ts';

/** A value as it stands in NDJSON, CSV and Parquet. */
export type EventValue = string | number | boolean | null;

const COLUMNS = Object.keys(EVENT_COLUMNS) as EventColumn[];

/** The event as a record: times as ISO 8601 text, captures by their SHA-256. */
export function eventRecord(event: CatpoolEvent): Record<EventColumn, EventValue> {
  const record = {} as Record<EventColumn, EventValue>;
  for (const name of COLUMNS) {
    const value = event[name];
    if (value === null || typeof value !== 'object') record[name] = value;
    else record[name] = 'sha256' in value ? value.sha256 : timeText(value);
  }
  return record;
}

function timeText(time: PacketTime): string {
  return isoTime(time.s, time.ns);
}
