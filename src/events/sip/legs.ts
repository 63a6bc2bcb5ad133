import { compareTimes, elapsed, type PacketTime } from '../../base/time.ts';
import { earliest, isKnown } from '../times.ts';
import { isAnother } from './another.ts';
import { byeOf } from './answers.ts';
import { CREDENTIALS, isChallenge, isOpener, isUnsatisfied, TERMS } from './lifetime.ts';
import { cancelOf, failuresOf } from './releases.ts';
import type { CallState, InviteState } from './state.ts';

/**
 * The legs of a call: its opening INVITE transactions by From tag, in order of CSeq. An attempt that was only asked to
 * come again, with credentials or on other terms, is part of the attempt that follows, even where the client changed its tag for it.
 */
export function legsOf(call: CallState): InviteState[][] {
  const byTag = new Map<string, InviteState[]>();
  for (const invite of call.invites) {
    if (!isOpener(call, invite)) continue;
    const leg = byTag.get(invite.fromTag);
    if (leg) leg.push(invite);
    else byTag.set(invite.fromTag, [invite]);
  }
  let legs = [...byTag.values()];
  for (const leg of legs) leg.sort((a, b) => a.cseq - b.cseq || compareTimes(startOf([a]), startOf([b])));
  // A response alone does not tell an opening INVITE from a re-INVITE: it counts only where no request of its tag is known, or the
  // requests that are known were asked to come again and opened nothing. Then the first is what opened the leg.
  for (const leg of legs) {
    const known = leg.filter(({ request }) => request !== null);
    const { cseq = -1 } = known.at(-1) ?? {};
    const isOpen = known.some((invite) => !isUnsatisfied(invite, TERMS));
    const next = isOpen ? undefined : leg.find((invite) => invite.request === null && invite.cseq > cseq);
    leg.length = 0;
    leg.push(...known, ...(next === undefined ? [] : [next]));
  }
  legs = legs.flatMap((leg) => redialsOf(call, leg));
  if (legs.length === 1) return legs;
  legs.sort((a, b) => compareTimes(startOf(a), startOf(b)));
  for (let i = 0; i + 1 < legs.length; i++) {
    const leg = legs[i]!;
    const next = legs[i + 1]!;
    if (!leg.every((invite) => isUnsatisfied(invite, TERMS))) continue;
    if (elapsed(startOf(leg), startOf(next)) > CREDENTIALS * 1000) continue;
    legs.splice(i, 2, [...leg, ...next]);
    i--;
  }
  return legs;
}

/** A leg by itself, or the calls of a client that keeps Call-ID and From tag as it dials again. */
function redialsOf(call: CallState, leg: readonly InviteState[]): InviteState[][] {
  const calls: InviteState[][] = [];
  let begin = 0;
  for (let i = 1; i < leg.length; i++) {
    if (!isOverBefore(call, leg[i - 1]!, leg[i]!) && !isBeside(leg[i - 1]!, leg[i]!)) continue;
    calls.push(leg.slice(begin, i));
    begin = i;
  }
  return [...calls, leg.slice(begin)];
}

/**
 * Whether a call was over, with a conversation or without one, when the next INVITE came. What a client does about its request comes under its
 * Call-ID too: it goes where it was redirected to, or asks in another way (RFC 3261 §8.1.3.4, §8.1.3.5).
 */
function isOverBefore(call: CallState, invite: InviteState, { request }: InviteState): boolean {
  if (request === null) return false;
  const isBefore = ({ time }: { time: PacketTime }): boolean => compareTimes(time, request.time) <= 0;
  if (isKnown(invite.success)) {
    const bye = byeOf(call, invite);
    return bye !== null && isBefore(bye);
  }
  const cancel = cancelOf(invite);
  if (cancel !== null) return isBefore(cancel);
  if (invite.request?.requestUser !== request.requestUser || invite.request.destination !== request.destination)
    return false;
  return failuresOf(invite).some((failure) => NOBODY_SPEAKS.has(failure.status) && isBefore(failure));
}

/**
 * Whether a client calls somebody else under the Call-ID and From tag of another call, which goes on or has failed. What it was asked to do
 * otherwise, or elsewhere, is of the first.
 */
function isBeside(invite: InviteState, { request }: InviteState): boolean {
  const known = invite.request;
  if (request === null || known === null || !isAnother(known, request)) return false;
  const given = isKnown(invite.success) ? [] : failuresOf(invite);
  if (given.some(({ status }) => isAsked(status))) return false;
  // Who was not reached there is looked for elsewhere, under the same To.
  return given.length === 0 || isAnother({ ...known, requestUser: null }, request);
}

/** Redirected (RFC 3261 §8.1.3.4), or asked for credentials, other terms, or more digits (§21.4.22). */
function isAsked(status: number): boolean {
  return status < 400 || isChallenge(status) || TERMS.has(status) || status === 484;
}

/** What is said of a phone where nobody answers, or somebody does not want to: it is asked again by people alone. */
const NOBODY_SPEAKS: ReadonlySet<number> = new Set([408, 480, 486, 487, 600, 603]);

/** When a leg began, as far as the capture shows. */
export function startOf(leg: readonly InviteState[]): PacketTime {
  let start: PacketTime | null = null;
  for (const { request, response, cancel } of leg) {
    // Where the capture begins after the request, the caller may give up before anything is answered.
    const known = request === null ? earliest(response?.time ?? null, cancel) : request.time;
    start = earliest(start, known);
  }
  return start ?? { s: 0, ns: 0 };
}
