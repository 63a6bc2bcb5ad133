import type { Counters } from '../../base/counters.ts';
import { KeyTable } from '../../base/key-table.ts';
import type { LimitName, Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import { mergeSpan } from '../span.ts';
import { hasRoom, type Room } from './room.ts';
import type { Tied } from './state.ts';

/** Seconds in which an opening message seen again is a copy of the first, not another beginning. */
export const COPY = 1;
/** What began within so many seconds of the start of a capture may hang together with the end of the one before. */
export const GUARD = 5;
/** Seconds of packet time between two searches for states that went silent. */
const SWEEP = 600;

/** What {@link Ties} needs to know of its kind of states. */
export interface TieRules<S extends Tied> {
  limit: LimitName;
  /** The end was seen. */
  isClosed(state: S): boolean;
  /** Seconds after the last message of a state that has ended in which a repetition may still come. */
  linger: number;
  /** Most seconds of silence of a state that is open. */
  silence(state: S): number;
  /** Joins `b`, which began later, into `a`; spans and keys are joined already. */
  merge(a: S, b: S, room: Room): void;
  /** An opening message at this time from this point code belongs to `state`, which is open at the same key. */
  isSame(state: S, s: number, ns: number, from: number): boolean;
  /** The key that a state learns of the other end cannot have been in use in the same state before. */
  tieOpens: boolean;
}

/** A state in the table. */
export interface Held<S> {
  state: S;
  /** Keys that find it. */
  count: number;
  /** It waits for its end in the queue. */
  closing: boolean;
  /** Those that came into the table right before and right after it; null at the ends, and outside of the table. */
  older: Held<S> | null;
  newer: Held<S> | null;
}

/**
 * States by their keys. The use of a key is a chain of states: an opening message begins the next, silence ends the last. The
 * decoder of a capture puts messages in, the stitch puts the loose states of captures in, by the same rules.
 */
export class Ties<S extends Tied> {
  private readonly owners = new KeyTable<Held<S>>();
  /** All that a key finds, in the order in which they came. */
  private oldest: Held<S> | null = null;
  private newest: Held<S> | null = null;
  private readonly rules: TieRules<S>;
  private readonly room: Room;
  private readonly isStitch: boolean;
  private readonly onEnd: (state: S) => void;
  private readonly queue: Held<S>[] = [];
  private head = 0;
  private swept = Number.NEGATIVE_INFINITY;

  /**
   * @param isStitch false: what has no beginning here is cut into pieces at the shortest silence that can end a state
   * @param onEnd given each state that nothing more belongs to
   */
  constructor(rules: TieRules<S>, limits: Limits, counters: Counters, isStitch: boolean, onEnd: (state: S) => void) {
    this.rules = rules;
    this.room = { limits, counters };
    this.isStitch = isStitch;
    this.onEnd = onEnd;
  }

  /** The state of a key, for a message at this time that opens nothing; null where there is none. */
  find(key: number, seconds: number): Held<S> | null {
    const held = this.owners.get(key);
    if (held === undefined) return null;
    const { state } = held;
    if (seconds - state.lastS > this.rules.linger && seconds > this.expiresAt(state)) {
      this.end(held);
      return null;
    }
    return held;
  }

  /**
   * The state that a message with these keys belongs to (-1: the message has none); null where a new one begins.
   * Others lose a key that the message opens or that they cannot have any more.
   */
  resolve(
    key1: number,
    key2: number,
    opens1: boolean,
    opens2: boolean,
    s: number,
    ns: number,
    from: number,
  ): Held<S> | null {
    let one = key1 < 0 ? null : this.find(key1, s);
    let two = key2 < 0 ? null : this.find(key2, s);
    if (one !== null && opens1 && one !== two && !this.opens(one.state, key1, s, ns, from)) {
      this.drop(one, key1);
      one = null;
    }
    if (two !== null && opens2 && one !== two && !this.opens(two.state, key2, s, ns, from)) {
      this.drop(two, key2);
      two = null;
    }
    if (one !== null && key2 >= 0 && !mayHave(one.state, key1, key2)) {
      this.drop(one, key1);
      one = null;
    }
    if (two !== null && key1 >= 0 && !mayHave(two.state, key2, key1)) {
      this.drop(two, key2);
      two = null;
    }
    if (one === null || two === null || one === two) return one ?? two;
    return this.unite(one, key1, two, key2);
  }

  /** Puts a new state in. */
  insert(state: S): Held<S> {
    if (!hasRoom(this.owners.size, this.rules.limit, this.room)) this.makeRoom();
    return { state, count: 0, closing: false, older: null, newer: null };
  }

  /** Lets the key find the state. */
  tie(held: Held<S>, key: number, opens: boolean): void {
    if (key < 0) return;
    const { state } = held;
    const isFirst = state.key1 === key || (state.key1 < 0 && state.key2 !== key);
    if (!isFirst && state.key2 >= 0 && state.key2 !== key) return;
    const opened = opens || (this.rules.tieOpens && (isFirst ? state.opened2 : state.opened1));
    if (isFirst) {
      state.key1 = key;
      state.opened1 ||= opened;
    } else {
      state.key2 = key;
      state.opened2 ||= opened;
    }
    const before = this.owners.get(key);
    if (before === held) return;
    if (before !== undefined) this.drop(before, key);
    this.owners.set(key, held);
    if (held.count++ === 0) this.enter(held);
  }

  /** Puts the state of a capture in: it is joined with what was known, or known from now on. */
  join(state: S, key1: number, key2: number, from: number): void {
    const { opened1, opened2, firstS, firstNs } = state;
    const last = key1 < 0 || key2 < 0 ? null : this.find(key1, firstS);
    if (
      last !== null &&
      (opened1 || opened2) &&
      this.owners.get(key2) === last &&
      !this.rules.isSame(last.state, firstS, firstNs, from)
    ) {
      // Both ends chose the references of an earlier use.
      this.drop(last, key1);
      this.drop(last, key2);
    }
    const held = this.resolve(key1, key2, opened1, opened2, firstS, firstNs, from);
    if (held === null) {
      const made = this.insert(state);
      state.key1 = key1;
      state.key2 = key2;
      this.tie(made, key1, opened1);
      this.tie(made, key2, opened2);
      return;
    }
    const known = held.state;
    if (isEarlier(state, known)) {
      // The one that is held keeps its keys; what it says comes second.
      const { key1: keep1, key2: keep2, opened1: was1, opened2: was2 } = known;
      state.key1 = keep1;
      state.key2 = keep2;
      state.opened1 = was1;
      state.opened2 = was2;
      held.state = state;
      mergeSpan(state, known);
      this.rules.merge(state, known, this.room);
    } else {
      mergeSpan(known, state);
      this.rules.merge(known, state, this.room);
    }
    this.tie(held, key1, opened1);
    this.tie(held, key2, opened2);
  }

  /** What the key finds is over: what comes next is of another state. */
  close(key: number): void {
    const held = this.owners.get(key);
    if (held !== undefined) this.drop(held, key);
  }

  /** Takes note that a state may have reached its end. */
  touched(held: Held<S>): void {
    if (held.closing || !this.rules.isClosed(held.state)) return;
    held.closing = true;
    this.queue.push(held);
  }

  /** The time is now this, in seconds: ends what has been closed long enough, and now and then what went silent. */
  advance(seconds: number): void {
    while (this.head < this.queue.length) {
      const held = this.queue[this.head]!;
      if (held.count > 0 && held.state.lastS + this.rules.linger >= seconds) break;
      this.head++;
      held.closing = false;
      if (held.count > 0) this.end(held);
    }
    if (this.head > 4096 && this.head * 2 > this.queue.length) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
    if (seconds - this.swept >= SWEEP) this.retire(seconds);
  }

  /** Ends all states that nothing at or after this time can belong to. */
  retire(seconds: number): void {
    this.swept = seconds;
    for (let held = this.oldest; held !== null; ) {
      const { newer, state } = held;
      if (this.expiresAt(state) < seconds) this.end(held);
      held = newer;
    }
  }

  /** All states. */
  states(): S[] {
    const states: S[] = [];
    for (let held = this.oldest; held !== null; held = held.newer) states.push(held.state);
    return states;
  }

  /** Takes all states out. */
  clear(): S[] {
    const states = this.states();
    this.owners.clear();
    this.oldest = null;
    this.newest = null;
    this.queue.length = 0;
    this.head = 0;
    return states;
  }

  /** Ends what has been closed longest, else what is there longest. */
  private makeRoom(): void {
    while (this.head < this.queue.length) {
      const held = this.queue[this.head++]!;
      held.closing = false;
      if (held.count === 0) continue;
      this.end(held);
      return;
    }
    if (this.oldest !== null) this.end(this.oldest);
  }

  private expiresAt(state: S): number {
    const { rules } = this;
    const isPiece = !this.isStitch && !state.opened1 && !state.opened2;
    return state.lastS + (isPiece || rules.isClosed(state) ? rules.linger : rules.silence(state));
  }

  /** The message at this time that opens a key is of the state that it finds: it was held up on the way, or is a copy. */
  private opens(state: S, key: number, s: number, ns: number, from: number): boolean {
    const isBefore = !isOpenedAt(state, key) && compareTime(s, ns, state.firstS, state.firstNs) < 0;
    return isBefore || this.rules.isSame(state, s, ns, from);
  }

  /** Two states turn out to be one, or one of them to be a leftover. */
  private unite(one: Held<S>, key1: number, two: Held<S>, key2: number): Held<S> {
    const { rules } = this;
    const opened1 = isOpenedAt(one.state, key1);
    const opened2 = isOpenedAt(two.state, key2);
    const isOneEarlier = !isEarlier(two.state, one.state);
    let leftover: Held<S> | null = null;
    if (opened1 && opened2) leftover = isOneEarlier ? one : two;
    else if (opened1 && (rules.tieOpens || rules.isClosed(two.state))) leftover = two;
    else if (opened2 && (rules.tieOpens || rules.isClosed(one.state))) leftover = one;
    if (leftover !== null) {
      this.drop(leftover, leftover === one ? key1 : key2);
      return leftover === one ? two : one;
    }
    const kept = isOneEarlier ? one : two;
    const other = isOneEarlier ? two : one;
    const key = isOneEarlier ? key2 : key1;
    mergeSpan(kept.state, other.state);
    rules.merge(kept.state, other.state, this.room);
    this.owners.delete(key);
    other.count = 0;
    this.leave(other);
    this.tie(kept, key, isOpenedAt(other.state, key));
    this.touched(kept);
    return kept;
  }

  private drop(held: Held<S>, key: number): void {
    this.owners.delete(key);
    held.count--;
    if (held.count > 0) return;
    this.leave(held);
    this.onEnd(held.state);
  }

  private end(held: Held<S>): void {
    const { key1, key2 } = held.state;
    if (this.owners.get(key1) === held) this.owners.delete(key1);
    if (this.owners.get(key2) === held) this.owners.delete(key2);
    held.count = 0;
    this.leave(held);
    this.onEnd(held.state);
  }

  private enter(held: Held<S>): void {
    held.older = this.newest;
    if (this.newest === null) this.oldest = held;
    else this.newest.newer = held;
    this.newest = held;
  }

  private leave(held: Held<S>): void {
    const { older, newer } = held;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.newest = older;
    else newer.older = older;
    held.older = null;
    held.newer = null;
  }
}

/** True where a state of a capture that begins then waits for the stitch: its beginning, or that of a key, is not certain. */
export function isLoose(state: Tied, captureStart: number): boolean {
  return state.firstS <= captureStart + GUARD || !state.opened1 || (state.key2 >= 0 && !state.opened2);
}

/** The state, found by `key`, may also be found by `other`. */
function mayHave({ key1, key2 }: Tied, key: number, other: number): boolean {
  const second = key1 === key ? key2 : key1;
  return second < 0 || second === other;
}

function isOpenedAt(state: Tied, key: number): boolean {
  return state.key1 === key ? state.opened1 : state.opened2;
}

function isEarlier(a: Tied, b: Tied): boolean {
  return compareTime(a.firstS, a.firstNs, b.firstS, b.firstNs) < 0;
}
