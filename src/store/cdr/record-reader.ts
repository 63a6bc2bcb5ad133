import { cellText, parseCell } from '../../base/cells.ts';
import { UserError } from '../../base/errors.ts';
import { imei14 } from '../../base/imei.ts';
import { maskText } from '../../base/mask.ts';
import type { NumberPlan } from '../../base/numbers.ts';
import { compareTime, isoTime, millisecondsBetween, type PacketTime } from '../../base/time.ts';
import type { CaptureName } from '../../events/capture-name.ts';
import { type CatpoolEvent, emptyEvent, type Outcome } from '../../events/event.ts';
import { eventId } from '../../events/event-id.ts';
import type { Zone } from './local-time.ts';
import { type Columns, type Mapping, type RecordType, typesOf } from './mapping.ts';
import { isInstant, timeReader } from './time-format.ts';
import { DURATIONS, pseudonym, wholeNumber } from './values.ts';

/** A column of a file. `instant`, `local`: a Parquet timestamp, as nanoseconds since the epoch or as ISO 8601. */
export interface Column {
  name: string;
  form: 'text' | 'instant' | 'local';
}

/** Why a row is no event: the column, what was expected there, and what was found. */
export interface Refusal {
  row: number;
  column: string;
  expected: string;
  found: string;
}

export interface RecordContext {
  feed: string;
  plan: NumberPlan;
  /** Of times that do not say their offset; null: the mapping's own. */
  zone: Zone | null;
  /** Of the file; its name is filled in when all of it has been read. */
  capture: CaptureName;
}

/** The values of a row, in the order of the file's columns. */
export type Row = readonly (string | null)[];

/** Reads one column of a row: null where it is empty, or wrong, which it says then. */
type Reader<T> = (row: Row) => T | null;

/** The columns of one type of record, ready to be read. */
type Readers = {
  line: Reader<string>;
  imsi: Reader<string>;
  imei: Reader<{ imei: string | null; imeisv: string | null }>;
  counterpart: Reader<string>;
  time: Reader<PacketTime>;
  answer: Reader<PacketTime>;
  end: Reader<PacketTime>;
  duration: Reader<number>;
  ring: Reader<number>;
  outcome: Reader<string>;
  cause: Reader<number>;
  releasedBy: Reader<string>;
  trunk: Reader<string>;
  mcc: Reader<string>;
  mnc: Reader<string>;
  lac: Reader<number>;
  cell: Reader<string>;
  visited: Reader<string>;
  luType: Reader<string>;
  smsLength: Reader<number>;
};

/** Most characters of a text that a record may have. */
const LONGEST_TEXT = 256;
/** E.212 §4: at most 15 digits; fewer than 6 name no subscriber. */
const IMSI = /^\d{6,15}$/;

/** Makes events of the rows of a file, as a mapping says. */
export class RecordReader {
  /** Rows whose time the clocks showed twice: the earlier was taken. */
  twice = 0;
  private readonly mapping: Mapping;
  private readonly path: string;
  private readonly columns: readonly Column[];
  private readonly context: RecordContext;
  private readonly missing: ReadonlySet<string>;
  private readonly types: Map<string | null, { type: RecordType; readers: Readers }>;
  private readonly typeAt: number;
  private refusal: Refusal | null = null;

  /**
   * @param path of the mapping, for messages
   * @throws UserError, one line, where the file lacks a column that the mapping names
   */
  constructor(mapping: Mapping, path: string, columns: readonly Column[], context: RecordContext) {
    this.mapping = mapping;
    this.path = path;
    this.columns = columns;
    this.context = context;
    this.missing = new Set(['', ...mapping.file.missing]);
    this.typeAt = 'types' in mapping.records ? this.find('records.column', mapping.records.column, false) : -1;
    this.types = new Map(
      typesOf(mapping).map(([key, type]) => {
        const where = key === null ? 'columns' : `records.types.${key}.columns`;
        return [key, { type, readers: this.readers(mapping.columns, type.columns, where) }];
      }),
    );
  }

  /** The event of a row, why it is none, or null where records of its type are left out. */
  read(row: Row, number: number): CatpoolEvent | Refusal | null {
    this.refusal = null;
    const { records } = this.mapping;
    let key: string | null = null;
    if ('types' in records) {
      key = this.text(row, this.typeAt) ?? '';
      if (!this.types.has(key)) {
        if (records.unlisted === 'skip') return null;
        return { row: number, column: records.column, expected: 'a type of record that the mapping lists', found: key };
      }
    }
    const { type, readers } = this.types.get(key)!;
    const event = this.event(row, type, readers);
    const { refusal } = this;
    if (event === null || refusal !== null) {
      return { ...(refusal ?? { column: '', expected: 'a record', found: '' }), row: number };
    }
    event.first_capture = event.last_capture = this.context.capture;
    event.first_frame = event.last_frame = number;
    return event;
  }

  private event(row: Row, type: RecordType, readers: Readers): CatpoolEvent | null {
    const line = readers.line(row);
    const imsi = readers.imsi(row);
    // Switches write the seizure of attempts alone, or of all calls.
    const time = readers.time(row) ?? readers.answer(row);
    const { columns } = this.mapping;
    const own = { ...columns, ...type.columns };
    if (line === null && imsi === null) this.refuse(nameOf(own.line ?? own.imsi), "a subscriber's number", '');
    if (time === null) this.refuse(nameOf(own.time), 'a time', '');
    if (time === null || this.refusal !== null) return null;
    const event = emptyEvent(type.kind, { s: time.s, ns: time.ns }, this.context.feed, this.mapping.interface);
    event.direction = type.direction ?? null;
    event.msisdn = line;
    event.imsi = imsi;
    const device = readers.imei(row);
    event.imei = device?.imei ?? null;
    event.imeisv = device?.imeisv ?? null;
    this.place(event, row, readers);
    event.visited = readers.visited(row);
    event.trunk = readers.trunk(row);
    if (type.kind === 'leg') this.leg(event, row, type, readers, own);
    else if (type.kind === 'sms') {
      event.counterpart = readers.counterpart(row);
      event.outcome = (type.outcome ?? readers.outcome(row) ?? 'delivered') as Outcome;
      event.sms_length = readers.smsLength(row);
    } else if (type.kind === 'presence') event.lu_type = readers.luType(row);
    // Two files that hold the same record give the same event.
    const said = [event.imsi, event.counterpart, event.outcome, event.talk_ms, event.imei, event.cell, event.lu_type];
    event.event_id = eventId(event.kind, event.feed, said.join(' '), `${line} ${event.direction}`, event.time);
    return event;
  }

  private leg(event: CatpoolEvent, row: Row, type: RecordType, readers: Readers, own: Columns): void {
    const { time } = event;
    event.counterpart = readers.counterpart(row);
    const answer = readers.answer(row);
    const end = readers.end(row);
    const duration = readers.duration(row);
    event.ring_ms = readers.ring(row);
    event.cause = readers.cause(row);
    event.released_by = readers.releasedBy(row) as CatpoolEvent['released_by'];
    if (answer !== null && isBefore(answer, time)) this.refuse(nameOf(own.answer_time), NOT_BEFORE, textOf(answer));
    if (end !== null && isBefore(end, answer ?? time)) this.refuse(nameOf(own.end_time), NOT_BEFORE, textOf(end));
    const span = answer !== null && end !== null ? millisecondsBetween(answer.s, answer.ns, end.s, end.ns) : null;
    const talk = duration ?? span;
    const seen = answer !== null || (talk ?? 0) > 0 ? 'answered' : talk === 0 ? 'no_answer' : null;
    event.outcome = (type.outcome ?? readers.outcome(row) ?? seen) as Outcome | null;
    event.end_time = end ?? (talk === null ? null : after(answer ?? time, talk));
    if (event.outcome !== 'answered') return;
    event.talk_ms = talk;
    const begun = end === null || talk === null ? null : after(end, -talk);
    event.answer_time = answer ?? (begun === null || isBefore(begun, time) ? null : begun);
  }

  /** The cell, of what is known. */
  private place(event: CatpoolEvent, row: Row, readers: Readers): void {
    event.mcc = readers.mcc(row);
    event.mnc = readers.mnc(row);
    event.lac = readers.lac(row);
    event.cell = readers.cell(row);
    const whole = event.cell === null ? null : parseCell(event.cell);
    if (whole === null) return;
    event.mcc = whole.mcc;
    event.mnc = whole.mnc;
    event.lac = whole.lac;
    event.cell = cellText(whole);
  }

  private readers(all: Columns, own: Columns, where: string): Readers {
    const specs = { ...all, ...own };
    const keyOf = (field: keyof Columns): string => `${own[field] === undefined ? 'columns' : where}.${field}`;
    const at = (field: keyof Columns): number => {
      const spec = specs[field];
      if (spec === undefined || !('column' in spec)) return -1;
      return this.find(keyOf(field), spec.column as string, spec.optional);
    };
    const text = (field: keyof Columns): Reader<string> => {
      const index = at(field);
      return (row) => this.text(row, index);
    };
    const number = (field: 'cause' | 'lac' | 'sms_length'): Reader<number> => {
      const base = specs[field]?.base ?? 10;
      return this.checked(at(field), base === 16 ? 'a hexadecimal number' : 'a whole number', (found) =>
        wholeNumber(found, base),
      );
    };
    const duration = (field: 'duration' | 'ring'): Reader<number> => {
      const { read, words } = DURATIONS[specs[field]?.unit ?? 's'];
      return this.checked(at(field), `a length of time (${words})`, read);
    };
    const coded = (field: 'outcome' | 'released_by' | 'lu_type'): Reader<string> => {
      const values = specs[field]?.values ?? null;
      return this.checked(at(field), 'a code that the mapping lists', (found) =>
        values === null ? found : Object.hasOwn(values, found) ? values[found]! : null,
      );
    };
    const constant = (field: 'mcc' | 'mnc'): Reader<string> => {
      const spec = specs[field];
      return spec !== undefined && 'value' in spec ? () => spec.value : text(field);
    };
    return {
      ...this.identityReaders(at),
      time: this.time(specs.time, keyOf('time')),
      answer: this.time(specs.answer_time, keyOf('answer_time')),
      end: this.time(specs.end_time, keyOf('end_time')),
      duration: duration('duration'),
      ring: duration('ring'),
      outcome: coded('outcome'),
      cause: number('cause'),
      releasedBy: coded('released_by'),
      trunk: text('trunk'),
      mcc: constant('mcc'),
      mnc: constant('mnc'),
      lac: number('lac'),
      cell: this.cell(at('cell'), specs.cell?.base),
      visited: text('visited'),
      luType: coded('lu_type'),
      smsLength: number('sms_length'),
    };
  }

  private identityReaders(
    at: (field: keyof Columns) => number,
  ): Pick<Readers, 'line' | 'imsi' | 'imei' | 'counterpart'> {
    const { plan } = this.context;
    const [line, imsi, imei, counterpart] = [at('line'), at('imsi'), at('imei'), at('counterpart')] as const;
    if (this.mapping.numbers === 'opaque') {
      const opaque = (index: number): Reader<string> => this.checked(index, 'a pseudonym', pseudonym);
      return {
        line: opaque(line),
        imsi: opaque(imsi),
        imei: this.checked(imei, 'a pseudonym', (found) => ({ imei: pseudonym(found), imeisv: null })),
        counterpart: opaque(counterpart),
      };
    }
    return {
      line: this.checked(line, 'a telephone number', (found) => plan.normalise(found)),
      imsi: this.checked(imsi, 'an IMSI of 6 to 15 digits', (found) => (IMSI.test(found) ? found : null)),
      imei: this.checked(imei, 'an IMEI of 14 to 16 digits', (found) =>
        // No IMEI, as many switches write it.
        /^0+$/.test(found) ? NO_IMEI : imei14(found),
      ),
      // Short messages come from names too.
      counterpart: (row) => {
        const found = this.text(row, counterpart);
        return found === null ? null : (plan.normalise(found) ?? found);
      },
    };
  }

  private cell(index: number, base: 10 | 16 | undefined): Reader<string> {
    if (base === undefined) return (row) => this.text(row, index);
    const words = base === 16 ? 'a hexadecimal cell identity' : 'a cell identity';
    return this.checked(index, words, (found) => wholeNumber(found, base)?.toString() ?? null);
  }

  private time(spec: Columns['time'], key: string): Reader<PacketTime> {
    if (spec === undefined) return () => null;
    const names = typeof spec.column === 'string' ? [spec.column] : spec.column;
    const indices = names.map((name) => this.find(key, name, spec.optional));
    if (indices.some((index) => index < 0)) return () => null;
    const { form } = this.columns[indices[0]!]!;
    const format = form === 'instant' ? 'epoch_ns' : form === 'local' ? 'iso' : spec.format;
    if (this.context.zone === null && form !== 'instant' && format !== 'iso' && !isInstant(format))
      throw new UserError(`${this.path}: time_zone: expected the time zone of ${names.join(' ')}, or give --time-zone`);
    const read = timeReader(format, this.context.zone);
    const column = names.join(' ');
    return (row) => {
      let found = '';
      for (const index of indices) {
        const part = this.text(row, index);
        if (part === null) return null;
        found = found === '' ? part : `${found} ${part}`;
      }
      const time = read(found);
      if (typeof time === 'object') {
        if (time.twice) this.twice++;
        return time;
      }
      this.refuse(column, time === 'malformed' ? `a time (${format})` : TIME_WORDS[time], found);
      return null;
    };
  }

  private checked<T>(index: number, expected: string, read: (found: string) => T | null): Reader<T> {
    if (index < 0) return () => null;
    const { name } = this.columns[index]!;
    return (row) => {
      const found = this.text(row, index);
      if (found === null) return null;
      const value = read(found);
      if (value === null) this.refuse(name, expected, found);
      return value;
    };
  }

  /** What a row has in a column; null where it has nothing. */
  private text(row: Row, index: number): string | null {
    if (index < 0) return null;
    const value = row[index];
    if (value === null || value === undefined) return null;
    const found = value.trim();
    if (this.missing.has(found)) return null;
    if (found.length <= LONGEST_TEXT && !found.includes('\ufffd')) return found;
    const { name } = this.columns[index]!;
    if (found.length > LONGEST_TEXT) this.refuse(name, `at most ${LONGEST_TEXT} characters`, found.slice(0, 32));
    else this.refuse(name, `text in ${this.mapping.file.encoding}`, found);
    return null;
  }

  private refuse(column: string, expected: string, found: string): void {
    this.refusal ??= { row: 0, column, expected, found };
  }

  private find(key: string, name: string, optional: boolean): number {
    const index = this.columns.findIndex((column) => column.name === name);
    if (index >= 0 || optional) return index;
    throw new UserError(
      `${this.path}: ${key}: the file has no column ${name}; its columns: ${shown(this.columns.map((column) => column.name))}`,
    );
  }
}

const NO_IMEI = { imei: null, imeisv: null };
const NOT_BEFORE = 'a time no earlier than the beginning';
const TIME_WORDS = {
  'no such local time': 'a local time that the clocks showed',
  'no zone': 'a time with its offset, or a time zone',
} as const;

/** Columns that a message names at most. */
const MOST_SHOWN = 40;

/** Names of columns, which may be what stands in the first row of a file that has no names: numbers in them are masked. */
function shown(names: readonly string[]): string {
  const some = names.slice(0, MOST_SHOWN).map((name) => maskText(name.slice(0, 64)));
  return `${some.join(', ')}${names.length > MOST_SHOWN ? ', ...' : ''}`;
}

/** The column of a field, as the file names it. */
function nameOf(spec: Columns[keyof Columns]): string {
  if (spec === undefined || !('column' in spec)) return '';
  return typeof spec.column === 'string' ? spec.column : (spec.column as string[]).join(' ');
}

function textOf({ s, ns }: PacketTime): string {
  return isoTime(s, ns);
}

function isBefore(a: PacketTime, b: PacketTime): boolean {
  return compareTime(a.s, a.ns, b.s, b.ns) < 0;
}

function after({ s, ns }: PacketTime, milliseconds: number): PacketTime {
  const whole = Math.floor(milliseconds / 1000);
  const nanoseconds = ns + Math.round((milliseconds - 1000 * whole) * 1e6);
  const carry = nanoseconds >= 1e9 ? 1 : 0;
  return { s: s + whole + carry, ns: nanoseconds - carry * 1e9 };
}
