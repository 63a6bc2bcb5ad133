import { equalsText, equalsTextIgnoreCase, latin1 } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime, type PacketTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Range } from '../../sip/address.ts';
import { challengedRealm } from '../../sip/credentials.ts';
import { tagRange } from '../../sip/fields.ts';
import { Header, Method, type SipMessage } from '../../sip/message.ts';
import { qValueCause, reasonCause } from '../../sip/reason.ts';
import { isUnanswered } from '../q850.ts';
import { isKnown, notLater, takeEarlier } from '../times.ts';
import { branchOf } from './answers.ts';
import { isOfSender, isSameAddress } from './endpoints.ts';
import { NONE } from './open-states.ts';
import { releaseCause } from './sip-cause.ts';
import type { CallState, Cancel, Failure, InviteState } from './state.ts';
import { readUssd } from './ussd.ts';

/** BYEs of calls: of each dialog, by its two tags, the earliest. */
export class Byes {
  private readonly limits: Limits;
  private readonly counters: Counters;

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /**
   * Takes a BYE in, or the answer to one. True where it may have ended the call.
   *
   * @param source address that it came from
   */
  take(call: CallState, message: SipMessage, payload: Payload, source: string): boolean {
    const data = message.data;
    const hasFrom = tagRange(message, Header.From, range);
    const fromStart = range.start;
    const fromEnd = range.end;
    const hasTo = tagRange(message, Header.To, range);
    for (const bye of call.byes) {
      if (
        (hasFrom ? equalsText(data, fromStart, fromEnd, bye.fromTag) : bye.fromTag === '') &&
        (hasTo ? equalsText(data, range.start, range.end, bye.toTag) : bye.toTag === '')
      ) {
        if (compareTime(payload.seconds, payload.nanoseconds, bye.time.s, bye.time.ns) >= 0) return false;
        bye.time = timeOf(payload);
        bye.cause = releaseCause(message);
        bye.byNetwork = saysBroken(message);
        bye.source = message.status === 0 ? source : '';
        bye.ussd = readUssd(message);
        return true;
      }
    }
    if (call.byes.length >= this.limits.transactionsPerCall) {
      add(this.counters.dropped, 'transactionsPerCall');
      return false;
    }
    const bye = {
      fromTag: hasFrom ? latin1(data, fromStart, fromEnd) : '',
      toTag: hasTo ? latin1(data, range.start, range.end) : '',
      time: timeOf(payload),
      cause: releaseCause(message),
      byNetwork: saysBroken(message),
      source: message.status === 0 ? source : '',
      untagged: !hasTo && message.first[Header.To] !== 0,
      ussd: readUssd(message),
    };
    // A list of one that is made as such has no room to spare: most calls have no other.
    if (call.byes.length === 0) call.byes = [bye];
    else call.byes.push(bye);
    return true;
  }
}

/** What answers a BYE, which may be lost to the capture, in a dialog that is over then (RFC 3261 §15.1.2): its From is that of the BYE. */
export function endsDialog(status: number): boolean {
  return (status >= 200 && status < 300) || status === 481;
}

/** Different final answers kept of one transaction. */
const FAILURES = 16;

/** The failures of a transaction with this answer among them: of each status and destination the earliest. */
export function withFailure(
  failures: Failure[],
  message: SipMessage,
  payload: Payload,
  destination: string,
): Failure[] {
  for (const failure of failures) {
    if (failure.status !== message.status || failure.destination !== destination) continue;
    if (compareTime(payload.seconds, payload.nanoseconds, failure.time.s, failure.time.ns) < 0)
      Object.assign(failure, failureOf(message, payload, destination));
    return failures;
  }
  const failure = failureOf(message, payload, destination);
  if (failures.length === 0) return [failure];
  if (failures.length < FAILURES) failures.push(failure);
  return failures;
}

function failureOf(message: SipMessage, payload: Payload, destination: string): Failure {
  return {
    time: timeOf(payload),
    status: message.status,
    cause: releaseCause(message),
    destination,
    branch: message.cseqMethod === Method.INVITE ? branchOf(message) : 0,
    realm: challengedRealm(message),
    busy: message.status === 480 && saysBusy(message),
    timedOut: message.status === 487 && saysTimeout(message),
    blocked:
      message.status === 603 && equalsTextIgnoreCase(message.data, message.reasonStart, message.reasonEnd, BLOCKED),
  };
}

/** What some devices say with 480 where others send 486; GoIPs of DBL the first. */
const BUSY = ['remote busy', 'busy', 'busy here', 'user busy'];

/** A 603 that an analytics engine of the network sends, not the called user (ATIS-1000099: "603+"). */
const BLOCKED = 'network blocked';

function saysBusy({ data, reasonStart, reasonEnd }: SipMessage): boolean {
  return BUSY.some((phrase) => equalsTextIgnoreCase(data, reasonStart, reasonEnd, phrase));
}

/**
 * The final answers to a request that its sender was given: a proxy that forks it, or tries one phone after another, gets those of the
 * branches, and the call goes on (RFC 3261 §16.7). Of all where it is not seen who got them.
 */
export function failuresOf({ request, failures }: Pick<InviteState, 'request' | 'failures'>): Failure[] {
  if (request === null) return failures;
  let given = 0;
  for (const { destination = '' } of failures) {
    if (destination === '') return failures;
    if (isOfSender(destination, request)) given++;
  }
  // Mostly all are: nothing is made for that.
  if (given === failures.length) return failures;
  return failures.filter(({ destination = '' }) => isOfSender(destination, request));
}

/** The same, and all where nothing is seen that its sender was given. */
export function givenOf(state: Pick<InviteState, 'request' | 'failures'>): Failure[] {
  // Nearly always there is one.
  const given = state.failures.length > 1 ? failuresOf(state) : state.failures;
  return given.length > 0 ? given : state.failures;
}

/** The last of those to appear: several are of branches of a fork, or the same one hop after hop. Null where there is none. */
export function finalOf(state: Pick<InviteState, 'request' | 'failures'>): Failure | null {
  let final: Failure | null = null;
  for (const failure of givenOf(state)) if (final === null || notLater(final.time, failure.time)) final = failure;
  return final;
}

/** Addresses kept that sent a CANCEL of one transaction. */
const CANCELS = 16;

/** Takes a CANCEL of the INVITE in. @param source address that it came from */
export function takeCancel(invite: InviteState, message: SipMessage, payload: Payload, source: string): void {
  const { seconds: s, nanoseconds: ns } = payload;
  const cause = releaseCause(message);
  if (takeEarlier(invite.cancel, s, ns)) invite.cancelCause = cause;
  const cancel = {
    source,
    branch: branchOf(message),
    time: { s, ns },
    cause,
    timedOut: saysTimeout(message),
    elsewhere: saysElsewhere(message),
    broken: saysBroken(message),
  };
  invite.cancels = withCancel(invite.cancels ?? NONE, cancel);
}

/** The CANCELs of a transaction with this one among them. Does not add to a list that states share. */
export function withCancel(cancels: Cancel[], cancel: Cancel): Cancel[] {
  const known = cancels.find(({ source }) => source === cancel.source);
  if (known === undefined) return cancels.length < CANCELS ? [...cancels, cancel] : cancels;
  if (!notLater(known.time, cancel.time)) Object.assign(known, cancel);
  return cancels;
}

/**
 * The CANCEL that ended a call which nobody answered; null where there is none. It is the caller's, where both are seen: a proxy that tries
 * one phone after another cancels branches (RFC 3261 §16.5, §16.8), and the call goes on.
 */
export function cancelOf(
  invite: InviteState,
): Pick<Cancel, 'time' | 'cause' | 'timedOut' | 'elsewhere' | 'broken'> | null {
  const { request, failures, cancel, cancelCause, cancels = NONE } = invite;
  if (!isKnown(cancel)) return null;
  // States of older stores do not say whose it is.
  if (cancels.length === 0) return { time: cancel, cause: cancelCause };
  let own: Cancel | null = null;
  let first: Cancel | null = null;
  for (const other of cancels) {
    if (isTooLate(other, failures)) continue;
    if (first === null || !notLater(first.time, other.time)) first = other;
    if (request === null || !isOfSender(other.source, request)) continue;
    if (own === null || !notLater(own.time, other.time)) own = other;
  }
  if (own !== null) return own;
  // Of a proxy's alone, the final answer tells what became of the call.
  return request !== null && failures.length > 0 ? null : first;
}

/** Whether who sent a CANCEL had been given the final answer to that request: it has no effect any more (RFC 3261 §9.1). */
function isTooLate({ source, branch = 0, time }: Cancel, failures: readonly Failure[]): boolean {
  if (branch === 0) return false;
  return failures.some(
    (failure) =>
      failure.branch === branch &&
      // That is what a CANCEL has for an answer, where a clock was set back.
      failure.status !== 487 &&
      isSameAddress(failure.destination ?? '', source) &&
      !notLater(time, failure.time),
  );
}

/** Protocol of a Reason, in lower case. */
const RELEASE_CAUSE = 'release_cause';

/** 408 Request Timeout, 480 Temporarily Unavailable, 504 Server Time-out. */
const TIMEOUTS: ReadonlySet<number | null> = new Set([408, 480, 504]);

/** Why a phone ends a call without its user: values of RELEASE_CAUSE (3GPP TS 24.229 §7.2A.18), of which 1 is that the user does. */
const Released = {
  mediaTimeout: 2,
  bearerLoss: 3,
  noAck: 4,
  responseTimeout: 5,
  setupTimeout: 6,
} as const;

/** Whether a CANCEL, or what answers a request that was given up, says that a timer ran out, not that the caller gave up (RFC 3326 §2). */
function saysTimeout(message: SipMessage): boolean {
  if (reasonCause(message, RELEASE_CAUSE) === Released.setupTimeout) return true;
  return isUnanswered(qValueCause(message) ?? -1) || TIMEOUTS.has(reasonCause(message, 'sip'));
}

/**
 * What a server says that ends a call whose phone it has lost (3GPP TS 24.229 §5.2.8.1), whose timer ran out (RFC 4028 §10), or which the other
 * side no longer knows (481: RFC 3261 §12.2.1.2).
 */
const BROKEN: ReadonlySet<number | null> = new Set([408, 480, 481, 500, 503, 504]);
/**
 * Destination out of order, recovery on timer expiry; and of resources that are not there: no circuit, network out of order, temporary failure,
 * congestion, circuit not available, unspecified (Q.850).
 */
const BROKEN_CAUSES: ReadonlySet<number | null> = new Set([27, 34, 38, 41, 42, 44, 47, 102]);
const BROKEN_RELEASES: ReadonlySet<number | null> = new Set(Object.values(Released));

/** Whether a BYE or CANCEL says that neither party ended the call (RFC 3326 §2). */
function saysBroken(message: SipMessage): boolean {
  if (BROKEN_CAUSES.has(qValueCause(message)) || BROKEN.has(reasonCause(message, 'sip'))) return true;
  // A call of higher precedence took its place, whatever of it (RFC 4411 §5).
  if (reasonCause(message, 'preemption') !== null) return true;
  return BROKEN_RELEASES.has(reasonCause(message, RELEASE_CAUSE));
}

/** 200: another phone answered; 600 and 603: it refused for all (RFC 3326 §3.1; 3GPP TS 24.229 §5.4.3.3). */
const ELSEWHERE: ReadonlySet<number | null> = new Set([200, 600, 603]);
/** Non-selected user clearing (Q.850). */
const NOT_SELECTED = 26;

/** Whether a CANCEL says that the call is over because of what another phone did. */
function saysElsewhere(message: SipMessage): boolean {
  return qValueCause(message) === NOT_SELECTED || ELSEWHERE.has(reasonCause(message, 'sip'));
}

export function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'));
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };

function timeOf(payload: Payload): PacketTime {
  return { s: payload.seconds, ns: payload.nanoseconds };
}
