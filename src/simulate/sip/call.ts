import type { Random } from '../../base/random.ts';
import { Delivered, presentedBy } from '../lines/accounts.ts';
import type { Party } from '../lines/line.ts';
import { type CallSide, Side } from '../side.ts';
import type { CallLeg } from '../sink.ts';
import type { Script } from '../ss7/script.ts';
import type { Core } from './core.ts';
import { Flow } from './flow.ts';
import { Leg } from './leg.ts';
import type { TrunkLeg } from './trunk.ts';

export type CallOutcome = 'answered' | 'busy' | 'rejected' | 'no_answer' | 'cancelled' | 'failed';

/** How a call goes, decided before it begins. Times in seconds. */
export interface CallCourse {
  outcome: CallOutcome;
  /** From the request to the ringing, where the called party is outside. */
  setup: number;
  /** From ringing to the answer or the end. */
  ring: number;
  talk: number;
  releasedBy: 'caller' | 'called' | 'network';
  /** The called line is reached (else the network answers for it). */
  reaches: boolean;
}

/** A call as it happened. Times in microseconds since the epoch, as the tap at the first line saw them. */
export interface TrueCall {
  caller: string;
  called: string;
  start: number;
  answer: number | null;
  end: number;
  outcome: CallOutcome;
  releasedBy: 'caller' | 'called' | 'network';
}

const SECOND = 1_000_000;
const BUSY = [486, 'Busy Here'] as const;
const DECLINE = [603, 'Decline'] as const;
const NOT_THERE = [480, 'Temporarily Unavailable'] as const;
const TIMEOUT = [408, 'Request Timeout'] as const;
const FAILURES = [
  [404, 'Not Found'],
  [404, 'Not Found'],
  [484, 'Address Incomplete'],
  [503, 'Service Unavailable'],
  [500, 'Server Internal Error'],
] as const;

/** One call: its messages at both lines, and the truth about it. */
export class Call {
  readonly caller: Party;
  readonly called: Party;
  readonly course: CallCourse;
  readonly truth: TrueCall;
  private readonly core: Core;
  private readonly random: Random;
  /** Sends its messages. */
  readonly flow: Flow;
  private readonly scripts: Script[] = [];
  /** What each capture has to show of it. */
  readonly legs: CallLeg[] = [];
  /** The leg from abroad of a call that a box brings in, where it is seen. */
  trunk: TrunkLeg | null = null;

  constructor(core: Core, caller: Party, called: Party, start: number, course: CallCourse) {
    this.core = core;
    this.random = core.random;
    this.caller = caller;
    this.called = called;
    this.course = course;
    this.truth = {
      caller: typeof caller === 'string' ? caller : caller.number,
      called: typeof called === 'string' ? called : called.number,
      start,
      answer: null,
      end: start,
      outcome: course.outcome,
      releasedBy: course.releasedBy,
    };
    this.flow = new Flow(core);
    const { signalling } = core;
    const sides = this.plan(start);
    this.flow.sort();
    if (signalling === null) return;
    for (const side of sides) {
      for (const leg of side?.legs ?? []) if (signalling.shows(leg.interface)) this.legs.push(leg);
    }
    for (const script of this.scripts) signalling.play(script);
  }

  /** Plans all messages. @returns the ends of the call */
  private plan(start: number): (CallSide | null)[] {
    const { core, caller, called, course } = this;
    const { signalling } = core;
    const presented = presentedBy(caller, core.apart);
    const elsewhere = (party: Party, far: Party, calls: boolean): CallSide | null => {
      if (signalling === null) return null;
      const of = typeof party === 'string' ? far : party;
      const script = signalling.script(typeof of === 'string' ? null : of);
      this.scripts.push(script);
      return signalling.side(party, far, calls, course.outcome, script);
    };
    const side = (party: Party, far: Party, target: string, other: CallSide | null): CallSide | null => {
      if (typeof party === 'string' || party.circuit) return elsewhere(party, far, target !== '');
      const calls = target !== '';
      if (calls && party.account.delivered !== null) return new Delivered(core, party, this.truth.called, this.flow);
      const like = other instanceof Side && !(other instanceof Delivered) ? other.leg : null;
      const shown = calls ? core.farEnd(far) : core.farEnd(far, presented);
      const leg = new Leg(core, party, shown, target, like, calls, calls ? presented : null);
      return new Side(core, leg, calls, this.flow);
    };
    const a = side(caller, called, core.target(called), null);
    const time = a === null ? start : a.offer(start);
    // A phone that talks already is not asked.
    const asked = course.reaches && !(typeof called !== 'string' && called.circuit && course.outcome === 'busy');
    const b = asked ? side(called, caller, '', a) : null;
    const trunk = typeof called === 'string' ? elsewhere(called, caller, false) : null;
    trunk?.offer(time + this.hop());
    const far = b ?? trunk;
    this.run(start, time, a, b, far);
    return [a, far];
  }

  /** From the time the call has left the caller. @param b the called line @param far it, or the trunk to who is outside */
  private run(start: number, time: number, a: CallSide | null, b: CallSide | null, far: CallSide | null): void {
    const { random, called, course, truth } = this;
    let ringing: number;
    if (b !== null) {
      const offered = a === null ? start : time + this.between();
      const reached = b.offer(offered);
      const alert = b.device?.make.radio ? random.between(0.15, 1.8) : random.between(0.005, 0.12);
      ringing = reached + b.trip() + alert * SECOND;
    } else {
      ringing = time + course.setup * SECOND;
    }
    const delay = this.between();
    const atCaller = b === null ? ringing : ringing + delay;
    // The tap at the first line is where the truth is told from.
    const lag = a !== null && b !== null ? delay : 0;

    switch (course.outcome) {
      case 'failed':
        truth.end = time + random.between(0.1, 1) * course.setup * SECOND;
        far?.refuse(truth.end, TIMEOUT);
        a?.refuse(truth.end + this.hop(), random.pick(FAILURES));
        return;
      case 'busy': {
        const said = b?.device?.make.busy ?? BUSY;
        far?.refuse(ringing, said);
        a?.refuse(atCaller, said);
        truth.end = ringing + lag;
        return;
      }
      case 'no_answer':
        if (b === null && typeof called !== 'string') {
          // Nobody to ring: the network says so.
          a?.refuse(ringing, NOT_THERE);
          truth.end = ringing;
          return;
        }
    }

    far?.ring(ringing);
    a?.ring(atCaller);
    const over = ringing + course.ring * SECOND;
    const overAtCaller = atCaller + course.ring * SECOND;
    truth.end = over + lag;
    switch (course.outcome) {
      case 'rejected':
        far?.refuse(over, DECLINE);
        a?.refuse(overAtCaller, DECLINE);
        return;
      case 'cancelled':
        a?.cancel(overAtCaller, '');
        far?.cancel(overAtCaller + lag + this.hop(), '');
        return;
      case 'no_answer':
        far?.cancel(over, 'SIP;cause=480;text="No answer"');
        a?.refuse(overAtCaller, random.chance(0.6) ? NOT_THERE : TIMEOUT);
        return;
      default:
        far?.answer(over);
        a?.answer(overAtCaller);
        truth.answer = over + lag;
        truth.end = truth.answer + course.talk * SECOND;
        this.release(a, far, truth.answer, truth.end);
    }
  }

  private release(a: CallSide | null, b: CallSide | null, answer: number, end: number): void {
    const { random, course } = this;
    const delay = this.between();
    if (course.talk > 40 && random.chance(0.02)) {
      const held = answer + random.between(0.2, 0.5) * (end - answer);
      const holder = a ?? b;
      holder?.hold(held, 'sendonly', 1);
      holder?.hold(held + random.between(0.1, 0.4) * (end - answer), '', 2);
    }
    if (course.releasedBy === 'caller') {
      a?.hangUp(end, true);
      b?.hangUp(a === null ? end : end + delay, false);
    } else {
      b?.hangUp(a === null ? end : Math.max(answer, end - delay), true);
      a?.hangUp(end, false);
    }
  }

  /** Microseconds that an exchange takes, where there are some. */
  private hop(): number {
    const { signalling } = this.core;
    return signalling === null ? 0 : signalling.context.random.between(0.004, 0.04) * SECOND;
  }

  /** Microseconds that the network takes between two legs. */
  private between(): number {
    return this.random.between(0.004, 0.04) * SECOND;
  }
}
