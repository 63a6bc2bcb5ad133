import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CatpoolEvent, EVENT_KINDS, emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE, computeVector, featureNames } from '../../src/features/catalogue.ts';
import type { FeatureContext } from '../../src/features/definition.ts';
import { History } from '../../src/features/history/history.ts';
import { Pairing } from '../../src/features/pairing.ts';
import { Population } from '../../src/features/population.ts';
import { CellPlaces } from '../../src/features/references/cell-places.ts';
import { Sightings } from '../../src/features/sightings.ts';
import { at, START } from './lines.ts';

const DAY = 86_400;
const CELLS = new CellPlaces();
for (const number of [1, 2, 3]) CELLS.add(String(number), 30 + number ** 2 / 10, 104);

const number = (base: number, many: number) => fc.integer({ min: 0, max: many - 1 }).map((i) => String(base + i));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4, nil: null });

/** Events of a few lines over two days. */
const EVENTS = fc.array(
  fc
    .record({
      kind: fc.constantFrom('leg' as const, 'leg' as const, ...EVENT_KINDS),
      interface: fc.constantFrom('sip' as const, 'bssap' as const, 'cap' as const, 'isup' as const, 'map' as const),
      direction: fc.constantFrom('originating' as const, 'originating' as const, 'terminating' as const, null),
      msisdn: number(8_613_800_000_000, 3),
      counterpart: maybe(number(8_613_900_000_000, 8)),
      second: fc.integer({ min: 0, max: 2 * DAY - 1 }),
      answered: fc.boolean(),
      talk: fc.integer({ min: 1, max: 600 }),
      cell: maybe(fc.constantFrom('1', '2', '3')),
      imei: maybe(number(35_693_803_000_000, 4)),
      classmark: maybe(fc.constantFrom('53', '57')),
      imsi: maybe(number(460_000_000_000_000, 20)),
      lu_type: maybe(fc.constantFrom('attach', 'periodic', 'normal')),
      latency_ms: maybe(fc.integer({ min: 5, max: 900 })),
      user_agent: maybe(fc.constantFrom('dble', 'phone/1')),
      endpoint: maybe(fc.constantFrom('10.0.0.1:5060', '203.0.113.1:5061')),
      access: maybe(fc.constantFrom('3GPP-E-UTRAN-FDD', 'IEEE-802.11')),
      sms_length: maybe(fc.integer({ min: 1, max: 4 })),
      ussd_code: maybe(fc.constantFrom('*101#', '*5#')),
    })
    .map(({ kind, interface: over, second, answered, talk, ...columns }) => ({
      ...emptyEvent(kind, at(second), 'probe', over),
      ...columns,
      answer_time: kind === 'leg' && answered ? at(second + 5) : null,
      end_time: kind === 'leg' ? at(second + 5 + talk) : null,
      talk_ms: kind === 'leg' && answered ? talk * 1000 : null,
      outcome: kind === 'registration' ? ('registered' as const) : answered ? ('answered' as const) : ('busy' as const),
    })),
  { minLength: 1, maxLength: 120 },
);

/** Gives events ids that do not hang on their time. */
const identified = (events: readonly CatpoolEvent[]) =>
  events.map((event, i) => ({ ...event, event_id: (i * 2_654_435_761).toString(16).padStart(16, '0') }));

/** Vectors by line, as a scan makes them. @param shift seconds that the window begins later */
function vectorsOf(events: readonly CatpoolEvent[], shift = 0): Map<string, Float64Array> {
  const lines = [...new Set(events.map(({ msisdn }) => msisdn!))];
  const [from, until] = [START + shift, START + shift + 2 * DAY];
  const histories = lines.map((line) => {
    const history = new History();
    history.reset(line);
    for (const event of events) if (event.msisdn === line) history.push(event, 'own');
    history.seal();
    return history;
  });
  const population = new Population();
  for (const history of histories) population.add(history, (from + until) / 2);
  const sightings = new Sightings(CELLS);
  for (const history of histories) sightings.add(history, population);
  const pairing = new Pairing(2 * DAY);
  for (const event of events) if (event.counterpart !== null) pairing.noteCalled(Number(event.counterpart));
  const seconds = (time: CatpoolEvent['answer_time']) => (time === null ? Number.NaN : time.s);
  for (const { interface: over, counterpart, msisdn, time, answer_time, end_time, kind } of events) {
    if (kind !== 'leg' || over !== 'isup') continue;
    pairing.noteTrunk({
      called: Number(counterpart ?? Number.NaN),
      caller: Number(msisdn),
      time: time.s,
      answer: seconds(answer_time),
      end: seconds(end_time),
    });
  }
  pairing.seal();
  const context: FeatureContext = {
    from,
    until,
    observedSeconds: 2 * DAY,
    population,
    localOffset: () => 28_800,
    cells: CELLS,
    sightings,
    pairing,
  };
  return new Map(
    histories.map((history) => {
      const out = new Float64Array(CATALOGUE.length);
      computeVector(history, context, out);
      return [history.line, out];
    }),
  );
}

/** That two vectors are the same, but for what rounding of times does; names the feature that differs. */
function expectSame(a: Float64Array, b: Float64Array): void {
  for (const [i, name] of featureNames.entries()) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || Math.abs(x - y) <= 1e-6 * Math.max(1, Math.abs(x))) continue;
    expect({ [name]: y }).toEqual({ [name]: x });
  }
}

describe('features do not change', () => {
  test('when everything happens some days later', () => {
    fc.assert(
      fc.property(EVENTS, fc.integer({ min: -400, max: 400 }), (events, days) => {
        const shift = days * DAY;
        const later = (time: CatpoolEvent['answer_time']) =>
          time === null ? null : { s: time.s + shift, ns: time.ns };
        const shifted = identified(events).map((event) => ({
          ...event,
          time: later(event.time)!,
          answer_time: later(event.answer_time),
          end_time: later(event.end_time),
        }));
        const before = vectorsOf(identified(events));
        for (const [line, vector] of vectorsOf(shifted, shift)) expectSame(before.get(line)!, vector);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('when lines have other names', () => {
    fc.assert(
      fc.property(EVENTS, (events) => {
        const rename = (line: string) => String(8_613_700_500_999 - (Number(line) - 8_613_800_000_000));
        const before = vectorsOf(identified(events));
        const after = vectorsOf(identified(events).map((event) => ({ ...event, msisdn: rename(event.msisdn!) })));
        for (const [line, vector] of before) expectSame(vector, after.get(rename(line))!);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test('when events come in another order', () => {
    fc.assert(
      fc.property(
        EVENTS.chain((events) => {
          const known = identified(events);
          return fc.tuple(fc.constant(known), fc.shuffledSubarray(known, { minLength: known.length }));
        }),
        ([events, shuffled]) => {
          const before = vectorsOf(events);
          for (const [line, vector] of vectorsOf(shuffled)) expect(vector).toEqual(before.get(line));
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

test('what the captures never show is missing, not zero', () => {
  // A calls B, by SIP alone: nothing of radio, place, device, register, network, trunk.
  const events = identified(
    Array.from({ length: 12 }, (_, i) => ({
      ...emptyEvent('leg', at(i * 1000), 'probe', 'sip'),
      direction: 'originating' as const,
      msisdn: '8613800000001',
      counterpart: '8613900000002',
    })),
  );
  const vector = vectorsOf(events).get('8613800000001')!;
  const shown = featureNames.filter((_, i) => !Number.isNaN(vector[i]!));
  const families = new Set(CATALOGUE.filter(({ name }) => shown.includes(name)).map(({ family }) => family));
  // What its number is for stands among the features of cards.
  expect(families).toEqual(new Set(['V', 'C', 'R', 'G']));
});
