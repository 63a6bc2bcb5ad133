import { compareTime, compareTimes, type PacketTime } from '../../base/time.ts';
import { type Component, ComponentType, type Operation, type Ss7Message } from '../../ss7/message.ts';
import { createOperation, setBytes } from '../../ss7/operation.ts';
import { SmsType } from '../../ss7/sms-tpdu.ts';
import { isCapContext, readCap } from '../../ss7/tcap/cap.ts';
import { isInapContext, readInap } from '../../ss7/tcap/inap.ts';
import { readMap } from '../../ss7/tcap/map.ts';
import { createComponent, createTcap } from '../../ss7/tcap/tcap.ts';
import { EIGHT_BITS, pack, packBytes, packCell, packParty, packServiceCode } from '../packed.ts';
import { earliest, latest } from '../times.ts';
import { joinLabels } from './labels.ts';
import { hasRoom, type Room } from './room.ts';
import type { DialogueState, Invoke, Reply, Report } from './state.ts';
import { COPY } from './ties.ts';

/** Operations of MAP (3GPP TS 29.002 §17.5) that say what a line does, or who it is. */
export const MapOperation = {
  updateLocation: 2,
  cancelLocation: 3,
  provideRoamingNumber: 4,
  noteSubscriberDataModified: 5,
  resumeCallHandling: 6,
  insertSubscriberData: 7,
  registerSS: 10,
  eraseSS: 11,
  activateSS: 12,
  deactivateSS: 13,
  sendRoutingInfo: 22,
  updateGprsLocation: 23,
  checkIMEI: 43,
  mtForwardSM: 44,
  sendRoutingInfoForSM: 45,
  moForwardSM: 46,
  sendAuthenticationInfo: 56,
  restoreData: 57,
  sendIMSI: 58,
  /** Of phase 1. */
  processUnstructuredSSData: 19,
  processUnstructuredSSRequest: 59,
  unstructuredSSRequest: 60,
  unstructuredSSNotify: 61,
  purgeMS: 67,
  provideSubscriberInfo: 70,
  anyTimeInterrogation: 71,
  ssInvocationNotification: 72,
  provideSubscriberLocation: 83,
  sendRoutingInfoForLCS: 85,
  subscriberLocationReport: 86,
  noteMmEvent: 89,
} as const;
const MAP_KEPT: ReadonlySet<number> = new Set(Object.values(MapOperation));

/** Operations of CAP (3GPP TS 29.078 §5.1) and INAP that say what a call does. */
export const CapOperation = {
  initialDP: 0,
  releaseCall: 22,
  eventReportBCSM: 24,
  applyChargingReport: 36,
  callInformationReport: 44,
  initialDPSMS: 60,
  eventReportSMS: 64,
  releaseSMS: 66,
  disconnectLeg: 90,
  entityReleased: 96,
} as const;
const CAP_KEPT: ReadonlySet<number> = new Set([
  CapOperation.initialDP,
  CapOperation.releaseCall,
  CapOperation.callInformationReport,
  CapOperation.initialDPSMS,
  CapOperation.releaseSMS,
  CapOperation.disconnectLeg,
  CapOperation.entityReleased,
]);
/** Detection points that a call meets before its called party is looked for (EventTypeBCSM, 29.078 §5.1, Q.1218 §2.1). */
const BEGINNINGS: ReadonlySet<number> = new Set([1, 2, 3, 12]);
/** Operations that may be about one leg alone. */
const OF_A_LEG: ReadonlySet<number> = new Set([CapOperation.disconnectLeg, CapOperation.entityReleased]);
/** The calling and the called party's legs (3GPP TS 29.078 §5.1: LegID); those that the control function adds have numbers above. */
const CALLED_LEG = 2;

/** Longest parameter that is kept unread: half of what fits into one message of SCCP in segments. */
const UNREAD_BYTES = 2048;

/** A list without anything in it; it is replaced, never added to. */
const NONE: never[] = [];

/** Takes what a component says. */
export function apply(
  state: DialogueState,
  { component, operation, protocol }: Pick<Ss7Message, 'component' | 'operation' | 'protocol'>,
  sender: number,
  receiver: number,
  s: number,
  ns: number,
  room: Room,
): void {
  const { type, invokeId } = component;
  const isInvoke = type === ComponentType.invoke;
  if (!isInvoke && type !== ComponentType.resultNotLast) {
    const error = type === ComponentType.error ? component.error : type === ComponentType.reject ? 0 : -1;
    addReply(state, { id: invokeId, to: receiver, s, ns, error }, room);
  }
  if (protocol !== 'map' && protocol !== 'cap' && protocol !== 'inap') return;
  takeFacts(state, operation);
  if (isInvoke) takeInvoke(state, protocol, component, operation, sender, s, ns, room);
}

function takeInvoke(
  state: DialogueState,
  protocol: 'map' | 'cap' | 'inap',
  { opcode, invokeId: id }: Component,
  operation: Operation,
  from: number,
  s: number,
  ns: number,
  room: Room,
): void {
  let number = pack(operation.forwardedTo);
  let value = operation.ssCode;
  let fromPhone: boolean | null = null;
  let code: string | null = null;
  if (protocol === 'map') {
    if (!MAP_KEPT.has(opcode)) return;
    if (opcode === MapOperation.moForwardSM || opcode === MapOperation.mtForwardSM) {
      // The service centre's report on a message (3GPP TS 23.040 §9.2.2.3), or a phone's command to it, is no message.
      if (operation.smsType === SmsType.statusReport) return;
      number = packParty(operation);
      value = operation.smsLength;
      fromPhone = operation.smsType === 1 || (operation.smsType < 0 && operation.msisdn.count > 0);
    } else if (opcode === MapOperation.processUnstructuredSSRequest) {
      code = packServiceCode(operation.ussd, operation.ussdCoding);
    } else if (opcode === MapOperation.processUnstructuredSSData) {
      code = packServiceCode(operation.ussd, EIGHT_BITS);
    }
  } else if (opcode === CapOperation.eventReportBCSM || opcode === CapOperation.eventReportSMS) {
    const { eventType: event, leg, cause } = operation;
    if (event >= 0) addReport(state, { event, leg, s, ns, cause }, room);
    return;
  } else if (opcode === CapOperation.applyChargingReport) {
    state.elapsed = Math.max(state.elapsed, operation.elapsed);
    if (operation.elapsed >= 0 && operation.legActive !== 0) state.charged = latest(state.charged, { s, ns });
    return;
  } else {
    if (!CAP_KEPT.has(opcode)) return;
    if (opcode === CapOperation.initialDP) {
      const { redirecting, originalCalled, eventType: event, cause } = operation;
      number = pack(redirecting.count > 0 ? redirecting : originalCalled);
      value = event;
      // A service that is asked only then, as one for lines that are busy or do not answer (3GPP TS 23.078: TDP-R 4, 13, 14).
      if (event >= 0 && !BEGINNINGS.has(event)) addReport(state, { event, leg: -1, s, ns, cause }, room);
    } else if (OF_A_LEG.has(opcode) && operation.leg > CALLED_LEG) {
      return;
    } else if (opcode === CapOperation.initialDPSMS) {
      value = operation.eventType;
    } else {
      value = operation.cause;
      state.elapsed = Math.max(state.elapsed, operation.elapsed);
    }
  }
  addInvoke(state, { protocol, opcode, id, from, s, ns, number, value, fromPhone, code }, room);
}

/** Whose the operations are is told: its beginning was seen, or its context. */
export function isTold({ opened1, opened2, context }: DialogueState): boolean {
  return opened1 || opened2 || context >= 0;
}

/**
 * Keeps a component as it came, until its dialogue {@link isTold}: an earlier capture may tell whose operations these are.
 * What was read is what the subsystem number lets one guess.
 */
export function hold(
  state: DialogueState,
  { component, protocol }: Ss7Message,
  from: number,
  to: number,
  s: number,
  ns: number,
  room: Room,
): void {
  const { type, invokeId: id, opcode, error, parameter } = component;
  if (!hasRoom(state.unread.length, 'componentsPerDialogue', room)) return;
  const bytes = parameter.end - parameter.start > UNREAD_BYTES ? '' : packBytes(parameter);
  state.unread = [...state.unread, { type, id, opcode, error, from, to, s, ns, guess: protocol, bytes }];
}

/** Reads the components that were kept. */
export function readHeld(state: DialogueState, room: Room): void {
  const { unread } = state;
  if (unread.length === 0) return;
  state.unread = NONE;
  unread.sort((a, b) => compareTime(a.s, a.ns, b.s, b.ns));
  tcap.context = state.context;
  tcap.contextVersion = state.contextVersion;
  tcap.contextArc = state.contextArc;
  for (const { type, id, opcode, error, from, to, s, ns, guess, bytes } of unread) {
    const data = Buffer.from(bytes, 'hex');
    setBytes(component.parameter, data, 0, data.length);
    component.type = type;
    component.invokeId = id;
    component.opcode = opcode;
    component.error = error;
    let protocol = guess;
    if (state.context >= 0) protocol = isCapContext(tcap) ? 'cap' : isInapContext(tcap) ? 'inap' : 'map';
    if (protocol === 'map') readMap(component, tcap, operation);
    else if (protocol === 'cap') readCap(component, tcap, operation);
    else if (protocol === 'inap') readInap(component, operation);
    apply(state, { component, operation, protocol }, from, to, s, ns, room);
  }
}

/** Scratch of {@link readHeld}. */
const tcap = createTcap();
const component = createComponent();
const operation = createOperation();

/**
 * An identifier may stand for another operation once the one before was answered (Q.774 §3.2.1.1.2), as for each part of a long message:
 * an answer in between tells it from a copy. So invokes and replies are added in order of time.
 */
function addInvoke(state: DialogueState, invoke: Invoke, room: Room): void {
  const { invokes, replies } = state;
  const { id, from, opcode, s } = invoke;
  const known = invokes.findLast(
    (each) => each.id === id && each.from === from && each.opcode === opcode && Math.abs(each.s - s) <= COPY,
  );
  if (known && !replies.some((each) => each.id === id && each.to === from && isBetween(each, known, invoke))) return;
  if (invokes.length === 0) state.invokes = [invoke];
  else if (hasRoom(invokes.length, 'componentsPerDialogue', room)) state.invokes = [...invokes, invoke];
}

function addReply(state: DialogueState, reply: Reply, room: Room): void {
  const { invokes, replies } = state;
  const { id, to, s } = reply;
  const known = replies.findLast((each) => each.id === id && each.to === to && Math.abs(each.s - s) <= COPY);
  if (known && !invokes.some((each) => each.id === id && each.from === to && isBetween(each, known, reply))) return;
  if (replies.length === 0) state.replies = [reply];
  else if (hasRoom(replies.length, 'componentsPerDialogue', room)) state.replies = [...replies, reply];
}

function isBetween(time: PacketTime, a: PacketTime, b: PacketTime): boolean {
  return compareTimes(time, a) > 0 && compareTimes(time, b) < 0;
}

/** Keeps the first and the last of each event and leg: a service that tries several numbers may find each of them busy. */
function addReport(state: DialogueState, report: Report, room: Room): void {
  const { reports } = state;
  const [one, two] = reports.filter(({ event, leg }) => event === report.event && leg === report.leg);
  if ((one && compareTimes(one, report) === 0) || (two && compareTimes(two, report) === 0)) return;
  if (!one || !two) {
    if (hasRoom(reports.length, 'componentsPerDialogue', room)) state.reports = [...reports, report];
    return;
  }
  const [first, last] = compareTimes(one, two) < 0 ? [one, two] : [two, one];
  if (compareTimes(report, first) < 0) Object.assign(first, report);
  else if (compareTimes(report, last) > 0) Object.assign(last, report);
}

function takeFacts(state: DialogueState, operation: Operation): void {
  if (state.imsi === 0 && operation.imsi.count > 0) state.imsi = pack(operation.imsi);
  if (state.msisdn === 0 && operation.msisdn.count > 0) state.msisdn = pack(operation.msisdn);
  if (state.imei === 0 && operation.imei.count > 0) state.imei = pack(operation.imei);
  if (state.calling === 0 && operation.calling.count > 0) state.calling = pack(operation.calling);
  if (state.called === 0 && operation.called.count > 0) state.called = pack(operation.called);
  if (state.msc === 0 && operation.msc.count > 0) state.msc = pack(operation.msc);
  if (state.vlr === 0 && operation.vlr.count > 0) state.vlr = pack(operation.vlr);
  if (state.sgsn === 0 && operation.sgsn.count > 0) state.sgsn = pack(operation.sgsn);
  state.cell ??= packCell(operation.cell);
  const { classmark, tmsi } = operation;
  if ((classmark.end - classmark.start) * 2 > state.classmark.length) state.classmark = packBytes(classmark);
  if (state.tmsi === '' && tmsi.end > tmsi.start) state.tmsi = packBytes(tmsi);
}

/** What the address with the digest `from` said, or was told, is of the one with the digest `to`. */
export function readdress({ invokes, replies, unread }: DialogueState, from: number, to: number): void {
  if (from === to) return;
  for (const each of invokes) if (each.from === from) each.from = to;
  for (const each of replies) if (each.to === from) each.to = to;
  for (const each of unread) {
    if (each.from === from) each.from = to;
    if (each.to === from) each.to = to;
  }
}

/** Joins what `b` says into `a`. */
export function mergeDialogues(a: DialogueState, b: DialogueState, room: Room): void {
  const told = isTold(a) || isTold(b);
  if (a.context < 0) {
    a.context = b.context;
    a.contextVersion = b.contextVersion;
    a.contextArc = b.contextArc;
  }
  // At once: of a call that goes on for many captures there would be too many to keep.
  if (told) readHeld(a, room);
  a.labels = joinLabels(a.labels, b.labels);
  if (a.imsi === 0) a.imsi = b.imsi;
  if (a.msisdn === 0) a.msisdn = b.msisdn;
  if (a.imei === 0) a.imei = b.imei;
  if (a.calling === 0) a.calling = b.calling;
  if (a.called === 0) a.called = b.called;
  if (a.msc === 0) a.msc = b.msc;
  if (a.vlr === 0) a.vlr = b.vlr;
  if (a.sgsn === 0) a.sgsn = b.sgsn;
  a.cell ??= b.cell;
  if (b.classmark.length > a.classmark.length) a.classmark = b.classmark;
  if (a.tmsi === '') a.tmsi = b.tmsi;
  const replies = b.replies.toSorted(compareTimes);
  let next = 0;
  for (const invoke of b.invokes.toSorted(compareTimes)) {
    for (; next < replies.length && compareTimes(replies[next]!, invoke) < 0; next++) addReply(a, replies[next]!, room);
    addInvoke(a, invoke, room);
  }
  for (; next < replies.length; next++) addReply(a, replies[next]!, room);
  for (const report of b.reports) addReport(a, report, room);
  a.closed ||= b.closed;
  a.aborted = earliest(a.aborted, b.aborted ?? null);
  a.refused ||= b.refused;
  a.elapsed = Math.max(a.elapsed, b.elapsed);
  a.charged = latest(a.charged, b.charged);
  if (b.unread.length === 0) return;
  const unread = [...a.unread];
  for (const each of b.unread) if (hasRoom(unread.length, 'componentsPerDialogue', room)) unread.push(each);
  a.unread = unread;
  if (told) readHeld(a, room);
}
