import { KeyTable } from '../../base/key-table.ts';
import {
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  INTERFACES,
  interfaceBits,
  KIND_BITS,
  Kind,
  RADIO_INTERFACES,
  Real,
  type RowBlock,
  Whole,
} from '../../features/history/rows.ts';
import type { Texts } from '../../features/history/texts.ts';
import type { Identities } from '../../features/naming/identities.ts';
import { Sightings } from '../rows/sightings.ts';

/** Seconds between the beginning of a call, of a short message, on the radio interface and where a service or a register hears of it. */
const CALL_NEAR = 1;
const SMS_NEAR = 2;
/** A phone that is silent for longer, seconds, may have been given another TMSI where nobody saw it. */
const SILENCE = 3600;
/** Legs of one kind to one number at one time; where there are more, they are told apart by nothing. */
const MOST_NEAR = 32;
/** Rows of one kind that are compared, 44 bytes each; where there are more nobody gets a name. */
const MOST = 2_000_000;

const NAMING = interfaceBits('cap', 'map');
/** `mcc-mnc-lac` of a cell that is named in full. */
const AREA = /^\d+-\d+-\d+(?=-\d+$)/;
/** Key of a row that shows no TMSI in a known area. */
const NO_KEY = -1;

/** One phone had a TMSI from the one time to the other, both of rows: seconds since the epoch. */
interface Held {
  from: number;
  until: number;
  identity: number;
}

/** A leg of a phone without a name, and the identity of the only line that placed such a call there and then. */
type Match = Pick<Held, 'from' | 'identity'>;

/** Rows to compare, and what is known of those they are of. */
export interface TmsiSource {
  blocks: { read(): Generator<[number, RowBlock]> };
  /** By number of a capture: its rows do not count. */
  dropped: readonly boolean[];
  texts: Texts;
  identities: Identities;
  /** Number of the name of an identity at a time; -1. */
  lineOf(identity: number, time: number): number;
}

/**
 * Whose phones are that only a TMSI names on the radio interface, by what is seen elsewhere or later. A call or message of such a phone is
 * of the line that CAP or MAP shows to have called the same number from the same cell at the same time, where it is one line and no
 * other phone did so. That line had the TMSI (in its location area: 3GPP TS 23.003 §2.4) from the location update before, at which the phone
 * was given it or showed that it had it, up to the next one, a silence, or somebody who is named otherwise. Where the phone that uses the
 * TMSI next, before any of these, is named when it calls, it is that phone's: the exchange asked it who it is (3GPP TS 24.008 §4.3.3).
 */
export class TmsiNames {
  /** By key, in order of time, one after the other. */
  private readonly held = new KeyTable<Held[]>();
  private readonly areas = new Map<string, number>();
  private readonly areaOfCell = new Map<number, number>();
  private readonly source: TmsiSource;
  private readonly nobody: number;

  /** @param nobody number of the identity without any name */
  constructor(source: TmsiSource, nobody: number) {
    this.source = source;
    this.nobody = nobody;
    const keys = new KeyTable<true>();
    const wanted = new Uint8Array(source.texts.count);
    let count = 0;
    this.eachRow((block, row, over) => {
      const { integers } = block;
      const whole = row * INTEGERS;
      const counterpart = integers[whole + Whole.counterpart]!;
      if ((RADIO_INTERFACES & (1 << over)) === 0 || integers[whole + Whole.identity] !== nobody || counterpart < 0)
        return;
      const key = isCallOrMessage(integers[whole + Whole.flags]!) ? this.keyOf(integers, whole) : NO_KEY;
      if (key === NO_KEY) return;
      keys.set(key, true);
      wanted[counterpart] = 1;
      count++;
    });
    if (count > 0) this.compare(keys, wanted);
  }

  /** The identity whose phone a row is of, as `key` of its TMSI and area says; -1. */
  identityAt(integers: Int32Array, whole: number, time: number): number {
    const key = this.keyOf(integers, whole);
    return key === NO_KEY ? -1 : heldAt(this.held.get(key), time);
  }

  /** The same of a TMSI and a cell as texts show them. */
  identityIn(cell: string, tmsi: number, time: number): number {
    const area = this.areas.get(AREA.exec(cell)?.[0] ?? '');
    return area === undefined || tmsi === -1 ? -1 : heldAt(this.held.get(keyIn(area, tmsi)), time);
  }

  private compare(keys: KeyTable<true>, wanted: Uint8Array): void {
    /** All that phones with these TMSIs did; calls and messages to these numbers, of phones, and as CAP and MAP name them. */
    const phones = new Sightings(MOST);
    const legs = new Sightings(MOST);
    const named = new Sightings(MOST);
    this.eachRow((block, row, over) => {
      const { integers } = block;
      const whole = row * INTEGERS;
      const counterpart = integers[whole + Whole.counterpart]!;
      const isLeg = counterpart >= 0 && wanted[counterpart] === 1 && isCallOrMessage(integers[whole + Whole.flags]!);
      if ((RADIO_INTERFACES & (1 << over)) !== 0) {
        const key = this.keyOf(integers, whole);
        if (key !== NO_KEY && keys.get(key) === true) phones.add(block, row, key);
        if (isLeg) legs.add(block, row, key);
      } else if ((NAMING & (1 << over)) !== 0 && isLeg && integers[whole + Whole.identity] !== this.nobody) {
        named.add(block, row, NO_KEY);
      }
    });
    if (phones.isFull || legs.isFull || named.isFull) return;
    this.hold(phones.byKey(), this.match(legs.byNumber(), named.byNumber()));
  }

  /** Legs of phones without a name that one line alone explains, by key. Both are in order of number, act and time. */
  private match(legs: Sightings, named: Sightings): KeyTable<Match[]> {
    const matches = new KeyTable<Match[]>();
    for (let leg = 0; leg < legs.count; leg++) {
      if (legs.identity(leg) !== this.nobody || legs.key(leg) === NO_KEY) continue;
      const near = nearOf(legs.flags(leg));
      let line = -1;
      let best = -1;
      let isOne = true;
      const isFew = named.near(legs, leg, near, MOST_NEAR, (other) => {
        if (!isPlace(legs.cell(leg), named.cell(other), legs.flags(leg))) return;
        const identity = named.identity(other);
        const found = this.source.lineOf(identity, named.time(other));
        if (found < 0 || (line >= 0 && found !== line) || !this.isAlone(legs, leg, named, other, found)) isOne = false;
        line = found;
        best = best < 0 ? identity : this.betterOf(best, identity);
      });
      if (!isFew || !isOne || line < 0) continue;
      const key = legs.key(leg);
      const known = matches.get(key);
      const match = { from: legs.time(leg), identity: best };
      if (known === undefined) matches.set(key, [match]);
      else known.push(match);
    }
    return matches;
  }

  /** Whether no other phone can have placed the call that a line is named for. */
  private isAlone(legs: Sightings, leg: number, named: Sightings, other: number, line: number): boolean {
    const key = legs.key(leg);
    let isAlone = true;
    const isFew = legs.near(named, other, nearOf(named.flags(other)), MOST_NEAR, (rival) => {
      if (!isPlace(legs.cell(rival), named.cell(other), legs.flags(rival))) return;
      const isSame = legs.key(rival) === key;
      const identity = legs.identity(rival);
      // Two probes may see one phone; a phone that is named explains its own line's call.
      if (identity === this.nobody ? !isSame : isSame !== (this.source.lineOf(identity, legs.time(rival)) === line))
        isAlone = false;
    });
    return isAlone && isFew;
  }

  /** Who had which TMSI how long. `phones` are in order of key and time. */
  private hold(phones: Sightings, matches: KeyTable<Match[]>): void {
    let ofKey = NO_KEY;
    let known: Match[] = [];
    let next = 0;
    for (let first = 0; first < phones.count; ) {
      const key = phones.key(first);
      if (key !== ofKey) {
        ofKey = key;
        known = matches.get(key)?.sort((a, b) => a.from - b.from) ?? [];
        next = 0;
      }
      let end = first + 1;
      while (end < phones.count && phones.key(end) === key && !this.parts(phones, end)) end++;
      const from = phones.time(first);
      const until = phones.time(end - 1);
      while (next < known.length && known[next]!.from < from) next++;
      const identity =
        phones.identity(first) === this.nobody ? this.onlyOne(known, next, until, this.nextUser(phones, end)) : -1;
      if (identity >= 0) {
        const spans = this.held.get(key);
        if (spans === undefined) this.held.set(key, [{ from, until, identity }]);
        else spans.push({ from, until, identity });
      }
      first = end;
    }
  }

  /** The identity that is named at a row, where the phone of the row before has kept the TMSI until then; -1. */
  private nextUser(phones: Sightings, row: number): number {
    const before = row - 1;
    const isKept =
      row < phones.count &&
      phones.key(row) === phones.key(before) &&
      phones.time(row) - phones.time(before) <= SILENCE &&
      !isPresence(phones.flags(row)) &&
      !this.isDetach(phones.luType(before));
    return isKept && phones.identity(row) !== this.nobody ? phones.identity(row) : -1;
  }

  /** Whether a row need not be of the phone that the row before it is of. */
  private parts(phones: Sightings, row: number): boolean {
    const before = row - 1;
    return (
      phones.time(row) - phones.time(before) > SILENCE ||
      phones.identity(row) !== this.nobody ||
      phones.identity(before) !== this.nobody ||
      (isPresence(phones.flags(row)) && !this.isDetach(phones.luType(row))) ||
      this.isDetach(phones.luType(before))
    );
  }

  private isDetach(luType: number): boolean {
    return luType >= 0 && this.source.texts.text(luType) === 'detach';
  }

  /** The identity of the matches from the place `first` to a time, where they are all of one line, `otherwise` without any; -1. */
  private onlyOne(matches: readonly Match[], first: number, until: number, otherwise: number): number {
    const { lineOf } = this.source;
    let best = -1;
    for (let at = first; at < matches.length; at++) {
      const { from: time, identity } = matches[at]!;
      if (time > until) break;
      if (best >= 0 && lineOf(best, time) !== lineOf(identity, time)) return -1;
      best = best < 0 ? identity : this.betterOf(best, identity);
    }
    return best < 0 ? otherwise : best;
  }

  /** Of two identities of one line, the one that says more, else the one that comes first: whatever number each has. */
  private betterOf(a: number, b: number): number {
    if (a === b) return a;
    const wordsA = this.wordsOf(a);
    const wordsB = this.wordsOf(b);
    if (wordsA.length !== wordsB.length) return wordsA.length > wordsB.length ? a : b;
    return wordsA < wordsB ? a : b;
  }

  private wordsOf(identity: number): string {
    const { identities, texts } = this.source;
    const parts = [identities.imsi(identity), identities.msisdn(identity), identities.aor(identity)];
    return parts.map((part) => (part < 0 ? '' : texts.text(part))).join(' ');
  }

  private eachRow(onRow: (block: RowBlock, row: number, over: number) => void): void {
    const { blocks, dropped } = this.source;
    for (const [, block] of blocks.read()) {
      const { integers, floats, count } = block;
      for (let row = 0; row < count; row++) {
        const whole = row * INTEGERS;
        const over = (integers[whole + Whole.flags]! >> INTERFACE_BIT) & 7;
        if (over >= INTERFACES.length || dropped[integers[whole + Whole.capture]!] === true) continue;
        if (!Number.isNaN(floats[row * FLOATS + Real.time]!)) onRow(block, row, over);
      }
    }
  }

  private keyOf(integers: Int32Array, whole: number): number {
    const tmsi = integers[whole + Whole.tmsi]!;
    const cell = integers[whole + Whole.cell]!;
    if (tmsi === -1 || cell < 0) return NO_KEY;
    let area = this.areaOfCell.get(cell);
    if (area === undefined) {
      const name = AREA.exec(this.source.texts.text(cell))?.[0];
      area = name === undefined ? NO_KEY : (this.areas.get(name) ?? this.areas.size);
      if (name !== undefined) this.areas.set(name, area);
      this.areaOfCell.set(cell, area);
    }
    return area === NO_KEY ? NO_KEY : keyIn(area, tmsi);
  }
}

/** A TMSI in an area. */
function keyIn(area: number, tmsi: number): number {
  return area * 0x1_0000_0000 + (tmsi >>> 0);
}

function heldAt(spans: readonly Held[] | undefined, time: number): number {
  if (spans === undefined) return -1;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]!.from <= time) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && time <= span.until ? span.identity : -1;
}

function isCallOrMessage(flags: number): boolean {
  const kind = flags & KIND_BITS;
  return kind === Kind.leg || kind === Kind.sms;
}

function isPresence(flags: number): boolean {
  return (flags & KIND_BITS) === Kind.presence;
}

function nearOf(flags: number): number {
  return (flags & KIND_BITS) === Kind.leg ? CALL_NEAR : SMS_NEAR;
}

/** Of a short message a register knows no cell. */
function isPlace(phone: number, named: number, flags: number): boolean {
  return phone >= 0 && (phone === named || (named < 0 && (flags & KIND_BITS) === Kind.sms));
}
