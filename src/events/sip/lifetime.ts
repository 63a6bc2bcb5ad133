import type { PacketTime } from '../../base/time.ts';
import { isKnown, notLater } from '../times.ts';
import { anyByeOf, byeOf, isNeverAcknowledged } from './answers.ts';
import { failuresOf, givenOf } from './releases.ts';
import type { CallState, Failure, InviteState, SipState, TransactionState } from './state.ts';
import type { Entry } from './state-table.ts';

/**
 * 64*T1 (RFC 3261 §17.1.1.2, timers B, F, H): how long after its end a transaction may still be retransmitted, seconds.
 */
const LINGER = 32;
/**
 * How long a client that was asked for credentials may take to come back with them (it may have to ask a person), seconds. The
 * longest a transaction lingers: what began within this time of the start of a capture may have begun in the one before.
 */
export const CREDENTIALS = 64;
/** In so many seconds a client whose nonce was stale (RFC 7616 §3.3) comes back: it asks nobody. */
const AT_ONCE = 8;
/** A call that never got a final response is over when nothing came for so long: longer than timer C (RFC 3261 §16.6), seconds. */
export const SILENCE = 300;
/** An answered call without a BYE is given up when nothing came for so long, seconds. */
const LONGEST_CALL = 86_400;

/** 401 and 407 ask for credentials (RFC 3261 §22): they end a transaction but reject nothing. */
export function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

/** Time in seconds after which a state in which everything has ended takes no more messages; Infinity while something is open. */
export function settledAt(state: SipState): number {
  const closed = state.type === 'call' ? callClosedAt(state) : transactionClosedAt(state);
  return closed + (isOnlyChallenged(state) ? CREDENTIALS : LINGER);
}

/**
 * What asks for other terms. A call (422: RFC 4028 §7.3) or a registration (423: RFC 3261 §10.2.8) comes again for a longer time, either with
 * what was agreed on (421: §21.4.15; 494: RFC 3329 §2.3.1).
 */
export const TERMS: ReadonlySet<number> = new Set([421, 422, 423, 494]);
const NO_TERMS: ReadonlySet<number> = new Set();

/** True where all that the state got is a request to come again: with credentials, or on other terms. */
export function isOnlyChallenged(state: SipState): boolean {
  if (state.type === 'call') return state.invites.every((invite) => isUnsatisfied(invite, TERMS));
  return isUnsatisfied(state, state.type === 'registration' ? TERMS : NO_TERMS);
}

/** True where a transaction is {@link isOnlyChallenged}, or may turn out to be when more of it is known: nothing else came yet. */
export function mayBeOnlyChallenged(state: TransactionState): boolean {
  return state.failures.length === 0 ? !isKnown(state.success) : isOnlyChallenged(state);
}

/**
 * True where a request, which only got requests to come again, may come again as the next one with its Call-ID. Gateways register all
 * their lines under one (RFC 3261 §10.2), and a phone asks with it what is registered (§10.2.3). One whose credentials were refused, and
 * who tries again later, tries anew.
 */
export function comesAgain(first: TransactionState, next: TransactionState): boolean {
  const [a, b] = [first.request, next.request];
  if (a === null || b === null) return true;
  if (a.toAor !== b.toAor || (first.notice ?? false) !== (next.notice ?? false)) return false;
  const given = givenOf(first);
  if (!given.every(({ status }) => isChallenge(status)) || (b.authorised && !a.authorised)) return true;
  return given.some(({ time }) => Math.abs(b.time.s - time.s) <= AT_ONCE);
}

/**
 * True for a transaction whose sender only got requests for credentials, whatever the branches that a proxy tried got (RFC 3261 §16.7).
 *
 * @param terms statuses that ask for something else
 */
export function isUnsatisfied(
  state: Pick<InviteState, 'request' | 'success' | 'failures'>,
  terms: ReadonlySet<number> = NO_TERMS,
): boolean {
  if (isKnown(state.success) || state.failures.length === 0) return false;
  for (const { status } of givenOf(state)) if (!isChallenge(status) && !terms.has(status)) return false;
  return true;
}

/** When the sender of a request was asked for credentials: not when a proxy on the way was, which passed that on. Null where nobody was. */
export function challengeOf(state: Pick<InviteState, 'request' | 'failures'>): PacketTime | null {
  return earliestChallenge(failuresOf(state)) ?? earliestChallenge(state.failures);
}

function earliestChallenge(failures: readonly Failure[]): PacketTime | null {
  let challenge: PacketTime | null = null;
  for (const { status, time } of failures)
    if (isChallenge(status) && (challenge === null || !notLater(challenge, time))) challenge = time;
  return challenge;
}

/** Time in seconds after which a message no longer belongs to this state. */
export function expiresAt(state: SipState): number {
  const settled = settledAt(state);
  if (settled !== Number.POSITIVE_INFINITY) return settled;
  if (state.type !== 'call') return state.lastS + 2 * LINGER;
  const answered =
    state.invites.some((invite) => isKnown(invite.success)) || !state.invites.some((invite) => isOpener(state, invite));
  return state.lastS + (answered ? LONGEST_CALL : SILENCE);
}

/** {@link expiresAt} of the state in an entry. */
export function expiryOf({ state, lastS }: Entry): number {
  state.lastS = lastS;
  return expiresAt(state);
}

/** Whether a message at `seconds` no longer belongs to the state in an entry. */
export function isOver(entry: Entry, seconds: number): boolean {
  return (entry.over && seconds > entry.settled) || isSilent(entry, seconds);
}

/** Whether nothing came for so long that the state in an entry is given up. */
export function isSilent(entry: Entry, seconds: number): boolean {
  // Nothing is given up sooner.
  return seconds - entry.lastS > SILENCE / 5 && expiryOf(entry) < seconds;
}

/** True for an INVITE transaction that began a leg: its request had no To tag, or only responses were seen, not a CANCEL alone. */
export function isOpener(call: CallState, invite: InviteState): boolean {
  const { initial, request, response } = invite;
  if (initial === false) return false;
  if (request !== null) return initial === true || isByOpener(call, invite);
  return (
    response !== null &&
    !isByCalled(call, invite) &&
    !isRefusedWithin(call, invite) &&
    !isNeverAcknowledged(call, invite)
  );
}

/** True for a request whose To was cut off where it is the first message of the call, or of the same side as that. */
function isByOpener({ invites, firstS: s, firstNs: ns }: CallState, { fromTag }: InviteState): boolean {
  return invites.some(
    ({ request, fromTag: other }) => other === fromTag && request !== null && notLater(request.time, { s, ns }),
  );
}

/** True for an INVITE of which only responses were seen where the called side sent it, in a dialog that was made before. A tag may be cut off. */
function isByCalled({ invites }: CallState, { fromTag, response }: InviteState): boolean {
  return (
    fromTag !== '' &&
    invites.some(
      ({ fromTag: other, success, successTag }) =>
        other !== fromTag &&
        (!successTag || successTag === fromTag) &&
        isKnown(success) &&
        notLater(success, response!.time),
    )
  );
}

/**
 * True where an INVITE of which only responses were seen was refused within a dialog: there is none (481, RFC 3261 §12.2.2), or it goes on,
 * while a refusal is the end of one that is only asked for (§12.3): the called side ends it, or the caller does afterwards, or something else
 * is asked within it.
 */
function isRefusedWithin({ invites, byes }: CallState, invite: InviteState): boolean {
  const { fromTag, success, failures } = invite;
  if (isKnown(success) || failures.length === 0 || isUnsatisfied(invite, TERMS)) return false;
  if (failures.some(({ status }) => status === 481)) return true;
  if (invites.some(({ initial }) => initial === true)) return false;
  if (invites.some((other) => other.request !== null && other.fromTag === fromTag)) return true;
  return byes.some(
    (bye) =>
      bye.toTag === fromTag ||
      (bye.fromTag === fromTag && failures.every((failure) => notLater(failure.time, bye.time))),
  );
}

/** True where the beginning was seen: without it a state waits for an earlier capture. */
export function hasOpener(state: SipState): boolean {
  if (state.type !== 'call') return state.request !== null;
  for (const invite of state.invites) if (invite.request !== null && invite.initial !== false) return true;
  return false;
}

function callClosedAt(call: CallState): number {
  let end = Number.NEGATIVE_INFINITY;
  for (const invite of call.invites) {
    if (!isOpener(call, invite)) continue;
    if (isKnown(invite.success)) {
      const bye = byeOf(call, invite);
      if (bye === null) return Number.POSITIVE_INFINITY;
      end = Math.max(end, bye.time.s);
    } else if (invite.failures.length > 0) {
      // What a proxy was given alone ends a branch.
      const given = failuresOf(invite);
      if (given.length === 0) return Number.POSITIVE_INFINITY;
      for (const failure of given) end = Math.max(end, failure.time.s);
    } else {
      const bye = anyByeOf(call, invite);
      if (bye === null) return Number.POSITIVE_INFINITY;
      end = Math.max(end, bye.time.s);
    }
  }
  if (end === Number.NEGATIVE_INFINITY) for (const bye of call.byes) end = Math.max(end, bye.time.s);
  return end === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : end;
}

function transactionClosedAt(state: TransactionState): number {
  if (isKnown(state.success)) return state.success.s;
  let end = Number.NEGATIVE_INFINITY;
  for (const failure of state.failures) end = Math.max(end, failure.time.s);
  return end === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : end;
}
