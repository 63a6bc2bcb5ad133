import type { Random } from '../../base/random.ts';
import type { Device } from '../lines/device.ts';
import type { Line } from '../lines/line.ts';
import type { Task, TaskQueue } from '../queue.ts';
import type { Core } from './core.ts';
import { Flow } from './flow.ts';
import { challengeText, credentials } from './leg.ts';
import { Field, fields, render } from './render.ts';
import { hex } from './shapes.ts';

const MS = 1000;
const SECOND = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;

/** A line's registration (RFC 3261 §10): refreshed before it ends, given up and begun anew when its device restarts. */
export class Registration {
  private readonly core: Core;
  private readonly queue: TaskQueue;
  private readonly line: Line;
  private readonly random: Random;
  private readonly share: number;
  private callId = '';
  private tag = '';
  private cseq = 1;
  private nonce = '';
  /** Restarts so far: what was planned before the last one is void. */
  private life = 0;
  /** Whether the line has a registration of its own. */
  private isOwn = false;

  constructor(core: Core, queue: TaskQueue, line: Line, random: Random) {
    this.core = core;
    this.queue = queue;
    this.line = line;
    this.random = random;
    this.share = random.pick([0.5, 0.5, 0.8, 0.9, random.between(0.45, 0.95)]);
    this.begin();
  }

  /** Seconds between refreshes. */
  get period(): number {
    const granted = this.granted();
    return Math.max(15, granted > 1200 && this.line.device.make.radio ? granted - 600 : granted * this.share);
  }

  /** Whether the line is registered, by itself. */
  get isOn(): boolean {
    return this.isOwn && this.line.registered;
  }

  /** Refreshes from `time` on (microseconds), until the next restart. */
  startAt(time: number): void {
    const { life } = this;
    this.isOwn = true;
    const task: Task = {
      run: (now) => {
        if (life !== this.life) return NEVER;
        const { line } = this;
        line.registered = true;
        this.core.signalling?.on(line, now);
        if (line.circuit) return NEVER;
        this.register(now, false);
        const spread = this.core.network.refreshSpread;
        return now + this.period * this.random.between(1 - spread, 1 + spread) * SECOND;
      },
    };
    this.queue.push(time, task);
  }

  /**
   * The device goes off now and comes back, the same or another.
   *
   * @param off seconds between @param says it takes its leave with a registration of no time
   */
  restart(now: number, device: Device, off: number, says: boolean): void {
    this.sleep(now, says);
    this.wake(now, device, off);
  }

  /** The device goes off now. @param says it takes its leave */
  sleep(now: number, says: boolean): void {
    const { line } = this;
    this.life++;
    if (says && line.registered && !line.circuit) this.register(now, true);
    line.registered = false;
    this.core.signalling?.off(line, now, says);
  }

  /** It comes back as `device`, some seconds after `now`, two at least. */
  wake(now: number, device: Device, seconds: number): void {
    this.queue.push(now + SECOND, {
      run: () => {
        this.line.device = device;
        this.begin();
        return NEVER;
      },
    });
    this.startAt(now + Math.max(2, seconds) * SECOND);
  }

  /** What a device does anew when it starts: Call-ID, tag and count. */
  private begin(): void {
    const { random, line } = this;
    this.callId = line.device.callId(random, line.access.ownAddress);
    this.tag = line.device.tag(random);
    this.cseq = random.pick([1, 1, 1, 2, 100, 101, random.integer(1, 9999)]);
    this.nonce = '';
  }

  private granted(): number {
    const { natExpires } = this.core.network;
    const { expires } = this.line.device;
    return this.line.access.nat && natExpires > 0 ? Math.min(expires, natExpires) : expires;
  }

  /** One registration: challenged, unless the last credentials still hold. */
  private register(now: number, leaves: boolean): void {
    const { core, line, random } = this;
    const flow = new Flow(core);
    const again = random.chance(core.network.retransmissions);
    const reuses = this.nonce !== '' && random.chance(core.network.nonceReuse);
    const uri = `sip:${core.domain}`;
    let time = now;
    const ask = (authorization: string) => {
      const request = this.request(this.cseq++, authorization, leaves);
      flow.add(time, line, true, () => request.text());
      if (again) flow.add(time + SECOND / 2, line, true, () => request.text());
      return request;
    };
    if (!reuses) {
      const before = this.nonce === '' ? '' : credentials(line, core.domain, this.nonce, uri, random);
      const first = ask(before);
      this.nonce = hex(random, 32);
      const { nonce } = this;
      time += random.between(0.6, 9) * MS;
      flow.add(time, line, false, () => first.reply(401, 'Unauthorized', challengeText(line, core.domain, nonce)));
      time += (line.access.roundTrip * random.between(0.85, 1.6) + line.authDelay * random.between(0.7, 1.5)) * MS;
    }
    const authorised = ask(credentials(line, core.domain, this.nonce, uri, random));
    time += random.between(1, 25) * MS;
    flow.add(time, line, false, () => authorised.reply(200, 'OK', ''));
    flow.sort();
    if (core.showsRegistrations) this.queue.push(now, flow);
  }

  private request(cseq: number, authorization: string, leaves: boolean) {
    const { core, line, random, tag, callId } = this;
    const { device, access, proxy } = line;
    const transport = line.tcp ? 'TCP' : 'UDP';
    const via = `SIP/2.0/${transport} ${access.ownAddress}:${access.ownPort};branch=${device.branch(random)};rport`;
    const user = line.registers.slice(4, line.registers.indexOf('@'));
    const address = `<sip:${user}@${access.ownAddress}:${access.ownPort}${line.tcp ? ';transport=tcp' : ''}>`;
    const contact = `${address}${device.instance}`;
    const expires = leaves ? 0 : device.expires;
    const granted = leaves ? 0 : this.granted();
    const toTag = hex(random, 8);
    const common = (to: string) => {
      fields[Field.from] = `<${line.registers}>;tag=${tag}`;
      fields[Field.to] = to;
      fields[Field.callId] = callId;
      fields[Field.cseq] = `${cseq} REGISTER`;
    };
    return {
      text: () => {
        common(`<${line.registers}>`);
        fields[Field.via] = via;
        fields[Field.maxForwards] = '70';
        fields[Field.contact] = contact;
        fields[Field.expires] = String(expires);
        fields[Field.authorization] = authorization;
        device.describe(true, true);
        if (device.make.radio) fields[Field.accessInfo] = line.whereabouts.accessInfo(core.now);
        return render(device.style, `REGISTER sip:${core.domain} SIP/2.0`, '');
      },
      reply: (status: number, reason: string, challenge: string) => {
        common(`<${line.registers}>;tag=${toTag}`);
        fields[Field.via] = access.nat ? `${via}=${access.port};received=${access.address}` : via.slice(0, -6);
        fields[Field.wwwAuthenticate] = challenge;
        if (proxy.server !== '') fields[Field.server] = proxy.server;
        if (status === 200) {
          if (!leaves) fields[Field.contact] = `${contact};expires=${granted}`;
          fields[Field.expires] = String(granted);
          if (device.make.radio) {
            fields[Field.associatedUri] = `<${line.address}>, <tel:+${line.number}>`;
            fields[Field.serviceRoute] = proxy.recordRoute;
          }
        }
        return render(proxy.style, `SIP/2.0 ${status} ${reason}`, '');
      },
    };
  }
}

/** Restarts of a line now and then: flat batteries, reboots, no coverage. */
export class Restarts implements Task {
  private readonly line: Line;
  private readonly registration: Registration;
  private readonly perDay: number;
  private readonly random: Random;

  constructor(line: Line, registration: Registration, perDay: number, random: Random) {
    this.line = line;
    this.registration = registration;
    this.perDay = perDay;
    this.random = random;
  }

  first(start: number): number {
    return start + this.random.exponential(86_400 / this.perDay) * SECOND;
  }

  run(now: number): number {
    const { line, random } = this;
    if (line.calls > 0) return now + 300 * SECOND;
    const off = Math.min(30_000, random.logNormal(150, 1.6));
    this.registration.restart(now, line.device, off, random.chance(0.5));
    return now + (off + random.exponential(86_400 / this.perDay)) * SECOND;
  }
}

/** A line whose device shows another IMEI, or is another one, at times of its own. */
export class DeviceChanges implements Task {
  private readonly line: Line;
  private readonly registration: Registration;
  private readonly next: (now: number) => { device: Device; off: number; again: number } | null;
  private readonly random: Random;

  /** @param next the new device, seconds it is off meanwhile, and when to change again (microseconds) */
  constructor(
    line: Line,
    registration: Registration,
    next: (now: number) => { device: Device; off: number; again: number } | null,
    random: Random,
  ) {
    this.line = line;
    this.registration = registration;
    this.next = next;
    this.random = random;
  }

  run(now: number): number {
    // Nobody changes the SIM during a call.
    if (this.line.calls > 0) return now + 20 * SECOND;
    const change = this.next(now);
    if (change === null) return NEVER;
    this.registration.restart(now, change.device, change.off, this.random.chance(0.5));
    return change.again;
  }
}

/** Keep-alives of a line (RFC 5626 §4.4.1). */
export class KeepAlives implements Task {
  private readonly core: Core;
  private readonly line: Line;
  private readonly every: number;

  /** @param every seconds */
  constructor(core: Core, line: Line, every: number) {
    this.core = core;
    this.line = line;
    this.every = every;
  }

  run(now: number): number {
    this.core.now = now;
    if (this.line.registered && this.core.shows(this.line)) this.core.send(this.line, true, '\r\n\r\n');
    return now + this.every * SECOND;
  }
}
