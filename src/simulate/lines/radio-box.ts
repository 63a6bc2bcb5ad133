import { Random } from '../../base/random.ts';
import type { GatewayValues } from '../box-parameters.ts';
import type { Registration } from '../sip/registration.ts';
import { hex } from '../sip/shapes.ts';
import type { RadioValues } from '../ss7/parameters.ts';
import type { RadioPlan } from '../ss7/signalling.ts';
import type { World } from '../world.ts';
import { tac } from './catalogue.ts';
import type { Device } from './device.ts';
import type { Line } from './line.ts';
import type { Cell, Movement } from './whereabouts.ts';

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const NEVER = Number.POSITIVE_INFINITY;
/** Seconds that a box waits for calls to end before it restarts without them. */
const DRAIN = 1800;

/** A radio part of a box, and the SIM that works in it. */
interface Modem {
  device: Device;
  /** Type allocation code of the part itself. */
  tac: string;
  imei: string;
  /** When it got that, microseconds. */
  since: number;
  movement: Movement;
  sims: number[];
  active: number;
}

/** The radio side of a box: its modems, the SIMs that take turns in them, where they are, and when all is switched on and off. */
export class RadioBox {
  private readonly world: World;
  private readonly box: GatewayValues;
  private readonly radio: RadioValues;
  private readonly random: Random;
  private readonly modems: Modem[];
  /** IMEIs that go with the SIMs. */
  private readonly listed: string[];
  private readonly sites: readonly Cell[];
  private lines: readonly Line[] = [];
  /** It is off or about to be. */
  private down: boolean;

  /** @param devices how each line looks on SIP */
  constructor(world: World, box: GatewayValues, radio: RadioValues, index: number, devices: readonly Device[]) {
    this.world = world;
    this.box = box;
    this.radio = radio;
    const { catalogue, scenario } = world;
    const random = new Random(scenario.seed, `box ${index} radio side`);
    this.random = random;
    this.sites = this.near(radio.cells === 'few' ? random.integer(2, 4) : random.integer(3, 8));
    const handsets = radio.modems === 'handsets';
    const tacs = Array.from({ length: radio.modems === 'several' ? random.integer(2, 4) : 1 }, () =>
      random.pick(catalogue.model('module').tacs),
    );
    const first = random.chance(0.4) ? random.integer(0, 999_000) : null;
    const wifiNode = hex(random, 12);
    this.modems = Array.from({ length: Math.ceil(box.lines / radio.simsPerModem) }, (_, modem) => {
      const code = handsets ? '' : random.pick(tacs);
      const device = handsets ? catalogue.specimen(catalogue.model('handset')) : devices[modem]!;
      const serial = first === null ? random.digits(6) : String(first + modem).padStart(6, '0');
      return {
        device,
        tac: code,
        imei: box.imei === 'random' ? tac(random) + random.digits(6) : code + serial,
        since: world.start,
        movement: this.movement(wifiNode),
        sims: [],
        active: modem,
      };
    });
    for (let sim = 0; sim < box.lines; sim++) this.modems[sim % this.modems.length]!.sims.push(sim);
    this.listed = Array.from(
      { length: box.lines },
      () => random.pick(catalogue.model('handset').tacs) + random.digits(6),
    );
    this.down = radio.powerOn > 0;
  }

  /** The modem that a line is in, by number. */
  modemOf(sim: number): number {
    return sim % this.modems.length;
  }

  /** What a line is in its modem, now. */
  device(sim: number): Device {
    const { device, imei } = this.modems[this.modemOf(sim)]!;
    if (this.radio.modems === 'handsets' || this.box.imei === 'none') return device;
    return device.withImei(this.box.imei === 'list' ? this.listed[sim]! : imei);
  }

  movementOf(sim: number): Movement {
    return this.modems[this.modemOf(sim)]!.movement;
  }

  isOff(sim: number): boolean {
    return this.down || this.modems[this.modemOf(sim)]!.active !== sim;
  }

  /** What the circuit-switched network sees of a line; null: nothing. @param codes that it gets an hour */
  plan(sim: number, codes: number): RadioPlan | null {
    const { radio, box, random } = this;
    if (radio.wifi) return null;
    const modem = this.modems[this.modemOf(sim)]!;
    // Cards on the move are in another place than their neighbours in the modem were.
    const movement = radio.cells === 'commute' ? this.movement('') : modem.movement;
    return {
      movement,
      ...(radio.modems === 'handsets' ? {} : { imei: () => modem.imei, modem: modem.tac }),
      simDelay: box.simDelay * random.between(0.8, 1.25),
      textsInPerDay: codes > 0 ? 24 * codes : radio.textsInPerDay + radio.notices,
      balanceHours: radio.balanceHours,
      detaches: radio.detaches,
    };
  }

  /** Begins what goes on in it. @param lines by number */
  start(lines: readonly Line[]): void {
    this.lines = lines;
    const { world, radio, random, box } = this;
    const { queue, start, scenario } = world;
    if (this.down) {
      const on = start + Math.min(radio.powerOn, scenario.hours / 2) * HOUR;
      queue.push(on, { run: (now) => this.switchOn(now) });
    }
    if (radio.restarts > 0) this.restarts();
    const rotates = radio.simsPerModem > 1;
    const together = random.chance(0.4) ? random.next() : null;
    for (const [index, modem] of this.modems.entries()) {
      if (rotates) {
        const first = start + (together ?? random.next()) * radio.simHours * HOUR + index * radio.stagger * SECOND;
        queue.push(first, { run: (now) => this.rotate(modem, now) });
      } else if (box.imei === 'timer' || box.imei === 'random') {
        const first = start + (together ?? random.next()) * box.imeiPeriod * HOUR;
        queue.push(first, { run: (now) => this.change(modem, now) });
      }
    }
  }

  /** The next SIM of a modem takes over. @returns when to look again */
  private rotate(modem: Modem, now: number): number {
    const { radio, random, box } = this;
    const line = this.lines[modem.active]!;
    if (this.down || line.calls > 0 || !line.registered) return now + 20 * SECOND;
    const changes = box.imei === 'timer' || box.imei === 'random';
    if (changes && now - modem.since >= box.imeiPeriod * HOUR) this.renew(modem, now);
    this.registration(modem.active).sleep(now, random.chance(0.5));
    modem.active = modem.sims[(modem.sims.indexOf(modem.active) + 1) % modem.sims.length]!;
    const gap = random.between(3, 40);
    this.registration(modem.active).wake(now, this.device(modem.active), gap);
    return now + radio.simHours * random.between(0.9, 1.1) * HOUR;
  }

  /** A modem gets another IMEI and comes back. @returns when to do so again */
  private change(modem: Modem, now: number): number {
    const { random, box } = this;
    const line = this.lines[modem.active]!;
    if (this.down || line.calls > 0 || !line.registered) return now + 20 * SECOND;
    this.renew(modem, now);
    const off = random.between(2, 90);
    this.registration(modem.active).restart(now, this.device(modem.active), off, random.chance(0.5));
    return now + Math.max(60, box.imeiPeriod * 3600 * (1 + box.imeiJitter * random.normal())) * SECOND;
  }

  private renew(modem: Modem, now: number): void {
    const { random, box } = this;
    modem.imei = (box.imei === 'timer' ? modem.imei.slice(0, 8) : tac(random)) + random.digits(6);
    modem.since = now;
  }

  /** All of it goes off when calls let it, and comes back some time later. */
  private restarts(): void {
    const { world, radio, random } = this;
    const between = (): number => random.exponential(86_400 / radio.restarts) * SECOND;
    let drained = 0;
    world.queue.push(world.start + between(), {
      run: (now) => {
        if (drained === 0) {
          if (this.down) return now + between();
          this.down = true;
          drained = now + DRAIN * SECOND;
        }
        let busy = false;
        for (const { active } of this.modems) {
          const line = this.lines[active]!;
          // Who talks places no other call, and goes off afterwards.
          line.capacity = 0;
          if (line.calls > 0) busy = true;
          else if (line.registered) this.registration(active).sleep(now, random.chance(0.5));
        }
        if (busy && now < drained) return now + SECOND;
        drained = 0;
        const off = random.logNormal(45, 1) * SECOND;
        world.queue.push(now + off, { run: (later) => this.switchOn(later) });
        return now + off + between();
      },
    });
  }

  /** Modem after modem comes on. */
  private switchOn(now: number): number {
    this.down = false;
    for (const [index, { active }] of this.modems.entries()) {
      const line = this.lines[active]!;
      line.capacity = 1;
      if (!line.registered) this.registration(active).wake(now, this.device(active), 2 + index * this.radio.stagger);
    }
    return NEVER;
  }

  private registration(sim: number): Registration {
    return this.world.registrations.get(this.lines[sim]!)!;
  }

  private movement(wifiNode: string): Movement {
    const { world, radio, random, sites, box } = this;
    const home = sites[0]!;
    const { locked } = box;
    if (radio.wifi) return world.movement(true, { home, wifi: 1, wifiNode });
    switch (radio.cells) {
      case 'one':
        return world.movement(true, { home, wifi: 0, locked });
      case 'few':
        return world.movement(true, { home: random.pick(sites), wifi: 0, locked });
      case 'poll':
        return world.movement(true, {
          home,
          wifi: 0,
          locked,
          walk: { cells: sites, seconds: radio.cellPeriod * 60 * random.between(0.95, 1.05) },
        });
      default: {
        const away = random.between(0.02, 0.4);
        const [from, work] = [random.pick(sites), random.pick(sites)];
        return world.movement(false, {
          home: from,
          work,
          others: sites,
          atWork: random.between(0.2, 0.9),
          away,
          wifi: 0,
        });
      }
    }
  }

  /** So many cells beside each other. */
  private near(count: number): Cell[] {
    const { cells } = this.world;
    const first = this.random.integer(0, Math.max(0, cells.length - count));
    return cells.slice(first, first + count);
  }
}
