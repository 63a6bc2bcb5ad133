import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatpoolEvent } from '../../src/events/event.ts';
import { at, instant, observe, type paired as Paired, paired, type Seen } from './network.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function seen(changes: Record<string, unknown>): Promise<Seen> {
  const network = await observe(changes);
  folders.push(network.folder);
  return network;
}

const LINES = 8;
const START = Date.parse('2024-03-05T08:00:00Z') / 1000;
const radio = {
  restarts: 0,
  powerOn: 0,
  modems: 'one',
  cells: 'one',
  trunk: 0,
  detaches: 1,
  balanceHours: 0,
  notices: 0,
};
const plain = {
  ...{ lines: LINES, idle: 0, use: 'scam', imei: 'fixed', simDelay: 0 },
  ...{ from: 0, until: 24, pause: 60, calls: 'loop', bulkTexts: 0, codes: 0, locked: true },
  ...{ atOnce: 0, redials: 0, humanAnswers: false },
};

/** Nothing that holds a line back. */
const BUSY = { hourCap: 0, dayCap: 0, leastAnswered: 0, leastTalk: 0, family: 0.2, siblings: 0.1 };
/** Everything that an access can show is shown. */
const OPEN = {
  ...{ loss: 0, retransmissions: 0, clockA: 0, clockMap: 0, clockCap: 0, clockIsup: 0, authenticate: 1, imeisv: 1 },
  ...{ commonId: 1, identity: 1, camel: 1, camelPhase: 4, camelImei: 1, authDelay: 150, periodic: 1 },
  handoversAtRest: 0,
};

describe('boxes as SS7 shows them', () => {
  let network: Seen;
  let mates: ReturnType<typeof Paired>;
  const BOXES = ['naive', 'imei', 'bank', 'mobility', 'counterparts', 'incoming', 'texts', 'handset', 'wifi', 'all'];

  /** Events of the lines of one box on the A interface; all of them name the IMSI here. */
  const air = new Map<string, CatpoolEvent[]>();
  const numbers = new Map<string, string[]>();
  let ordinary: CatpoolEvent[];

  beforeAll(async () => {
    const box = (difficulty: string, changes: object = {}, of: object = {}) => ({
      ...plain,
      difficulty,
      radio: { ...radio, ...of },
      ...changes,
    });
    network = await seen({
      seed: 31,
      subscribers: 120,
      hours: 6,
      start: '2024-03-05T08:00:00Z',
      country: '44',
      interfaces: ['sip', 'a', 'map', 'cap', 'isup'],
      gateways: [
        box('naive', {}, { powerOn: 1, stagger: 1 }),
        box('imei', { imei: 'timer', imeiPeriod: 1, imeiJitter: 0 }),
        box('bank', { simDelay: 1500 }, { simsPerModem: 4, simHours: 0.5 }),
        { ...box('mobility'), radio: { ...radio, cells: 'poll', cellPeriod: 20 } },
        box('counterparts', { family: 0.9, familySize: 10, sequential: 0 }),
        box('incoming', { siblings: 0.4, incoming: 'answer' }),
        box('texts', {}, { textsPerDay: 12, textsInPerDay: 12 }),
        { ...box('handset'), radio: { ...radio, modems: 'handsets' } },
        box('wifi', { accessInfo: 1 }, { wifi: true }),
        box(
          'all',
          { ...BUSY, imei: 'random', imeiPeriod: 1, use: 'bypass' },
          { ...{ trunk: 1, trunkOver: 'isup', cells: 'few' } },
        ),
      ],
      network: { loss: 0, legs: 'b2bua', cells: 10 },
      ss7: { ...OPEN, pointCodes: 'itu', circuit: 1, exchanges: 2, areaCells: 6 },
    });
    mates = paired(network);
    const imsis = new Map<string, string>();
    for (const { line, imsi } of network.acts) imsis.set(imsi, line);
    for (const { call, leg } of mates.pairs)
      if (leg.imsi) imsis.set(leg.imsi, leg.direction === 'originating' ? call.caller : call.called);
    const boxOf = new Map(network.labels.map(([line, , , , gateway]) => [line!, gateway!]));
    for (const [line, gateway] of boxOf) {
      const name = gateway === '' ? 'ordinary' : BOXES[Number(gateway.slice(4)) - 1]!;
      numbers.set(name, [...(numbers.get(name) ?? []), line]);
    }
    for (const event of network.events) {
      if (event.interface !== 'bssap' || event.imsi === null) continue;
      const gateway = boxOf.get(imsis.get(event.imsi) ?? '') ?? '';
      const name = gateway === '' ? 'ordinary' : BOXES[Number(gateway.slice(4)) - 1]!;
      air.set(name, [...(air.get(name) ?? []), event]);
    }
    ordinary = air.get('ordinary')!;
  });

  const of = (name: string, kind?: CatpoolEvent['kind']) =>
    air.get(name)!.filter((event) => kind === undefined || event.kind === kind);
  const distinct = (events: readonly CatpoolEvent[], column: 'imei' | 'cell' | 'classmark' | 'imsi') =>
    new Set(events.flatMap((event) => event[column] ?? []));
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  /** Classmark 2 alone: location updates show the short one. */
  const calls = (name: string) => of(name, 'leg');

  it('each is labelled with what it hides', () => {
    for (const [index, name] of BOXES.entries()) {
      const labels = network.labels.filter(([, , , , gateway]) => gateway === `box-${index + 1}`);
      expect(labels).toHaveLength(LINES);
      for (const label of labels) expect(label[5]).toBe(name);
    }
  });

  it('the calls of all are given back, each once on each interface, and no other', () => {
    expect(mates.missing).toEqual([]);
    expect(mates.extra).toEqual([]);
  });

  it('one that hides nothing stays in one cell with one classmark and an IMEI for each modem, under one TAC', () => {
    expect(distinct(of('naive'), 'cell').size).toBe(1);
    expect(distinct(calls('naive'), 'classmark').size).toBe(1);
    const imeis = [...distinct(of('naive'), 'imei')];
    expect(imeis).toHaveLength(LINES);
    expect(new Set(imeis.map((imei) => imei.slice(0, 8))).size).toBe(1);
  });

  it('one that is switched on attaches all its lines within seconds, and does nothing before', () => {
    const attaches = of('naive', 'presence').filter(({ lu_type: type }) => type === 'attach');
    expect(distinct(attaches, 'imsi').size).toBe(LINES);
    const times = attaches.map(({ time }) => at(time));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(START + 3600);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(LINES + 2);
    expect(Math.min(...of('naive').map(({ time }) => at(time)))).toBe(Math.min(...times));
  });

  it('IMEIs change on a timer while the classmark stays', () => {
    expect(distinct(of('imei'), 'imei').size).toBeGreaterThan(LINES * 4);
    expect(distinct(calls('imei'), 'classmark').size).toBe(1);
  });

  it('SIMs of a bank answer late, and take turns in a modem: one leaves, another comes with the same IMEI and cell', () => {
    const latency = (events: readonly CatpoolEvent[]) =>
      median(events.flatMap(({ kind, latency_ms: ms }) => (kind === 'auth' && ms !== null ? [ms] : [])));
    // 150 ms of a phone, and 0.8 to 1.25 times the 1500 ms there and back.
    expect(latency(of('bank'))).toBeGreaterThan(150 + 0.8 * 1500 - 300);
    expect(latency(of('bank'))).toBeLessThan(150 + 1.25 * 1500 + 300);
    expect(latency(ordinary)).toBeLessThan(250);
    const imeis = distinct(of('bank'), 'imei');
    expect(imeis.size).toBe(LINES / 4);
    for (const imei of imeis)
      expect(
        distinct(
          of('bank').filter((event) => event.imei === imei),
          'imsi',
        ).size,
      ).toBeGreaterThan(2);
    const presence = of('bank', 'presence');
    const leaves = presence.filter(({ lu_type: type }) => type === 'detach');
    expect(leaves.length).toBeGreaterThan(10);
    for (const left of leaves) {
      const next = presence.find(
        (event) => event.lu_type === 'attach' && at(event.time) > at(left.time) && at(event.time) < at(left.time) + 45,
      );
      const last = at(left.time) > START + 6 * 3600 - 45;
      if (!last) expect(next?.cell, `after ${left.imsi} at ${left.time.s}`).toBe(left.cell);
    }
  });

  it('what moves is in many cells, what does not in one', () => {
    expect(distinct(of('mobility'), 'cell').size).toBeGreaterThan(2);
    for (const imsi of distinct(of('mobility', 'leg'), 'imsi'))
      expect(
        distinct(
          of('mobility').filter((event) => event.imsi === imsi),
          'cell',
        ).size,
      ).toBeGreaterThan(1);
    for (const name of ['imei', 'counterparts', 'texts']) expect(distinct(of(name), 'cell').size, name).toBe(1);
  });

  it('a family of ten gets nine calls of ten', () => {
    for (const line of numbers.get('counterparts')!) {
      const called = network.calls.filter(({ caller }) => caller === line).map((call) => call.called);
      const often = [...new Set(called)]
        .map((number) => called.filter((other) => other === number).length)
        .sort((a, b) => b - a);
      expect(called.length).toBeGreaterThan(15);
      expect(often.slice(0, 10).reduce((sum, count) => sum + count, 0) / called.length).toBeGreaterThan(0.7);
    }
  });

  it('siblings call each other and are answered', () => {
    const box = new Set(numbers.get('incoming'));
    const own = network.calls.filter(({ caller, called }) => box.has(caller) && box.has(called));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter(({ outcome }) => outcome === 'answered').length).toBeGreaterThan(5);
    const naive = new Set(numbers.get('naive'));
    expect(network.calls.filter(({ caller, called }) => naive.has(caller) && naive.has(called))).toEqual([]);
  });

  it('short messages are mimicked, both ways', () => {
    const ways = (name: string) => new Set(of(name, 'sms').map(({ direction }) => direction));
    expect(ways('texts')).toEqual(new Set(['originating', 'terminating']));
    expect(ways('naive').has('originating')).toBe(false);
  });

  it('real handsets have the TACs and the classmarks that people have', () => {
    const pairs = (events: readonly CatpoolEvent[]) =>
      new Set(events.flatMap(({ imei, classmark }) => (imei && classmark ? [`${imei.slice(0, 8)} ${classmark}`] : [])));
    const mine = pairs(calls('handset'));
    expect(new Set([...mine].map((pair) => pair.slice(0, 8))).size).toBe(mine.size);
    expect(mine.size).toBeGreaterThan(2);
    // Phones of everybody: one classmark for each TAC, and many of them.
    const people = pairs(ordinary.filter(({ kind }) => kind === 'leg'));
    expect(new Set([...people].map((pair) => pair.slice(0, 8))).size).toBe(people.size);
    expect(people.size).toBeGreaterThan(15);
    for (const pair of mine)
      if ([...people].some((other) => other.startsWith(pair.slice(0, 8)))) expect(people.has(pair)).toBe(true);
  });

  it('of SIMs on Wi-Fi calling the radio network sees nothing, SIP all', () => {
    expect(air.get('wifi')).toBeUndefined();
    const lines = new Set(numbers.get('wifi'));
    const legs = mates.pairs.filter(({ call }) => lines.has(call.caller));
    expect(legs.length).toBeGreaterThan(100);
    expect(new Set(legs.map(({ leg }) => leg.interface))).toEqual(new Set(['sip', 'isup', 'bssap', 'cap']));
    for (const { leg, event } of legs.filter(
      (pair) => pair.leg.direction === 'originating' && pair.leg.interface === 'sip',
    ))
      expect([leg.cell, event.cell, event.access]).toEqual([undefined, null, 'IEEE-802.11']);
  });

  it('a call from abroad has its leg on the trunk: before it, to the same number, answered and released within 1.5 s', () => {
    const lines = new Set(numbers.get('all'));
    expect(mates.abroad.length).toBeGreaterThan(50);
    for (const { call, trunk, event } of mates.abroad) {
      expect(lines.has(call.caller)).toBe(true);
      expect(event.interface).toBe('isup');
      expect(event.counterpart).toBe(call.called);
      expect(event.msisdn?.startsWith('44')).toBe(false);
      const lead = instant(call.start) - at(event.time);
      expect(lead).toBeGreaterThan(0);
      expect(lead).toBeLessThanOrEqual(8);
      expect(event.answer_time === null).toBe(trunk.answer === null);
      if (call.answer !== null && event.answer_time !== null)
        expect(Math.abs(at(event.answer_time) - instant(call.answer))).toBeLessThan(1.5);
      if (call.end !== null && event.outcome !== 'open')
        expect(Math.abs(at(event.end_time!) - instant(call.end))).toBeLessThan(1.5);
    }
  });
});

describe('axes on SIP alone', () => {
  it('show there: late answers of a bank whose SIMs take turns on one address, moving cells, trunks behind the box', async () => {
    const box = { ...plain, make: 'phone', accessInfo: 1 };
    const network = await seen({
      seed: 8,
      subscribers: 60,
      hours: 4,
      start: '2024-03-05T08:00:00Z',
      country: '44',
      network: {
        loss: 0,
        akaShare: 1,
        tcp: 0,
        natExpires: 300,
        challenge: 0,
        nonceReuse: 0,
        identity: 'number',
        cells: 10,
      },
      gateways: [
        { ...box, difficulty: 'bank', simDelay: 2000, radio: { ...radio, simsPerModem: 4, simHours: 0.5 } },
        { ...box, difficulty: 'mobility', radio: { ...radio, cells: 'poll', cellPeriod: 15 } },
        { ...box, difficulty: 'naive', use: 'bypass', radio: { ...radio, trunk: 1, trunkOver: 'sip', restarts: 0 } },
      ],
    });
    const of = (number: number, wanted: CatpoolEvent['kind']) => {
      const lines = network.labels.filter(([, , , , gateway]) => gateway === `box-${number}`).map(([line]) => line!);
      return network.events.filter(
        ({ kind, aor }) => kind === wanted && lines.some((line) => aor?.includes(line.slice(2))),
      );
    };
    const delays = of(1, 'registration').flatMap(({ latency_ms: ms }) => ms ?? []);
    expect(Math.min(...delays)).toBeGreaterThan(0.7 * 0.8 * 2000);
    const endpoints = new Map<string, Set<string>>();
    for (const { endpoint, aor } of of(1, 'registration'))
      endpoints.set(endpoint!, (endpoints.get(endpoint!) ?? new Set()).add(aor!));
    expect(endpoints.size).toBe(LINES / 4);
    for (const aors of endpoints.values()) expect(aors.size).toBeGreaterThan(2);
    const cells = new Set(of(2, 'leg').flatMap(({ cell }) => cell ?? []));
    expect(cells.size).toBeGreaterThan(1);
    expect(network.calls.filter(({ trunk }) => trunk?.interface === 'sip').length).toBeGreaterThan(50);
  });
});

it('calls of who stays where he is are handed over as often as the network says, and back', async () => {
  const cellsOf = async (handoversAtRest: number): Promise<string[][]> => {
    const network = await seen({
      ...{ seed: 5, subscribers: 10, hours: 2, start: '2024-03-05T08:00:00Z', country: '44', interfaces: ['a'] },
      network: { cells: 20, sectors: 1 },
      // Nobody on the way is handed over.
      ss7: { ...OPEN, circuit: 1, areaCells: 20, handovers: 0, handoversAtRest },
      gateways: [{ ...plain, difficulty: 'naive', evenTalk: 120, talkSpread: 0.02, pause: 20, answered: 0.65, radio }],
    });
    const byLine = new Map<string, string[]>();
    for (const { kind, imsi, cell } of network.events)
      if (kind === 'handover') byLine.set(imsi!, [...(byLine.get(imsi!) ?? []), String(cell)]);
    return [...byLine.values()];
  };
  expect(await cellsOf(0)).toEqual([]);
  const moved = await cellsOf(1);
  // Two minutes of talk each, some fifteen answered calls an hour: one a minute, less what ends before the next.
  const busy = moved.filter(({ length }) => length > 20);
  expect(busy.length).toBeGreaterThanOrEqual(LINES);
  for (const cells of busy) {
    // Every other handover is back.
    expect(cells.filter((cell) => cell === cells[1]).length).toBeGreaterThan(cells.length / 4);
  }
});
