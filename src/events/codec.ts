import { latin1, u16 } from '../base/bytes.ts';
import type { PacketTime } from '../base/time.ts';
import type { CaptureName } from './capture-name.ts';
import { type CatpoolEvent, EVENT_KINDS, type EventColumn, type Outcome } from './event.ts';

/**
 * Events as rows of bytes, to keep many of them outside the heap and to hand them from thread to thread.
 *
 * A row: its length (u32, itself included), fixed fields at fixed offsets, then the texts of {@link TEXTS}: u16 length
 * (0xffff: null; high bit: UTF-8, else Latin-1), bytes; at its end what the caller added. Captures are numbered by the caller.
 */
const INTERFACES = ['sip', 'isup', 'cap', 'map', 'bssap', 'ranap'] as const;
const DIRECTIONS = [null, 'originating', 'terminating'] as const;
const RELEASED = [null, 'caller', 'called', 'network'] as const;
const OUTCOMES: readonly (Outcome | null)[] = [
  null,
  'answered',
  'busy',
  'rejected',
  'no_answer',
  'cancelled',
  'failed',
  'redirected',
  'open',
  'registered',
  'deregistered',
  'challenged',
  'delivered',
];

/** Text columns in the order they stand in a row; those that name lines come first, so that they are found at once. */
const TEXTS = [
  'imsi',
  'msisdn',
  'aor',
  'counterpart',
  'event_id',
  'feed',
  'tmsi',
  'trunk',
  'access',
  'mcc',
  'mnc',
  'cell',
  'visited',
  'lu_type',
  'imei',
  'imeisv',
  'classmark',
  'forwarding',
  'ussd_code',
  'endpoint',
  'contact',
  'user_agent',
  'sdp_fingerprint',
  'header_order',
  'id_shape',
  'media',
] as const satisfies readonly EventColumn[];

const KIND = 4;
const INTERFACE = 5;
const DIRECTION = 6;
const OUTCOME = 7;
const RELEASED_BY = 8;
const VIA_MISMATCH = 9;
const TIME = 10;
const ANSWER = 22;
const END = 34;
const SETUP = 46;
const RING = 54;
const TALK = 62;
const LATENCY = 70;
const CAUSE = 78;
const SIP_STATUS = 82;
const LAC = 86;
const SMS_LENGTH = 90;
const KEEP_ALIVE = 94;
const EXPIRES = 98;
const FIRST_CAPTURE = 102;
const FIRST_FRAME = 106;
const LAST_CAPTURE = 110;
const LAST_FRAME = 114;
const FIXED = 118;

const MISSING = -2_147_483_648;
const NO_TEXT = 0xffff;
const UTF8 = 0x8000;
const MAX_TEXT = 0x7ffe;
/** A row is never longer: fixed fields, and three bytes a character of every text at its longest. */
const CHUNK = 1 << 20;

/** Writes events one after the other into chunks of about a megabyte. */
export class EventWriter {
  private data = Buffer.allocUnsafe(CHUNK);
  private view = new DataView(this.data.buffer, this.data.byteOffset, CHUNK);
  private length = 0;
  /** Of the event in hand. */
  private readonly texts = new Array<string | null>(TEXTS.length).fill(null);
  private readonly onChunk: (chunk: Buffer) => void;
  private readonly numberOf: (capture: CaptureName) => number;
  /** Events written. */
  count = 0;

  /** @param onChunk given each full chunk, whole rows, for the receiver to keep */
  constructor(numberOf: (capture: CaptureName) => number, onChunk: (chunk: Buffer) => void) {
    this.numberOf = numberOf;
    this.onChunk = onChunk;
  }

  /** @param more bytes to stand at the end of the row */
  write(event: CatpoolEvent, more: Uint8Array | null = null): void {
    const { texts } = this;
    takeTexts(event, texts);
    let need = FIXED + (more === null ? 0 : more.length);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!;
      need += 2 + (text === null ? 0 : Math.min(text.length, MAX_TEXT) * 3);
    }
    if (this.length + need > this.data.length) this.next(need);
    const start = this.length;
    const { data, view } = this;
    data[start + KIND] = EVENT_KINDS.indexOf(event.kind);
    data[start + INTERFACE] = INTERFACES.indexOf(event.interface);
    data[start + DIRECTION] = DIRECTIONS.indexOf(event.direction);
    data[start + OUTCOME] = OUTCOMES.indexOf(event.outcome);
    data[start + RELEASED_BY] = RELEASED.indexOf(event.released_by);
    data[start + VIA_MISMATCH] = event.via_mismatch === null ? 0 : event.via_mismatch ? 2 : 1;
    writeTime(view, start + TIME, event.time);
    writeTime(view, start + ANSWER, event.answer_time);
    writeTime(view, start + END, event.end_time);
    view.setFloat64(start + SETUP, event.setup_ms ?? Number.NaN);
    view.setFloat64(start + RING, event.ring_ms ?? Number.NaN);
    view.setFloat64(start + TALK, event.talk_ms ?? Number.NaN);
    view.setFloat64(start + LATENCY, event.latency_ms ?? Number.NaN);
    view.setInt32(start + CAUSE, event.cause ?? MISSING);
    view.setInt32(start + SIP_STATUS, event.sip_status ?? MISSING);
    view.setInt32(start + LAC, event.lac ?? MISSING);
    view.setInt32(start + SMS_LENGTH, event.sms_length ?? MISSING);
    view.setInt32(start + KEEP_ALIVE, event.keep_alive_s ?? MISSING);
    view.setInt32(start + EXPIRES, event.expires_s ?? MISSING);
    view.setUint32(start + FIRST_CAPTURE, this.numberOf(event.first_capture));
    view.setUint32(start + FIRST_FRAME, event.first_frame);
    view.setUint32(start + LAST_CAPTURE, this.numberOf(event.last_capture));
    view.setUint32(start + LAST_FRAME, event.last_frame);
    let at = start + FIXED;
    for (let i = 0; i < texts.length; i++) at = writeText(data, at, texts[i]!);
    if (more !== null) {
      data.set(more, at);
      at += more.length;
    }
    view.setUint32(start, at - start);
    this.length = at;
    this.count++;
  }

  /** Hands over the last chunk. */
  flush(): void {
    if (this.length > 0) this.onChunk(this.data.subarray(0, this.length));
    this.data = Buffer.alloc(0);
    this.length = 0;
  }

  private next(need: number): void {
    if (this.length > 0) this.onChunk(this.data.subarray(0, this.length));
    const size = Math.max(CHUNK, need);
    this.data = Buffer.allocUnsafe(size);
    this.view = new DataView(this.data.buffer, this.data.byteOffset, size);
    this.length = 0;
  }
}

/** Calls `onRow` with the start and end of each row of a chunk. */
export function eachRow(chunk: Buffer, onRow: (start: number, end: number) => void): void {
  for (let at = 0; at + 4 <= chunk.length; ) {
    const end = at + chunk.readUInt32BE(at);
    onRow(at, end);
    at = end;
  }
}

/** What rows are put in order by. */
interface EventStamp {
  s: number;
  ns: number;
  id: string;
}

/** Reads rows back. Texts met again are the same string, so that tables over them are cheap. */
export class EventReader {
  private readonly cache: string[] = new Array<string>(8192).fill('');
  private readonly captures: readonly CaptureName[];
  private readonly current: EventStamp = { s: 0, ns: 0, id: '' };

  constructor(captures: readonly CaptureName[]) {
    this.captures = captures;
  }

  /** The event of the row at `start`. */
  read(chunk: Buffer, start: number): CatpoolEvent {
    textAt = start + FIXED;
    const imsi = this.text(chunk);
    const msisdn = this.text(chunk);
    const aor = this.text(chunk);
    const counterpart = this.text(chunk);
    const event_id = this.text(chunk);
    return {
      kind: EVENT_KINDS[chunk[start + KIND]!]!,
      time: readTime(chunk, start + TIME)!,
      feed: this.text(chunk) ?? '',
      interface: INTERFACES[chunk[start + INTERFACE]!]!,
      direction: DIRECTIONS[chunk[start + DIRECTION]!]!,
      imsi,
      msisdn,
      aor,
      tmsi: this.text(chunk),
      counterpart,
      answer_time: readTime(chunk, start + ANSWER),
      end_time: readTime(chunk, start + END),
      setup_ms: readDouble(chunk, start + SETUP),
      ring_ms: readDouble(chunk, start + RING),
      talk_ms: readDouble(chunk, start + TALK),
      outcome: OUTCOMES[chunk[start + OUTCOME]!]!,
      cause: readInteger(chunk, start + CAUSE),
      sip_status: readInteger(chunk, start + SIP_STATUS),
      released_by: RELEASED[chunk[start + RELEASED_BY]!]!,
      trunk: this.text(chunk),
      access: this.text(chunk),
      mcc: this.text(chunk),
      mnc: this.text(chunk),
      lac: readInteger(chunk, start + LAC),
      cell: this.text(chunk),
      visited: this.text(chunk),
      lu_type: this.text(chunk),
      imei: this.text(chunk),
      imeisv: this.text(chunk),
      classmark: this.text(chunk),
      latency_ms: readDouble(chunk, start + LATENCY),
      forwarding: this.text(chunk),
      ussd_code: this.text(chunk),
      sms_length: readInteger(chunk, start + SMS_LENGTH),
      endpoint: this.text(chunk),
      contact: this.text(chunk),
      via_mismatch: chunk[start + VIA_MISMATCH] === 0 ? null : chunk[start + VIA_MISMATCH] === 2,
      user_agent: this.text(chunk),
      sdp_fingerprint: this.text(chunk),
      header_order: this.text(chunk),
      id_shape: this.text(chunk),
      media: this.text(chunk),
      keep_alive_s: readInteger(chunk, start + KEEP_ALIVE),
      expires_s: readInteger(chunk, start + EXPIRES),
      event_id: event_id ?? '',
      first_capture: this.captures[chunk.readUInt32BE(start + FIRST_CAPTURE)]!,
      first_frame: chunk.readUInt32BE(start + FIRST_FRAME),
      last_capture: this.captures[chunk.readUInt32BE(start + LAST_CAPTURE)]!,
      last_frame: chunk.readUInt32BE(start + LAST_FRAME),
    };
  }

  /** Time and id of the row at `start`: a view, overwritten by the next call. */
  stamp(chunk: Buffer, start: number): EventStamp {
    const { current } = this;
    let at = start + FIXED;
    for (let i = 0; i < BEFORE_ID; i++) {
      const head = u16(chunk, at);
      at += 2 + (head === NO_TEXT ? 0 : head & MAX_TEXT_MASK);
    }
    current.s = chunk.readDoubleBE(start + TIME);
    current.ns = chunk.readUInt32BE(start + TIME + 8);
    current.id = latin1(chunk, at + 2, at + 2 + (u16(chunk, at) & MAX_TEXT_MASK));
    return current;
  }

  /** The text at `textAt`, which it moves on. */
  private text(chunk: Buffer): string | null {
    let at = textAt;
    const head = (chunk[at]! << 8) | chunk[at + 1]!;
    at += 2;
    if (head === NO_TEXT) {
      textAt = at;
      return null;
    }
    const length = head & MAX_TEXT_MASK;
    const end = at + length;
    textAt = end;
    if ((head & UTF8) !== 0) return chunk.toString('utf8', at, end);
    let hash = length;
    for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + chunk[i]!) | 0;
    const slot = (hash ^ (hash >>> 13)) & 8191;
    const known = this.cache[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === chunk[at + i]) i++;
      if (i === length) return known;
    }
    const text = latin1(chunk, at, end);
    this.cache[slot] = text;
    return text;
  }
}

const MAX_TEXT_MASK = 0x7fff;
/** Texts that stand before the id. */
const BEFORE_ID = TEXTS.indexOf('event_id');
let textAt = 0;

function writeTime(view: DataView, at: number, time: PacketTime | null): void {
  view.setFloat64(at, time === null ? Number.NaN : time.s);
  view.setUint32(at + 8, time === null ? 0 : time.ns);
}

function readTime(chunk: Buffer, at: number): PacketTime | null {
  const s = chunk.readDoubleBE(at);
  return Number.isNaN(s) ? null : { s, ns: chunk.readUInt32BE(at + 8) };
}

function readDouble(chunk: Buffer, at: number): number | null {
  const value = chunk.readDoubleBE(at);
  return Number.isNaN(value) ? null : value;
}

function readInteger(chunk: Buffer, at: number): number | null {
  const value = chunk.readInt32BE(at);
  return value === MISSING ? null : value;
}

/** Puts the texts of an event into a list, in the order of {@link TEXTS}. One by one: to ask an object for a column by its name is slow. */
function takeTexts(event: CatpoolEvent, into: (string | null)[]): void {
  into[0] = event.imsi;
  into[1] = event.msisdn;
  into[2] = event.aor;
  into[3] = event.counterpart;
  into[4] = event.event_id;
  into[5] = event.feed;
  into[6] = event.tmsi;
  into[7] = event.trunk;
  into[8] = event.access;
  into[9] = event.mcc;
  into[10] = event.mnc;
  into[11] = event.cell;
  into[12] = event.visited;
  into[13] = event.lu_type;
  into[14] = event.imei;
  into[15] = event.imeisv;
  into[16] = event.classmark;
  into[17] = event.forwarding;
  into[18] = event.ussd_code;
  into[19] = event.endpoint;
  into[20] = event.contact;
  into[21] = event.user_agent;
  into[22] = event.sdp_fingerprint;
  into[23] = event.header_order;
  into[24] = event.id_shape;
  into[25] = event.media;
}

/** Writes a text of at most 32,766 bytes as rows hold it, at `at`; returns the offset after it. `data` has the room. */
function writeText(data: Buffer, at: number, text: string | null): number {
  if (text === null) {
    data[at] = 0xff;
    data[at + 1] = 0xff;
    return at + 2;
  }
  const length = Math.min(text.length, MAX_TEXT);
  let i = 0;
  for (; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) break;
    data[at + 2 + i] = code;
  }
  if (i === length) {
    data[at] = length >> 8;
    data[at + 1] = length & 0xff;
    return at + 2 + length;
  }
  let bytes = Buffer.from(text.slice(0, length), 'utf8');
  if (bytes.length > MAX_TEXT) bytes = bytes.subarray(0, MAX_TEXT);
  bytes.copy(data, at + 2);
  data[at] = (bytes.length | UTF8) >> 8;
  data[at + 1] = bytes.length & 0xff;
  return at + 2 + bytes.length;
}
