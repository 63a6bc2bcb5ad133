import type { CaptureName } from './capture-name.ts';
import type { HeldRequest } from './requests.ts';
import type { CallState, InviteState, SipState, Span, TransactionState } from './state.ts';
import { noTime } from './state.ts';

/** States whose requests are still held as bytes. */
export type OpenCall = CallState<HeldRequest>;
export type OpenInvite = InviteState<HeldRequest>;
export type OpenTransaction = TransactionState<HeldRequest>;
export type OpenState = SipState<HeldRequest>;

/** Lists without anything in them; they are replaced, never added to. */
export const NONE: never[] = [];

function newSpan(capture: CaptureName): Span {
  return {
    firstS: 0,
    firstNs: 0,
    firstFrame: 0,
    firstCapture: capture,
    lastS: 0,
    lastNs: 0,
    lastFrame: 0,
    lastCapture: capture,
  };
}

/** A call with nothing seen yet. */
export function newCall(capture: CaptureName): OpenCall {
  return { type: 'call', callId: '', ...newSpan(capture), invites: NONE, byes: NONE };
}

/** An INVITE transaction with nothing seen yet. */
export function newInvite(): OpenInvite {
  return {
    fromTag: '',
    cseq: 0,
    initial: null,
    request: null,
    identity: null,
    response: null,
    ringing: noTime(),
    progress: noTime(),
    success: noTime(),
    failures: NONE,
    cancel: noTime(),
    cancelCause: null,
  };
}

/** Makes it as {@link newInvite} gives it, to be used again. */
export function clearInvite(invite: OpenInvite): void {
  invite.initial = null;
  invite.request = null;
  invite.identity = null;
  invite.response = null;
  invite.ringing.ns = -1;
  invite.progress.ns = -1;
  invite.success.ns = -1;
  invite.failures = NONE;
  invite.cancel.ns = -1;
  invite.cancelCause = null;
}

/** A REGISTER or MESSAGE transaction with nothing seen yet. */
export function newTransaction(capture: CaptureName): OpenTransaction {
  return {
    type: 'registration',
    callId: '',
    ...newSpan(capture),
    cseq: 0,
    request: null,
    identity: null,
    leaving: false,
    expires: null,
    bodyLength: null,
    success: noTime(),
    status: null,
    associated: null,
    grantedExpires: null,
    flowTimer: null,
    failures: NONE,
    prior: null,
  };
}

/** Makes it as {@link newTransaction} gives it, to be used again. */
export function clearTransaction(state: OpenTransaction): void {
  state.request = null;
  state.identity = null;
  state.leaving = false;
  state.expires = null;
  state.bodyLength = null;
  state.success.ns = -1;
  state.status = null;
  state.associated = null;
  state.grantedExpires = null;
  state.flowTimer = null;
  state.failures = NONE;
  state.prior = null;
}
