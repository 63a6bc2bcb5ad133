import type { Random } from '../base/random.ts';
import type { Core } from './core.ts';
import { Flow } from './flow.ts';
import { Leg } from './leg.ts';
import type { Party } from './line.ts';
import { Side } from './side.ts';

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
    this.plan(start);
    this.flow.sort();
  }

  private plan(start: number): void {
    const { core, random, caller, called, course, truth } = this;
    const side = (party: Party, far: Party, target: string, other: Side | null): Side | null =>
      typeof party === 'string'
        ? null
        : new Side(
            core,
            new Leg(core, party, core.farEnd(far), target, other?.leg ?? null, target !== ''),
            target !== '',
            this.flow,
          );
    const a = side(caller, called, core.target(called), null);
    const time = a === null ? start : a.offer(start);
    const b = course.reaches ? side(called, caller, '', a) : null;

    let ringing: number;
    if (b !== null) {
      const offered = a === null ? start : time + this.between();
      b.offer(offered);
      const alert = b.leg.device.make.radio ? random.between(0.15, 1.8) : random.between(0.005, 0.12);
      ringing = offered + b.trip() + alert * SECOND;
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
        a?.refuse(truth.end, random.pick(FAILURES));
        return;
      case 'busy': {
        const said = b?.leg.device.make.busy ?? BUSY;
        b?.refuse(ringing, said);
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

    b?.ring(ringing);
    a?.ring(atCaller);
    const over = ringing + course.ring * SECOND;
    const overAtCaller = atCaller + course.ring * SECOND;
    truth.end = over + lag;
    switch (course.outcome) {
      case 'rejected':
        b?.refuse(over, DECLINE);
        a?.refuse(overAtCaller, DECLINE);
        return;
      case 'cancelled':
        a?.cancel(overAtCaller, '');
        b?.cancel(overAtCaller + lag, '');
        return;
      case 'no_answer':
        b?.cancel(over, 'SIP;cause=480;text="No answer"');
        a?.refuse(overAtCaller, random.chance(0.6) ? NOT_THERE : TIMEOUT);
        return;
      default:
        b?.answer(over);
        a?.answer(overAtCaller);
        truth.answer = over + lag;
        truth.end = truth.answer + course.talk * SECOND;
        this.release(a, b, truth.answer, truth.end);
    }
  }

  private release(a: Side | null, b: Side | null, answer: number, end: number): void {
    const { random, course } = this;
    const delay = this.between();
    if (course.talk > 40 && random.chance(0.02)) {
      const held = answer + random.between(0.2, 0.5) * (end - answer);
      const holder = a ?? b!;
      holder.hold(held, 'sendonly', 1);
      holder.hold(held + random.between(0.1, 0.4) * (end - answer), '', 2);
    }
    if (course.releasedBy === 'caller') {
      a?.hangUp(end, true);
      b?.hangUp(a === null ? end : end + delay, false);
    } else {
      b?.hangUp(a === null ? end : Math.max(answer, end - delay), true);
      a?.hangUp(end, false);
    }
  }

  /** Microseconds that the network takes between two legs. */
  private between(): number {
    return this.random.between(0.004, 0.04) * SECOND;
  }
}
