import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { MessageDecoder, type MessageHandler } from '../messages/decoder.ts';
import { Network } from '../network/network.ts';
import { AddressReader } from '../sip/address-reader.ts';
import type { Ss7MessageHandler } from '../ss7/decoder.ts';
import type { CaptureName } from './capture-name.ts';
import type { EventContext } from './context.ts';
import type { CatpoolEvent } from './event.ts';
import type { LooseEnds } from './loose-ends.ts';
import { isAnother } from './sip/another.ts';
import { FactReader } from './sip/facts.ts';
import { eachEvent } from './sip/finish.ts';
import { CREDENTIALS, comesAgain, expiresAt, hasOpener, isOnlyChallenged, isOpener } from './sip/lifetime.ts';
import { linkChallenge, mergeStates } from './sip/merge.ts';
import { RelayReports } from './sip/relay-reports.ts';
import { SipEvents } from './sip/sip-events.ts';
import { type CallState, compareStates, type SipState, type TransactionState } from './sip/state.ts';
import { type NamelessEvents, Ss7Events } from './ss7/ss7-events.ts';
import { Ss7Stitch } from './ss7/ss7-stitch.ts';
import { compareSs7States, type Ss7State } from './ss7/state.ts';

/**
 * Joins the loose ends of the captures of one feed, given in order of time, into events. What it gives for captures that were cut
 * from one is what the one would have given.
 */
export class Stitch {
  private readonly open = new Map<string, SipState>();
  private readonly reports = new RelayReports();
  private readonly network: Network;
  private readonly decoder: MessageDecoder;
  private across: SipEvents | null = null;
  private ss7Across: Ss7Events | null = null;
  private readonly ss7: Ss7Stitch;
  private readonly context: EventContext;
  private readonly facts: FactReader;
  private readonly limits: Limits;
  private readonly counters: Counters;
  private readonly emit: (event: CatpoolEvent) => void;

  /**
   * @param onMessage given each SIP message that was put together from two captures or more, or of which no more came, and the capture
   * that its last packet is in
   * @param onSs7 given each SS7 message that was; left out: they are passed over
   */
  constructor(
    context: EventContext,
    limits: Limits,
    counters: Counters,
    emit: (event: CatpoolEvent) => void,
    onMessage: (...message: [...Parameters<MessageHandler>, AddressReader, CaptureName]) => void,
    onSs7?: (...message: [...Parameters<Ss7MessageHandler>, CaptureName]) => void,
  ) {
    this.context = context;
    const addresses = new AddressReader(counters);
    this.facts = new FactReader(addresses);
    this.limits = limits;
    this.counters = counters;
    this.emit = emit;
    this.ss7 = new Ss7Stitch(context, limits, counters, emit);
    let capture: CaptureName;
    this.decoder = new MessageDecoder(
      limits,
      counters,
      addresses,
      (message, payload, duplicate) => {
        if (!duplicate) this.across?.observe(message, payload);
        onMessage(message, payload, duplicate, addresses, capture);
      },
      false,
      {
        variant: context.ss7Variant ?? null,
        onMessage: (message, payload, duplicate) => {
          if (!duplicate) this.ss7Across?.observe(message, payload);
          onSs7?.(message, payload, duplicate, capture);
        },
      },
    );
    this.current = (given) => {
      capture = given;
    };
    this.network = new Network(this.decoder, limits, counters);
  }
  private readonly current: (capture: CaptureName) => void;

  /** The next capture of the feed: it begins no earlier than the one before. `nameless`: its events that wait for names. */
  add(ends: LooseEnds, nameless: NamelessEvents = NO_EVENTS): void {
    if (ends.first !== null) {
      this.readBeginnings(ends.first.s);
      this.retire(ends.first.s);
    }
    let { states, ss7 } = ends;
    if (ends.bytes.length > 0) {
      const joined = this.readAcross(ends.capture, () => {
        for (const bytes of ends.bytes) {
          if ('opc' in bytes) this.decoder.replay(bytes);
          else this.network.replay(bytes, ends.capture.sha256);
        }
      });
      if (joined.states.length > 0) states = [...states, ...joined.states].sort(compareStates);
      if (joined.ss7.length > 0) ss7 = [...ss7, ...joined.ss7].sort(compareSs7States);
    }
    for (const state of states) this.join(state);
    this.ss7.add(ss7, ends.holders, nameless);
  }

  /**
   * What a further capture may continue: given to {@link add} of another stitch first, it lets that one go on from here. It shares
   * its parts with this one.
   */
  rest(): LooseEnds {
    const states = [...this.open.values()].sort(compareStates);
    return {
      capture: { sha256: '' },
      first: null,
      last: null,
      states,
      ss7: this.ss7.rest(),
      holders: this.ss7.holders(),
      bytes: [...this.network.held(), ...this.decoder.looseEnds()],
    };
  }

  /** No further capture follows: what is still open ends here. */
  finish(): void {
    this.readBeginnings(Number.POSITIVE_INFINITY);
    this.retire(Number.POSITIVE_INFINITY);
    this.decoder.finish();
  }

  /** Reads what there is of datagrams that have waited for their other fragments until `seconds`. */
  private readBeginnings(seconds: number): void {
    while (this.network.isOverdue(seconds)) {
      const capture: CaptureName = { sha256: '' };
      const { states, ss7 } = this.readAcross(capture, () => {
        this.network.beginning(seconds, (sha256) => {
          capture.sha256 = sha256;
        });
      });
      for (const state of states) this.join(state);
      if (ss7.length > 0) this.ss7.add(ss7, [], NO_EVENTS);
    }
  }

  /** The states that come of what is read. Each is loose: its neighbours are in the captures. */
  private readAcross(capture: CaptureName, read: () => void): { states: SipState[]; ss7: Ss7State[] } {
    this.current(capture);
    this.across = new SipEvents(this.context, capture, this.facts, this.limits, this.counters, this.emit);
    this.across.begin(Number.POSITIVE_INFINITY);
    this.ss7Across = new Ss7Events(this.context, capture, this.limits, this.counters, this.emit);
    this.ss7Across.begin(Number.POSITIVE_INFINITY);
    read();
    return {
      states: this.across.finish(Number.NEGATIVE_INFINITY),
      ss7: this.ss7Across.finish(Number.NEGATIVE_INFINITY),
    };
  }

  private join(state: SipState): void {
    const key = keyOf(state);
    const known = this.open.get(key);
    if (known === undefined) {
      this.open.set(key, state);
    } else if (state.firstS <= expiresAt(known) && !isOther(known, state)) {
      mergeStates(known, state);
    } else {
      this.open.delete(key);
      this.end(known);
      this.open.set(key, state);
    }
    this.reports.take(this.open.get(key)!);
  }

  /** Ends the states that nothing at or after `seconds` can belong to. */
  private retire(seconds: number): void {
    this.ss7.retire(seconds);
    const over: SipState[] = [];
    for (const state of this.open.values()) if (expiresAt(state) < seconds) over.push(state);
    over.sort(compareStates);
    for (const state of over) {
      if (!this.open.has(keyOf(state))) continue;
      this.end(state);
      this.open.delete(keyOf(state));
    }
  }

  private end(state: SipState): void {
    this.reports.forget(state);
    if (state.type === 'call') {
      if (!hasOpener(state) && !state.invites.some((invite) => isOpener(state, invite))) {
        if (!isOnlyAcknowledged(state)) add(this.counters.anomalies, 'call without a beginning');
        return;
      }
    } else {
      if (state.request === null) {
        add(this.counters.anomalies, 'response without a request');
        return;
      }
      this.takePrior(state);
      if (isOnlyChallenged(state)) {
        const next = this.open.get(keyOf({ ...state, cseq: state.cseq + 1 })) as TransactionState | undefined;
        const isInTime =
          next !== undefined && next.firstS <= expiresAt(state) && next.firstS >= state.firstS - CREDENTIALS;
        if (isInTime && comesAgain(state, next)) {
          linkChallenge(state, next);
          return;
        }
      }
    }
    eachEvent(state, this.context, this.emit);
  }

  /** The challenged attempt before this one may outlive it: takes its times over, and it out of the table. */
  private takePrior(state: TransactionState): void {
    const key = keyOf({ ...state, cseq: state.cseq - 1 });
    const before = this.open.get(key) as TransactionState | undefined;
    if (before === undefined || !isOnlyChallenged(before) || state.firstS > expiresAt(before)) return;
    if (!comesAgain(before, state)) return;
    this.open.delete(key);
    this.reports.forget(before);
    this.takePrior(before);
    linkChallenge(before, state);
  }
}

const NO_EVENTS: NamelessEvents = { asks: () => [], each: () => {} };

/** True for a transaction that is another one, see {@link isAnother}. */
function isOther(known: SipState, next: SipState): boolean {
  if (known.type === 'call' || next.type === 'call' || known.request === null || next.request === null) return false;
  return isAnother(known.request, next.request);
}

/** True where nothing is left of a call but ACKs, which tell nothing by themselves. */
function isOnlyAcknowledged({ invites, byes }: CallState): boolean {
  return byes.length === 0 && invites.every(({ acks }) => acks !== undefined && acks.length > 0);
}

function keyOf(state: SipState): string {
  return state.type === 'call' ? `call ${state.callId}` : `${state.type} ${state.cseq} ${state.callId}`;
}
