import type { PacketTime } from '../../base/time.ts';
import { mergeSpan } from '../span.ts';
import { isKnown, notLater, takeEarlier } from '../times.ts';
import { realmsOf } from './account.ts';
import { HOPS, mergeAnswers, mergeEarlyTag, settleAcks } from './answers.ts';
import { assertedBy, nearer } from './caller-number.ts';
import { firstHop } from './hops.ts';
import { withMore } from './identity.ts';
import { challengeOf } from './lifetime.ts';
import { withOnward } from './onward.ts';
import { NONE } from './open-states.ts';
import { withCancel } from './releases.ts';
import { mergeSentOn } from './sent-on.ts';
import type { CallState, Failure, InviteState, SipState, TransactionState } from './state.ts';
import { telling } from './state.ts';

/** Joins `b`, the state of the same call or transaction from another capture, into `a`. */
export function mergeStates(a: SipState, b: SipState): void {
  mergeSpan(a, b);
  if (a.type === 'call' && b.type === 'call') mergeCalls(a, b);
  else if (a.type !== 'call' && b.type !== 'call') mergeTransactions(a, b);
}

function mergeCalls(a: CallState, b: CallState): void {
  for (const invite of b.invites) {
    const same = a.invites.find((other) => other.fromTag === invite.fromTag && other.cseq === invite.cseq);
    if (same) mergeInvites(same, invite);
    else a.invites = [...a.invites, invite];
  }
  for (const bye of b.byes) {
    const same = a.byes.find((other) => other.fromTag === bye.fromTag && other.toTag === bye.toTag);
    if (!same) a.byes = [...a.byes, bye];
    else if (!notLater(same.time, bye.time)) {
      Object.assign(same, bye);
    }
  }
}

export function mergeInvites(a: InviteState, b: InviteState): void {
  const hops = joinedHops(a, b);
  // Of one whose request was not seen, its CANCEL tells.
  if (a.request === null) a.initial = b.request === null ? (a.initial ?? b.initial) : b.initial;
  if (a.request === null) a.request = b.request;
  else if (b.request !== null && !notLater(a.request.time, b.request.time)) a.request = b.request;
  mergeCallers(a, b);
  if (a.response === null) a.response = b.response;
  else if (b.response !== null && !notLater(a.response.time, b.response.time)) a.response = b.response;
  a.calledPlace = telling(a.calledPlace, b.calledPlace);
  a.calledDevice = telling(a.calledDevice, b.calledDevice);
  mergeTimes(a.ringing, b.ringing);
  mergeTimes(a.progress, b.progress);
  mergeSentOn(a, b);
  mergeEarlyTag(a, b.earlyTag);
  mergeAnswers(a, b);
  a.failures = mergeFailures(a.failures, b.failures);
  mergeBranches(a, b);
  a.hops = hops;
  if (mergeTimes(a.cancel, b.cancel)) a.cancelCause = b.cancelCause;
  for (const cancel of b.cancels ?? NONE) a.cancels = withCancel(a.cancels ?? NONE, cancel);
}

/**
 * The hops of both. Where there was one alone, what is known is of that; and one of which only answers are known reaches no phone where
 * its request is known and was not kept.
 */
function joinedHops(a: InviteState, b: InviteState): InviteState[] {
  const seen = new Set([...branchesOf(a), ...branchesOf(b)]);
  const { hops: ownA = NONE } = a;
  const { hops: ownB = NONE } = b;
  // Of one branch alone, the hop of which only answers are known is that.
  if (seen.size <= 1 && [...ownA, ...ownB].every(({ branch = 0 }) => seen.has(branch))) return NONE;
  const joined = [...hopsOf(a)];
  const ofB = hopsOf(b);
  for (const hop of ofB) {
    const same = joined.find(({ branch }) => branch === hop.branch);
    if (same) mergeInvites(same, hop);
    else joined.push(hop);
  }
  return joined.filter(({ request, branch = 0 }) => request !== null || !seen.has(branch));
}

function hopsOf(invite: InviteState): InviteState[] {
  const { hops = NONE, request, otherBranches = NONE } = invite;
  return hops.length === 0 && request !== null && otherBranches.length === 0 ? [firstHop(invite)] : hops;
}

/** An ACK may be in another capture than the INVITE that it tells the answer of. */
function mergeBranches(a: InviteState, b: InviteState): void {
  const [branch = 0, ...others] = new Set([...branchesOf(a), ...branchesOf(b)]);
  a.branch = branch;
  a.otherBranches = others.slice(0, HOPS);
  a.acks = [...(a.acks ?? NONE), ...(b.acks ?? NONE)];
  settleAcks(a);
}

function branchesOf({ branch = 0, otherBranches = NONE }: InviteState): number[] {
  return branch === 0 ? NONE : [branch, ...otherBranches];
}

/** The earlier identity counts; what the later one adds to it is kept. */
function mergeCallers(a: Callers, b: Callers): void {
  const isEarlier = a.identity !== null && (b.identity === null || notLater(a.identity.time, b.identity.time));
  const later = isEarlier ? b.identity : a.identity;
  a.identity = withMore(isEarlier ? a.identity : b.identity, later);
  a.caller = nearer(a.caller, b.caller);
  if (later !== null && assertedBy(a.identity) === null) a.caller = nearer(a.caller, assertedBy(later));
}

type Callers = Pick<InviteState, 'identity' | 'caller'>;

function mergeTimes(a: PacketTime, b: PacketTime): boolean {
  return isKnown(b) && takeEarlier(a, b.s, b.ns);
}

function mergeTransactions(a: TransactionState, b: TransactionState): void {
  mergeWays(a, b);
  if (b.request !== null && (a.request === null || !notLater(a.request.time, b.request.time))) {
    a.request = b.request;
    a.leaving = b.leaving;
    a.expires = b.expires;
    a.notice = b.notice ?? false;
    a.bodyLength = b.bodyLength;
    a.relay = b.relay;
  }
  mergeCallers(a, b);
  if (mergeTimes(a.success, b.success)) {
    a.status = b.status;
    a.associated = b.associated;
    a.grantedExpires = b.grantedExpires;
    a.bindings = b.bindings ?? NONE;
    a.flowTimer = b.flowTimer;
  }
  a.failures = mergeFailures(a.failures, b.failures);
  if (b.refused && (!a.refused || !notLater(a.refused.time, b.refused.time))) a.refused = b.refused;
  if (a.prior === null) a.prior = b.prior;
}

/** Of two that are both known, the later request went on from a proxy, or came again. */
function mergeWays(a: TransactionState, b: TransactionState): void {
  for (const request of b.onward ?? NONE) a.onward = withOnward(a.onward ?? NONE, request);
  if (a.type !== 'sms' || a.request === null || b.request === null || a.request.source === b.request.source) return;
  a.onward = withOnward(a.onward ?? NONE, notLater(a.request.time, b.request.time) ? b.request : a.request);
}

/** Does not add to the list `a`: states share the empty one. */
function mergeFailures(a: Failure[], b: Failure[]): Failure[] {
  for (const failure of b) {
    const same = a.find((other) => other.status === failure.status && other.destination === failure.destination);
    if (!same) a = [...a, failure];
    else if (!notLater(same.time, failure.time)) Object.assign(same, failure);
  }
  return a;
}

/** Tells `next` when the attempt before it began and was challenged, if it was credentials that were asked for. */
export function linkChallenge(state: TransactionState, next: TransactionState): void {
  const start = state.prior?.start ?? state.request?.time ?? state.failures[0]!.time;
  next.prior = {
    start: { s: start.s, ns: start.ns },
    frame: state.prior?.frame ?? state.firstFrame,
    capture: state.prior?.capture ?? state.firstCapture,
    challenge: challengeOf(state),
    // Which of several credentials was asked for.
    realms: next.request?.accounts?.length ? [...(state.prior?.realms ?? NONE), ...realmsOf([state])] : NONE,
  };
}
