import type { Random } from '../base/random.ts';
import type { Exchange } from './activity.ts';
import { Flow } from './flow.ts';
import { Leg } from './leg.ts';
import type { Line } from './line.ts';
import type { Task } from './queue.ts';
import { nextArrival } from './rhythm.ts';

const SECOND = 1_000_000;
const MS = 1000;
const LETTERS = 'the quick brown fox jumps over the lazy dog and ';

/** A line's short messages (RFC 3428): to people it knows, delivered to those that are lines here. */
export class Texting implements Task {
  private readonly exchange: Exchange;
  private readonly line: Line;
  private readonly perDay: number;
  private readonly random: Random;

  constructor(exchange: Exchange, line: Line, perDay: number, random: Random) {
    this.exchange = exchange;
    this.line = line;
    this.perDay = perDay;
    this.random = random;
  }

  first(start: number): number {
    return this.next(start);
  }

  run(now: number): number {
    const { exchange, line, random } = this;
    const { core } = exchange;
    if (line.registered) {
      const to = line.habit.contacts.pick(line, random);
      const length = Math.max(1, Math.round(random.logNormal(38, 0.8)));
      if (core.signalling?.text(line, to, length, now)) return this.next(now);
      const flow = new Flow(core);
      const text = LETTERS.repeat(Math.ceil(length / LETTERS.length)).slice(0, Math.min(length, 160));
      const body = ['text/plain;charset=UTF-8', text] as const;
      const leg = new Leg(core, line, core.farEnd(to), core.target(to), null, true);
      let time = this.exchanged(flow, leg, true, now, body);
      if (typeof to !== 'string' && to.circuit) {
        core.signalling?.deliver(line.number, to, length, now);
      } else if (typeof to !== 'string' && to.registered && to !== line) {
        time += random.between(20, 900) * MS;
        this.exchanged(flow, new Leg(core, to, core.farEnd(line), '', leg, false), false, time, body);
      }
      flow.sort();
      exchange.queue.push(now, flow);
    }
    return this.next(now);
  }

  private exchanged(flow: Flow, leg: Leg, fromLine: boolean, time: number, body: readonly [string, string]): number {
    const { random } = this;
    const of = leg.transaction(fromLine, 'MESSAGE', random);
    const replied =
      time + (fromLine ? random.between(1, 60) : leg.line.access.roundTrip * random.between(0.9, 1.8)) * MS;
    flow.add(time, leg.line, fromLine, () => leg.request(of, { initial: true, body }));
    flow.add(replied, leg.line, !fromLine, () => leg.response(of, fromLine ? 202 : 200, fromLine ? 'Accepted' : 'OK'));
    return replied;
  }

  private next(now: number): number {
    return nextArrival(this.line.habit.rhythm, this.perDay, now / SECOND, this.random) * SECOND;
  }
}
