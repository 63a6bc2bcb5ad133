import { type Durations, logUniform, scaled } from '../draws.ts';
import { around, deskTalk, longTalks, loop, rack, staff } from './company.ts';
import type { ContactBook } from './contacts.ts';
import { HUMAN_TALK, type MakeGroup, person } from './people.ts';
import { constant, turn, working } from './rhythm.ts';

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
    const hours = [random.integer(7, 10), random.integer(17, 22), random.between(0, 1), offset] as const;
    const inTurns = random.chance(0.5);
    const rhythm = working(...hours, true);
    // Diallers hand over the next call at once; on bought lists many numbers are dead, and nobody is called twice.
    const pause = logUniform(random, 3, 150);
    const pooled = random.chance(0.15) ? logUniform(random, 150, 900) : 0;
    const answered = random.between(0.15, 0.65);
    const ways = world.ways(random.between(0.03, 0.55));
    const talk = deskTalk(random);
    const isList = random.chance(0.5);
    const repeat = isList ? logUniform(random, 0.002, 0.06) : random.between(0.03, 0.35);
    const inbound = random.chance(0.3);
    // Many show a number that nobody calls.
    const called = random.chance(0.5) ? random.between(0, 0.1) : 1;
    const calledBack = called < 1 ? random.between(0, 0.02) : random.between(0.01, 0.12);
    const long = longTalks(world);
    staff(world, 'callCentre', Math.min(room, random.integer(4, 30)), () => {
      const habit = person(world, {
        rhythm: inTurns ? turn(...hours, random) : rhythm,
        timing: inbound
          ? { mode: 'rate', perDay: random.logNormal(12, 0.6), burst: 0.2 }
          : pooled > 0
            ? { mode: 'rate', perDay: pooled * random.logNormal(1, 0.2), burst: 0 }
            : loop(pause, random.between(0.3, 1.1)),
        known: isList ? 0 : random.between(0, 0.15),
        repeat,
        luck: world.luck(answered, ways),
        talk,
        retries: isList ? 0 : random.between(0, 0.2),
        callback: calledBack,
        missedOnly: random.chance(0.5),
      });
      habit.incoming.perDay = inbound ? random.logNormal(60, 0.5) : called * random.logNormal(3, 0.9);
      habit.incoming.strangers = 0.95;
      long?.(habit);
      return habit;
    });
  },

  survey: (world, room) => {
    const { random, offset } = world;
    const hours = [random.integer(8, 11), random.integer(18, 22), random.between(0.3, 1.2), offset] as const;
    const inTurns = random.chance(0.5);
    const rhythm = working(...hours);
    const pause = logUniform(random, 5, 200);
    const answered = random.between(0.15, 0.55);
    const ways = world.ways(random.between(0.03, 0.55));
    const repeat = random.chance(0.5) ? logUniform(random, 0.002, 0.06) : random.between(0.05, 0.3);
    const sequential = random.chance(0.3) ? random.between(0.1, 0.6) : 0;
    const talk: Durations = {
      parts: [
        [random.between(0.3, 0.85), 14, 0.7],
        [0.3, logUniform(random, 60, 500), random.between(0.35, 0.9)],
      ],
      least: 1,
      most: 3600,
    };
    const callback = random.chance(0.3) ? random.between(0, 0.05) : random.between(0.05, 0.3);
    const long = longTalks(world);
    staff(world, 'survey', Math.min(room, random.integer(2, 16)), () => {
      const habit = person(world, {
        rhythm: inTurns ? turn(...hours, random) : rhythm,
        timing: loop(pause, random.between(0.3, 0.9)),
        known: 0,
        repeat,
        sequential,
        luck: world.luck(answered, ways),
        talk,
        callback,
        missedOnly: false,
      });
      habit.incoming.perDay = random.between(0, 4);
      habit.incoming.strangers = 1;
      long?.(habit);
      return habit;
    });
  },

  reminder: (world, room) => {
    const { random, offset } = world;
    const rhythm = working(random.integer(7, 10), random.integer(17, 22), random.between(0, 1), offset);
    const talk = around(logUniform(random, 8, 40), random.between(0.05, 0.4));
    const pause = logUniform(random, 2, 60);
    const answered = random.between(0.45, 0.75);
    const ways = world.ways();
    const size = Math.min(room, random.integer(1, 6));
    const machine = () => {
      const habit = person(world, {
        rhythm,
        timing: loop(pause, random.between(0.05, 0.6)),
        known: 0,
        repeat: random.between(0.02, 0.2),
        luck: world.luck(answered, ways),
        talk,
        releases: random.between(0.6, 0.98),
        retries: 0,
        callback: random.between(0.01, 0.1),
      });
      habit.incoming.perDay = random.between(0, 6);
      habit.incoming.strangers = 1;
      habit.incoming.answer = { mode: 'machine', ring: random.between(0.1, 4), spread: 0.02, talk: around(12, 0.2) };
      return habit;
    };
    if (world.aside.chance(0.3)) rack(world, 'reminder', size, machine);
    else staff(world, 'reminder', size, machine);
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

  seller: (world) => {
    const { random, offset, catalogue } = world;
    const habit = person(world, {
      rhythm: working(
        random.integer(7, 10),
        random.integer(16, 21),
        random.between(0.1, 0.9),
        offset,
        random.chance(0.5),
      ),
      known: random.between(0.25, 0.8),
      repeat: random.between(0.1, 0.5),
      callback: random.between(0.05, 0.3),
    });
    habit.timing = { mode: 'rate', perDay: random.logNormal(45, 0.6), burst: random.between(0.1, 0.5) };
    habit.incoming.perDay = random.logNormal(9, 0.9);
    habit.incoming.strangers = random.between(0.2, 0.7);
    const device = catalogue.specimen(catalogue.model('handset'));
    const movement = world.movement(random.chance(0.3), { atWork: random.between(0, 0.7), wifi: 0 });
    world.list(world.add({ kind: 'seller', device, access: world.alone('mobile', device), habit, movement }));
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
    const next = catalogue.fleet(catalogue.model('module'), 0.5, world.aside);
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
      const device = next();
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

  notifier: (world, room) => {
    const { random, offset, catalogue } = world;
    const hours = random.chance(0.6)
      ? working(random.integer(6, 10), random.integer(16, 22), random.between(0.1, 1), offset)
      : constant(offset);
    const customers = world.contacts(random.integer(10, 2000), random.between(0, 0.5));
    const perHour = logUniform(random, 2, 120);
    const [spread, known] = [random.between(0.2, 1.8), random.between(0.3, 1)];
    const next = catalogue.fleet(catalogue.model(random.chance(0.7) ? 'module' : 'handset'), 0.5, world.aside);
    for (let left = Math.min(room, random.integer(1, 4)); left > 0; left--) {
      const habit = person(world, {
        rhythm: hours,
        timing: { mode: 'rate', perDay: random.chance(0.5) ? 0 : random.logNormal(1, 1), burst: 0 },
        contacts: customers,
      });
      habit.incoming.perDay = random.between(0, 3);
      const device = next();
      const movement = world.movement(true, { wifi: 0 });
      const bulk = { perHour: perHour * random.logNormal(1, 0.3), spread, known };
      world.add({ kind: 'notifier', device, access: world.alone('mobile', device), habit, movement, bulk });
    }
  },

  meter: (world, room) => {
    const { random, aside, offset, catalogue } = world;
    const centre = world.few(random.integer(1, 2));
    const next = catalogue.fleet(catalogue.model('module'), 0.7, aside);
    // Some read a whole street, or one building.
    const most = aside.chance(0.35) ? aside.integer(8, 60) : random.integer(1, 6);
    const cells = Array.from({ length: aside.integer(1, 4) }, () => world.cell());
    const together = aside.chance(0.5);
    const bulk = {
      perHour: logUniform(random, 0.2, 6),
      spread: random.chance(0.6) ? random.between(0, 0.05) : random.between(0.05, 0.6),
      known: 1,
      length: random.integer(8, 140),
    };
    for (let left = Math.min(room, most); left > 0; left--) {
      const habit = person(world, {
        rhythm: constant(offset),
        timing: { mode: 'rate', perDay: 0, burst: 0 },
        contacts: world.contacts(2, 0, centre),
      });
      habit.incoming.perDay = 0;
      const device = next();
      const movement = world.movement(true, { wifi: 0, ...(together ? { home: aside.pick(cells) } : {}) });
      world.add({ kind: 'meter', device, access: world.alone('mobile', device), habit, movement, bulk });
    }
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
      if (roll < 0.35) return catalogue.wired(catalogue.groupMake('exchange'));
      if (roll < 0.5) return catalogue.wired(catalogue.make(random.chance(0.7) ? 'goip' : 'hybertone'));
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
    if (roll < 0.7) {
      staff(world, 'licensedGateway', size, habit, makeDevice);
      return;
    }
    rack(world, 'licensedGateway', size, habit);
  },
};
