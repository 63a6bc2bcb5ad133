import type { NumberPlan } from '../../base/numbers.ts';
import { elapsed, type PacketTime } from '../../base/time.ts';
import { emptyEvent } from '../event.ts';
import { isKnown, notLater } from '../times.ts';
import { isByAccount } from './account.ts';
import { takeLostAnswer } from './answers.ts';
import { isOfSender } from './endpoints.ts';
import { firstHop } from './hops.ts';
import { joinHops } from './line-hops.ts';
import { NONE } from './open-states.ts';
import { nameParties, reachesPhone, subscriber } from './parties.ts';
import { addressOf, failuresOf } from './releases.ts';
import type { Cancel, Failure, InviteState, RequestFacts } from './state.ts';

/** What a leg is to be told as. */
interface Deliveries {
  /** By all that was seen of it. */
  whole: boolean;
  /** And as it went at the phones that it was passed on to, one a line. */
  atPhones: InviteState[];
}

const WHOLE: Deliveries = { whole: true, atPhones: NONE };

/**
 * The phones that proxies passed a call on to, where more is seen of it than the way to one of them. A leg that begins at a phone is told by
 * that phone alone: another one, or a mailbox, may have answered.
 */
export function deliveriesOf(leg: readonly InviteState[], plan: NumberPlan): Deliveries {
  const first = leg.find(({ request }) => request !== null)?.request ?? null;
  if (leg.every((invite) => isSeenOnce(invite, first))) return WHOLE;
  const byAccount = isByAccount(leg);
  const whole = first === null || byAccount || !reachesPhone(first, plan);
  const lines = new Map<string, InviteState[]>();
  const isByNumber = leg.some(({ hops = NONE }) => hops.some((hop: InviteState) => isAsDialled(hop, plan)));
  let isComplete = true;
  let others = 0;
  for (const invite of leg) {
    const hops = hopsOf(invite, first);
    if (hops.length === 0) {
      isComplete = false;
      continue;
    }
    others += 1 + (invite.otherBranches ?? NONE).length;
    for (const hop of hops) {
      const isOwn = byAccount && isOfSender(hop.request!.source, first!);
      if (isOwn || !reachesPhone(hop.request!, plan)) continue;
      others--;
      const copy = firstHop(hop);
      if (hop !== invite) takeLostAnswer(copy, invite);
      if (whole && isUnheard(copy) && !isKnown(invite.success)) copy.failures = withoutDestinations(invite);
      copy.cancels = (copy.cancels ?? NONE).map((cancel) => withReason(cancel, invite, whole));
      if (isByNumber && isOfAnother(copy.request!, plan)) copy.request!.diverted = true;
      const line = lineOf(copy, plan);
      const known = lines.get(line);
      if (known === undefined) lines.set(line, [copy]);
      else known.push(copy);
    }
  }
  if (lines.size === 0) return WHOLE;
  const ways = [...lines.values()];
  if (!whole && !isComplete) return WHOLE;
  const isOneLine = !whole && ways.length === 1 && others === 0;
  if (isOneLine && ways[0]!.length === 1) return WHOLE;
  const atPhones = ways.map(joinHops);
  if (isOneLine && isToldByWhole(leg, atPhones[0]!, first!)) return WHOLE;
  return { whole, atPhones };
}

/** Most are: from where their caller is, and on no other way. */
function isSeenOnce({ hops = NONE, request }: InviteState, first: RequestFacts | null): boolean {
  return hops.length === 0 && (request === null || first === null || request.source === first.source);
}

/** Whether all that was seen of a leg tells of its line: the phone that was asked first answered, or it is not seen which one did. */
function isToldByWhole(leg: readonly InviteState[], joined: InviteState, first: RequestFacts): boolean {
  if (!isKnown(joined.success)) return leg.some(({ success }) => isKnown(success));
  return joined.request!.destination === first.destination;
}

/** The hops of an INVITE: none where answers are of one whose request is not known, which may be any. */
function hopsOf(invite: InviteState, first: RequestFacts | null): InviteState[] {
  const { hops = NONE, request } = invite;
  if (hops.length > 0) return hops.every((hop: InviteState) => hop.request !== null) ? hops : NONE;
  // A switch may pass a call on under a CSeq of its own.
  const isPassedOn = first !== null && request !== null && addressOf(request.source) !== addressOf(first.source);
  return isPassedOn ? [invite] : NONE;
}

/** A phone of which nothing came, nor did the proxy take its request back: what the caller was given tells how that ended. */
function isUnheard({ success, failures, cancel }: InviteState): boolean {
  return !isKnown(success) && failures.length === 0 && !isKnown(cancel);
}

function withoutDestinations(invite: InviteState): Failure[] {
  return failuresOf(invite).map((failure) => ({ ...failure, destination: '' }));
}

/**
 * Whether a hop goes to the number that was dialled. Where one does, phones are named by their numbers, and one of another number is another
 * line's, to which the call went on; where none does, the name may be of an account that has the number dialled among others.
 */
function isAsDialled({ request }: InviteState, plan: NumberPlan): boolean {
  if (request === null || !reachesPhone(request, plan)) return false;
  const dialled = subscriber(plan, request.toUser);
  return dialled !== null && subscriber(plan, request.requestUser) === dialled;
}

/** Whether a request names another number than the one dialled: not that without the code of its country. */
function isOfAnother({ requestUser, toUser }: RequestFacts, plan: NumberPlan): boolean {
  const dialled = subscriber(plan, toUser);
  const named = subscriber(plan, requestUser);
  return named !== null && dialled !== null && named.slice(-NATIONAL) !== dialled.slice(-NATIONAL);
}

/** Digits that numbers of one country differ in. */
const NATIONAL = 8;

/** Whom a hop reaches. */
function lineOf({ request, identity, caller = null }: InviteState, plan: NumberPlan): string {
  const event = emptyEvent('leg', request!.time, '', 'sip');
  nameParties(event, { request, identity, caller, response: null }, plan);
  return event.msisdn ?? event.aor ?? request!.destination;
}

/**
 * A CANCEL of a proxy that does not say why: its caller gave up only where the caller says so (RFC 3261 §16.7, §16.8).
 *
 * @param isFromCaller the way from the caller was seen
 */
function withReason(cancel: Cancel, invite: InviteState, isFromCaller: boolean): Cancel {
  const { time, cause, timedOut, elsewhere, broken } = cancel;
  if (timedOut || elsewhere || broken || cause !== null) return cancel;
  const { request, success, cancels = NONE, hops = NONE } = invite;
  const caller = isFromCaller ? request : null;
  if (
    caller !== null &&
    cancels.some((other: Cancel) => isOfSender(other.source, caller) && notLater(other.time, time))
  )
    return cancel;
  if (isKnown(success) && notLater(success, time)) return { ...cancel, elsewhere: true };
  const goesOn = isKnown(success) || hops.some((hop: InviteState) => !notLater(hop.request!.time, time));
  return goesOn || (isFromCaller && !isGivenUp(invite, time)) ? { ...cancel, timedOut: true } : cancel;
}

/** Milliseconds that a proxy takes to cancel all branches. */
const TOGETHER = 1000;

/** Whether a caller whose CANCEL is not seen was told that it gave up, and nothing was cancelled later than at that time. */
function isGivenUp(invite: InviteState, time: PacketTime): boolean {
  if (!failuresOf(invite).some(({ status, timedOut }) => status === 487 && !timedOut)) return false;
  return [invite, ...(invite.hops ?? NONE)].every(({ cancels = NONE }: InviteState) =>
    cancels.every((other: Cancel) => elapsed(time, other.time) <= TOGETHER),
  );
}
