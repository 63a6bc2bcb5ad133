import { isKnown } from '../times.ts';
import { legsOf, startOf } from './legs.ts';
import { settledAt } from './lifetime.ts';
import type { ByeState, CallState, InviteState } from './state.ts';

/**
 * Takes out of a call that has as many transactions as it may those legs that nothing more can belong to: a client may keep a Call-ID for as
 * long as it likes, and each leg is an event of its own. Re-INVITEs that were answered, which are none, are dropped.
 *
 * @param now seconds
 * @returns each as a call
 */
export function takeSettledLegs(call: CallState, now: number): CallState[] {
  const settled: CallState[] = [];
  const gone = new Set<InviteState>();
  for (const leg of legsOf(call)) {
    const start = startOf(leg);
    const tags = tagsOf(leg);
    const byes = call.byes.filter((bye) => isOf(bye, tags));
    const part: CallState = { ...call, invites: leg, byes, firstS: start.s, firstNs: start.ns };
    // One whose To was cut off opens a leg, or not, by what else is known of the call.
    if (settledAt(part) >= now || leg.some(({ initial }) => initial !== true)) continue;
    settled.push(part);
    for (const invite of leg) gone.add(invite);
  }
  call.invites = call.invites.filter((invite) => !gone.has(invite) && !isAnsweredWithin(invite));
  const tags = tagsOf(call.invites);
  call.byes = call.byes.filter((bye) => isOf(bye, tags));
  return settled;
}

function isAnsweredWithin({ initial, request, success, failures }: InviteState): boolean {
  return initial === false && request !== null && (isKnown(success) || failures.length > 0);
}

function isOf({ fromTag, toTag }: ByeState, tags: ReadonlySet<string>): boolean {
  return tags.has(fromTag) || tags.has(toTag);
}

function tagsOf(invites: readonly InviteState[]): Set<string> {
  return new Set(invites.map(({ fromTag }) => fromTag));
}
