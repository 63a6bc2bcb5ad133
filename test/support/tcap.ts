import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import type { Random } from '../../src/base/random.ts';
import type { Stop } from '../../src/base/stop.ts';
import { type Digits, digitsText } from '../../src/ss7/digits.ts';
import { type Bytes, NO_INVOKE, type Sccp } from '../../src/ss7/message.ts';
import { createOperation } from '../../src/ss7/operation.ts';
import { createSccp } from '../../src/ss7/sccp/sccp.ts';
import { readMap } from '../../src/ss7/tcap/map.ts';
import { createComponent, createTcap, TcapReader, tcapTypeName } from '../../src/ss7/tcap/tcap.ts';
import { hex, msu } from './ss7.ts';

/** One element of BER, definite length: `tlv(0x30, tlv(0x04, '21'))`. Contents are bytes or hexadecimal text. */
export function tlv(tag: number, ...contents: (Buffer | string)[]): Buffer {
  const inside = Buffer.concat(contents.map((part) => (typeof part === 'string' ? hex(part) : part)));
  const head = hex(tag.toString(16).padStart(2, '0'));
  const { length } = inside;
  if (length < 0x80) return Buffer.concat([head, Buffer.of(length), inside]);
  return Buffer.concat([head, Buffer.of(0x82, length >> 8, length & 0xff), inside]);
}

/** The same with an indefinite length. */
export function indefinite(tag: number, ...contents: Buffer[]): Buffer {
  return Buffer.concat([hex(tag.toString(16).padStart(2, '0')), Buffer.of(0x80), ...contents, Buffer.of(0, 0)]);
}

/** As many bytes, each of any value; of the given ones half of the time. */
export function randomBytes(random: Random, length: number, often: readonly number[] = []): Buffer {
  return Buffer.from(
    Array.from({ length }, () =>
      often.length > 0 && random.chance(0.5) ? random.pick(often) : random.integer(0, 255),
    ),
  );
}

/** An invoke, a result or an error of Q.773 §3.3 around a parameter. */
export function component(kind: 'invoke' | 'result' | 'error', id: number, code: number, parameter: Buffer): Buffer {
  const operation = [tlv(0x02, Buffer.of(code)), parameter];
  if (kind === 'invoke') return tlv(0xa1, tlv(0x02, Buffer.of(id)), ...operation);
  if (kind === 'error') return tlv(0xa3, tlv(0x02, Buffer.of(id)), ...operation);
  return tlv(0xa2, tlv(0x02, Buffer.of(id)), tlv(0x30, ...operation));
}

/** What was read of one component, views made to text: what is absent is left out. */
export interface Seen {
  index: number;
  type: string;
  ansi: boolean;
  otid: string;
  dtid: string;
  context: string;
  component: number;
  /** null: none. */
  invokeId: number | null;
  linkedId: number | null;
  opcode: number;
  error: number;
  parameter: string;
  operation: Record<string, string | number>;
  stop: Stop | null;
}

export interface TcapReading {
  seen: Seen[];
  stop: Stop | null;
}

/** Reads one message after the other with one reader. */
export class TcapScene {
  readonly counters = new Counters();
  private readonly reader: TcapReader;
  private readonly tcap = createTcap();
  private readonly component = createComponent();
  /** What the last component said. */
  readonly operation = createOperation();

  constructor(limits: Partial<Limits> = {}) {
    this.reader = new TcapReader({ ...DEFAULT_LIMITS, ...limits }, this.counters);
  }

  read(bytes: Buffer, fields: { opc?: number; dpc?: number; seconds?: number; sccp?: Sccp } = {}): TcapReading {
    const sccp = fields.sccp ?? createSccp();
    sccp.data = bytes;
    sccp.start = 0;
    sccp.end = bytes.length;
    const { opc = 1, dpc = 2, seconds = 0 } = fields;
    const { tcap, component: part, operation } = this;
    const seen: Seen[] = [];
    const stop = this.reader.read(msu(bytes, { opc, dpc }), sccp, seconds, tcap, part, (index) => {
      const inner = tcap.ansi ? null : readMap(part, tcap, operation);
      seen.push({
        index,
        type: tcapTypeName(tcap),
        ansi: tcap.ansi,
        otid: bytesText(tcap.originating),
        dtid: bytesText(tcap.destination),
        context: tcap.context < 0 ? '' : `${tcap.contextArc}.${tcap.context}.${tcap.contextVersion}`,
        component: part.type,
        invokeId: part.invokeId === NO_INVOKE ? null : part.invokeId,
        linkedId: part.linkedId === NO_INVOKE ? null : part.linkedId,
        opcode: part.opcode,
        error: part.error,
        parameter: bytesText(part.parameter),
        operation: tcap.ansi ? {} : operationTexts(operation),
        stop: this.reader.stop ?? inner,
      });
    });
    return { seen, stop };
  }
}

/** Every value of an operation that is there. */
export function operationTexts(operation: object): Record<string, string | number> {
  const texts: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(operation) as [string, unknown][]) {
    if (typeof value === 'number') {
      if (value !== -1) texts[name] = value;
    } else if (typeof value !== 'object' || value === null) continue;
    else if ('nibble' in value) {
      const text = digitsText(value as Digits);
      if (text !== null) texts[name] = text;
    } else if ('mcc' in value) {
      const cell = value as { mcc: number; mnc: number; mncDigits: number; lac: number; ci: number };
      if (cell.mcc >= 0) {
        texts[name] = `${cell.mcc}-${String(cell.mnc).padStart(cell.mncDigits, '0')}-${cell.lac}-${cell.ci}`;
      }
    } else {
      const text = bytesText(value as Bytes);
      if (text !== '') texts[name] = text;
    }
  }
  return texts;
}

function bytesText({ data, start, end }: Bytes): string {
  return data.toString('hex', start, end);
}
