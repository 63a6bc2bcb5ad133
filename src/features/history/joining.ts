import { isForwardedOn } from './forwarded.ts';
import type { History } from './history.ts';
import { Direction, Kind, OutcomeCode, PHONE_INTERFACES, RESULTS, Release, TRUNK_INTERFACES } from './rows.ts';

/** Starts this close together, overlapping, to the same number on one interface: one call seen on two legs. */
const REPEAT_SECONDS = 3;
/** On different interfaces: a called phone is paged, and its leg begins that much later than the call. */
const CALL_SECONDS = 15;
/**
 * A call that a phone placed, and a leg on a trunk from the same caller to another number: it is the same call under the roaming
 * number that the home register asked for (3GPP TS 23.018 §4.1), a ported or a forwarded-to number, if it began within the time
 * that asking takes and ended together. One phone does not place two calls at once.
 */
const ROUTING_SECONDS = 3;
const TOGETHER_SECONDS = 0.5;
/** What ends on one side of a call may take this long to be known on the other. */
const PASSED_ON_SECONDS = 1.5;
/** A short message or a service seen on different interfaces. */
const MESSAGE_SECONDS = 10;
/** The sending of a short message and its delivery, which waits for a phone that is off or out of reach; the first attempts are within it. */
const DELIVERY_SECONDS = 3600;
/** Messages looked back at. */
const MOST_BACK = 16;

/**
 * Finds the rows of one line that are the same call, short message or service seen on several interfaces or legs: the first of them
 * stays, the others are marked as repeats, and what the first did not know of a call (its answer, end, talk, cause, number) it has
 * from them. One object serves all lines in turn.
 */
export class Joiner {
  /** Last call by code of counterpart and direction; by direction alone where the number is hidden. */
  private last = new Int32Array(0);
  private readonly hidden = new Int32Array(3);
  /** The last call of each direction, whoever it was with. */
  private readonly latest = new Int32Array(3);
  /** By the row of a call that its caller's side shows answered, whether the line's own side does too. */
  private readonly answeredHere = new Map<number, boolean>();
  /** When short messages were delivered, by the row of their sending. */
  private readonly delivered = new Map<number, number>();
  /** Rows of the last messages, in a ring; those met before are `messages`. */
  private readonly recent = new Int32Array(MOST_BACK);
  private messages = 0;

  /** @param numbers distinct counterparts of the history */
  join(history: History, numbers: number): void {
    const { count, kind, direction } = history;
    if (this.last.length < 2 * numbers) this.last = new Int32Array(4 * numbers);
    this.last.fill(-1, 0, 2 * numbers);
    this.hidden.fill(-1);
    this.latest.fill(-1);
    this.answeredHere.clear();
    this.delivered.clear();
    this.messages = 0;
    const isAlone = (history.interfaces & (history.interfaces - 1)) === 0;
    for (let i = 0; i < count; i++) {
      const what = kind[i]!;
      if (what === Kind.leg) {
        if (direction[i] !== Direction.unknown && history.repeat[i] === 0) this.leg(history, i);
      } else if (what === Kind.sms || (!isAlone && (what === Kind.ussd || what === Kind.forwarding))) {
        this.message(history, i);
      }
    }
  }

  private leg(history: History, i: number): void {
    const { last, hidden, latest } = this;
    const { seen } = history;
    const direction = history.direction[i]!;
    const number = history.counterpart[i]!;
    const slot = 2 * number + direction - 1;
    let first = number >= 0 ? last[slot]! : latest[direction]!;
    // A number hidden on one interface may be known on another.
    if (!this.isOneCall(history, first, i, number < 0)) {
      first = number >= 0 ? hidden[direction]! : -1;
      if (!this.isOneCall(history, first, i, true)) first = -1;
    }
    if (first < 0 && number < 0 && isSeenTwice(history, latest[direction]!, i)) first = latest[direction]!;
    if (first < 0 && isBothSides(history, latest[direction]!, i)) {
      first = latest[direction]!;
      // What the line's own side says of the other one counts.
      if (number >= 0 && history.mirror[i] === 0) history.counterpart[first] = number;
      if (number >= 0) last[slot] = first;
    }
    if (first < 0 && number >= 0 && isRouted(history, latest[direction]!, i)) {
      first = latest[direction]!;
      // The number that the phone dialled is the one that counts; further trunks call the other one.
      if ((history.seen[first]! & PHONE_INTERFACES) === 0) history.counterpart[first] = number;
      last[slot] = first;
    }
    if (first < 0 && isForwarded(history, latest[direction]!, i)) {
      first = latest[direction]!;
      if (number >= 0) last[slot] = first;
    }
    if (first < 0) {
      if (number >= 0) last[slot] = i;
      else hidden[direction] = i;
      latest[direction] = i;
      if (isForwardedOn(history, i)) this.answeredHere.set(i, false);
      return;
    }
    if (number >= 0 && history.counterpart[first]! < 0) {
      history.counterpart[first] = number;
      last[slot] = first;
      hidden[direction] = -1;
    }
    seen[first]! |= seen[i]!;
    history.repeat[i] = 1;
    if (this.isAnsweredElsewhere(history, first, i)) takeOver(history, first, i);
    else if (this.answeredHere.get(first) !== false) complete(history, first, i);
  }

  /**
   * Whether call `first` to the line was answered, as its caller's side says, and leg `i`, its own side or one that says where the call went on
   * to, ended without that: a mailbox answered, or whom the phone sent it on to. Of several phones of the line one may answer, which tells; a phone that is told so tells nothing.
   */
  private isAnsweredElsewhere(history: History, first: number, i: number): boolean {
    const { mirror, direction, answered, answer, end, outcome, releasedBy } = history;
    const { answeredHere } = this;
    if (mirror[first] === 0 || direction[i] !== Direction.incoming) return false;
    if (isForwardedOn(history, i)) {
      if (answeredHere.has(first)) return false;
      answeredHere.set(first, false);
      return true;
    }
    if (mirror[i] === 1) return false;
    if (answered[i] === 2) {
      const isLater = answeredHere.get(first) === false;
      answeredHere.set(first, true);
      return isLater;
    }
    if (answered[first] !== 2 || answeredHere.has(first) || !(end[i]! <= answer[first]! + PASSED_ON_SECONDS))
      return false;
    const isTold = outcome[i] === OutcomeCode.cancelled && releasedBy[i] === Release.network;
    if (isTold || (answered[i] === 0 && outcome[i] !== OutcomeCode.redirected)) return false;
    answeredHere.set(first, false);
    return true;
  }

  /** Whether leg `i` is of the call that row `first` began. @param elsewhere only where it is seen on another interface */
  private isOneCall({ time, end, seen }: History, first: number, i: number, elsewhere: boolean): boolean {
    if (first < 0) return false;
    if (elsewhere && (seen[first]! & seen[i]!) !== 0) return false;
    const most = seen[first] === seen[i] ? REPEAT_SECONDS : CALL_SECONDS;
    return time[i]! - time[first]! <= most && !(end[first]! <= time[i]!);
  }

  private message(history: History, i: number): void {
    const { time, kind, direction, counterpart, service, smsLength, repeat, seen, mirror } = history;
    const { delivered, recent } = this;
    const longest = kind[i] === Kind.sms ? DELIVERY_SECONDS : MESSAGE_SECONDS;
    for (let n = this.messages - 1; n >= 0 && n >= this.messages - MOST_BACK; n--) {
      const back = recent[n % MOST_BACK]!;
      if (time[i]! - time[back]! > longest) break;
      if (kind[back] !== kind[i]) continue;
      // The sending and the delivery of one message between own lines are on one interface, each an event of its line.
      const isSameSide = mirror[back] === mirror[i];
      if (isSameSide && (seen[back]! & seen[i]!) !== 0) continue;
      // What was delivered may be seen so elsewhere, about then.
      const met = isSameSide ? time[back] : delivered.get(back);
      if (met !== undefined && time[i]! - met > MESSAGE_SECONDS) continue;
      if (kind[i] !== Kind.forwarding && direction[back] !== direction[i]) continue;
      if (kind[i] === Kind.sms) {
        if (!agree(counterpart, back, i) || Math.abs(smsLength[back]! - smsLength[i]!) > 0) continue;
      } else if (!agree(service, back, i)) {
        continue;
      }
      seen[back]! |= seen[i]!;
      repeat[i] = 1;
      if (!isSameSide) delivered.set(back, time[i]!);
      return;
    }
    recent[this.messages++ % MOST_BACK] = i;
  }
}

/** Whether legs `first` and `i`, to different numbers, are one call that a phone placed and a trunk carries on; see {@link ROUTING_SECONDS}. */
function isRouted(history: History, first: number, i: number): boolean {
  if (first < 0 || history.direction[i] !== Direction.outgoing) return false;
  const { time, end, seen, counterpart } = history;
  if (counterpart[first]! < 0) return false;
  const isCarriedOn = (seen[first]! & PHONE_INTERFACES) !== 0 && (seen[i]! & TRUNK_INTERFACES) !== 0;
  const isDialledLater = (seen[first]! & PHONE_INTERFACES) === 0 && (seen[i]! & PHONE_INTERFACES) !== 0;
  if (!isCarriedOn && !isDialledLater) return false;
  if (time[i]! - time[first]! > ROUTING_SECONDS || end[first]! <= time[i]!) return false;
  // Of a call that is still open on one of them, the start must do.
  return !(Math.abs(end[first]! - end[i]!) > TOGETHER_SECONDS);
}

/**
 * Whether leg `i` is the call `first` sent on to another number, a voice mailbox most often, while it rang (3GPP TS 23.082): it began
 * before the call was answered, and its answer and its end are those of the call. The network puts the caller's number into both.
 */
function isForwarded(history: History, first: number, i: number): boolean {
  if (first < 0 || history.direction[i] !== Direction.outgoing) return false;
  const { time, answer, end, seen, counterpart, mirror } = history;
  if (counterpart[first] === counterpart[i] || mirror[first] !== mirror[i]) return false;
  if (((seen[first]! | seen[i]!) & TRUNK_INTERFACES) === 0) return false;
  if (!(Math.abs(end[first]! - end[i]!) <= TOGETHER_SECONDS) || !(time[i]! < end[first]!)) return false;
  const isAnswered = !Number.isNaN(answer[first]!);
  if (isAnswered === Number.isNaN(answer[i]!)) return false;
  // An exchange places calls side by side under one number, and those that nobody answers ring for as long.
  if (!isAnswered) return time[i]! - time[first]! > ROUTING_SECONDS;
  return time[i]! < answer[first]! && Math.abs(answer[first]! - answer[i]!) <= TOGETHER_SECONDS;
}

/**
 * Whether row `first` and leg `i`, neither of which names the other party, are one call that two probes saw: they began and ended
 * together. Two hidden callers on one interface are two calls otherwise.
 */
function isSeenTwice({ time, end, counterpart }: History, first: number, i: number): boolean {
  if (first < 0 || counterpart[first]! >= 0 || time[i]! - time[first]! > TOGETHER_SECONDS) return false;
  return Math.abs(end[first]! - end[i]!) <= TOGETHER_SECONDS;
}

/**
 * Whether row `first` and leg `i` are the two sides of one call, though they name the other party otherwise (its number here, its
 * IMSI there): one is the line's own, the other that of the other party, and they were answered and ended together.
 */
function isBothSides({ time, answer, end, mirror }: History, first: number, i: number): boolean {
  if (first < 0 || mirror[first] === mirror[i] || time[i]! - time[first]! > CALL_SECONDS) return false;
  const isAnswered = !Number.isNaN(answer[first]!);
  if (isAnswered === Number.isNaN(answer[i]!)) return false;
  if (isAnswered && !(Math.abs(answer[first]! - answer[i]!) <= TOGETHER_SECONDS)) return false;
  return Math.abs(end[first]! - end[i]!) <= TOGETHER_SECONDS;
}

/** Whether two rows say the same, as far as they say something. */
export function agree(column: Int32Array, a: number, b: number): boolean {
  return column[a] === column[b] || column[a]! < 0 || column[b]! < 0;
}

/** Puts into the first row of a call what became of it on leg `from`. */
function takeOver(history: History, first: number, from: number): void {
  const { answer, end, talk, setup, ring, cause, sipStatus, releasedBy, answered, outcome, service } = history;
  for (const column of [answer, end, talk, setup, ring, cause, sipStatus, releasedBy, answered, outcome, service])
    column[first] = column[from]!;
}

/** Puts what row `from` knows of a call, and its first row does not, into the first row. */
function complete(history: History, first: number, from: number): void {
  const { answer, end, talk, setup, ring, cause, sipStatus, releasedBy, answered, outcome } = history;
  if (Number.isNaN(end[first]!)) end[first] = end[from]!;
  if (Number.isNaN(setup[first]!)) setup[first] = setup[from]!;
  if (Number.isNaN(ring[first]!)) ring[first] = ring[from]!;
  if (Number.isNaN(talk[first]!)) talk[first] = talk[from]!;
  if (cause[first]! < 0) cause[first] = cause[from]!;
  if (sipStatus[first]! < 0) sipStatus[first] = sipStatus[from]!;
  if (releasedBy[first] === 0) releasedBy[first] = releasedBy[from]!;
  if (RESULTS[outcome[first]!] === 0 && RESULTS[outcome[from]!]! > 0) outcome[first] = outcome[from]!;
  if (answered[first] === 1) return;
  if (Number.isNaN(answer[first]!)) answer[first] = answer[from]!;
  if (answered[first] === 0) answered[first] = answered[from]!;
}
