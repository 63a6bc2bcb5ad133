import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Bytes, Isup, Ss7Message } from '../../ss7/message.ts';
import type { CaptureName } from '../capture-name.ts';
import { pack } from '../packed.ts';
import { touch } from '../span.ts';
import { addCaller, addSubsequent, mergeCircuits, noteForwarded, seize } from './circuit-facts.ts';
import type { Room } from './room.ts';
import { type CircuitState, Did, type Mark, noMarks, note, noteLatest, type Seizure } from './state.ts';
import { COPY, type Held, type TieRules, Ties } from './ties.ts';

/** Message types of ITU-T Q.763 table 4. */
const Type = {
  IAM: 1,
  SAM: 2,
  INF: 4,
  COT: 5,
  ACM: 6,
  CON: 7,
  ANM: 9,
  REL: 12,
  SUS: 13,
  RES: 14,
  RLC: 16,
  RSC: 18,
  GRS: 23,
  CGB: 24,
  CPG: 44,
  UCIC: 0x2e,
  SGM: 56,
} as const;

/** Seconds between two seizures of a circuit from both ends that cross on the way (ITU-T Q.764 §2.9.1). */
const CROSSING = 5;
/** Seconds by which an IAM or a REL that was sent again comes after what followed it: no longer than SCTP waits to send a chunk again. */
const OVERTAKEN = 2;
/** Longest call without a message, seconds. */
const LONGEST_CALL = 86_400;
/** Circuits of a group message (Q.763 §3.43): at most 256. */
const GROUP = 255;
/** After these the circuit has no call: reset, failed its check, not equipped at the other end (Q.764 §2.9.1, §2.1.8, §2.12). */
const GIVEN_UP: ReadonlySet<number> = new Set([Type.RSC, Type.COT, Type.UCIC]);
/** Type indicator of a circuit group supervision message (Q.763 §3.13). */
const HARDWARE_FAILURE = 1;
/** A circuit's number in its trunk group: ISUP 12 to 14 bits, BICC 32. */
const GROUP_SIZE = 0x1_0000_0000;
/** Trunk groups that keys have room for, and that are remembered at once. */
const GROUPS = 0x20_0000;
const GROUPS_KNOWN = 0x1_0000;

/** A list without anything in it; it is replaced, never added to. */
const NONE: never[] = [];

const RULES: TieRules<CircuitState> = {
  limit: 'ss7Circuits',
  isClosed: (state) => state.marks[Did.release] !== null || clearOf(state) !== null || state.marks[Did.reset] !== null,
  linger: 30,
  silence: () => LONGEST_CALL,
  merge: mergeCircuits,
  isSame: (state, s, ns, from) => {
    const { seizures, marks } = state;
    for (const seizure of seizures) {
      if (seizure.from === from && s - seizure.s <= COPY && !RULES.isClosed(state)) return true;
    }
    const first = seizures[0];
    if (first === undefined || seizures.length > 1 || first.from === from || s - first.s > CROSSING) return false;
    for (const mark of marks) if (mark !== null && compareTime(mark.s, mark.ns, s, ns) <= 0) return false;
    return true;
  },
  tieOpens: false,
};

/** In the stitch it is known what a piece without a beginning continues; one that continues nothing may be of the IAM right after it. */
const STITCH_RULES: TieRules<CircuitState> = {
  ...RULES,
  isSame: (state, s, ns, from) => isOvertaking(state, s, ns) || RULES.isSame(state, s, ns, from),
};

/** ISUP and BICC messages in, states of circuits out. */
export class Circuits {
  readonly table: Ties<CircuitState>;
  private readonly capture: CaptureName;
  private readonly room: Room;
  private readonly groups = new Map<number, Map<number, number>>();
  private count = 0;
  private lastBicc = false;
  private lastOpc = -1;
  private lastDpc = -1;
  private lastBase = 0;

  constructor(
    limits: Limits,
    counters: Counters,
    capture: CaptureName,
    isStitch: boolean,
    onEnd: (state: CircuitState) => void,
  ) {
    this.capture = capture;
    this.room = { limits, counters };
    this.table = new Ties(isStitch ? STITCH_RULES : RULES, limits, counters, isStitch, onEnd);
  }

  observe({ msu, isup }: Ss7Message, payload: Payload): void {
    const { opc, dpc, networkIndicator: network } = msu;
    const { type, bicc, cic } = isup;
    // In the body of a SIP message: its call is the SIP leg's.
    if (cic < 0) return;
    switch (type) {
      case Type.IAM:
      case Type.SAM:
      case Type.ACM:
      case Type.CON:
      case Type.ANM:
      case Type.REL:
      case Type.SUS:
      case Type.RES:
      case Type.RLC:
      case Type.CPG:
      case Type.SGM:
      case Type.RSC:
      case Type.GRS:
      case Type.UCIC:
        break;
      case Type.CGB:
        // Calls on circuits that failed are over without a release of their own (Q.764 §2.8.2.2).
        if (isup.supervision !== HARDWARE_FAILURE) return;
        break;
      case Type.INF:
        if (isup.calling.count === 0) return;
        break;
      case Type.COT:
        // The call is tried again on another circuit (Q.764 §2.1.8).
        if (isup.continuity !== 0) return;
        break;
      default:
        return;
    }
    const base =
      bicc === this.lastBicc && opc === this.lastOpc && dpc === this.lastDpc
        ? this.lastBase
        : this.baseOf(bicc, opc, dpc);
    const isGroup = type === Type.GRS || type === Type.CGB;
    const last = isGroup ? cic + Math.min(GROUP, Math.max(0, isup.range)) : cic;
    for (let number = cic; number <= last; number++) {
      if (type === Type.CGB && !hasStatus(isup.status, number - cic)) continue;
      const held = this.circuit(base + number, network, bicc, opc, dpc, number, type, payload);
      this.take(held.state, isup, opc, payload);
      if (type === Type.REL || type === Type.RLC || isGroup || GIVEN_UP.has(type)) this.table.touched(held);
    }
  }

  /** Puts the state of a capture in. */
  join(state: CircuitState): void {
    const { bicc, low, high, cic, seizures } = state;
    const key = this.baseOf(bicc, low, high) + cic;
    const { firstS, firstNs, subsequent, marks } = state;
    if (seizures.length === 0 && (subsequent.length > 0 || marks[Did.release] !== null))
      this.endIdle(key, subsequent.length === 0, firstS, firstNs);
    this.table.join(state, key, -1, seizures[0]?.from ?? -1);
  }

  /** Digits and a second release are of no call that was over: one of which the beginning is still to come. */
  private endIdle(key: number, isRelease: boolean, s: number, ns: number): void {
    const known = this.table.find(key, s);
    if (known === null || !isOver(known.state, s, ns)) return;
    const { marks } = known.state;
    const clear = clearOf(known.state);
    // A release that was sent again may come after its acknowledgement.
    if (isRelease && marks[Did.release] === null && clear !== null && s - clear.s <= OVERTAKEN) return;
    this.table.close(key);
  }

  private circuit(
    key: number,
    network: number,
    bicc: boolean,
    opc: number,
    dpc: number,
    cic: number,
    type: number,
    payload: Payload,
  ): Held<CircuitState> {
    const { table } = this;
    const { seconds, nanoseconds } = payload;
    const opens = type === Type.IAM;
    const isRelease = type === Type.REL;
    if (isRelease || type === Type.SAM || type === Type.SGM || type === Type.INF)
      this.endIdle(key, isRelease, seconds, nanoseconds);
    const before = opens ? table.find(key, seconds) : null;
    const isOvertaken = before !== null && isOvertaking(before.state, seconds, nanoseconds);
    const known = opens ? table.resolve(key, -1, true, false, seconds, nanoseconds, opc) : table.find(key, seconds);
    if (known !== null) {
      touch(known.state, payload);
      if (opens) known.state.opened1 = true;
      return known;
    }
    const held = table.insert({
      type: 'circuit',
      firstS: seconds,
      firstNs: nanoseconds,
      firstFrame: payload.frame,
      firstCapture: this.capture,
      lastS: seconds,
      lastNs: nanoseconds,
      lastFrame: payload.frame,
      lastCapture: this.capture,
      key1: key,
      key2: -1,
      opened1: opens,
      opened2: false,
      network,
      low: Math.min(opc, dpc),
      high: Math.max(opc, dpc),
      cic,
      bicc,
      isOvertaken,
      seizures: NONE,
      subsequent: NONE,
      additional: null,
      marks: noMarks(),
    });
    table.tie(held, key, opens);
    return held;
  }

  private take(state: CircuitState, isup: Isup, opc: number, { seconds, nanoseconds, frame }: Payload): void {
    const { marks } = state;
    switch (isup.type) {
      case Type.IAM: {
        const calling = pack(isup.calling.count > 0 ? isup.calling : isup.charge);
        const called = pack(isup.dialled.count > 0 ? isup.dialled : isup.called);
        seize(state, { s: seconds, ns: nanoseconds, from: opc, calling, called });
        addCaller(state, isup, opc);
        break;
      }
      case Type.SAM:
        addSubsequent(state, { s: seconds, ns: nanoseconds, frame, digits: pack(isup.subsequent) }, this.room);
        break;
      case Type.SGM:
        // What an IAM, ACM, CPG or ANM had no room for (Q.764 §2.1.12): it happened with that message, not after it.
        addCaller(state, isup, opc);
        if (isup.forwarded >= 0) note(marks, Did.forwarded, seconds, nanoseconds, opc, -1);
        break;
      case Type.INF:
        // The caller that the other exchange asked for (Q.764 §2.1.6).
        state.additional ??= { from: opc, digits: pack(isup.calling) };
        break;
      case Type.ACM:
        note(marks, isup.calledStatus === 1 ? Did.ringing : Did.progress, seconds, nanoseconds, opc, -1);
        noteForwarded(marks, isup, seconds, nanoseconds, opc);
        break;
      case Type.CPG:
        // Q.763 §3.21: 1 is alerting.
        if (isup.event === 1 || isup.calledStatus === 1) note(marks, Did.ringing, seconds, nanoseconds, opc, -1);
        noteForwarded(marks, isup, seconds, nanoseconds, opc);
        break;
      case Type.ANM:
      case Type.CON:
        note(marks, Did.answer, seconds, nanoseconds, opc, -1);
        noteForwarded(marks, isup, seconds, nanoseconds, opc);
        break;
      case Type.SUS:
        if (isup.suspendByNetwork === 1) noteLatest(marks, Did.suspend, seconds, nanoseconds, opc, -1);
        break;
      case Type.RES:
        if (isup.suspendByNetwork === 1) noteLatest(marks, Did.resume, seconds, nanoseconds, opc, -1);
        break;
      case Type.REL:
        note(marks, Did.release, seconds, nanoseconds, opc, isup.cause);
        break;
      case Type.RLC:
        note(marks, Did.clear, seconds, nanoseconds, opc, -1);
        break;
      default:
        note(marks, Did.reset, seconds, nanoseconds, opc, -1);
    }
  }

  /** Key of circuit 0 between two exchanges, in either direction, whatever network indicator each of them writes. */
  private baseOf(bicc: boolean, opc: number, dpc: number): number {
    const low = Math.min(opc, dpc);
    const high = Math.max(opc, dpc);
    const first = (bicc ? 0x200_0000 : 0) + low + 1;
    let seconds = this.groups.get(first);
    let index = seconds?.get(high);
    if (index === undefined) {
      if (this.count > 0 && this.count % GROUPS_KNOWN === 0) {
        this.groups.clear();
        seconds = undefined;
      }
      if (seconds === undefined) {
        seconds = new Map();
        this.groups.set(first, seconds);
      }
      index = this.count % GROUPS;
      this.count++;
      seconds.set(high, index);
    }
    this.lastBicc = bicc;
    this.lastOpc = opc;
    this.lastDpc = dpc;
    this.lastBase = index * GROUP_SIZE;
    return this.lastBase;
  }
}

/** The bit of the circuit with this place in a group message (Q.763 §3.43). */
function hasStatus({ data, start, end }: Bytes, place: number): boolean {
  const at = start + (place >> 3);
  return at < end && ((data[at]! >> (place & 7)) & 1) === 1;
}

/** The circuit was released, or reset, before this time, or in the same packet. */
function isOver(state: CircuitState, s: number, ns: number): boolean {
  for (const mark of [clearOf(state), state.marks[Did.reset]!])
    if (mark !== null && compareTime(mark.s, mark.ns, s, ns) <= 0) return true;
  return false;
}

/**
 * The RLC that ended the call; null of one that the called exchange sent for the call before (Q.764 §2.3.1) and that comes right behind the
 * IAM of this one, which it passed on the way: nothing had been released here.
 */
export function clearOf({ seizures, marks }: CircuitState): Mark | null {
  const clear = marks[Did.clear]!;
  const first = seizures[0];
  if (clear === null || first === undefined || seizures.length > 1 || first.from === clear.from) return clear;
  if (clear.s - first.s > OVERTAKEN || compareTime(first.s, first.ns, clear.s, clear.ns) > 0) return clear;
  for (const mark of [marks[Did.release]!, marks[Did.reset]!])
    if (mark !== null && compareTime(mark.s, mark.ns, clear.s, clear.ns) <= 0) return clear;
  return null;
}

/** It has no beginning, and an IAM at this time that was sent again, so that it was overtaken, may be it. */
function isOvertaking(state: CircuitState, s: number, ns: number): boolean {
  return state.seizures.length === 0 && s - state.firstS <= OVERTAKEN && !isOver(state, s, ns);
}

/** The seizure that the call came of: where two crossed, the one that the other end answered to. */
export function winnerOf({ seizures, marks, cic, high }: CircuitState): Seizure | null {
  const first = seizures[0];
  if (first === undefined || seizures.length === 1) return first ?? null;
  let backward: Mark | null = null;
  for (const kind of [Did.progress, Did.ringing, Did.answer]) {
    const mark = marks[kind]!;
    if (mark !== null && (backward === null || compareTime(mark.s, mark.ns, backward.s, backward.ns) < 0))
      backward = mark;
  }
  const answering = backward?.from;
  // Without an answer: the exchange with the higher point code controls even circuits (Q.764 §2.10.1.4).
  if (answering === undefined) {
    const controls = seizures.find(({ from }) => (from === high) === (cic % 2 === 0));
    return controls ?? first;
  }
  return seizures.find(({ from }) => from !== answering) ?? first;
}
