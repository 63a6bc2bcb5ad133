import type { Random } from '../../base/random.ts';
import { type Durations, scaled } from '../draws.ts';
import type { Access } from '../sip/access.ts';
import type { LineSpec, World } from '../world.ts';
import type { Device } from './device.ts';
import type { Habit } from './habit.ts';
import type { Line } from './line.ts';
import { personal } from './rhythm.ts';
import type { Movement } from './whereabouts.ts';

const SECOND = 1_000_000;

/** Talk times of people: a word, a talk, a long one. Seconds. */
export const HUMAN_TALK: Durations = {
  parts: [
    [0.33, 26, 0.75],
    [0.5, 80, 1],
    [0.17, 420, 0.9],
  ],
  least: 0.6,
  most: 14_400,
};

/** Makes one group of lines of a kind: at most `room` of them. */
export type MakeGroup = (world: World, room: number) => void;

/** A person's habit; `changes` says what is different. */
export function person(world: World, changes: Partial<Habit> = {}): Habit {
  const { random, scenario } = world;
  const { population, network } = scenario;
  const answers = (share: number): number => Math.max(0, share + (1 - share) * (1 - population.missed));
  const perDay = Math.min(150, random.logNormal(population.callsPerDay * population.activity, population.spread));
  const burst = random.between(0.1, 0.4);
  return {
    rhythm: personal(world.offset, random),
    // Second attempts and calls returned come on top.
    timing: { mode: 'rate', perDay: 0.75 * perDay, burst },
    contacts: world.contacts(
      Math.min(300, Math.max(3, random.logNormal(20, 0.8))),
      random.between(0.35, 0.8),
      world.stranger,
    ),
    known: random.between(0.65, 0.97),
    repeat: random.between(0.1, 0.4),
    sequential: 0,
    siblings: [],
    siblingShare: 0,
    luck: world.luck(Math.min(0.95, Math.max(0.2, population.answered + 0.1 * random.normal()))),
    talk: scaled(HUMAN_TALK, population.talk * random.logNormal(1, 0.4), population.talkSpread),
    releases: random.between(0.35, 0.75),
    retries: random.between(0.15, 0.5),
    redials: population.redials,
    atOnce: 0,
    callback: random.between(0.15, 0.45),
    missedOnly: true,
    incoming: {
      perDay:
        perDay *
        population.incoming *
        (random.chance(population.seldomCalled) ? random.between(0, 0.15) : random.logNormal(1, 0.9)),
      strangers: random.between(0.1, 0.4),
      friends: 0,
      accomplices: null,
      answer: {
        mode: 'person',
        known: answers(random.between(0.6, 0.92)),
        unknown: answers(random.between(0.3, 0.8)),
        ring: random.logNormal(7 * network.pickUp, 0.3),
        spread: random.between(0.4, 0.75),
      },
      expected: { ring: 5, spread: 0.4 },
      returnsKnown: random.between(0.25, 0.6),
      returnsUnknown: random.between(0.02, 0.25),
    },
    ...changes,
  };
}

/** A phone of the radio network with what surrounds it. */
function mobile(world: World, kind: string, changes: Partial<LineSpec> = {}): LineSpec {
  const { random, scenario, catalogue } = world;
  const device = changes.device ?? catalogue.specimen(catalogue.model('handset'));
  const texts = random.chance(scenario.population.messages) ? random.logNormal(2.5, 1) : 0;
  return {
    kind,
    device,
    access: changes.access ?? world.alone('mobile', device),
    habit: changes.habit ?? person(world),
    movement: random.chance(scenario.network.accessInfo) ? world.movement(false) : null,
    textsPerDay: texts,
    ...changes,
  };
}

function addListed(world: World, spec: LineSpec): Line {
  const line = world.add(spec);
  world.list(line);
  return line;
}

/** Time within the run, drawn from its middle. */
function sometime(world: World, random: Random): number {
  return world.start + random.between(0.05, 0.95) * world.scenario.hours * 3600 * SECOND;
}

export const personGroup: MakeGroup = (world) => {
  addListed(world, mobile(world, 'person'));
};

/** The kinds of people among the hard negatives: see the population's parameters. */
export const PEOPLE: Readonly<Record<string, MakeGroup>> = {
  fixedLine: (world) => {
    const { catalogue } = world;
    const device = catalogue.wired(catalogue.make('adapter'));
    const access = world.alone('home', device);
    addListed(world, {
      kind: 'fixedLine',
      device,
      access,
      habit: person(world),
      movement: null,
      fixed: world.random.chance(0.6),
    });
  },

  softphone: (world) => {
    const { catalogue, random } = world;
    const device = catalogue.wired(catalogue.make('softphone'));
    const access = world.alone(random.pick(['home', 'home', 'carrierNat', 'office']), device);
    addListed(world, {
      kind: 'softphone',
      device,
      access,
      habit: person(world),
      movement: null,
      restartsPerDay: random.logNormal(1.5, 0.8),
    });
  },

  stayAtHome: (world) => {
    addListed(world, mobile(world, 'stayAtHome', { movement: world.movement(true) }));
  },

  dormitory: (world, room) => {
    const { random, catalogue } = world;
    const size = Math.min(room, random.integer(6, 60));
    const wifi = random.chance(0.6);
    const site = world.site('home', true);
    const shared: Partial<Movement> = { ...world.movement(true), wifi: wifi ? 1 : 0 };
    for (let i = 0; i < size; i++) {
      const soft = wifi && random.chance(0.4);
      const device: Device = soft
        ? catalogue.wired(catalogue.make('softphone'))
        : catalogue.specimen(catalogue.model('handset'));
      const access: Access = wifi ? site.access(world.port(device), i) : world.alone('mobile', device);
      addListed(world, mobile(world, 'dormitory', { device, access, movement: world.movement(true, shared) }));
    }
  },

  dualSim: (world, room) => {
    const { catalogue, random } = world;
    const device = catalogue.specimen(catalogue.model('handset'));
    const movement = random.chance(world.scenario.network.accessInfo) ? world.movement(false) : null;
    addListed(world, mobile(world, 'dualSim', { device, movement }));
    if (room < 2) return;
    const serial = (Number(device.imei.slice(8)) + random.integer(1, 9)) % 1_000_000;
    const second =
      device.imei === ''
        ? device.withImei('')
        : device.withImei(device.imei.slice(0, 8) + String(serial).padStart(6, '0'));
    const habit = person(world);
    if (habit.timing.mode === 'rate') habit.timing.perDay *= random.between(0.05, 0.8);
    addListed(world, mobile(world, 'dualSim', { device: second, movement, habit }));
  },

  phoneChange: (world, room) => {
    const { random, catalogue } = world;
    const line = addListed(world, mobile(world, 'phoneChange'));
    const old = line.device;
    const swap = random.chance(0.2) && old.imei !== '';
    // A swap under warranty keeps the model; most people buy another one, and some give theirs to somebody.
    const device = swap
      ? old.withImei(old.imei.slice(0, 8) + random.digits(6))
      : catalogue.specimen(catalogue.model('handset'));
    const off = random.logNormal(600, 1);
    world.change(line, sometime(world, random), (now) =>
      line.device === device ? null : { device, off, again: now + 1e15 },
    );
    if (swap || room < 2 || !random.chance(0.4)) return;
    const heir = addListed(world, mobile(world, 'phoneChange'));
    world.change(heir, sometime(world, random), (now) => {
      // Not before its owner is done with it.
      if (line.device === old) return { device: heir.device, off: 60, again: now + 3600 * SECOND };
      return heir.device === old ? null : { device: old, off, again: now + 1e15 };
    });
  },

  handsetShop: (world) => {
    const { random, catalogue } = world;
    const line = addListed(world, mobile(world, 'handsetShop', { movement: world.movement(true) }));
    const every = random.logNormal(5400, 0.8);
    world.change(line, world.start + random.exponential(every) * SECOND, (now) => ({
      device: catalogue.specimen(catalogue.model('handset')),
      off: random.logNormal(240, 0.8),
      again: now + (300 + random.exponential(every)) * SECOND,
    }));
  },

  fixedWireless: (world, room) => {
    const { aside, catalogue } = world;
    // A village gets its phones from one crate.
    const next = catalogue.fleet(catalogue.model('module'), 0.5, aside);
    const cells = Array.from({ length: aside.integer(1, 4) }, () => world.cell());
    for (let left = aside.chance(0.3) ? Math.min(room, aside.integer(3, 20)) : 1; left > 0; left--) {
      const movement = world.movement(true, { wifi: 0, ...(left > 1 ? { home: aside.pick(cells) } : {}) });
      addListed(world, mobile(world, 'fixedWireless', { device: next(), movement, textsPerDay: 0 }));
    }
  },

  idle: (world) => {
    const { random, catalogue } = world;
    const habit = person(world);
    habit.timing = { mode: 'rate', perDay: random.between(0.02, 0.4), burst: 0 };
    habit.incoming.perDay = random.between(0, 0.4);
    const kind = random.chance(0.6) ? 'handset' : 'module';
    const device = catalogue.specimen(catalogue.model(kind));
    world.add(mobile(world, 'idle', { device, habit, textsPerDay: 0, movement: world.movement(random.chance(0.6)) }));
  },
};
