import { type CatpoolEvent, EVENT_KINDS } from '../../events/event.ts';
import { Identities } from '../naming/identities.ts';
import { Dictionary } from './dictionary.ts';
import { isForwardedOn, leaveAnswerOut } from './forwarded.ts';
import { Joiner } from './joining.ts';
import {
  Direction,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  Kind,
  NO_NUMBER,
  OutcomeCode,
  RESULTS,
  Real,
  Release,
  ROW_BYTES,
  RowBlock,
  RowCoder,
  Whole,
} from './rows.ts';
import { rowsSeenOnce } from './seen-twice.ts';
import { Texts } from './texts.ts';

export { Direction, Kind, OutcomeCode, Release };

/** So long a network waits for the answer of a card, ms: T3260 of 3GPP TS 24.008 §11.2.2. On the radio side it gives up then. */
export const LONGEST_ANSWER_MS = 12_000;
const SIP = INTERFACES.indexOf('sip');

/** Whether an event tells how long its line takes to answer a challenge. On SIP one may be answered later: somebody typed, or the first answer was lost. */
export function tellsLatency({ latency, over }: History, i: number): boolean {
  return latency[i]! >= 0 && (over[i] !== SIP || latency[i]! <= LONGEST_ANSWER_MS);
}

const REALS = [
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
const BYTES = [
  'kind',
  'over',
  'seen',
  'direction',
  'mirror',
  'repeat',
  'answered',
  'outcome',
  'releasedBy',
  'viaMismatch',
] as const;
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
  'service',
  'alias',
] as const;
export type TextColumn = (typeof TEXT_COLUMNS)[number];

/** Outcomes of calls that may have come to nothing before the other end rang. */
const UNREACHED: ReadonlySet<number> = new Set([OutcomeCode.busy, OutcomeCode.rejected, OutcomeCode.failed]);

/**
 * One line's events in time order, as typed arrays of which the first {@link count} entries are valid. One object serves all
 * lines in turn: `reset`, `push` each event in any order, `seal`, then read. Only capacity outlives a reset.
 *
 * An event that two probes of one interface saw is there once. Missing is NaN in Float64Arrays, -1 in codes, `cause` and `sipStatus`, 0 in
 * bytes. The same events give the same arrays and codes whatever the order they were pushed in.
 */
export class History {
  /** Name of the line. */
  line = '';
  /** IMSI of the line; null where none is known. */
  imsi: string | null = null;
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
  /** Interface it was seen on: its place in {@link INTERFACES}. */
  over = new Uint8Array(INITIAL);
  /** By call or message: every interface it was seen on, a bit each by its place. */
  seen = new Uint8Array(INITIAL);
  /** See {@link Direction}; of this line, mirrored rows too. */
  direction = new Uint8Array(INITIAL);
  /** 1 where the event was seen as another line's: device, place, address and SIP columns are missing. */
  mirror = new Uint8Array(INITIAL);
  /**
   * 1 on a leg that is a further leg of a call already there (what the first did not know of the call it has from the others), and
   * on a short message or USSD seen on another interface before.
   */
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
  /** Code of USSD; operation and condition of a forwarding: `register unconditional`; of a leg that and why it went on to another number. */
  service = new Int32Array(INITIAL);
  /** Of SIP calls of an account: the number that stood for it, presented as the caller or dialled, where that is not its own. */
  alias = new Int32Array(INITIAL);
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
  /** Interfaces on which the line was seen, mirrored rows too: a bit each, by their place in {@link INTERFACES}. */
  interfaces = 0;
  /** Distinct counterparts; their codes are below it. */
  counterparts = 0;
  /** Changes with every `seal`. */
  serial = 0;

  private capacity = INITIAL;
  private sorted = true;
  private readonly joiner = new Joiner();
  /** The 64 bits of the event's id, for the order of rows of one time. */
  private idHigh = new Uint32Array(INITIAL);
  private idLow = new Uint32Array(INITIAL);
  /** Number of the feed of each row as it came, and whether there are several. */
  private feeds = new Int32Array(INITIAL);
  private severalFeeds = false;
  private readonly dictionaries = Object.fromEntries(TEXT_COLUMNS.map((name) => [name, new Dictionary()])) as Record<
    TextColumn,
    Dictionary
  >;
  private readonly source: Texts;
  /** For events that are not rows yet; null where rows come with their texts. */
  private readonly coder: RowCoder | null;
  private readonly coded = new RowBlock(new ArrayBuffer(ROW_BYTES));

  /** @param texts of the rows that are given to {@link take}; absent: for events given to {@link push} */
  constructor(texts?: Texts) {
    this.source = texts ?? new Texts();
    this.coder = texts === undefined ? new RowCoder(this.source, new Identities()) : null;
  }

  /** Forgets everything and begins with another line. */
  reset(line: string, imsi: string | null = null): void {
    this.line = line;
    this.imsi = imsi;
    this.count = 0;
    this.outgoingCount = 0;
    this.incomingCount = 0;
    this.interfaces = 0;
    this.sorted = true;
    this.severalFeeds = false;
    this.coder?.clear();
    for (const name of TEXT_COLUMNS) this.dictionaries[name].clear();
  }

  /**
   * Adds one event. `mirror`: a leg or sms of another line, in which this line was the counterpart. The same event in the same
   * role, pushed again (captures that overlap), counts once.
   *
   * @param counterpart name of the other line, where the caller knows a better one than the event says
   */
  push(event: CatpoolEvent, role: 'own' | 'mirror', counterpart?: string | null): void {
    const { coded, coder } = this;
    if (coder === null) throw new Error('this history takes rows');
    const mirror = role === 'mirror';
    if (!mirror && event.imsi !== null && !(this.imsi !== null && this.imsi <= event.imsi)) this.imsi = event.imsi;
    coded.count = 0;
    coder.add(event, 0, coded);
    const other =
      counterpart !== undefined ? counterpart : mirror ? (event.msisdn ?? event.imsi ?? event.aor) : event.counterpart;
    this.take(coded, 0, mirror, other === null ? -1 : this.source.number(other));
  }

  /**
   * Adds row `row` of a block likewise, with the number of the other line's name, or -1.
   *
   * @param shift seconds that its times are put later by: what the clock of its probe is behind
   */
  take({ floats, integers }: RowBlock, row: number, mirror: boolean, other: number, shift = 0): void {
    const real = row * FLOATS;
    const whole = row * INTEGERS;
    const i = this.count;
    const { dictionaries } = this;
    const time = floats[real + Real.time]! + shift;
    const high = integers[whole + Whole.idHigh]! >>> 0;
    const low = integers[whole + Whole.idLow]! >>> 0;
    if (i > 0 && this.sorted) {
      const order =
        this.time[i - 1]! - time ||
        this.idHigh[i - 1]! - high ||
        this.idLow[i - 1]! - low ||
        this.mirror[i - 1]! - (mirror ? 1 : 0);
      if (order === 0) return;
      this.sorted = order < 0;
    }
    if (i === this.capacity) this.grow();
    this.count = i + 1;
    this.idHigh[i] = high;
    this.idLow[i] = low;
    this.feeds[i] = integers[whole + Whole.feed]!;
    if (this.feeds[i] !== this.feeds[0]) this.severalFeeds = true;
    this.time[i] = time;
    this.answer[i] = floats[real + Real.answer]! + shift;
    const end = floats[real + Real.end]! + shift;
    // The clock of the probe was set back in between: nobody knows when it ended.
    this.end[i] = end < time ? Number.NaN : end;
    this.setup[i] = floats[real + Real.setup]!;
    this.ring[i] = floats[real + Real.ring]!;
    this.talk[i] = floats[real + Real.talk]!;
    this.smsLength[i] = orNaN(integers[whole + Whole.smsLength]!);
    const flags = integers[whole + Whole.flags]!;
    const over = (flags >> INTERFACE_BIT) & 7;
    this.interfaces |= 1 << over;
    this.over[i] = over;
    this.seen[i] = 1 << over;
    this.kind[i] = flags & 15;
    this.mirror[i] = mirror ? 1 : 0;
    this.repeat[i] = 0;
    this.answered[i] = 0;
    this.outcome[i] = (flags >> 6) & 15;
    this.cause[i] = integers[whole + Whole.cause]!;
    this.sipStatus[i] = integers[whole + Whole.sipStatus]!;
    let direction = (flags >> 4) & 3;
    if (mirror && direction !== Direction.unknown) direction = 3 - direction;
    this.direction[i] = direction;
    this.releasedBy[i] = releaseOf((flags >> 10) & 3, direction);
    this.counterpart[i] = dictionaries.counterpart.code(other);
    if (mirror) {
      this.latency[i] = this.expires[i] = this.keepAlive[i] = Number.NaN;
      this.viaMismatch[i] = 0;
      this.imei[i] = this.cell[i] = this.classmark[i] = this.luType[i] = this.access[i] = this.endpoint[i] = -1;
      this.contact[i] = this.media[i] = this.userAgent[i] = this.sdpFingerprint[i] = this.headerOrder[i] = -1;
      this.idShape[i] = this.alias[i] = -1;
      // That its call went on to another number says something of who was called.
      this.service[i] = this.kind[i] === Kind.leg ? dictionaries.service.code(integers[whole + Whole.service]!) : -1;
      return;
    }
    this.latency[i] = LATE[over] === 1 ? floats[real + Real.latency]! : Number.NaN;
    this.expires[i] = orNaN(integers[whole + Whole.expires]!);
    this.keepAlive[i] = orNaN(integers[whole + Whole.keepAlive]!);
    this.viaMismatch[i] = (flags >> 12) & 3;
    this.imei[i] = dictionaries.imei.code(integers[whole + Whole.imei]!);
    this.cell[i] = dictionaries.cell.code(integers[whole + Whole.cell]!);
    this.classmark[i] = dictionaries.classmark.code(integers[whole + Whole.classmark]!);
    this.luType[i] = dictionaries.luType.code(integers[whole + Whole.luType]!);
    this.access[i] = dictionaries.access.code(integers[whole + Whole.access]!);
    this.endpoint[i] = dictionaries.endpoint.code(integers[whole + Whole.endpoint]!);
    this.contact[i] = dictionaries.contact.code(integers[whole + Whole.contact]!);
    this.media[i] = dictionaries.media.code(integers[whole + Whole.media]!);
    this.userAgent[i] = dictionaries.userAgent.code(integers[whole + Whole.userAgent]!);
    this.sdpFingerprint[i] = dictionaries.sdpFingerprint.code(integers[whole + Whole.sdpFingerprint]!);
    this.headerOrder[i] = dictionaries.headerOrder.code(integers[whole + Whole.headerOrder]!);
    this.idShape[i] = dictionaries.idShape.code(integers[whole + Whole.idShape]!);
    this.service[i] = dictionaries.service.code(integers[whole + Whole.service]!);
    this.alias[i] = dictionaries.alias.code(integers[whole + Whole.alias]!);
  }

  /** Sorts by (time, event_id), joins the legs of each call, lists the calls. */
  seal(): void {
    if (!this.sorted) this.sort();
    if (this.severalFeeds) {
      const once = rowsSeenOnce(this, this.feeds, TEXT_COLUMNS);
      if (once !== null) this.keep(once);
    }
    this.serial++;
    this.kinds.fill(0);
    const { counterpart } = this.dictionaries;
    const numbers = counterpart.count;
    this.counterparts = numbers;
    if (this.called.length < numbers) {
      this.called = new Int32Array(this.capacity);
      this.callers = new Int32Array(this.capacity);
      this.digits = new Float64Array(this.capacity);
    }
    for (let code = 0; code < numbers; code++) this.digits[code] = counterpart.digits(code, this.source);
    this.called.fill(0, 0, numbers);
    this.callers.fill(0, 0, numbers);
    for (let i = 0; i < this.count; i++) {
      this.kinds[this.kind[i]!]!++;
      if (this.kind[i] === Kind.leg && this.direction[i] !== Direction.unknown)
        this.answered[i] = Number.isNaN(this.answer[i]!) ? RESULTS[this.outcome[i]!]! : 2;
      if (isForwardedOn(this, i)) leaveAnswerOut(this, i);
    }
    this.leaveOutUnreached(false);
    this.joiner.join(this, numbers);
    this.leaveOutUnreached(true);
    for (let i = 0; i < this.count; i++) {
      if (this.kind[i] !== Kind.leg || this.repeat[i] === 1) continue;
      const number = this.counterpart[i]!;
      if (this.direction[i] === Direction.outgoing) {
        this.outgoing[this.outgoingCount++] = i;
        if (number >= 0) this.called[number]!++;
      } else if (this.direction[i] === Direction.incoming) {
        this.incoming[this.incomingCount++] = i;
        if (number >= 0) this.callers[number]!++;
      }
    }
  }

  /**
   * A call to the line that only its caller's side shows, and that came to nothing before it rang, never reached it: whoever rings
   * phones that are off or engaged does not give them incoming calls.
   *
   * @param forwarded those that went on to another number; they tell other legs of the call first that the line did not answer
   */
  private leaveOutUnreached(forwarded: boolean): void {
    for (let i = 0; i < this.count; i++) {
      if (this.kind[i] !== Kind.leg || this.mirror[i] === 0 || this.direction[i] !== Direction.incoming) continue;
      if (this.repeat[i] === 1 || isForwardedOn(this, i) !== forwarded) continue;
      if (this.answered[i] === 1 && UNREACHED.has(this.outcome[i]!) && Number.isNaN(this.ring[i]!)) this.repeat[i] = 1;
    }
  }

  /** Texts of a column by code, each once, in order of first appearance. */
  texts(column: TextColumn): readonly string[] {
    return this.dictionaries[column].texts(this.source);
  }

  /** Text of a code, or null for -1. */
  text(column: TextColumn, code: number): string | null {
    return this.dictionaries[column].text(code, this.source);
  }

  private grow(): void {
    this.capacity *= 2;
    for (const name of REALS) this[name] = widen(this[name], new Float64Array(this.capacity));
    for (const name of BYTES) this[name] = widen(this[name], new Uint8Array(this.capacity));
    for (const name of SHORTS) this[name] = widen(this[name], new Int16Array(this.capacity));
    for (const name of TEXT_COLUMNS) this[name] = widen(this[name], new Int32Array(this.capacity));
    this.idHigh = widen(this.idHigh, new Uint32Array(this.capacity));
    this.idLow = widen(this.idLow, new Uint32Array(this.capacity));
    this.feeds = widen(this.feeds, new Int32Array(this.capacity));
    this.outgoing = new Int32Array(this.capacity);
    this.incoming = new Int32Array(this.capacity);
  }

  private sort(): void {
    const { time, idHigh, idLow, mirror } = this;
    const compare = (a: number, b: number) =>
      time[a]! - time[b]! || idHigh[a]! - idHigh[b]! || idLow[a]! - idLow[b]! || mirror[a]! - mirror[b]!;
    const rows = Array.from({ length: this.count }, (_, i) => i).sort(compare);
    this.keep(Uint32Array.from(rows.filter((row, i) => i === 0 || compare(rows[i - 1]!, row) !== 0)));
    this.sorted = true;
  }

  /** Keeps these rows, in this order. */
  private keep(order: Uint32Array): void {
    const count = order.length;
    this.count = count;
    for (const name of REALS) permute(this[name], order, new Float64Array(count));
    for (const name of BYTES) permute(this[name], order, new Uint8Array(count));
    permute(this.idHigh, order, new Uint32Array(count));
    permute(this.idLow, order, new Uint32Array(count));
    permute(this.feeds, order, new Int32Array(count));
    for (const name of SHORTS) permute(this[name], order, new Int16Array(count));
    for (const name of TEXT_COLUMNS) {
      permute(this[name], order, new Int32Array(count));
      this.dictionaries[name].renumber(this[name], count);
    }
  }
}

const INITIAL = 256;

/**
 * 1 for interfaces on which a latency is that of the phone answering a challenge: SIP and the radio. What MAP shows
 * (sendAuthenticationInfo, updateLocation) is how fast a register answers.
 */
const LATE = Uint8Array.from(INTERFACES, (name) => (name === 'sip' || name === 'bssap' || name === 'ranap' ? 1 : 0));

function orNaN(value: number): number {
  return value === NO_NUMBER ? Number.NaN : value;
}

/** @param by as rows number it: caller 1, called 2, network 3 */
function releaseOf(by: number, direction: number): number {
  if (by === 0) return Release.unknown;
  if (by === 3) return Release.network;
  if (direction === Direction.unknown) return Release.unknown;
  return (by === 1) === (direction === Direction.outgoing) ? Release.line : Release.other;
}

function widen<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}

function permute<T extends { [i: number]: number; set(from: T): void }>(column: T, order: Uint32Array, into: T): void {
  for (let i = 0; i < order.length; i++) into[i] = column[order[i]!]!;
  column.set(into);
}
