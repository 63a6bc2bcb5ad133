import { hashText, latin1 } from '../../base/bytes.ts';
import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Range } from '../../sip/address.ts';
import { headerRange, tagRange } from '../../sip/fields.ts';
import { Header, Method, ROW, type SipMessage } from '../../sip/message.ts';
import type { CaptureName } from '../capture-name.ts';
import type { EventContext } from '../context.ts';
import type { CatpoolEvent } from '../event.ts';
import { isKnown, takeEarlier } from '../times.ts';
import { acknowledge, answer, settleAcks, takeBranch, takeEarlyTag } from './answers.ts';
import { Attempts } from './attempts.ts';
import { ClosingQueue } from './closing-queue.ts';
import { isSameAddress } from './endpoints.ts';
import type { FactReader } from './facts.ts';
import { eachEvent } from './finish.ts';
import { Hops } from './hops.ts';
import { lacksWhat, withMore } from './identity.ts';
import { readInstantMessage } from './instant-message.ts';
import { Invites } from './invites.ts';
import { CREDENTIALS, hasOpener, isOnlyChallenged, isOver, isSilent, SILENCE, settledAt } from './lifetime.ts';
import { LooseStates } from './loose-states.ts';
import { takeOnward } from './onward.ts';
import { relayOf } from './relay.ts';
import { RelayReports } from './relay-reports.ts';
import { Byes, endsDialog, takeCancel, withFailure } from './releases.ts';
import { takeSentOn } from './sent-on.ts';
import { takeSettledLegs } from './settled-legs.ts';
import { SpareEntries } from './spare-entries.ts';
import type { CallState, InviteState, SipState, TransactionState } from './state.ts';
import { compareStates, telling } from './state.ts';
import { type Entry, noteMessage, StateTable, withCseq } from './state-table.ts';

/** Seconds of packet time between two searches for calls that went silent. */
const SILENCE_SWEEP = 60;

/**
 * SIP messages of one capture in, finished events and open states out. One pass; a state lives from its first message until
 * nothing more can belong to it. What may continue in a neighbouring capture is kept as a loose state instead of an event.
 */
export class SipEvents {
  private readonly table = new StateTable();
  private readonly closing: ClosingQueue;
  private readonly loose = new LooseStates();
  private captureStart = Number.NEGATIVE_INFINITY;
  private clock = Number.NEGATIVE_INFINITY;
  private swept = Number.NEGATIVE_INFINITY;
  private readonly context: EventContext;
  private readonly facts: FactReader;
  private readonly spares: SpareEntries;
  private readonly invites: Invites;
  private readonly hops: Hops;
  private readonly byes: Byes;
  private readonly reports = new RelayReports();
  private readonly attempts: Attempts;
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
    this.facts = facts;
    this.limits = limits;
    this.counters = counters;
    this.emit = emit;
    this.spares = new SpareEntries(capture);
    this.closing = new ClosingQueue(
      (entry) => this.end(entry),
      (entry) => this.spares.put(entry),
    );
    this.invites = new Invites(limits, counters);
    this.hops = new Hops(facts, context.plan);
    this.byes = new Byes(limits, counters);
    this.attempts = new Attempts(this.table, this.reports, this.spares);
  }

  /** Time of the capture's first packet, seconds: what began within {@link CREDENTIALS} of it may have begun before. */
  begin(seconds: number): void {
    this.captureStart = seconds;
  }

  /** One message that is no duplicate. */
  observe(message: SipMessage, payload: Payload): void {
    if (payload.seconds > this.clock) {
      this.clock = payload.seconds;
      this.closing.release(this.clock);
      if (this.clock - this.swept >= SILENCE_SWEEP) this.endSilent();
    }
    const { status } = message;
    const method = status === 0 ? message.method : message.cseqMethod;
    if (method === Method.INVITE) {
      if (status === 0) this.invite(message, payload);
      else if (status > 100) this.inviteResponse(message, payload);
    } else if (method === Method.BYE) {
      if (status === 0 || endsDialog(status)) this.bye(message, payload);
    } else if (method === Method.ACK) {
      this.acknowledge(message, payload);
    } else if (method === Method.CANCEL) {
      if (status === 0) this.cancel(message, payload);
    } else if (method === Method.REGISTER || method === Method.MESSAGE) {
      if (status === 0) this.request(message, payload, method);
      else if (status >= 200) this.response(message, payload, method);
    }
  }

  /** At the end of the capture: events of what is over, and the states that a neighbour may continue. `seconds`: time of the last packet. */
  finish(seconds: number): SipState[] {
    this.clock = Math.max(this.clock, seconds);
    this.closing.release(this.clock);
    const states = this.loose.all.slice();
    for (let entry = this.table.oldest; entry !== null; entry = entry.newer) states.push(this.complete(entry));
    this.table.clear();
    return states.sort(compareStates);
  }

  private invite(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, Method.INVITE);
    if (entry === null) return;
    this.makeRoom(entry, payload.seconds);
    const invite = this.invites.of(entry, message);
    if (invite === null) return;
    const branch = takeBranch(invite, message);
    if (branch !== 0 && branch !== invite.branch) this.hops.begin(invite);
    const isFirst = this.take(entry, invite, message, payload);
    if (branch !== 0 && !tagRange(message, Header.To, range)) this.hops.request(invite, branch, message, payload);
    if (settleAcks(invite)) this.touched(entry);
    if (!isFirst) return;
    // Whether it opens a dialog is not known where the capture cut off its To.
    const isUnknown = payload.cut && message.first[Header.To] === 0;
    invite.initial = isUnknown ? null : !tagRange(message, Header.To, range);
    // Mostly it opens what was open: that changes nothing.
    if (entry.over || !invite.initial || invite.failures.length > 0 || isKnown(invite.success)) this.touched(entry);
  }

  /**
   * Reads a request where it is the earliest of its transaction, true then. A proxy adds what it vouches for; the first request
   * to come that says something is believed.
   */
  private take(entry: Entry, state: InviteState | TransactionState, message: SipMessage, payload: Payload): boolean {
    const { facts } = this;
    const { identity } = state;
    if (identity === null || lacksWhat(identity, message))
      state.identity = withMore(identity, facts.identity(message, payload));
    if (message.method !== Method.REGISTER)
      state.caller = facts.caller(message, payload, state.identity, state.caller ?? null);
    const known = state.request;
    if (known === null) {
      state.request = facts.request(message, payload, entry.spareFacts ?? undefined);
      entry.spareFacts = null;
      return true;
    }
    if (compareTime(payload.seconds, payload.nanoseconds, known.time.s, known.time.ns) >= 0) return false;
    facts.request(message, payload, known);
    return true;
  }

  private inviteResponse(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, Method.INVITE);
    if (entry === null) return;
    const invite = this.invites.of(entry, message);
    if (invite === null) return;
    if (invite.request === null && invite.response === null) invite.response = this.facts.response(message, payload);
    const hop = this.hops.of(invite, message);
    this.takeResponse(invite, message, payload);
    if (hop !== null) this.takeResponse(hop, message, payload);
    if (message.status >= 200) this.touched(entry);
  }

  private takeResponse(invite: InviteState, message: SipMessage, payload: Payload): void {
    const { status } = message;
    // A phone that refuses says where it is as well (RFC 7315 §4.4).
    invite.calledPlace = telling(invite.calledPlace, this.facts.calledPlace(message, payload));
    if (status >= 300) {
      invite.failures = withFailure(invite.failures, message, payload, this.facts.destination(payload));
      return;
    }
    if (status >= 200) answer(invite, message, payload);
    else takeEarlyTag(invite, message);
    if (status === 180) takeEarlier(invite.ringing, payload.seconds, payload.nanoseconds);
    else if (status === 183) takeEarlier(invite.progress, payload.seconds, payload.nanoseconds);
    takeSentOn(invite, message, payload);
    invite.calledDevice = telling(invite.calledDevice, this.facts.calledDevice(message, payload));
  }

  /** An ACK: it tells of an answer that is not in the capture, and else nothing. */
  private acknowledge(message: SipMessage, payload: Payload): void {
    if (!headerRange(message, Header.CallId, range)) return;
    const { start, end } = range;
    const { data } = message;
    const hash = hashText(data, start, end, Method.INVITE);
    let entry = this.table.find(hash, -1, Method.INVITE, data, start, end);
    // The INVITE may be in the capture before this one.
    if (entry === null && payload.seconds > this.captureStart + SILENCE) return;
    entry ??= this.open(latin1(data, start, end), -1, hash, hash, Method.INVITE, payload);
    const invite = this.invites.of(entry, message);
    if (invite === null || !acknowledge(invite, message, payload)) return;
    noteMessage(entry, payload);
    this.touched(entry);
  }

  private cancel(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, Method.INVITE);
    if (entry === null) return;
    const invite = this.invites.of(entry, message);
    if (invite === null) return;
    // Its To is that of the INVITE (RFC 3261 §9.1).
    if (invite.request === null && tagRange(message, Header.To, range)) invite.initial = false;
    const source = this.facts.source(payload);
    const hop = this.hops.of(invite, message);
    takeCancel(invite, message, payload, source);
    if (hop !== null) takeCancel(hop, message, payload, source);
  }

  /** A BYE, or the answer to one. */
  private bye(message: SipMessage, payload: Payload): void {
    const entry = this.entry(message, payload, Method.INVITE);
    if (entry === null) return;
    this.makeRoom(entry, payload.seconds);
    if (this.byes.take(entry.state as CallState, message, payload, this.facts.source(payload))) this.touched(entry);
  }

  private request(message: SipMessage, payload: Payload, method: number): void {
    const entry = this.entry(message, payload, method);
    if (entry === null) return;
    const state = entry.state as TransactionState;
    if (method === Method.MESSAGE) takeOnward(state, message, payload, this.facts);
    if (this.take(entry, state, message, payload)) {
      if (method === Method.REGISTER) {
        state.expires = this.facts.requestedExpires(message);
        state.leaving = state.expires === 0 || this.facts.isWildcardContact(message);
        // Of a cut message it may be missing.
        state.notice = message.first[Header.Contact] === 0 && !payload.cut;
      } else {
        const { isNotice, length } = readInstantMessage(message);
        state.notice = isNotice;
        state.bodyLength = length;
        state.relay = relayOf(message);
        this.reports.take(state);
      }
    }
    this.touched(entry);
  }

  private response(message: SipMessage, payload: Payload, method: number): void {
    const entry = this.entry(message, payload, method);
    if (entry === null) return;
    const state = entry.state as TransactionState;
    if (message.status < 300) {
      if (!takeEarlier(state.success, payload.seconds, payload.nanoseconds)) return;
      state.status = message.status;
      if (method === Method.REGISTER) {
        // Whoever registers may send the server an answer as well, which knows of no request.
        const isOwn = state.request !== null && isSameAddress(state.request.source, this.facts.source(payload));
        state.associated = isOwn ? null : this.facts.associated(message);
        state.grantedExpires = this.facts.grantedExpires(message);
        state.bindings = this.facts.bindings(message);
        state.flowTimer = this.facts.flowTimer(message);
      }
    } else {
      state.failures = withFailure(state.failures, message, payload, this.facts.destination(payload));
    }
    this.touched(entry);
  }

  /** The state of the message's Call-ID, made where there is none; null where the message does not tell its dialog. */
  private entry(message: SipMessage, payload: Payload, method: number): Entry | null {
    const row = message.first[Header.CallId]!;
    if (row === 0) {
      add(this.counters.anomalies, 'sip without Call-ID');
      return null;
    }
    if (payload.cut && message.first[Header.From] === 0) {
      add(this.counters.anomalies, 'sip cut before From');
      return null;
    }
    const at = (row - 1) * ROW;
    const start = message.rows[at + 2]!;
    const end = message.rows[at + 3]!;
    const { data } = message;
    const cseq = method === Method.INVITE ? -1 : message.cseq;
    const idHash = hashText(data, start, end, method);
    const hash = method === Method.INVITE ? idHash : withCseq(idHash, cseq);
    const entry = this.table.find(hash, cseq, method, data, start, end);
    if (entry === null) return this.open(latin1(data, start, end), cseq, idHash, hash, method, payload);
    const { state } = entry;
    // Whether a request is that again which is in the capture before, is told where both are joined.
    const isNext =
      state.type !== 'call' &&
      (state.request === null
        ? message.status === 0 && state.firstS <= this.captureStart + CREDENTIALS
        : this.facts.isAnother(state.request, message, payload));
    if (isNext || isOver(entry, payload.seconds)) {
      this.end(entry);
      return this.open(latin1(data, start, end), cseq, idHash, hash, method, payload);
    }
    noteMessage(entry, payload);
    return entry;
  }

  private open(callId: string, cseq: number, idHash: number, hash: number, method: number, payload: Payload): Entry {
    if (this.table.size >= this.limits.sipDialogs) {
      add(this.counters.dropped, 'sipDialogs');
      this.end(this.table.oldest!);
    }
    const entry = this.spares.take(method === Method.INVITE);
    const { state } = entry;
    if (state.type !== 'call') {
      state.type = method === Method.REGISTER ? 'registration' : 'sms';
      state.cseq = cseq;
    }
    const { seconds, nanoseconds, frame } = payload;
    state.callId = entry.callId = callId;
    state.firstS = entry.lastS = seconds;
    state.firstNs = entry.lastNs = nanoseconds;
    state.firstFrame = entry.lastFrame = frame;
    entry.cseq = cseq;
    entry.method = method;
    entry.idHash = idHash;
    entry.hash = hash;
    entry.invite = null;
    entry.over = false;
    this.table.insert(entry);
    return entry;
  }

  /** Takes note of a change that may have closed the state or opened it again. */
  private touched(entry: Entry): void {
    const settled = settledAt(entry.state);
    entry.over = settled !== Number.POSITIVE_INFINITY;
    if (!entry.over) return;
    entry.settled = settled;
    this.closing.add(entry);
  }

  private endSilent(): void {
    this.swept = this.clock;
    const silent: Entry[] = [];
    for (let entry = this.table.oldest; entry !== null; entry = entry.newer) {
      if (isSilent(entry, this.clock)) silent.push(entry);
    }
    // One that ends may take the one before it along.
    for (const entry of silent) if (!entry.gone) this.end(entry);
  }

  /** Makes the events of legs that are over where their call can take no more of them: it may go on for as long as its client likes. */
  private makeRoom(entry: Entry, seconds: number): void {
    const call = entry.state as CallState;
    if (Math.max(call.invites.length, call.byes.length) < this.limits.transactionsPerCall) return;
    this.complete(entry);
    for (const leg of takeSettledLegs(call, seconds)) {
      if (this.mayHaveBegunBefore(leg)) this.loose.add(leg);
      else eachEvent(leg, this.context, this.emit);
    }
    entry.invite = entry.spare = null;
  }

  private mayHaveBegunBefore(state: SipState): boolean {
    return !hasOpener(state) || state.firstS <= this.captureStart + CREDENTIALS;
  }

  /** Takes a state out of the table and makes its events, or keeps it as a loose state. */
  private end(entry: Entry): void {
    this.table.remove(entry);
    this.reports.forget(entry.state);
    if (this.mayHaveBegunBefore(entry.state) || this.continuesLoose(entry)) {
      entry.kept = true;
      this.loose.add(this.complete(entry));
      return;
    }
    let isHandedOn = false;
    if (entry.state.type !== 'call') {
      this.attempts.takePrior(entry);
      isHandedOn = isOnlyChallenged(entry.state) && this.attempts.handOn(entry);
    }
    if (!isHandedOn) eachEvent(this.complete(entry), this.context, this.emit);
    this.spares.put(entry);
  }

  /** The state of an entry as others know it. */
  private complete(entry: Entry): SipState {
    const { state } = entry;
    state.lastS = entry.lastS;
    state.lastNs = entry.lastNs;
    state.lastFrame = entry.lastFrame;
    return state;
  }

  /** True where the attempt that this transaction may repeat with credentials was kept as a loose state. */
  private continuesLoose(entry: Entry): boolean {
    const { state } = entry;
    if (state.type === 'call') return false;
    if (this.attempts.followsChallenged(entry, this.captureStart + CREDENTIALS)) return true;
    return this.loose.hasChallenged(state.type, state.callId, state.cseq - 1);
  }
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };
