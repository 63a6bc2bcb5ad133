import { z } from 'zod';
import type { Random } from '../../base/random.ts';
import { logInteger, logUniform, rounded } from '../draws.ts';
import { choice, parameter, positive, share, shareBetween, type Values } from '../parameters.ts';

/** Where a probe can be: SIP access and trunks, the A interface, MAP, CAP and ISUP links. */
export const INTERFACES = ['sip', 'a', 'map', 'cap', 'isup'] as const;
export type InterfaceName = (typeof INTERFACES)[number];

/** Many clocks are right, the others off by up to a second or two. */
function clock(of: string) {
  return parameter(z.number().min(-60).max(60), `Seconds that the clock of the ${of} probe is ahead.`, (random) =>
    random.chance(0.5) ? 0 : rounded((random.chance(0.5) ? 1 : -1) * logUniform(random, 0.01, 2)),
  );
}

/** The circuit-switched network and its probes. */
export const SS7 = {
  circuit: shareBetween('Share of mobile lines whose calls go over the A interface; the others call over SIP.', 0.3, 1),
  exchanges: parameter(z.int().min(1).max(64), 'Exchanges (MSC and VLR).', (random) => logInteger(random, 1, 6)),
  areaCells: parameter(z.int().min(1).max(500), 'Cells of a location area.', (random) => logInteger(random, 2, 30)),
  carriers: parameter(z.int().min(1).max(100), 'Networks outside that trunks lead to.', (random) =>
    logInteger(random, 2, 12),
  ),
  pointCodes: choice(['itu', 'china'], 'Point codes of 14 or of 24 bits.', { itu: 0.75, china: 0.25 }),
  authenticate: shareBetween('Share of accesses that are authenticated.', 0.1, 1),
  authDelay: parameter(
    positive,
    'Milliseconds from an authentication request to the answer, median of phones.',
    (random) => rounded(logUniform(random, 90, 900)),
  ),
  authSpread: parameter(
    positive,
    'Sigma of the logarithm of that time, over phones and over the accesses of each.',
    (random) => rounded(logUniform(random, 0.04, 0.5)),
  ),
  imeisv: shareBetween('Share of accesses in which ciphering asks for the IMEISV.', 0, 1),
  identity: shareBetween('Share of location updates in which the exchange asks for the IMEI.', 0, 1),
  checkImei: shareBetween('Share of location updates in which it asks the equipment register.', 0, 1),
  commonId: parameter(share, 'Share of accesses in which the exchange tells the controller the IMSI.', (random) =>
    random.chance(0.2) ? 0 : rounded(random.between(0.2, 1)),
  ),
  reallocate: shareBetween('Share of accesses that give a new TMSI.', 0.05, 1),
  byImsi: parameter(share, 'Share of accesses of phones with a TMSI that name the IMSI.', (random) =>
    rounded(logUniform(random, 0.005, 0.2)),
  ),
  periodic: parameter(positive, 'Hours between periodic location updates.', (random) =>
    random.pick([0.5, 1, 1, 2, 3, 4, 6, 12]),
  ),
  purge: parameter(positive, 'Hours of silence after which a register forgets a phone.', (random) =>
    rounded(logUniform(random, 6, 72)),
  ),
  camel: shareBetween('Share of lines whose calls are watched by CAMEL when they call.', 0.3, 1),
  camelTerminating: parameter(share, 'Share of lines whose calls are watched when they are called.', (random) =>
    random.chance(0.5) ? 0 : rounded(random.between(0.05, 0.8)),
  ),
  camelPhase: parameter(z.int().min(1).max(4), 'CAMEL phase.', (random) => random.pick([2, 2, 3, 4, 4])),
  camelImei: shareBetween('Share of CAMEL dialogues that say the IMEI (phase 4).', 0, 1),
  textsIn: parameter(z.number().min(0), 'Short messages from outside that a person gets a day.', (random) =>
    rounded(logUniform(random, 0.5, 12)),
  ),
  ussd: parameter(z.number().min(0), 'Service codes that a person dials a day.', (random) =>
    rounded(logUniform(random, 0.02, 0.6)),
  ),
  handovers: parameter(z.number().min(0), 'Handovers a minute of talk, of who is on the way.', (random) =>
    rounded(logUniform(random, 0.05, 1)),
  ),
  handoversAtRest: parameter(
    z.number().min(0),
    'Handovers a minute of talk, of who stays where he is: to a cell that is heard there too, and back.',
    (random) => (random.chance(0.3) ? 0 : rounded(logUniform(random, 0.005, 0.4))),
  ),
  loss: parameter(z.number().min(0).max(0.5), 'Share of packets that the SS7 probes miss.', (random) =>
    random.chance(0.6) ? 0 : rounded(logUniform(random, 1e-4, 1e-2)),
  ),
  retransmissions: parameter(share, 'Share of SCTP packets that are sent twice.', (random) =>
    random.chance(0.3) ? 0 : rounded(logUniform(random, 1e-4, 1e-2)),
  ),
  clockA: clock('A interface'),
  clockMap: clock('MAP'),
  clockCap: clock('CAP'),
  clockIsup: clock('ISUP'),
} as const;
export type Ss7Values = Values<typeof SS7>;

/** What the probes do not see. */
export const VISIBILITY = {
  interfaces: z.array(z.enum(INTERFACES)).min(1).optional().describe('Interfaces whose captures are written.'),
  sampling: share.default(1).describe('Share of lines that the probes follow.'),
  loss: share.default(0).describe('Share of packets that are missing besides.'),
  registrations: z
    .boolean()
    .default(true)
    .describe('Whether the SIP captures show registrations; at an interconnect, or between switches, there are none.'),
  from: z.number().min(0).default(0).describe('Hours into the run at which the captures begin.'),
  until: z.number().positive().optional().describe('Hours into the run at which they end.'),
};

/** What every box has on the radio side, and what one that hides nothing does there. */
export const RADIO = {
  cells: choice(
    ['one', 'few', 'poll', 'commute'],
    'Cells of the modems: all locked to one; each to one of a few near ones; a walk over the near ones on a timer; moved like people.',
    { one: 0.7, few: 0.3, poll: 0, commute: 0 },
  ),
  cellPeriod: parameter(positive, 'Minutes that a modem stays in a cell, where it walks.', (random) =>
    rounded(logUniform(random, 5, 240)),
  ),
  modems: choice(['one', 'several', 'handsets'], 'Radio parts: of one model, of several, or real phones.', {
    one: 0.8,
    several: 0.2,
    handsets: 0,
  }),
  wifi: parameter(z.boolean(), 'Its SIMs are on Wi-Fi calling, with no radio at all.', () => false),
  simsPerModem: parameter(z.int().min(1).max(16), 'SIMs that take turns in a modem; 1: each has its own.', () => 1),
  simHours: parameter(positive, 'Hours that a SIM works before the next takes its place.', (random) =>
    rounded(logUniform(random, 0.25, 8)),
  ),
  textsPerDay: parameter(z.number().min(0), 'Short messages that a line sends a day.', () => 0),
  textsInPerDay: parameter(z.number().min(0), 'Short messages that a line gets a day.', (random) =>
    rounded(random.between(0, 0.5)),
  ),
  notices: parameter(
    z.number().min(0),
    'Short messages of its operator that a line gets a day besides: advertising, its balance, calls that it missed.',
    (random) => (random.chance(0.3) ? 0 : rounded(logUniform(random, 0.5, 15))),
  ),
  balanceHours: parameter(
    z.number().min(0),
    'Hours between service codes that ask for the balance; 0: never.',
    (random) => (random.chance(0.5) ? 0 : rounded(logUniform(random, 2, 48))),
  ),
  powerOn: parameter(
    z.number().min(0),
    'Hours into the run at which the box is switched on; 0: it was on before.',
    (random) => (random.chance(0.5) ? 0 : rounded(logUniform(random, 0.02, 6))),
  ),
  stagger: parameter(positive, 'Seconds between two of its modems that attach.', (random) =>
    rounded(logUniform(random, 0.05, 8)),
  ),
  restarts: parameter(z.number().min(0), 'Restarts of the whole box a day.', (random) =>
    random.chance(0.4) ? 0 : rounded(logUniform(random, 0.1, 4)),
  ),
  detaches: shareBetween('Share of switch-offs in which a modem takes its leave.', 0, 1),
  trunk: shareBetween("Share of a bypass box's calls whose leg from abroad is seen.", 0, 1),
  trunkOver: choice(['sip', 'isup'], 'Where that leg is seen.', { sip: 0.75, isup: 0.25 }),
  trunkLead: parameter(
    z.number().min(0).max(8),
    'Seconds from that leg to the call of the mobile line, median.',
    (random) => rounded(logUniform(random, 0.15, 5)),
  ),
};
export type RadioValues = Values<typeof RADIO>;

/** What one that hides does instead, by axis. */
export const RADIO_HIDDEN: Readonly<Record<string, Partial<Record<keyof typeof RADIO, object>>>> = {
  bank: { simsPerModem: { ...RADIO.simsPerModem, draw: (random: Random) => random.integer(2, 6) } },
  mobility: {
    cells: { ...RADIO.cells, draw: (random: Random) => (random.chance(0.6) ? 'poll' : 'commute') },
  },
  texts: {
    textsPerDay: { ...RADIO.textsPerDay, draw: (random: Random) => rounded(logUniform(random, 0.5, 8)) },
    textsInPerDay: { ...RADIO.textsInPerDay, draw: (random: Random) => rounded(logUniform(random, 0.5, 10)) },
  },
  handset: { modems: { ...RADIO.modems, draw: () => 'handsets' } },
  wifi: { wifi: { ...RADIO.wifi, draw: () => true } },
};
