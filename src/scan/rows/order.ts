import { EventReader, eachRow } from '../../events/codec.ts';
import type { CatpoolEvent } from '../../events/event.ts';
import { numberId } from '../../features/history/rows.ts';
import type { Collected } from '../collect.ts';

/**
 * Every event once, by time, then event_id: an order that does not depend on how the captures were read. Keeps 36 bytes an
 * event in memory, besides what the spools keep there.
 */
export function* eventsInOrder({ spools, names }: Pick<Collected, 'spools' | 'names'>): Generator<CatpoolEvent> {
  const reader = new EventReader(names);
  const chunks = spools.flatMap((spool) => spool.chunks);
  let count = 0;
  for (const spool of spools) for (const chunk of spool.read()) eachRow(chunk, () => count++);
  const seconds = new Float64Array(count);
  const nanoseconds = new Uint32Array(count);
  const ids = new Int32Array(2 * count);
  /** Number of the chunk and offset in it. */
  const chunkOf = new Uint32Array(count);
  const starts = new Uint32Array(count);
  let row = 0;
  let number = 0;
  for (const spool of spools) {
    for (const chunk of spool.read()) {
      eachRow(chunk, (start) => {
        const { s, ns, id } = reader.stamp(chunk, start);
        seconds[row] = s;
        nanoseconds[row] = ns;
        numberId(id, ids, 2 * row);
        chunkOf[row] = number;
        starts[row] = start;
        row++;
      });
      number++;
    }
  }
  const order = sortedRows(
    count,
    (a, b) =>
      seconds[a]! - seconds[b]! ||
      nanoseconds[a]! - nanoseconds[b]! ||
      (ids[2 * a]! >>> 0) - (ids[2 * b]! >>> 0) ||
      (ids[2 * a + 1]! >>> 0) - (ids[2 * b + 1]! >>> 0),
  );
  let last = -1;
  for (const next of order) {
    const repeated = last >= 0 && ids[2 * last] === ids[2 * next] && ids[2 * last + 1] === ids[2 * next + 1];
    last = next;
    if (!repeated) yield reader.read(chunks[chunkOf[next]!]!.row(starts[next]!), 0);
  }
}

/** The numbers below `count` in order; a merge sort, which keeps equal ones as they are and needs little memory. */
function sortedRows(count: number, compare: (a: number, b: number) => number): Uint32Array {
  let from = Uint32Array.from({ length: count }, (_, i) => i);
  let into = new Uint32Array(count);
  for (let width = 1; width < count; width *= 2) {
    for (let left = 0; left < count; left += 2 * width) {
      const middle = Math.min(left + width, count);
      const right = Math.min(left + 2 * width, count);
      if (middle >= right || compare(from[middle - 1]!, from[middle]!) <= 0) {
        into.set(from.subarray(left, right), left);
        continue;
      }
      for (let a = left, b = middle, to = left; to < right; to++) {
        into[to] = b === right || (a < middle && compare(from[a]!, from[b]!) <= 0) ? from[a++]! : from[b++]!;
      }
    }
    [from, into] = [into, from];
  }
  return from;
}
