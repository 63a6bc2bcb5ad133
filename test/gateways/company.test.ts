import { describe, expect, test } from 'vitest';
import { type CatpoolEvent, emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import { History } from '../../src/features/history/history.ts';
import { Population } from '../../src/features/population.ts';
import { Among, COMPANY_WIDTH, eachLine } from '../../src/gateways/among.ts';
import { Company } from '../../src/gateways/company.ts';
import { COMPANY } from '../../src/gateways/company-words.ts';
import { KeyTable, keyOf, kindOf, sameText } from '../../src/gateways/key-table.ts';

type Line = Record<string, Partial<CatpoolEvent>[]>;

/** One event a line at a time of its own, of what it says. */
function histories(lines: Line): History[] {
  return Object.entries(lines).map(([line, events]) => {
    const history = new History();
    history.reset(line);
    for (const [at, event] of events.entries())
      history.push(
        {
          ...emptyEvent('leg', { s: 0, ns: 0 }, 'probe', 'sip'),
          msisdn: line,
          time: { s: 1000 + 60 * at, ns: 0 },
          event_id: `${at}`.padStart(16, '0'),
          ...event,
        },
        'own',
      );
    history.seal();
    return history;
  });
}

/** Features by name of each line at given scores. */
function featuresOf(lines: Line, scores: number[]): Record<string, number>[] {
  const population = new Population();
  const all = histories(lines);
  for (const history of all) population.add(history, 0);
  const company = new Company({ population, from: 0, until: 10_000 });
  for (const history of all) company.add(history, new Float64Array(CATALOGUE.length).fill(Number.NaN));
  const parts = [company.data()];
  const among = new Among(() => parts, Float64Array.from(scores));
  const values = new Float64Array(COMPANY_WIDTH);
  const found: Record<string, number>[] = [];
  eachLine(
    () => parts,
    (noted, line) => {
      among.describe(line, noted, values);
      found.push(Object.fromEntries(COMPANY.map(({ name }, at) => [name, values[at]!])));
    },
  );
  return found;
}

describe('the company a line keeps', () => {
  test('is nobody who only comes through the same border controller', () => {
    const behind = (shapes: number): Line =>
      Object.fromEntries(
        Array.from({ length: 20 }, (_, line) => [
          `86138000000${10 + line}`,
          [
            {
              endpoint: '198.51.100.7:5060',
              contact: '198.51.100.7:5060',
              sdp_fingerprint: `${line % shapes}`,
              header_order: 'one',
            },
          ],
        ]),
      );
    const scores = new Array<number>(20).fill(0.8);
    const [controller] = featuresOf(behind(10), scores);
    for (const name of ['endpoint', 'network', 'contact', 'make_on_network'])
      expect([name, controller![`${name}_company`]]).toEqual([name, Number.NaN]);
    expect(controller!.make_others).toBe(19);
    const [box] = featuresOf(behind(2), scores);
    expect(box!.endpoint_others).toBe(19);
    expect(box!.make_on_network_others).toBe(19);
  });

  test('of a classmark is whoever has the same radio, whatever band it is on and however often it says less', () => {
    const [gsm, umts, other] = featuresOf(
      {
        '8613800000001': [{ classmark: '53' }, { classmark: '53' }, { classmark: '5359a6' }],
        '8613800000002': [{ classmark: '5758a6' }],
        '8613800000003': [{ classmark: '5359a2' }],
      },
      [0.9, 0.6, 0.3],
    );
    expect([gsm!.classmark_others, umts!.classmark_others, other!.classmark_others]).toEqual([1, 1, 0]);
  });

  test('of who showed no more than the first octet of the classmark is told by that, which all show', () => {
    const [idle, one, other] = featuresOf(
      {
        '8613800000001': [{ classmark: '53' }],
        '8613800000002': [{ classmark: '5359a6' }],
        '8613800000003': [{ classmark: '5758a2' }],
        '8613800000004': [{ classmark: '3359a6' }],
      },
      [0, 0.9, 0.6, 0.9],
    );
    expect([idle!.classmark_company, idle!.classmark_others]).toEqual([Number.NaN, Number.NaN]);
    // Of the other two with that octet: (.9 + .6) / (2 + 1).
    expect(idle!.classmark1_company).toBeCloseTo(0.5);
    expect([idle!.classmark1_others, one!.classmark1_others, other!.classmark1_others]).toEqual([2, 2, 2]);
    expect(one!.classmark_others).toBe(0);
  });

  test('of a van is whoever has the same two cells, and went over from one to the other within the same 10 minutes', () => {
    const at = (cell: string, minute: number): Partial<CatpoolEvent> => ({
      mcc: '460',
      mnc: '00',
      lac: 1,
      cell,
      time: { s: 60 * minute, ns: 0 },
    });
    const [one, two, later, still] = featuresOf(
      {
        '8613800000001': [at('1', 1), at('1', 2), at('2', 61), at('3', 300)],
        '8613800000002': [at('2', 62), at('1', 3), at('2', 63), at('2', 64)],
        '8613800000003': [at('1', 1), at('2', 100)],
        '8613800000004': [at('1', 1), at('1', 61)],
      },
      [0.9, 0.6, 0.3, 0.9],
    );
    // The first was in 1 more than in 2 and 3, of which 2 was there first by name.
    expect([one!.places_others, two!.places_others, later!.places_others]).toEqual([2, 2, 2]);
    expect(one!.places_company).toBeCloseTo((0.6 + 0.3) / 3);
    expect([one!.moved_others, two!.moved_others, later!.moved_others]).toEqual([1, 1, 0]);
    expect(two!.moved_company).toBeCloseTo(0.9 / 2);
    expect([still!.places_others, still!.moved_company]).toEqual([Number.NaN, Number.NaN]);
  });

  test('is what the others that share a thing with it score, never itself', () => {
    const [a, b, c, d] = featuresOf(
      {
        '8613800000001': [{ imei: '35693803000001' }],
        '8613800000002': [{ imei: '35693803000001' }],
        '8613800000003': [{ imei: '35693803000009' }],
        '8613800000004': [{ imei: '86000001000001' }],
      },
      [0.9, 0.6, 0.3, 0.8],
    );
    // One other line with the same IMEI: half of its score, since a single one may be chance.
    expect(a!.imei_company).toBeCloseTo(0.6 / 2);
    expect(a!.imei_others).toBe(1);
    expect(b!.imei_company).toBeCloseTo(0.9 / 2);
    // Two others of the type.
    expect(a!.type_company).toBeCloseTo((0.6 + 0.3) / 3);
    expect(c!.type_company).toBeCloseTo((0.9 + 0.6) / 3);
    expect(c!.type_others).toBe(2);
    // Its IMEI is nobody else's, and nobody else has the type.
    expect(c!.imei_company).toBeNaN();
    expect(d!.type_company).toBe(0);
    expect(d!.type_others).toBe(0);
    expect(d!.cell_company).toBeNaN();
  });

  test('of many lines is what they score above the median, so that a type which all have ties nobody', () => {
    const [COMMON, BOX] = ['35693803', '86000001'];
    const events: Record<string, Partial<CatpoolEvent>[]> = {};
    const scores: number[] = [];
    const add = (count: number, type: string, score: number): void => {
      for (let i = 0; i < count; i++) {
        const serial = String(scores.length).padStart(6, '0');
        events[`8613800${serial}`] = [{ imei: type + serial }];
        scores.push(score);
      }
    };
    add(101, COMMON, 0.4);
    add(9, BOX, 0.94);
    const found = featuresOf(events, scores);
    expect(found[0]!.type_others).toBe(100);
    expect(found[0]!.type_company).toBeCloseTo(0);
    // Eight others, .54 of the .6 above .4.
    expect(found.at(-1)!.type_company).toBeCloseTo(((8 / 9) * 0.54) / 0.6);
    // Where most lines are boxes, no more than .5 is taken for usual.
    const boxes = featuresOf(
      events,
      scores.map(() => 0.94),
    );
    expect(boxes.at(-1)!.type_company).toBeCloseTo(((8 / 9) * 0.44) / 0.5);
  });

  test('of several values the worst counts', () => {
    const [a] = featuresOf(
      {
        '8613800000001': [{ endpoint: '192.0.2.1:5060' }, { endpoint: '192.0.2.2:5060' }],
        '8613800000002': [{ endpoint: '192.0.2.1:5060' }],
        '8613800000003': [{ endpoint: '192.0.2.2:5060' }],
      },
      [0.1, 0.2, 0.8],
    );
    expect(a!.endpoint_company).toBeCloseTo(0.4);
  });

  test('numbers that suspected lines called too, and own lines it talks with', () => {
    const out = (counterpart: string): Partial<CatpoolEvent> => ({ direction: 'originating', counterpart });
    const [a, b] = featuresOf(
      {
        '8613800000001': [out('8613911111111'), out('8613922222222'), out('8613933333333'), out('8613800000002')],
        '8613800000002': [out('8613911111111')],
        '8613800000003': [out('8613922222222')],
      },
      [0.5, 0.7, 0.1],
    );
    // The second line is suspected and called the first number; the third called the second number but is not.
    expect(a!.called_with_suspects).toBeCloseTo(1 / 4);
    expect(a!.calls_to_company).toBeCloseTo(0.7);
    expect(b!.called_with_suspects).toBe(1);
    expect(b!.calls_to_company).toBeNaN();
  });

  test('numbers that call suspected lines too, and how many lines those who call a line call', () => {
    const by = (counterpart: string): Partial<CatpoolEvent> => ({ direction: 'terminating', counterpart });
    const [a, b, c] = featuresOf(
      {
        '8613800000001': [by('8613911111111'), by('8613922222222'), by('8613933333333'), by('8613911111111')],
        '8613800000002': [by('8613911111111')],
        '8613800000003': [by('8613922222222'), by('8613911111111')],
      },
      [0.5, 0.7, 0.1],
    );
    // The second line is suspected and was called by the first number alone; the third is not suspected.
    expect(a!.callers_with_suspects).toBeCloseTo(1 / 3);
    expect(b!.callers_with_suspects).toBe(1);
    expect(c!.callers_with_suspects).toBe(1);
    // They called 3, 2 and 1 lines: 3 / (1/3 + 1/2 + 1).
    expect(a!.lines_per_caller).toBeCloseTo(18 / 11);
    expect(b!.lines_per_caller).toBeCloseTo(3);
    expect([a!.called_with_suspects, a!.calls_from_company]).toEqual([Number.NaN, Number.NaN]);
  });

  test('switched on within half a minute of each other: also where a grid of half minutes parts them', () => {
    const on = (s: number): Partial<CatpoolEvent>[] => [{ kind: 'presence', lu_type: 'attach', time: { s, ns: 0 } }];
    const [a, b, c] = featuresOf(
      { '8613800000001': on(100_019), '8613800000002': on(100_021), '8613800000003': on(100_400) },
      [0.8, 0.6, 0.9],
    );
    expect(100_019 / 30).toBeLessThan(3334);
    expect(100_021 / 30).toBeGreaterThan(3334);
    expect(a!.switched_company).toBeCloseTo(0.3);
    expect(b!.switched_company).toBeCloseTo(0.4);
    expect(c!.switched_company).toBe(0);
  });

  test('lines of one circle, and what goes in and out of it', () => {
    const out = (counterpart: string): Partial<CatpoolEvent> => ({ direction: 'originating', counterpart });
    const by = (counterpart: string): Partial<CatpoolEvent> => ({ direction: 'terminating', counterpart });
    const [a, b, c, person, friend] = ['1', '2', '3', '4', '5'].map((last) => `861380000000${last}`) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const strangers = ['8613911111111', '8613922222222', '8613933333333'];
    const found = featuresOf(
      {
        [a]: [out(b), ...strangers.map(out), by(c)],
        [b]: [by(a), out(c)],
        [c]: [by(b), out(a), out(person)],
        [person]: [by(friend), out(friend), by(c), by('8613944444444'), out(person)],
        [friend]: [out(person), by(person)],
      },
      [0.5, 0.5, 0.5, 0.1, 0.1],
    );
    const of = (line: number) => {
      const { callers_in_circle: callers, called_in_circle: called, outside_called_to_callers: balance } = found[line]!;
      return [callers, called, balance];
    };
    // The first called the second and was called by the third, which have a call of their own: three strangers are left of those called.
    expect(of(0)).toEqual([1, 1 / 4, Math.log2(4 / 1)]);
    expect(of(1)).toEqual([1, 1, 0]);
    // Of the two that the third called, the person has to do with none of the others.
    expect(of(2)).toEqual([1, 1 / 2, Math.log2(2 / 1)]);
    // A friend who calls and is called back is no circle, nor is a line that calls itself.
    expect(of(3)).toEqual([0, 0, Math.log2(3 / 4)]);
    expect(of(4)).toEqual([0, 0, Math.log2(2 / 2)]);
  });

  test('switched on together counts against how many usually are: after an outage all come back', () => {
    const on = (count: number, from: number, first: number): Line =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `8613800${String(first + i).padStart(6, '0')}`,
          [{ kind: 'presence', lu_type: 'attach', time: { s: from, ns: 0 } }],
        ]),
      );
    const alone = Object.assign({}, ...Array.from({ length: 60 }, (_, i) => on(1, 200_000 + 90 * i, i))) as Line;
    const box = on(8, 190_005, 500);
    const usual = featuresOf({ ...alone, ...box }, new Array<number>(68).fill(0));
    expect(usual.at(-1)!.switched_others).toBe(8);
    expect(usual[0]!.switched_others).toBe(1);
    // Of 98 lines, thirty of them made up, the median has none beside it; of 150 where 112 came back together it has 111.
    const outage = featuresOf({ ...on(112, 180_005, 0), ...box }, new Array<number>(120).fill(0));
    expect(outage[0]!.switched_others).toBe(1);
    expect(outage.at(-1)!.switched_others).toBeCloseTo(8 / 112);
  });

  test('does not depend on the order of lines', () => {
    const lines: Line = {
      '8613800000001': [{ imei: '35693803000001' }],
      '8613800000002': [{ imei: '35693803000001' }],
      '8613800000003': [{ imei: '35693803000009' }],
    };
    const turned = Object.fromEntries(Object.entries(lines).reverse());
    const one = featuresOf(lines, [0.75, 0.5, 0.25]);
    const other = featuresOf(turned, [0.25, 0.5, 0.75]).reverse();
    expect(other).toEqual(one);
  });
});

describe('keys', () => {
  test('hold kind and text apart', () => {
    const keys = new Set<number>();
    for (let kind = 0; kind < 20; kind++) for (let text = 0; text < 2000; text++) keys.add(keyOf(kind, `86138${text}`));
    expect(keys.size).toBe(40_000);
    const key = keyOf(7, '460-00-6151-1');
    expect(kindOf(key)).toBe(7);
    expect(sameText(key, 3)).toBe(keyOf(3, '460-00-6151-1'));
    expect(Number.isSafeInteger(key)).toBe(true);
  });

  test('a table counts what a map counts', () => {
    const table = new KeyTable();
    const map = new Map<number, number[]>();
    for (let i = 0; i < 30_000; i++) {
      const key = keyOf(i % 3, String((i * 7919) % 9973));
      table.add(key, i % 4);
      map.set(key, [...(map.get(key) ?? []), i % 4]);
    }
    for (const [key, scores] of map) {
      expect(table.count(key)).toBe(scores.length);
      expect(table.sum(key)).toBe(scores.reduce((sum, score) => sum + score, 0));
    }
    expect(table.count(keyOf(5, 'nobody'))).toBe(0);
  });
});

test('what is said of those who called a line counts the others they called', () => {
  const { reason } = COMPANY.find(({ name }) => name === 'lines_per_caller')!;
  expect([reason.en(1), reason.zh(1)]).toEqual([
    'those who called it typically called no other line',
    '呼叫它的号码通常不呼叫其他线路',
  ]);
  expect([reason.en(3), reason.zh(3)]).toEqual([
    'those who called it typically called 3 lines each',
    '呼叫它的号码通常各呼叫 3 条线路',
  ]);
});
