import { hashBytes } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { type Payload, Transport } from '../../network/payload.ts';
import type { Msu, Radio, Ss7Message, Ss7Protocol } from '../../ss7/message.ts';
import { eachCallIdentifier } from '../../ss7/radio/bssmap.ts';
import { eachIuConnection } from '../../ss7/radio/ranap.ts';
import { RanapOutcome } from '../../ss7/radio/ranap-names.ts';
import type { CaptureName } from '../capture-name.ts';
import { pack } from '../packed.ts';
import { touch } from '../span.ts';
import { knownEquipment, knownImsi } from './claims.ts';
import { Bssmap, Ranap, take } from './connection-facts.ts';
import { mergeConnections } from './connection-merge.ts';
import { Handovers } from './handovers.ts';
import { Resets } from './resets.ts';
import type { Room } from './room.ts';
import { type ConnectionState, note, nothingSeen, type ResetState, Seen } from './state.ts';
import { COPY, type TieRules, Ties } from './ties.ts';
import type { Tmsis } from './tmsis.ts';

/** SCCP message types (ITU-T Q.713 table 1). */
const Sccp = { CR: 1, CC: 2, CREF: 3, RLSD: 4, RLC: 5, DT1: 6, DT2: 7, ERR: 15 } as const;

/** Longest silence of a connection, seconds: a call without a message. */
const LONGEST = 86_400;

/** CN domain indicator (3GPP TS 25.413 §9.2.1.5). */
const PACKET_SWITCHED = 1;

/** Bits of a point code. */
const CODES = 0xff_ffff;

/** A list without anything in it; it is replaced, never added to. */
const NONE: never[] = [];

const RULES: TieRules<ConnectionState> = {
  limit: 'ss7Connections',
  isClosed: ({ marks }) => marks[Seen.closed] !== null,
  linger: 10,
  silence: () => LONGEST,
  merge: mergeConnections,
  isSame: (state, s) => s - state.firstS <= COPY && !RULES.isClosed(state),
  tieOpens: false,
};

/** Messages of connection-oriented SCCP in, with what BSSAP or RANAP says inside; states of connections out. */
export class Connections {
  readonly table: Ties<ConnectionState>;
  private readonly capture: CaptureName;
  private readonly tmsis: Tmsis;
  private readonly isStitch: boolean;
  private readonly room: Room;
  private readonly resets = new Resets();
  private readonly handovers: Handovers;

  constructor(
    limits: Limits,
    counters: Counters,
    capture: CaptureName,
    tmsis: Tmsis,
    isStitch: boolean,
    onEnd: (state: ConnectionState) => void,
  ) {
    this.tmsis = tmsis;
    this.capture = capture;
    this.isStitch = isStitch;
    this.room = { limits, counters };
    this.handovers = new Handovers(limits, counters, onEnd);
    this.table = new Ties(RULES, limits, counters, isStitch, (state) => {
      this.settle(state);
      if (isStitch) this.handovers.end(state);
      else onEnd(state);
    });
  }

  observe({ protocol, msu, sccp, radio }: Ss7Message, payload: Payload): void {
    const { type, sourceReference, destinationReference } = sccp;
    const ends = msu.networkIndicator < 0 ? hostsOf(payload) : msu;
    if (sourceReference < 0 && destinationReference < 0) {
      this.takePage(radio, protocol, ends, payload);
      this.takeReset(radio, protocol, ends, payload);
    }
    if ((type > Sccp.DT2 && type !== Sccp.ERR) || type < Sccp.CR) return;
    const { opc, dpc } = ends;
    const near = sourceReference < 0 ? -1 : keyOf(opc, sourceReference);
    const far = destinationReference < 0 ? -1 : keyOf(dpc, destinationReference);
    if (near < 0 && far < 0) return;
    const opens = type === Sccp.CR || type === Sccp.CC;
    const { table } = this;
    const { seconds, nanoseconds } = payload;
    if (!this.resets.isEmpty) this.settleKeys(near, far, seconds);
    let held = near < 0 ? table.find(far, seconds) : table.resolve(near, far, opens, false, seconds, nanoseconds, opc);
    if (held === null) held = table.insert(newConnection(this.capture, payload));
    else touch(held.state, payload);
    if (near >= 0) {
      table.tie(held, near, opens);
      table.tie(held, far, false);
    } else if (held.count === 0) {
      table.tie(held, far, false);
    }
    const { state } = held;
    // An ERR is answered with a release, or releases by itself (Q.714 §3.8).
    if (type === Sccp.RLC || type === Sccp.CREF || type === Sccp.RLSD || type === Sccp.ERR) {
      note(state.marks, Seen.closed, seconds, nanoseconds, opc, sccp.cause);
      table.touched(held);
    }
    if (protocol === 'bssap' || protocol === 'ranap') {
      if (state.access < 0) state.protocol = protocol;
      const { isSure, named, imsi, imsiAnswer, tmsi, newTmsi, newArea, imei, imeisv, imeiClaims, imeiAnswer } = state;
      take(state, radio, opc, dpc, payload, this.room);
      table.touched(held);
      const isNew =
        isSure !== state.isSure ||
        named !== state.named ||
        imsi !== state.imsi ||
        imsiAnswer !== state.imsiAnswer ||
        tmsi !== state.tmsi ||
        newTmsi !== state.newTmsi ||
        newArea !== state.newArea ||
        imei !== state.imei ||
        imeisv !== state.imeisv ||
        imeiClaims !== state.imeiClaims ||
        imeiAnswer !== state.imeiAnswer;
      if (isNew) this.learn(state);
    }
  }

  private takePage(radio: Radio, protocol: Ss7Protocol, { opc }: Ends, payload: Payload): void {
    const { type, outcome, imsi, tmsi, domain } = radio;
    if (tmsi < 0 || imsi.count === 0 || domain === PACKET_SWITCHED) return;
    const isPage =
      protocol === 'bssap'
        ? type === Bssmap.paging
        : protocol === 'ranap' && type === Ranap.paging && outcome === RanapOutcome.initiating;
    if (isPage) this.tmsis.page(opc, tmsi, pack(imsi), payload);
  }

  private takeReset(radio: Radio, protocol: Ss7Protocol, ends: Ends, payload: Payload): void {
    const reset = (what: Partial<ResetState>): void => this.reset(newReset(this.capture, ends, payload, what));
    if (protocol === 'bssap') {
      const { type, circuit } = radio;
      if (type === Bssmap.reset) reset({});
      else if (type === Bssmap.resetCircuit && circuit >= 0) reset({ circuit });
      else if (type === Bssmap.resetIpResource)
        eachCallIdentifier(radio.callIdentifiers, (callIdentifier) => reset({ callIdentifier }));
    } else if (protocol === 'ranap' && radio.outcome === RanapOutcome.initiating) {
      const { type, domain } = radio;
      if (type === Ranap.reset) reset({ domain });
      else if (type === Ranap.resetResource)
        eachIuConnection(radio.iuConnections, (iuConnection) => reset({ domain, iuConnection }));
    }
  }

  /** Connections between these two nodes are over. Links without point codes have none to tell. */
  reset(state: ResetState): void {
    if (state.key1 >= 0 && !this.resets.add(state)) add(this.room.counters.anomalies, 'resets forgotten');
  }

  /** Ends what nothing at or after `seconds` can belong to. */
  retire(seconds: number): void {
    this.table.retire(seconds);
    this.handovers.retire(seconds);
    this.resets.retire(seconds - LONGEST);
  }

  /** All connections, and the resets that others may ask for. */
  states(): (ConnectionState | ResetState)[] {
    const states = this.table.states();
    for (const state of states) this.settle(state);
    return [...states, ...this.handovers.states(), ...this.resets.states()];
  }

  /** Takes them out. */
  clear(): (ConnectionState | ResetState)[] {
    const states = this.states();
    this.table.clear();
    return states;
  }

  private settleKeys(key1: number, key2: number, seconds: number): void {
    for (const key of [key1, key2]) {
      const held = key < 0 ? null : this.table.find(key, seconds);
      if (held !== null && this.settle(held.state)) this.table.touched(held);
    }
  }

  /** A piece of a connection is the stitch's to end: it knows whether others follow. */
  private settle(state: ConnectionState): boolean {
    return (this.isStitch || state.opened1 || state.opened2) && this.resets.settle(state, this.isStitch);
  }

  /** Puts the state of a capture in. */
  join(state: ConnectionState): void {
    const { key1, key2 } = state;
    if (!this.resets.isEmpty) this.settleKeys(key1, key2, state.firstS);
    this.table.join(state, key1, key2, -1);
    const held = this.table.find(key1, state.firstS);
    if (held === null) return;
    this.handovers.expect(held.state);
    this.learn(held.state);
  }

  /** The node of the packet switched domain serves the same areas and gives P-TMSIs, which are no TMSIs (3GPP TS 23.003 §2.4). */
  private learn(state: ConnectionState): void {
    if (state.domain === PACKET_SWITCHED) return;
    // Of a piece the network may have said otherwise before.
    const isWhole = this.isStitch || state.opened1 || state.opened2;
    this.tmsis.learn(state, isWhole ? knownImsi(state) : state.named, knownEquipment(state));
  }
}

/** Point codes that a message goes between; -1 where not known. */
type Ends = Pick<Msu, 'opc' | 'dpc'>;

/**
 * In place of the point codes of a routing label the hosts that a message of SUA goes between: of a connection the first message alone need
 * have addresses (RFC 3868 §3.3: CORE), and those that carry data have none (CODT).
 */
function hostsOf({ transport, header, addressLength, sourceAt, destinationAt }: Payload): Ends {
  if (transport !== Transport.sctp && transport !== Transport.tcp) return { opc: -1, dpc: -1 };
  const hostAt = (at: number): number => hashBytes(header, at, at + addressLength) & CODES;
  return { opc: hostAt(sourceAt), dpc: hostAt(destinationAt) };
}

function newReset(
  capture: CaptureName,
  { opc, dpc }: Ends,
  { seconds, nanoseconds, frame }: Payload,
  what: Partial<ResetState>,
): ResetState {
  return {
    type: 'reset',
    firstS: seconds,
    firstNs: nanoseconds,
    firstFrame: frame,
    firstCapture: capture,
    lastS: seconds,
    lastNs: nanoseconds,
    lastFrame: frame,
    lastCapture: capture,
    key1: Math.min(opc, dpc),
    key2: Math.max(opc, dpc),
    domain: -1,
    iuConnection: -1,
    circuit: -1,
    callIdentifier: -1,
    ...what,
  };
}

/**
 * Number of a local reference (24 bits) at a point code (24 bits, -1 where unknown). The network indicator is left out: there are
 * links on which each side writes another one.
 */
function keyOf(pointCode: number, reference: number): number {
  return (pointCode & CODES) * 0x100_0000 + (reference & 0xff_ffff);
}

/** A connection of which a first message is seen, and nothing known yet. */
export function newConnection(capture: CaptureName, { seconds, nanoseconds, frame }: Payload): ConnectionState {
  return {
    type: 'connection',
    firstS: seconds,
    firstNs: nanoseconds,
    firstFrame: frame,
    firstCapture: capture,
    lastS: seconds,
    lastNs: nanoseconds,
    lastFrame: frame,
    lastCapture: capture,
    key1: -1,
    key2: -1,
    opened1: false,
    opened2: false,
    protocol: 'bssap',
    access: -1,
    core: -1,
    isSure: false,
    teller: -1,
    other: null,
    domain: -1,
    iuConnection: -1,
    circuit: -1,
    callIdentifier: -1,
    isUpdate: false,
    oldArea: -1,
    newArea: -1,
    named: 0,
    isDoubted: false,
    isTurnedAway: false,
    imsi: 0,
    imei: 0,
    imeisv: 0,
    tmsi: -1,
    newTmsi: -1,
    hasBegun: false,
    imsiClaims: NONE,
    imeiClaims: NONE,
    imsiAnswer: null,
    imeiAnswer: null,
    later: null,
    classmark: '',
    cell: null,
    luType: -1,
    marks: nothingSeen(),
    handovers: NONE,
    arrival: null,
    hasArrived: false,
    transactions: NONE,
  };
}
