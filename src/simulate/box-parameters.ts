import { z } from 'zod';
import type { Random } from '../base/random.ts';
import { logInteger, logUniform, rounded } from './draws.ts';
import { choice, parameter, positive, share, shareBetween, type Values } from './parameters.ts';

/** What every box has, whatever it hides. */
export const BOX = {
  lines: parameter(z.int().min(1).max(512), 'SIM lines of the box.', (random) => logInteger(random, 4, 64)),
  idle: parameter(share, 'Share of its lines that do not call.', (random) => rounded(random.between(0, 0.3))),
  use: choice(['bypass', 'scam'], 'Incoming international calls brought in as local ones, or scam calls.', {
    bypass: 0.65,
    scam: 0.35,
  }),
  make: choice(
    ['goip', 'hybertone', 'asterisk', 'exchange', 'invented', 'phone'],
    'What it shows: a GoIP box, its brand, an Asterisk, a known vendor of small exchanges and adapters, a make invented for this run, or exactly what phones show.',
    { goip: 0.12, hybertone: 0.06, asterisk: 0.16, exchange: 0.12, invented: 0.2, phone: 0.34 },
  ),
  addresses: choice(['shared', 'separate'], 'All lines on one address with a port each, or an address each.', {
    shared: 0.65,
    separate: 0.35,
  }),
  accessInfo: shareBetween('Share of its lines with P-Access-Network-Info, where it shows phones.', 0, 1),
  fixed: parameter(
    share,
    'Chance that its lines have numbers of fixed lines, as accounts of a provider do; where it is no phone, and SIP alone is seen.',
    (random) => (random.chance(0.6) ? 0 : rounded(random.between(0.3, 1))),
  ),
  answered: parameter(share, 'Share of its calls that are answered.', (random) => rounded(random.between(0.2, 0.65))),
  dead: parameter(share, 'Share of its calls not answered that go to numbers that nobody has.', (random) =>
    rounded(random.between(0.02, 0.45)),
  ),
  talk: parameter(positive, 'Factor on the talk times of its calls.', (random) =>
    rounded(logUniform(random, 0.6, 2.2)),
  ),
  evenTalk: parameter(
    z.number().min(0),
    'Seconds that its answered calls take, all about as long, as where a recording is played; 0: as people talk.',
    (random) => (random.chance(0.65) ? 0 : rounded(logUniform(random, 8, 240))),
  ),
  talkSpread: parameter(z.number().min(0), 'Sigma of the logarithm of these seconds.', (random) =>
    rounded(logUniform(random, 0.02, 0.5)),
  ),
  repeat: parameter(share, 'Share of its calls to a number that the line called before.', (random) =>
    rounded(logUniform(random, 0.003, 0.3)),
  ),
  redials: parameter(
    share,
    'Share of its calls not answered that whoever called tries again at once, by the same line.',
    (random) => (random.chance(0.5) ? 0 : rounded(random.between(0.05, 0.7))),
  ),
  sequential: parameter(share, 'Share of its calls along a run of neighbouring numbers.', (random) =>
    random.chance(0.65) ? 0 : rounded(random.between(0.05, 0.7)),
  ),
  incoming: choice(['ignore', 'reject', 'answer'], 'What its lines do when somebody calls them.', {
    ignore: 0.4,
    reject: 0.3,
    answer: 0.3,
  }),
  humanAnswers: parameter(
    z.boolean(),
    'Where its lines answer who calls them, somebody or something does so as people do, in place of a machine.',
    (random) => random.chance(0.4),
  ),
  callback: parameter(share, 'Share of people it called who call back.', (random) =>
    rounded(logUniform(random, 0.005, 0.12)),
  ),
  presents: parameter(
    share,
    'Share of its SIP calls that present another number than that of the account, where it is no phone.',
    (random) => (random.chance(0.8) ? 0 : rounded(random.between(0.3, 1))),
  ),
  delivered: parameter(
    share,
    'Share of its lines to whose accounts a switch delivers the calls that they dial by radio, in place of placing calls on SIP; where it is no phone.',
    (random) => (random.chance(0.8) ? 0 : random.chance(0.7) ? 1 : rounded(random.between(0.2, 0.9))),
  ),
  locked: parameter(
    z.boolean(),
    'Its radio parts are locked to their cell, and not now and then in another that is heard there.',
    (random) => random.chance(0.5),
  ),
  bulkTexts: parameter(
    z.number().min(0),
    'Short messages an hour that each of its working lines sends to ever new numbers, in place of calls; 0: it calls.',
    (random) => (random.chance(0.85) ? 0 : rounded(logUniform(random, 4, 400))),
  ),
  codes: parameter(
    z.number().min(0),
    'Verification codes an hour that each of its working lines gets by short message, in place of calls and of bulk messages; 0: it is no code farm.',
    (random) => (random.chance(0.92) ? 0 : rounded(logUniform(random, 0.3, 20))),
  ),
  calls: choice(
    ['loop', 'trunk'],
    'How calls come to its lines: each places one after the other; or they come in from a trunk, by the hours of who calls, to any line that is free.',
    { loop: 0.5, trunk: 0.5 },
  ),
  callsPerHour: parameter(
    positive,
    'Calls an hour of a line, averaged over its hours, where they come in from a trunk.',
    (random) => rounded(logUniform(random, 1.5, 25)),
  ),
  simDelay: parameter(
    z.number().min(0).max(10_000),
    'Milliseconds that SIMs held elsewhere add to an authentication.',
    (random) => (random.chance(0.5) ? 0 : rounded(logUniform(random, 60, 1500))),
  ),
} as const;

const IMEI_MODES = ['none', 'fixed', 'timer', 'random', 'list'] as const;

function imei(weights: Readonly<Record<(typeof IMEI_MODES)[number], number>>) {
  return choice(
    IMEI_MODES,
    'The IMEI its lines show: none; one that stays; a new serial number under one TAC on a timer; another whole IMEI on a timer; one of real phones, with the SIM.',
    weights,
  );
}

const imeiPeriod = parameter(positive, 'Hours between IMEI changes.', (random) => rounded(logUniform(random, 0.1, 24)));
const imeiJitter = parameter(share, 'Spread of these hours, as a share of them.', (random) =>
  rounded(random.chance(0.4) ? random.between(0, 0.05) : random.between(0.05, 0.6)),
);

/** The IMEI axis. */
export const OPEN_IMEI = {
  imei: imei({ none: 0.3, fixed: 0.7, timer: 0, random: 0, list: 0 }),
  imeiPeriod,
  imeiJitter,
};
export const HIDDEN_IMEI = {
  imei: imei({ none: 0, fixed: 0, timer: 0.4, random: 0.35, list: 0.25 }),
  imeiPeriod,
  imeiJitter,
};

const hour = z.number().min(0).max(24);

/** The traffic axis of a box that does not shape its traffic. */
export const OPEN_TRAFFIC = {
  from: parameter(hour, 'Local hour at which its lines begin.', (random) =>
    random.chance(0.5) ? 0 : random.integer(5, 10),
  ),
  until: parameter(hour, 'Local hour at which they end; 24 with 0 is all day.', (random) =>
    random.chance(0.5) ? 24 : random.integer(20, 24),
  ),
  pause: parameter(positive, 'Seconds between two calls of a line, median.', (random) =>
    rounded(logUniform(random, 4, 500)),
  ),
  pauseSpread: parameter(z.number().min(0), 'Sigma of the logarithm of the pause.', (random) =>
    rounded(random.between(0.1, 1.1)),
  ),
  atOnce: parameter(
    share,
    'Share of its calls after which a line is given the next at once, since somebody waits for it.',
    (random) => (random.chance(0.35) ? 0 : rounded(random.between(0.02, 0.6))),
  ),
  hourCap: parameter(z.int().min(0), 'Most calls of a line in an hour; 0: no limit.', () => 0),
  dayCap: parameter(z.int().min(0), 'Most calls of a line in a day; 0: no limit.', () => 0),
  leastAnswered: parameter(share, 'Share of answered calls below which a line rests; 0: never.', () => 0),
  leastTalk: parameter(z.number().min(0), 'Mean talk time in seconds below which a line rests; 0: never.', () => 0),
  rest: parameter(z.number().min(0), 'Hours of such a rest.', () => 0),
  family: parameter(share, "Share of calls to the line's preferred numbers.", () => 0),
  familySize: parameter(z.int().min(1).max(30), 'Preferred numbers of a line.', () => 1),
  siblings: parameter(share, 'Share of calls to other lines of the box, which answer.', () => 0),
  friends: parameter(z.number().min(0), 'Calls from accomplices outside, per call the line places.', () => 0),
  accomplices: parameter(
    z.int().min(0).max(1000),
    'How many accomplices call all lines of the box; 0: each line has its own, which are its preferred numbers.',
    () => 0,
  ),
};

const ACCOMPLICES = {
  ...OPEN_TRAFFIC.accomplices,
  draw: (random: Random) => (random.chance(0.4) ? 0 : logInteger(random, 1, 60)),
};

/** The traffic axis of a box that does. */
export const SHAPED_TRAFFIC = {
  callsPerHour: { ...BOX.callsPerHour, draw: (random: Random) => rounded(logUniform(random, 0.4, 5)) },
  from: { ...OPEN_TRAFFIC.from, draw: (random: Random) => random.integer(6, 11) },
  until: { ...OPEN_TRAFFIC.until, draw: (random: Random) => random.integer(16, 23) },
  pause: { ...OPEN_TRAFFIC.pause, draw: (random: Random) => rounded(logUniform(random, 90, 2400)) },
  pauseSpread: { ...OPEN_TRAFFIC.pauseSpread, draw: (random: Random) => rounded(random.between(0.4, 1.4)) },
  atOnce: {
    ...OPEN_TRAFFIC.atOnce,
    draw: (random: Random) => (random.chance(0.7) ? 0 : rounded(random.between(0.01, 0.15))),
  },
  hourCap: { ...OPEN_TRAFFIC.hourCap, draw: (random: Random) => logInteger(random, 2, 12) },
  dayCap: { ...OPEN_TRAFFIC.dayCap, draw: (random: Random) => logInteger(random, 8, 90) },
  leastAnswered: {
    ...OPEN_TRAFFIC.leastAnswered,
    draw: (random: Random) => (random.chance(0.4) ? 0 : rounded(random.between(0.15, 0.5))),
  },
  leastTalk: {
    ...OPEN_TRAFFIC.leastTalk,
    draw: (random: Random) => (random.chance(0.4) ? 0 : rounded(random.between(10, 50))),
  },
  rest: { ...OPEN_TRAFFIC.rest, draw: (random: Random) => rounded(logUniform(random, 0.3, 6)) },
  family: { ...OPEN_TRAFFIC.family, draw: (random: Random) => rounded(random.between(0, 0.9)) },
  familySize: { ...OPEN_TRAFFIC.familySize, draw: (random: Random) => random.integer(3, 30) },
  siblings: {
    ...OPEN_TRAFFIC.siblings,
    draw: (random: Random) => (random.chance(0.3) ? 0 : rounded(random.between(0.02, 0.5))),
  },
  friends: {
    ...OPEN_TRAFFIC.friends,
    draw: (random: Random) => (random.chance(0.3) ? 0 : rounded(logUniform(random, 0.05, 1.5))),
  },
  accomplices: ACCOMPLICES,
};

/** A family of preferred numbers. */
export const FAMILY = {
  family: { ...OPEN_TRAFFIC.family, draw: (random: Random) => rounded(random.between(0.35, 0.98)) },
  familySize: { ...OPEN_TRAFFIC.familySize, draw: (random: Random) => random.integer(3, 30) },
};

/** SIMs of a box that call each other, and answer. */
export const SIBLINGS = {
  siblings: {
    ...OPEN_TRAFFIC.siblings,
    draw: (random: Random) => (random.chance(0.25) ? 0 : rounded(random.between(0.03, 0.5))),
  },
  friends: { ...OPEN_TRAFFIC.friends, draw: (random: Random) => rounded(logUniform(random, 0.05, 1.5)) },
  accomplices: ACCOMPLICES,
  incoming: { ...BOX.incoming, draw: () => 'answer' as const },
};

/** SIMs far from the radio: each challenge goes there and back. */
export const REMOTE_SIMS = {
  simDelay: { ...BOX.simDelay, draw: (random: Random) => rounded(logUniform(random, 60, 4000)) },
};

/** Real phones: they show what phones show. */
export const HANDSETS = {
  make: { ...BOX.make, draw: () => 'phone' as const },
  imei: { ...OPEN_IMEI.imei, draw: () => 'fixed' as const },
  simDelay: { ...BOX.simDelay, draw: () => 0 },
};

/** SIMs on Wi-Fi calling: what registers is a phone, or behaves like one. */
export const WIFI = {
  make: HANDSETS.make,
};

/** Every parameter of a box, for the schema. */
export const GATEWAY = { ...BOX, ...OPEN_IMEI, ...OPEN_TRAFFIC };
export type GatewayValues = Values<typeof GATEWAY> & { difficulty: string };
