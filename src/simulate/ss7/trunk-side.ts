import { encodeIsup, type IsupFields } from '../../ss7/isup/isup-encode.ts';
import { ServiceIndicator } from '../../ss7/message.ts';
import type { CallSide } from '../side.ts';
import type { CallLeg } from '../sink.ts';
import type { CallOutcome } from '../sip/call.ts';
import { onTrunk, type Ss7Context } from './context.ts';
import type { Carrier } from './nodes.ts';
import type { Script } from './script.ts';

const MS = 1000;
/** Locations of causes (Q.850 §2.2.3). */
const USER = 0;
const TRANSIT = 3;
const FAILURES = [1, 1, 3, 27, 28, 34, 38, 41, 42] as const;

/** A call on a circuit to or from a network outside (ITU-T Q.764 §2.1). Times are microseconds. */
export class TrunkSide implements CallSide {
  readonly device = null;
  readonly legs: CallLeg[] = [];
  private readonly context: Ss7Context;
  private readonly script: Script;
  private readonly caller: string;
  private readonly called: string;
  /** The call comes in: the network outside seizes the circuit. */
  private readonly incoming: boolean;
  private readonly outcome: CallOutcome;
  private seized: { carrier: Carrier; cic: number } | null = null;
  private last = 0;
  private progressed = false;

  constructor(
    context: Ss7Context,
    script: Script,
    caller: string,
    called: string,
    incoming: boolean,
    outcome: CallOutcome,
  ) {
    this.context = context;
    this.script = script;
    this.caller = caller;
    this.called = called;
    this.incoming = incoming;
    this.outcome = outcome;
  }

  offer(time: number): number {
    const { context, caller, called, incoming } = this;
    this.seized = context.nodes.circuit(incoming ? caller : called, time, context.random);
    if (this.seized === null) return time;
    this.say(time, true, {
      type: 'IAM',
      calling: { ...onTrunk(context, caller), screening: 3 },
      called: onTrunk(context, called),
      category: 10,
    });
    const { carrier, cic } = this.seized;
    const { pointCode } = context.nodes.gateway;
    const trunk = incoming ? `${carrier.pointCode}-${pointCode}-${cic}` : `${pointCode}-${carrier.pointCode}-${cic}`;
    this.legs.push({ interface: 'isup', direction: 'originating', trunk, named: true });
    return time + context.random.between(5, 30) * MS;
  }

  trip(): number {
    return this.context.random.between(5, 40) * MS;
  }

  ring(time: number): void {
    const { random } = this.context;
    // Some exchanges say early that the number is complete, and then that it rings.
    if (random.chance(0.25)) {
      this.say(Math.max(this.last + 5 * MS, time - random.between(100, 600) * MS), false, { type: 'ACM' });
      this.say(time, false, { type: 'CPG', event: 1 });
    } else {
      this.say(time, false, { type: 'ACM', calledStatus: 1 });
    }
    this.progressed = true;
  }

  answer(time: number): void {
    this.say(time, false, { type: this.progressed ? 'ANM' : 'CON' });
  }

  refuse(time: number): void {
    const { outcome, context } = this;
    const causes = { busy: 17, rejected: 21, no_answer: 19, failed: context.random.pick(FAILURES) } as const;
    const cause = causes[outcome as keyof typeof causes] ?? 31;
    this.release(time, false, cause, outcome === 'failed' ? TRANSIT : USER);
  }

  cancel(time: number): void {
    // Of a call that rings out, the called network gives up.
    if (this.outcome === 'no_answer') this.refuse(time);
    else this.release(time, true, 16, USER);
  }

  /** @param byLine the party at this end, outside, hangs up */
  hangUp(time: number, byLine: boolean): void {
    this.release(time, byLine === this.incoming, 16, USER);
  }

  hold(): void {}

  /** @param forward the caller's side releases */
  private release(time: number, forward: boolean, cause: number, causeLocation: number): void {
    const { seized, context } = this;
    if (seized === null) return;
    const at = Math.max(time, this.last + MS);
    this.say(at, forward, { type: 'REL', cause, causeLocation });
    const end = at + context.random.between(8, 80) * MS;
    this.say(end, !forward, { type: 'RLC' });
    seized.carrier.free[seized.cic] = end + 5_000_000;
  }

  private say(time: number, forward: boolean, fields: Omit<IsupFields, 'cic'>): void {
    const { seized, context, incoming } = this;
    if (seized === null) return;
    const { carrier, cic } = seized;
    const fromGateway = forward !== incoming;
    const gateway = context.nodes.gateway.pointCode;
    this.last = Math.max(this.last, time);
    this.script.add(time, carrier.link, {
      fromFirst: fromGateway,
      opc: fromGateway ? gateway : carrier.pointCode,
      dpc: fromGateway ? carrier.pointCode : gateway,
      serviceIndicator: ServiceIndicator.isup,
      sls: cic & 15,
      user: encodeIsup({ ...fields, cic }),
    });
  }
}
