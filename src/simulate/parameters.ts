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
  mailboxes: parameter(
    share,
    'Share of calls to outside where nobody answers that a mailbox then answers.',
    (random) => (random.chance(0.4) ? 0 : rounded(random.between(0.1, 0.8))),
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
  setup: parameter(positive, 'Factor on the time from dialling to ringing.', (random) =>
    rounded(logUniform(random, 0.5, 2.5)),
  ),
  setupSpread: parameter(positive, 'Factor on how much that time differs from call to call.', (random) =>
    rounded(logUniform(random, 0.06, 1.5)),
  ),
  pickUp: parameter(positive, 'Factor on the time that people let it ring before they answer.', (random) =>
    rounded(logUniform(random, 0.6, 2.2)),
  ),
  coldStart: parameter(
    z.number().min(0),
    'Minutes within which all that are on register anew as the run begins, as after a restart of the network; 0: they had registered before.',
    (random) => (random.chance(0.6) ? 0 : rounded(logUniform(random, 0.2, 30))),
  ),
  outages: parameter(
    z.number().min(0),
    'Outages a day, each of the radio in one place or of one proxy: whoever it serves is cut off and comes back with it.',
    (random) => (random.chance(0.4) ? 0 : rounded(logUniform(random, 0.2, 8))),
  ),
  refreshSpread: parameter(
    share,
    'Share of its time by which a registration is refreshed sooner or later than usual, at most.',
    (random) => rounded(logUniform(random, 2e-4, 0.08)),
  ),
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
  outings: parameter(
    positive,
    'Factor on how much of the day people are on the way, and on how many places they come through.',
    (random) => rounded(logUniform(random, 0.5, 3)),
  ),
  seldomCalled: shareBetween(
    'Share of people who hardly ever get a call: they call out, and are written to.',
    0.03,
    0.35,
  ),
  inside: shareBetween('Share of counterparts that are subscribers of this simulation.', 0.05, 0.4),
  answered: shareBetween('Share of calls to outside numbers that are answered.', 0.5, 0.75),
  talk: parameter(positive, 'Factor on talk times.', (random) => rounded(logUniform(random, 0.6, 1.7))),
  talkSpread: parameter(positive, "Factor on how much a person's talk times differ.", (random) =>
    rounded(logUniform(random, 0.5, 1.2)),
  ),
  missed: parameter(positive, 'Factor on the share of calls that people do not answer.', (random) =>
    rounded(logUniform(random, 0.2, 1.4)),
  ),
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
  shifts: shareBetween(
    'Share of companies on mobile phones that keep the phones: they are switched on when work begins and off when it ends.',
    0.1,
    0.4,
  ),
  officeWifi: shareBetween(
    'Share of companies on mobile phones whose phones stay on its Wi-Fi, behind one address.',
    0.05,
    0.3,
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
  hotel: kind('a room of a hotel, whose guests call from its exchange', 0.003, 0.04),
  testLab: kind('a SIM card of a lab, which tries the cards in many phones and calls between them', 0.001, 0.01),
  redials: parameter(share, 'Share of their calls not answered that people try again within seconds.', (random) =>
    random.chance(0.4) ? 0 : rounded(random.between(0.02, 0.35)),
  ),
  longTalks: parameter(
    share,
    'Share of call centres and surveys that talk for minutes, take their calls from a dialler, and are hardly called back.',
    (random) => rounded(random.between(0.1, 0.6)),
  ),
} as const;

function kind(words: string, low: number, high: number): Parameter<typeof share> {
  return parameter(share, `Share of subscribers: ${words}.`, (random) => rounded(logUniform(random, low, high)));
}

/** Values of a table of parameters. */
export type Values<T> = { [K in keyof T]: T[K] extends { schema: infer S extends z.ZodType } ? z.infer<S> : never };
export type NetworkValues = Values<typeof NETWORK>;
export type PopulationValues = Values<typeof POPULATION>;
