import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Packed } from './packed.ts';
import type { ConnectionState } from './state.ts';

/** What of a connection says who was given a TMSI, or asks who held one. */
export type Naming = Pick<
  ConnectionState,
  'firstS' | 'firstNs' | 'lastS' | 'lastNs' | 'core' | 'cell' | 'isUpdate' | 'oldArea' | 'newArea' | 'tmsi' | 'newTmsi'
> &
  Pick<ConnectionState, 'imsi' | 'imei' | 'imeisv'>;

/**
 * Who was given a TMSI, since when, and who had it before. IMSI and IMEI as packed digits; IMEI 0 where not seen, IMSI 0 of
 * somebody that nobody named. Of a location area: the exchange that serves it, as `imsi`.
 */
interface Holder {
  s: number;
  ns: number;
  imsi: number;
  imei: number;
  before: Holder | null;
}

/** Holders remembered of one TMSI. */
const DEPTH = 3;
/** Numbers of one holder in the flat form: key, seconds, nanoseconds, IMSI, IMEI. */
const WIDTH = 5;

/** A location area as a number (3GPP TS 23.003 §4.1); -1 where a part of it is not known. */
export function areaOf(mcc: number, mnc: number, lac: number): number {
  return mcc < 0 || mnc < 0 || lac < 0 ? -1 : (mcc * 1000 + mnc) * 0x1_0000 + lac;
}

/** The area that the exchange of a connection serves; -1. A cell may be named without its network. */
export function servedArea({ newArea, cell }: Pick<Naming, 'newArea' | 'cell'>): number {
  return newArea >= 0 || cell === null ? newArea : areaOf(cell[0], cell[1], cell[3]);
}

/**
 * Who holds which TMSI: learnt where an exchange gives one to a phone, where a phone that uses one is named, and where an exchange
 * pages a phone by both names, for connections that name nobody else. A TMSI means something within one visitor location register (3GPP TS 23.003 §2.4): that of the
 * exchange at the other end of the connection, in a location update that of the area the phone comes from.
 */
export class Tmsis {
  private readonly holders = new Map<number, Holder>();
  /** A walk over a table that is full. */
  private oldest: IterableIterator<number> | null = null;
  private readonly limit: number;
  private readonly counters: Counters;

  constructor(limits: Limits, counters: Counters) {
    this.limit = limits.ss7Tmsis;
    this.counters = counters;
  }

  /** Learns from a connection whose cell or phone is known. */
  learn(state: Naming): void {
    const { imsi, tmsi, newTmsi, isUpdate, firstS, firstNs, core } = state;
    const area = servedArea(state);
    if (area >= 0 && core >= 0) this.put(keyOfArea(area), firstS, firstNs, core, 0);
    if (typeof imsi !== 'number') return;
    if (imsi === 0) {
      // A phone that named itself by one TMSI is given another; whoever had that one has it no more.
      const holder = tmsi >= 0 ? this.holderOf(state) : null;
      if (newTmsi >= 0) this.give(state, holder?.imsi ?? 0, holder?.imei ?? 0);
      return;
    }
    const equipment = state.imei === 0 ? state.imeisv : state.imei;
    const imei = typeof equipment === 'number' ? equipment : 0;
    if (newTmsi >= 0) this.give(state, imsi, imei);
    // The one that a phone brings to a location update may be another register's.
    if (tmsi >= 0 && !isUpdate) this.put(keyOf(core, tmsi), firstS, firstNs, imsi, imei);
  }

  /** Learns from a page of the exchange `core` that names a phone in both ways (3GPP TS 48.008 §3.2.1.19, 25.413 §9.1.23). */
  page(core: number, tmsi: number, imsi: Packed, { seconds, nanoseconds }: Payload): void {
    if (typeof imsi === 'number' && imsi !== 0) this.put(keyOf(core, tmsi), seconds, nanoseconds, imsi, 0);
  }

  /** Who held the TMSI of this connection when it began; null where that is not known. */
  holderOf(state: Naming): { imsi: number; imei: number } | null {
    const { firstS, firstNs, tmsi, isUpdate, oldArea } = state;
    const core = isUpdate && oldArea >= 0 ? this.at(keyOfArea(oldArea), firstS, firstNs)?.imsi : state.core;
    if (core === undefined) return null;
    const holder = this.at(keyOf(core, tmsi), firstS, firstNs);
    if (holder === null || holder.imsi === 0) return null;
    const { imsi } = holder;
    let { imei } = holder;
    for (let at = holder.before; imei === 0 && at !== null && at.imsi === imsi; at = at.before) imei = at.imei;
    return { imsi, imei };
  }

  /** All holders as plain data, for the captures that follow. */
  toNumbers(): number[] {
    const numbers: number[] = [];
    for (const [key, latest] of this.holders) {
      const chain: Holder[] = [];
      for (let at: Holder | null = latest; at !== null; at = at.before) chain.push(at);
      for (const { s, ns, imsi, imei } of chain.reverse()) numbers.push(key, s, ns, imsi, imei);
    }
    return numbers;
  }

  /** Learns what another capture, or an earlier stitch, handed over. */
  add(numbers: readonly number[]): void {
    for (let at = 0; at + WIDTH <= numbers.length; at += WIDTH)
      this.put(numbers[at]!, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!, numbers[at + 4]!);
  }

  /** The phone of this connection is given a TMSI. `imsi`: 0 where it is not known whose. */
  private give({ core, newTmsi, firstS, firstNs, lastS, lastNs }: Naming, imsi: number, imei: number): void {
    const key = keyOf(core, newTmsi);
    // A part of this connection, in another capture, may not have said whose it is.
    if (imsi !== 0) this.forgetUnknown(key, firstS, firstNs, lastS, lastNs);
    this.put(key, firstS, firstNs, imsi, imei);
  }

  /** Forgets that somebody unknown was given a TMSI at a time after the one and not after the other. */
  private forgetUnknown(key: number, s: number, ns: number, lastS: number, lastNs: number): void {
    let after: Holder | null = null;
    for (let at = this.holders.get(key) ?? null; at !== null; at = at.before) {
      const isWithin = compareTime(at.s, at.ns, s, ns) > 0 && compareTime(at.s, at.ns, lastS, lastNs) <= 0;
      if (at.imsi !== 0 || !isWithin) after = at;
      else if (after !== null) after.before = at.before;
      else if (at.before !== null) this.holders.set(key, at.before);
      else this.holders.delete(key);
    }
  }

  private at(key: number, s: number, ns: number): Holder | null {
    let holder = this.holders.get(key) ?? null;
    while (holder !== null && compareTime(holder.s, holder.ns, s, ns) > 0) holder = holder.before;
    return holder;
  }

  private put(key: number, s: number, ns: number, imsi: number, imei: number): void {
    const latest = this.holders.get(key) ?? null;
    if (latest === null) {
      if (this.holders.size >= this.limit) {
        add(this.counters.dropped, 'ss7Tmsis');
        // One walk over the table, taken up where it was left.
        this.oldest ??= this.holders.keys();
        let oldest = this.oldest.next();
        if (oldest.done === true) {
          this.oldest = this.holders.keys();
          oldest = this.oldest.next();
        }
        if (oldest.done !== true) this.holders.delete(oldest.value);
      }
      this.holders.set(key, { s, ns, imsi, imei, before: null });
      return;
    }
    // In order of time; what says nothing new after what is known is left out.
    let after: Holder | null = null;
    let before: Holder | null = latest;
    while (before !== null && compareTime(before.s, before.ns, s, ns) > 0) {
      after = before;
      before = before.before;
    }
    if (before !== null && before.imsi === imsi && (imei === 0 || before.imei === imei)) return;
    // Of one moment, what names somebody counts.
    if (before !== null && before.s === s && before.ns === ns && (imsi === 0 || before.imsi === 0)) {
      if (imsi === 0) return;
      before.imsi = imsi;
      before.imei = imei;
      return;
    }
    const holder: Holder = { s, ns, imsi, imei, before };
    if (after === null) this.holders.set(key, holder);
    else after.before = holder;
    let depth = 1;
    for (let at: Holder | null = after ?? holder; at !== null; at = at.before) {
      if (++depth > DEPTH) at.before = null;
    }
  }
}

/** Number of a TMSI (32 bits) at an exchange (21 bits of its point code). */
function keyOf(core: number, tmsi: number): number {
  return ((Math.imul(core + 1, 0x9e3779b1) >>> 11) & 0x1f_ffff) * 0x1_0000_0000 + tmsi;
}

/** Keys of location areas are below those of TMSIs. */
function keyOfArea(area: number): number {
  return -1 - area;
}
