import { logUniform } from '../draws.ts';
import { staff } from './company.ts';
import { type MakeGroup, person } from './people.ts';

/** Groups of lines whose users are others every few days. */
export const LODGINGS: Readonly<Record<string, MakeGroup>> = {
  hotel: (world, room) => {
    const { random, catalogue } = world;
    const taken = random.between(0.4, 1);
    const perDay = logUniform(random, 2, 40);
    const called = logUniform(random, 0.1, 3);
    const makeDevice = () => catalogue.wired(catalogue.groupMake('exchange'));
    const guest = () => {
      const isTaken = random.chance(taken);
      // Nobody knows the number of a room but who is told it.
      const habit = person(world, {
        contacts: world.contacts(random.integer(2, 8), 0.5),
        known: random.between(0.2, 0.7),
        callback: random.between(0, 0.1),
      });
      habit.timing = {
        mode: 'rate',
        perDay: isTaken ? perDay * random.logNormal(1, 0.6) : 0,
        burst: random.between(0.1, 0.5),
      };
      habit.incoming.perDay = isTaken ? called * random.logNormal(1, 0.6) : 0;
      return habit;
    };
    staff(world, 'hotel', Math.min(room, random.integer(6, 40)), guest, makeDevice);
  },
};
