import type { CaptureName } from '../events/capture-name.ts';
import { EventReader, eachRow, writeText } from '../events/codec.ts';
import type { CatpoolEvent } from '../events/event.ts';
import { History } from '../features/history.ts';
import { Naming, OwnLines, type OwnOptions } from '../features/naming.ts';
import { Spool, type SpoolStore } from './spool.ts';

/** Bytes of rows that one partition should hold: what is in memory while its lines are read. */
const PARTITION_BYTES = 24 * 1024 * 1024;
const MAX_PARTITIONS = 256;
const CHUNK = 128 * 1024;

export interface LineOptions extends OwnOptions {
  /** Only events that began in [from, until), seconds since the epoch. */
  from: number;
  until: number;
}

/**
 * The events of a window by line: named, mirrored to the line that was called, spread over partitions by line so that one
 * partition at a time is in memory.
 */
export class Lines {
  private readonly partitions: Spool[];
  private readonly reader: EventReader;
  private readonly history = new History();

  constructor(spools: readonly Spool[], names: readonly CaptureName[], store: SpoolStore, options: LineOptions) {
    this.reader = new EventReader(names);
    const { reader } = this;
    const naming = new Naming();
    let bytes = 0;
    for (const spool of spools) {
      bytes += spool.bytes;
      for (const chunk of spool.read()) eachRow(chunk, (start) => naming.learn(reader.identify(chunk, start)));
    }
    const own = new OwnLines(naming, options);
    for (const spool of spools) {
      for (const chunk of spool.read()) {
        eachRow(chunk, (start) => {
          const event = reader.identify(chunk, start);
          if (event.time.s >= options.from && event.time.s < options.until) own.see(event);
        });
      }
    }
    const count = Math.max(1, Math.min(MAX_PARTITIONS, Math.ceil(bytes / PARTITION_BYTES)));
    this.partitions = Array.from({ length: count }, () => new Spool(store));
    const writers = this.partitions.map((spool) => new PartitionWriter(spool));
    for (const spool of spools) {
      for (const chunk of spool.read()) {
        eachRow(chunk, (start, end) => {
          const event = reader.identify(chunk, start);
          if (event.time.s < options.from || event.time.s >= options.until) return;
          const line = naming.lineOf(event);
          const other = naming.lineOfCounterpart(event);
          if (line !== null && own.has(line))
            writers[partitionOf(line, count)]!.write(line, other, OWN, chunk, start, end);
          if ((event.kind === 'leg' || event.kind === 'sms') && other !== null && other !== line && own.has(other)) {
            writers[partitionOf(other, count)]!.write(other, line, MIRROR, chunk, start, end);
          }
        });
      }
    }
    for (const writer of writers) writer.flush();
  }

  /** Every line in turn, with its sealed history: a view, valid during the call. Lines come in the same order each time. */
  each(onLine: (history: History) => void): void {
    const { history, reader } = this;
    this.eachLine((line, chunks, places) => {
      history.reset(line);
      // An event seen twice (captures that overlap) counts once; both views of one event may stand in one line.
      for (const place of places) {
        const chunk = chunks[Math.floor(place / CHUNK_STRIDE)]!;
        const row = readHead(reader, chunk, place % CHUNK_STRIDE);
        history.push(reader.read(chunk, row.start), row.role === OWN ? 'own' : 'mirror', row.other);
      }
      history.seal();
      onLine(history);
    });
  }

  /** Gives the memory back. */
  close(): void {
    for (const partition of this.partitions) partition.clear();
  }

  /** The events of one line, in order of time. */
  eventsOf(wanted: string): { event: CatpoolEvent; role: 'own' | 'mirror' }[] {
    const found: { event: CatpoolEvent; role: 'own' | 'mirror' }[] = [];
    this.eachLine((line, chunks, places) => {
      if (line !== wanted) return;
      for (const place of places) {
        const chunk = chunks[Math.floor(place / CHUNK_STRIDE)]!;
        const row = readHead(this.reader, chunk, place % CHUNK_STRIDE);
        found.push({ event: this.reader.read(chunk, row.start), role: row.role === OWN ? 'own' : 'mirror' });
      }
    });
    return found.sort(
      (a, b) =>
        a.event.time.s - b.event.time.s ||
        a.event.time.ns - b.event.time.ns ||
        (a.event.event_id < b.event.event_id ? -1 : 1),
    );
  }

  private eachLine(onLine: (line: string, chunks: readonly Buffer[], places: readonly number[]) => void): void {
    for (const spool of this.partitions) {
      const chunks = [...spool.read(true)];
      const byLine = new Map<string, number[]>();
      for (const [index, chunk] of chunks.entries()) {
        eachRow(chunk, (start) => {
          const line = this.reader.textAt(chunk, start + 5)!;
          const places = byLine.get(line);
          if (places) places.push(index * CHUNK_STRIDE + start);
          else byLine.set(line, [index * CHUNK_STRIDE + start]);
        });
      }
      for (const line of [...byLine.keys()].sort()) onLine(line, chunks, byLine.get(line)!);
    }
  }
}

const OWN = 0;
const MIRROR = 1;
/** A row's place is its chunk's number times this, plus its offset. */
const CHUNK_STRIDE = 2 ** 31;

const head = { role: OWN, other: null as string | null, start: 0 };

/** Reads what a partition puts before a row: role, line, other line. */
function readHead(reader: EventReader, chunk: Buffer, at: number): typeof head {
  head.role = chunk[at + 4]!;
  reader.textAt(chunk, at + 5);
  head.other = reader.textAt(chunk, reader.textEnd);
  head.start = reader.textEnd;
  return head;
}

class PartitionWriter {
  private readonly spool: Spool;
  private data = Buffer.allocUnsafe(CHUNK);
  private length = 0;

  constructor(spool: Spool) {
    this.spool = spool;
  }

  write(line: string, other: string | null, role: number, chunk: Buffer, start: number, end: number): void {
    const need = 9 + line.length * 3 + (other === null ? 0 : other.length * 3) + end - start;
    if (this.length + need > this.data.length) {
      this.flush();
      this.data = Buffer.allocUnsafe(Math.max(CHUNK, need));
    }
    const { data } = this;
    const from = this.length;
    data[from + 4] = role;
    let at = writeText(data, from + 5, line);
    at = writeText(data, at, other);
    at += chunk.copy(data, at, start, end);
    data.writeUInt32BE(at - from, from);
    this.length = at;
  }

  flush(): void {
    if (this.length > 0) this.spool.add(this.data.subarray(0, this.length));
    this.length = 0;
    this.data = Buffer.alloc(0);
  }
}

function partitionOf(line: string, count: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % count;
}
