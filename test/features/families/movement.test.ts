import { describe, expect, test } from 'vitest';
import { CellPlaces } from '../../../src/features/references/cell-places.ts';
import { Sightings } from '../../../src/features/sightings.ts';
import { call, callFrom, context, event, feature, historyOf, measured, populationOf, registration } from '../lines.ts';

const cell = (name: string) => ({ mcc: '460', mnc: '00', lac: 6151, cell: name });
/** Registrations in these cells, one an hour. */
const seen = (names: string, step = 3600) => [...names].map((name, i) => registration(i * step, cell(name)));

/** Kilometres of a degree of a great circle. */
const DEGREE = (Math.PI / 180) * 6371.0088;
// A and B 0.1 degrees apart on a meridian, C 1 degree north of A, D where nobody knows.
const cells = new CellPlaces();
cells.add('460-00-6151-A', 30, 104);
cells.add('460-00-6151-B', 30.1, 104);
cells.add('460-00-6151-C', 31, 104);

describe('M4 radius of gyration', () => {
  test('half the distance where it is as often here as there', () => {
    expect(measured('radius_of_gyration', seen('ABABAB'), { cells })).toBeCloseTo((0.1 * DEGREE) / 2, 9);
    expect(measured('radius_of_gyration', seen('AAAAA'), { cells })).toBe(0);
    // Places 0, 0, 0, 0, 1: variance 4/25, of squares of 0.1 degrees.
    expect(measured('radius_of_gyration', seen('AADAAB'), { cells })).toBeCloseTo(0.4 * 0.1 * DEGREE, 9);
  });
  test('missing below five known places, and without the table', () => {
    expect(measured('radius_of_gyration', seen('ABABDDD'), { cells })).toBeNaN();
    expect(measured('radius_of_gyration', seen('ABABAB'))).toBeNaN();
  });
});

describe('M8 top speed', () => {
  test('distance over time, of the fastest move', () => {
    // 0.1 degrees in an hour, then 0.9 degrees in an hour.
    expect(measured('top_speed', seen('AABC'), { cells })).toBeCloseTo(0.9 * DEGREE, 9);
    // A place that is not known does not count: two hours.
    expect(measured('top_speed', seen('ADC'), { cells })).toBeCloseTo(DEGREE / 2, 9);
  });
  test('events within a minute count as a minute', () => {
    expect(measured('top_speed', seen('AC', 6), { cells })).toBeCloseTo(60 * DEGREE, 6);
  });
  test('cells near each other overlap', () => {
    const near = new CellPlaces();
    near.add('460-00-6151-A', 30, 104);
    near.add('460-00-6151-B', 30.08, 104);
    expect(measured('top_speed', seen('ABAB', 6), { cells: near })).toBe(0);
  });
  test('missing without two places', () => {
    expect(measured('top_speed', seen('AD'), { cells })).toBeNaN();
    expect(measured('top_speed', seen('AC'))).toBeNaN();
  });
});

describe('M9 handovers', () => {
  const mover = [
    call(0, '8613900000002', 90),
    callFrom(1000, '8613900000003', 30),
    event('handover', 30, cell('A')),
    event('handover', 60, cell('B')),
    event('handover', 1020, cell('A')),
  ];
  const population = populationOf(historyOf(mover));
  test('per minute of talk', () => {
    // 3 in 2 minutes.
    expect(measured('handovers_per_call_minute', mover, { population })).toBe(1.5);
    expect(measured('handovers_per_call_minute', [call(0, '8613900000002', 60)], { population })).toBe(0);
  });
  test('missing where nobody shows one, or below a minute of talk', () => {
    expect(measured('handovers_per_call_minute', [call(0, '8613900000002', 60)])).toBeNaN();
    expect(measured('handovers_per_call_minute', [call(0, '8613900000002', 59)], { population })).toBeNaN();
  });
});

test('M11b attaches an hour', () => {
  const updates = (types: readonly string[]) => types.map((lu_type, i) => event('presence', i * 100, { lu_type }));
  expect(measured('attaches_per_hour', updates(['attach', 'periodic', 'detach', 'attach', 'normal', 'attach']))).toBe(
    3 / 24,
  );
  expect(measured('attaches_per_hour', updates(['detach', 'normal']))).toBe(0);
  // MAP does not say why a location was updated.
  expect(measured('attaches_per_hour', [event('presence', 0, { interface: 'map' })])).toBeNaN();
});

describe('D12 one IMEI in two places', () => {
  const imei = '35693803000001';
  const at = (second: number, name: string, own: string) => registration(second, { imei: own, ...cell(name) });
  const lines = [
    historyOf([at(0, 'A', imei), at(3600, 'A', imei), at(7200, 'A', '35693803000009')], '861'),
    // 111 km away: 0.1 s before the first, 400 s (1000 km/h: 399 s and more are possible) after the second, with the third's IMEI nobody.
    historyOf([at(0.1, 'C', imei), at(3600 + 401, 'C', imei)], '862'),
    // Too near to tell.
    historyOf([at(3600, 'B', imei)], '863'),
  ];
  const population = populationOf(...lines);
  const sightings = new Sightings(cells);
  for (const history of lines) sightings.add(history, population);
  const value = (index: number) =>
    feature('imei_in_two_places').compute(lines[index]!, context({ population, cells, sightings }));

  test('counts events for which another line is out of reach', () => {
    expect(value(0)).toBe(1);
    expect(value(1)).toBe(1);
    expect(value(2)).toBe(0);
  });
  test('missing without a place, an IMEI or the table', () => {
    const without = (columns: object) =>
      feature('imei_in_two_places').compute(
        historyOf([registration(0, columns)]),
        context({ population, cells, sightings }),
      );
    expect(without(cell('A'))).toBeNaN();
    expect(without({ imei })).toBeNaN();
    expect(without({ imei, ...cell('D') })).toBeNaN();
    expect(feature('imei_in_two_places').compute(lines[0]!, context({ population }))).toBeNaN();
  });
});
