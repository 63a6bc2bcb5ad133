import { Random } from '../../base/random.ts';
import type { GatewayValues } from '../box-parameters.ts';
import { type Durations, logUniform } from '../draws.ts';
import type { DrawnGateway } from '../scenario.ts';
import type { Access, Site } from '../sip/access.ts';
import type { RadioValues } from '../ss7/parameters.ts';
import type { World } from '../world.ts';
import { boxAccounts } from './accounts.ts';
import { type Model, tac } from './catalogue.ts';
import type { ContactBook } from './contacts.ts';
import type { Device } from './device.ts';
import type { Caps, Habit, Luck } from './habit.ts';
import type { Line } from './line.ts';
import { person } from './people.ts';
import { RadioBox } from './radio-box.ts';
import { personal, type Rhythm, working } from './rhythm.ts';
import type { Bulk } from './texting.ts';

const SECOND = 1_000_000;

const BYPASS_TALK: Durations = {
  parts: [
    [0.3, 28, 0.9],
    [0.5, 110, 1],
    [0.2, 420, 0.8],
  ],
  least: 0.6,
  most: 14_400,
};
const SCAM_TALK: Durations = {
  parts: [
    [0.82, 9, 0.8],
    [0.18, 200, 0.9],
  ],
  least: 0.6,
  most: 7200,
};

/**
 * Adds the lines of a box. Its devices, addresses, cells and numbers come from where everybody's come from; only what its
 * parameters say is different, and how many lines share an address, a cell or a make.
 */
export function addBox(world: World, box: DrawnGateway, index: number): void {
  const devices = boxDevices(world, box);
  const accesses = boxAccesses(world, box, devices);
  const radio = box.radio === undefined ? null : new RadioBox(world, box, box.radio, index, devices);
  const cell = world.cell();
  const stagger = world.random.between(0.1, 8);
  const boot = world.start + world.random.next() * devices[0]!.expires * SECOND;
  const lines: Line[] = [];
  const autoAnswer = { ring: logUniform(world.random, 0.5, 25), spread: logUniform(world.random, 0.01, 1) };
  const shared: Shared = {
    siblings: lines,
    autoAnswer,
    arrivals: arrivalsOf(world, box, index),
    ways: world.ways(box.dead),
    talk: boxTalk(world, box),
    // What is tried again would not be counted by the caps.
    retries: box.hourCap + box.dayCap > 0 || world.random.chance(0.5) ? 0 : world.random.between(0, 0.3),
    // Numbers that were others' before are still called.
    called: world.random.chance(0.3) ? world.random.between(1, 8) : 1,
    accomplices: accomplicesOf(world, box, index),
  };
  const farms = box.codes > 0;
  const sends = !farms && box.bulkTexts > 0;
  const accountOf = boxAccounts(world, box);
  // A SIM that is seen on the radio side has a mobile number.
  const fixed = box.make !== 'phone' && world.random.chance(box.fixed) && world.core.signalling === null;
  const isIdle = (i: number) => i < Math.round(box.idle * box.lines);
  for (let i = 0; i < box.lines; i++) {
    const device = devices[i]!;
    const codes = farms && !isIdle(i) ? box.codes : 0;
    const says = world.random.chance(box.accessInfo);
    lines.push(
      world.add({
        kind: 'gateway',
        box: index,
        fixed,
        device: radio?.device(i) ?? device,
        access: accesses[radio?.modemOf(i) ?? i]!,
        habit: boxHabit(world, box, farms || sends || isIdle(i), shared),
        ...(sends && !isIdle(i) ? { bulk: bulkOf(world, box) } : {}),
        codes,
        account: accountOf(),
        movement: says
          ? (radio?.movementOf(i) ?? world.movement(true, { home: cell, wifi: 0, locked: box.locked }))
          : null,
        authExtra: box.simDelay === 0 ? 0 : box.simDelay * world.random.between(0.8, 1.25),
        restartsPerDay: radio === null ? world.random.logNormal(0.2, 0.8) : 0,
        refresh: boot + i * stagger * SECOND,
        ...(radio === null
          ? textsOf(world)
          : {
              textsPerDay: box.radio!.textsPerDay * world.random.logNormal(1, 0.3),
              radio: radio.plan(i, codes),
              off: radio.isOff(i),
            }),
      }),
    );
  }
  if (radio === null) changeImeis(world, box, lines);
  else radio.start(lines);
  if (box.radio !== undefined && box.use === 'bypass' && !farms) addTrunk(world, box.radio, index, lines[0]!);
}

/** Where the calls of a box come from: somebody on the internet sends them. */
function addTrunk(world: World, radio: RadioValues, index: number, first: Line): void {
  const { core, random, plan, catalogue } = world;
  const device = first.device.make.radio ? catalogue.wired(catalogue.groupMake('exchange')) : first.device;
  const [carrier] = plan.proxies(1, core.domain, random);
  core.trunks?.add(index, {
    share: radio.trunk,
    lead: radio.trunkLead,
    over: radio.trunkOver,
    carrier: carrier!,
    end: { ...first, device, tcp: false, circuit: false, number: '', calls: 0 },
  });
}

/** A few boxes mimic short messages. */
function textsOf(world: World): { textsPerDay?: number } {
  return world.random.chance(0.5 * world.scenario.population.messages)
    ? { textsPerDay: world.random.logNormal(2, 1) }
    : {};
}

function boxDevices(world: World, box: GatewayValues): Device[] {
  const { catalogue, random } = world;
  const shows = box.imei !== 'none';
  if (box.make === 'phone') {
    const one = random.chance(0.4) ? catalogue.model(random.chance(0.6) ? 'handset' : 'module') : null;
    const first = serial(random.integer(0, 999_000));
    const oneTac = one === null ? '' : random.pick(one.tacs);
    const inOrder = one !== null && random.chance(0.4);
    return Array.from({ length: box.lines }, (_, i) => {
      const model: Model = one ?? catalogue.model('handset');
      const device = catalogue.specimen(model, shows && (model.shows || box.imei !== 'fixed'));
      return inOrder && device.imei !== '' ? device.withImei(oneTac + serial(Number(first) + i)) : device;
    });
  }
  const one = catalogue.wired(boxMake(world, box));
  const oneTac = random.pick(catalogue.model('module').tacs);
  return Array.from({ length: box.lines }, () => {
    if (!shows) return one;
    const of = box.imei === 'list' ? random.pick(catalogue.model('handset').tacs) : oneTac;
    return one.withImei(of + random.digits(6));
  });
}

function boxMake(world: World, box: GatewayValues) {
  const { catalogue, random } = world;
  switch (box.make) {
    case 'goip':
    case 'hybertone':
      return catalogue.make(box.make);
    case 'asterisk':
      return catalogue.knownMake('exchange', (make) => make.userAgent.startsWith('Asterisk'));
    case 'exchange':
      return catalogue.knownMake(random.chance(0.6) ? 'exchange' : 'adapter', () => true);
    default:
      return catalogue.groupMake(random.chance(0.5) ? 'exchange' : 'adapter');
  }
}

function boxAccesses(world: World, box: GatewayValues, devices: Device[]): Access[] {
  const { random } = world;
  if (box.addresses === 'separate') {
    const place = box.make === 'phone' ? 'mobile' : random.pick(['home', 'home', 'mobile', 'carrierNat'] as const);
    return devices.map((device) => world.alone(place, device));
  }
  const site: Site = world.site(random.pick(['home', 'office', 'office', 'carrierNat'] as const), true);
  const onePort = box.make !== 'phone' && random.chance(0.3);
  const port = world.port(devices[0]!);
  const inOrder = random.chance(0.5);
  const shared = site.access(port, 1);
  return devices.map((device, i) => {
    if (i === 0 || onePort) return shared;
    if (box.make === 'phone') return site.access(world.port(device), 1 + i);
    return site.access(inOrder ? port + i : world.port(device), 1);
  });
}

/** Few boxes write to the same people again; some send by the clock, others as it comes. */
function bulkOf({ aside }: World, box: GatewayValues): Bulk {
  return {
    perHour: box.bulkTexts * aside.logNormal(1, 0.2),
    spread: aside.between(0.02, 1),
    known: aside.between(0, 0.05),
  };
}

/** Those outside who call all lines of a box. */
function accomplicesOf(world: World, { accomplices }: GatewayValues, index: number): ContactBook | null {
  if (accomplices === 0) return null;
  const random = new Random(world.scenario.seed, `box ${index} accomplices`);
  const outside = (): string => world.core.numbering.outside(random, world.scenario.population.abroad, 0.15);
  return world.contacts(accomplices, random.between(0, 0.5), outside);
}

/** How calls come in from the trunk, to each line its part: by the hours of those who call, or evenly. */
function arrivalsOf(world: World, box: GatewayValues, index: number): Pick<Habit, 'rhythm' | 'timing'> | null {
  if (box.calls === 'loop') return null;
  const random = new Random(world.scenario.seed, `box ${index} trunk`);
  const evenly = random.chance(0.4);
  const hours = evenly ? (box.until - box.from + 24) % 24 || 24 : random.between(10, 16);
  return {
    rhythm: evenly ? boxRhythm(world, box) : personal(world.offset, random),
    timing: { mode: 'rate', perDay: box.callsPerHour * hours, burst: 0, caps: capsOf(box) },
  };
}

function boxTalk({ random }: World, { use, talk, evenTalk, talkSpread }: GatewayValues): Durations {
  if (evenTalk > 0) return { parts: [[1, evenTalk, talkSpread]], least: 0.6, most: 7200 };
  const spread = random.between(0.6, 1.1);
  const { parts, ...limits } = use === 'bypass' ? BYPASS_TALK : SCAM_TALK;
  return { ...limits, parts: parts.map(([share, median, sigma]) => [share, median * talk, sigma * spread] as const) };
}

function boxRhythm({ offset }: World, box: GatewayValues): Rhythm {
  return working(box.from, box.until === 24 ? 24 : box.until % 24, 1, offset);
}

function capsOf(box: GatewayValues): Caps {
  const { hourCap: hour, dayCap: day, leastAnswered, leastTalk, rest } = box;
  return { hour, day, leastAnswered, leastTalk, rest };
}

/** What all lines of a box have in common. */
interface Shared {
  arrivals: Pick<Habit, 'rhythm' | 'timing'> | null;
  siblings: readonly Line[];
  autoAnswer: { ring: number; spread: number };
  ways: Omit<Luck, 'answered'>;
  talk: Durations;
  retries: number;
  /** Most calls a day from outside, by mistake. */
  called: number;
  /** Who calls so that its lines look like persons'; null: each line's own. */
  accomplices: ContactBook | null;
}

function boxHabit(world: World, box: GatewayValues, idle: boolean, shared: Shared): Habit {
  const { random } = world;
  const habit = person(world, {
    rhythm: boxRhythm(world, box),
    timing: {
      mode: 'loop',
      pause: box.pause * random.logNormal(1, 0.15),
      spread: box.pauseSpread,
      caps: capsOf(box),
    },
    contacts: world.contacts(box.familySize, 0.2),
    known: box.family,
    repeat: box.repeat,
    sequential: box.sequential,
    siblings: shared.siblings,
    siblingShare: box.siblings,
    luck: world.luck(box.answered, shared.ways),
    talk: shared.talk,
    retries: shared.retries,
    redials: box.redials,
    atOnce: idle ? 0 : box.atOnce,
    callback: box.callback,
    missedOnly: false,
    ...shared.arrivals,
  });
  if (idle) habit.timing = { mode: 'rate', perDay: random.between(0.02, 1), burst: 0 };
  const { autoAnswer } = shared;
  habit.incoming = {
    ...habit.incoming,
    perDay: random.between(0, shared.called),
    strangers: 1,
    friends: idle ? 0 : box.friends,
    accomplices: shared.accomplices,
    answer:
      box.incoming !== 'answer'
        ? { mode: box.incoming }
        : box.humanAnswers
          ? habit.incoming.answer
          : { mode: 'machine', ...autoAnswer, talk: { parts: [[1, 18, 0.9]], least: 1, most: 600 } },
    expected: autoAnswer,
    returnsKnown: 0,
    returnsUnknown: 0,
  };
  return habit;
}

/** The IMEI axis: new IMEIs on a timer. */
function changeImeis(world: World, box: GatewayValues, lines: readonly Line[]): void {
  if (box.imei !== 'timer' && box.imei !== 'random') return;
  const { random } = world;
  const period = box.imeiPeriod * 3600;
  const wait = () => Math.max(60, period * (1 + box.imeiJitter * random.normal())) * SECOND;
  const together = random.chance(0.4);
  const first = random.next() * period * SECOND;
  for (const line of lines) {
    const keeps = line.device.imei.slice(0, 8);
    world.change(line, world.start + (together ? first : random.next() * period * SECOND), (now) => {
      const imei = (box.imei === 'timer' ? keeps : tac(random)) + random.digits(6);
      return { device: line.device.withImei(imei), off: random.between(2, 90), again: now + wait() };
    });
  }
}

function serial(value: number): string {
  return String(value % 1_000_000).padStart(6, '0');
}
