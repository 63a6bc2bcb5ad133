import { hexDigit } from '../../base/hex.ts';
import { RecentTexts } from '../../base/recent.ts';
import type { PacketTime } from '../../base/time.ts';
import { type CatpoolEvent, EVENT_KINDS, type EventKind, isEnquiry, type Outcome } from '../../events/event.ts';
import type { Identities } from '../naming/identities.ts';
import { CellNames, hostOf } from './dictionary.ts';
import { OwnAddresses } from './own-addresses.ts';
import type { Texts } from './texts.ts';

/** Number of an event kind: its place in EVENT_KINDS. */
export const Kind = Object.fromEntries(EVENT_KINDS.map((kind, index) => [kind, index])) as Record<EventKind, number>;

/** Numbers of outcomes; 0 is missing. */
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

/** Direction of an event, seen from the line. */
export const Direction = { unknown: 0, outgoing: 1, incoming: 2 } as const;

/** Who released a call, seen from the line. */
export const Release = { unknown: 0, line: 1, other: 2, network: 3 } as const;

/** By outcome, where no answer time is known: 2 answered, 1 known not to be, 0 neither (open, sent elsewhere, only asked for credentials). */
export const RESULTS = new Uint8Array(16);
RESULTS[OutcomeCode.answered] = 2;
for (const outcome of ['busy', 'rejected', 'no_answer', 'cancelled', 'failed'] as const)
  RESULTS[OutcomeCode[outcome]] = 1;

/**
 * Events as rows of numbers: what features read of them, texts by their number in {@link Texts}. A row is 168 bytes, seen as
 * doubles and as integers.
 */
export class RowBlock {
  readonly floats: Float64Array<ArrayBuffer>;
  readonly integers: Int32Array<ArrayBuffer>;
  /** Rows in use. */
  count = 0;

  constructor(rows = new ArrayBuffer(BLOCK_BYTES)) {
    this.floats = new Float64Array(rows);
    this.integers = new Int32Array(rows);
  }
}

/** Rows of a block. */
export const BLOCK_ROWS = 1024;
/** Doubles, and integers, of a row. */
export const FLOATS = 21;
export const INTEGERS = 2 * FLOATS;
export const ROW_BYTES = 8 * FLOATS;
export const BLOCK_BYTES = BLOCK_ROWS * ROW_BYTES;

/** Places of a row's doubles. Missing is NaN. */
export const Real = {
  /** Seconds since the epoch. */
  time: 0,
  answer: 1,
  end: 2,
  /** Milliseconds. */
  setup: 3,
  ring: 4,
  talk: 5,
  latency: 6,
} as const;

/** Places of a row's integers. Missing is -1; {@link NO_NUMBER} in the first three. */
export const Whole = {
  smsLength: 14,
  expires: 15,
  keepAlive: 16,
  cause: 17,
  sipStatus: 18,
  /** The 64 bits of the event's id. */
  idHigh: 19,
  idLow: 20,
  /** Number of the capture the event was read from. */
  capture: 21,
  /** See {@link Identities}. */
  identity: 22,
  /** Kind (4 bits), direction (2: originating 1, terminating 2), outcome (4), released by (2: caller, called, network), Via mismatch (2: agrees 1, does not 2), interface (3: see {@link INTERFACES}). */
  flags: 23,
  /** Numbers of texts from here on. Hosts without port, contact and media by {@link OwnAddresses}; the cell as `mcc-mnc-lac-cell`, of what is known. */
  counterpart: 24,
  imei: 25,
  cell: 26,
  classmark: 27,
  luType: 28,
  access: 29,
  endpoint: 30,
  contact: 31,
  media: 32,
  userAgent: 33,
  sdpFingerprint: 34,
  headerOrder: 35,
  idShape: 36,
  /** Code of a USSD event; operation and condition of a forwarding event; that and why the call of a leg was forwarded. */
  service: 37,
  feed: 38,
  /** Of SIP: host of the far end. */
  trunk: 39,
  /** The number that stood for the line in a SIP call of an account, where it is not the account's own: presented as the caller, or dialled. */
  alias: 40,
  /** Bits of the TMSI by which a phone named itself on the radio interface; -1 missing. */
  tmsi: 41,
  /** In its place, of SIP: port of the endpoint (16 bits), then of the trunk; 0 missing. */
  ports: 41,
} as const;
/** The texts of a row stand in [FIRST_TEXT, END_TEXT). */
export const FIRST_TEXT = Whole.counterpart;
export const END_TEXT = Whole.alias + 1;

export const NO_NUMBER = -2_147_483_648;

/** Where a row's flags hold kind and direction. */
export const KIND_BITS = 15;
export const DIRECTION_BITS = 3 << 4;
export const ORIGINATING = 1 << 4;
export const TERMINATING = 2 << 4;
/** Interfaces by number, and where a row's flags hold it. */
export const INTERFACES = ['sip', 'isup', 'cap', 'map', 'bssap', 'ranap'] as const;
export const INTERFACE_BIT = 14;

/** A bit for each of these interfaces, by its place. */
export function interfaceBits(...names: readonly (typeof INTERFACES)[number][]): number {
  return names.reduce((bits, name) => bits | (1 << INTERFACES.indexOf(name)), 0);
}

/** Interfaces on which the phone itself is seen, or the service of its subscriber: each side of a call has its own leg there. */
export const PHONE_INTERFACES = interfaceBits('cap', 'bssap', 'ranap');
/** Interfaces between phones and the network, and those that carry calls on. */
export const RADIO_INTERFACES = interfaceBits('bssap', 'ranap');
export const TRUNK_INTERFACES = interfaceBits('isup', 'sip');

/** Makes rows of events. */
export class RowCoder {
  readonly texts: Texts;
  readonly identities: Identities;
  private readonly cells = new CellNames();
  /** Addresses met lately, and the number of the host of each, or -1. */
  private readonly hosts = new RecentTexts<number>();
  private readonly own: OwnAddresses;
  /**
   * What the event before said of who, where and with what phone, and the numbers of that, by their places in a row: the next one often
   * says the same.
   */
  private readonly before = new Array<string | null | undefined>(END_TEXT).fill(undefined);
  private readonly numbers = new Int32Array(END_TEXT);
  private imsi: string | null | undefined = undefined;
  private msisdn: string | null = null;
  private aor: string | null = null;
  private asked = 0;

  constructor(texts: Texts, identities: Identities) {
    this.texts = texts;
    this.identities = identities;
    this.own = new OwnAddresses(texts);
  }

  /** Writes an event after the last row of a block that has room. */
  add(event: CatpoolEvent, capture: number, block: RowBlock): void {
    const { floats, integers } = block;
    const real = block.count * FLOATS;
    const whole = block.count * INTEGERS;
    block.count++;
    const time = seconds(event.time);
    floats[real + Real.time] = time;
    floats[real + Real.answer] = seconds(event.answer_time);
    floats[real + Real.end] = seconds(event.end_time);
    floats[real + Real.setup] = event.setup_ms ?? Number.NaN;
    floats[real + Real.ring] = event.ring_ms ?? Number.NaN;
    floats[real + Real.talk] = event.talk_ms ?? Number.NaN;
    floats[real + Real.latency] = event.latency_ms ?? Number.NaN;
    integers[whole + Whole.smsLength] = event.sms_length ?? NO_NUMBER;
    integers[whole + Whole.expires] = event.expires_s ?? NO_NUMBER;
    integers[whole + Whole.keepAlive] = event.keep_alive_s ?? NO_NUMBER;
    integers[whole + Whole.cause] = event.cause ?? -1;
    integers[whole + Whole.sipStatus] = event.sip_status ?? -1;
    numberId(event.event_id, integers, whole + Whole.idHigh);
    integers[whole + Whole.capture] = capture;
    integers[whole + Whole.identity] = this.identity(event, time);
    integers[whole + Whole.flags] =
      Kind[event.kind] |
      (event.direction === null ? 0 : event.direction === 'originating' ? ORIGINATING : TERMINATING) |
      (event.outcome === null ? 0 : OutcomeCode[event.outcome] << 6) |
      (event.released_by === null ? 0 : RELEASED[event.released_by] << 10) |
      (event.via_mismatch === null ? 0 : event.via_mismatch ? 2 << 12 : 1 << 12) |
      (INTERFACES.indexOf(event.interface) << INTERFACE_BIT);
    integers[whole + Whole.counterpart] = this.textAt(Whole.counterpart, event.counterpart);
    integers[whole + Whole.imei] = this.textAt(Whole.imei, event.imei);
    const cell = event.cell === null ? null : this.cells.name(event.mcc, event.mnc, event.lac, event.cell);
    integers[whole + Whole.cell] = this.textAt(Whole.cell, cell);
    integers[whole + Whole.classmark] = this.textAt(Whole.classmark, event.classmark);
    integers[whole + Whole.luType] = this.textAt(Whole.luType, event.lu_type);
    integers[whole + Whole.access] = this.textAt(Whole.access, event.access);
    const endpoint = this.host(event.endpoint);
    integers[whole + Whole.endpoint] = endpoint;
    integers[whole + Whole.contact] = this.own.of(this.host(event.contact), endpoint);
    // With a port of its own for each call, it is not met again.
    const media = event.media === null ? -1 : this.text(hostOf(event.media));
    integers[whole + Whole.media] = this.own.of(media, endpoint);
    integers[whole + Whole.userAgent] = this.text(event.user_agent);
    integers[whole + Whole.sdpFingerprint] = this.text(event.sdp_fingerprint);
    integers[whole + Whole.headerOrder] = this.text(event.header_order);
    integers[whole + Whole.idShape] = this.text(event.id_shape);
    integers[whole + Whole.service] = this.text(event.ussd_code ?? event.forwarding);
    integers[whole + Whole.feed] = this.textAt(Whole.feed, event.feed);
    const isSip = event.interface === 'sip';
    integers[whole + Whole.trunk] = isSip ? this.host(event.trunk) : -1;
    integers[whole + Whole.alias] = -1;
    integers[whole + Whole.ports] = isSip ? portsOf(event) : tmsiBits(event);
  }

  /** Forgets all texts and identities. */
  clear(): void {
    this.texts.clear();
    this.identities.clear();
    this.hosts.clear();
    this.own.clear();
    this.before.fill(undefined);
    this.imsi = undefined;
  }

  private identity(event: CatpoolEvent, time: number): number {
    const { identities, numbers } = this;
    const { imsi, msisdn, aor } = event;
    const asked = isEnquiry(event) ? 1 : 0;
    if (imsi === this.imsi && msisdn === this.msisdn && aor === this.aor && asked === this.asked) {
      identities.see(numbers[Whole.identity]!, time);
    } else {
      numbers[Whole.identity] = identities.number(this.text(imsi), this.text(msisdn), this.text(aor), time, asked);
      this.imsi = imsi;
      this.msisdn = msisdn;
      this.aor = aor;
      this.asked = asked;
    }
    return numbers[Whole.identity]!;
  }

  /** Number of the text at a place of a row. */
  private textAt(place: number, text: string | null): number {
    if (text !== this.before[place]) {
      this.before[place] = text;
      this.numbers[place] = this.text(text);
    }
    return this.numbers[place]!;
  }

  private text(text: string | null): number {
    return text === null ? -1 : this.texts.number(text);
  }

  private host(text: string | null): number {
    if (text === null) return -1;
    const known = this.hosts.get(text);
    return known !== undefined ? known : this.hosts.put(text, this.text(hostOf(text)));
  }
}

/** All bits set is no TMSI (3GPP TS 23.003 §2.4). Other interfaces may give one that means something elsewhere. */
export function tmsiBits({ interface: over, tmsi }: Pick<CatpoolEvent, 'interface' | 'tmsi'>): number {
  if (tmsi === null || tmsi.length !== 8 || (over !== 'bssap' && over !== 'ranap')) return -1;
  let bits = 0;
  let wrong = 0;
  for (let i = 0; i < 8; i++) {
    const digit = hexDigit(tmsi, i);
    wrong |= digit;
    bits = (bits << 4) | digit;
  }
  return wrong < 0 ? -1 : bits;
}

function portsOf({ endpoint, trunk }: CatpoolEvent): number {
  return ((endpoint === null ? 0 : portOf(endpoint)) << 16) | (trunk === null ? 0 : portOf(trunk));
}

/** Port of `address:port`; 0 without one. */
export function portOf(text: string): number {
  let port = 0;
  let at = text.length - 1;
  for (let unit = 1; at >= 0 && unit <= 10_000; at--, unit *= 10) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) break;
    port += unit * digit;
  }
  return at >= 0 && text.charCodeAt(at) === 0x3a ? port & 0xffff : 0;
}

const RELEASED = { caller: 1, called: 2, network: 3 } as const;

function seconds(time: PacketTime | null): number {
  return time === null ? Number.NaN : time.s + time.ns / 1e9;
}

/** The 64 bits that 16 lower-case hexadecimal digits are, which an event id is, as two integers; of another text, a digest of 64 bits. */
export function numberId(id: string, into: Int32Array, at: number): void {
  let high = 0;
  let low = 0;
  if (id.length === 16) {
    let wrong = 0;
    for (let i = 0; i < 8; i++) {
      const a = hexDigit(id, i);
      const b = hexDigit(id, i + 8);
      wrong |= a | b;
      high = (high << 4) | a;
      low = (low << 4) | b;
    }
    if (wrong >= 0) {
      into[at] = high;
      into[at + 1] = low;
      return;
    }
  }
  high = 0x811c9dc5;
  low = 0x5bd1e995;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 15;
  }
  into[at] = high ^ (high >>> 15);
  into[at + 1] = low;
}
