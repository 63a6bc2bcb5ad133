import { Random } from '../../base/random.ts';
import { logUniform } from '../draws.ts';
import type { World } from '../world.ts';
import { around } from './company.ts';
import type { ContactBook, MakeParty } from './contacts.ts';
import type { Device } from './device.ts';
import type { Line } from './line.ts';
import { type MakeGroup, person } from './people.ts';
import { nextActive, working } from './rhythm.ts';

const SECOND = 1_000_000;

/** Labs that try SIM cards in phones. They change devices as a box changes IMEIs, and call and text each other. */
export const LABS: Readonly<Record<string, MakeGroup>> = {
  testLab: (world, room) => {
    const { scenario, catalogue, offset, lines } = world;
    const random = new Random(scenario.seed, `lab ${lines.length}`);
    const size = Math.min(room, random.integer(2, 10));
    const models = Array.from({ length: random.integer(1, 6) }, () => catalogue.model('handset'));
    const pool = Array.from({ length: size * random.integer(2, 6) }, () => catalogue.specimen(random.pick(models)));
    const site = random.chance(0.4) ? world.site('office', true) : null;
    const home = world.cell();
    const rhythm = working(random.integer(7, 10), random.integer(16, 20), random.between(0, 0.3), offset);
    const perDay = logUniform(random, 10, 150);
    const textsPerDay = logUniform(random, 1, 40);
    const every = logUniform(random, 500, 9000);
    const talk = around(logUniform(random, 4, 60), random.between(0.2, 0.7));
    const answered = random.between(0.7, 0.97);
    const cards: Line[] = [];
    const contacts = amongThem(world, cards, random);
    for (let index = 0; index < size; index++) {
      const habit = person(world, {
        rhythm,
        timing: { mode: 'rate', perDay: perDay * random.logNormal(1, 0.4), burst: random.between(0.2, 0.6) },
        contacts,
        known: random.between(0.85, 1),
        luck: world.luck(answered),
        talk,
        callback: 0,
      });
      habit.incoming.perDay = random.between(0, 3);
      const device = pool[index]!;
      const line = world.add({
        kind: 'testLab',
        device,
        access: site === null ? world.alone('mobile', device) : site.access(world.port(device), 2 + index),
        habit,
        movement: world.movement(true, { home, wifi: 0 }),
        textsPerDay,
      });
      cards.push(line);
      world.change(line, world.start + random.exponential(every) * SECOND, (now) => ({
        device: another(cards, pool, random),
        off: random.logNormal(100, 0.8),
        again: nextActive(rhythm, now / SECOND + 200 + random.exponential(every)) * SECOND,
      }));
    }
  },
};

/** Whom a lab calls: its other cards, and a few numbers that answer tests. */
function amongThem(world: World, cards: readonly Line[], random: Random): ContactBook {
  const echo = world.few(random.integer(1, 3));
  const share = random.between(0.3, 0.9);
  const make: MakeParty = (draw) => (cards.length > 1 && draw.chance(share) ? draw.pick(cards) : echo(draw));
  return world.contacts(40, random.between(0, 0.5), make);
}

/** A phone of the pool that no card is in. */
function another(cards: readonly Line[], pool: readonly Device[], random: Random): Device {
  const free = pool.filter((device) => cards.every((line) => line.device !== device));
  return random.pick(free);
}
