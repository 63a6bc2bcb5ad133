import { Random } from '../base/random.ts';
import { logUniform } from './draws.ts';
import { type AccountUse, PLAIN_ACCOUNT } from './lines/accounts.ts';
import { Exchange, FromOutside, Outgoing } from './lines/activity.ts';
import type { Catalogue } from './lines/catalogue.ts';
import { ContactBook, type MakeParty } from './lines/contacts.ts';
import type { Device } from './lines/device.ts';
import type { Habit, Luck } from './lines/habit.ts';
import type { Line, Party } from './lines/line.ts';
import { type Bulk, Codes, Texting } from './lines/texting.ts';
import { type Cell, type Movement, Whereabouts } from './lines/whereabouts.ts';
import type { TaskQueue } from './queue.ts';
import type { DrawnScenario } from './scenario.ts';
import type { Access, AddressPlan, Place } from './sip/access.ts';
import { Site } from './sip/access.ts';
import type { Core } from './sip/core.ts';
import { DeviceChanges, KeepAlives, Registration, Restarts } from './sip/registration.ts';
import { expand, hex } from './sip/shapes.ts';
import type { RadioPlan } from './ss7/signalling.ts';

const SECOND = 1_000_000;

/** What a new line is, beyond what the network gives it. */
export interface LineSpec {
  kind: string;
  device: Device;
  access: Access;
  habit: Habit;
  /** null: the device says nothing of where it is. */
  movement: Movement | null;
  box?: number;
  fixed?: boolean;
  /** Milliseconds added to an authentication. */
  authExtra?: number;
  restartsPerDay?: number;
  /** Microseconds at which its registration is first refreshed; at random where left out. */
  refresh?: number;
  textsPerDay?: number;
  bulk?: Bulk;
  /** Verification codes an hour that it gets. */
  codes?: number;
  /** Where the network has a circuit-switched side: what its radio part does, if it has one; null: it has none, whatever the device is. */
  radio?: RadioPlan | null;
  /** It is off at first. */
  off?: boolean;
  /** The line whose registration serves for it too: a company's exchange registers once, for a block of numbers. */
  behind?: Line;
  account?: AccountUse;
}

/** The next device of a line, seconds it is off meanwhile, and when (microseconds) to change again. */
export type NextDevice = (now: number) => { device: Device; off: number; again: number } | null;

/** Everything a line is made from, and all lines that were. */
export class World {
  readonly scenario: DrawnScenario;
  readonly core: Core;
  readonly queue: TaskQueue;
  readonly exchange: Exchange;
  readonly catalogue: Catalogue;
  readonly plan: AddressPlan;
  readonly cells: readonly Cell[];
  readonly random: Random;
  /** Draws of what few groups do: nothing of all else hangs on them. */
  readonly aside: Random;
  readonly lines: Line[] = [];
  /** Those whose work is short messages: they send them in bulk, or get codes. */
  readonly texters: Line[] = [];
  /** Local time from UTC, seconds. */
  readonly offset: number;
  /** Microseconds since the epoch. */
  readonly start: number;
  readonly registrations = new Map<Line, Registration>();
  /** Lines that people have in their contacts. */
  private readonly listed: Line[] = [];

  constructor(
    scenario: DrawnScenario,
    offset: number,
    parts: Pick<World, 'core' | 'queue' | 'catalogue' | 'plan' | 'cells' | 'random'>,
    report: ConstructorParameters<typeof Exchange>[4],
  ) {
    this.scenario = scenario;
    this.offset = offset;
    this.core = parts.core;
    this.queue = parts.queue;
    this.catalogue = parts.catalogue;
    this.plan = parts.plan;
    this.cells = parts.cells;
    this.random = parts.random;
    this.aside = new Random(scenario.seed, 'aside');
    this.start = Date.parse(scenario.start) * 1000;
    const end = this.start + scenario.hours * 3600 * SECOND;
    this.exchange = new Exchange(this.core, this.queue, this.stranger, end, report);
  }

  /** A counterpart that the caller does not know yet: the same for everybody. */
  readonly stranger: MakeParty = (random) => {
    const { inside, abroad } = this.scenario.population;
    if (this.listed.length > 0 && random.chance(inside)) return random.pick(this.listed);
    return this.core.numbering.outside(random, abroad, 0.15);
  };

  contacts(size: number, concentration: number, make: MakeParty = this.stranger): ContactBook {
    return new ContactBook(size, concentration, make);
  }

  site(place: Place, shared: boolean): Site {
    return new Site(this.plan, place, shared, this.random);
  }

  /** Access of a device that shares its address with nobody. */
  alone(place: Place, device: Device): Access {
    return this.site(place, false).access(this.port(device), this.random.integer(0, 249));
  }

  port(device: Device): number {
    return Number(expand(device.make.port, this.random));
  }

  cell(): Cell {
    return this.random.pick(this.cells);
  }

  /** Somebody who goes about, unless `fixed` to one cell. */
  movement(fixed: boolean, changes: Partial<Movement> = {}): Movement {
    const { random } = this;
    const { outings } = this.scenario.population;
    const home = this.cell();
    // Many people hardly move.
    const stays = fixed || random.chance(0.25);
    return {
      home,
      work: random.chance(0.6) ? this.cell() : home,
      others: fixed
        ? []
        : Array.from({ length: random.integer(1, Math.max(1, Math.round(8 * outings))) }, () => this.cell()),
      atWork: stays ? 0 : random.between(0, 0.9),
      away: fixed ? 0 : stays ? random.between(0, 0.03) : Math.min(0.9, random.between(0.02, 0.4) * outings),
      wifi: random.chance(0.3) ? random.between(0.2, 1) : 0,
      wifiNode: hex(random, 12),
      radio: random.pick(['3GPP-E-UTRAN-FDD', '3GPP-E-UTRAN-FDD', '3GPP-E-UTRAN-TDD', '3GPP-NR-FDD']),
      ...changes,
    };
  }

  /** How calls end that nobody answers; desks and boxes have their own ways. @param failed share to numbers that nobody has */
  ways(failed = this.random.between(0.06, 0.2)): Omit<Luck, 'answered'> {
    const { random } = this;
    const parts = [0.34, 0.34, 0.25, 0.07].map((part) => part * logUniform(random, 0.4, 2));
    const sum = parts.reduce((total, part) => total + part, 0);
    const [noAnswer, cancelled, busy, rejected] = parts.map((part) => (part / sum) * (1 - failed));
    return { noAnswer: noAnswer!, cancelled: cancelled!, busy: busy!, rejected: rejected!, failed };
  }

  /** What becomes of calls to outside numbers, given the share that is answered. */
  luck(answered: number, ways = this.ways()): Luck {
    const rest = 1 - answered;
    return {
      answered,
      noAnswer: rest * ways.noAnswer,
      cancelled: rest * ways.cancelled,
      busy: rest * ways.busy,
      rejected: rest * ways.rejected,
      failed: rest * ways.failed,
    };
  }

  /** Makes a line, registers it and starts what it does. */
  add(spec: LineSpec): Line {
    const { core, random, scenario, queue, start } = this;
    const { network } = scenario;
    const { behind } = spec;
    const number =
      behind === undefined
        ? core.numbering.own(random, spec.fixed === true)
        : core.numbering.near(behind.number, core.apart);
    const imsi = `${scenario.mcc}${scenario.mnc}${random.digits(15 - scenario.mcc.length - scenario.mnc.length)}`;
    const radio = spec.device.make.radio === true;
    const user = core.user(number);
    const address = `sip:${user}@${core.domain}`;
    const realm = `ims.mnc${scenario.mnc.padStart(3, '0')}.mcc${scenario.mcc}.3gppnetwork.org`;
    const aka = radio && random.chance(network.akaShare);
    const line: Line = {
      index: this.lines.length,
      number,
      imsi,
      kind: spec.kind,
      box: spec.box ?? -1,
      device: spec.device,
      access: spec.access,
      proxy: behind?.proxy ?? random.pick(core.proxies),
      tcp: spec.account?.delivered ? false : (behind?.tcp ?? random.chance(network.tcp)),
      address,
      registers: radio && network.identity === 'imsi' ? `sip:${imsi}@${realm}` : address,
      userName: behind?.userName ?? (radio ? `${imsi}@${realm}` : user),
      aka,
      authDelay: (aka ? random.logNormal(130, 0.5) : random.logNormal(9, 0.9)) + (spec.authExtra ?? 0),
      whereabouts: new Whereabouts(
        radio && spec.movement !== null ? spec.movement : null,
        scenario.mcc + scenario.mnc,
        this.offset,
        random,
      ),
      habit: spec.habit,
      account: spec.account ?? PLAIN_ACCOUNT,
      circuit: false,
      registered: spec.off !== true,
      calls: 0,
      capacity: 1,
    };
    this.lines.push(line);
    const { signalling } = core;
    if (signalling !== null) {
      // A line of a box on Wi-Fi calling has no radio part.
      const mobile = spec.radio !== null && (radio || spec.radio !== undefined);
      line.circuit = mobile && (line.box >= 0 || signalling.context.random.chance(scenario.ss7.circuit));
      signalling.add(line, mobile, radio ? spec.movement : null, spec.radio ?? {});
    }
    const registration = new Registration(core, queue, line, random);
    this.registrations.set(line, registration);
    if (spec.off !== true && behind === undefined)
      registration.startAt(spec.refresh ?? start + random.next() * registration.period * SECOND);
    const restarts = spec.restartsPerDay ?? (radio ? random.logNormal(0.5, 1) : random.logNormal(0.05, 1));
    if (restarts > 0 && behind === undefined) {
      const task = new Restarts(line, registration, restarts, random);
      queue.push(task.first(start), task);
    }
    const { keepAlive } = spec.device.make;
    if (spec.access.nat && random.chance(network.keepAlive) && !line.circuit && behind === undefined) {
      const every = keepAlive ?? random.pick([15, 20, 25, 30, 30, 45, 60]);
      queue.push(start + random.next() * every * SECOND, new KeepAlives(core, line, every));
    }
    const outgoing = new Outgoing(this.exchange, line, random);
    queue.push(outgoing.first(start), outgoing);
    if (spec.habit.incoming.perDay > 0) {
      const incoming = new FromOutside(this.exchange, line, random);
      queue.push(incoming.first(start), incoming);
    }
    if (spec.textsPerDay !== undefined && spec.textsPerDay > 0) {
      const texting = Texting.ofPerson(this.exchange, line, spec.textsPerDay, random);
      queue.push(texting.first(start), texting);
    }
    if (spec.bulk !== undefined) {
      const texting = Texting.inBulk(this.exchange, line, spec.bulk, new Random(scenario.seed, `bulk ${line.index}`));
      queue.push(texting.first(start), texting);
      this.texters.push(line);
    }
    if (spec.codes !== undefined && spec.codes > 0) {
      if (!line.circuit) {
        const codes = new Codes(this.exchange, line, spec.codes, new Random(scenario.seed, `codes ${line.index}`));
        queue.push(codes.first(start), codes);
      }
      this.texters.push(line);
    }
    return line;
  }

  /** Puts a line where others may have it among their contacts. */
  list(line: Line): void {
    this.listed.push(line);
  }

  /** The line gets another device at `first` (microseconds), and again when that says so. */
  change(line: Line, first: number, next: NextDevice): void {
    this.queue.push(first, new DeviceChanges(line, this.registrations.get(line)!, next, this.random));
  }

  /** Makes numbers from a short list of its own. */
  few(count: number): MakeParty {
    const numbers: Party[] = Array.from({ length: count }, () => this.stranger(this.random));
    return (random) => random.pick(numbers);
  }
}
