import { EVENT_KINDS, type EventKind, type Outcome } from '../../events/event.ts';
import { hostOf } from '../../features/history/dictionary.ts';
import { OwnAddresses } from '../../features/history/own-addresses.ts';
import {
  BLOCK_ROWS,
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  KIND_BITS,
  Kind,
  NO_NUMBER,
  ORIGINATING,
  OutcomeCode,
  portOf,
  Real,
  type RowBlock,
  TERMINATING,
  Whole,
} from '../../features/history/rows.ts';
import type { CodedColumn, EventColumns } from '../../store/columns.ts';
import type { EventTable } from './table.ts';

/** Columns of texts that stand in a row as they are. */
const AS_THEY_ARE = [
  ['counterpart', Whole.counterpart],
  ['imei', Whole.imei],
  ['cell', Whole.cell],
  ['classmark', Whole.classmark],
  ['lu_type', Whole.luType],
  ['access', Whole.access],
  ['user_agent', Whole.userAgent],
  ['sdp_fingerprint', Whole.sdpFingerprint],
  ['header_order', Whole.headerOrder],
  ['id_shape', Whole.idShape],
  ['feed', Whole.feed],
] as const satisfies readonly (readonly [CodedColumn, number])[];

/** Of these the host alone. */
const HOSTS = [
  ['endpoint', Whole.endpoint],
  ['contact', Whole.contact],
  ['media', Whole.media],
  ['trunk', Whole.trunk],
] as const satisfies readonly (readonly [CodedColumn, number])[];

/** Where these columns of a row stand among its flags. */
const FLAGS: Record<'kind' | 'interface' | 'direction' | 'outcome' | 'released_by', (text: string) => number> = {
  kind: (text) => Kind[text as EventKind] ?? EVENT_KINDS.length,
  interface: (text) => INTERFACES.indexOf(text as (typeof INTERFACES)[number]) << INTERFACE_BIT,
  direction: (text) => (text === 'originating' ? ORIGINATING : TERMINATING),
  outcome: (text) => OutcomeCode[text as Outcome] << 6,
  released_by: (text) => (text === 'caller' ? 1 : text === 'called' ? 2 : 3) << 10,
};

/** Numbers that stand in a row as they are. */
const REALS = [
  ['time', Real.time],
  ['answer_time', Real.answer],
  ['end_time', Real.end],
  ['setup_ms', Real.setup],
  ['ring_ms', Real.ring],
  ['talk_ms', Real.talk],
  ['latency_ms', Real.latency],
] as const satisfies readonly (readonly [keyof EventColumns['reals'], number])[];

/** The same of integers, and what stands for a missing one. */
const WHOLES = [
  ['sms_length', Whole.smsLength, NO_NUMBER],
  ['expires_s', Whole.expires, NO_NUMBER],
  ['keep_alive_s', Whole.keepAlive, NO_NUMBER],
  ['cause', Whole.cause, -1],
  ['sip_status', Whole.sipStatus, -1],
] as const satisfies readonly (readonly [keyof EventColumns['integers'], number, number])[];

const FLAG_NAMES = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
/** Flags of an enquiry: see {@link isEnquiry}. */
const ENQUIRY = Kind.presence | TERMINATING;
const UNKNOWN = -2;

/** Makes rows of the columns of a store, their texts numbered by the table: the same that its events would give. */
export class LakeRows {
  private readonly table: EventTable;
  private readonly own: OwnAddresses;
  /** By number of a text: the number of its host, its port, and the flags it stands for. */
  private hosts = new Int32Array(SMALLEST).fill(UNKNOWN);
  private ports = new Int32Array(SMALLEST).fill(UNKNOWN);
  private readonly asked = new Uint8Array(BLOCK_ROWS);
  private readonly flags = { kind: [], interface: [], direction: [], outcome: [], released_by: [] } as Record<
    keyof typeof FLAGS,
    number[]
  >;

  constructor(table: EventTable) {
    this.table = table;
    this.own = new OwnAddresses(table.texts);
  }

  add(columns: EventColumns): void {
    for (let row = 0; row < columns.rows; ) {
      const block = this.table.blocks.room();
      const rows = Math.min(BLOCK_ROWS - block.count, columns.rows - row);
      this.fill(block, columns, row, rows);
      block.count += rows;
      row += rows;
    }
  }

  /** Writes rows [from, from + rows) of the columns behind those of a block, column by column. */
  private fill({ floats, integers, count }: RowBlock, columns: EventColumns, from: number, rows: number): void {
    const { reals, integers: wholes, texts, ids, viaMismatch, tmsis } = columns;
    for (const [name, place] of REALS) {
      const column = reals[name];
      for (let row = 0, at = count * FLOATS + place; row < rows; row++, at += FLOATS) floats[at] = column[from + row]!;
    }
    for (const [name, place, missing] of WHOLES) {
      const column = wholes[name];
      for (let row = 0, at = count * INTEGERS + place; row < rows; row++, at += INTEGERS)
        integers[at] = Math.max(column[from + row]!, missing);
    }
    const { identities } = this.table;
    const { imsi, msisdn, aor, ussd_code: ussd, forwarding, interface: overs } = texts;
    const sip = this.table.texts.number('sip');
    for (let row = from, at = count * INTEGERS; row < from + rows; row++, at += INTEGERS) {
      integers[at + Whole.idHigh] = ids[2 * row + 1]!;
      integers[at + Whole.idLow] = ids[2 * row]!;
      integers[at + Whole.capture] = 0;
      integers[at + Whole.flags] = viaMismatch[row]! << 12;
      integers[at + Whole.alias] = -1;
      integers[at + Whole.tmsi] =
        overs[row] === sip ? (this.port(texts.endpoint[row]!) << 16) | this.port(texts.trunk[row]!) : tmsis[row]!;
      integers[at + Whole.service] = ussd[row]! >= 0 ? ussd[row]! : forwarding[row]!;
    }
    for (const name of FLAG_NAMES) {
      const column = texts[name];
      for (let row = 0, at = count * INTEGERS + Whole.flags; row < rows; row++, at += INTEGERS)
        integers[at]! |= this.flag(name, column[from + row]!);
    }
    const asked = this.asked.subarray(0, rows);
    for (let row = 0, at = count * INTEGERS + Whole.flags; row < rows; row++, at += INTEGERS)
      asked[row] = (integers[at]! & (KIND_BITS | DIRECTION_BITS)) === ENQUIRY ? 1 : 0;
    identities.manyNumbers({ imsi, msisdn, aor, time: reals.time }, from, asked, (row, number) => {
      integers[(count + row) * INTEGERS + Whole.identity] = number;
    });
    for (const [name, place] of AS_THEY_ARE) {
      const column = texts[name];
      for (let row = 0, at = count * INTEGERS + place; row < rows; row++, at += INTEGERS)
        integers[at] = column[from + row]!;
    }
    for (const [name, place] of HOSTS) {
      const column = texts[name];
      for (let row = 0, at = count * INTEGERS + place; row < rows; row++, at += INTEGERS)
        integers[at] = this.host(column[from + row]!);
    }
    for (let row = 0, at = count * INTEGERS; row < rows; row++, at += INTEGERS) {
      const endpoint = integers[at + Whole.endpoint]!;
      integers[at + Whole.contact] = this.own.of(integers[at + Whole.contact]!, endpoint);
      integers[at + Whole.media] = this.own.of(integers[at + Whole.media]!, endpoint);
    }
  }

  private flag(name: keyof typeof FLAGS, text: number): number {
    if (text < 0) return 0;
    const known = this.flags[name][text];
    if (known !== undefined) return known;
    return (this.flags[name][text] = FLAGS[name](this.table.texts.text(text)));
  }

  private port(text: number): number {
    if (text < 0) return 0;
    while (text >= this.ports.length) this.ports = grown(this.ports);
    const known = this.ports[text]!;
    return known !== UNKNOWN ? known : (this.ports[text] = portOf(this.table.texts.text(text)));
  }

  private host(text: number): number {
    if (text < 0) return -1;
    while (text >= this.hosts.length) this.hosts = grown(this.hosts);
    const known = this.hosts[text]!;
    if (known !== UNKNOWN) return known;
    const { texts } = this.table;
    const host = hostOf(texts.text(text));
    return (this.hosts[text] = host === null ? -1 : texts.number(host));
  }
}

const SMALLEST = 1 << 12;

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length).fill(UNKNOWN);
  more.set(numbers);
  return more;
}
