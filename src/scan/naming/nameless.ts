import type { CaptureName } from '../../events/capture-name.ts';
import { EventReader, EventWriter, eachRow } from '../../events/codec.ts';
import type { CatpoolEvent } from '../../events/event.ts';
import type { NamelessEvents, NamelessHandler } from '../../events/ss7/ss7-events.ts';
import { nothingSeen } from '../../events/ss7/state.ts';
import { type Naming, servedArea } from '../../events/ss7/tmsis.ts';
import type { Spool } from '../spool.ts';

/** Doubles at the end of a row: what of a connection asks for a name. */
const NUMBERS = 10;
const BYTES = 8 * NUMBERS;

/** Writes events that wait for names as rows of bytes. */
export class NamelessWriter {
  private readonly writer: EventWriter;
  private readonly numbers = new Float64Array(NUMBERS);
  private readonly bytes = new Uint8Array(this.numbers.buffer);

  /** @param onChunk given each full chunk, whole rows, that number the capture `index` */
  constructor(index: number, onChunk: (chunk: Buffer) => void) {
    this.writer = new EventWriter(() => index, onChunk);
  }

  write(event: CatpoolEvent, asks: Naming): void {
    const { numbers } = this;
    numbers[0] = asks.core;
    numbers[1] = asks.tmsi;
    numbers[2] = asks.newTmsi;
    numbers[3] = asks.oldArea;
    numbers[4] = servedArea(asks);
    numbers[5] = asks.firstS;
    numbers[6] = asks.firstNs;
    numbers[7] = asks.lastS;
    numbers[8] = asks.lastNs;
    numbers[9] = asks.isUpdate ? 1 : 0;
    this.writer.write(event, this.bytes);
  }

  flush(): void {
    this.writer.flush();
  }
}

/** Reads them back from where they were kept. */
export class NamelessRows implements NamelessEvents {
  private readonly spool: Spool;
  private readonly reader: EventReader;
  private readonly numbers = new Float64Array(NUMBERS);
  private readonly bytes = new Uint8Array(this.numbers.buffer);
  private readonly naming: Naming = {
    ...{ core: -1, tmsi: -1, newTmsi: -1, oldArea: -1, newArea: -1, firstS: 0, firstNs: 0, lastS: 0, lastNs: 0 },
    ...{ cell: null, isUpdate: false, named: 0, marks: nothingSeen() },
  };

  /** @param captures by the numbers that rows hold */
  constructor(spool: Spool, captures: readonly CaptureName[]) {
    this.spool = spool;
    this.reader = new EventReader(captures);
  }

  *asks(): Generator<Naming> {
    for (const chunk of this.spool.read()) {
      for (let start = 0; start + 4 <= chunk.length; ) {
        const end = start + chunk.readUInt32BE(start);
        yield this.askOf(chunk, end);
        start = end;
      }
    }
  }

  each(onEvent: NamelessHandler): void {
    for (const chunk of this.spool.read())
      eachRow(chunk, (start, end) => onEvent(this.reader.read(chunk, start), this.askOf(chunk, end)));
  }

  private askOf(chunk: Buffer, end: number): Naming {
    const { numbers, naming } = this;
    chunk.copy(this.bytes, 0, end - BYTES, end);
    naming.core = numbers[0]!;
    naming.tmsi = numbers[1]!;
    naming.newTmsi = numbers[2]!;
    naming.oldArea = numbers[3]!;
    naming.newArea = numbers[4]!;
    naming.firstS = numbers[5]!;
    naming.firstNs = numbers[6]!;
    naming.lastS = numbers[7]!;
    naming.lastNs = numbers[8]!;
    naming.isUpdate = numbers[9] === 1;
    return naming;
  }
}
