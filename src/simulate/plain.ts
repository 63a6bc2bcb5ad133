import { person } from './people.ts';
import type { Task } from './queue.ts';
import type { World } from './world.ts';

/** Lines of plain traffic. */
export const plainSubscribers = 5000;

const SECOND = 1_000_000;
/** Call attempts a second. */
const RATE = 150;

/** Ordinary calls at an even rate, for captures of a wanted size: no registrations, no rhythm. */
export class PlainTraffic implements Task {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  start(): void {
    const { world } = this;
    const { catalogue } = world;
    const habit = person(world);
    habit.timing = { mode: 'rate', perDay: 0, burst: 0 };
    habit.incoming.perDay = 0;
    habit.retries = 0;
    habit.callback = 0;
    habit.incoming.returnsKnown = habit.incoming.returnsUnknown = 0;
    for (let i = 0; i < plainSubscribers; i++) {
      const device = catalogue.specimen(catalogue.model('handset'));
      const access = world.alone('mobile', device);
      world.add({
        kind: 'person',
        device,
        access,
        habit,
        movement: world.movement(false),
        restartsPerDay: 0,
        refresh: Number.MAX_VALUE,
      });
    }
    world.queue.push(world.start, this);
  }

  run(now: number): number {
    const { world } = this;
    const { exchange, core, lines } = world;
    const { random } = core;
    const caller = random.pick(lines);
    const inside = random.chance(0.3);
    exchange.place(
      caller,
      inside ? random.pick(lines) : exchange.stranger(random),
      now,
      caller.habit.luck,
      caller.habit,
    );
    return now + random.exponential(SECOND / RATE);
  }
}
