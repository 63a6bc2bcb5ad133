import type { SipState, TransactionState } from './state.ts';
import { notLater } from './state.ts';

/**
 * How long after a short message its report may come, seconds: no longer than the message's state lives at the least, wherever captures
 * were cut. Service centres take a few (3GPP TS 24.011 §10: TR1M is 35 to 45 s).
 */
const LONGEST = 32;

/** Short messages over IMS by Call-ID, which reports refuse that come in MESSAGEs of their own (3GPP TS 24.341 §5.3). */
export class RelayReports {
  private readonly messages = new Map<string, TransactionState>();

  /** A state whose request was read: a short message, a report on one, or something else. */
  take(state: SipState): void {
    if (state.type !== 'sms') return;
    const { relay, request, callId } = state;
    if (relay === null || request === null) return;
    if (relay.carries) {
      const known = this.messages.get(callId);
      // The one with credentials, where it was sent again with them.
      if (known === undefined || known.callId !== callId || known.cseq < state.cseq) this.messages.set(callId, state);
      return;
    }
    const error = relay.error ?? null;
    const message = error === null ? undefined : this.messages.get(error.of);
    if (error === null || message === undefined || message.callId !== error.of) return;
    if (Math.abs(state.firstS - message.firstS) > LONGEST) return;
    const { time } = request;
    const known = message.refused ?? null;
    if (known === null || !notLater(known.time, time))
      message.refused = { time: { s: time.s, ns: time.ns }, cause: error.cause };
  }

  /** A state that nothing more will be added to. */
  forget(state: SipState): void {
    if (state.type === 'sms' && this.messages.get(state.callId) === state) this.messages.delete(state.callId);
  }
}
