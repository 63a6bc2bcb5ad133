import { equalsText, hashBytes, latin1 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import type { PacketTime } from '../base/time.ts';
import { compareTime } from '../base/time.ts';
import type { Payload } from '../network/payload.ts';
import type { Range } from '../sip/address.ts';
import { tagRange } from '../sip/fields.ts';
import { Header, Method, ROW, type SipMessage } from '../sip/message.ts';
import { qValueCause } from '../sip/reason.ts';
import type { CaptureName } from './capture-name.ts';
import type { CatpoolEvent } from './event.ts';
import type { FactReader } from './facts.ts';
import { type EventContext, eventsOf } from './finish.ts';
import { CREDENTIALS, expiresAt, hasOpener, isOnlyChallenged, SILENCE, settledAt } from './lifetime.ts';
import type { CallState, Failure, InviteState, SipState, TransactionState } from './state.ts';

/** A state in the table, with what the table needs to find and to end it. */
interface Entry {
  state: SipState;
  hash: number;
  /** {@link settledAt} of the state, kept up to date. */
  settled: number;
  /** Value of `settled` with which it stands in the queue of those that close; NaN where it does not. */
  queuedAt: number;
  /** Next entry with the same hash. */
  next: Entry | null;
}

const INVITE_KEY = 0;
const HEADER_BYTES_SEED = 0x811c9dc5;
/** Seconds of packet time between two searches for calls that went silent. */
const SILENCE_SWEEP = 60;

/**
 * SIP messages of one capture in, finished events and open states out. One pass; a state lives from its first message until
 * nothing more can belong to it. What may continue in a neighbouring capture is kept as a loose state instead of an event.
 */
export class SipEvents {
  private readonly table = new Map<number, Entry>();
  private size = 0;
  private readonly closing: Entry[] = [];
  private closingHead = 0;
  private readonly looseByCall = new Map<string, SipState[]>();
  private readonly loose: SipState[] = [];
  private captureStart = Number.NEGATIVE_INFINITY;
  private clock = Number.NEGATIVE_INFINITY;
  private swept = Number.NEGATIVE_INFINITY;
  private readonly context: EventContext;
  private readonly capture: CaptureName;
  private readonly facts: FactReader;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly emit: (event: CatpoolEvent) => void;

  constructor(
    context: EventContext,
    capture: CaptureName,
    facts: FactReader,
    limits: Limits,
    counters: Counters,
    emit: (event: CatpoolEvent) => void,
  ) {
    this.context = context;
    this.capture = capture;
    this.facts = facts;
    this.limits = limits;
    this.counters = counters;
    this.emit = emit;
  }

  /** Time of the capture's first packet, seconds: what began within {@link CREDENTIALS} of it may have begun before. */
  begin(seconds: number): void {
    this.captureStart = seconds;
  }

  /** One message that is no duplicate. */
  observe(message: SipMessage, payload: Payload): void {
    if (payload.seconds > this.clock) {
      this.clock = payload.seconds;
      if (this.closingHead < this.closing.length) this.endClosed();
      if (this.clock - this.swept >= SILENCE_SWEEP) this.endSilent();
    }
    const method = message.status === 0 ? message.method : message.cseqMethod;
    if (method === Method.INVITE) {
      if (message.status === 0) this.invite(message, payload);
      else if (message.status > 100) this.inviteResponse(message, payload);
    } else if (method === Method.BYE) {
      if (message.status === 0) this.bye(message, payload);
    } else if (method === Method.CANCEL) {
      if (message.status === 0) this.cancel(message, payload);
    } else if (method === Method.REGISTER || method === Method.MESSAGE) {
      if (message.status === 0) this.request(message, payload, method);
      else if (message.status >= 200) this.response(message, payload, method);
    }
  }

  /** At the end of the capture: events of what is over, and the states that a neighbour may continue. `seconds`: time of the last packet. */
  finish(seconds: number): SipState[] {
    this.clock = Math.max(this.clock, seconds);
    this.endClosed();
    const left: SipState[] = [];
    for (let entry of this.table.values()) {
      for (;;) {
        left.push(entry.state);
        if (entry.next === null) break;
        entry = entry.next;
      }
    }
    this.table.clear();
    this.size = 0;
    return [...this.loose, ...left].sort(compareStates);
  }

  private invite(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, INVITE_KEY, 'call');
    if (entry === null) return;
    const call = entry.state as CallState;
    const invite = this.transactionOf(call, message);
    if (invite === null) return;
    if (
      invite.request === null ||
      compareTime(payload.seconds, payload.nanoseconds, invite.request.time.s, invite.request.time.ns) < 0
    ) {
      invite.request = this.facts.request(message, payload);
      invite.initial = !tagRange(message, Header.To, range);
    }
    // A proxy adds what it vouches for; the earliest request that says something is believed.
    if (invite.identity === null) invite.identity = this.facts.identity(message, payload);
    this.touched(entry);
  }

  private inviteResponse(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, INVITE_KEY, 'call');
    if (entry === null) return;
    const call = entry.state as CallState;
    const invite = this.transactionOf(call, message);
    if (invite === null) return;
    if (invite.request === null && invite.response === null) invite.response = this.facts.response(message, payload);
    const status = message.status;
    if (status < 200) {
      if (status === 180) invite.ringing = keepEarliest(invite.ringing, payload);
      else invite.progress = keepEarliest(invite.progress, payload);
      return;
    }
    if (status < 300) invite.success = keepEarliest(invite.success, payload);
    else addFailure(invite.failures, message, payload);
    this.touched(entry);
  }

  private cancel(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, INVITE_KEY, 'call');
    if (entry === null) return;
    const invite = this.transactionOf(entry.state as CallState, message);
    if (invite === null) return;
    const before = invite.cancel;
    invite.cancel = keepEarliest(before, payload);
    if (invite.cancel !== before) invite.cancelCause = qValueCause(message);
  }

  private bye(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, INVITE_KEY, 'call');
    if (entry === null) return;
    const call = entry.state as CallState;
    const data = message.data;
    const hasFrom = tagRange(message, Header.From, range);
    const fromStart = range.start;
    const fromEnd = range.end;
    const hasTo = tagRange(message, Header.To, range);
    for (const bye of call.byes) {
      if (
        (hasFrom ? equalsText(data, fromStart, fromEnd, bye.fromTag) : bye.fromTag === '') &&
        (hasTo ? equalsText(data, range.start, range.end, bye.toTag) : bye.toTag === '')
      ) {
        if (compareTime(payload.seconds, payload.nanoseconds, bye.time.s, bye.time.ns) < 0) {
          bye.time = timeOf(payload);
          bye.cause = qValueCause(message);
          this.touched(entry);
        }
        return;
      }
    }
    if (call.byes.length >= this.limits.transactionsPerCall) {
      add(this.counters.dropped, 'transactionsPerCall');
      return;
    }
    call.byes.push({
      fromTag: hasFrom ? latin1(data, fromStart, fromEnd) : '',
      toTag: hasTo ? latin1(data, range.start, range.end) : '',
      time: timeOf(payload),
      cause: qValueCause(message),
    });
    this.touched(entry);
  }

  private request(message: SipMessage, payload: Payload, method: number): void {
    const type = method === Method.REGISTER ? 'registration' : 'sms';
    const entry = this.entry(message, payload, method, type);
    if (entry === null) return;
    const state = entry.state as TransactionState;
    if (
      state.request === null ||
      compareTime(payload.seconds, payload.nanoseconds, state.request.time.s, state.request.time.ns) < 0
    ) {
      state.request = this.facts.request(message, payload);
      if (method === Method.REGISTER) {
        state.expires = this.facts.expires(message);
        state.leaving = state.expires === 0 || this.facts.isWildcardContact(message);
      } else {
        state.bodyLength = message.end - message.bodyStart;
      }
    }
    if (state.identity === null) state.identity = this.facts.identity(message, payload);
    this.touched(entry);
  }

  private response(message: SipMessage, payload: Payload, method: number): void {
    const type = method === Method.REGISTER ? 'registration' : 'sms';
    const entry = this.entry(message, payload, method, type);
    if (entry === null) return;
    const state = entry.state as TransactionState;
    if (message.status < 300) {
      if (
        state.success !== null &&
        compareTime(payload.seconds, payload.nanoseconds, state.success.s, state.success.ns) >= 0
      )
        return;
      state.success = timeOf(payload);
      state.status = message.status;
      if (method === Method.REGISTER) {
        state.associated = this.facts.associated(message);
        state.grantedExpires = this.facts.expires(message);
        state.flowTimer = this.facts.flowTimer(message);
      }
    } else {
      addFailure(state.failures, message, payload);
    }
    this.touched(entry);
  }

  /** The state of the message's Call-ID, made where there is none; null where the message has no Call-ID. */
  private entry(message: SipMessage, payload: Payload, key: number, type: SipState['type']): Entry | null {
    const row = message.first[Header.CallId]!;
    if (row === 0) {
      add(this.counters.anomalies, 'sip without Call-ID');
      return null;
    }
    const at = (row - 1) * ROW;
    const start = message.rows[at + 2]!;
    const end = message.rows[at + 3]!;
    let hash = hashBytes(message.data, start, end, HEADER_BYTES_SEED ^ key) | 0;
    if (type !== 'call') hash = Math.imul(hash ^ message.cseq, 0x01000193);
    for (let entry = this.table.get(hash) ?? null; entry !== null; entry = entry.next) {
      const state = entry.state;
      if (state.type !== type || (state.type !== 'call' && state.cseq !== message.cseq)) continue;
      if (!equalsText(message.data, start, end, state.callId)) continue;
      if (
        payload.seconds > entry.settled ||
        (payload.seconds - state.lastS > SILENCE / 5 && payload.seconds > expiresAt(state))
      ) {
        this.end(entry);
        break;
      }
      if (compareTime(payload.seconds, payload.nanoseconds, state.lastS, state.lastNs) >= 0) {
        state.lastS = payload.seconds;
        state.lastNs = payload.nanoseconds;
        state.lastFrame = payload.frame;
      } else if (compareTime(payload.seconds, payload.nanoseconds, state.firstS, state.firstNs) < 0) {
        state.firstS = payload.seconds;
        state.firstNs = payload.nanoseconds;
        state.firstFrame = payload.frame;
      }
      return entry;
    }
    return this.open(latin1(message.data, start, end), message.cseq, hash, type, payload);
  }

  private open(callId: string, cseq: number, hash: number, type: SipState['type'], payload: Payload): Entry {
    if (this.size >= this.limits.sipDialogs) {
      add(this.counters.dropped, 'sipDialogs');
      for (const oldest of this.table.values()) {
        this.end(oldest);
        break;
      }
    }
    const state =
      type === 'call'
        ? newCall(callId, payload, this.capture)
        : newTransaction(type, callId, cseq, payload, this.capture);
    const entry: Entry = {
      state,
      hash,
      settled: Number.POSITIVE_INFINITY,
      queuedAt: Number.NaN,
      next: this.table.get(hash) ?? null,
    };
    this.table.set(hash, entry);
    this.size++;
    return entry;
  }

  /** The INVITE transaction of the message's From tag and CSeq number. */
  private transactionOf(call: CallState, message: SipMessage): InviteState | null {
    const hasTag = tagRange(message, Header.From, range);
    for (const invite of call.invites) {
      if (invite.cseq !== message.cseq) continue;
      if (hasTag ? equalsText(message.data, range.start, range.end, invite.fromTag) : invite.fromTag === '')
        return invite;
    }
    if (call.invites.length >= this.limits.transactionsPerCall) {
      add(this.counters.dropped, 'transactionsPerCall');
      return null;
    }
    const invite = newInvite(hasTag ? latin1(message.data, range.start, range.end) : '', message.cseq);
    call.invites.push(invite);
    return invite;
  }

  /** Takes note of a change that may have closed the state or opened it again. */
  private touched(entry: Entry): void {
    entry.settled = settledAt(entry.state);
    if (entry.settled === Number.POSITIVE_INFINITY || !Number.isNaN(entry.queuedAt)) return;
    entry.queuedAt = entry.settled;
    this.closing.push(entry);
  }

  /** Ends the states whose lingering time is over. They stand in the queue in about the order in which they closed. */
  private endClosed(): void {
    while (this.closingHead < this.closing.length) {
      const entry = this.closing[this.closingHead]!;
      if (!Number.isNaN(entry.queuedAt)) {
        if (entry.settled < this.clock) {
          this.end(entry);
        } else if (entry.settled === Number.POSITIVE_INFINITY) {
          entry.queuedAt = Number.NaN;
        } else if (entry.settled > entry.queuedAt) {
          // It opened again and closed later than its place says: to the end of the queue.
          entry.queuedAt = entry.settled;
          this.closing.push(entry);
        } else {
          break;
        }
      }
      this.closingHead++;
    }
    if (this.closingHead > 4096) {
      this.closing.splice(0, this.closingHead);
      this.closingHead = 0;
    }
  }

  private endSilent(): void {
    this.swept = this.clock;
    const silent: Entry[] = [];
    for (const first of this.table.values()) {
      for (let entry: Entry | null = first; entry !== null; entry = entry.next) {
        if (this.clock - entry.state.lastS > SILENCE / 5 && expiresAt(entry.state) < this.clock) silent.push(entry);
      }
    }
    for (const entry of silent) this.end(entry);
  }

  /** Takes a state out of the table and makes its events, or keeps it as a loose state. */
  private end(entry: Entry): void {
    this.remove(entry);
    const state = entry.state;
    if (!hasOpener(state) || state.firstS <= this.captureStart + CREDENTIALS || this.continuesLoose(state)) {
      this.loose.push(state);
      const same = this.looseByCall.get(state.callId);
      if (same) same.push(state);
      else this.looseByCall.set(state.callId, [state]);
      return;
    }
    if (state.type !== 'call') {
      this.takePrior(state);
      if (isOnlyChallenged(state) && this.handOn(state)) return;
    }
    for (const event of eventsOf(state, this.context)) this.emit(event);
  }

  /** True where the attempt that this transaction repeats with credentials was kept as a loose state. */
  private continuesLoose(state: SipState): boolean {
    if (state.type === 'call') return false;
    const open = this.find(state.callId, state.cseq - 1, state.type)?.state;
    if (open !== undefined && open.firstS <= this.captureStart + CREDENTIALS && isOnlyChallenged(open)) return true;
    const before = this.looseByCall.get(state.callId);
    return before?.some((other) => other.type === state.type && other.cseq === state.cseq - 1) ?? false;
  }

  /** Gives a challenged transaction's times to the one that followed it. */
  private handOn(state: TransactionState): boolean {
    const next = this.find(state.callId, state.cseq + 1, state.type)?.state as TransactionState | undefined;
    if (next === undefined || next.firstS > expiresAt(state)) return false;
    linkChallenge(state, next);
    return true;
  }

  /** The challenged attempt before this one may outlive it: takes its times over, and it out of the table. */
  private takePrior(state: TransactionState): void {
    const entry = this.find(state.callId, state.cseq - 1, state.type);
    if (entry === null) return;
    const before = entry.state as TransactionState;
    if (!isOnlyChallenged(before) || state.firstS > expiresAt(before)) return;
    this.remove(entry);
    this.takePrior(before);
    linkChallenge(before, state);
  }

  private find(callId: string, cseq: number, type: TransactionState['type']): Entry | null {
    const bytes = Buffer.from(callId, 'latin1');
    const key = type === 'registration' ? Method.REGISTER : Method.MESSAGE;
    const hash = Math.imul((hashBytes(bytes, 0, bytes.length, HEADER_BYTES_SEED ^ key) | 0) ^ cseq, 0x01000193);
    for (let entry = this.table.get(hash) ?? null; entry !== null; entry = entry.next) {
      const state = entry.state;
      if (state.type === type && state.cseq === cseq && state.callId === callId) return entry;
    }
    return null;
  }

  private remove(entry: Entry): void {
    entry.queuedAt = Number.NaN;
    const first = this.table.get(entry.hash);
    if (first === undefined) return;
    if (first === entry) {
      if (entry.next === null) this.table.delete(entry.hash);
      else this.table.set(entry.hash, entry.next);
      this.size--;
      return;
    }
    for (let before = first; before.next !== null; before = before.next) {
      if (before.next !== entry) continue;
      before.next = entry.next;
      this.size--;
      return;
    }
  }
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };

/** Tells `next` when the attempt before it began and was challenged. */
export function linkChallenge(state: TransactionState, next: TransactionState): void {
  let challenge = state.failures[0]!.time;
  for (const failure of state.failures)
    if (compareTime(failure.time.s, failure.time.ns, challenge.s, challenge.ns) < 0) challenge = failure.time;
  const start = state.prior?.start ?? state.request?.time ?? challenge;
  next.prior = { start, challenge };
}

/** Order of states: by first message, then Call-ID and CSeq, so that it never depends on a table. */
export function compareStates(a: SipState, b: SipState): number {
  return (
    compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) ||
    (a.callId < b.callId ? -1 : a.callId > b.callId ? 1 : 0) ||
    (a.type === 'call' ? 0 : a.cseq) - (b.type === 'call' ? 0 : b.cseq)
  );
}

function timeOf(payload: Payload): PacketTime {
  return { s: payload.seconds, ns: payload.nanoseconds };
}

function keepEarliest(known: PacketTime | null, payload: Payload): PacketTime {
  if (known !== null && compareTime(known.s, known.ns, payload.seconds, payload.nanoseconds) <= 0) return known;
  return timeOf(payload);
}

function addFailure(failures: Failure[], message: SipMessage, payload: Payload): void {
  for (const failure of failures) {
    if (failure.status !== message.status) continue;
    if (compareTime(payload.seconds, payload.nanoseconds, failure.time.s, failure.time.ns) < 0)
      failure.time = timeOf(payload);
    return;
  }
  if (failures.length < 16)
    failures.push({ time: timeOf(payload), status: message.status, cause: qValueCause(message) });
}

function newCall(callId: string, payload: Payload, capture: CaptureName): CallState {
  return {
    type: 'call',
    callId,
    firstS: payload.seconds,
    firstNs: payload.nanoseconds,
    firstFrame: payload.frame,
    firstCapture: capture,
    lastS: payload.seconds,
    lastNs: payload.nanoseconds,
    lastFrame: payload.frame,
    lastCapture: capture,
    invites: [],
    byes: [],
  };
}

function newInvite(fromTag: string, cseq: number): InviteState {
  return {
    fromTag,
    cseq,
    initial: null,
    request: null,
    identity: null,
    response: null,
    ringing: null,
    progress: null,
    success: null,
    failures: [],
    cancel: null,
    cancelCause: null,
  };
}

function newTransaction(
  type: TransactionState['type'],
  callId: string,
  cseq: number,
  payload: Payload,
  capture: CaptureName,
): TransactionState {
  return {
    type,
    callId,
    firstS: payload.seconds,
    firstNs: payload.nanoseconds,
    firstFrame: payload.frame,
    firstCapture: capture,
    lastS: payload.seconds,
    lastNs: payload.nanoseconds,
    lastFrame: payload.frame,
    lastCapture: capture,
    cseq,
    request: null,
    identity: null,
    leaving: false,
    expires: null,
    bodyLength: null,
    success: null,
    status: null,
    associated: null,
    grantedExpires: null,
    flowTimer: null,
    failures: [],
    prior: null,
  };
}
