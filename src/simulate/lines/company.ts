import type { Random } from '../../base/random.ts';
import { type Durations, logUniform } from '../draws.ts';
import type { Access } from '../sip/access.ts';
import type { World } from '../world.ts';
import { type AccountUse, companyAccounts } from './accounts.ts';
import type { Device } from './device.ts';
import type { Habit, Luck } from './habit.ts';
import { keptPhones } from './kept-phones.ts';
import type { Line } from './line.ts';

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
  const kept = keptPhones(world, kind, size, habit);
  if (kept !== null) return kept;
  const { random, catalogue } = world;
  const model = catalogue.model('handset');
  const one = random.chance(0.5);
  const next = catalogue.fleet(model, 0.6, world.aside);
  const cell = world.cell();
  // They stay at their desks, or go home with the phone.
  const stays = random.chance(0.6);
  return Array.from({ length: size }, (_, index) => {
    const device = one ? next() : catalogue.specimen(catalogue.model('handset'));
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
export function staff(
  world: World,
  kind: string,
  size: number,
  habit: (index: number) => Habit,
  makeDevice?: () => Device,
): Line[] {
  if (makeDevice === undefined && world.random.chance(world.scenario.population.onPhones))
    return phones(world, kind, size, habit);
  const fixed = world.random.chance(world.scenario.population.fixedCompanies);
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

/** A rack of radio modules, each with its own IMEI of one model, in one cell. */
export function rack(world: World, kind: string, size: number, habit: () => Habit): void {
  const { catalogue } = world;
  const next = catalogue.fleet(catalogue.model('module'), 0.7, world.aside);
  const cell = world.cell();
  for (let i = 0; i < size; i++) {
    const device = next();
    const movement = world.movement(true, { home: cell, wifi: 0 });
    world.list(world.add({ kind, device, access: world.alone('mobile', device), habit: habit(), movement }));
  }
}

/** One call after the other. */
export function loop(pause: number, spread: number): Habit['timing'] {
  return { mode: 'loop', pause, spread, caps: null };
}

export function around(median: number, sigma: number, least = 1): Durations {
  return { parts: [[1, median, sigma]], least, most: 7200 };
}

/** How long those talk who are called by a desk: some hang up at once, the others hear it out. */
export function deskTalk(random: Random): Durations {
  const short = random.chance(0.4) ? random.between(0, 0.15) : random.between(0.15, 0.75);
  return {
    parts: [
      [short, logUniform(random, 6, 20), random.between(0.4, 0.9)],
      [1 - short, logUniform(random, 25, 350), random.between(0.35, 1.1)],
    ],
    least: 1,
    most: 5400,
  };
}

/**
 * Some desks get their calls from a dialler or a list, as they come, to people who have time for them, and show a number that
 * is hardly called back. @returns what makes a habit such a one; null: this desk is none
 */
export function longTalks(world: World): ((habit: Habit) => void) | null {
  const { aside, scenario } = world;
  if (!aside.chance(scenario.population.longTalks)) return null;
  const perDay = logUniform(aside, 25, 160);
  const pause = aside.chance(0.4) ? logUniform(aside, 20, 400) : null;
  const answered = aside.between(0.3, 0.75);
  const short = aside.between(0, 0.5);
  const median = logUniform(aside, 35, 220);
  const called = aside.chance(0.5) ? aside.between(0, 1) : logUniform(aside, 1, 30);
  const calledBack = aside.between(0, 0.06);
  const known = aside.between(0, 0.3);
  return (habit) => {
    habit.timing =
      pause === null
        ? { mode: 'rate', perDay: perDay * aside.logNormal(1, 0.3), burst: aside.between(0, 0.2) }
        : loop(pause, aside.between(0.5, 1.2));
    habit.talk = {
      parts: [
        [short, 14, 0.8],
        [1 - short, median * aside.logNormal(1, 0.25), aside.between(0.4, 1.1)],
      ],
      least: 1,
      most: 7200,
    };
    habit.luck = luckOf(answered, habit.luck);
    habit.known = known;
    habit.callback = calledBack;
    habit.incoming.perDay = called;
  };
}

/** The same ways of not being answered, for another share of answers. */
function luckOf(answered: number, luck: Luck): Luck {
  const scale = (1 - answered) / (1 - luck.answered);
  const part = (share: number): number => share * scale;
  return {
    answered,
    noAnswer: part(luck.noAnswer),
    cancelled: part(luck.cancelled),
    busy: part(luck.busy),
    rejected: part(luck.rejected),
    failed: part(luck.failed),
  };
}
