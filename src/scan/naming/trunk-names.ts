import {
  DIRECTION_BITS,
  FLOATS,
  INTEGERS,
  INTERFACE_BIT,
  KIND_BITS,
  Kind,
  ORIGINATING,
  RADIO_INTERFACES,
  Real,
  type RowBlock,
  TERMINATING,
  TRUNK_INTERFACES,
  Whole,
} from '../../features/history/rows.ts';
import type { Identities } from '../../features/naming/identities.ts';

/** Seconds from the beginning of a call on the radio interface to that of the same call on a trunk, at most. */
const SETUP = 10;
/** Seconds between its answers, and its ends, there. */
const TOGETHER = 1;
/** The clocks of the two probes may differ by so many seconds, and are set right by so many calls, this share of which agree. */
const CLOCKS = 30;
const LEAST_CALLS = 3;
const AGREEING = 0.7;
/** Seconds between the talk times of one call on both. */
const SAME_TALK = 0.5;
/** Points that calls must come to for a name: one of a number that the trunk shows called once is two, any other one. */
const ENOUGH = 2;
/** Calls to a number of which there are more say nothing of clocks. */
const MOST_ALIKE = 256;
/** Legs that are compared; where there are more nobody gets a name. */
const MOST = 500_000;

/** Rows to compare, and who they are of. */
interface TrunkSource {
  blocks: { read(): Generator<[number, RowBlock]> };
  /** By number of a capture: its rows do not count. */
  dropped: readonly boolean[];
  identities: Identities;
}

/** An IMSI and the number that its calls have on trunks, as numbers of texts; from when to when they were seen, seconds since the epoch. */
export interface TrunkName {
  imsi: number;
  msisdn: number;
  first: number;
  last: number;
}

interface Leg {
  /** Number of the text of the IMSI, -1 unknown; on a trunk that of the party which the phone may be. */
  who: number;
  time: number;
  answer: number;
  end: number;
}

/**
 * Which numbers have phones that the radio interface names by an IMSI, where nothing else says it: the caller of a leg on a trunk (ISUP, SIP)
 * that begins just after the phone's call, to the same number, and is answered and ends with it. It must be the only such leg, of no
 * other phone, and all calls of a phone that are found so must have the same caller, whom no other phone has. The leg on which a
 * gateway was told whom to call begins before the call of its SIM, and each time has another caller. Clocks of probes that differ are set
 * right by the calls themselves.
 *
 * A phone that places no such call has the number which was called on trunks just before it was rung, by the same callers: of two calls
 * at least, since one may have been forwarded.
 *
 * @param isNumbered whether the number of an IMSI is known
 */
export function namesByTrunk(source: TrunkSource, isNumbered: (imsi: number) => boolean): TrunkName[] {
  const { identities } = source;
  const wanted = new Set<number>();
  let trunks = false;
  for (let i = 0; i < identities.count; i++) {
    const imsi = identities.imsi(i);
    const msisdn = identities.msisdn(i);
    if (imsi >= 0 && msisdn < 0 && !isNumbered(imsi)) wanted.add(imsi);
    if (imsi < 0 && msisdn >= 0) trunks = true;
  }
  if (wanted.size === 0 || !trunks) return [];
  const votes = new Map<number, Votes>();
  const placed = pairsOf(source, OUTGOING);
  if (placed === null) return [];
  for (const [call, leg, isAlone] of placed) vote(votes, wanted, call, leg, isAlone ? ENOUGH : 1);
  const got = pairsOf(source, INCOMING);
  if (got !== null) {
    const others = new Set([...wanted].filter((imsi) => !votes.has(imsi)));
    for (const [call, leg] of got) vote(votes, others, call, leg, 1);
  }
  return agreed(votes);
}

/** Which legs of phones are compared with which legs of trunks, and by whose number. */
interface Way {
  /** Of phones; on trunks a caller's leg stands for both ways. */
  direction: number;
  /** Whom a trunk's leg may be of: its caller, or whom it calls. */
  isCaller: boolean;
}

const OUTGOING: Way = { direction: ORIGINATING, isCaller: true };
const INCOMING: Way = { direction: TERMINATING, isCaller: false };

/**
 * Legs of phones with those of trunks that are of the same call, and whether the trunks show no other call with that other party.
 * Null where there are too many to compare.
 */
function pairsOf(source: TrunkSource, way: Way): [Leg, Leg, boolean][] | null {
  const { identities } = source;
  const phones = new Map<number, Leg[]>();
  const side = { interfaces: RADIO_INTERFACES, direction: way.direction, byCaller: false };
  const count = collect(source, side, (identity) => identities.imsi(identity), phones, null);
  if (count > MOST) return null;
  if (count === 0) return [];
  const legs = new Map<number, Leg[]>();
  const trunks = { interfaces: TRUNK_INTERFACES, direction: ORIGINATING, byCaller: !way.isCaller };
  const whoOf = (identity: number, called: number) => (way.isCaller ? identities.msisdn(identity) : called);
  if (collect(source, trunks, whoOf, legs, phones) > MOST) return null;
  const offset = clockOffset(phones, legs);
  // A trunk hears of an incoming call before the phone does.
  const lead = way.isCaller ? 0 : SETUP;
  const pairs: [Leg, Leg, boolean][] = [];
  for (const [number, calls] of phones) {
    const there = legs.get(number) ?? [];
    for (const [call, leg] of matched(calls, there, offset, lead)) pairs.push([call, leg, there.length === 1]);
  }
  return pairs;
}

function vote(votes: Map<number, Votes>, wanted: ReadonlySet<number>, call: Leg, leg: Leg, points: number): void {
  if (!wanted.has(call.who) || leg.who < 0) return;
  let known = votes.get(call.who);
  if (known === undefined) votes.set(call.who, (known = new Votes()));
  known.add(leg.who, call.time, points);
}

/** Legs by the number of the other party, or of the caller. @param to of interest; null: all. @returns how many */
function collect(
  { blocks, dropped, identities }: TrunkSource,
  { interfaces, direction, byCaller }: { interfaces: number; direction: number; byCaller: boolean },
  whoOf: (identity: number, called: number) => number,
  into: Map<number, Leg[]>,
  to: ReadonlyMap<number, unknown> | null,
): number {
  let count = 0;
  for (const [, { integers, floats, count: rows }] of blocks.read()) {
    for (let row = 0; row < rows; row++) {
      const whole = row * INTEGERS;
      const flags = integers[whole + Whole.flags]!;
      if (((interfaces >> ((flags >> INTERFACE_BIT) & 7)) & 1) === 0) continue;
      if ((flags & (KIND_BITS | DIRECTION_BITS)) !== (Kind.leg | direction)) continue;
      const identity = integers[whole + Whole.identity]!;
      const other = integers[whole + Whole.counterpart]!;
      const key = byCaller ? identities.msisdn(identity) : other;
      if (key < 0 || (to !== null && !to.has(key)) || dropped[integers[whole + Whole.capture]!] === true) continue;
      const real = row * FLOATS;
      if (Number.isNaN(floats[real + Real.time]!)) continue;
      if (++count > MOST) return count;
      const leg: Leg = {
        who: whoOf(identity, other),
        time: floats[real + Real.time]!,
        answer: floats[real + Real.answer]!,
        end: floats[real + Real.end]!,
      };
      const known = into.get(key);
      if (known === undefined) into.set(key, [leg]);
      else known.push(leg);
    }
  }
  return count;
}

/** Seconds that the clock of the trunk is ahead of the phones', as the answers of calls say that lasted as long on both; 0 where they do not. */
function clockOffset(phones: ReadonlyMap<number, Leg[]>, legs: ReadonlyMap<number, Leg[]>): number {
  const offsets: number[] = [];
  for (const [number, calls] of phones) {
    const there = legs.get(number) ?? [];
    if (there.length > MOST_ALIKE) continue;
    for (const { answer, end } of calls) {
      const alike = there.filter(
        (leg) =>
          Math.abs(leg.answer - answer) <= CLOCKS && Math.abs(leg.end - leg.answer - (end - answer)) <= SAME_TALK,
      );
      if (alike.length === 1) offsets.push(alike[0]!.answer - answer);
    }
  }
  const middle = offsets.sort((a, b) => a - b)[offsets.length >>> 1] ?? 0;
  const agreeing = offsets.filter((offset) => Math.abs(offset - middle) <= TOGETHER).length;
  return offsets.length >= LEAST_CALLS && agreeing >= AGREEING * offsets.length ? middle : 0;
}

/**
 * Calls of phones with one number, and legs of a trunk with it, that go together and with no other.
 *
 * @param offset of the trunk's clock @param lead seconds by which the trunk may be the first
 */
function* matched(calls: Leg[], there: readonly Leg[], offset: number, lead: number): Generator<[Leg, Leg]> {
  const inTime = (a: Leg, b: Leg): number => a.time - b.time;
  calls.sort(inTime);
  const legs = there
    .map(({ who, time, answer, end }) => ({
      who,
      time: time - offset + lead,
      answer: answer - offset,
      end: end - offset,
    }))
    .sort(inTime);
  const callOf = new Map<Leg, Leg | null>();
  const legOf = new Map<Leg, Leg>();
  let next = 0;
  for (const call of calls) {
    while (next < legs.length && legs[next]!.time < call.time) next++;
    let only: Leg | null = null;
    let isOne = true;
    for (let at = next; at < legs.length && legs[at]!.time - call.time <= SETUP; at++) {
      const leg = legs[at]!;
      if (!areTogether(call, leg)) continue;
      const rival = callOf.get(leg);
      callOf.set(leg, rival === undefined || rival?.who === call.who ? call : null);
      // A trunk that is seen twice shows the same caller.
      if (only !== null && only.who !== leg.who) isOne = false;
      only ??= leg;
    }
    if (only !== null && isOne) legOf.set(call, only);
  }
  for (const [call, leg] of legOf) if (callOf.get(leg)?.who === call.who) yield [call, leg];
}

function areTogether(a: Leg, b: Leg): boolean {
  if (!(Math.abs(a.end - b.end) <= TOGETHER)) return false;
  return Number.isNaN(a.answer) ? Number.isNaN(b.answer) : Math.abs(a.answer - b.answer) <= TOGETHER;
}

/** The callers that the calls of one phone had on trunks. */
class Votes {
  msisdn = -1;
  points = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  isOne = true;

  add(msisdn: number, time: number, points: number): void {
    if (this.msisdn >= 0 && this.msisdn !== msisdn) this.isOne = false;
    this.msisdn = msisdn;
    this.points += points;
    this.first = Math.min(this.first, time);
    this.last = Math.max(this.last, time);
  }
}

function agreed(votes: ReadonlyMap<number, Votes>): TrunkName[] {
  const takers = new Map<number, number>();
  const names: TrunkName[] = [];
  for (const [imsi, { msisdn, points, first, last, isOne }] of votes) {
    if (isOne) takers.set(msisdn, (takers.get(msisdn) ?? 0) + 1);
    if (isOne && points >= ENOUGH) names.push({ imsi, msisdn, first, last });
  }
  return names.filter(({ msisdn }) => takers.get(msisdn) === 1);
}
