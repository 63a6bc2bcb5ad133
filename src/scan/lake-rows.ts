import { EVENT_KINDS, type EventKind, type Outcome } from '../events/event.ts';
import { hostOf } from '../features/dictionary.ts';
import { FLOATS, INTEGERS, INTERFACE_BIT, INTERFACES, Kind, OutcomeCode, Real, Whole } from '../features/rows.ts';
import type { CodedColumn, EventColumns, NewTexts } from '../store/columns.ts';
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
] as const satisfies readonly (readonly [CodedColumn, number])[];

/** Where these columns of a row stand among its flags. */
const FLAGS: Record<'kind' | 'interface' | 'direction' | 'outcome' | 'released_by', (text: string) => number> = {
  kind: (text) => Kind[text as EventKind] ?? EVENT_KINDS.length,
  interface: (text) => INTERFACES.indexOf(text as (typeof INTERFACES)[number]) << INTERFACE_BIT,
  direction: (text) => (text === 'originating' ? 1 : 2) << 4,
  outcome: (text) => OutcomeCode[text as Outcome] << 6,
  released_by: (text) => (text === 'caller' ? 1 : text === 'called' ? 2 : 3) << 10,
};

const UNKNOWN = -2;

/** Makes rows of the columns of a store: the same that its events would give. */
export class LakeRows {
  private readonly table: EventTable;
  /** By code: the number of a text among the table's, the number of its host, and the flags it stands for. */
  private numbers = new Int32Array(SMALLEST);
  private hosts = new Int32Array(SMALLEST);
  private readonly flags = { kind: [], interface: [], direction: [], outcome: [], released_by: [] } as Record<
    keyof typeof FLAGS,
    number[]
  >;

  constructor(table: EventTable) {
    this.table = table;
  }

  learn({ from, texts }: NewTexts): void {
    while (from + texts.length > this.numbers.length) {
      this.numbers = grown(this.numbers);
      this.hosts = grown(this.hosts);
    }
    for (const [index, text] of texts.entries()) {
      this.numbers[from + index] = this.table.texts.number(text);
      this.hosts[from + index] = UNKNOWN;
    }
  }

  add(columns: EventColumns): void {
    const { reals, integers: wholes, codes, ids, viaMismatch } = columns;
    const { blocks, identities } = this.table;
    const { numbers } = this;
    const numberOf = (code: number): number => (code < 0 ? -1 : numbers[code]!);
    for (let row = 0; row < columns.rows; row++) {
      const block = blocks.room();
      const { floats, integers } = block;
      const real = block.count * FLOATS;
      const whole = block.count * INTEGERS;
      block.count++;
      const time = reals.time[row]!;
      floats[real + Real.time] = time;
      floats[real + Real.answer] = reals.answer_time[row]!;
      floats[real + Real.end] = reals.end_time[row]!;
      floats[real + Real.setup] = reals.setup_ms[row]!;
      floats[real + Real.ring] = reals.ring_ms[row]!;
      floats[real + Real.talk] = reals.talk_ms[row]!;
      floats[real + Real.latency] = reals.latency_ms[row]!;
      integers[whole + Whole.smsLength] = wholes.sms_length[row]!;
      integers[whole + Whole.expires] = wholes.expires_s[row]!;
      integers[whole + Whole.keepAlive] = wholes.keep_alive_s[row]!;
      integers[whole + Whole.cause] = Math.max(wholes.cause[row]!, -1);
      integers[whole + Whole.sipStatus] = Math.max(wholes.sip_status[row]!, -1);
      integers[whole + Whole.idHigh] = ids[2 * row + 1]!;
      integers[whole + Whole.idLow] = ids[2 * row]!;
      integers[whole + Whole.capture] = 0;
      integers[whole + Whole.identity] = identities.number(
        numberOf(codes.imsi[row]!),
        numberOf(codes.msisdn[row]!),
        numberOf(codes.aor[row]!),
        time,
      );
      integers[whole + Whole.flags] =
        this.flag('kind', codes.kind[row]!) |
        this.flag('interface', codes.interface[row]!) |
        this.flag('direction', codes.direction[row]!) |
        this.flag('outcome', codes.outcome[row]!) |
        this.flag('released_by', codes.released_by[row]!) |
        (viaMismatch[row]! << 12);
      for (const [name, place] of AS_THEY_ARE) integers[whole + place] = numberOf(codes[name][row]!);
      const ussd = codes.ussd_code[row]!;
      integers[whole + Whole.service] = numberOf(ussd >= 0 ? ussd : codes.forwarding[row]!);
      for (const [name, place] of HOSTS) integers[whole + place] = this.host(codes[name][row]!);
    }
  }

  private flag(name: keyof typeof FLAGS, code: number): number {
    if (code < 0) return 0;
    const known = this.flags[name][code];
    if (known !== undefined) return known;
    const text = this.table.texts.text(this.numbers[code]!);
    return (this.flags[name][code] = FLAGS[name](text));
  }

  private host(code: number): number {
    if (code < 0) return -1;
    const known = this.hosts[code]!;
    if (known !== UNKNOWN) return known;
    const { texts } = this.table;
    const host = hostOf(texts.text(this.numbers[code]!));
    return (this.hosts[code] = host === null ? -1 : texts.number(host));
  }
}

const SMALLEST = 1 << 12;

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
