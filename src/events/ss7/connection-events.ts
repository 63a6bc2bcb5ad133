import { hex32 } from '../../base/hex.ts';
import { compareTimes, elapsed, type PacketTime } from '../../base/time.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent, EventKind } from '../event.ts';
import { digitsOf, numberOf, type PackedCell } from '../packed.ts';
import { isAsked, isTmsiRefused } from './claims.ts';
import { endCall, isAfter, nameEquipment, newEvent, type Origin, placeAt, timeCall } from './finish.ts';
import { type ConnectionState, Did, type Handover, type Mark, Seen, type Transaction, WENT_BACK } from './state.ts';
import { areaOf } from './tmsis.ts';
import { Discriminator, forwardingOf, settle } from './transactions.ts';

/** Location updating types (3GPP TS 24.008 §10.5.3.5). */
const LU_TYPES = ['normal', 'periodic', 'attach'];

/** Seconds in which a phone that was told to go elsewhere is back: no longer than the network waits for it (48.008 §3.1.5.3.3, T8). */
const BACK = 30;

/** True where only a TMSI says whose connection it is. */
export function isAnonymous(state: ConnectionState): boolean {
  return state.imsi === 0 && state.tmsi >= 0 && !isAsked(state);
}

/**
 * The network refused what the phone asked for, or its proof of who it is, and never took it in: nobody knows whose phone that was, and what
 * it sent all the same is no call. Where no refusal is seen the acceptance may be lost to the capture.
 */
function isRefused(state: ConnectionState): boolean {
  const { marks, isTurnedAway, newTmsi, circuit, callIdentifier, transactions, access, core } = state;
  if (!isTurnedAway || marks[Seen.closed] === null) return false;
  if (marks[Seen.accept] !== null || marks[Seen.updateAccept] !== null) return false;
  if (newTmsi >= 0 || circuit !== -1 || callIdentifier !== -1 || access === core) return false;
  return !transactions.some((each) => OF_EITHER.some((kind) => each.marks[kind]?.from === core));
}

/** Kinds of marks of a transaction that say who sent the message. */
const OF_EITHER = [Did.progress, Did.ringing, Did.answer, Did.acknowledge, Did.success, Did.failure] as const;

/** Names the phone of an event of a connection that {@link isAnonymous}, by who held its TMSI. */
export function nameHolder(event: CatpoolEvent, { imsi, imei }: { imsi: number; imei: number }): void {
  event.imsi = digitsOf(imsi);
  // A detach ends the registration in which the phone was given its TMSI and named itself.
  if (event.kind === 'presence' && event.lu_type === 'detach' && event.imei === null) nameEquipment(event, imei, 0);
}

/** The events of a connection that nothing more will be added to; {@link nameHolder} names those of an anonymous one. */
export function eachConnectionEvent(
  state: ConnectionState,
  context: EventContext,
  onEvent: (event: CatpoolEvent) => void,
): void {
  const { marks, key1, key2, protocol } = state;
  // What a phone of 4G has to do with an exchange takes the place of the A interface (3GPP TS 23.272 §4.2).
  const over = protocol === 'sgsap' ? 'bssap' : protocol;
  const names = [Math.min(key1, key2), Math.max(key1, key2)];
  const origin: Origin = { context, span: state, over, names };
  const refused = isRefused(state);
  // Its device is not that of the line, unless the answer to the challenge was right and it is refused for something else.
  const isNobody =
    refused && (marks[Seen.authenticationResponse] === null || marks[Seen.authenticationReject] !== null);
  if (isNobody) state.imei = state.imeisv = 0;
  presence(state, origin, onEvent);
  authentication(state, origin, onEvent);
  const equipment = marks[Seen.equipment]!;
  if (equipment !== null && !isNobody) onEvent(newOf('device', state, equipment, '', origin));
  const handovers = handoversOf(state);
  for (const handover of handovers) {
    const event = newOf('handover', state, handover, '', origin);
    placeInstead(event, handover.cell);
    onEvent(event);
  }
  if (refused) return;
  for (const transaction of settle(state)) {
    const event = transactionEvent(state, transaction, origin);
    if (event === null) continue;
    // It began where the phone had gone by then.
    for (const handover of handovers) if (isAfter(event.time, handover)) placeInstead(event, handover.cell);
    onEvent(event);
  }
}

/** Those after which the phone did not go back. */
function handoversOf({ handovers, cell }: ConnectionState): Handover[] {
  const done: Handover[] = [];
  for (const handover of handovers.toSorted(compareTimes)) {
    const last = done.at(-1);
    if (handover.message !== WENT_BACK) done.push(handover);
    else if (last !== undefined && last.message >= 0 && handover.s - last.s <= BACK) done.pop();
  }
  let before = cell;
  return done.map((handover) => {
    const whole = inNetworkOf(handover.cell, before);
    before = whole ?? before;
    return { ...handover, cell: whole };
  });
}

/** A cell that is named without its network, or without its area as well (48.008 §3.2.2.17: LAC and CI, CI), is in those of the one before. */
function inNetworkOf(cell: PackedCell | null, before: PackedCell | null): PackedCell | null {
  if (cell === null || before === null || cell[0] >= 0) return cell;
  const [mcc, mnc, digits, area] = before;
  const [, , , lac, ci] = cell;
  return [mcc, mnc, digits, lac < 0 ? area : lac, ci];
}

function authentication(state: ConnectionState, origin: Origin, onEvent: (event: CatpoolEvent) => void): void {
  const { marks } = state;
  const request = marks[Seen.authenticationRequest]!;
  const response = marks[Seen.authenticationResponse]!;
  const failure = marks[Seen.authenticationFailure]!;
  const reject = marks[Seen.authenticationReject]!;
  const end = response ?? reject ?? failure;
  if (request === null || end === null) return;
  const event = newOf('auth', state, request, '', origin);
  // A card whose sequence number is out of step is challenged again: a device that only says so of a card far away answers the first at once.
  const again = marks[Seen.lastChallenge] ?? request;
  const failed = failure !== null && !isAfter(failure, end) ? failure : end;
  const isAgain = end === response && isAfter(again, failed) && !isAfter(again, end);
  const challenge = isAgain ? again : request;
  const answer = isAgain ? end : failed;
  if (!isAfter(challenge, answer)) event.latency_ms = elapsed(challenge, answer);
  event.end_time = { s: end.s, ns: end.ns };
  if (reject !== null || response === null) event.outcome = 'rejected';
  onEvent(event);
}

function placeInstead(event: CatpoolEvent, cell: PackedCell | null): void {
  if (cell === null) return;
  event.mcc = event.mnc = event.cell = null;
  event.lac = null;
  placeAt(event, cell);
}

function newOf(kind: EventKind, state: ConnectionState, time: PacketTime, part: string, origin: Origin): CatpoolEvent {
  const event = newEvent(kind, time, part, origin);
  event.imsi = digitsOf(state.imsi);
  const tmsi = tmsiOf(event.kind, state);
  if (tmsi >= 0) event.tmsi = hex32(tmsi);
  nameEquipment(event, state.imei, state.imeisv);
  event.classmark = state.classmark === '' ? null : state.classmark;
  placeAt(event, state.cell);
  return event;
}

/**
 * The TMSI that a phone has in its cell: of a location update the one that it is given, for the one that it brings from another area
 * (3GPP TS 23.003 §2.4) may be somebody else's in this one. None of a phone in a tracking area: TMSIs are those of location areas.
 */
function tmsiOf(kind: EventKind, state: ConnectionState): number {
  const { protocol, isUpdate, oldArea, cell, tmsi, newTmsi } = state;
  if (isTmsiRefused(state)) return newTmsi;
  if (protocol === 'sgsap') return -1;
  if (newTmsi >= 0 && (kind === 'presence' || isUpdate)) return newTmsi;
  const area = cell === null ? -1 : areaOf(cell[0], cell[1], cell[3]);
  if (isUpdate && oldArea >= 0 && area >= 0 && oldArea !== area) return -1;
  return tmsi >= 0 ? tmsi : newTmsi;
}

function presence(state: ConnectionState, origin: Origin, onEvent: (event: CatpoolEvent) => void): void {
  const { marks } = state;
  const update = marks[Seen.update]!;
  if (update !== null) {
    const event = newOf('presence', state, update, 'update', origin);
    event.lu_type = LU_TYPES[state.luType] ?? null;
    const accept = marks[Seen.updateAccept]!;
    // A card that does not prove who it is gets no other answer (3GPP TS 24.008 §4.3.2.5).
    const reject = marks[Seen.updateReject]! ?? marks[Seen.authenticationReject]!;
    const end = accept ?? reject;
    event.outcome = end === null ? 'open' : end === accept ? 'registered' : 'rejected';
    if (end !== null) event.end_time = { s: end.s, ns: end.ns };
    onEvent(event);
  }
  const detach = marks[Seen.detach]!;
  if (detach !== null) {
    const event = newOf('presence', state, detach, 'detach', origin);
    // A network that misses a phone takes it out of its lists.
    if (state.protocol !== 'sgsap' || detach.from === state.access) event.lu_type = 'detach';
    event.outcome = 'deregistered';
    onEvent(event);
  }
}

function transactionEvent(state: ConnectionState, transaction: Transaction, origin: Origin): CatpoolEvent | null {
  const { discriminator, identifier, owner, marks, code } = transaction;
  const { plan } = origin.context;
  const part = `${discriminator} ${identifier} ${owner}`;
  const opener = marks[Did.progress]!;
  const fromPhone = isFromPhone(state, transaction, opener);
  if (discriminator === Discriminator.ss) {
    if (code === null) return forwardingEvent(state, transaction, part, origin);
    const event = newOf('ussd', state, transaction, part, origin);
    event.direction = fromPhone ? 'originating' : 'terminating';
    event.ussd_code = code === '' ? null : code;
    endService(event, transaction);
    return event;
  }
  // What a phone sends as if the network sent it to one is no message.
  if (discriminator === Discriminator.sms && isUp(opener.cause) !== fromPhone) return null;
  const event = newOf(discriminator === Discriminator.cc ? 'leg' : 'sms', state, transaction, part, origin);
  event.direction = fromPhone ? 'originating' : 'terminating';
  if (discriminator === Discriminator.cc) {
    event.counterpart = numberOf(fromPhone ? transaction.called : transaction.calling, plan);
    endCallOf(event, state, transaction, fromPhone);
    return event;
  }
  event.counterpart = numberOf(transaction.called, plan);
  event.sms_length = transaction.length < 0 ? null : transaction.length;
  endService(event, transaction);
  return event;
}

/** Who opened a transaction: where no message tells the phone's side, a called number without a calling one is what phones send. */
function isFromPhone({ access }: ConnectionState, transaction: Transaction, { from, cause }: Mark): boolean {
  if (access >= 0) return from === access;
  const { discriminator, calling, called } = transaction;
  return discriminator === Discriminator.sms ? isUp(cause) : calling === 0 && called !== 0;
}

/** RP messages of phones have even types (3GPP TS 24.011 §8.2.2). */
function isUp(rpType: number): boolean {
  return (rpType & 1) === 0;
}

function endCallOf(event: CatpoolEvent, state: ConnectionState, { marks }: Transaction, fromPhone: boolean): void {
  // The CONNECT that it answers may be lost to the capture (24.008 §5.2.1.6, §5.2.2.6).
  marks[Did.answer] ??= marks[Did.acknowledge]!;
  const release = marks[Did.release]!;
  const closed = state.marks[Seen.closed]!;
  const answered = timeCall(event, marks, release ?? closed, false);
  if (release !== null) {
    const opener = marks[Did.progress]!;
    const byPhone = (release.from === opener.from) === fromPhone;
    endCall(event, answered, byPhone === fromPhone, release.cause);
  } else if (closed !== null) {
    endCall(event, answered, null, -1);
  }
}

/** Answer of a short message or of a service: a success, an error with its cause, the release of a service without either, or none. */
function endService(event: CatpoolEvent, { marks }: Transaction): void {
  const success = marks[Did.success]!;
  const failure = marks[Did.failure]!;
  const end = success ?? failure ?? marks[Did.release]!;
  if (end === null) {
    event.outcome = 'open';
    return;
  }
  event.outcome = end === success ? 'delivered' : 'rejected';
  event.end_time = { s: end.s, ns: end.ns };
  if (end !== success && end.cause > 0) event.cause = end.cause;
}

function forwardingEvent(
  state: ConnectionState,
  transaction: Transaction,
  part: string,
  origin: Origin,
): CatpoolEvent | null {
  const name = forwardingOf(transaction);
  if (name === null) return null;
  const event = newOf('forwarding', state, transaction, part, origin);
  event.forwarding = forwardingText(name, transaction.length);
  event.counterpart = numberOf(transaction.called, origin.context.plan);
  endService(event, transaction);
  return event;
}

/** Conditions of call forwarding (29.002 §17.7.5). */
const CONDITIONS: Record<number, string> = {
  32: 'all',
  33: 'unconditional',
  40: 'conditional',
  41: 'busy',
  42: 'no_reply',
  43: 'not_reachable',
};

/** `register unconditional`, `erase all`, ... */
export function forwardingText(operation: string, service: number): string {
  return `${operation} ${CONDITIONS[service] ?? service.toString(16)}`;
}
