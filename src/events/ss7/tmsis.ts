import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Packed } from '../packed.ts';
import { isAsked, isTmsiRefused } from './claims.ts';
import { HolderTable, NOBODY } from './holders.ts';
import type { ConnectionState } from './state.ts';

/** What of a connection says who was given a TMSI, or asks who held one. */
export type Naming = Pick<
  ConnectionState,
  | ('firstS' | 'firstNs' | 'lastS' | 'lastNs' | 'core' | 'cell' | 'isUpdate' | 'oldArea' | 'newArea')
  | ('named' | 'tmsi' | 'newTmsi' | 'marks')
>;

/** Holders remembered of one TMSI. */
const DEPTH = 3;
/** Exchanges remembered of one area. */
const POOL = 16;
/** Numbers of one holder in the flat form: key, seconds, nanoseconds, IMSI, IMEI. */
const WIDTH = 5;

/** A location area as a number (3GPP TS 23.003 §4.1); -1 where a part of it is not known. */
export function areaOf(mcc: number, mnc: number, lac: number): number {
  return mcc < 0 || mnc < 0 || lac < 0 ? -1 : (mcc * 1000 + mnc) * 0x1_0000 + lac;
}

/** Point codes have 24 bits at most (ANSI T1.111.4 §3.2). */
const POINT_CODES = 2 ** 24;

/** Number of a register that is known by its address, from a digest of that, beside those that are known by their point codes. */
export function registerAt(digest: number): number {
  return POINT_CODES + (digest >>> 0);
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
  /**
   * By TMSI, who was given it: IMSI and IMEI as packed digits; IMEI 0 where not seen, IMSI 0 of somebody that nobody named. By
   * location area, the exchanges that serve it, as `imsi`, each once since it was first seen to.
   */
  private readonly holders = new HolderTable();
  private readonly limit: number;
  private readonly counters: Counters;
  /** A register that is known by its address serves an area. */
  private hasAddressed = false;

  constructor(limits: Limits, counters: Counters) {
    this.limit = limits.ss7Tmsis;
    this.counters = counters;
  }

  /** Learns from a connection whose cell or phone is known. `imsi`, `imei`: of the phone as the network knows it; 0. */
  learn(state: Naming, imsi: Packed, equipment: Packed): void {
    const { named, tmsi, newTmsi, firstS, firstNs, core } = state;
    const isRefused = isTmsiRefused(state);
    const area = servedArea(state);
    if (area >= 0 && core >= 0) this.serve(keyOfArea(area), firstS, firstNs, core);
    if (typeof imsi !== 'number') return;
    if (imsi === 0) {
      // A phone that named itself by one TMSI is given another; whoever had that one has it no more.
      const holder = tmsi >= 0 && !isRefused ? this.holderOf(state) : null;
      if (newTmsi >= 0) this.give(state, holder?.imsi ?? 0, holder?.imei ?? 0);
      return;
    }
    const imei = typeof equipment === 'number' ? equipment : 0;
    if (newTmsi >= 0) this.give(state, imsi, imei);
    // What the phone answered does not show that the TMSI is its own, which was asked because that is not certain.
    const isHolder = tmsi >= 0 && !isRefused && (named !== 0 || isAsked(state));
    if (isHolder && this.isOwn(state)) this.put(keyOf(core, tmsi), firstS, firstNs, imsi, imei);
  }

  /**
   * Whether the TMSI that a phone came with is this exchange's: the one that it brings to a location update may be another register's,
   * and is kept where none is given (3GPP TS 24.008 §4.4.4.6).
   */
  private isOwn(state: Naming): boolean {
    const { isUpdate, oldArea, core } = state;
    if (!isUpdate) return true;
    if (oldArea < 0) return false;
    return oldArea === servedArea(state) || this.registersOf(state).includes(core);
  }

  /** Learns from a page of the exchange `core` that names a phone in both ways (3GPP TS 48.008 §3.2.1.19, 25.413 §9.1.23). */
  page(core: number, tmsi: number, imsi: Packed, { seconds, nanoseconds }: Payload): void {
    if (typeof imsi === 'number' && imsi !== 0) this.put(keyOf(core, tmsi), seconds, nanoseconds, imsi, 0);
  }

  /** Who held the TMSI of this connection when it began; null where that is not known. */
  holderOf(state: Naming): { imsi: number; imei: number } | null {
    const { firstS, firstNs, tmsi } = state;
    const { holders } = this;
    let holder = NOBODY;
    let isAddressed = false;
    for (const register of this.registersOf(state)) {
      const found = this.at(keyOf(register, tmsi), firstS, firstNs);
      if (found < 0) continue;
      // A register that is known by its address may be one of the others: who was given the TMSI last has it.
      isAddressed ||= register >= POINT_CODES;
      if (holder < 0 || (isAddressed && this.isLater(found, holder))) holder = found;
      if (!this.hasAddressed) break;
    }
    const imsi = holder < 0 ? 0 : holders.imsi(holder);
    if (imsi === 0) return null;
    let imei = holders.imei(holder);
    for (let at = holders.before(holder); imei === 0 && at >= 0 && holders.imsi(at) === imsi; at = holders.before(at))
      imei = holders.imei(at);
    return { imsi, imei };
  }

  /**
   * The exchanges of which one gave the TMSI that a phone comes with: in a location update those of the area it comes from. Exchanges of a pool
   * serve an area together, and a phone goes on with the one that it was with (3GPP TS 23.236 §4.2, §4.4). One that gave the TMSI to a phone of
   * 4G, over SGs, may be that of this connection, to which the phone came for a call.
   */
  private registersOf(state: Naming): number[] {
    const { isUpdate, oldArea, core, firstS, firstNs } = state;
    if (!isUpdate && !this.hasAddressed) return [core];
    const area = isUpdate ? oldArea : servedArea(state);
    if (area < 0) return [core];
    const { holders } = this;
    const registers: number[] = [];
    for (let at = this.at(keyOfArea(area), firstS, firstNs); at >= 0; at = holders.before(at)) {
      const register = holders.imsi(at);
      if (isUpdate || register >= POINT_CODES) registers.push(register);
    }
    if (isUpdate && !registers.includes(core)) return registers;
    return [core, ...registers.filter((each) => each !== core)];
  }

  /** All holders as plain data, for the captures that follow. */
  toNumbers(): number[] {
    const numbers: number[] = [];
    const { holders } = this;
    holders.each((key, latest) => {
      const chain: number[] = [];
      for (let at = latest; at >= 0; at = holders.before(at)) chain.push(at);
      for (const at of chain.reverse())
        numbers.push(key, holders.s(at), holders.ns(at), holders.imsi(at), holders.imei(at));
    });
    return numbers;
  }

  /** Learns what another capture, or an earlier stitch, handed over. */
  add(numbers: readonly number[]): void {
    for (let at = 0; at + WIDTH <= numbers.length; at += WIDTH) {
      const key = numbers[at]!;
      if (key < 0) this.serve(key, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!);
      else this.put(key, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!, numbers[at + 4]!);
    }
  }

  /** An exchange serves an area, by its key. */
  private serve(key: number, s: number, ns: number, core: number): void {
    const { holders } = this;
    this.hasAddressed ||= core >= POINT_CODES;
    for (let at = this.at(key, s, ns); at >= 0; at = holders.before(at)) if (holders.imsi(at) === core) return;
    this.forget(key, (at) => holders.imsi(at) === core);
    this.put(key, s, ns, core, 0);
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
    const { holders } = this;
    this.forget(
      key,
      (at) =>
        holders.imsi(at) === 0 &&
        compareTime(holders.s(at), holders.ns(at), s, ns) > 0 &&
        compareTime(holders.s(at), holders.ns(at), lastS, lastNs) <= 0,
    );
  }

  private isLater(a: number, b: number): boolean {
    const { holders } = this;
    return compareTime(holders.s(a), holders.ns(a), holders.s(b), holders.ns(b)) > 0;
  }

  /** Forgets those holders of a key. */
  private forget(key: number, isGone: (holder: number) => boolean): void {
    const { holders } = this;
    let after = NOBODY;
    for (let at = holders.latest(key); at >= 0; ) {
      const before = holders.before(at);
      if (!isGone(at)) after = at;
      else if (after < 0 && before < 0) {
        holders.delete(key);
        return;
      } else {
        if (after >= 0) holders.follow(after, before);
        else holders.put(key, before);
        holders.follow(at, NOBODY);
        holders.release(at);
      }
      at = before;
    }
  }

  private at(key: number, s: number, ns: number): number {
    const { holders } = this;
    let holder = holders.latest(key);
    while (holder >= 0 && compareTime(holders.s(holder), holders.ns(holder), s, ns) > 0)
      holder = holders.before(holder);
    return holder;
  }

  private put(key: number, s: number, ns: number, imsi: number, imei: number): void {
    const { holders } = this;
    const latest = holders.latest(key);
    if (latest < 0) {
      if (holders.size >= this.limit) {
        add(this.counters.dropped, 'ss7Tmsis');
        holders.deleteOldest();
      }
      holders.put(key, holders.holder(s, ns, imsi, imei, NOBODY));
      return;
    }
    // In order of time; what says nothing new after what is known is left out.
    let after = NOBODY;
    let before = latest;
    while (before >= 0 && compareTime(holders.s(before), holders.ns(before), s, ns) > 0) {
      after = before;
      before = holders.before(before);
    }
    if (before >= 0) {
      const who = holders.imsi(before);
      if (who === imsi && (imei === 0 || holders.imei(before) === imei)) return;
      // Of one moment, what names somebody counts, and last the network's word for what the phone said first.
      if (holders.s(before) === s && holders.ns(before) === ns) {
        if (imsi !== 0) holders.name(before, imsi, imei);
        return;
      }
    }
    const holder = holders.holder(s, ns, imsi, imei, before);
    if (after < 0) holders.put(key, holder);
    else holders.follow(after, holder);
    const most = key < 0 ? POOL : DEPTH;
    let depth = 1;
    for (let at = after < 0 ? holder : after; at >= 0; at = holders.before(at)) {
      if (++depth <= most) continue;
      const rest = holders.before(at);
      holders.follow(at, NOBODY);
      holders.release(rest);
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
