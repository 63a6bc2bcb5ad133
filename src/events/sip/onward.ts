import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { SipMessage } from '../../sip/message.ts';
import { notLater } from '../times.ts';
import type { FactReader } from './facts.ts';
import { NONE } from './open-states.ts';
import type { RequestFacts, TransactionState } from './state.ts';

/** Ways kept that a MESSAGE went on by: more proxies than it passes. */
const MOST = 8;

/**
 * The ways that a MESSAGE went on by from the proxies that it came to, with this one among them: of each the earliest request. Does not add
 * to a list that states share.
 */
export function withOnward(onward: RequestFacts[], request: RequestFacts): RequestFacts[] {
  const same = onward.findIndex(
    ({ source, destination }) => source === request.source && destination === request.destination,
  );
  if (same < 0) return onward.length < MOST ? [...onward, request] : onward;
  return notLater(onward[same]!.time, request.time) ? onward : onward.with(same, request);
}

/** Takes in a MESSAGE of which one is known: from elsewhere, one of them passed the other on. To be called before that becomes the earliest. */
export function takeOnward(state: TransactionState, message: SipMessage, payload: Payload, facts: FactReader): void {
  const { request: known } = state;
  if (known === null || facts.source(payload) === known.source) return;
  const isEarlier = compareTime(payload.seconds, payload.nanoseconds, known.time.s, known.time.ns) < 0;
  state.onward = withOnward(state.onward ?? NONE, isEarlier ? { ...known } : facts.request(message, payload));
}
