import { Random } from '../../base/random.ts';
import { logUniform } from '../draws.ts';
import type { Task } from '../queue.ts';
import type { World } from '../world.ts';
import type { Line } from './line.ts';

const SECOND = 1_000_000;

/** What fails in the network, and when it comes back. */
export function planOutages(world: World): void {
  startCold(world);
  if (world.scenario.network.outages === 0) return;
  const outages = new Outages(world);
  world.queue.push(outages.next(world.start), outages);
}

/** The network restarts as the run begins: all that are on register anew. */
function startCold({ scenario, registrations, start }: World): void {
  const { coldStart } = scenario.network;
  if (coldStart === 0) return;
  const random = new Random(scenario.seed, 'cold start');
  // Evenly, or most of them at once and the others when they notice.
  const power = random.between(1, 4);
  for (const [line, registration] of registrations) {
    if (registration.isOn) registration.restart(start, line.device, 2 + 60 * coldStart * random.next() ** power, false);
  }
}

/** The radio in one place fails, or a proxy does, and comes back: with it all those that it serves. */
class Outages implements Task {
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.scenario.seed, 'outages');
  }

  run(now: number): number {
    const { random, world } = this;
    const off = random.logNormal(300, 1.2);
    const spread = logUniform(random, 2, 300);
    for (const line of this.served(now)) {
      const registration = world.registrations.get(line)!;
      // Who is in a call was handed over.
      if (registration.isOn && line.calls === 0)
        registration.restart(now, line.device, off + spread * random.next(), false);
    }
    return this.next(now);
  }

  /** Where one line is, chosen by chance, all those that are there; behind its proxy where nobody knows. */
  private served(now: number): Line[] {
    const { lines, core } = this.world;
    const placeOf = (line: Line): object | null =>
      core.signalling?.mobile(line)?.place(now) ?? line.whereabouts.placeAt(now);
    const one = this.random.pick(lines);
    const place = placeOf(one);
    return lines.filter((line) => (place === null ? line.proxy === one.proxy : placeOf(line) === place));
  }

  /** When the next begins, microseconds. */
  next(now: number): number {
    return now + this.random.exponential(86_400 / this.world.scenario.network.outages) * SECOND;
  }
}
