import type { NumberPlan } from '../../base/numbers.ts';
import type { Payload } from '../../network/payload.ts';
import type { SipMessage } from '../../sip/message.ts';
import { branchOf, HOPS } from './answers.ts';
import type { FactReader } from './facts.ts';
import { NONE, newInvite } from './open-states.ts';
import { reachesPhone } from './parties.ts';
import type { InviteState, RequestFacts } from './state.ts';

/**
 * A proxy passes an INVITE on under its Call-ID, From tag and CSeq, and each hop has a branch of its own (RFC 3261 §16.6 step 8), which the
 * answers on that hop and a CANCEL of it have too (§17.1.3, §9.1). What is kept of them apart are the hops that reach a phone: each is a
 * call of the line there, which may end in another way than the caller's.
 */
export class Hops {
  private readonly facts: FactReader;
  private readonly plan: NumberPlan;
  /** Of a hop that reaches no phone. */
  private spare: RequestFacts | undefined;

  constructor(facts: FactReader, plan: NumberPlan) {
    this.facts = facts;
    this.plan = plan;
  }

  /** A request with another branch than those before: what is known by now is of the first one. */
  begin(invite: InviteState): void {
    const { hops = NONE, request, otherBranches = NONE } = invite;
    if (hops.length === 0 && otherBranches.length <= 1 && request !== null && reachesPhone(request, this.plan))
      invite.hops = [firstHop(invite)];
  }

  /** Takes the first request of a branch in, which opens a dialog; the state has taken it in already. */
  request(invite: InviteState, branch: number, message: SipMessage, payload: Payload): void {
    const { facts } = this;
    const hops = invite.hops ?? NONE;
    const known = hops.find((hop) => hop.branch === branch);
    if (known === undefined && ((branch === invite.branch && hops.length === 0) || hops.length >= HOPS)) return;
    const request = facts.request(message, payload, this.spare);
    this.spare = undefined;
    if (!reachesPhone(request, this.plan)) {
      this.spare = request;
      // Its answers came first.
      if (known !== undefined) invite.hops = hops.filter((hop) => hop !== known);
      return;
    }
    const hop = known ?? newHop(invite, branch);
    hop.initial = true;
    hop.request = request;
    hop.identity = facts.identity(message, payload);
    hop.caller = facts.caller(message, payload, hop.identity, null);
    if (known === undefined) invite.hops = [...hops, hop];
  }

  /** The hop that an answer or a CANCEL is of; null where none is kept. That of a request which was not seen may reach a phone. */
  of(invite: InviteState, message: SipMessage): InviteState | null {
    const { hops = NONE, branch: first = 0, otherBranches = NONE } = invite;
    if (invite.initial === false) return null;
    const branch = branchOf(message);
    if (branch === 0) return null;
    for (const hop of hops) if (hop.branch === branch) return hop;
    if (branch === first || otherBranches.includes(branch) || hops.length >= HOPS) return null;
    this.begin(invite);
    const hop = newHop(invite, branch);
    invite.hops = [...(invite.hops ?? NONE), hop];
    return hop;
  }
}

function newHop({ fromTag, cseq }: InviteState, branch: number): InviteState {
  return { ...newInvite(), fromTag, cseq, branch };
}

/** What is known of an INVITE as that of its first hop. The state goes on. */
export function firstHop(invite: InviteState): InviteState {
  const { ringing, progress, forwarded, success, lastSuccess, cancel, failures, request } = invite;
  const copy: InviteState = {
    ...invite,
    request: request && { ...request, time: { ...request.time } },
    ringing: { ...ringing },
    progress: { ...progress },
    success: { ...success },
    cancel: { ...cancel },
    failures: failures.map((failure) => ({ ...failure })),
    cancels: (invite.cancels ?? NONE).map((one) => ({ ...one })),
    otherAnswers: (invite.otherAnswers ?? NONE).map((one) => ({ ...one })),
    otherBranches: NONE,
    acks: NONE,
    hops: NONE,
  };
  if (forwarded !== undefined) copy.forwarded = { ...forwarded };
  if (lastSuccess !== undefined) copy.lastSuccess = { ...lastSuccess };
  return copy;
}
