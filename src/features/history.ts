import type { PacketTime } from '../base/time.ts';
import { type CatpoolEvent, EVENT_KINDS, type EventKind, type Outcome } from '../events/event.ts';
import { CellNames, Dictionary, digitsOf } from './dictionary.ts';

/** Number of an event kind in {@link History.kind}: its place in EVENT_KINDS. */
export const Kind = Object.fromEntries(EVENT_KINDS.map((kind, index) => [kind, index])) as Record<EventKind, number>;

/** Numbers in {@link History.outcome}; 0 is missing. */
export const OutcomeCode = {
  answered: 1,
  busy: 2,
  rejected: 3,
  no_answer: 4,
  cancelled: 5,
  failed: 6,
  redirected: 7,
  open: 8,
  registered: 9,
  deregistered: 10,
  challenged: 11,
  delivered: 12,
} as const satisfies Record<Outcome, number>;

/** Numbers in {@link History.direction}. */
export const Direction = { unknown: 0, outgoing: 1, incoming: 2 } as const;

/** Numbers in {@link History.releasedBy}, seen from the line. */
export const Release = { unknown: 0, line: 1, other: 2, network: 3 } as const;

const FLOATS = [
  'time',
  'answer',
  'end',
  'setup',
  'ring',
  'talk',
  'latency',
  'smsLength',
  'expires',
  'keepAlive',
] as const;
const BYTES = ['kind', 'direction', 'mirror', 'repeat', 'answered', 'outcome', 'releasedBy', 'viaMismatch'] as const;
const SHORTS = ['cause', 'sipStatus'] as const;
/** Columns held as codes of texts. `endpoint`, `contact` and `media` hold the address without the port. */
const TEXT_COLUMNS = [
  'counterpart',
  'imei',
  'cell',
  'classmark',
  'luType',
  'access',
  'endpoint',
  'contact',
  'media',
  'userAgent',
  'sdpFingerprint',
  'headerOrder',
  'idShape',
] as const;
export type TextColumn = (typeof TEXT_COLUMNS)[number];

/** {@link History.answered} by outcome, where no answer time is known. */
const RESULTS = new Uint8Array(16);
RESULTS[OutcomeCode.answered] = 2;
for (const outcome of ['busy', 'rejected', 'no_answer', 'cancelled', 'failed'] as const)
  RESULTS[OutcomeCode[outcome]] = 1;

/** Starts this close together, overlapping, to the same number: one call seen on two legs. */
const REPEAT_SECONDS = 3;

/**
 * One line's events in time order, as typed arrays of which the first {@link count} entries are valid. One object serves all
 * lines in turn: `reset`, `push` each event in any order, `seal`, then read. Only capacity outlives a reset.
 *
 * Missing is NaN in Float64Arrays, -1 in codes, `cause` and `sipStatus`, 0 in bytes. The same events give the same arrays and
 * codes whatever the order they were pushed in.
 */
export class History {
  /** Name of the line. */
  line = '';
  /** Number of rows. */
  count = 0;
  /** Seconds since the epoch. */
  time = new Float64Array(INITIAL);
  answer = new Float64Array(INITIAL);
  end = new Float64Array(INITIAL);
  /** Milliseconds. */
  setup = new Float64Array(INITIAL);
  ring = new Float64Array(INITIAL);
  talk = new Float64Array(INITIAL);
  latency = new Float64Array(INITIAL);
  /** Bytes. */
  smsLength = new Float64Array(INITIAL);
  /** Seconds. */
  expires = new Float64Array(INITIAL);
  keepAlive = new Float64Array(INITIAL);
  /** See {@link Kind}. */
  kind = new Uint8Array(INITIAL);
  /** See {@link Direction}; of this line, mirrored rows too. */
  direction = new Uint8Array(INITIAL);
  /** 1 where the event was seen as another line's: device, place, address and SIP columns are missing. */
  mirror = new Uint8Array(INITIAL);
  /** 1 on a leg that is a further leg of a call already there. */
  repeat = new Uint8Array(INITIAL);
  /** Of legs: 2 answered, also where still open; 1 known not to be; 0 unknown: open, sent elsewhere, only asked for credentials. */
  answered = new Uint8Array(INITIAL);
  /** See {@link OutcomeCode}. */
  outcome = new Uint8Array(INITIAL);
  /** See {@link Release}. */
  releasedBy = new Uint8Array(INITIAL);
  /** 0 unknown, 1 the Via agrees with the source address, 2 it does not. */
  viaMismatch = new Uint8Array(INITIAL);
  cause = new Int16Array(INITIAL);
  sipStatus = new Int16Array(INITIAL);
  counterpart = new Int32Array(INITIAL);
  imei = new Int32Array(INITIAL);
  /** `mcc-mnc-lac-cell`, of what is known. */
  cell = new Int32Array(INITIAL);
  classmark = new Int32Array(INITIAL);
  luType = new Int32Array(INITIAL);
  access = new Int32Array(INITIAL);
  endpoint = new Int32Array(INITIAL);
  contact = new Int32Array(INITIAL);
  media = new Int32Array(INITIAL);
  userAgent = new Int32Array(INITIAL);
  sdpFingerprint = new Int32Array(INITIAL);
  headerOrder = new Int32Array(INITIAL);
  idShape = new Int32Array(INITIAL);
  /** Rows of outgoing calls (legs that are no repeats), in time order; the first {@link outgoingCount} are valid. */
  outgoing = new Int32Array(INITIAL);
  outgoingCount = 0;
  /** Rows of incoming calls, likewise. */
  incoming = new Int32Array(INITIAL);
  incomingCount = 0;
  /** Outgoing and incoming calls by code of counterpart. */
  called = new Int32Array(INITIAL);
  callers = new Int32Array(INITIAL);

  /** By code of counterpart: its digits as a number where it has 7 to 15 of them, else NaN. */
  digits = new Float64Array(INITIAL);
  /** Rows by {@link Kind}, mirrored ones too. */
  readonly kinds = new Int32Array(EVENT_KINDS.length);
  /** Changes with every `seal`. */
  serial = 0;

  private capacity = INITIAL;
  private sorted = true;
  private lastCall = new Int32Array(2 * INITIAL);
  private readonly ids: string[] = [];
  private readonly dictionaries = Object.fromEntries(TEXT_COLUMNS.map((name) => [name, new Dictionary()])) as Record<
    TextColumn,
    Dictionary
  >;
  private readonly cells = new CellNames();

  /** Forgets everything and begins with another line. */
  reset(line: string): void {
    this.line = line;
    this.count = 0;
    this.outgoingCount = 0;
    this.incomingCount = 0;
    this.sorted = true;
    this.ids.length = 0;
    for (const name of TEXT_COLUMNS) this.dictionaries[name].clear();
  }

  /**
   * Adds one event. `mirror`: a leg or sms of another line, in which this line was the counterpart. The same event in the same
   * role, pushed again (captures that overlap), counts once.
   *
   * @param counterpart name of the other line, where the caller knows a better one than the event says
   */
  push(event: CatpoolEvent, role: 'own' | 'mirror', counterpart?: string | null): void {
    const i = this.count;
    const mirror = role === 'mirror';
    const { dictionaries } = this;
    const time = seconds(event.time);
    const id = event.event_id;
    if (i > 0 && this.sorted) {
      const order = compareRows(this.time[i - 1]!, this.ids[i - 1]!, this.mirror[i - 1]!, time, id, mirror ? 1 : 0);
      if (order === 0) return;
      this.sorted = order < 0;
    }
    if (i === this.capacity) this.grow();
    this.count = i + 1;
    this.ids.push(id);
    this.time[i] = time;
    this.answer[i] = seconds(event.answer_time);
    this.end[i] = seconds(event.end_time);
    this.setup[i] = event.setup_ms ?? Number.NaN;
    this.ring[i] = event.ring_ms ?? Number.NaN;
    this.talk[i] = event.talk_ms ?? Number.NaN;
    this.smsLength[i] = event.sms_length ?? Number.NaN;
    this.kind[i] = Kind[event.kind];
    this.mirror[i] = mirror ? 1 : 0;
    this.repeat[i] = 0;
    this.outcome[i] = event.outcome === null ? 0 : OutcomeCode[event.outcome];
    this.cause[i] = event.cause ?? -1;
    this.sipStatus[i] = event.sip_status ?? -1;
    let direction: number = Direction.unknown;
    if (event.direction !== null) direction = (event.direction === 'originating') !== mirror ? 1 : 2;
    this.direction[i] = direction;
    this.releasedBy[i] = releaseOf(event.released_by, direction);
    const other =
      counterpart !== undefined ? counterpart : mirror ? (event.msisdn ?? event.imsi ?? event.aor) : event.counterpart;
    this.counterpart[i] = dictionaries.counterpart.code(other);
    if (mirror) {
      this.latency[i] = this.expires[i] = this.keepAlive[i] = Number.NaN;
      this.viaMismatch[i] = 0;
      this.imei[i] = this.cell[i] = this.classmark[i] = this.luType[i] = this.access[i] = this.endpoint[i] = -1;
      this.contact[i] = this.media[i] = this.userAgent[i] = this.sdpFingerprint[i] = this.headerOrder[i] = -1;
      this.idShape[i] = -1;
      return;
    }
    this.latency[i] = event.latency_ms ?? Number.NaN;
    this.expires[i] = event.expires_s ?? Number.NaN;
    this.keepAlive[i] = event.keep_alive_s ?? Number.NaN;
    this.viaMismatch[i] = event.via_mismatch === null ? 0 : event.via_mismatch ? 2 : 1;
    this.imei[i] = dictionaries.imei.code(event.imei);
    this.cell[i] = dictionaries.cell.code(this.cells.name(event.mcc, event.mnc, event.lac, event.cell));
    this.classmark[i] = dictionaries.classmark.code(event.classmark);
    this.luType[i] = dictionaries.luType.code(event.lu_type);
    this.access[i] = dictionaries.access.code(event.access);
    this.endpoint[i] = dictionaries.endpoint.hostCode(event.endpoint);
    this.contact[i] = dictionaries.contact.hostCode(event.contact);
    this.media[i] = dictionaries.media.hostCode(event.media);
    this.userAgent[i] = dictionaries.userAgent.code(event.user_agent);
    this.sdpFingerprint[i] = dictionaries.sdpFingerprint.code(event.sdp_fingerprint);
    this.headerOrder[i] = dictionaries.headerOrder.code(event.header_order);
    this.idShape[i] = dictionaries.idShape.code(event.id_shape);
  }

  /** Sorts by (time, event_id), marks repeated legs, lists the calls. */
  seal(): void {
    if (!this.sorted) this.sort();
    this.serial++;
    this.kinds.fill(0);
    const numbers = this.dictionaries.counterpart.texts.length;
    if (this.called.length < numbers) {
      this.called = new Int32Array(this.capacity);
      this.callers = new Int32Array(this.capacity);
      this.lastCall = new Int32Array(2 * this.capacity);
      this.digits = new Float64Array(this.capacity);
    }
    const { texts } = this.dictionaries.counterpart;
    for (let code = 0; code < numbers; code++) this.digits[code] = digitsOf(texts[code]!);
    this.called.fill(0, 0, numbers);
    this.callers.fill(0, 0, numbers);
    this.lastCall.fill(-1, 0, 2 * numbers);
    for (let i = 0; i < this.count; i++) {
      const direction = this.direction[i]!;
      this.kinds[this.kind[i]!]!++;
      if (this.kind[i] !== Kind.leg || direction === Direction.unknown) continue;
      const number = this.counterpart[i]!;
      this.answered[i] = Number.isNaN(this.answer[i]!) ? RESULTS[this.outcome[i]!]! : 2;
      if (number >= 0) {
        const slot = 2 * number + direction - 1;
        const earlier = this.lastCall[slot]!;
        if (
          earlier >= 0 &&
          this.time[i]! - this.time[earlier]! <= REPEAT_SECONDS &&
          !(this.end[earlier]! <= this.time[i]!)
        ) {
          this.repeat[i] = 1;
          continue;
        }
        this.lastCall[slot] = i;
        if (direction === Direction.outgoing) this.called[number]!++;
        else this.callers[number]!++;
      }
      if (direction === Direction.outgoing) this.outgoing[this.outgoingCount++] = i;
      else this.incoming[this.incomingCount++] = i;
    }
  }

  /** Texts of a column by code, each once, in order of first appearance. */
  texts(column: TextColumn): readonly string[] {
    return this.dictionaries[column].texts;
  }

  /** Text of a code, or null for -1. */
  text(column: TextColumn, code: number): string | null {
    return this.dictionaries[column].texts[code] ?? null;
  }

  private grow(): void {
    this.capacity *= 2;
    for (const name of FLOATS) this[name] = widen(this[name], new Float64Array(this.capacity));
    for (const name of BYTES) this[name] = widen(this[name], new Uint8Array(this.capacity));
    for (const name of SHORTS) this[name] = widen(this[name], new Int16Array(this.capacity));
    for (const name of TEXT_COLUMNS) this[name] = widen(this[name], new Int32Array(this.capacity));
    this.outgoing = new Int32Array(this.capacity);
    this.incoming = new Int32Array(this.capacity);
  }

  private sort(): void {
    const { time, ids, mirror } = this;
    const compare = (a: number, b: number) => compareRows(time[a]!, ids[a]!, mirror[a]!, time[b]!, ids[b]!, mirror[b]!);
    const rows = Array.from({ length: this.count }, (_, i) => i).sort(compare);
    const order = Uint32Array.from(rows.filter((row, i) => i === 0 || compare(rows[i - 1]!, row) !== 0));
    const count = order.length;
    this.count = count;
    for (const name of FLOATS) permute(this[name], order, new Float64Array(count));
    for (const name of BYTES) permute(this[name], order, new Uint8Array(count));
    for (const name of SHORTS) permute(this[name], order, new Int16Array(count));
    for (const name of TEXT_COLUMNS) {
      permute(this[name], order, new Int32Array(count));
      this.dictionaries[name].renumber(this[name], count);
    }
    this.sorted = true;
  }
}

const INITIAL = 256;

function seconds(time: PacketTime | null): number {
  return time === null ? Number.NaN : time.s + time.ns / 1e9;
}

/** Order of rows: time, event_id, own before mirrored. */
function compareRows(timeA: number, idA: string, mirrorA: number, timeB: number, idB: string, mirrorB: number): number {
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  if (idA !== idB) return idA < idB ? -1 : 1;
  return mirrorA - mirrorB;
}

function releaseOf(by: CatpoolEvent['released_by'], direction: number): number {
  if (by === null) return Release.unknown;
  if (by === 'network') return Release.network;
  if (direction === Direction.unknown) return Release.unknown;
  return (by === 'caller') === (direction === Direction.outgoing) ? Release.line : Release.other;
}

function widen<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}

function permute<T extends { [i: number]: number; set(from: T): void }>(column: T, order: Uint32Array, into: T): void {
  for (let i = 0; i < order.length; i++) into[i] = column[order[i]!]!;
  column.set(into);
}
