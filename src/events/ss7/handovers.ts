import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Packed } from '../packed.ts';
import { mergeSpan } from '../span.ts';
import { knownImsi } from './claims.ts';
import { mergeMoved } from './connection-merge.ts';
import { hasRoom, type Room } from './room.ts';
import { type ConnectionState, compareSs7States, Did, type Handover, REESTABLISHED, Seen, UNTOLD } from './state.ts';
import { Discriminator, settle } from './transactions.ts';

/** Most seconds from what the new controller would have the phone told to the old one being told to tell it. */
const PASSED_ON = 10;
/** Seconds that a connection which is over waits for the one that the phone came from: that one is released when the phone has come. */
const RELEASED = 60;

/** Seconds by which a phone and its network may differ over when the channel was lost: 64 blocks of 480 ms (3GPP TS 45.008 §5.2). */
const LOST = 30;

/** Where a phone is or was expected. */
interface Arrival {
  state: ConnectionState;
  isOver: boolean;
  /** The connection that the phone came from, which is over and waits for the end of this one; null. */
  from: ConnectionState | null;
}

/**
 * Puts together what a phone did on several connections: a handover to another controller (3GPP TS 48.008 §3.1.5) or a relocation (25.413
 * §8.6, §8.7) moves it to another connection, with the calls that it has, which end there. Both connections carry the message that sends the
 * phone over: the new controller writes it, the old one passes it on. Where there is none, both name the phone. So they do where it lost
 * its channel and asks for its call on another connection (24.008 §4.5.1.6).
 */
export class Handovers {
  private readonly arrivals = new Map<Packed, Arrival[]>();
  private count = 0;
  private readonly room: Room;
  private readonly onEnd: (state: ConnectionState) => void;

  constructor(limits: Limits, counters: Counters, onEnd: (state: ConnectionState) => void) {
    this.room = { limits, counters };
    this.onEnd = onEnd;
  }

  /** A connection that is not over, or more of it: a phone may come to it. */
  expect(state: ConnectionState): void {
    const key = keyOf(state.arrival, state);
    if (key === null) return;
    const known = this.find(state);
    if (known !== undefined) {
      known.state = state;
    } else if (hasRoom(this.count, 'ss7Connections', this.room)) {
      this.arrivals.set(key, [...(this.arrivals.get(key) ?? []), { state, isOver: false, from: null }]);
      this.count++;
    }
  }

  /** A connection is over. */
  end(state: ConnectionState): void {
    const arrival = this.find(state);
    if (arrival === undefined) {
      this.goOn(state);
      return;
    }
    const { from } = arrival;
    arrival.isOver = true;
    arrival.from = null;
    if (!hasCome(state)) {
      this.forget(arrival);
      this.goOn(state);
    }
    if (from !== null) this.goOn(from);
  }

  /** Ends what nothing at or after `seconds` can belong to. */
  retire(seconds: number): void {
    const over: Arrival[] = [];
    for (const arrivals of this.arrivals.values()) {
      for (const each of arrivals) {
        if (seconds === Number.POSITIVE_INFINITY || (each.isOver && each.state.lastS + RELEASED < seconds))
          over.push(each);
      }
    }
    // In order of time: the phone may have gone on from there to the next of them.
    over.sort((a, b) => compareSs7States(a.state, b.state));
    for (const each of over) {
      if (!this.forget(each)) continue;
      if (each.from !== null) this.goOn(each.from);
      if (each.isOver) this.goOn(each.state);
    }
  }

  /** All that is over and waits for another. */
  states(): ConnectionState[] {
    const states: ConnectionState[] = [];
    for (const arrivals of this.arrivals.values()) {
      for (const { state, isOver, from } of arrivals) {
        if (isOver) states.push(state);
        if (from !== null) states.push(from);
      }
    }
    return states;
  }

  /** Takes in the connections that the phone went on to, as far as they are over; waits for the next, or lets it end. */
  private goOn(state: ConnectionState): void {
    for (;;) {
      const next = this.next(state);
      if (next === undefined) break;
      if (!next.isOver) {
        next.from = state;
        return;
      }
      this.forget(next);
      mergeSpan(state, next.state);
      mergeMoved(state, next.state, this.room);
    }
    this.onEnd(state);
  }

  /** Where the phone went to from there: by the last of the messages. */
  private next(state: ConnectionState): Arrival | undefined {
    for (const handover of state.handovers.toReversed()) {
      const key = keyOf(handover, state);
      const found = key === null ? undefined : this.arrivals.get(key)?.find((each) => leadsTo(handover, state, each));
      if (found !== undefined) return found;
    }
    return isLost(state) ? this.reestablished(state) : undefined;
  }

  /** Where a phone that lost its channel asked for its call, by the name that it has. */
  private reestablished(state: ConnectionState): Arrival | undefined {
    const { tmsi, newTmsi } = state;
    const imsi = knownImsi(state);
    for (const key of [nameOf(imsi, newTmsi), nameOf(imsi, tmsi), nameOf(imsi, -1)]) {
      const found = key === null ? undefined : this.arrivals.get(key)?.find((each) => takesOver(state, each));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private find(state: ConnectionState): Arrival | undefined {
    const { arrival, key1, key2 } = state;
    const key = keyOf(arrival, state);
    if (!arrival || key === null) return undefined;
    return this.arrivals
      .get(key)
      ?.find(
        ({ state: known }) =>
          known.arrival!.s === arrival.s &&
          known.arrival!.ns === arrival.ns &&
          (known === state || known.key1 === key1 || known.key2 === key2),
      );
  }

  /** False where it was not known. */
  private forget(arrival: Arrival): boolean {
    const key = keyOf(arrival.state.arrival, arrival.state)!;
    const arrivals = this.arrivals.get(key);
    if (arrivals?.includes(arrival) !== true) return false;
    const rest = arrivals.filter((each) => each !== arrival);
    if (rest.length === 0) this.arrivals.delete(key);
    else this.arrivals.set(key, rest);
    this.count--;
    return true;
  }
}

/** The digest of the message, below 2^32; where there is none the IMSI; the name of a phone that lost its channel; null. */
function keyOf(handover: Pick<Handover, 'message'> | null, state: ConnectionState): Packed | null {
  const imsi = knownImsi(state);
  if (handover?.message === REESTABLISHED) return nameOf(imsi, state.tmsi);
  if (!handover || handover.message < 0) return null;
  return handover.message === UNTOLD ? imsi || null : handover.message;
}

function nameOf(imsi: Packed, tmsi: number): Packed | null {
  return tmsi >= 0 ? `t${tmsi}` : imsi === 0 ? null : `i${imsi}`;
}

/** The phone is here: it was handed over, or its call goes on after it lost its channel and nobody objects, or the exchange lets it. */
function hasCome({ arrival, hasArrived, isDoubted, marks, transactions }: ConnectionState): boolean {
  if (hasArrived || marks[Seen.accept] !== null) return true;
  return arrival?.message === REESTABLISHED && !isDoubted && transactions.some(isCall);
}

function isCall({ discriminator }: ConnectionState['transactions'][number]): boolean {
  return discriminator === Discriminator.cc;
}

/** A call of it was not released: it may go on where the phone asks for it. */
export function isLost(state: ConnectionState): boolean {
  return settle(state).some((each) => isCall(each) && each.marks[Did.release] === null);
}

/** The phone asked for the call of `state` there, about when its channel was given up. */
function takesOver(lost: ConnectionState, { state, from }: Arrival): boolean {
  const after = state.arrival!.s - lost.lastS;
  return (
    from === null &&
    state.core === lost.core &&
    state.firstS >= lost.firstS &&
    after >= -LOST &&
    (after <= LOST || lost.marks[Seen.closed] === null) &&
    mayBeOne(lost, state)
  );
}

/** The network does not know them to be two phones. */
function mayBeOne(a: ConnectionState, b: ConnectionState): boolean {
  const one = knownImsi(a);
  const two = knownImsi(b);
  return one === 0 || two === 0 || one === two;
}

/** The phone may have left this connection for another, or come to it from another. */
export function isMoved({ arrival, handovers }: ConnectionState): boolean {
  return arrival !== null || handovers.some(({ message }) => message >= 0);
}

/** Messages repeat after a while, for the same channel of a cell. Both ends may say whose connection it is. */
function leadsTo({ s }: Handover, old: ConnectionState, { state, from }: Arrival): boolean {
  const after = s - state.arrival!.s;
  return after >= -1 && after <= PASSED_ON && from === null && state.firstS >= old.firstS && mayBeOne(old, state);
}
