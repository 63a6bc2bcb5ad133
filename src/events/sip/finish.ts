import type { NumberPlan } from '../../base/numbers.ts';
import { compareTimes, elapsed, type PacketTime } from '../../base/time.ts';
import { imsiOfAddress } from '../../sip/imsi-address.ts';
import type { EventContext } from '../context.ts';
import { type CatpoolEvent, emptyEvent, type Outcome } from '../event.ts';
import { eventId } from '../event-id.ts';
import { numberOf } from '../packed.ts';
import { outcomeOfCause } from '../q850.ts';
import { earliest, isKnown } from '../times.ts';
import { isByAccount, isMessageByAccount, nameAccount, nameSubscriber, realmsOf, withCredentials } from './account.ts';
import { answerOf, anyByeOf, isSentToBoth, legBye } from './answers.ts';
import { assertedBy, type CallerNumber, isNumber, nearer } from './caller-number.ts';
import { deliveriesOf } from './deliveries.ts';
import { legsOf, startOf } from './legs.ts';
import { challengeOf, isChallenge, isOpener, isUnsatisfied } from './lifetime.ts';
import { isNoCall } from './no-call.ts';
import { NONE } from './open-states.ts';
import { describeCalled, describeDevice, describePlace, nameParties, reachesPhone, subscriber } from './parties.ts';
import { cancelOf, finalOf } from './releases.ts';
import { sentOnText } from './sent-on.ts';
import type {
  CalledDevice,
  CalledPlace,
  CallState,
  Failure,
  Identity,
  InviteState,
  RequestFacts,
  SipState,
  TransactionState,
} from './state.ts';
import { telling } from './state.ts';
import { makeUssd, type Ussd } from './ussd.ts';

/** The events of a state that nothing more will be added to: one a leg, one a transaction. They hold nothing of the state. */
export function eachEvent(state: SipState, context: EventContext, onEvent: (event: CatpoolEvent) => void): void {
  if (state.type !== 'call') {
    // A report on a short message is none, nor is a question what is registered.
    const isReport = (state.relay && !state.relay.carries) || state.notice;
    if (isReport || isToldOn(state)) return;
    const event = transactionEvent(state, context);
    onEvent(event);
    if (event.kind === 'sms' && event.direction === 'originating' && !state.relay)
      eachDelivery(state, context, onEvent);
    return;
  }
  const { invites } = state;
  if (invites.length === 1) {
    if (isOpener(state, invites[0]!)) eachLeg(state, invites, context, onEvent);
    return;
  }
  for (const leg of legsOf(state)) eachLeg(state, leg, context, onEvent);
}

/** The event of a leg, and those of the phones that proxies passed it on to. */
function eachLeg(
  call: CallState,
  leg: readonly InviteState[],
  context: EventContext,
  onEvent: (event: CatpoolEvent) => void,
): void {
  if (isNoCall(leg)) return;
  const { whole, atPhones } = deliveriesOf(leg, context.plan);
  if (whole) onEvent(legEvent(call, leg, context));
  for (const invite of atPhones) onEvent(legEvent(call, [invite], context, `${invite.fromTag} ${invite.branch}`));
}

/** A time that is the event's own; the state's is used again. */
function copyOf({ s, ns }: PacketTime): PacketTime {
  return { s, ns };
}

/** @param name what tells it from other legs of the call */
function legEvent(
  call: CallState,
  leg: readonly InviteState[],
  context: EventContext,
  name = leg[0]!.fromTag,
): CatpoolEvent {
  const last = leg[leg.length - 1]!;
  const first = leg[0]!;
  const event = emptyEvent('leg', copyOf(startOf(leg)), context.feed, 'sip');
  let request: RequestFacts | null = null;
  let identity: Identity | null = null;
  let caller: CallerNumber | null = null;
  let response: InviteState['response'] = null;
  let calledPlace: CalledPlace | null = null;
  let calledDevice: CalledDevice | null = null;
  let ringing: PacketTime | null = null;
  let progress: PacketTime | null = null;
  let answered: InviteState | null = null;
  let asked: PacketTime | null = null;
  let ussd: Ussd | null = null;
  let wasAsked = false;
  for (const invite of leg) {
    // Nobody checks what an attempt without credentials says: who comes again as somebody else, or for somebody else, is believed now.
    if (wasAsked && isOtherwise(request, invite.request)) {
      request = invite.request;
      identity = null;
      caller = null;
    }
    // Another realm may ask too, and a nonce be stale (RFC 7616 §3.3): the first answer tells.
    const again = invite.request?.authorised ? invite.request.time : null;
    if (event.latency_ms === null && asked !== null && again !== null && compareTimes(asked, again) <= 0)
      event.latency_ms = elapsed(asked, again);
    wasAsked = isUnsatisfied(invite);
    if (wasAsked) asked = challengeOf(invite);
    request = withMoreDigits(request, invite.request);
    caller = nearer(caller, invite.caller);
    // A network asserts the number of the attempt with credentials.
    if (identity === null) identity = invite.identity;
    else if (assertedBy(identity) === null) caller = nearer(caller, assertedBy(invite.identity));
    response ??= invite.response;
    calledPlace = telling(calledPlace, invite.calledPlace);
    calledDevice = telling(calledDevice, invite.calledDevice);
    ringing = earliest(ringing, invite.ringing);
    progress = earliest(progress, invite.progress);
    if (isKnown(invite.success) && (answered === null || compareTimes(invite.success, answered.success) < 0))
      answered = invite;
    ussd ??= invite.request?.ussd ?? null;
  }
  const attempt = withCredentials(leg);
  const byAccount = attempt !== null && isByAccount(leg);
  const said = { request, identity, caller, response, byAccount, carried: (answered ?? last).request };
  nameParties(event, said, context.plan, ussd && !ussd.fromNetwork);
  nameAccount(event, attempt, attempt?.request?.accounts?.length ? realmsOf(leg) : [], context.plan);
  if (event.direction === 'terminating') describeCalled(event, calledPlace, calledDevice);
  event.forwarding = sentOnText(leg, context.plan);
  ringing ??= progress;
  const answer = answered === null ? null : answerOf(call, answered);
  const bye = answered === null ? (anyByeOf(call, last) ?? anyByeOf(call, first)) : legBye(call, leg, answered);
  event.answer_time = answer === null ? null : copyOf(answer);
  const alerted = earliest(ringing, answer);
  // Where the capture begins after the INVITE, nothing says how long it took.
  if (alerted !== null && first.request !== null && compareTimes(event.time, alerted) <= 0)
    event.setup_ms = elapsed(event.time, alerted);
  if (answer !== null) {
    event.sip_status = 200;
    if (bye === null) {
      event.outcome = 'open';
    } else {
      event.outcome = 'answered';
      event.end_time = copyOf(bye.time);
      // Where the clock of the probe was set back in between, nobody knows how long they talked.
      if (compareTimes(answer, bye.time) <= 0) event.talk_ms = elapsed(answer, bye.time);
      event.cause = bye.cause;
      event.released_by =
        bye.byNetwork || isSentToBoth(call, bye) ? 'network' : hasTag(leg, bye.fromTag) ? 'caller' : 'called';
    }
  } else {
    endUnanswered(event, last, bye?.time ?? null, bye !== null && !hasTag(leg, bye.fromTag));
  }
  // Of an answer that is not seen, nothing says how long it rang.
  const ringEnd = answer ?? (event.outcome === 'answered' ? null : event.end_time);
  if (ringing !== null && ringEnd !== null && compareTimes(ringing, ringEnd) <= 0)
    event.ring_ms = elapsed(ringing, ringEnd);
  // A network that does not know USSD in the body of an INVITE may yet answer a service code so.
  const told = bye?.ussd ?? null;
  ussd ??= told;
  if (ussd !== null) makeUssd(event, ussd, request?.requestUser ?? response?.toUser ?? null, told?.failed === true);
  place(event, call);
  event.event_id = eventId(event.kind, context.feed, call.callId, name, event.time);
  return event;
}

/** Whether an attempt that comes again has another caller, or calls somebody else. */
function isOtherwise(first: RequestFacts | null, next: RequestFacts | null): boolean {
  if (first === null || next === null) return false;
  return first.fromAor !== next.fromAor || first.fromUser !== next.fromUser || first.requestUser !== next.requestUser;
}

/** The first request, with the number of a later one that goes on dialling it (overlap signalling, RFC 3578 §3). */
function withMoreDigits(first: RequestFacts | null, next: RequestFacts | null): RequestFacts | null {
  const dialled = first?.requestUser ?? '';
  const more = next?.requestUser ?? '';
  if (first === null || next === null || !/^\+?\d+$/.test(dialled) || !/^\+?\d+$/.test(more)) return first ?? next;
  if (more.length <= dialled.length || !more.startsWith(dialled)) return first;
  return { ...first, requestUser: more, toUser: next.toUser, toAor: next.toAor };
}

function hasTag(leg: readonly InviteState[], tag: string): boolean {
  for (const invite of leg) if (invite.fromTag === tag) return true;
  return false;
}

/** @param byCalled who was called sent the BYE */
function endUnanswered(event: CatpoolEvent, last: InviteState, bye: PacketTime | null, byCalled: boolean): void {
  const final = finalOf(last);
  const cancel = cancelOf(last);
  if (cancel !== null) {
    const isTimeout = cancel.timedOut === true;
    const isBroken = cancel.broken === true;
    event.outcome = isTimeout ? 'no_answer' : isBroken ? 'failed' : 'cancelled';
    event.end_time = copyOf(cancel.time);
    event.released_by = isTimeout || isBroken || cancel.elsewhere ? 'network' : 'caller';
    event.sip_status = final?.status ?? null;
    event.cause = cancel.cause ?? final?.cause ?? null;
  } else if (final !== null) {
    event.outcome = final.busy ? 'busy' : outcomeOfFailure(final);
    event.end_time = copyOf(final.time);
    event.sip_status = final.status;
    event.cause = final.cause;
    event.released_by = final.blocked ? 'network' : releasedBy(event.outcome, final.status);
  } else if (bye !== null && (byCalled || last.cseq >= 0)) {
    // Before the call is answered only the caller may send one (RFC 3261 §15): the answer was lost to the capture. Where its CSeq was cut off,
    // that of the answer was too.
    event.outcome = byCalled ? 'answered' : 'cancelled';
    event.end_time = copyOf(bye);
    event.released_by = byCalled ? 'called' : 'caller';
  } else {
    event.outcome = 'open';
  }
}

/** What a final response means: where its status says little, by the cause of the network behind it (RFC 6432), as far as that says more. */
function outcomeOfFailure({ status, cause, timedOut }: Failure): Outcome {
  // A server gives up the invitation by itself when it has expired (RFC 3261 §13.3.1).
  if (timedOut) return 'no_answer';
  const saysLittle = status === 480 || (status >= 500 && status < 600);
  return (saysLittle && cause !== null ? outcomeOfCause(cause) : null) ?? outcomeOfStatus(status);
}

/** What a final response to an INVITE means for the call (RFC 3261 §21, RFC 3398 §8.2.6.1). */
function outcomeOfStatus(status: number): Outcome {
  if (isChallenge(status)) return 'challenged';
  if (status < 400) return 'redirected';
  if (status === 486 || status === 600) return 'busy';
  if (status === 408 || status === 480) return 'no_answer';
  if (status === 487) return 'cancelled';
  if (status === 403 || status === 433 || status === 603 || status === 606 || status === 607 || status === 608)
    return 'rejected';
  return 'failed';
}

function releasedBy(outcome: Outcome, status: number): 'caller' | 'called' | 'network' {
  if (outcome === 'cancelled') return 'caller';
  return outcome === 'busy' || status === 603 || status === 607 ? 'called' : 'network';
}

/** A MESSAGE as the phone got it to which a proxy passed it on. */
function eachDelivery(state: TransactionState, context: EventContext, onEvent: (event: CatpoolEvent) => void): void {
  const request = (state.onward ?? NONE).find((one) => reachesPhone(one, context.plan));
  if (request !== undefined) onEvent(transactionEvent({ ...state, request, prior: null }, context, ' delivered'));
}

/** @param name what tells it from another event of the transaction */
function transactionEvent(state: TransactionState, context: EventContext, name = ''): CatpoolEvent {
  const request = state.request;
  const time = state.prior?.start ?? request?.time ?? { s: state.firstS, ns: state.firstNs };
  const event = emptyEvent(state.type, copyOf(time), context.feed, 'sip');
  const realms = request?.accounts?.length ? [...(state.prior?.realms ?? []), ...realmsOf([state])] : [];
  if (state.type === 'sms') {
    // States of older stores have none.
    const relay = state.relay ?? null;
    const { identity, caller = null } = state;
    const said = { request, identity, caller, response: null, byAccount: isMessageByAccount(state) };
    nameParties(event, said, context.plan, relay?.fromPhone ?? null);
    nameAccount(event, request?.authorised ? state : null, realms, context.plan);
    event.sms_length = relay === null ? state.bodyLength : relay.length;
    // From and To name the phone and the service centre, the relay layer who writes to whom.
    if (relay !== null) event.counterpart = numberOf(relay.address, context.plan);
  } else {
    nameRegistrant(event, state, context.plan);
    nameSubscriber(event, state, realms);
  }
  const final = finalOf(state);
  const refused = state.refused ?? null;
  if (refused !== null && (isKnown(state.success) || final === null)) {
    // The request went through, what it carried did not.
    event.end_time = copyOf(refused.time);
    event.sip_status = state.status;
    event.outcome = 'rejected';
    if (refused.cause > 0) event.cause = refused.cause;
  } else if (isKnown(state.success)) {
    event.end_time = copyOf(state.success);
    event.sip_status = state.status;
    event.outcome = state.type === 'sms' ? 'delivered' : state.leaving ? 'deregistered' : 'registered';
  } else if (final !== null) {
    event.end_time = copyOf(final.time);
    event.sip_status = final.status;
    event.cause = final.cause;
    event.outcome = isChallenge(final.status) ? 'challenged' : 'rejected';
  } else {
    event.outcome = 'open';
  }
  const challenge = state.prior?.challenge ?? null;
  if (challenge !== null && request !== null && compareTimes(challenge, request.time) <= 0)
    event.latency_ms = elapsed(challenge, request.time);
  place(event, state);
  event.event_id = eventId(state.type, context.feed, state.callId, `${state.cseq}${name}`, request?.time ?? time);
  return event;
}

/**
 * A server tells another one of a registration by one of its own, in whose From and Contact it names itself (3GPP TS 24.229 §5.4.1.7): the
 * line has registered once.
 */
function isToldOn({ type, request }: TransactionState): boolean {
  if (type !== 'registration' || request === null || request.toUser === null) return false;
  // Nobody registers a line for others with its credentials.
  if (request.authorised) return false;
  const { fromAor, fromUser, toAor, contact } = request;
  if (fromAor === null) return fromUser === null;
  return fromAor !== toAor && !isNumber(fromUser) && contact?.replace(/:\d+$/, '').toLowerCase() === hostOf(fromAor);
}

function hostOf(aor: string): string {
  return aor.slice(aor.lastIndexOf('@') + 1);
}

function nameRegistrant(event: CatpoolEvent, state: TransactionState, plan: NumberPlan): void {
  const request = state.request;
  if (request !== null) {
    // The address of record of a registration is the To (RFC 3261 §10.2).
    event.aor = request.toAor;
    event.imsi = imsiOfAddress(event.aor);
    event.msisdn = subscriber(plan, state.associated) ?? subscriber(plan, request.toUser);
    event.trunk = request.destination;
    describeDevice(event, request);
    event.endpoint = request.origin ?? request.source;
  }
  const expires = state.leaving ? state.expires : (grantedExpires(state) ?? state.expires);
  // 2**32 - 1 seconds are allowed (RFC 3261 §20.19), and mean for ever.
  event.expires_s = expires === null ? null : Math.min(expires, LONGEST_EXPIRES);
  if (state.flowTimer !== null) event.keep_alive_s = state.flowTimer;
  describePlace(event, state.identity);
}

/** As long as a row can say, seconds. */
const LONGEST_EXPIRES = 0x7fff_ffff;

/** For how long the network holds the binding that was asked for, seconds. */
function grantedExpires({ request, bindings = [], grantedExpires }: TransactionState): number | null {
  if (bindings.length === 0) return grantedExpires;
  const own = bindings.find(({ contact }) => contact !== null && contact === request?.contact);
  if (own !== undefined) return own.expires;
  // A border controller wrote its own address: of all bindings the newest has the most time left, if all are for as long.
  let longest: number | null = null;
  for (const { expires } of bindings) if (expires !== null && expires > (longest ?? -1)) longest = expires;
  return longest;
}

function place(event: CatpoolEvent, state: SipState): void {
  const prior = state.type === 'call' ? null : state.prior;
  event.first_capture = prior?.capture ?? state.firstCapture;
  event.first_frame = prior?.frame ?? state.firstFrame;
  event.last_capture = state.lastCapture;
  event.last_frame = state.lastFrame;
}
