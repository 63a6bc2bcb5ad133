import { Random } from '../../base/random.ts';
import { logUniform } from '../draws.ts';
import type { Task } from '../queue.ts';
import { hex } from '../sip/shapes.ts';
import type { World } from '../world.ts';
import type { Habit } from './habit.ts';
import type { Line } from './line.ts';
import { nextActive, nextRest } from './rhythm.ts';

const SECOND = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;
/** A rest of so many hours ends a shift; a shorter one is a pause, in which phones stay on. */
const REST_HOURS = 3;

/**
 * Phones that a company keeps, mostly of one crate and all in one place: on its Wi-Fi, or switched on and off with the shift. To whoever
 * sees them from outside they begin and end as a box does.
 *
 * @returns null where this company does neither
 */
export function keptPhones(world: World, kind: string, size: number, habit: (index: number) => Habit): Line[] | null {
  const { scenario, catalogue, lines } = world;
  const { shifts, officeWifi } = scenario.population;
  const random = new Random(scenario.seed, `phones ${lines.length}`);
  const takesTurns = random.chance(shifts);
  const onWifi = random.chance(officeWifi);
  if (!takesTurns && !onWifi) return null;
  const next = catalogue.fleet(catalogue.model('handset'), 0.75, random);
  const site = onWifi ? world.site('office', true) : null;
  const home = world.cell();
  const wifi = onWifi ? random.between(0.5, 1) : 0;
  const wifiNode = hex(random, 12);
  const shift = takesTurns ? { lead: random.between(-900, 300), spread: logUniform(random, 5, 600) } : null;
  return Array.from({ length: size }, (_, index) => {
    const device = next();
    const own = habit(index);
    const seconds = world.start / SECOND;
    const isOff = shift !== null && nextActive(own.rhythm, seconds) > seconds;
    const line = world.add({
      kind,
      device,
      access: site === null ? world.alone('mobile', device) : site.access(world.port(device), 2 + index),
      habit: own,
      movement: world.movement(true, { home, wifi, wifiNode }),
      ...(shift === null ? {} : { restartsPerDay: 0, off: isOff }),
    });
    world.list(line);
    if (shift !== null) {
      const late = () => shift.lead + random.exponential(shift.spread);
      const task = new Shift(world, line, late, random);
      world.queue.push(task.next(world.start), task);
    }
    return line;
  });
}

/** A phone that is switched on when work begins and off when it ends. */
class Shift implements Task {
  private readonly world: World;
  private readonly line: Line;
  private readonly late: () => number;
  private readonly random: Random;
  private isOn: boolean;

  /** @param late seconds after the hour at which it is switched */
  constructor(world: World, line: Line, late: () => number, random: Random) {
    this.world = world;
    this.line = line;
    this.late = late;
    this.random = random;
    this.isOn = line.registered;
  }

  run(now: number): number {
    const { line, random, world } = this;
    if (line.calls > 0) return now + 20 * SECOND;
    const registration = world.registrations.get(line)!;
    if (this.isOn) registration.sleep(now, random.chance(0.6));
    else registration.wake(now, line.device, 2);
    this.isOn = !this.isOn;
    return this.next(now);
  }

  /** When it is switched next, microseconds. */
  next(now: number): number {
    const { rhythm } = this.line.habit;
    const seconds = now / SECOND;
    // Whoever is late has begun in the hour, who is early has not.
    const from = seconds + 1800;
    const at = this.isOn ? nextRest(rhythm, from, REST_HOURS) : nextActive(rhythm, from);
    return at === NEVER ? NEVER : Math.max(at + this.late(), seconds + 60) * SECOND;
  }
}
