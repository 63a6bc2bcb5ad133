import { describe, expect, test } from 'vitest';
import { tac } from '../../src/base/imei.ts';
import { Random } from '../../src/base/random.ts';
import { emptyEvent } from '../../src/events/event.ts';
import { History } from '../../src/features/history/history.ts';
import { Population } from '../../src/features/population.ts';
import { findGateways } from '../../src/gateways/boxes.ts';
import type { EvidenceKind } from '../../src/gateways/evidence.ts';
import { Pairs } from '../../src/gateways/pairs.ts';
import { calledKey, type Sketch, sketchOf } from '../../src/gateways/sketch.ts';
import { Switching, TOGETHER } from '../../src/gateways/switching.ts';
import { tell } from '../../src/gateways/words.ts';

function sketch(line: string, given: Partial<Sketch> = {}): Sketch {
  return {
    line,
    score: 0.9,
    near: (given.score ?? 0.9) >= 0.8,
    first: 0,
    last: 50_000,
    imeis: [],
    home: null,
    homes: [],
    stays: false,
    endpoints: [],
    contacts: [],
    userAgent: null,
    headerOrder: null,
    sdpFingerprint: null,
    switched: new Float64Array(),
    called: new Float64Array(),
    ...given,
  };
}

/** A population of `total` lines in which so many show each value, each line one IMEI. */
function population(
  total: number,
  counts: Record<string, [string, number][]> = {},
  shapes: [string, string[]][] = [],
): Population {
  const blank = new Population().toJSON();
  const types = new Map<string, number>();
  for (const [imei, lines] of counts.imei ?? []) types.set(tac(imei), (types.get(tac(imei)) ?? 0) + lines);
  return Population.fromJSON({ ...blank, total, shapes, lines: { ...blank.lines, type: [...types], ...counts } });
}

const name = (index: number): string => `86138${String(index).padStart(8, '0')}`;

describe('lines that share what few lines share are one box', () => {
  test('an address that eight marked lines have to themselves', () => {
    const lines = Array.from({ length: 12 }, (_, i) =>
      sketch(name(i), { endpoints: [i < 8 ? '198.51.100.7' : `203.0.113.${i}`] }),
    );
    const marked = new Set(lines.map(({ line }) => line));
    const found = findGateways(lines, marked, population(1000, { endpoint: [['198.51.100.7', 8]] }), new Switching());
    expect(found.map(({ lines }) => lines)).toEqual([Array.from({ length: 8 }, (_, i) => name(i))]);
    expect(found[0]!.evidence[0]).toMatchObject({ kind: 'endpoint', lines: 8, text: '8 lines from 198.51.100.7' });
    expect(found[0]!.endpoints).toEqual(['198.51.100.7']);
  });

  test('an address that four have to themselves that come near to being marked; of three it says too little', () => {
    const found = (count: number) => {
      const lines = Array.from({ length: count }, (_, i) =>
        sketch(name(i), { score: 0.82, endpoints: ['198.51.100.7'] }),
      );
      const loose = new Set<string>();
      const people = population(1000, { endpoint: [['198.51.100.7', count]] });
      const boxes = findGateways(lines, new Set(), people, new Switching(), (line) => loose.add(line));
      return { boxes: boxes.map(({ lines }) => lines.length), loose: loose.size };
    };
    expect(found(4)).toEqual({ boxes: [4], loose: 4 });
    expect(found(3)).toEqual({ boxes: [], loose: 0 });
    // One that scores lower is no such line.
    const lines = Array.from({ length: 4 }, (_, i) =>
      sketch(name(i), { score: i === 0 ? 0.7 : 0.82, endpoints: ['198.51.100.7'] }),
    );
    const people = population(1000, { endpoint: [['198.51.100.7', 4]] });
    expect(findGateways(lines, new Set(), people, new Switching())).toEqual([]);
  });

  test('a cell that they all stay in, and a type of phone that nobody else has, though many pass by and their IMEIs change', () => {
    const home = '460-00-1-1';
    const lines = Array.from({ length: 10 }, (_, i) =>
      sketch(name(i), {
        imeis: Array.from(
          { length: 7 },
          (_, n) => `8681875912345${n}`.slice(0, 8) + String(1000 * (10 * i + n) + 7).padStart(6, '0'),
        ),
        home,
        homes: [home],
        stays: true,
      }),
    );
    const marked = new Set(lines.map(({ line }) => line));
    const imei = lines.flatMap(({ imeis }) => imeis.map((text): [string, number] => [text, 1]));
    // 90 of 160 lines pass by, 20 stay, or 60.
    for (const stay of [20, 60]) {
      const counts = { imei, type: [['86818759', 13]], cell: [[home, 90]], stationary: [[home, stay]] };
      const found = findGateways(lines, marked, population(160, counts as never), new Switching());
      expect(found.map(({ lines }) => lines.length)).toEqual([10]);
      expect(found[0]!.evidence.map(({ kind }) => kind).sort()).toEqual(['place', 'type']);
    }
  });

  test('an address that half the network shares says nothing', () => {
    const lines = Array.from({ length: 8 }, (_, i) => sketch(name(i), { endpoints: ['198.51.100.7'] }));
    const marked = new Set(lines.map(({ line }) => line));
    expect(
      findGateways(lines, marked, population(1000, { endpoint: [['198.51.100.7', 500]] }), new Switching()),
    ).toEqual([]);
  });

  test('an address that devices of all kinds come through ties nobody, however few they are', () => {
    const lines = Array.from({ length: 8 }, (_, i) => sketch(name(i), { endpoints: ['198.51.100.7'] }));
    const marked = new Set(lines.map(({ line }) => line));
    const boxes = (shapes: number) =>
      findGateways(
        lines,
        marked,
        population(1000, { endpoint: [['198.51.100.7', 8]] }, [
          ['198.51.100.7', Array.from({ length: shapes }, (_, shape) => `shape ${shape}`)],
        ]),
        new Switching(),
      );
    expect(boxes(9)).toEqual([]);
    expect(boxes(2)).toHaveLength(1);
  });

  test('serial numbers of one crate, and a rare type that only marked lines have at one cell', () => {
    const crate = Array.from({ length: 5 }, (_, i) =>
      sketch(name(i), { imeis: [`8612345612345${i}`], home: '460-00-1-1', homes: ['460-00-1-1'] }),
    );
    const apart = Array.from({ length: 5 }, (_, i) =>
      sketch(name(i + 10), {
        imeis: [`86123456${98_765 * (i + 1) + 200_000}`.slice(0, 14)],
        home: '460-00-1-9',
        homes: ['460-00-1-9'],
      }),
    );
    const all = [...crate, ...apart];
    const found = findGateways(
      all,
      new Set(all.map(({ line }) => line)),
      population(10_000, {
        imei: all.flatMap(({ imeis }) => imeis.map((imei) => [imei, 1] as [string, number])),
        cell: [
          ['460-00-1-1', 60],
          ['460-00-1-9', 5000],
        ],
      }),
      new Switching(),
    );
    expect(found.map(({ lines }) => lines)).toEqual([crate.map(({ line }) => line)]);
    expect(found[0]!.evidence.map(({ kind }) => kind)).toContain('serials');
    expect(found[0]!.place).toBe('460-00-1-1');
  });

  test('serial numbers of one crate on the sectors of one mast, not on two masts', () => {
    const boxes = (cells: number[]) => {
      const lines = Array.from({ length: 6 }, (_, i) => {
        const home = `460-00-1-${cells[i % cells.length]}`;
        return sketch(name(i), { imeis: [`8612345612345${i}`], home, homes: [home] });
      });
      const shown = population(10_000, {
        imei: lines.flatMap(({ imeis }) => imeis.map((imei) => [imei, 1] as [string, number])),
        cell: cells.map((cell) => [`460-00-1-${cell}`, 60] as [string, number]),
      });
      const found = findGateways(lines, new Set(lines.map(({ line }) => line)), shown, new Switching());
      return found.map(({ lines }) => lines.length).sort();
    };
    // 1000 * 256 + 1 to 3: three sectors of base station 1000.
    expect(boxes([256_001, 256_002, 256_003])).toEqual([6]);
    expect(boxes([256_001, 256_257])).toEqual([3, 3]);
    expect(boxes([1, 2])).toEqual([3, 3]);
  });

  test('lines that others tie who are no part of it are none', () => {
    const [one, other] = [sketch(name(0), { endpoints: ['192.0.2.1'] }), sketch(name(1), { endpoints: ['192.0.2.2'] })];
    const staff = Array.from({ length: 6 }, (_, i) =>
      sketch(name(i + 2), { endpoints: ['192.0.2.1', '192.0.2.2'], score: 0.4 }),
    );
    const shown = population(5000, {
      endpoint: [
        ['192.0.2.1', 7],
        ['192.0.2.2', 7],
      ],
    });
    const marked = new Set([one.line, other.line]);
    expect(findGateways([one, other, ...staff], marked, shown, new Switching())).toEqual([]);
  });

  test('a household behind one address is no box: nothing marks its lines', () => {
    const lines = Array.from({ length: 4 }, (_, i) => sketch(name(i), { score: 0.3, endpoints: ['198.51.100.9'] }));
    expect(
      findGateways(lines, new Set(), population(1000, { endpoint: [['198.51.100.9', 4]] }), new Switching()),
    ).toEqual([]);
  });

  test('a line that nothing marks belongs to the box whose IMEI it shares, and its neighbour does not', () => {
    const box = Array.from({ length: 4 }, (_, i) =>
      sketch(name(i), { imeis: ['86123456000001'], endpoints: ['192.0.2.1'] }),
    );
    const idle = sketch(name(8), { score: 0, imeis: ['86123456000001'], endpoints: ['192.0.2.1'] });
    const neighbour = sketch(name(9), { score: 0.5, endpoints: ['192.0.2.200'] });
    const found = findGateways(
      [...box, idle, neighbour],
      new Set(box.map(({ line }) => line)),
      population(5000, { imei: [['86123456000001', 5]], endpoint: [['192.0.2.1', 5]] }),
      new Switching(),
    );
    expect(found.map(({ lines }) => lines)).toEqual([[...box.map(({ line }) => line), idle.line]]);
  });

  test('a company of which a few lines are marked brings nobody else in by its address and cell', () => {
    const staff = (all: number, marks: number, given: Partial<Sketch> = {}, score = 0.4) => {
      const place = { endpoints: ['192.0.2.1'], home: '460-00-1-1', homes: ['460-00-1-1'] };
      const desks = Array.from({ length: all }, (_, i) =>
        sketch(name(i), { ...place, ...given, ...(i < marks ? {} : { score }) }),
      );
      const shown = population(5000, {
        endpoint: [['192.0.2.1', all]],
        cell: [['460-00-1-1', all]],
        imei: [['86123456000001', all]],
      });
      const marked = new Set(desks.slice(0, marks).map(({ line }) => line));
      const loose: string[] = [];
      const [found] = findGateways(desks, marked, shown, new Switching(), (line) => loose.push(line));
      return { lines: found!.lines.length, loose: loose.length };
    };
    expect(staff(8, 2)).toEqual({ lines: 2, loose: 2 });
    // Where most are marked the others come along, but all that ties them may be the company they work for.
    expect(staff(6, 4)).toEqual({ lines: 6, loose: 6 });
    // Nor are those whom little more would mark by themselves a company.
    expect(staff(8, 2, {}, 0.85)).toEqual({ lines: 8, loose: 8 });
    // IMEIs in turn are no company's.
    expect(staff(8, 2, { imeis: ['86123456000001'] })).toEqual({ lines: 8, loose: 0 });
  });

  test('lines of a cell that are nearly marked belong to the box of those marked there, where nothing but the cell ties them', () => {
    const home = '460-00-1-1';
    const inCell = (from: number, count: number, score: number) =>
      Array.from({ length: count }, (_, i) => sketch(name(from + i), { score, home, homes: [home], stays: true }));
    const boxesOf = (score: number) => {
      const box = inCell(0, 4, 0.95);
      const others = inCell(10, 12, score);
      const shown = population(5000, { cell: [[home, 60]], stationary: [[home, 20]] });
      const loose: string[] = [];
      const found = findGateways(
        [...box, ...others, ...inCell(30, 4, 0.2)],
        new Set(box.map(({ line }) => line)),
        shown,
        new Switching(),
        (line) => loose.push(line),
      );
      return { lines: found[0]?.lines.length, loose: loose.length };
    };
    expect(boxesOf(0.85)).toEqual({ lines: 16, loose: 16 });
    expect(boxesOf(0.5)).toEqual({ lines: 4, loose: 4 });
  });

  test('lines that stay where the same few cells are heard are one box', () => {
    // Three sectors of a site: of each line one or two show.
    const sectors = ['460-00-1-1', '460-00-1-2', '460-00-1-3'];
    const shown = [[0, 1], [0, 1, 2], [1], [2, 1], [0, 2], [2]].map((of) => of.map((sector) => sectors[sector]!));
    const box = shown.map((homes, i) => sketch(name(i), { home: homes[0]!, homes }));
    const people = ['460-00-1-1', '460-00-1-7'].map((home, i) =>
      sketch(name(20 + i), { score: 0.3, home, homes: [home, '460-00-1-8', '460-00-1-9'] }),
    );
    const all = [...box, ...people];
    const cells = sectors.map((cell) => [cell, 30] as [string, number]);
    const found = findGateways(
      all,
      new Set(box.map(({ line }) => line)),
      population(20_000, { cell: cells }),
      new Switching(),
    );
    expect(found.map(({ lines }) => lines)).toEqual([box.map(({ line }) => line)]);
    expect(found[0]!.evidence.map(({ text }) => text)).toContain('6 lines were nearly always in 3 cells');
  });

  test('of lines that show no place and no address of their own, those that are alike in message and type are one box', () => {
    const shared = { imei: [] as [string, number][], endpoint: [['192.0.2.1', 600]] as [string, number][] };
    const alike = (type: string, look: string, from: number) =>
      Array.from({ length: 6 }, (_, i) => {
        const imei = `${type}${String(100_000 * (i + 1) + from)}`;
        shared.imei.push([imei, 1]);
        return sketch(name(from + i), { imeis: [imei], headerOrder: look, userAgent: look, endpoints: ['192.0.2.1'] });
      });
    const [one, other] = [alike('86123456', 'x', 10), alike('86999999', 'y', 20)];
    const all = [...one, ...other];
    const marked = new Set(all.map(({ line }) => line));
    const looks: [string, number][] = [
      ['x', 6],
      ['y', 6],
    ];
    const boxesOf = (lines: typeof all) => {
      const people = population(9000, { ...shared, header_order: looks, user_agent: looks });
      // A border controller: devices of all kinds come through it.
      people.isCommon = (address) => address === '192.0.2.1';
      return findGateways(lines, marked, people, new Switching()).map(({ lines: found }) => found);
    };
    expect(boxesOf(all)).toEqual([one, other].map((lines) => lines.map(({ line }) => line)));
    // At addresses of their own that are not the same, likeness is only that of one make.
    expect(boxesOf(all.map((line, i) => ({ ...line, endpoints: [`198.51.100.${i}`] })))).toEqual([]);
  });

  test('parts whose links are heavier than those between them are one box, where there are enough of these', () => {
    // Two racks at one address: IMEIs in turn within each.
    const rack = (from: number, type: string, address: string) =>
      Array.from({ length: 6 }, (_, i) => sketch(name(from + i), { endpoints: [address], imeis: [`${type}000001`] }));
    const boxesOf = (a: string, b: string) => {
      const lines = [...rack(0, '86123456', a), ...rack(6, '86999999', b)];
      const shown = population(500_000, {
        endpoint: a === b ? [[a, 12]] : [a, b].map((address) => [address, 6]),
        imei: ['86123456000001', '86999999000001'].map((imei) => [imei, 6]),
      });
      return findGateways(lines, new Set(lines.map(({ line }) => line)), shown, new Switching());
    };
    expect(boxesOf('192.0.2.1', '192.0.2.1').map(({ lines }) => lines.length)).toEqual([12]);
    expect(boxesOf('192.0.2.1', '198.51.100.1').map(({ lines }) => lines.length)).toEqual([6, 6]);
  });

  test('the same lines in another order of evidence give the same boxes', () => {
    const random = new Random(3);
    const lines = Array.from({ length: 60 }, (_, i) =>
      sketch(name(i), { endpoints: [`192.0.2.${i % 6}`], imeis: [`861234560${random.digits(5)}`] }),
    );
    const people = population(9000, { endpoint: [0, 1, 2, 3, 4, 5].map((i) => [`192.0.2.${i}`, 10]) });
    const marked = new Set(lines.map(({ line }) => line));
    const once = findGateways(lines, marked, people, new Switching());
    expect(once).toHaveLength(6);
    expect(findGateways(lines, marked, people, new Switching())).toEqual(once);
  });
});

describe('switching on and off', () => {
  test('together weighs by how few do it at that time', () => {
    const switching = new Switching();
    // A thousand lines come back at once after a power cut, then two alone, twice.
    for (let i = 0; i < 1000; i++) switching.add(Float64Array.from([600]));
    const a = Float64Array.from([600, 5000, 9000]);
    const b = Float64Array.from([602, 5000 + TOGETHER, 9010]);
    switching.add(a);
    switching.add(b);
    // By arithmetic: the power cut weighs about nothing; twice, a time that three instants of the other lie within a minute of.
    const minutes = (Math.floor(9010 / TOGETHER) + 1 - 600 / TOGETHER) * (TOGETHER / 60);
    expect(switching.shared(a, b)).toBeCloseTo(2 * Math.log(minutes / 3), 6);
    // In a long time such instants are rare: twice, 2 of 1003 lines.
    switching.add(Float64Array.from([9e6]));
    expect(switching.shared(a, b)).toBeCloseTo(2 * Math.log(1003 / 2), 1);
    expect(switching.shared(a, Float64Array.from([600]))).toBeLessThan(1);
    expect(switching.shared(a, Float64Array.from([7000]))).toBe(0);
  });

  test('is read from registrations that do not refresh, and from detaching', () => {
    const history = new History();
    history.reset('8613800000001');
    const register = (s: number, expires: number, outcome: 'registered' | 'deregistered') => {
      const event = emptyEvent('registration', { s, ns: 0 }, 'feed', 'sip');
      history.push(
        { ...event, event_id: String(s).padStart(16, '0'), msisdn: '8613800000001', outcome, expires_s: expires },
        'own',
      );
    };
    // Refreshed half an hour after half an hour, off, on again, then silent for three hours.
    for (const time of [1000, 2800, 4600]) register(time, 3600, 'registered');
    register(5000, 0, 'deregistered');
    register(9000, 3600, 'registered');
    register(20_000, 3600, 'registered');
    history.seal();
    expect([...sketchOf(history, { score: 0.5, near: false }, 0).switched]).toEqual([5000, 9000, 20_000]);
  });
});

describe('evidence in words', () => {
  const told = (kind: EvidenceKind, members: readonly Sketch[]) =>
    tell(members, new Map([[kind, { lines: new Set(members.map(({ line }) => line)), weight: 9 }]]))[0]!.text;

  test('counts what lines share, and nothing else that they show', () => {
    const crate = Array.from({ length: 6 }, (_, i) => sketch(name(i), { imeis: [`8612345600000${i}`] }));
    crate[0]!.imeis.push('35824005123456', '35999999123456');
    expect(told('serials', crate)).toBe('6 IMEIs of neighbouring serial numbers under TAC 86123456');
    const pair = [
      sketch('a', { imeis: ['35824005000001', '86123456000001'] }),
      sketch('b', { imeis: ['35824005900001', '86999999000001'] }),
    ];
    expect(told('type', pair)).toBe('2 lines on TAC 35824005 that suspected lines crowd');
  });

  test('says that lines never left a cell only where none did', () => {
    const inCell = (stays: boolean) => sketch(stays ? 'a' : 'b', { homes: ['460-00-1-1'], stays });
    expect(told('place', [inCell(true), sketch('c', { homes: ['460-00-1-1'], stays: true })])).toBe(
      '2 lines never left cell 460-00-1-1',
    );
    expect(told('place', [inCell(true), inCell(false)])).toBe('2 lines were nearly always in cell 460-00-1-1');
  });
});

describe('pairs', () => {
  test('each that shares something comes once, no other comes', () => {
    const lines = [
      sketch('a', { endpoints: ['192.0.2.1'], imeis: ['86123456000001'] }),
      sketch('b', { endpoints: ['192.0.2.1'], imeis: ['86123456000001'] }),
      sketch('c', { called: Float64Array.of(calledKey('8613900000001')) }),
      sketch('d', { called: Float64Array.of(calledKey('8613900000001')) }),
      sketch('e', { home: '460-00-1-1', homes: [] }),
      sketch('f', { home: '460-00-1-1', homes: ['460-00-1-1'] }),
    ];
    const seen = (wanted: string, done: string): string[] => {
      const pairs: string[] = [];
      const flags = (names: string) => Uint8Array.from(lines, ({ line }) => (names.includes(line) ? 1 : 0));
      new Pairs(lines).each(flags(wanted), flags(done), (i, j) => pairs.push(lines[i]!.line + lines[j]!.line));
      return pairs;
    };
    expect(seen('abcdef', '')).toEqual(['ab', 'cd']);
    // Only what a wanted line has part in, and nothing done.
    expect(seen('b', '')).toEqual(['ab']);
    expect(seen('abcdef', 'd')).toEqual(['ab']);
    expect(seen('', '')).toEqual([]);
  });

  test('of thousands that share a value stay in proportion to the lines, and the wanted among them meet', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => sketch(name(i), { endpoints: ['192.0.2.1'] }));
    const pairs = new Pairs(lines);
    const none = new Uint8Array(lines.length);
    let all = 0;
    pairs.each(none.slice().fill(1), none, () => all++);
    expect(all).toBeLessThan(80 * lines.length);
    const wanted = none.slice();
    for (const line of [7, 1000, 4321]) wanted[line] = 1;
    const met: string[] = [];
    pairs.each(wanted, none, (a, b) => wanted[a] === 1 && wanted[b] === 1 && met.push(`${a} ${b}`));
    expect(met).toEqual(['7 1000', '7 4321', '1000 4321']);
  });
});
