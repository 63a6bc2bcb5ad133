import type { CaptureName } from '../events/capture-name.ts';
import { EventReader, EventWriter } from '../events/codec.ts';
import type { CatpoolEvent } from '../events/event.ts';
import type { NamelessEvents } from '../events/ss7/ss7-events.ts';
import { type Naming, servedArea } from '../events/ss7/tmsis.ts';
import type { Spool } from './spool.ts';

/** What of a connection asks for a name: doubles, at the end of a row. Whether it is a location update is the last one. */
const NUMBERS = ['core', 'tmsi', 'newTmsi', 'oldArea', 'newArea', 'firstS', 'firstNs', 'lastS', 'lastNs'] as const;
const BYTES = 8 * (NUMBERS.length + 1);

/** Writes events that wait for names as rows of bytes. */
export class NamelessWriter {
  private readonly writer: EventWriter;
  private readonly numbers = new Float64Array(NUMBERS.length + 1);
  private readonly bytes = new Uint8Array(this.numbers.buffer);

  /** @param onChunk given each full chunk, whole rows, that number the capture `index` */
  constructor(index: number, onChunk: (chunk: Buffer) => void) {
    this.writer = new EventWriter(() => index, onChunk);
  }

  write(event: CatpoolEvent, asks: Naming): void {
    const { numbers } = this;
    for (let i = 0; i < NUMBERS.length; i++) numbers[i] = asks[NUMBERS[i]!];
    numbers[NEW_AREA] = servedArea(asks);
    numbers[NUMBERS.length] = asks.isUpdate ? 1 : 0;
    this.writer.write(event, this.bytes);
  }

  flush(): void {
    this.writer.flush();
  }
}

const NEW_AREA = NUMBERS.indexOf('newArea');

/** Reads them back from where they were kept. */
export class NamelessRows implements NamelessEvents {
  private readonly spool: Spool;
  private readonly reader: EventReader;
  private readonly numbers = new Float64Array(NUMBERS.length + 1);
  private readonly bytes = new Uint8Array(this.numbers.buffer);
  private readonly naming: Naming = {
    ...{ core: -1, tmsi: -1, newTmsi: -1, oldArea: -1, newArea: -1, firstS: 0, firstNs: 0, lastS: 0, lastNs: 0 },
    ...{ cell: null, isUpdate: false, imsi: 0, imei: 0, imeisv: 0 },
  };

  /** @param captures by the numbers that rows hold */
  constructor(spool: Spool, captures: readonly CaptureName[]) {
    this.spool = spool;
    this.reader = new EventReader(captures);
  }

  *asks(): Generator<Naming> {
    for (const [chunk, , end] of this.rows()) yield this.askOf(chunk, end);
  }

  *events(): Generator<[CatpoolEvent, Naming]> {
    for (const [chunk, start, end] of this.rows()) yield [this.reader.read(chunk, start), this.askOf(chunk, end)];
  }

  private *rows(): Generator<[chunk: Buffer, start: number, end: number]> {
    for (const chunk of this.spool.read()) {
      for (let start = 0; start + 4 <= chunk.length; ) {
        const end = start + chunk.readUInt32BE(start);
        yield [chunk, start, end];
        start = end;
      }
    }
  }

  private askOf(chunk: Buffer, end: number): Naming {
    const { numbers, naming } = this;
    this.bytes.set(chunk.subarray(end - BYTES, end));
    for (let i = 0; i < NUMBERS.length; i++) naming[NUMBERS[i]!] = numbers[i]!;
    naming.isUpdate = numbers[NUMBERS.length] === 1;
    return naming;
  }
}
