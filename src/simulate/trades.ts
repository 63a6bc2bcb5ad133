import type { Access } from './access.ts';
import { type AccountUse, companyAccounts } from './accounts.ts';
import type { ContactBook } from './contacts.ts';
import type { Device } from './device.ts';
import { type Durations, logUniform, scaled } from './draws.ts';
import type { Habit } from './habit.ts';
import type { Line } from './line.ts';
import { HUMAN_TALK, type MakeGroup, person } from './people.ts';
import { constant, working } from './rhythm.ts';
import type { World } from './world.ts';

const SECOND = 1_000_000;

/** A company's devices: one exchange for all on one address, or a phone each behind one address. */
function company(
  world: World,
  size: number,
  makeDevice?: () => Device,
): { device: Device; access: Access; refresh?: number; behind?: true }[] {
  const { random, catalogue } = world;
  const site = world.site('office', true);
  const exchange = makeDevice === undefined && random.chance(0.6);
  const make = exchange ? catalogue.groupMake('exchange') : catalogue.make('desk');
  const one = makeDevice?.() ?? catalogue.wired(make);
  const onePort = exchange && random.chance(0.5);
  const registersOnce =
    exchange && world.core.signalling === null && world.core.apart.chance(world.scenario.population.oneRegistration);
  const port = world.port(one);
  const inOrder = random.chance(0.5);
  const shared = site.access(port, 1);
  // An exchange registers its lines one after the other, as a box does.
  const boot = world.start + random.next() * one.expires * SECOND;
  const stagger = random.between(0.1, 8);
  return Array.from({ length: size }, (_, index) => {
    if (registersOnce && index > 0) return { device: one, access: shared, behind: true };
    if (exchange || makeDevice !== undefined) {
      const access = index === 0 || onePort ? shared : site.access(inOrder ? port + index : world.port(one), 1);
      return { device: one, access, refresh: boot + index * stagger * SECOND };
    }
    const device = random.chance(0.85) ? catalogue.wired(make) : catalogue.wired(catalogue.make('desk'));
    return { device, access: index === 0 ? shared : site.access(world.port(device), 2 + index) };
  });
}

/** People of a company that call from mobile phones at their desks, bought in one go or each their own. */
function phones(world: World, kind: string, size: number, habit: (index: number) => Habit): Line[] {
  const { random, catalogue } = world;
  const model = catalogue.model('handset');
  const one = random.chance(0.5);
  const cell = world.cell();
  // They stay at their desks, or go home with the phone.
  const stays = random.chance(0.6);
  return Array.from({ length: size }, (_, index) => {
    const device = catalogue.specimen(one ? model : catalogue.model('handset'));
    const movement = world.movement(
      stays,
      stays ? { home: cell, wifi: 0 } : { work: cell, atWork: random.between(0.4, 0.8) },
    );
    const access = world.alone('mobile', device);
    const line = world.add({ kind, device, access, habit: habit(index), movement });
    world.list(line);
    return line;
  });
}

/** Adds a company's lines, which share customers. */
function staff(
  world: World,
  kind: string,
  size: number,
  habit: (index: number) => Habit,
  makeDevice?: () => Device,
): Line[] {
  if (makeDevice === undefined && world.random.chance(world.scenario.population.onPhones))
    return phones(world, kind, size, habit);
  const fixed = world.random.chance(0.4);
  let first: Line | undefined;
  let account: AccountUse | undefined;
  return company(world, size, makeDevice).map(({ device, access, refresh, behind }, index) => {
    if (behind) account ??= companyAccounts(world.core, kind);
    const line = world.add({
      kind,
      device,
      access,
      habit: habit(index),
      movement: null,
      fixed,
      ...(refresh === undefined ? {} : { refresh }),
      ...(behind && first && account ? { behind: first, account } : {}),
    });
    first ??= line;
    world.list(line);
    return line;
  });
}

/** One call after the other. */
function loop(pause: number, spread: number): Habit['timing'] {
  return { mode: 'loop', pause, spread, caps: null };
}

function around(median: number, sigma: number, least = 1): Durations {
  return { parts: [[1, median, sigma]], least, most: 7200 };
}

/** The kinds of work and machines among the hard negatives: see the population's parameters. */
export const TRADES: Readonly<Record<string, MakeGroup>> = {
  office: (world, room) => {
    const { random, offset } = world;
    const customers = world.contacts(random.integer(20, 300), 0.5);
    // Some exchanges answer every call themselves, after the same time.
    const attendant = random.chance(0.3)
      ? { ring: logUniform(random, 0.3, 10), spread: logUniform(random, 0.01, 0.3) }
      : null;
    const rhythm = working(random.integer(7, 9), random.integer(16, 19), random.between(0, 0.3), offset, true);
    staff(world, 'office', Math.min(room, random.integer(4, 40)), () => {
      const habit = person(world, { rhythm, contacts: random.chance(0.5) ? customers : world.contacts(40, 0.5) });
      if (habit.timing.mode === 'rate') habit.timing.perDay = random.logNormal(8, 0.7);
      habit.incoming.perDay = random.logNormal(5, 0.8);
      if (attendant !== null) habit.incoming.answer = { mode: 'machine', ...attendant, talk: null };
      return habit;
    });
  },

  shop: (world, room) => {
    const { random, offset } = world;
    const rhythm = working(random.integer(6, 11), random.integer(17, 23), random.between(0.3, 1.6), offset);
    staff(world, 'shop', Math.min(room, random.integer(1, 3)), () => {
      const habit = person(world, { rhythm });
      habit.incoming.perDay = random.logNormal(25, 0.7);
      habit.incoming.strangers = random.between(0.5, 0.9);
      return habit;
    });
  },

  callCentre: (world, room) => {
    const { random, offset } = world;
    const rhythm = working(random.integer(7, 10), random.integer(17, 22), random.between(0, 1), offset, true);
    const pause = logUniform(random, 8, 150);
    const answered = random.between(0.25, 0.65);
    const talk = scaled(
      {
        parts: [
          [0.55, 16, 0.7],
          [0.45, 130, 1],
        ],
        least: 1,
        most: 5400,
      },
      logUniform(random, 0.5, 1.8),
    );
    const inbound = random.chance(0.3);
    // Many show a number that nobody calls.
    const called = random.chance(0.4) ? random.between(0, 0.1) : 1;
    const calledBack = called < 1 ? random.between(0, 0.02) : random.between(0.02, 0.12);
    staff(world, 'callCentre', Math.min(room, random.integer(4, 30)), () => {
      const habit = person(world, {
        rhythm,
        timing: inbound
          ? { mode: 'rate', perDay: random.logNormal(12, 0.6), burst: 0.2 }
          : loop(pause, random.between(0.3, 1.1)),
        known: random.between(0, 0.15),
        repeat: random.between(0.03, 0.35),
        luck: world.luck(answered),
        talk,
        retries: random.between(0, 0.2),
        callback: calledBack,
        missedOnly: random.chance(0.5),
      });
      habit.incoming.perDay = inbound ? random.logNormal(60, 0.5) : called * random.logNormal(3, 0.9);
      habit.incoming.strangers = 0.95;
      return habit;
    });
  },

  survey: (world, room) => {
    const { random, offset } = world;
    const rhythm = working(random.integer(8, 11), random.integer(18, 22), random.between(0.3, 1.2), offset);
    const pause = logUniform(random, 10, 200);
    const answered = random.between(0.2, 0.55);
    const sequential = random.chance(0.3) ? random.between(0.1, 0.6) : 0;
    staff(world, 'survey', Math.min(room, random.integer(2, 16)), () => {
      const habit = person(world, {
        rhythm,
        timing: loop(pause, random.between(0.3, 0.9)),
        known: 0,
        repeat: random.between(0.05, 0.3),
        sequential,
        luck: world.luck(answered),
        talk: {
          parts: [
            [0.7, 14, 0.7],
            [0.3, 240, 0.7],
          ],
          least: 1,
          most: 3600,
        },
        callback: random.between(0.08, 0.3),
        missedOnly: false,
      });
      habit.incoming.perDay = random.between(0, 4);
      habit.incoming.strangers = 1;
      return habit;
    });
  },

  reminder: (world, room) => {
    const { random, offset } = world;
    const rhythm = working(random.integer(7, 10), random.integer(17, 22), random.between(0, 1), offset);
    const talk = around(logUniform(random, 8, 40), random.between(0.05, 0.4));
    const pause = logUniform(random, 2, 60);
    const answered = random.between(0.45, 0.75);
    staff(world, 'reminder', Math.min(room, random.integer(1, 6)), () => {
      const habit = person(world, {
        rhythm,
        timing: loop(pause, random.between(0.05, 0.6)),
        known: 0,
        repeat: random.between(0.02, 0.2),
        luck: world.luck(answered),
        talk,
        releases: random.between(0.6, 0.98),
        retries: 0,
        callback: random.between(0.01, 0.1),
      });
      habit.incoming.perDay = random.between(0, 6);
      habit.incoming.strangers = 1;
      habit.incoming.answer = { mode: 'machine', ring: random.between(0.1, 4), spread: 0.02, talk: around(12, 0.2) };
      return habit;
    });
  },

  courier: (world) => {
    const { random, offset, catalogue } = world;
    const habit = person(world, {
      rhythm: working(random.integer(6, 10), random.integer(16, 22), random.between(0.2, 1), offset),
      known: random.between(0.03, 0.2),
      repeat: random.between(0.15, 0.5),
      talk: around(logUniform(random, 14, 40), random.between(0.5, 0.9)),
    });
    habit.timing = { mode: 'rate', perDay: random.logNormal(55, 0.5), burst: random.between(0.2, 0.5) };
    habit.incoming.perDay = random.logNormal(14, 0.6);
    habit.incoming.strangers = random.between(0.5, 0.9);
    const device = catalogue.specimen(catalogue.model('handset'));
    const movement = world.movement(false, { away: random.between(0.5, 0.95), wifi: 0 });
    movement.others = Array.from({ length: random.integer(5, 30) }, () => world.cell());
    world.list(world.add({ kind: 'courier', device, access: world.alone('mobile', device), habit, movement }));
  },

  taxi: (world, room) => {
    const { random, offset } = world;
    const rhythm = random.chance(0.5) ? constant(offset) : working(5, 24, random.between(0.7, 1.5), offset);
    staff(world, 'taxi', Math.min(room, random.integer(1, 6)), () => {
      const habit = person(world, {
        rhythm,
        known: random.between(0.05, 0.5),
        talk: around(logUniform(random, 12, 35), random.between(0.3, 0.7)),
      });
      habit.timing = { mode: 'rate', perDay: random.logNormal(90, 0.5), burst: 0.2 };
      habit.incoming.perDay = random.logNormal(130, 0.5);
      habit.incoming.strangers = random.between(0.5, 0.95);
      return habit;
    });
  },

  probe: (world, room) => {
    const { random, offset, catalogue } = world;
    const every = logUniform(random, 90, 2400);
    const spread = random.chance(0.5) ? random.between(0, 0.02) : random.between(0.02, 0.2);
    const talk = around(logUniform(random, 8, 120), random.between(0.01, 0.1));
    const numbers = world.few(random.integer(1, 5));
    const model = catalogue.model('module');
    const size = Math.min(room, random.integer(1, 8));
    for (let i = 0; i < size; i++) {
      const habit = person(world, {
        rhythm: constant(offset),
        timing: { mode: 'clock', every, spread },
        contacts: world.contacts(4, 0, numbers),
        known: 1,
        luck: world.luck(random.between(0.9, 0.995)),
        talk,
        releases: random.between(0.9, 1),
        retries: 0,
        callback: 0,
      });
      habit.incoming.perDay = 0;
      habit.incoming.answer = { mode: 'machine', ring: random.between(0.2, 5), spread: 0.01, talk: null };
      const device = catalogue.specimen(model);
      const movement = world.movement(random.chance(0.7), { wifi: 0 });
      world.add({ kind: 'probe', device, access: world.alone('mobile', device), habit, movement });
    }
  },

  terminal: (world) => {
    const { random, offset, catalogue } = world;
    const wired = random.chance(0.35);
    const habit = person(world, {
      rhythm: constant(offset),
      timing: { mode: 'clock', every: logUniform(random, 900, 43_200), spread: random.between(0.01, 0.4) },
      contacts: world.contacts(2, 0, world.few(random.integer(1, 2))),
      known: 1,
      luck: world.luck(random.between(0.88, 0.995)),
      talk: around(logUniform(random, 6, 70), random.between(0.03, 0.4)),
      retries: 0.5,
      callback: 0,
    });
    habit.incoming.perDay = random.chance(0.8) ? 0 : random.between(0, 0.5);
    habit.incoming.answer = { mode: 'machine', ring: random.between(0.2, 6), spread: 0.02, talk: around(20, 0.3) };
    const device = wired ? catalogue.wired(catalogue.make('adapter')) : catalogue.specimen(catalogue.model('module'));
    const access = world.alone(wired ? 'home' : 'mobile', device);
    world.add({ kind: 'terminal', device, access, habit, movement: world.movement(true, { wifi: 0 }), fixed: wired });
  },

  licensedGateway: (world, room) => {
    const { random, offset, catalogue } = world;
    const customers: ContactBook = world.contacts(random.integer(60, 900), random.between(0.1, 0.5));
    const rhythm = working(random.integer(6, 9), random.integer(17, 22), random.between(0, 0.8), offset, true);
    const known = random.between(0.3, 0.85);
    const perDay = logUniform(random, 15, 90);
    const incoming = logUniform(random, 1, 25);
    const roll = random.next();
    const makeDevice = () => {
      if (roll < 0.45) return catalogue.wired(catalogue.groupMake('exchange'));
      if (roll < 0.6) return catalogue.wired(catalogue.make(random.chance(0.7) ? 'goip' : 'hybertone'));
      return catalogue.wired(catalogue.make('adapter'));
    };
    const habit = () => {
      const of = person(world, {
        rhythm,
        contacts: customers,
        known,
        talk: scaled(HUMAN_TALK, world.scenario.population.talk * random.logNormal(0.9, 0.2)),
        callback: random.between(0.08, 0.3),
        missedOnly: false,
      });
      of.timing = { mode: 'rate', perDay: perDay * random.logNormal(1, 0.3), burst: random.between(0.1, 0.4) };
      of.incoming.perDay = incoming * random.logNormal(1, 0.4);
      of.incoming.strangers = random.between(0.2, 0.8);
      return of;
    };
    const size = Math.min(room, random.integer(4, 30));
    if (roll < 0.85) {
      staff(world, 'licensedGateway', size, habit, makeDevice);
      return;
    }
    // A rack of radio modules, each with its own IMEI of one model, in one cell.
    const model = catalogue.model('module');
    const cell = world.cell();
    for (let i = 0; i < size; i++) {
      const device = catalogue.specimen(model);
      const movement = world.movement(true, { home: cell, wifi: 0 });
      world.list(
        world.add({ kind: 'licensedGateway', device, access: world.alone('mobile', device), habit: habit(), movement }),
      );
    }
  },
};
