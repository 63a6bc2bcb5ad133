import { Random } from '../src/base/random.ts';
import { logUniform } from '../src/simulate/draws.ts';
import type { NetworkValues } from '../src/simulate/parameters.ts';
import { parseScenario, type Scenario } from '../src/simulate/scenario.ts';
import { companies, hosts, keepers, machines, manyDesks, people } from './training-populations.ts';

/** A network that rows are gathered from. */
export interface TrainingRun {
  scenario: Scenario;
  /**
   * Whether ordinary lines are not there in their shares, but many that call for a living: from the few that other networks have,
   * nothing could be told of how far these go. Trained on, but no rate is measured on them.
   */
  enriched: boolean;
  /** Share of the ordinary lines whose rows are kept. */
  labelled: number;
  /** For what else is drawn of the run. */
  random: Random;
}

/**
 * Runs of all lengths, mostly short; then long ones seen in calls alone; then long ones of all that probes see; then such as the
 * others are, wider: see {@link NARROW}; then such as are seen between switches, where SIP shows calls and nobody registers; then such
 * as are seen on trunks, where switches write all messages; then such as are seen on the radio side; then such as have companies that
 * keep their phones, and labs; then such as set up calls, authenticate and let people move otherwise: see {@link USUAL}; then such
 * as restart, and whose people answer and talk otherwise: see {@link STEADY}; then such as have hotels.
 */
const SHORT_RUNS = 192;
const CALLS_RUNS = 96;
const LONG_RUNS = 64;
const WIDER_RUNS = 208;
const NARROW_RUNS = SHORT_RUNS + CALLS_RUNS + LONG_RUNS;
const BETWEEN_RUNS = 64;
const TRUNK_RUNS = 64;
const RADIO_RUNS = 80;
const REGISTERED_RUNS = NARROW_RUNS + WIDER_RUNS;
const SWITCHED_RUNS = REGISTERED_RUNS + BETWEEN_RUNS + TRUNK_RUNS;
const CARRIED_RUNS = SWITCHED_RUNS + RADIO_RUNS;
const KEPT_RUNS = 128;
const USUAL_RUNS = CARRIED_RUNS + KEPT_RUNS;
export const VARIED_RUNS = 128;
const STEADY_RUNS = USUAL_RUNS + VARIED_RUNS;
export const RESTARTED_RUNS = 192;
const HOMELY_RUNS = STEADY_RUNS + RESTARTED_RUNS;
export const HOTEL_RUNS = 96;
export const TRAINING_RUNS = HOMELY_RUNS + HOTEL_RUNS;
/**
 * Features that the model is not told. Boxes of these networks get hardly any message; elsewhere each SIM gets those of its operator, and a
 * forest that takes a message received for a sign of innocence lets them go.
 */
export const UNTOLD = ['incoming_sms_per_hour', 'outgoing_sms_share'] as const;
/**
 * What the first runs leave out: several cells heard in one place, boxes that text in bulk or whose calls come in from a trunk, one
 * right after the other or again where nobody answered, desks that talk for minutes, people who sell by phone, machines that text customers.
 */
const NARROW = {
  network: { sectors: 1, mailboxes: 0 },
  population: { redials: 0, longTalks: 0, seller: 0, notifier: 0 },
  everyGateway: { bulkTexts: 0, calls: 'loop', humanAnswers: false, atOnce: 0, redials: 0 },
} as const;
/** And where other probes than those of SIP see them. */
const NARROW_RADIO = { ss7: { handoversAtRest: 0 }, everyGateway: { radio: { notices: 0 } } } as const;

/** What those before these leave out: companies that keep their phones, and labs that try cards in many. */
const CARRIED = { shifts: 0, officeWifi: 0, testLab: 0 } as const;
/** What is the same in all before those that restart: nothing fails, and people let it ring, answer and talk as elsewhere. */
const STEADY = {
  network: { pickUp: 1, coldStart: 0, outages: 0 },
  population: { talkSpread: 1, missed: 1 },
} as const;
/** And what is the same in all before those that are varied. */
const USUAL = {
  network: { setup: 1, setupSpread: 1, refreshSpread: 0.015 },
  population: { outings: 1 },
  ss7: { authSpread: 0.12 },
} as const;

/** What only the last have. */
const HOMELY = { hotel: 0 } as const;

/** Lengths of the short captures, hours; the shortest more often, since long ones have more windows. */
const HOURS = [2, 2, 4, 4, 6, 6, 12, 12, 24] as const;
const LONG_HOURS = [6, 12, 12, 24] as const;
/** What probes see together where they do not see SIP alone. */
const SEEN = [
  ['a'],
  ['a'],
  ['a', 'map'],
  ['cap'],
  ['cap', 'map'],
  ['isup'],
  ['a', 'cap'],
  ['a', 'map', 'cap'],
  ['sip', 'a', 'map', 'cap', 'isup'],
  ['sip', 'cap'],
  ['sip', 'isup'],
] as const;
const SIP_ALONE = 0.45;
/** What shows calls alone. */
const CALLS_SEEN = [['cap'], ['cap'], ['cap', 'map'], ['isup']] as const;
/** Share of the short runs with many subscribers, and hours of those: what lines share must be told from what many share. */
const LARGE = 0.25;
const LARGE_HOURS = [2, 2, 4, 6] as const;
/** Ordinary lines kept of a run where lines are seen well. */
const LABELLED = 350;
/** One short run in so many has no box. */
const BOXLESS = 7;
/** What probes see of networks without boxes: mostly what shows least, calls alone. */
const BOXLESS_SEEN = [['cap'], ['cap'], ['cap', 'map'], ['isup'], ['a'], ['a', 'map'], ['sip'], SEEN[8]] as const;
/** What probes see of the last networks: a third of them everything. */
const RADIO_SEEN = [SEEN[8], SEEN[8], ['a'], ['a', 'map'], ['a', 'cap'], ['a', 'map', 'cap']] as const;
/** What probes see of networks that are varied: mostly little. */
const VARIED_SEEN = [
  ['sip'],
  ['sip'],
  ['sip'],
  ['sip'],
  ['isup'],
  ['isup'],
  ['cap'],
  ['cap', 'map'],
  ['a'],
  ['a', 'map'],
  ['a', 'map', 'cap'],
  SEEN[8],
] as const;
/** What probes see of networks that restart: the radio side mostly, where that shows. */
const RESTARTED_SEEN = [
  ['sip'],
  ['sip'],
  ['sip'],
  ['isup'],
  ['cap'],
  ['cap', 'map'],
  ['a'],
  ['a'],
  ['a', 'map'],
  ['a', 'map'],
  ['a', 'map', 'cap'],
  SEEN[8],
  SEEN[8],
] as const;
/** What probes see of networks with hotels: where their exchanges are. */
const HOTEL_SEEN = [
  ['sip'],
  ['sip'],
  ['sip'],
  ['sip'],
  ['isup'],
  ['isup'],
  ['sip', 'isup'],
  ['sip', 'cap'],
  SEEN[8],
] as const;
/** Share of them that begin with a restart, as captures of who has just connected a probe do. */
const COLD = 0.6;
/** Desks keep office hours, and few of their lines are seen where only calls are. */
const BOXLESS_HOURS = [6, 12, 12, 24] as const;
const BOXLESS_SUBSCRIBERS = [500, 1200] as const;
/** Of the longer runs on SIP alone, share whose boxes have the calls delivered to them that they dial by radio. */
const DELIVERED = 0.35;
/** Of the runs that are seen between switches, share that are tapped behind proxies. */
const BEHIND = 0.75;
/** Share of runs whose boxes hide nothing, IMEIs or traffic; the others hide anything. */
const MIXED = 0.4;

/** The network of a run: the same each time. */
export function trainingRun(run: number): TrainingRun {
  const random = new Random(run, 'training');
  if (run < SHORT_RUNS) return shortRun(run, random);
  if (run < SHORT_RUNS + CALLS_RUNS) return callsRun(run, random);
  if (run < NARROW_RUNS) return longRun(run, random);
  if (run < REGISTERED_RUNS) return widerRun(run, random);
  if (run < REGISTERED_RUNS + BETWEEN_RUNS) return betweenRun(run, random);
  if (run < SWITCHED_RUNS) return trunkRun(run, random);
  if (run < CARRIED_RUNS) return radioRun(run, random);
  if (run < USUAL_RUNS) return keptRun(run, random);
  if (run < STEADY_RUNS) return variedRun(run, random);
  return run < HOMELY_RUNS ? restartedRun(run, random) : hotelRun(run, random);
}

function shortRun(run: number, random: Random): TrainingRun {
  const boxless = run % BOXLESS === BOXLESS - 1;
  const large = !boxless && random.chance(LARGE);
  const hours = random.pick(large ? LARGE_HOURS : boxless ? BOXLESS_HOURS : HOURS);
  const seen = boxless ? [...random.pick(BOXLESS_SEEN)] : random.chance(SIP_ALONE) ? ['sip'] : [...random.pick(SEEN)];
  const few = boxless && showsCalls(seen);
  const subscribers = large
    ? random.integer(800, 2000)
    : few
      ? random.integer(...BOXLESS_SUBSCRIBERS)
      : random.integer(200, 400);
  const gateways = boxless ? 0 : large ? random.integer(3, 8) : random.integer(2, 5);
  const difficulty = random.chance(MIXED) ? 'mixed' : 'any';
  const population = boxless ? manyDesks(random) : null;
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen });
}

function callsRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([6, 12, 12, 24, 24] as const);
  const subscribers = random.integer(250, 600);
  const gateways = random.integer(2, 6);
  const difficulty = random.chance(MIXED) ? 'mixed' : 'any';
  const population = random.chance(0.6) ? manyDesks(random) : null;
  const seen = [...random.pick(CALLS_SEEN)];
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen });
}

function longRun(run: number, random: Random): TrainingRun {
  const hours = random.pick(LONG_HOURS);
  const subscribers = random.integer(200, 400);
  const gateways = random.integer(2, 5);
  const difficulty = random.chance(MIXED) ? 'mixed' : 'any';
  const seen = random.chance(0.4)
    ? ['sip']
    : random.chance(0.5)
      ? [...random.pick(SEEN)]
      : [...random.pick([...CALLS_SEEN, ['a'], ['a', 'map']])];
  const population = random.chance(0.3) ? companies(random) : null;
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen }, DELIVERED);
}

function widerRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 6, 12, 12, 24] as const);
  const subscribers = random.integer(250, 500);
  const gateways = random.integer(3, 6);
  const difficulty = random.chance(0.5) ? 'mixed' : 'any';
  const seen = random.chance(0.4) ? ['sip'] : [...random.pick([...SEEN, ...CALLS_SEEN])];
  const population = random.chance(0.5) ? companies(random) : null;
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen }, DELIVERED);
}

function betweenRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 6, 12, 12, 24] as const);
  const subscribers = random.integer(250, 600);
  const gateways = random.integer(3, 6);
  const difficulty = random.chance(0.5) ? 'mixed' : 'any';
  const population = random.chance(0.5) ? companies(random) : null;
  const tap = random.chance(BEHIND) ? random.pick(['core', 'hidden'] as const) : 'access';
  return planned(
    run,
    random,
    { subscribers, gateways, difficulty, hours, population, seen: ['sip'], network: { tap } },
    DELIVERED,
  );
}

/** Where one address is that of very many lines, it tells nothing of any: that takes large networks. */
function trunkRun(run: number, random: Random): TrainingRun {
  const large = random.chance(0.6);
  const hours = random.pick(large ? LARGE_HOURS : ([2, 4, 6, 12, 24] as const));
  const subscribers = large ? random.integer(800, 2500) : random.integer(250, 600);
  const gateways = large ? random.integer(4, 10) : random.integer(3, 6);
  const difficulty = random.chance(0.5) ? 'mixed' : 'any';
  const population = random.chance(0.5) ? companies(random) : null;
  const drawn = { subscribers, gateways, difficulty, hours, population, seen: ['sip'] };
  return planned(run, random, { ...drawn, network: { tap: 'trunk', proxies: random.integer(1, 4) } });
}

function radioRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 6, 12, 12, 24] as const);
  const subscribers = random.integer(250, 500);
  const gateways = random.integer(3, 6);
  const difficulty = random.chance(0.5) ? 'mixed' : 'any';
  const seen = [...random.pick(RADIO_SEEN)];
  const population = random.chance(0.45) ? companies(random) : null;
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen });
}

function keptRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 6, 12, 12, 24] as const);
  const subscribers = random.integer(250, 500);
  const gateways = random.integer(2, 6);
  const difficulty = random.chance(0.5) ? 'mixed' : 'any';
  const seen = random.chance(0.5) ? ['sip'] : [...random.pick(RADIO_SEEN)];
  return planned(run, random, { subscribers, gateways, difficulty, hours, population: keepers(random), seen });
}

function variedRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 12, 12, 24, 24] as const);
  const subscribers = random.integer(300, 700);
  const gateways = random.integer(3, 7);
  const difficulty = random.chance(0.4) ? 'mixed' : 'any';
  const seen = [...random.pick(VARIED_SEEN)];
  const population = random.chance(0.5) ? machines(random) : null;
  const cells = logUniform(random, 2, 60);
  const network = seen[0] === 'sip' && random.chance(0.3) ? ({ cells, tap: 'trunk' } as const) : { cells };
  return planned(run, random, { subscribers, gateways, difficulty, hours, population, seen, network }, DELIVERED);
}

function restartedRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 4, 6, 6, 12, 24] as const);
  const subscribers = random.integer(250, 600);
  const gateways = random.integer(3, 7);
  const difficulty = random.chance(0.4) ? 'mixed' : 'any';
  const seen = [...random.pick(RESTARTED_SEEN)];
  const population = random.chance(0.5) ? machines(random) : null;
  const coldStart = random.chance(COLD) ? logUniform(random, 0.1, 20) : 0;
  const cells = logUniform(random, 2, 60);
  const tap = seen[0] === 'sip' && random.chance(0.3) ? ({ tap: 'trunk' } as const) : {};
  const network = { cells, coldStart, ...tap };
  return planned(
    run,
    random,
    { subscribers, gateways, difficulty, hours, population, people: people(random), seen, network },
    DELIVERED,
  );
}

function hotelRun(run: number, random: Random): TrainingRun {
  const hours = random.pick([2, 4, 6, 6, 12, 12, 24] as const);
  const subscribers = random.integer(300, 700);
  const gateways = random.integer(3, 7);
  const difficulty = random.chance(0.4) ? 'mixed' : 'any';
  const seen = [...random.pick(HOTEL_SEEN)];
  const cells = logUniform(random, 2, 60);
  const tap = seen.join() === 'sip' && random.chance(0.4) ? ({ tap: 'trunk' } as const) : {};
  return planned(
    run,
    random,
    {
      subscribers,
      gateways,
      difficulty,
      hours,
      population: hosts(random),
      people: people(random),
      seen,
      network: { cells, coldStart: 0, ...tap },
    },
    DELIVERED,
  );
}

interface Drawn {
  subscribers: number;
  gateways: number;
  difficulty: string;
  hours: number;
  population: object | null;
  /** How people call and are called, whatever their shares; as drawn elsewhere where left out. */
  people?: object;
  /** Interfaces that probes are on. */
  seen: string[];
  /** What of the network is not left to chance. With a tap it is one between switches, where no registrations are seen. */
  network?: Partial<Pick<NetworkValues, 'tap' | 'proxies' | 'cells' | 'coldStart'>>;
}

/** @param delivered share of the networks on SIP alone whose boxes terminate calls */
function planned(run: number, random: Random, drawn: Drawn, delivered = 0): TrainingRun {
  const { population, people, seen, network, ...rest } = drawn;
  const steady = run < STEADY_RUNS ? STEADY : null;
  const usual = run < USUAL_RUNS ? USUAL : null;
  const narrow = run < NARROW_RUNS ? NARROW : null;
  const isSip = seen.length === 1 && seen[0] === 'sip';
  const narrowRadio = narrow === null || isSip ? null : NARROW_RADIO;
  const terminates = isSip && delivered > 0 && random.chance(delivered);
  const scenario = parseScenario('', {
    seed: 1000 + run,
    ...rest,
    interfaces: isSip ? ['sip'] : ['sip', 'a', 'map', 'cap', 'isup'],
    network: { ...steady?.network, ...usual?.network, ...narrow?.network, ...network },
    ss7: { ...usual?.ss7, ...narrowRadio?.ss7 },
    // Code farms are not trained on: with 64 networks of these and of bulk senders besides, the thresholds of all lines rose.
    everyGateway: {
      codes: 0,
      ...narrow?.everyGateway,
      ...narrowRadio?.everyGateway,
      ...(terminates ? { delivered: 1 } : {}),
    },
    population: {
      ...steady?.population,
      ...usual?.population,
      ...(run < HOMELY_RUNS ? HOMELY : {}),
      ...(run < CARRIED_RUNS ? CARRIED : {}),
      ...narrow?.population,
      ...people,
      ...population,
    },
    // Some probes follow a part of the lines, or miss packets.
    visibility: {
      interfaces: seen,
      sampling: random.chance(0.8) ? 1 : random.between(0.3, 1),
      loss: random.chance(0.7) ? 0 : random.between(0, 0.05),
      registrations: network?.tap === undefined,
    },
    // Any day of the week and any hour may be the first.
    start: new Date(Date.UTC(2024, 2, 4 + random.integer(0, 6), random.integer(0, 23))).toISOString(),
  });
  // Where calls alone are seen, few lines are, and the more of them are needed.
  const keepsAll = showsCalls(seen) && (rest.gateways === 0 || run >= SHORT_RUNS);
  return {
    scenario,
    enriched: population !== null,
    labelled: keepsAll ? 1 : Math.min(1, LABELLED / rest.subscribers),
    random,
  };
}

function showsCalls(seen: readonly string[]): boolean {
  return !seen.includes('sip') && !seen.includes('a');
}
