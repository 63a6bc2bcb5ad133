import { z } from 'zod';
import type { Random } from '../base/random.ts';
import { logInteger, logUniform, rounded, weighted } from './draws.ts';

/** One parameter of a scenario that is drawn per run where the scenario does not say it. */
export interface Parameter<S extends z.ZodType> {
  schema: S;
  /** What it is, shown as the description of the schema. */
  words: string;
  /** From a wide range, so that no value of the simulator's own can be learnt. */
  draw: (random: Random) => z.infer<S>;
}

export function parameter<S extends z.ZodType>(
  schema: S,
  words: string,
  draw: (random: Random) => z.infer<S>,
): Parameter<S> {
  return { schema, words, draw };
}

export const share = z.number().min(0).max(1);
export const positive = z.number().positive();

export function shareBetween(words: string, low: number, high: number): Parameter<typeof share> {
  return parameter(share, words, (random) => rounded(random.between(low, high)));
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  words: string,
  weights: Readonly<Record<T[number], number>>,
) {
  return parameter(z.enum(values), `${words} One of ${values.join(', ')}.`, (random) =>
    weighted<T[number]>(random, weights),
  );
}

/** The network and the place where it is tapped. */
export const NETWORK = {
  tap: choice(
    ['access', 'core', 'hidden', 'trunk'],
    "Where SIP is tapped: access, beside the subscribers' devices; core, behind the access proxies, which add a Via; hidden, behind border controllers that put themselves in the place of the devices; trunk, between switches, which write all messages themselves: calls alone, no registration. The last only where it is asked for.",
    { access: 0.5, core: 0.3, hidden: 0.2, trunk: 0 },
  ),
  loss: parameter(z.number().min(0).max(0.5), 'Share of packets that the capture misses.', (random) =>
    random.chance(0.6) ? 0 : rounded(logUniform(random, 1e-4, 2e-2)),
  ),
  tcp: parameter(share, 'Share of lines that signal over TCP in place of UDP.', (random) =>
    random.chance(0.5) ? 0 : rounded(logUniform(random, 0.01, 0.3)),
  ),
  challenge: parameter(share, 'Share of INVITE and MESSAGE requests that are challenged (407).', (random) =>
    random.chance(0.4) ? 0 : rounded(random.between(0.05, 1)),
  ),
  proxies: parameter(z.int().min(1).max(32), 'Addresses of access proxies (P-CSCF or SBC).', (random) =>
    logInteger(random, 1, 8),
  ),
  legs: choice(
    ['b2bua', 'proxy'],
    'What the access proxy is: b2bua gives the two legs of a call their own Call-ID, proxy keeps one.',
    { b2bua: 0.6, proxy: 0.4 },
  ),
  numberFormat: choice(['plus', 'digits', 'national'], 'How numbers stand in SIP addresses.', {
    plus: 0.5,
    digits: 0.3,
    national: 0.2,
  }),
  identity: choice(
    ['number', 'imsi'],
    'Address of record that mobile phones register: their number, or one made from the IMSI (3GPP TS 23.003 §13.4B).',
    { number: 0.85, imsi: 0.15 },
  ),
  instances: shareBetween('Share of mobile phones whose Contact carries the IMEI (+sip.instance).', 0.5, 1),
  accessInfo: shareBetween('Share of mobile phones that send P-Access-Network-Info.', 0.4, 1),
  knownMakes: shareBetween(
    'Share of devices of well-known makes; the others are of makes invented for this run.',
    0.3,
    0.9,
  ),
  assertedIdentity: shareBetween('Share of calls that reach the called line with P-Asserted-Identity.', 0, 1),
  akaShare: shareBetween(
    'Share of mobile phones that authenticate with the SIM (AKA) and not with a password.',
    0.2,
    1,
  ),
  nat: parameter(share, 'Share of places behind a NAT: homes, companies, mobile data.', (random) =>
    rounded(random.between(0.05, 0.9)),
  ),
  natExpires: parameter(
    z.int().min(0).max(3600),
    'Seconds to which the proxy shortens registrations from behind a NAT; 0: it does not.',
    (random) => (random.chance(0.55) ? 0 : random.pick([60, 180, 300, 600, 900, 1800, 3600])),
  ),
  nonceReuse: shareBetween('Share of registration refreshes that need no new challenge.', 0, 0.9),
  keepAlive: parameter(share, 'Share of lines behind a NAT that send keep-alives.', (random) =>
    random.chance(0.6) ? 0 : rounded(logUniform(random, 0.01, 0.3)),
  ),
  retransmissions: parameter(share, 'Share of requests that are sent twice.', (random) =>
    rounded(logUniform(random, 5e-4, 2e-2)),
  ),
  reliable: shareBetween(
    'Share of calls of capable phones with reliable provisional responses (PRACK, UPDATE).',
    0,
    0.7,
  ),
  ringing: choice(['180', '183', 'both'], 'Provisional responses that the caller gets from outside.', {
    180: 0.4,
    183: 0.2,
    both: 0.4,
  }),
  cells: parameter(positive, 'Lines per radio cell.', (random) => rounded(logUniform(random, 8, 400))),
  sectors: parameter(
    z.int().min(1).max(6),
    'Cells that are heard in one place: a phone that stays there is mostly in one of them, and now and then in another.',
    (random) => (random.chance(0.3) ? 1 : random.integer(2, 4)),
  ),
} as const;

/** How the people behave, and which share of the subscribers are which kind of hard negative. */
export const POPULATION = {
  activity: parameter(positive, "Factor on everybody's number of calls.", (random) =>
    rounded(logUniform(random, 0.6, 2)),
  ),
  callsPerDay: parameter(positive, 'Calls a day that the median person places.', (random) =>
    rounded(logUniform(random, 2, 6)),
  ),
  spread: parameter(positive, 'Sigma of the logarithm of calls a day, over people.', (random) =>
    rounded(random.between(0.7, 1.2)),
  ),
  incoming: parameter(positive, 'Calls from outside that a person gets, per call it places.', (random) =>
    rounded(logUniform(random, 0.4, 1.6)),
  ),
  seldomCalled: shareBetween(
    'Share of people who hardly ever get a call: they call out, and are written to.',
    0.03,
    0.35,
  ),
  inside: shareBetween('Share of counterparts that are subscribers of this simulation.', 0.05, 0.4),
  answered: shareBetween('Share of calls to outside numbers that are answered.', 0.5, 0.75),
  talk: parameter(positive, 'Factor on talk times.', (random) => rounded(logUniform(random, 0.6, 1.7))),
  abroad: parameter(share, 'Share of outside numbers that are in other countries.', (random) =>
    rounded(logUniform(random, 0.002, 0.08)),
  ),
  messages: parameter(share, 'Share of mobile lines that send SIP MESSAGEs.', (random) =>
    rounded(random.between(0, 0.4)),
  ),
  oneRegistration: parameter(
    share,
    'Share of company exchanges that register once for a block of numbers for direct dialling.',
    (random) => rounded(random.between(0.1, 0.6)),
  ),
  onPhones: parameter(
    share,
    'Share of companies whose people call from mobile phones in place of desk ones.',
    (random) => rounded(random.between(0.15, 0.6)),
  ),
  fixedCompanies: parameter(share, 'Share of companies at desk phones whose numbers are of fixed lines.', (random) =>
    rounded(random.between(0.4, 1)),
  ),
  fixedLine: kind('a fixed line at home, on an adapter or router', 0.02, 0.6),
  softphone: kind('a softphone on a computer or phone', 0.005, 0.5),
  stayAtHome: kind('a mobile phone that never leaves home', 0.01, 0.15),
  dormitory: kind('people behind one Wi-Fi address or in one cell: dormitory, prison', 0.01, 0.1),
  office: kind('a company exchange with many extensions on one address', 0.02, 0.15),
  shop: kind('a shop or practice that is called more than it calls', 0.005, 0.05),
  callCentre: kind('an outgoing call centre', 0.005, 0.06),
  survey: kind('a lawful survey or sales team whose customers call back', 0.003, 0.03),
  reminder: kind('a machine that rings people with a short notice', 0.002, 0.01),
  courier: kind('a courier: many short calls to new numbers, from many places', 0.004, 0.03),
  taxi: kind('a taxi dispatch', 0.002, 0.015),
  probe: kind('a network test probe: regular calls of equal length to few numbers', 0.002, 0.012),
  terminal: kind('a payment terminal, lift or alarm dialler', 0.003, 0.02),
  fixedWireless: kind('a desk phone with a radio module', 0.004, 0.1),
  dualSim: kind('two lines in one phone', 0.01, 0.08),
  phoneChange: kind('a line whose SIM moves to another phone within the run', 0.002, 0.02),
  handsetShop: kind('a repair shop that tries its SIM in many phones', 0.002, 0.012),
  licensedGateway: kind("a company's own gateway: many lines on one box, lawful", 0.003, 0.03),
  idle: kind('a line that hardly ever calls', 0.01, 0.1),
  seller: kind(
    'somebody who sells by phone: many calls to new people, from home, the office and the road',
    0.003,
    0.03,
  ),
  notifier: kind('a lawful machine that texts customers: appointments, alarms, parcels', 0.002, 0.01),
  meter: kind('a meter or sensor that texts its readings to one number', 0.003, 0.05),
  longTalks: parameter(
    share,
    'Share of call centres and surveys that talk for minutes, take their calls from a dialler, and are hardly called back.',
    (random) => rounded(random.between(0.1, 0.6)),
  ),
} as const;

function kind(words: string, low: number, high: number): Parameter<typeof share> {
  return parameter(share, `Share of subscribers: ${words}.`, (random) => rounded(logUniform(random, low, high)));
}

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
  sequential: parameter(share, 'Share of its calls along a run of neighbouring numbers.', (random) =>
    random.chance(0.65) ? 0 : rounded(random.between(0.05, 0.7)),
  ),
  incoming: choice(['ignore', 'reject', 'answer'], 'What its lines do when somebody calls them.', {
    ignore: 0.4,
    reject: 0.3,
    answer: 0.3,
  }),
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
  hourCap: parameter(z.int().min(0), 'Most calls of a line in an hour; 0: no limit.', () => 0),
  dayCap: parameter(z.int().min(0), 'Most calls of a line in a day; 0: no limit.', () => 0),
  leastAnswered: parameter(share, 'Share of answered calls below which a line rests; 0: never.', () => 0),
  leastTalk: parameter(z.number().min(0), 'Mean talk time in seconds below which a line rests; 0: never.', () => 0),
  rest: parameter(z.number().min(0), 'Hours of such a rest.', () => 0),
  family: parameter(share, "Share of calls to the line's preferred numbers.", () => 0),
  familySize: parameter(z.int().min(1).max(30), 'Preferred numbers of a line.', () => 1),
  siblings: parameter(share, 'Share of calls to other lines of the box, which answer.', () => 0),
  friends: parameter(z.number().min(0), 'Calls from accomplices outside, per call the line places.', () => 0),
};

/** The traffic axis of a box that does. */
export const SHAPED_TRAFFIC = {
  callsPerHour: { ...BOX.callsPerHour, draw: (random: Random) => rounded(logUniform(random, 0.4, 5)) },
  from: { ...OPEN_TRAFFIC.from, draw: (random: Random) => random.integer(6, 11) },
  until: { ...OPEN_TRAFFIC.until, draw: (random: Random) => random.integer(16, 23) },
  pause: { ...OPEN_TRAFFIC.pause, draw: (random: Random) => rounded(logUniform(random, 90, 2400)) },
  pauseSpread: { ...OPEN_TRAFFIC.pauseSpread, draw: (random: Random) => rounded(random.between(0.4, 1.4)) },
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
};

/** A family of preferred numbers. */
export const FAMILY = {
  family: { ...OPEN_TRAFFIC.family, draw: (random: Random) => rounded(random.between(0.35, 0.98)) },
  familySize: { ...OPEN_TRAFFIC.familySize, draw: (random: Random) => random.integer(3, 30) },
};

/** SIMs of a box that call each other, and answer. */
export const SIBLINGS = {
  siblings: { ...OPEN_TRAFFIC.siblings, draw: (random: Random) => rounded(random.between(0.03, 0.5)) },
  friends: { ...OPEN_TRAFFIC.friends, draw: (random: Random) => rounded(logUniform(random, 0.05, 1.5)) },
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

/** Values of a table of parameters. */
export type Values<T> = { [K in keyof T]: T[K] extends { schema: infer S extends z.ZodType } ? z.infer<S> : never };
export type NetworkValues = Values<typeof NETWORK>;
export type PopulationValues = Values<typeof POPULATION>;
export type GatewayValues = Values<typeof GATEWAY> & { difficulty: string };
