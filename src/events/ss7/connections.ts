import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Msu, Nas, Radio, Ss7Message } from '../../ss7/message.ts';
import type { CaptureName } from '../capture-name.ts';
import { pack, packBytes, packCell, packServiceCode } from './packed.ts';
import { Resets } from './resets.ts';
import { touch } from './span.ts';
import {
  type ConnectionState,
  Did,
  mergeMarks,
  noMarks,
  note,
  type ResetState,
  Seen,
  type Transaction,
} from './state.ts';
import { COPY, type TieRules, Ties } from './ties.ts';
import { areaOf, type Tmsis } from './tmsis.ts';

/** SCCP message types (ITU-T Q.713 table 1). */
const Sccp = { CR: 1, CC: 2, CREF: 3, RLSD: 4, RLC: 5, DT1: 6, DT2: 7, ERR: 15 } as const;

/** Message types of BSSMAP (3GPP TS 48.008 §3.2.2.1). */
const Bssmap = {
  assignmentRequest: 1,
  assignmentComplete: 2,
  handoverRequest: 16,
  handoverRequired: 17,
  handoverCommand: 19,
  handoverPerformed: 23,
  clearCommand: 32,
  clearComplete: 33,
  clearRequest: 34,
  commonId: 47,
  reset: 48,
  cipherModeCommand: 83,
  classmarkUpdate: 84,
  cipherModeComplete: 85,
  completeLayer3Information: 87,
} as const;

/** Elementary procedures of RANAP (3GPP TS 25.413 §9.3.3). */
const Ranap = { relocationPreparation: 2, commonId: 15, initialUeMessage: 19 } as const;

/** Protocol discriminators of layer 3 (3GPP TS 24.007 §11.2.3.1.1). */
export const Discriminator = { cc: 3, mm: 5, rr: 6, sms: 9, ss: 11 } as const;

/** 3GPP TS 24.008 table 9.2: mobility management. */
const Mm = {
  detach: 0x01,
  updateAccept: 0x02,
  updateReject: 0x04,
  updateRequest: 0x08,
  authenticationReject: 0x11,
  authenticationRequest: 0x12,
  authenticationResponse: 0x14,
  identityRequest: 0x18,
  identityResponse: 0x19,
  reallocationCommand: 0x1a,
  reallocationComplete: 0x1b,
  authenticationFailure: 0x1c,
  serviceAccept: 0x21,
  serviceReject: 0x22,
  serviceRequest: 0x24,
  reestablishment: 0x28,
} as const;
const MM_UP: ReadonlySet<number> = new Set([
  Mm.detach,
  Mm.updateRequest,
  Mm.authenticationResponse,
  Mm.identityResponse,
  Mm.reallocationComplete,
  Mm.authenticationFailure,
  Mm.serviceRequest,
  Mm.reestablishment,
]);

/** 3GPP TS 24.008 table 9.3: call control; and of supplementary services, the last two with REGISTER (24.080 table 2.2). */
const Cc = {
  alerting: 0x01,
  proceeding: 0x02,
  setup: 0x05,
  connect: 0x07,
  confirmed: 0x08,
  emergencySetup: 0x0e,
  disconnect: 0x25,
  releaseComplete: 0x2a,
  release: 0x2d,
} as const;
const REGISTER = 0x3b;

/** Operation codes of MAP (29.002 §17.5) that phones invoke by themselves. */
const PROCESS_USSD = 59;

/** Longest silence of a connection, seconds: a call without a message. */
const LONGEST = 86_400;
/** Calls, short messages and services kept of one connection. */
const TRANSACTIONS = 64;
const HANDOVERS = 16;

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
  private readonly counters: Counters;
  private readonly resets = new Resets();

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
    this.counters = counters;
    this.table = new Ties(RULES, limits, counters, isStitch, (state) => {
      this.settle(state);
      onEnd(state);
    });
  }

  observe({ protocol, msu, sccp, radio }: Ss7Message, payload: Payload): void {
    const { type, sourceReference, destinationReference } = sccp;
    if (protocol === 'bssap' && radio.type === Bssmap.reset) this.reset(newReset(this.capture, msu, payload));
    if ((type > Sccp.DT2 && type !== Sccp.ERR) || type < Sccp.CR) return;
    const { opc, dpc } = msu;
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
    if (type === Sccp.RLC || type === Sccp.CREF || type === Sccp.RLSD) {
      note(state.marks, Seen.closed, seconds, nanoseconds, opc, sccp.cause);
      table.touched(held);
    }
    if (protocol === 'bssap' || protocol === 'ranap') {
      if (state.access < 0) state.protocol = protocol;
      const { imsi, tmsi, newTmsi, newArea, imei, imeisv } = state;
      take(state, radio, opc, dpc, payload);
      if (state.core < 0 && state.access >= 0) state.core = state.access === opc ? dpc : opc;
      const isNew =
        imsi !== state.imsi ||
        tmsi !== state.tmsi ||
        newTmsi !== state.newTmsi ||
        newArea !== state.newArea ||
        imei !== state.imei ||
        imeisv !== state.imeisv;
      if (isNew) this.tmsis.learn(state);
    }
  }

  /** All connections between these two nodes are over. Links without point codes have none to tell. */
  reset(state: ResetState): void {
    if (state.key1 >= 0 && !this.resets.add(state)) add(this.counters.anomalies, 'resets forgotten');
  }

  /** Ends what nothing at or after `seconds` can belong to. */
  retire(seconds: number): void {
    this.table.retire(seconds);
    this.resets.retire(seconds - LONGEST);
  }

  /** All connections, and the resets that others may ask for. */
  states(): (ConnectionState | ResetState)[] {
    const states = this.table.states();
    for (const state of states) this.settle(state);
    return [...states, ...this.resets.states()];
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
    return (this.isStitch || state.opened1 || state.opened2) && this.resets.settle(state);
  }

  /** Puts the state of a capture in. */
  join(state: ConnectionState): void {
    const { key1, key2 } = state;
    if (!this.resets.isEmpty) this.settleKeys(key1, key2, state.firstS);
    this.table.join(state, key1, key2, -1);
    const held = this.table.find(key1, state.firstS);
    if (held !== null) this.tmsis.learn(held.state);
  }
}

/** A RESET of an A interface. */
function newReset(capture: CaptureName, { opc, dpc }: Msu, { seconds, nanoseconds, frame }: Payload): ResetState {
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
  };
}

/**
 * Number of a local reference (24 bits) at a point code (24 bits, -1 where unknown). The network indicator is left out: there are
 * links on which each side writes another one.
 */
function keyOf(pointCode: number, reference: number): number {
  return (pointCode & 0xff_ffff) * 0x100_0000 + (reference & 0xff_ffff);
}

function newConnection(capture: CaptureName, { seconds, nanoseconds, frame }: Payload): ConnectionState {
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
    isUpdate: false,
    oldArea: -1,
    newArea: -1,
    imsi: 0,
    imei: 0,
    imeisv: 0,
    tmsi: -1,
    newTmsi: -1,
    classmark: '',
    cell: null,
    luType: -1,
    marks: noMarks(),
    handovers: NONE,
    transactions: NONE,
  };
}

function take(state: ConnectionState, radio: Radio, opc: number, dpc: number, payload: Payload): void {
  const { type, nas } = radio;
  const { seconds, nanoseconds } = payload;
  if (radio.protocol === 'ranap') {
    if (type === Ranap.initialUeMessage) takeStart(state, radio, opc);
    else if (type === Ranap.commonId) state.access = dpc;
    else if (type === Ranap.relocationPreparation && radio.outcome === 1) takeHandover(state, radio, payload);
    else if (type === Ranap.relocationPreparation && radio.outcome === 0) state.access = opc;
  } else if (type >= 0) {
    switch (type) {
      case Bssmap.completeLayer3Information:
        takeStart(state, radio, opc);
        break;
      case Bssmap.handoverPerformed:
      case Bssmap.handoverCommand:
        takeHandover(state, radio, payload);
        break;
      case Bssmap.assignmentRequest:
      case Bssmap.handoverRequest:
      case Bssmap.clearCommand:
      case Bssmap.commonId:
      case Bssmap.cipherModeCommand:
        state.access = dpc;
        break;
      case Bssmap.assignmentComplete:
      case Bssmap.handoverRequired:
      case Bssmap.clearComplete:
      case Bssmap.clearRequest:
      case Bssmap.classmarkUpdate:
      case Bssmap.cipherModeComplete:
        state.access = opc;
        break;
      default:
    }
  }
  if (radio.imsi.count > 0 && state.imsi === 0) state.imsi = pack(radio.imsi);
  if (radio.imeisv.count > 0) takeEquipment(state, radio.imeisv, payload);
  const { classmark } = radio;
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
  switch (nas.discriminator) {
    case Discriminator.mm:
      takeMobility(state, nas, opc, dpc, seconds, nanoseconds);
      takeIdentity(state, nas, payload);
      break;
    case Discriminator.cc:
      takeCall(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.sms:
      if (nas.rpType >= 0) takeShortMessage(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.ss:
      takeService(state, nas, opc, dpc, seconds, nanoseconds);
      break;
    case Discriminator.rr:
      takeIdentity(state, nas, payload);
      break;
    default:
  }
}

/** COMPLETE LAYER 3 INFORMATION, INITIAL UE MESSAGE: where the phone is. */
function takeStart(state: ConnectionState, radio: Radio, opc: number): void {
  state.access = opc;
  state.cell ??= packCell(radio.cell);
}

function takeHandover(state: ConnectionState, radio: Radio, { seconds, nanoseconds }: Payload): void {
  if (state.handovers.length >= HANDOVERS) return;
  const cell = packCell(radio.target) ?? packCell(radio.cell);
  state.handovers = [...state.handovers, { s: seconds, ns: nanoseconds, cell }];
}

function takeEquipment(state: ConnectionState, digits: Nas['imei'], { seconds, nanoseconds }: Payload): void {
  const packed = pack(digits);
  if (digits.count > 15) {
    if (state.imeisv === 0) state.imeisv = packed;
  } else if (state.imei === 0) {
    state.imei = packed;
  }
  note(state.marks, Seen.equipment, seconds, nanoseconds, -1, -1);
}

function takeIdentity(state: ConnectionState, nas: Nas, payload: Payload): void {
  if (nas.imsi.count > 0 && state.imsi === 0) state.imsi = pack(nas.imsi);
  if (nas.imei.count > 0) takeEquipment(state, nas.imei, payload);
  if (nas.imeisv.count > 0) takeEquipment(state, nas.imeisv, payload);
  if (nas.tmsi >= 0) {
    const isGiven =
      nas.discriminator === Discriminator.mm && (nas.type === Mm.updateAccept || nas.type === Mm.reallocationCommand);
    if (isGiven) {
      if (state.newTmsi < 0) state.newTmsi = nas.tmsi;
    } else if (state.tmsi < 0) {
      state.tmsi = nas.tmsi;
    }
  }
  const { classmark } = nas;
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
}

function takeMobility(
  state: ConnectionState,
  { type, luType, reject, area }: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
): void {
  state.access = MM_UP.has(type) ? opc : dpc;
  const { marks } = state;
  switch (type) {
    case Mm.updateRequest:
      note(marks, Seen.update, s, ns, opc, -1);
      state.isUpdate = true;
      if (state.luType < 0) state.luType = luType;
      if (state.oldArea < 0) state.oldArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.updateAccept:
      note(marks, Seen.updateAccept, s, ns, opc, -1);
      if (state.newArea < 0) state.newArea = areaOf(area.mcc, area.mnc, area.lac);
      break;
    case Mm.updateReject:
      note(marks, Seen.updateReject, s, ns, opc, reject);
      break;
    case Mm.detach:
      note(marks, Seen.detach, s, ns, opc, -1);
      break;
    case Mm.authenticationRequest:
      note(marks, Seen.authenticationRequest, s, ns, opc, -1);
      break;
    case Mm.authenticationResponse:
      note(marks, Seen.authenticationResponse, s, ns, opc, -1);
      break;
    case Mm.authenticationReject:
    case Mm.authenticationFailure:
      note(marks, Seen.authenticationReject, s, ns, opc, reject);
      break;
    default:
  }
}

function takeCall(state: ConnectionState, nas: Nas, opc: number, dpc: number, s: number, ns: number): void {
  switch (nas.type) {
    case Cc.setup:
    case Cc.emergencySetup: {
      const call = open(state, nas, opc, dpc, s, ns);
      if (call === null) return;
      call.calling = pack(nas.calling);
      call.called = pack(nas.called);
      note(call.marks, Did.progress, s, ns, opc, -1);
      break;
    }
    case Cc.proceeding:
      state.access = dpc;
      break;
    case Cc.confirmed:
      state.access = opc;
      break;
    case Cc.alerting:
      noteIn(state, nas, opc, dpc, Did.ringing, s, ns, -1);
      break;
    case Cc.connect:
      noteIn(state, nas, opc, dpc, Did.answer, s, ns, -1);
      break;
    case Cc.disconnect:
    case Cc.release:
    case Cc.releaseComplete:
      noteIn(state, nas, opc, dpc, Did.release, s, ns, nas.cause);
      break;
    default:
  }
}

/** RP messages (3GPP TS 24.011 §8.2.2): data, acknowledgement, error; the even ones come from the phone. */
function takeShortMessage(state: ConnectionState, nas: Nas, opc: number, dpc: number, s: number, ns: number): void {
  const { rpType } = nas;
  state.access = (rpType & 1) === 0 ? opc : dpc;
  if (rpType > 5) return;
  if (rpType > 3) {
    noteIn(state, nas, opc, dpc, Did.failure, s, ns, nas.cause);
  } else if (rpType > 1) {
    noteIn(state, nas, opc, dpc, Did.success, s, ns, -1);
  } else {
    const message = open(state, nas, opc, dpc, s, ns);
    if (message === null) return;
    message.called = pack(nas.smsAddress);
    message.length = nas.smsLength;
    note(message.marks, Did.progress, s, ns, opc, -1);
  }
}

function takeService(state: ConnectionState, nas: Nas, opc: number, dpc: number, s: number, ns: number): void {
  const { type, ssComponent } = nas;
  if (type === REGISTER) {
    const service = open(state, nas, opc, dpc, s, ns);
    if (service === null) return;
    note(service.marks, Did.progress, s, ns, opc, nas.ssOperation);
    if (nas.ussd.end > nas.ussd.start)
      service.code = nas.ssOperation === PROCESS_USSD ? packServiceCode(nas.ussd, nas.ussdCoding) : '';
    service.called = pack(nas.forwardedTo);
    service.length = nas.ssCode;
  }
  if (ssComponent === 2) noteIn(state, nas, opc, dpc, Did.success, s, ns, -1);
  else if (ssComponent === 3 || ssComponent === 4) noteIn(state, nas, opc, dpc, Did.failure, s, ns, -1);
  if (type === Cc.releaseComplete) noteIn(state, nas, opc, dpc, Did.release, s, ns, nas.cause);
}

/** A transaction begins; null where there are too many. Whether it is another one than the last, {@link settle} knows. */
function open(
  state: ConnectionState,
  { discriminator, transaction }: Nas,
  opc: number,
  dpc: number,
  s: number,
  ns: number,
): Transaction | null {
  const { transactions } = state;
  if (transactions.length >= TRANSACTIONS) return null;
  const made: Transaction = {
    discriminator,
    identifier: transaction & 7,
    // The flag is 0 in messages of the end that chose the identifier (24.007 §11.2.3.1.3).
    owner: (transaction & 8) === 0 ? opc : dpc,
    s,
    ns,
    calling: 0,
    called: 0,
    length: -1,
    code: null,
    marks: noMarks(),
  };
  state.transactions = [...transactions, made];
  return made;
}

/**
 * Notes what happened in the transaction of a message: the one that was opened last under its identifier. Where none was seen to
 * open, each message stands alone until the connection is put together, for what opened it may be in another piece.
 */
function noteIn(
  state: ConnectionState,
  nas: Nas,
  opc: number,
  dpc: number,
  kind: number,
  s: number,
  ns: number,
  cause: number,
): void {
  const { discriminator, transaction } = nas;
  const identifier = transaction & 7;
  const owner = (transaction & 8) === 0 ? opc : dpc;
  const { transactions } = state;
  let found: Transaction | null = null;
  for (const known of transactions) {
    const isSame = known.identifier === identifier && known.owner === owner && known.discriminator === discriminator;
    if (isSame && known.s >= 0) found = known;
  }
  found ??= open(state, nas, opc, dpc, -1, 0);
  if (found !== null) note(found.marks, kind, s, ns, opc, cause);
}

/**
 * The transactions of a connection that nothing more will be added to, in order of time: what stood alone is in the one that was
 * open then, and an opening seen again before the end is no other transaction. Those whose opening was not seen are left out.
 */
export function settle({ transactions }: ConnectionState): Transaction[] {
  const opened = transactions.filter(({ s }) => s >= 0);
  if (opened.length === 0) return opened;
  opened.sort((a, b) => compareTime(a.s, a.ns, b.s, b.ns));
  for (const lone of transactions) {
    if (lone.s >= 0) continue;
    const mark = lone.marks.find((each) => each !== null);
    if (mark === null || mark === undefined) continue;
    const home = opened.findLast((each) => isAlike(each, lone) && compareTime(each.s, each.ns, mark.s, mark.ns) <= 0);
    if (home !== undefined) mergeMarks(home.marks, lone.marks);
  }
  const settled: Transaction[] = [];
  for (const transaction of opened) {
    const before = settled.findLast((each) => isAlike(each, transaction));
    if (before !== undefined && !isOver(before, transaction)) mergeMarks(before.marks, transaction.marks);
    else settled.push(transaction);
  }
  return settled;
}

function isAlike(a: Transaction, b: Transaction): boolean {
  return a.identifier === b.identifier && a.owner === b.owner && a.discriminator === b.discriminator;
}

/** True where a transaction ended before another began. */
function isOver({ marks }: Transaction, { s, ns }: Transaction): boolean {
  for (const kind of [Did.release, Did.success, Did.failure]) {
    const mark = marks[kind]!;
    if (mark !== null && compareTime(mark.s, mark.ns, s, ns) <= 0) return true;
  }
  return false;
}

function mergeConnections(a: ConnectionState, b: ConnectionState): void {
  if (a.access < 0) {
    a.access = b.access;
    a.core = b.core;
    a.protocol = b.protocol;
  }
  a.isUpdate ||= b.isUpdate;
  if (a.imsi === 0) a.imsi = b.imsi;
  if (a.imei === 0) a.imei = b.imei;
  if (a.imeisv === 0) a.imeisv = b.imeisv;
  if (a.tmsi < 0) a.tmsi = b.tmsi;
  if (a.newTmsi < 0) a.newTmsi = b.newTmsi;
  if (b.classmark.length > a.classmark.length) a.classmark = b.classmark;
  a.cell ??= b.cell;
  if (a.luType < 0) a.luType = b.luType;
  if (a.oldArea < 0) a.oldArea = b.oldArea;
  if (a.newArea < 0) a.newArea = b.newArea;
  mergeMarks(a.marks, b.marks);
  for (const handover of b.handovers) {
    const isKnown = a.handovers.some(({ s, ns }) => s === handover.s && ns === handover.ns);
    if (!isKnown && a.handovers.length < HANDOVERS) a.handovers = [...a.handovers, handover];
  }
  for (const transaction of b.transactions) {
    const { s, ns } = transaction;
    const isKnown =
      s >= 0 && a.transactions.some((each) => each.s === s && each.ns === ns && isAlike(each, transaction));
    if (!isKnown && a.transactions.length < TRANSACTIONS) a.transactions = [...a.transactions, transaction];
  }
}
