import { afterEach, describe, expect, test } from 'vitest';
import { type CatpoolEvent, emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import { CellPlaces } from '../../src/features/references/cell-places.ts';
import { Subscribers } from '../../src/features/references/subscribers.ts';
import { contextOf } from '../../src/scan/context.ts';
import { type LineOptions, Lines } from '../../src/scan/rows/lines.ts';
import { EventTable } from '../../src/scan/rows/table.ts';
import { SpoolStore } from '../../src/scan/spool.ts';

const START = 1_704_067_200;
const DAY = 86_400;

const stores: SpoolStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function linesOf(events: readonly CatpoolEvent[], options: Partial<LineOptions> = {}): Lines {
  const store = new SpoolStore(1e9);
  stores.push(store);
  const table = new EventTable(store);
  for (const event of events) table.add(event, 0);
  return new Lines(table, store, { from: START, until: START + DAY, ...options });
}

let serial = 0;
function event(
  kind: CatpoolEvent['kind'],
  over: CatpoolEvent['interface'],
  feed: string,
  second: number,
  columns: Partial<CatpoolEvent>,
): CatpoolEvent {
  serial++;
  const time = { s: START + second, ns: 0 };
  return { ...emptyEvent(kind, time, feed, over), event_id: serial.toString(16).padStart(16, '0'), ...columns };
}

/** An answered call of a minute. @param late seconds that the clock of its probe is fast */
function leg(
  over: CatpoolEvent['interface'],
  feed: string,
  second: number,
  late: number,
  columns: Partial<CatpoolEvent>,
) {
  const at = (offset: number) => ({ s: START + second + late + offset, ns: 0 });
  return event('leg', over, feed, second + late, {
    direction: 'originating',
    answer_time: at(7),
    end_time: at(67),
    talk_ms: 60_000,
    outcome: 'answered',
    ...columns,
  });
}

/** Values of features by line. */
function valuesOf(
  lines: Lines,
  name: string,
  options: Partial<Parameters<typeof contextOf>[1]> = {},
): Map<string, number> {
  const context = contextOf(lines, {
    from: START,
    until: START + DAY,
    observedSeconds: DAY,
    timeZone: null,
    prefixes: undefined,
    references: undefined,
    ...options,
  });
  const definition = CATALOGUE.find((one) => one.name === name)!;
  const values = new Map<string, number>();
  lines.each((history) => values.set(history.line, definition.compute(history, context)));
  return values;
}

const BOX = '8613800000001';
const PHONE = '8613800000002';
const ABROAD = '442071838750';
const LATE = 40;
/** Whom the box and the phone call, in turn. */
const called = (i: number) => String(8_613_900_000_000 + (i % 10));

/**
 * Calls from abroad come in over SIP and go on by radio; a phone calls the same numbers at other times. The probe of the trunk is 40 s
 * fast; both probes see the phone's calls.
 */
const TRUNK = Array.from({ length: 20 }, (_, i) => [
  leg('sip', 'trunk', i * 1000, LATE, { msisdn: ABROAD, counterpart: called(i) }),
  leg('bssap', 'radio', i * 1000 + 1, 0, { msisdn: BOX, imsi: '460001234567890', counterpart: called(i) }),
  leg('bssap', 'radio', i * 1000 + 500, 0, { msisdn: PHONE, imsi: '460001234567891', counterpart: called(i) }),
  leg('isup', 'trunk', i * 1000 + 500, LATE, { msisdn: PHONE, counterpart: called(i) }),
]).flat();

describe('legs on a trunk', () => {
  test('pair with the calls that carry them on, whatever the clocks of the probes', () => {
    const lines = linesOf(TRUNK, { prefixes: ['86138'] });
    expect(lines.clocks).toEqual([
      { feed: expect.any(String), seconds: 0, calls: 0 },
      { feed: expect.any(String), seconds: expect.any(Number), calls: 20 },
    ]);
    const [reference, other] = lines.clocks;
    expect(other!.seconds).toBe(reference!.feed === 'radio' ? -LATE : LATE);
    expect(valuesOf(lines, 'paired_leg_share')).toEqual(
      new Map([
        [BOX, 1],
        [PHONE, 0],
      ]),
    );
    // 20 numbers' worth of chance: of each called number 4 legs (of the box's others: 2 from abroad, 2 of the phone) x 8 s a day.
    const evidence = valuesOf(lines, 'paired_leg_evidence');
    expect(evidence.get(BOX)).toBeGreaterThan(50);
    expect(evidence.get(PHONE)).toBe(0);
    expect(valuesOf(lines, 'called_on_trunk_share')).toEqual(
      new Map([
        [BOX, 1],
        [PHONE, 1],
      ]),
    );
  });

  test('without a second feed there are no clocks to compare', () => {
    const one = TRUNK.filter(({ feed }) => feed === 'radio');
    expect(linesOf(one).clocks).toEqual([]);
    expect(valuesOf(linesOf(one), 'paired_leg_share')).toEqual(
      new Map([
        [BOX, Number.NaN],
        [PHONE, Number.NaN],
      ]),
    );
  });

  test('a call that two feeds see is one call', () => {
    expect(valuesOf(linesOf(TRUNK, { prefixes: ['86138'] }), 'outgoing_per_hour').get(PHONE)).toBe(20 / 24);
  });
});

test('a subscriber on every interface is one line, named by what the register, or a trunk, alone knows', () => {
  const imsi = '460001234567890';
  const events = [
    event('presence', 'bssap', 'probe', 0, { imsi, lu_type: 'attach', cell: '460-00-6151-1' }),
    event('auth', 'map', 'probe', 1, { imsi, latency_ms: 20 }),
    leg('bssap', 'probe', 100, 0, { imsi, counterpart: called(0) }),
    leg('cap', 'probe', 100, 0, { imsi, counterpart: called(0) }),
    leg('isup', 'probe', 101, 0, { msisdn: BOX, counterpart: called(0) }),
    leg('isup', 'probe', 900, 0, { msisdn: PHONE, counterpart: BOX }),
  ];
  const named = (some: readonly CatpoolEvent[], register?: Subscribers) => {
    const lines = linesOf(some, { imsiPrefixes: ['46000'], ...(register === undefined ? {} : { register }) });
    const found: [string, string | null, number, number][] = [];
    lines.each(({ line, imsi: own, outgoingCount, incomingCount }) =>
      found.push([line, own, outgoingCount, incomingCount]),
    );
    return found;
  };
  // Nothing but the trunk says that the IMSI and the number are one.
  expect(named(events)).toEqual([[BOX, imsi, 1, 1]]);
  const apart = events.filter(({ msisdn }) => msisdn !== BOX);
  expect(named(apart)).toEqual([[imsi, imsi, 1, 0]]);
  const register = new Subscribers();
  register.add({ msisdn: BOX, imsi, id: '', activated: START, isThing: false, dealer: '', brand: '' });
  for (const some of [events, apart]) expect(named(some, register)).toEqual([[BOX, imsi, 1, 1]]);
});

test('reference files reach the features', () => {
  const cells = new CellPlaces();
  cells.add('460-00-6151-1', 30, 104);
  cells.add('460-00-6151-2', 31, 104);
  const register = new Subscribers();
  register.add({ msisdn: BOX, imsi: null, id: 'a', activated: START - DAY, isThing: false, dealer: '', brand: '' });
  const lines = linesOf([
    event('registration', 'sip', 'probe', 0, { msisdn: BOX, cell: '460-00-6151-1', imei: '35693803000001' }),
    event('registration', 'sip', 'probe', 3600, { msisdn: BOX, cell: '460-00-6151-2', imei: '35693803000001' }),
  ]);
  const references = { cells, subscribers: register, tacClass: () => 'module' as const };
  const value = (name: string, given: typeof references | undefined) =>
    valuesOf(lines, name, { references: given }).get(BOX);
  expect(value('top_speed', references)).toBeCloseTo((Math.PI / 180) * 6371.0088, 6);
  expect(value('imei_in_two_places', references)).toBe(0);
  expect(value('lines_per_identity', references)).toBe(1);
  expect(value('module_tac_share', references)).toBe(1);
  for (const name of ['top_speed', 'imei_in_two_places', 'lines_per_identity', 'module_tac_share'])
    expect(value(name, undefined)).toBeNaN();
});
