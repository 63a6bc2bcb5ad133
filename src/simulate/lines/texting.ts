import type { Random } from '../../base/random.ts';
import type { Task } from '../queue.ts';
import { Flow } from '../sip/flow.ts';
import { Leg } from '../sip/leg.ts';
import type { Exchange } from './activity.ts';
import type { Line, Party } from './line.ts';
import { nextActive, nextArrival } from './rhythm.ts';

const SECOND = 1_000_000;
const MS = 1000;
const LETTERS = 'the quick brown fox jumps over the lazy dog and ';

/** Short messages in bulk: how many an hour while the line is active, how evenly, and the share to people that it knows. */
export interface Bulk {
  perHour: number;
  /** Sigma of the logarithm of the time between two. */
  spread: number;
  known: number;
  /** Characters of each; left out: as people write. */
  length?: number;
}

/** Whom a line writes to, and when (microseconds). */
interface Plan {
  whom: () => Party;
  length: () => number;
  next: (now: number) => number;
}

/** A line's short messages (RFC 3428), delivered to those that are lines here. */
export class Texting implements Task {
  private readonly exchange: Exchange;
  private readonly line: Line;
  private readonly random: Random;
  private readonly plan: Plan;

  private constructor(exchange: Exchange, line: Line, random: Random, plan: Plan) {
    this.exchange = exchange;
    this.line = line;
    this.random = random;
    this.plan = plan;
  }

  /** Now and then, to people it knows. */
  static ofPerson(exchange: Exchange, line: Line, perDay: number, random: Random): Texting {
    const { contacts, rhythm } = line.habit;
    return new Texting(exchange, line, random, {
      whom: () => contacts.pick(line, random),
      length: () => lengthOf(random),
      next: (now) => nextArrival(rhythm, perDay, now / SECOND, random) * SECOND,
    });
  }

  /** One after the other, as long as its rhythm allows. */
  static inBulk(exchange: Exchange, line: Line, { perHour, spread, known, length }: Bulk, random: Random): Texting {
    const { contacts, rhythm } = line.habit;
    return new Texting(exchange, line, random, {
      whom: () => (random.chance(known) ? contacts.pick(line, random) : exchange.stranger(random)),
      length: () => length ?? lengthOf(random),
      next: (now) => nextActive(rhythm, now / SECOND + random.logNormal(3600 / perHour, spread)) * SECOND,
    });
  }

  first(start: number): number {
    return this.plan.next(start);
  }

  run(now: number): number {
    const { exchange, line, random, plan } = this;
    const { core } = exchange;
    if (line.registered) {
      const to = plan.whom();
      if (to === line) return plan.next(now);
      const length = plan.length();
      if (core.signalling?.text(line, to, length, now)) return plan.next(now);
      const flow = new Flow(core);
      const text = LETTERS.repeat(Math.ceil(length / LETTERS.length)).slice(0, Math.min(length, 160));
      const body = ['text/plain;charset=UTF-8', text] as const;
      const leg = new Leg(core, line, core.farEnd(to), core.target(to), null, true);
      let time = exchanged(random, flow, leg, true, now, body);
      if (typeof to !== 'string' && to.circuit) {
        core.signalling?.deliver(line.number, to, length, now);
      } else if (typeof to !== 'string' && to.registered && to !== line) {
        time += random.between(20, 900) * MS;
        exchanged(random, flow, new Leg(core, to, core.farEnd(line), '', leg, false), false, time, body);
      }
      flow.sort();
      exchange.queue.push(now, flow);
    }
    return plan.next(now);
  }
}

/** Verification codes that services send to a line of an IP network; those of the circuit-switched one come to its radio part. */
export class Codes implements Task {
  private readonly exchange: Exchange;
  private readonly line: Line;
  private readonly random: Random;
  private readonly perHour: number;

  constructor(exchange: Exchange, line: Line, perHour: number, random: Random) {
    this.exchange = exchange;
    this.line = line;
    this.perHour = perHour;
    this.random = random;
  }

  /** Time of the first after `start`, microseconds. */
  first(start: number): number {
    return start + this.random.exponential(3600 / this.perHour) * SECOND;
  }

  run(now: number): number {
    const { exchange, line, random } = this;
    if (line.registered) {
      const { core } = exchange;
      const flow = new Flow(core);
      const leg = new Leg(core, line, core.farEnd(exchange.stranger(random)), '', null, false);
      const text = `${random.digits(6)} is your code`;
      exchanged(random, flow, leg, false, now, ['text/plain;charset=UTF-8', text]);
      flow.sort();
      exchange.queue.push(now, flow);
    }
    return this.first(now);
  }
}

/** A message and its answer on a leg. @returns when the answer is there */
function exchanged(
  random: Random,
  flow: Flow,
  leg: Leg,
  fromLine: boolean,
  time: number,
  body: readonly [string, string],
): number {
  const of = leg.transaction(fromLine, 'MESSAGE', random);
  const replied = time + (fromLine ? random.between(1, 60) : leg.line.access.roundTrip * random.between(0.9, 1.8)) * MS;
  flow.add(time, leg.line, fromLine, () => leg.request(of, { initial: true, body }));
  flow.add(replied, leg.line, !fromLine, () => leg.response(of, fromLine ? 202 : 200, fromLine ? 'Accepted' : 'OK'));
  return replied;
}

function lengthOf(random: Random): number {
  return Math.max(1, Math.round(random.logNormal(38, 0.8)));
}
