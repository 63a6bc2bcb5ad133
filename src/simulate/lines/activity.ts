import type { Random } from '../../base/random.ts';
import { duration, weighted } from '../draws.ts';
import type { Task, TaskQueue } from '../queue.ts';
import { Call, type CallCourse, type CallOutcome, type TrueCall } from '../sip/call.ts';
import type { Core } from '../sip/core.ts';
import type { MakeParty } from './contacts.ts';
import type { Habit, Luck } from './habit.ts';
import type { Line, Party } from './line.ts';
import { isWaking, nextActive, nextArrival, startOfNext } from './rhythm.ts';

const SECOND = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;
/** Numbers called before that a line may call again. */
const REMEMBERED = 60;
/** Calls after which limits on answers and talk time are looked at. */
const JUDGED = 15;

/** Who places calls, and what follows from them. */
export class Exchange {
  readonly core: Core;
  readonly queue: TaskQueue;
  private readonly strangers: MakeParty;
  private readonly report: (call: Call) => void;
  private readonly end: number;

  /** @param strangers makes new outside or inside counterparts @param end nothing begins after it, microseconds */
  constructor(core: Core, queue: TaskQueue, strangers: MakeParty, end: number, report: (call: Call) => void) {
    this.core = core;
    this.queue = queue;
    this.strangers = strangers;
    this.end = end;
    this.report = report;
  }

  stranger(random: Random): Party {
    return this.strangers(random);
  }

  /** Places a call now (microseconds); returns how it goes, or null where the caller's line is not free. */
  place(caller: Party, called: Party, now: number, luck: Luck, habit: Habit): TrueCall | null {
    // Whoever is rung from outside may be rung by any subscriber's number.
    if (numberOf(caller) === numberOf(called) || now >= this.end) return null;
    if (typeof caller !== 'string' && (caller.calls >= caller.capacity || !caller.registered)) return null;
    const { core } = this;
    const known = typeof called !== 'string' && (called.habit.contacts.knows(caller) || isSibling(called, caller));
    const course =
      typeof called === 'string'
        ? courseOutside(luck, habit, core)
        : courseInside(called, caller, known, habit, now, core);
    const { trunks } = core;
    // What a box brings in from abroad; its other calls only look like it.
    const lead = trunks === null || known || habit.contacts.knows(called) ? 0 : trunks.lead(caller);
    const call = new Call(core, caller, called, now + lead, course);
    // Of a call from outside that does not get as far as the line, the tap sees nothing.
    if (!call.flow.isEmpty) this.queue.push(now + lead, call.flow);
    if (trunks !== null && lead > 0) call.trunk = trunks.carry(call, now);
    if (!call.flow.isEmpty || call.legs.length > 0) this.report(call);
    if (typeof caller !== 'string') caller.calls++;
    const rings = typeof called !== 'string' && course.reaches && course.outcome !== 'busy';
    if (rings) called.calls++;
    const after: Task = {
      run: () => {
        if (typeof caller !== 'string') caller.calls--;
        if (rings) called.calls--;
        this.follow(call, known);
        return NEVER;
      },
    };
    this.queue.push(call.truth.end, after);
    return call.truth;
  }

  /** Places a call later, once. */
  later(caller: Party, called: Party, time: number, habit: Habit): void {
    if (time >= this.end) return;
    this.queue.push(time, {
      run: (now) => {
        this.place(caller, called, now, habit.luck, habit);
        return NEVER;
      },
    });
  }

  /** What people do after a call: try again, call back. */
  private follow(call: Call, known: boolean): void {
    const { random } = this.core;
    const { caller, called, truth } = call;
    const missed = truth.outcome === 'no_answer' || truth.outcome === 'cancelled' || truth.outcome === 'busy';
    if (typeof caller !== 'string') {
      const { habit } = caller;
      if (missed && random.chance(habit.retries)) {
        this.later(caller, called, truth.end + random.logNormal(240, 1.2) * SECOND, habit);
      }
      const reached = missed || (truth.outcome === 'answered' && !habit.missedOnly);
      if (typeof called === 'string' && reached && random.chance(habit.callback)) {
        this.later(called, caller, truth.end + random.logNormal(700, 1.4) * SECOND, habit);
      }
    }
    if (typeof called !== 'string' && missed && truth.outcome !== 'busy') {
      const { incoming } = called.habit;
      if (random.chance(known ? incoming.returnsKnown : incoming.returnsUnknown)) {
        this.later(called, caller, truth.end + random.logNormal(700, 1.4) * SECOND, called.habit);
      }
    }
  }
}

/** A line's own calls: from one attempt to the next. */
export class Outgoing implements Task {
  private readonly exchange: Exchange;
  private readonly line: Line;
  private readonly random: Random;
  private readonly called: Party[] = [];
  private sequence = '';
  /** Whom to call again now. */
  private again: Party | null = null;
  private hourEnds = 0;
  private dayEnds = 0;
  private inHour = 0;
  private inDay = 0;
  private placed = 0;
  private answered = 0;
  private talked = 0;

  constructor(exchange: Exchange, line: Line, random: Random) {
    this.exchange = exchange;
    this.line = line;
    this.random = random;
  }

  /** Time of the first attempt at or after `start`, microseconds. */
  first(start: number): number {
    const { habit } = this.line;
    const { timing, rhythm } = habit;
    const seconds = start / SECOND;
    if (timing.mode === 'clock') return (seconds + this.random.next() * timing.every) * SECOND;
    if (timing.mode === 'rate') return nextArrival(rhythm, timing.perDay, seconds, this.random) * SECOND;
    return (nextActive(rhythm, seconds) + this.random.exponential(timing.pause + 60)) * SECOND;
  }

  run(now: number): number {
    const { line, exchange, random } = this;
    const { habit } = line;
    const wait = this.allowed(now / SECOND);
    if (wait > now / SECOND) return wait * SECOND;
    const party = this.choose();
    const call = exchange.place(line, party, now, habit.luck, habit);
    if (call === null) return this.next(now, now + random.exponential(60) * SECOND);
    this.count(call);
    if (habit.redials > 0 && call.answer === null && random.chance(habit.redials)) this.again = party;
    if (habit.incoming.friends > 0 && random.chance(habit.incoming.friends)) {
      const friend = (habit.incoming.accomplices ?? habit.contacts).pickOutside(random);
      if (friend !== null) exchange.later(friend, line, call.end + random.exponential(1800) * SECOND, habit);
    }
    const soon = this.again !== null || (habit.atOnce > 0 && random.chance(habit.atOnce));
    return soon ? call.end + random.logNormal(4, 1.1) * SECOND : this.next(now, call.end);
  }

  private next(now: number, end: number): number {
    const { habit } = this.line;
    const { timing, rhythm } = habit;
    const { random } = this;
    switch (timing.mode) {
      case 'clock':
        return Math.max(end + SECOND, now + timing.every * (1 + timing.spread * random.normal()) * SECOND);
      case 'rate':
        if (random.chance(timing.burst)) return end + random.logNormal(70, 1.1) * SECOND;
        return nextArrival(rhythm, timing.perDay * (1 - timing.burst), end / SECOND, random) * SECOND;
      default:
        return end + random.logNormal(timing.pause, timing.spread) * SECOND;
    }
  }

  /** Seconds since the epoch from which the next call is allowed: now, or when hours, caps and rests let it. */
  private allowed(seconds: number): number {
    const { timing, rhythm } = this.line.habit;
    if (timing.mode === 'clock') return seconds;
    const { random } = this;
    if (timing.mode === 'loop') {
      const open = nextActive(rhythm, seconds);
      if (open > seconds) return open + random.exponential(600);
    }
    const { caps = null } = timing;
    if (caps === null) return seconds;
    if (seconds >= this.hourEnds) {
      this.hourEnds = startOfNext('hour', rhythm, seconds);
      this.inHour = 0;
    }
    if (seconds >= this.dayEnds) {
      this.dayEnds = startOfNext('day', rhythm, seconds);
      this.inDay = 0;
    }
    if (caps.day > 0 && this.inDay >= caps.day) return this.dayEnds + random.exponential(900);
    if (caps.hour > 0 && this.inHour >= caps.hour) return this.hourEnds + random.exponential(400);
    if (this.placed >= JUDGED) {
      const poor = this.answered < caps.leastAnswered * this.placed || this.talked < caps.leastTalk * this.answered;
      this.placed = this.answered = this.talked = 0;
      if (poor && caps.rest > 0) return seconds + caps.rest * 3600 * random.between(0.7, 1.3);
    }
    return seconds;
  }

  private count(call: TrueCall): void {
    this.inHour++;
    this.inDay++;
    this.placed++;
    if (call.answer === null) return;
    this.answered++;
    this.talked += (call.end - call.answer) / SECOND;
  }

  private choose(): Party {
    const { line, random, called, exchange, again } = this;
    const { habit } = line;
    if (again !== null) {
      this.again = null;
      return again;
    }
    if (habit.siblings.length > 0 && random.chance(habit.siblingShare)) return random.pick(habit.siblings);
    if (random.chance(habit.known)) return habit.contacts.pick(line, random);
    if (called.length > 0 && random.chance(habit.repeat)) return random.pick(called);
    let party: Party;
    if (random.chance(habit.sequential)) {
      if (this.sequence === '' || random.chance(0.03)) this.sequence = numberOf(exchange.stranger(random));
      this.sequence = neighbour(this.sequence, random.chance(0.8) ? 1 : random.integer(2, 9));
      party = this.sequence;
    } else {
      party = exchange.stranger(random);
    }
    if (called.length < REMEMBERED) called.push(party);
    else called[random.integer(0, REMEMBERED - 1)] = party;
    return party;
  }
}

/** Calls of a line from outside. */
export class FromOutside implements Task {
  private readonly exchange: Exchange;
  private readonly line: Line;
  private readonly random: Random;

  constructor(exchange: Exchange, line: Line, random: Random) {
    this.exchange = exchange;
    this.line = line;
    this.random = random;
  }

  first(start: number): number {
    return this.next(start);
  }

  run(now: number): number {
    const { line, random, exchange } = this;
    const { habit } = line;
    const caller = random.chance(habit.incoming.strangers) ? null : habit.contacts.pickOutside(random);
    exchange.place(caller ?? numberOf(exchange.stranger(random)), line, now, habit.luck, habit);
    return this.next(now);
  }

  private next(now: number): number {
    const { rhythm, incoming } = this.line.habit;
    return nextArrival(rhythm, incoming.perDay, now / SECOND, this.random) * SECOND;
  }
}

/** A number `step` after another, of the same length. */
function neighbour(number: string, step: number): string {
  const tail = (Number(number.slice(-6)) + step) % 1_000_000;
  return number.slice(0, -6) + String(tail).padStart(6, '0');
}

function numberOf(party: Party): string {
  return typeof party === 'string' ? party : party.number;
}

function isSibling(line: Line, party: Party): boolean {
  return line.box >= 0 && typeof party !== 'string' && party.box === line.box;
}

const OUTCOMES: Readonly<Record<keyof Luck, CallOutcome>> = {
  answered: 'answered',
  noAnswer: 'no_answer',
  cancelled: 'cancelled',
  busy: 'busy',
  rejected: 'rejected',
  failed: 'failed',
};

function courseOutside(luck: Luck, habit: Habit, core: Core): CallCourse {
  const { random } = core;
  const { mailboxes, pickUp } = core.network;
  const outcome = OUTCOMES[weighted<keyof Luck>(random, { ...luck })];
  const setup = setupTime(2.2, 0.55, core);
  if (outcome === 'no_answer' && mailboxes > 0 && random.chance(mailboxes)) {
    const talk = Math.min(120, random.logNormal(7, 0.8));
    return { outcome: 'answered', setup, ring: random.between(14, 32), talk, releasedBy: 'caller', reaches: false };
  }
  return {
    outcome,
    setup,
    ring: ringTime(outcome, 7 * pickUp, 0.6, random),
    ...talkTime(outcome, habit, random),
    reaches: false,
  };
}

/** Seconds from dialling to ringing. */
function setupTime(median: number, sigma: number, { random, network: { setup, setupSpread } }: Core): number {
  return Math.min(12, random.logNormal(median * setup, sigma * setupSpread));
}

function courseInside(called: Line, caller: Party, known: boolean, habit: Habit, now: number, core: Core): CallCourse {
  const { random } = core;
  const setup = setupTime(1.6, 0.5, core);
  const course = (outcome: CallOutcome, ring: number, reaches = true): CallCourse => ({
    outcome,
    setup,
    ring,
    ...talkTime(outcome, habit, random),
    reaches,
  });
  if (!called.registered) return course('no_answer', 0, false);
  if (called.calls >= called.capacity) return course('busy', 0, random.chance(0.5));
  const { answer } = called.habit.incoming;
  const unanswered = (): CallCourse => {
    // Where the caller is outside, all that the called line sees is that the call is withdrawn.
    const outcome = typeof caller !== 'string' && random.chance(0.45) ? 'no_answer' : 'cancelled';
    return course(outcome, ringTime(outcome, 7, 0.6, random));
  };
  const friend = known && (answer.mode === 'ignore' || answer.mode === 'reject');
  if (friend || isSibling(called, caller)) {
    const { ring, spread } = called.habit.incoming.expected;
    return course('answered', machineRing(ring, spread, random));
  }
  switch (answer.mode) {
    case 'ignore':
      return unanswered();
    case 'reject':
      return course('rejected', random.between(0.2, 2));
    case 'machine': {
      const answered = course('answered', machineRing(answer.ring, answer.spread, random));
      if (answer.talk !== null) answered.talk = duration(random, answer.talk);
      return answered;
    }
    default: {
      const awake = isWaking(called.habit.rhythm, now / SECOND) ? 1 : 0.35;
      if (random.chance((known ? answer.known : answer.unknown) * awake)) {
        return course('answered', ringTime('answered', answer.ring, answer.spread, random));
      }
      return random.chance(0.15)
        ? course('rejected', ringTime('rejected', answer.ring, answer.spread, random))
        : unanswered();
    }
  }
}

/** Seconds that a machine lets it ring. */
function machineRing(ring: number, spread: number, random: Random): number {
  return Math.max(0.05, ring * (1 + spread * random.normal()));
}

/** Seconds from ringing to what ends it. */
function ringTime(outcome: CallOutcome, median: number, spread: number, random: Random): number {
  switch (outcome) {
    case 'no_answer':
      return random.between(25, 62);
    case 'cancelled':
      return Math.min(60, random.logNormal(15, 0.6));
    default:
      return Math.min(55, Math.max(0.3, random.logNormal(median, spread)));
  }
}

function talkTime(outcome: CallOutcome, habit: Habit, random: Random): Pick<CallCourse, 'talk' | 'releasedBy'> {
  if (outcome !== 'answered') return { talk: 0, releasedBy: RELEASED_BY[outcome] };
  return { talk: duration(random, habit.talk), releasedBy: random.chance(habit.releases) ? 'caller' : 'called' };
}

const RELEASED_BY = {
  busy: 'called',
  rejected: 'called',
  cancelled: 'caller',
  no_answer: 'network',
  failed: 'network',
} as const;
