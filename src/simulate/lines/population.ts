import type { World } from '../world.ts';
import { addBox } from './boxes.ts';
import { LODGINGS } from './hotel.ts';
import { LABS } from './lab.ts';
import { PEOPLE, personGroup } from './people.ts';
import { TRADES } from './trades.ts';

const KINDS = { ...PEOPLE, ...TRADES, ...LABS, ...LODGINGS };

/** Kinds that come in groups of about this size, so that a small share still gives a whole group now and then. */
const GROUPS: Readonly<Record<string, number>> = {
  dormitory: 33,
  dualSim: 2,
  office: 22,
  shop: 2,
  callCentre: 17,
  survey: 9,
  reminder: 3.5,
  taxi: 3.5,
  probe: 4.5,
  licensedGateway: 17,
  notifier: 2.5,
  meter: 3.5,
  testLab: 6,
  hotel: 23,
};

/** Kinds that came later: a scenario without them draws nothing for them, and gives the bytes that it gave before. */
const LATER: ReadonlySet<string> = new Set(['seller', 'notifier', 'meter', 'testLab', 'hotel']);

/** Fills the world: the shares of hard negatives, people for the rest, and the boxes; in one shuffled order. */
export function populate(world: World): void {
  const { scenario, random } = world;
  const { subscribers, population } = scenario;
  const jobs: (() => void)[] = [];
  let left = subscribers;
  for (const [kind, group] of Object.entries(KINDS)) {
    const share = population[kind as keyof typeof population];
    if (share === 0 && LATER.has(kind)) continue;
    const mean = (share * subscribers) / (GROUPS[kind] ?? 1);
    for (let count = Math.floor(mean + random.next()); count > 0; count--) jobs.push(ordinary(group));
  }
  random.shuffle(jobs);
  scenario.gateways.forEach((box, index) => {
    jobs.splice(random.integer(0, jobs.length), 0, () => addBox(world, box, index));
  });
  // Hard negatives leave room for people, who come between them.
  const reserve = Math.ceil(0.35 * subscribers);
  const people = () => {
    left--;
    personGroup(world, 1);
  };
  for (const job of jobs) {
    for (let some = Math.floor((0.2 * left) / jobs.length); some > 0 && left > 0; some--) people();
    job();
  }
  while (left > 0) people();

  function ordinary(group: (world: World, room: number) => void): () => void {
    return () => {
      const room = left - reserve;
      if (room <= 0) return;
      const before = world.lines.length;
      group(world, room);
      left -= world.lines.length - before;
    };
  }
}
