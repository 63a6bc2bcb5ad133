import { notLater } from '../times.ts';
import type { Relay } from './relay.ts';
import type { RequestFacts, SipState, TransactionState } from './state.ts';

/**
 * How long after a short message its report may come, seconds: no longer than the message's state lives at the least, wherever captures
 * were cut. Service centres take a few (3GPP TS 24.011 §10: TR1M is 35 to 45 s).
 */
const LONGEST = 32;

/**
 * Short messages over IMS, which reports refuse that come in MESSAGEs of their own (3GPP TS 24.341 §5.3): by Call-ID, and for reports that do
 * not name that, by the phone and the reference of the relay layer (TS 24.011 §8.2.3).
 */
export class RelayReports {
  private readonly messages = new Map<string, TransactionState>();
  private readonly byReference = new Map<string, TransactionState>();

  /** A state whose request was read: a short message, a report on one, or something else. */
  take(state: SipState): void {
    if (state.type !== 'sms') return;
    const { relay, request, callId } = state;
    if (relay === null || request === null) return;
    if (relay.carries) {
      const known = this.messages.get(callId);
      // The one with credentials, where it was sent again with them.
      if (known !== undefined && known.callId === callId && known.cseq >= state.cseq) return;
      this.messages.set(callId, state);
      const reference = referenceOf(relay, request);
      if (reference !== null) this.byReference.set(reference, state);
      return;
    }
    const error = relay.error ?? null;
    if (error === null) return;
    const message =
      error.of === null ? this.byReference.get(referenceOf(relay, request) ?? '') : this.messages.get(error.of);
    if (message === undefined || (error.of !== null && message.callId !== error.of)) return;
    if (Math.abs(state.firstS - message.firstS) > LONGEST) return;
    const { time } = request;
    const known = message.refused ?? null;
    if (known === null || !notLater(known.time, time))
      message.refused = { time: { s: time.s, ns: time.ns }, cause: error.cause };
  }

  /** A state that nothing more will be added to. */
  forget(state: SipState): void {
    if (state.type !== 'sms') return;
    const { relay, request, callId } = state;
    if (this.messages.get(callId) === state) this.messages.delete(callId);
    const reference = relay === null || request === null ? null : referenceOf(relay, request);
    if (reference !== null && this.byReference.get(reference) === state) this.byReference.delete(reference);
  }
}

/** What a short message and the report on it have in common: which way the message goes, its reference, the phone. Null where that is not known. */
function referenceOf({ carries, fromPhone, reference }: Relay, request: RequestFacts): string | null {
  const [user, aor] = fromPhone ? [request.fromUser, request.fromAor] : [request.toUser, request.toAor];
  const phone = user ?? aor;
  if (reference === undefined || phone === null) return null;
  return `${fromPhone === carries ? 'from' : 'to'} ${reference} ${phone}`;
}
