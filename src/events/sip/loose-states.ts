import { mayBeOnlyChallenged } from './lifetime.ts';
import type { SipState, TransactionState } from './state.ts';

/** States of a capture that have ended in it and that a neighbouring capture may have more of. */
export class LooseStates {
  readonly all: SipState[] = [];
  /** Transactions by Call-ID, then by CSeq: gateways register all their lines under one Call-ID. */
  private readonly byCall = new Map<string, Map<number, TransactionState[]>>();

  add(state: SipState): void {
    this.all.push(state);
    if (state.type === 'call') return;
    let same = this.byCall.get(state.callId);
    if (same === undefined) this.byCall.set(state.callId, (same = new Map()));
    const known = same.get(state.cseq);
    if (known === undefined) same.set(state.cseq, [state]);
    else known.push(state);
  }

  /**
   * Whether a transaction of a Call-ID is among them that may turn out to have only been challenged. Where it is known to have been
   * accepted or refused, what comes after it has nothing to do with it: a phone refreshes its registration under one Call-ID all day.
   */
  hasChallenged(type: TransactionState['type'], callId: string, cseq: number): boolean {
    const same = this.byCall.get(callId)?.get(cseq);
    return same?.some((other) => other.type === type && mayBeOnlyChallenged(other)) ?? false;
  }
}
