import type { SipState } from './state.ts';

/** States of a capture that have ended in it and that a neighbouring capture may have more of. */
export class LooseStates {
  readonly all: SipState[] = [];
  private readonly byCall = new Map<string, SipState[]>();

  add(state: SipState): void {
    this.all.push(state);
    const same = this.byCall.get(state.callId);
    if (same) same.push(state);
    else this.byCall.set(state.callId, [state]);
  }

  /** Whether the transaction of a Call-ID is among them. */
  has(type: SipState['type'], callId: string, cseq: number): boolean {
    const same = this.byCall.get(callId);
    return same?.some((other) => other.type !== 'call' && other.type === type && other.cseq === cseq) ?? false;
  }
}
