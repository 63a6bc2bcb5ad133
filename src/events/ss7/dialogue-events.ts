import { isSubscriberNumber } from '../../base/numbers.ts';
import { elapsed, type PacketTime } from '../../base/time.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent, EventKind, Outcome } from '../event.ts';
import { digitsOf, numberOf } from '../packed.ts';
import { latest } from '../times.ts';
import {
  ALERTS,
  ANSWERS,
  Bcsm,
  DISCONNECTS,
  endOf,
  FAILURES,
  isCopy,
  lastOf,
  meaningOf,
  REASONS,
  reportOf,
  SMS_FAILURES,
  SMS_SUCCESSES,
  SmsEvent,
} from './cap-reports.ts';
import { forwardingText } from './connection-events.ts';
import { CapOperation, MapOperation } from './dialogue-facts.ts';
import { endCall, isAfter, nameEquipment, newEvent, type Origin, placeAt } from './finish.ts';
import type { DialogueState, Invoke, Reply } from './state.ts';

/** Application context of mobile originated short messages (3GPP TS 29.002 §17.3.3); terminated: 25. */
const MO_RELAY = 21;

/** Services that a phone asks for. */
const FROM_PHONE: ReadonlySet<number> = new Set([
  MapOperation.processUnstructuredSSData,
  MapOperation.processUnstructuredSSRequest,
]);

const SERVICES: Record<number, string> = {
  [MapOperation.registerSS]: 'register',
  [MapOperation.eraseSS]: 'erase',
  [MapOperation.activateSS]: 'activate',
  [MapOperation.deactivateSS]: 'deactivate',
};

/** The events of a dialogue that nothing more will be added to. */
export function eachDialogueEvent(
  state: DialogueState,
  context: EventContext,
  onEvent: (event: CatpoolEvent) => void,
): void {
  const { invokes, reports, key1, key2 } = state;
  state.reports = reports.filter((report) => !reports.some((each) => isCopy(report, each)));
  const names = [Math.min(key1, key2), Math.max(key1, key2)];
  let isUpdated = false;
  for (const { opcode, protocol } of invokes) {
    if (protocol === 'map' && UPDATES.has(opcode)) isUpdated = true;
  }
  for (const invoke of invokes) {
    const origin: Origin = { context, span: state, over: invoke.protocol === 'map' ? 'map' : 'cap', names };
    const event =
      invoke.protocol === 'map' ? mapEvent(state, invoke, origin, isUpdated) : capEvent(state, invoke, origin);
    if (event !== null) onEvent(event);
  }
}

const UPDATES: ReadonlySet<number> = new Set([
  MapOperation.updateLocation,
  MapOperation.updateGprsLocation,
  MapOperation.restoreData,
]);

/** Questions that any network asks of a subscriber, to reach or to find it: like a call to it, they show nothing that it did. */
const ENQUIRIES: ReadonlySet<number> = new Set([
  MapOperation.resumeCallHandling,
  MapOperation.sendRoutingInfo,
  MapOperation.sendRoutingInfoForSM,
  MapOperation.sendIMSI,
  MapOperation.anyTimeInterrogation,
  MapOperation.provideSubscriberLocation,
  MapOperation.sendRoutingInfoForLCS,
  MapOperation.subscriberLocationReport,
]);

function newOf(kind: EventKind, state: DialogueState, invoke: Invoke, origin: Origin): CatpoolEvent {
  const { plan } = origin.context;
  const event = newEvent(kind, invoke, `${invoke.opcode} ${invoke.id}`, origin);
  event.imsi = digitsOf(state.imsi);
  event.msisdn = numberOf(state.msisdn, plan);
  nameEquipment(event, state.imei, 0);
  if (state.tmsi !== '') event.tmsi = state.tmsi;
  if (state.classmark !== '') event.classmark = state.classmark;
  event.visited = numberOf(state.vlr, plan) ?? numberOf(state.msc, plan) ?? numberOf(state.sgsn, plan);
  placeAt(event, state.cell);
  return event;
}

/** The first answer to an invoke: of those under its identifier one that comes before the next invoke under it, and after the one before. */
function replyTo({ invokes, replies }: DialogueState, invoke: Invoke): Reply | null {
  const { id, from } = invoke;
  let isFirst = true;
  let next: Invoke | null = null;
  for (const each of invokes) {
    if (each.id !== id || each.from !== from) continue;
    if (isAfter(invoke, each)) isFirst = false;
    else if (isAfter(each, invoke) && (next === null || isAfter(next, each))) next = each;
  }
  let found: Reply | null = null;
  for (const reply of replies) {
    if (reply.id !== id || reply.to !== from || (found !== null && isAfter(reply, found))) continue;
    if (!isFirst && isAfter(invoke, reply)) continue;
    if (next === null || isAfter(next, reply)) found = reply;
  }
  return found;
}

function mapEvent(state: DialogueState, invoke: Invoke, origin: Origin, isUpdated: boolean): CatpoolEvent | null {
  // As a whole, by a side that never answered: of a context alone there are older versions.
  if (state.refused && state.context >= 0 && (state.key1 < 0 || state.key2 < 0)) return null;
  const { opcode } = invoke;
  const reply = replyTo(state, invoke);
  const isRefused = reply !== null && reply.error >= 0;
  let event: CatpoolEvent;
  switch (opcode) {
    case MapOperation.updateLocation:
    case MapOperation.updateGprsLocation:
    case MapOperation.restoreData:
      event = newOf('presence', state, invoke, origin);
      event.outcome = outcomeOf(state, invoke, 'registered');
      break;
    case MapOperation.cancelLocation:
    case MapOperation.purgeMS:
      event = newOf('presence', state, invoke, origin);
      // A phone that the register has not heard of for days.
      if (opcode === MapOperation.purgeMS) event.lu_type = 'detach';
      event.outcome = 'deregistered';
      break;
    case MapOperation.sendAuthenticationInfo:
      // The rest of the vectors, where one message had no room for all (3GPP TS 29.002 §17.6.1): an invoke more.
      if (!isAskedFirst(state, invoke)) return null;
      event = newOf('auth', state, invoke, origin);
      if (isRefused) event.outcome = 'rejected';
      break;
    case MapOperation.checkIMEI:
      event = newOf('device', state, invoke, origin);
      break;
    case MapOperation.moForwardSM:
    case MapOperation.mtForwardSM: {
      event = newOf('sms', state, invoke, origin);
      const isOriginating =
        opcode === MapOperation.moForwardSM && (state.context === MO_RELAY || invoke.fromPhone === true);
      event.direction = isOriginating ? 'originating' : 'terminating';
      event.counterpart = numberOf(invoke.number, origin.context.plan);
      event.sms_length = invoke.value < 0 ? null : invoke.value;
      event.outcome = outcomeOf(state, invoke, 'delivered');
      break;
    }
    case MapOperation.processUnstructuredSSData:
    case MapOperation.processUnstructuredSSRequest:
    case MapOperation.unstructuredSSRequest:
    case MapOperation.unstructuredSSNotify:
      event = newOf('ussd', state, invoke, origin);
      event.direction = FROM_PHONE.has(opcode) ? 'originating' : 'terminating';
      event.ussd_code = invoke.code === null || invoke.code === '' ? null : invoke.code;
      event.outcome = outcomeOf(state, invoke, 'delivered');
      break;
    case MapOperation.registerSS:
    case MapOperation.eraseSS:
    case MapOperation.activateSS:
    case MapOperation.deactivateSS:
      if ((invoke.value & 0xf0) !== 0x20) return null;
      event = newOf('forwarding', state, invoke, origin);
      event.forwarding = forwardingText(SERVICES[opcode]!, invoke.value);
      event.counterpart = numberOf(invoke.number, origin.context.plan);
      event.outcome = outcomeOf(state, invoke, 'delivered');
      break;
    default:
      return whoIsWho(state, invoke, origin, isUpdated);
  }
  endAt(event, reply ?? abortOf(state, invoke));
  return event;
}

/** What became of what was asked for. @param done where it was granted */
function outcomeOf(state: DialogueState, invoke: Invoke, done: Outcome): Outcome {
  const reply = replyTo(state, invoke);
  if (reply === null) return abortOf(state, invoke) === null ? 'open' : 'rejected';
  return reply.error >= 0 ? 'rejected' : done;
}

/** When either side gave up the dialogue that something was asked for in (ITU-T Q.774 §3.2.1.2); null where neither did. */
function abortOf({ aborted }: DialogueState, invoke: Invoke): PacketTime | null {
  return aborted === null || isAfter(invoke, aborted) ? null : aborted;
}

/** The answer's time. No latency: a register answers, not a phone (see `latency_ms` of {@link CatpoolEvent}). */
function endAt(event: CatpoolEvent, end: PacketTime | null): void {
  if (end !== null) event.end_time = { s: end.s, ns: end.ns };
}

/** Subscriber data and the questions that networks ask: no act of the line, but they say which numbers are one, and where it is. */
function whoIsWho(state: DialogueState, invoke: Invoke, origin: Origin, isUpdated: boolean): CatpoolEvent | null {
  if (isUpdated) return null;
  if (!isAskedFirst(state, invoke)) return null;
  const isPair = state.imsi !== 0 && state.msisdn !== 0;
  if (!isPair && state.cell === null) return null;
  const event = newOf('presence', state, invoke, origin);
  if (ENQUIRIES.has(invoke.opcode)) event.direction = 'terminating';
  endAt(event, replyTo(state, invoke));
  return event;
}

/** Whether the operation was not asked for earlier in the dialogue. */
function isAskedFirst({ invokes }: DialogueState, invoke: Invoke): boolean {
  return invokes.find(({ protocol, opcode }) => protocol === 'map' && opcode === invoke.opcode) === invoke;
}

function capEvent(state: DialogueState, invoke: Invoke, origin: Origin): CatpoolEvent | null {
  const { plan } = origin.context;
  const { opcode, value: trigger } = invoke;
  if (opcode !== CapOperation.initialDP && opcode !== CapOperation.initialDPSMS) return null;
  const isCall = opcode === CapOperation.initialDP;
  const event = newOf(isCall ? 'leg' : 'sms', state, invoke, origin);
  const isTerminating = isCall ? isOfCalled(trigger) : trigger === SmsEvent.deliveryRequested;
  event.direction = isTerminating ? 'terminating' : 'originating';
  const calling = numberOf(state.calling, plan);
  const called = numberOf(state.called, plan);
  // A forwarded call (MF in 3GPP TS 23.078 §4.6.1): IMSI and service are of the line that forwards it, the calling number is not its own.
  const forwarding = isCall && !isTerminating ? numberOf(invoke.number, plan) : null;
  const own = isTerminating ? called : (forwarding ?? calling);
  // The network sends it on: the line does nothing, and is not reached.
  if (forwarding !== null) event.direction = null;
  event.msisdn ??= own !== null && isSubscriberNumber(own) ? own : null;
  event.counterpart = isTerminating ? calling : called;
  event.visited = numberOf(state.msc, plan) ?? numberOf(state.vlr, plan);
  if (isCall) endCapCall(event, state);
  else endCapMessage(event, state);
  return event;
}

/** The detection points of the called line's half of a call are 12 to 18 (Q.1218 §2.1: EventTypeBCSM). */
function isOfCalled(trigger: number): boolean {
  return trigger >= Bcsm.termAttemptAuthorised && trigger <= Bcsm.tAbandon;
}

/** The first invoke of this operation of CAP or INAP. */
function invokeOf({ invokes }: DialogueState, operation: number): Invoke | undefined {
  return invokes.find(({ protocol, opcode }) => protocol !== 'map' && opcode === operation);
}

function endCapCall(event: CatpoolEvent, state: DialogueState): void {
  const reported = reportOf(state, ANSWERS);
  const ringing = reportOf(state, ALERTS);
  const end = endOf(state);
  const failure = reportOf(state, FAILURES);
  const next = reported ?? end;
  if (failure !== null && next !== null && isAfter(next, failure) && event.direction !== null)
    event.forwarding = `forwarded ${REASONS[failure.event] ?? 'not_reachable'}`;
  // The control function ends the call, or the switch had to, where no detection point is met (3GPP TS 29.078 §6.1: entityReleased).
  const release = invokeOf(state, CapOperation.releaseCall) ?? invokeOf(state, CapOperation.entityReleased);
  const summary = invokeOf(state, CapOperation.callInformationReport);
  const isAnswered = end !== null && DISCONNECTS.has(end.event);
  let answer: PacketTime | null = reported === null || end === null || !isAfter(reported, end) ? reported : null;
  // Nobody asked for the answer to be told, or it was lost: how long the call was charged for tells when it was.
  if (answer === null && isAnswered && state.elapsed >= 0) {
    const told = later(end, -state.elapsed);
    if (!isAfter(event.time, told)) answer = told;
  }
  const torn = answer === null ? null : tornFrom(state);
  // Until the answer the other party may have been alerted for any part of the time.
  if (ringing !== null && !isAfter(event.time, ringing)) event.setup_ms = elapsed(event.time, ringing);
  if (answer !== null) event.answer_time = { s: answer.s, ns: answer.ns };
  if (end !== null) {
    event.end_time = { s: end.s, ns: end.ns };
    const [byCaller, cause] = meaningOf(end);
    endCall(event, answer !== null || isAnswered, byCaller, cause);
  } else if (release !== undefined) {
    event.end_time = { s: release.s, ns: release.ns };
    endCall(event, answer !== null, null, release.value);
    event.released_by = 'network';
  } else if (answer !== null && torn !== null) {
    event.end_time = { s: torn.s, ns: torn.ns };
    endCall(event, true, null, torn.value);
  } else if (answer !== null && state.elapsed >= 0) {
    event.outcome = 'answered';
    // After a switch of the tariff the time is counted anew (3GPP TS 29.078 §5.1: timeIfTariffSwitch), and for another party as well.
    const known = latest(state.charged, lastOf(state, ANSWERS));
    event.end_time = latest(later(answer, state.elapsed), known);
  } else if (state.elapsed > 0) {
    event.outcome = 'answered';
    event.talk_ms = state.elapsed * 100;
  } else if (summary !== undefined && summary.value > 0) {
    event.end_time = { s: summary.s, ns: summary.ns };
    endCall(event, false, null, summary.value);
  } else {
    event.outcome = !state.closed || answer !== null ? 'open' : null;
  }
  if (answer !== null && event.end_time !== null && !isAfter(answer, event.end_time))
    event.talk_ms = elapsed(answer, event.end_time);
  const ringEnd = answer ?? (isAnswered ? null : event.end_time);
  if (ringing !== null && ringEnd !== null && !isAfter(ringing, ringEnd)) event.ring_ms = elapsed(ringing, ringEnd);
}

/**
 * The order that took one of the two parties out of the call after its last answer (3GPP TS 29.078 §6.1: disconnectLeg), so that nobody talked
 * any more; null where there is none, or the switch refused it, or the dialogue goes on: another party may yet come.
 */
function tornFrom(state: DialogueState): Invoke | null {
  if (!state.closed) return null;
  const { reports, invokes } = state;
  let torn: Invoke | null = null;
  for (const invoke of invokes) {
    if (invoke.protocol === 'map' || invoke.opcode !== CapOperation.disconnectLeg) continue;
    if (torn !== null && !isAfter(torn, invoke)) continue;
    const isRefused = (replyTo(state, invoke)?.error ?? -1) >= 0;
    if (!isRefused && !reports.some((report) => ANSWERS.has(report.event) && isAfter(report, invoke))) torn = invoke;
  }
  return torn;
}

/** So many tenths of a second later. */
function later({ s, ns }: PacketTime, tenths: number): PacketTime {
  const all = ns + tenths * 1e8;
  const seconds = Math.floor(all / 1e9);
  return { s: s + seconds, ns: all - seconds * 1e9 };
}

function endCapMessage(event: CatpoolEvent, state: DialogueState): void {
  const done = reportOf(state, SMS_SUCCESSES);
  // The control function does not let it go on (3GPP TS 29.078 §7.1.1: releaseSMS).
  const released = invokeOf(state, CapOperation.releaseSMS);
  const end = done ?? reportOf(state, SMS_FAILURES) ?? released;
  event.outcome = end === undefined ? 'open' : end === done ? 'delivered' : 'rejected';
  if (end === undefined) return;
  event.end_time = { s: end.s, ns: end.ns };
  if (end === released && released.value > 0) event.cause = released.value;
}
