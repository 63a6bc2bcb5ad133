import type { NumberPlan } from '../../base/numbers.ts';
import type { PacketTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import { historyCause } from '../../sip/history.ts';
import type { SipMessage } from '../../sip/message.ts';
import { earliest, isKnown, noTime, notLater, takeEarlier } from '../times.ts';
import { subscriber } from './parties.ts';
import { failuresOf } from './releases.ts';
import type { InviteState } from './state.ts';

/** Why a call goes on to another number, as History-Info of an answer has it. */
export interface SentOn {
  time: PacketTime;
  /** Of {@link REASONS}. */
  cause: number;
}

/** Causes in addresses that calls are sent on to (RFC 4458 §4, 3GPP TS 24.604 §4.5.2.6.2.2), as conditions of call forwarding. */
const REASONS: Record<number, string> = {
  302: 'unconditional',
  408: 'no_reply',
  480: 'deflected',
  486: 'busy',
  487: 'deflected',
  503: 'not_reachable',
};
/** Call Is Being Forwarded (RFC 3261 §21.1.3). */
const FORWARDED = 181;

/** Takes in what a response below 300 says of a call that went on to another number. */
export function takeSentOn(invite: InviteState, message: SipMessage, { seconds, nanoseconds }: Payload): void {
  const isForwarded = message.status === FORWARDED;
  const cause = historyCause(message);
  // Nearly all say nothing of it.
  if (!isForwarded && cause === null) return;
  const time = { s: seconds, ns: nanoseconds };
  if (isForwarded) mergeSentOn(invite, { forwarded: time });
  if (cause !== null && cause in REASONS) mergeSentOn(invite, { sentOn: { time, cause } });
}

/** Joins what another capture has of the same INVITE. */
export function mergeSentOn(into: InviteState, { forwarded, sentOn }: Pick<InviteState, 'forwarded' | 'sentOn'>): void {
  if (forwarded !== undefined && isKnown(forwarded)) {
    into.forwarded ??= noTime();
    takeEarlier(into.forwarded, forwarded.s, forwarded.ns);
  }
  if (sentOn && (!into.sentOn || !notLater(into.sentOn.time, sentOn.time))) into.sentOn = sentOn;
}

/**
 * That and why a leg's call went on from the number that was called; null where it did not. One that was sent on before has a history that
 * says so of another number. A line that rang before, for a reason that is not told, did not answer.
 */
export function sentOnText(leg: readonly InviteState[], plan: NumberPlan): string | null {
  let forwarded: PacketTime | null = null;
  let ringing: PacketTime | null = null;
  let reason: string | null = null;
  for (const invite of leg) {
    forwarded = earliest(forwarded, invite.forwarded ?? null);
    ringing = earliest(ringing, invite.ringing);
    const { request, sentOn } = invite;
    if (sentOn && request !== null && !request.diverted) reason ??= REASONS[sentOn.cause]!;
  }
  if (leg.length > 1) forwarded = earliest(forwarded, followedAt(leg, plan));
  if (forwarded === null) return reason === null ? null : `forwarded ${reason}`;
  if (reason === null && ringing !== null && notLater(ringing, forwarded)) reason = 'no_reply';
  return reason === null ? 'forwarded' : `forwarded ${reason}`;
}

/** When a caller that was redirected to another number called that (RFC 3261 §8.1.3.4), where its proxy might have; null where it did not. */
function followedAt(leg: readonly InviteState[], plan: NumberPlan): PacketTime | null {
  let from: string | null = null;
  for (const invite of leg) {
    const { request } = invite;
    const number = subscriber(plan, request?.requestUser ?? null);
    if (request !== null && from !== null && number !== null && number !== from) return request.time;
    from = number !== null && failuresOf(invite).some(({ status }) => status < 400) ? number : null;
  }
  return null;
}
