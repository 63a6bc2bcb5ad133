import type { CaptureName } from '../capture-name.ts';
import type { Span } from '../span.ts';
import { noTime } from '../times.ts';
import type { CallState, InviteState, RequestFacts, TransactionState } from './state.ts';

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
export function newCall(capture: CaptureName): CallState {
  return { type: 'call', callId: '', ...newSpan(capture), invites: NONE, byes: NONE };
}

/** An INVITE transaction with nothing seen yet. */
export function newInvite(): InviteState {
  return {
    fromTag: '',
    cseq: 0,
    initial: null,
    request: null,
    identity: null,
    caller: null,
    response: null,
    calledPlace: null,
    calledDevice: null,
    ringing: noTime(),
    progress: noTime(),
    forwarded: noTime(),
    sentOn: null,
    earlyTag: 0,
    success: noTime(),
    successTag: '',
    successAcknowledged: false,
    lastSuccess: noTime(),
    otherAnswers: NONE,
    failures: NONE,
    branch: 0,
    otherBranches: NONE,
    acks: NONE,
    hops: NONE,
    cancel: noTime(),
    cancelCause: null,
    cancels: NONE,
  };
}

/** Makes it as {@link newInvite} gives it, to be used again. */
export function clearInvite(invite: InviteState): void {
  invite.initial = null;
  invite.request = null;
  invite.identity = null;
  invite.caller = null;
  invite.response = null;
  invite.calledPlace = null;
  invite.calledDevice = null;
  invite.ringing.ns = -1;
  invite.progress.ns = -1;
  invite.forwarded!.ns = -1;
  invite.sentOn = null;
  invite.earlyTag = 0;
  invite.success.ns = -1;
  invite.successTag = '';
  invite.successAcknowledged = false;
  invite.lastSuccess!.ns = -1;
  invite.otherAnswers = NONE;
  invite.failures = NONE;
  invite.branch = 0;
  invite.otherBranches = NONE;
  invite.acks = NONE;
  invite.hops = NONE;
  invite.cancel.ns = -1;
  invite.cancelCause = null;
  invite.cancels = NONE;
}

/** A REGISTER or MESSAGE transaction with nothing seen yet. */
export function newTransaction(capture: CaptureName): TransactionState {
  return {
    type: 'registration',
    callId: '',
    ...newSpan(capture),
    cseq: 0,
    request: null,
    onward: NONE,
    identity: null,
    caller: null,
    leaving: false,
    expires: null,
    notice: false,
    bodyLength: null,
    relay: null,
    refused: null,
    success: noTime(),
    status: null,
    associated: null,
    grantedExpires: null,
    bindings: NONE,
    flowTimer: null,
    failures: NONE,
    prior: null,
  };
}

/** Makes it as {@link newTransaction} gives it, to be used again. */
export function clearTransaction(state: TransactionState): void {
  state.request = null;
  state.onward = NONE;
  state.identity = null;
  state.caller = null;
  state.leaving = false;
  state.expires = null;
  state.notice = false;
  state.bodyLength = null;
  state.relay = null;
  state.refused = null;
  state.success.ns = -1;
  state.status = null;
  state.associated = null;
  state.grantedExpires = null;
  state.bindings = NONE;
  state.flowTimer = null;
  state.failures = NONE;
  state.prior = null;
}

/** Facts of a request with nothing read yet. */
export function newFacts(): RequestFacts {
  return {
    time: { s: 0, ns: 0 },
    source: '',
    origin: null,
    destination: '',
    fromAor: null,
    toAor: null,
    fromUser: null,
    toUser: null,
    calledAor: null,
    calledUser: null,
    requestUser: null,
    requestHost: null,
    diverted: false,
    divertedBy: null,
    mailbox: false,
    iamCalled: 0,
    contact: null,
    imei: null,
    imeisv: null,
    userAgent: null,
    headerOrder: null,
    idShape: null,
    viaMismatch: null,
    sdpFingerprint: null,
    media: null,
    awaited: false,
    keepAlive: null,
    authorised: false,
    account: null,
    own: true,
    accounts: NONE,
    routed: false,
    ussd: null,
  };
}
