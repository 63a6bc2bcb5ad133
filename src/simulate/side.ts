import type { Device } from './lines/device.ts';
import type { CallLeg } from './sink.ts';
import type { Core } from './sip/core.ts';
import type { Flow } from './sip/flow.ts';
import { type Content, challengeText, credentials, type Leg, type Transaction } from './sip/leg.ts';
import { hex } from './sip/shapes.ts';

export type Status = readonly [status: number, reason: string];

/** How a call goes at one of its two ends: at a line, on SIP or on the A interface, or on a trunk. Times are microseconds. */
export interface CallSide {
  /** Null where nobody knows what it is. */
  readonly device: Device | null;
  /** What captures have to show of the call here. */
  readonly legs: readonly CallLeg[];
  /** The call is placed, or reaches this end; returns when it goes on. */
  offer(time: number): number;
  /** One round trip to the party. */
  trip(): number;
  ring(time: number): void;
  answer(time: number): void;
  refuse(time: number, status: Status): void;
  /** The caller gives up. */
  cancel(time: number, reason: string): void;
  /** @param byLine the party at this end ends the call */
  hangUp(time: number, byLine: boolean): void;
  hold(time: number, media: '' | 'sendonly', version: number): void;
}

const OK: Status = [200, 'OK'];
const MS = 1000;
/** RFC 3261 §17.1.1.1: T1. */
const T1 = 500_000;

/**
 * How a call goes at one leg. The tap is beside the proxy, so what the line answers comes a round trip after what it was asked,
 * what the proxy answers comes at once. Times are microseconds since the epoch.
 */
export class Side implements CallSide {
  readonly leg: Leg;
  private readonly core: Core;
  private readonly asks: boolean;
  private readonly flow: Flow;
  private invite: Transaction;
  private readonly reliable: boolean;
  private readonly challenged: boolean;

  /** @param asks the line is the caller @param challenged it may be asked for credentials */
  constructor(core: Core, leg: Leg, asks: boolean, flow: Flow, challenged = true) {
    this.challenged = challenged;
    this.core = core;
    this.leg = leg;
    this.asks = asks;
    this.flow = flow;
    this.reliable = leg.device.make.radio === true && core.random.chance(core.network.reliable);
    this.invite = leg.transaction(asks, 'INVITE', core.random);
  }

  get device(): Device {
    return this.leg.device;
  }

  get legs(): readonly CallLeg[] {
    return [{ interface: 'sip', direction: this.asks ? 'originating' : 'terminating', named: true }];
  }

  /** One round trip to the line. */
  trip(): number {
    return this.leg.line.access.roundTrip * this.core.random.between(0.85, 1.6) * MS;
  }

  /** INVITE and what answers it at once; returns when an INVITE was taken. */
  offer(time: number): number {
    const { core, leg, asks } = this;
    const { random, network } = core;
    const content: Content = { media: '', initial: true };
    if (asks && this.challenged && random.chance(network.challenge)) {
      const nonce = hex(random, 32);
      this.send(time, this.invite, content);
      const refused = time + this.quick();
      this.answerTo(refused, this.invite, [407, 'Proxy Authentication Required'], {
        challenge: challengeText(leg.line, core.domain, nonce),
      });
      time = refused + this.trip();
      this.send(time, leg.transaction(true, 'ACK', random, this.invite), { initial: true });
      time += leg.line.authDelay * random.between(0.8, 1.3) * MS;
      this.invite = leg.transaction(true, 'INVITE', random);
      content.authorization = credentials(leg.line, core.domain, nonce, `sip:${core.domain}`, random);
    }
    const { invite } = this;
    this.send(time, invite, content);
    const trying = time + this.reply();
    this.answerTo(trying, invite, [100, 'Trying']);
    if (random.chance(network.retransmissions)) {
      this.send(time + T1, invite, content);
      this.answerTo(time + T1 + (trying - time), invite, [100, 'Trying']);
    }
    return time;
  }

  /** 180 or 183, with PRACK and UPDATE where the phones do that (RFC 3262, RFC 3311, RFC 3312). */
  ring(time: number): void {
    const { core, leg, asks, invite } = this;
    const { random, network } = core;
    const early = asks ? network.ringing : '180';
    if (!this.reliable) {
      if (early !== '180') this.answerTo(time, invite, [183, 'Session Progress'], { media: '' });
      if (early !== '183')
        this.answerTo(early === '180' ? time : time + random.between(20, 900) * MS, invite, [180, 'Ringing']);
      return;
    }
    const rseq = random.integer(1, 9000);
    const before = time - 2 * this.trip() - 30 * MS;
    this.answerTo(before, invite, [183, 'Session Progress'], { media: '', rseq });
    const acked = before + this.back();
    const prack = leg.transaction(asks, 'PRACK', random);
    this.exchange(acked, prack, { rack: `${rseq} ${invite.cseq} INVITE` });
    if (random.chance(0.5)) {
      const update = leg.transaction(asks, 'UPDATE', random);
      this.exchange(acked + 10 * MS, update, { media: '', version: 1 }, { media: '', version: 1 });
    }
    this.answerTo(time, invite, [180, 'Ringing']);
  }

  answer(time: number): void {
    const { core, leg, asks, invite } = this;
    this.answerTo(time, invite, OK, { media: '' });
    const acked = time + this.back();
    if (core.random.chance(core.network.retransmissions)) this.answerTo(time + T1, invite, OK, { media: '' });
    this.send(acked, leg.transaction(asks, 'ACK-2xx', core.random, invite), {});
  }

  /** A final response that is no success, and its ACK. */
  refuse(time: number, status: Status): void {
    this.answerTo(time, this.invite, status);
    this.acknowledge(time + this.back());
  }

  cancel(time: number, reason: string): void {
    const cancel = this.leg.transaction(this.asks, 'CANCEL', this.core.random, this.invite);
    this.send(time, cancel, { initial: true, ...(reason === '' ? {} : { reason }) });
    const replied = time + this.reply();
    this.answerTo(replied, cancel, OK);
    this.answerTo(replied + this.core.random.between(0.2, 3) * MS, this.invite, [487, 'Request Terminated']);
    this.acknowledge(replied + 3 * MS + this.back());
  }

  /** @param byLine the line ends the call, not the far end */
  hangUp(time: number, byLine: boolean): void {
    this.exchange(time, this.leg.transaction(byLine, 'BYE', this.core.random), {});
  }

  /** An offer within the call, from the side that placed it (RFC 3264 §8.4). */
  hold(time: number, media: '' | 'sendonly', version: number): void {
    const { leg, asks, core } = this;
    const again = leg.transaction(asks, 'INVITE', core.random);
    this.send(time, again, { media, version });
    const answered = time + this.reply() + core.random.between(5, 60) * MS;
    this.answerTo(answered, again, OK, { media: '' });
    this.send(answered + this.back(), leg.transaction(asks, 'ACK-2xx', core.random, again), {});
  }

  /** A request that is no INVITE, and its 200. */
  private exchange(time: number, of: Transaction, ask: Content, reply: Content = {}): void {
    const replied = time + (of.fromLine ? this.quick() : this.trip());
    this.send(time, of, ask);
    this.answerTo(replied, of, OK, reply);
    if (this.core.random.chance(this.core.network.retransmissions)) {
      this.send(time + T1, of, ask);
      this.answerTo(replied + T1, of, OK, reply);
    }
  }

  private acknowledge(time: number): void {
    const { leg, asks, core, invite } = this;
    this.send(time, leg.transaction(asks, 'ACK', core.random, invite), {});
  }

  /** From a request of the caller to the called side's reply, as the tap sees them. */
  private reply(): number {
    return this.asks ? this.quick() : this.trip();
  }

  /** From a response to what the caller makes of it. */
  private back(): number {
    return this.asks ? this.trip() : this.quick();
  }

  private quick(): number {
    return this.core.random.between(0.4, 6) * MS;
  }

  private send(time: number, of: Transaction, content: Content): void {
    const { leg } = this;
    this.flow.add(time, leg.line, of.fromLine, () => leg.request(of, content));
  }

  private answerTo(time: number, to: Transaction, status: Status, content: Content = {}): void {
    const { leg } = this;
    this.flow.add(time, leg.line, !to.fromLine, () => leg.response(to, status[0], status[1], content));
  }
}
