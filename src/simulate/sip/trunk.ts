import { Random } from '../../base/random.ts';
import type { Line, Party } from '../lines/line.ts';
import type { TaskQueue } from '../queue.ts';
import { type CallSide, Side, type Status } from '../side.ts';
import type { AccessProxy } from './access.ts';
import type { Call } from './call.ts';
import type { Core } from './core.ts';
import { Flow } from './flow.ts';
import { Leg } from './leg.ts';

const SECOND = 1_000_000;

/** Where the calls of a box come from. */
export interface TrunkPlan {
  /** Share of its calls whose leg from abroad is seen. */
  share: number;
  /** Seconds from that to the call of the mobile line, median. */
  lead: number;
  over: 'sip' | 'isup';
  /** The end of the trunk at the box, and who sends calls there. */
  end: Line;
  carrier: AccessProxy;
}

/** The leg from abroad of a call that a box brings in. Times in microseconds since the epoch. */
export interface TrunkLeg {
  over: 'sip' | 'isup';
  /** Who really calls. */
  caller: string;
  start: number;
  answer: number | null;
  end: number;
}

/** The trunks behind boxes that bring in calls from abroad: the other half of each conversation. */
export class Trunks {
  private readonly core: Core;
  private readonly queue: TaskQueue;
  private readonly random: Random;
  private readonly boxes = new Map<number, TrunkPlan>();

  constructor(core: Core, queue: TaskQueue, seed: number) {
    this.core = core;
    this.queue = queue;
    this.random = new Random(seed, 'trunks');
  }

  /** @param box its number */
  add(box: number, plan: TrunkPlan): void {
    this.boxes.set(box, plan);
  }

  /** Microseconds that a call of this line comes after its leg from abroad; 0 where that is not seen. */
  lead(caller: Party): number {
    const { random } = this;
    const plan = typeof caller === 'string' ? undefined : this.boxes.get(caller.box);
    if (plan === undefined || !random.chance(plan.share)) return 0;
    return Math.min(8, random.logNormal(plan.lead, 0.3)) * SECOND;
  }

  /** Plays the leg from abroad of a call, which began at `now`. */
  carry(call: Call, now: number): TrunkLeg {
    const { core, random, queue } = this;
    const { truth } = call;
    const plan = this.boxes.get((call.caller as Line).box)!;
    let caller: string;
    do caller = core.numbering.outside(random, 1, 0.15);
    while (core.numbering.isHome(caller));
    const { signalling } = core;
    if (plan.over === 'isup' && signalling !== null) {
      const script = signalling.script();
      const leg = this.play(signalling.trunk(caller, truth.called, truth.outcome, script), call, now, caller, 'isup');
      signalling.play(script);
      return leg;
    }
    const flow = new Flow(core);
    const user = core.user(truth.called);
    const line: Line = {
      ...plan.end,
      number: truth.called,
      proxy: plan.carrier,
      address: `sip:${user}@${plan.end.access.ownAddress}`,
    };
    const side = new Side(core, new Leg(core, line, core.farEnd(caller), '', null, false), false, flow, false);
    const leg = this.play(side, call, now, caller, 'sip');
    flow.sort();
    queue.push(now, flow);
    return leg;
  }

  /** The box answers and releases one leg after the other. */
  private play(side: CallSide, { truth }: Call, now: number, caller: string, over: 'sip' | 'isup'): TrunkLeg {
    const { random } = this;
    const later = (): number => random.between(0.01, 1.3) * SECOND;
    const leg: TrunkLeg = { over, caller, start: now, answer: null, end: truth.end };
    side.offer(now);
    if (truth.answer !== null) {
      leg.answer = truth.answer + later();
      const last = leg.answer + SECOND / 50;
      leg.end =
        truth.releasedBy === 'called' ? Math.max(last, truth.end + later()) : Math.max(last, truth.end - later());
      side.ring(between(truth.start, truth.answer));
      side.answer(leg.answer);
      side.hangUp(leg.end, truth.releasedBy === 'called');
    } else if (truth.outcome === 'cancelled') {
      const rung = between(truth.start, truth.end);
      leg.end = Math.max(rung + SECOND / 10, truth.end - later());
      side.ring(rung);
      side.cancel(leg.end, '');
    } else {
      leg.end = truth.end + later();
      if (truth.outcome !== 'busy' && truth.outcome !== 'failed') side.ring(between(truth.start, truth.end));
      side.refuse(leg.end, REFUSALS[truth.outcome as keyof typeof REFUSALS]);
    }
    return leg;
  }
}

/** What a box says of calls that its modem did not get through. */
const REFUSALS: Readonly<Record<'busy' | 'rejected' | 'no_answer' | 'failed', Status>> = {
  busy: [486, 'Busy Here'],
  rejected: [603, 'Decline'],
  no_answer: [480, 'Temporarily Unavailable'],
  failed: [503, 'Service Unavailable'],
};

function between(from: number, until: number): number {
  return from + 0.6 * (until - from);
}
