import { compareTime } from '../base/time.ts';
import { EventReader, eachRow } from '../events/codec.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { Collected } from './collect.ts';

/** Every event once, by time, then event_id: an order that does not depend on how the captures were read. Keeps about 100 bytes an event in memory. */
export function* eventsInOrder(collected: Collected): Generator<CatpoolEvent> {
  const reader = new EventReader(collected.names);
  const chunks: Buffer[] = [];
  for (const spool of collected.spools) chunks.push(...spool.read(true));
  const rows: { s: number; ns: number; id: string; chunk: number; at: number }[] = [];
  for (const [index, chunk] of chunks.entries()) {
    eachRow(chunk, (start) => {
      const { time, event_id } = reader.read(chunk, start);
      rows.push({ s: time.s, ns: time.ns, id: event_id, chunk: index, at: start });
    });
  }
  rows.sort(
    (a, b) =>
      compareTime(a.s, a.ns, b.s, b.ns) || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.chunk - b.chunk || a.at - b.at),
  );
  let last = '';
  for (const row of rows) {
    if (row.id === last) continue;
    last = row.id;
    yield reader.read(chunks[row.chunk]!, row.at);
  }
}
