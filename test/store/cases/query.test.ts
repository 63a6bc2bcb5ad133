import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberPlan } from '../../../src/base/numbers.ts';
import type { Database } from '../../../src/store/cases/database.ts';
import { type LineRow, queueFacets, queuePage, type Sort } from '../../../src/store/cases/queue.ts';
import { Refusal } from '../../../src/store/cases/refusal.ts';
import { makeVerdicts, openCases, scratch, takeVerdicts, verdictRow } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let database: Database;
const AGENTS = ['Yeastar GoIP 32', 'Pixel 7 - Android 14', 'weird [x] ? agent'];
const LINES = Array.from({ length: 60 }, (_, i) => ({
  line: `86138000000${String(i).padStart(2, '0')}`,
  score: Math.round(((i * 37) % 100) / 10) / 10,
  tier: ['none', 'suspect', 'strong'][i % 3]!,
  gateway: i % 4 === 0 ? (i % 3) + 10 : null,
  calls: i % 7,
  cell: i % 5 === 0 ? null : `460-00-${1000 + (i % 3)}-${i}`,
  agent: AGENTS[i % 4] ?? null,
  dealer: i % 6 === 0 ? 'X' : null,
  imei: `3582732${String(3_000_000 + (i % 9))}`,
  reviewed: i % 8 === 0,
}));
const context = { user: 1, parts: true, now: 0, named: (number: string) => numberPlan('CN').named(number) };

beforeAll(async () => {
  folder = scratch();
  const rows = LINES.map(({ line, score, tier, gateway, calls }) => verdictRow(line, { score, tier, gateway, calls }));
  await makeVerdicts(`${folder.path}/lake`, rows);
  ({ database } = await openCases(`${folder.path}/desk`));
  await takeVerdicts(database, `${folder.path}/lake`);
  for (const agent of AGENTS) database.run('INSERT INTO agents (text) VALUES (?)', agent);
  for (const { line, cell, agent, dealer, imei, reviewed } of LINES) {
    database.run(
      'UPDATE lines SET cell = ?, agent = (SELECT id FROM agents WHERE text = ?), dealer = ?, reviewed = ? WHERE line = ?',
      cell,
      agent,
      dealer,
      reviewed ? 1 : 0,
      line,
    );
    database.run('INSERT INTO marks (value, line) SELECT ?, id FROM lines WHERE line = ?', `imei:${imei}`, line);
  }
});
afterAll(() => {
  database.close();
  folder.remove();
});

function found(query: string): string[] {
  const { rows, count } = queuePage(database, query, 'line', null, 500, context);
  expect(count).toEqual({ value: rows.length, exact: true });
  return rows.map(({ line }) => line);
}

type Line = (typeof LINES)[number];
const begins = (text: string | null, start: string): boolean => text?.startsWith(start) === true;

describe('the query box', () => {
  it.each<[string, (line: Line) => boolean]>([
    ['', () => true],
    ['score:>0.5', ({ score }) => score > 0.5],
    ['score:>=0.5 score:<0.9', ({ score }) => score >= 0.5 && score < 0.9],
    ['tier:strong', ({ tier }) => tier === 'strong'],
    ['tier:strong,suspect', ({ tier }) => tier !== 'none'],
    ['!tier:strong', ({ tier }) => tier !== 'strong'],
    ['gateway:12', ({ gateway }) => gateway === 12],
    ['gateway:#12', ({ gateway }) => gateway === 12],
    ['gateway:#12,11', ({ gateway }) => gateway === 12 || gateway === 11],
    ['gateway:*', ({ gateway }) => gateway !== null],
    ['86*', () => true],
    // As dialled at home.
    ['13800000012', ({ line }) => line === '8613800000012'],
    ['line:013800000012', ({ line }) => line === '8613800000012'],
    ['line:+8613800000012,13800000013', ({ line }) => ['8613800000012', '8613800000013'].includes(line)],
    ['8613800000001*', ({ line }) => begins(line, '8613800000001')],
    ['line:8613800000001*', ({ line }) => begins(line, '8613800000001')],
    ['!line:8613800000001*', ({ line }) => !begins(line, '8613800000001')],
    ['msisdn:8613800000001*,8613800000003*', ({ line }) => /^861380000000[13]/.test(line)],
    ['line:*7', ({ line }) => line.endsWith('7')],
    ['!boxed', ({ gateway }) => gateway === null],
    ['cell:460-00-1001*', ({ cell }) => begins(cell, '460-00-1001')],
    ['!cell:460-00-1001*', ({ cell }) => !begins(cell, '460-00-1001')],
    ['ua:*goip*', ({ agent }) => agent === AGENTS[0]],
    ['ua:"weird [x] ? agent"', ({ agent }) => agent === AGENTS[2]],
    ['ua:*[x]*', ({ agent }) => agent === AGENTS[2]],
    ['!ua:*goip*', ({ agent }) => agent !== AGENTS[0]],
    ['!reviewed', ({ reviewed }) => !reviewed],
    ['reviewed', ({ reviewed }) => reviewed],
    ['dealer:X', ({ dealer }) => dealer === 'X'],
    ['imei:35827323000001', ({ imei }) => imei === '35827323000001'],
    ['imei:3582732300000*', () => true],
    ['imei:*1', ({ imei }) => imei.endsWith('1')],
    ['calls:0', ({ calls }) => calls === 0],
    ['861380000001', ({ line }) => begins(line, '861380000001')],
    ['+8613800000012', ({ line }) => line === '8613800000012'],
    [
      'score:>0.4 tier:strong gateway:12,10,11 !reviewed',
      ({ score, tier, gateway, reviewed }) => score > 0.4 && tier === 'strong' && gateway !== null && !reviewed,
    ],
  ])('%s finds what it says', (query, holds) => {
    const expected = LINES.filter(holds).map(({ line }) => line);
    expect(found(query)).toEqual(expected);
  });

  it.each([
    ['score:high', /at 1: score needs a number/],
    ['tier:strong nonsense:1', /at 13: no key nonsense/],
    ['gateway:x', /gateway needs a number/],
    // Digits without end take no longer than others.
    [`gateway:${'1'.repeat(400)}x`, /gateway needs a number/],
    ['gateway:#', /gateway needs a number/],
    ['tier:>1', /tier takes no >/],
    ['>5', /needs a key/],
    ['a '.repeat(40), /more than 32 terms/],
  ])('%s is refused, saying where', (query, why) => {
    expect(() => found(query)).toThrow(why);
  });

  it('lets those who see masked numbers look for whole ones only', () => {
    const viewer = { ...context, parts: false };
    const page = (query: string): LineRow[] => queuePage(database, query, 'score', null, 10, viewer).rows;
    expect(page('8613800000012')).toHaveLength(1);
    expect(page('13800000012')).toHaveLength(1);
    expect(page('861380000001')).toHaveLength(0);
    for (const query of ['861380000001*', 'line:8613*', 'imsi:460*', '!msisdn:86138*'])
      expect(() => page(query)).toThrow(Refusal);
  });

  it('takes any text as a query or refuses it: never as SQL, never with another error', () => {
    const before = database.all('SELECT name, sql FROM sqlite_master ORDER BY name');
    const quirks = fc.constantFrom(
      "'",
      '"',
      ';',
      '--',
      ')',
      '*',
      '?',
      '[',
      '\\',
      ' ',
      '\0',
      '%',
      ':',
      '!',
      'ua:',
      'line:',
      'score:>',
      ' OR 1=1',
      '__proto__',
      'constructor',
      'toString:',
      'imei:',
      'cell:',
      ',',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(quirks, fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 12 }),
        (parts) => {
          const query = parts.join('');
          try {
            expect(found(query).length).toBeLessThanOrEqual(LINES.length);
            queueFacets(database, query, context);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
        },
      ),
      { numRuns: 500, seed: 6 },
    );
    expect(database.all('SELECT name, sql FROM sqlite_master ORDER BY name')).toEqual(before);
  });
});

describe('pages of the queue', () => {
  it.each<[Sort, (a: Line, b: Line) => number]>([
    ['score', (a, b) => b.score - a.score],
    ['calls', (a, b) => b.calls - a.calls],
    ['line', (a, b) => (a.line < b.line ? -1 : 1)],
  ])('by %s hold every line once, in order', (sort, order) => {
    const all: string[] = [];
    let cursor: string | null = null;
    do {
      const page: ReturnType<typeof queuePage> = queuePage(database, '', sort, cursor, 7, context);
      all.push(...page.rows.map(({ line }) => line));
      cursor = page.next;
      expect(cursor ?? '').not.toMatch(/86138/);
    } while (cursor !== null);
    expect(new Set(all).size).toBe(LINES.length);
    const byName = new Map(LINES.map((line) => [line.line, line]));
    const sorted = all.map((name) => byName.get(name)!);
    for (let i = 1; i < sorted.length; i++) expect(order(sorted[i - 1]!, sorted[i]!)).toBeLessThanOrEqual(0);
  });

  it('of more lines than are counted do so too, and say that they are more', async () => {
    const own = scratch();
    const { database: desk } = await openCases(own.path);
    const MANY = 10_700;
    const score = (i: number): number => ((i * 7919) % 1000) / 1000;
    desk.transaction(() => {
      for (let i = 0; i < MANY; i++)
        desk.run(
          `INSERT INTO lines (line, score, probability, tier, calls, first_s, last_s, interfaces, dealer)
           VALUES (?, ?, 0, 'none', ?, 0, ?, ' sip ', ?)`,
          `86138${String(i).padStart(8, '0')}`,
          score(i),
          i % 50,
          i % 77,
          i % 2 === 0 ? 'X' : 'Y',
        );
    });
    for (const sort of ['score', 'last', 'calls', 'line'] as const) {
      const all: LineRow[] = [];
      let cursor: string | null = null;
      do {
        const page: ReturnType<typeof queuePage> = queuePage(desk, 'tier:none', sort, cursor, 500, context);
        expect(page.count).toEqual({ value: 10_000, exact: false });
        all.push(...page.rows);
        cursor = page.next;
      } while (cursor !== null);
      expect(new Set(all.map(({ line }) => line)).size).toBe(MANY);
      const of = (row: LineRow): number =>
        ({ score: -row.score, last: -row.last_s, calls: -row.calls, line: Number(row.line) })[sort];
      for (let i = 1; i < all.length; i++) expect(of(all[i - 1]!)).toBeLessThanOrEqual(of(all[i]!));
    }
    expect(queuePage(desk, 'dealer:X', 'score', null, 3, context).count).toEqual({ value: MANY / 2, exact: true });
    // Of more lines than are counted, facets tell of those that scored highest: none below the score that 10,000 reach.
    const { counted, facets } = queueFacets(desk, 'tier:none', context);
    expect(counted).toBe(10_000);
    expect(facets.find(({ key }) => key === 'tier')!.values).toEqual([{ value: 'none', lines: 10_000 }]);
    const best = [...Array(MANY).keys()].sort((a, b) => score(b) - score(a)).slice(0, 10_000);
    const share = facets.find(({ key }) => key === 'dealer')!.values.find(({ value }) => value === 'X')!.lines;
    // Lines of one score stand on either side of the end.
    expect(Math.abs(share - best.filter((i) => i % 2 === 0).length)).toBeLessThanOrEqual(MANY / 1000);
    desk.close();
    own.remove();
  });

  it('of a beginning that very many numbers have are those that sorting all of them gives', async () => {
    const own = scratch();
    const { database: desk } = await openCases(own.path);
    // One in ten is of another network.
    const MANY = 60_000;
    const nameOf = (i: number): string => `${i % 10 === 0 ? '4917' : '8613'}8${String(i).padStart(7, '0')}`;
    const score = (i: number): number => ((i * 7919) % 60_013) / 60_013;
    desk.transaction(() => {
      for (let i = 0; i < MANY; i++)
        desk.run(
          `INSERT INTO lines (line, score, probability, tier, calls, first_s, last_s, interfaces, dealer)
           VALUES (?, ?, 0, 'none', ?, 0, ?, ' sip ', ?)`,
          ...[nameOf(i), score(i), (i * 31) % 5003, (i * 17) % 7001, i % 3 === 0 ? 'X' : null],
        );
    });
    const all = [...Array(MANY).keys()].filter((i) => nameOf(i).startsWith('86')).sort((a, b) => score(b) - score(a));
    for (const query of ['86*', '8613', 'line:8*', '86* !49*']) {
      const wanted = query === 'line:8*' ? all.filter((i) => nameOf(i).startsWith('8')) : all;
      const first = queuePage(desk, query, 'score', null, 50, context);
      const second = queuePage(desk, query, 'score', first.next, 50, context);
      expect([...first.rows, ...second.rows].map(({ line }) => line)).toEqual(wanted.slice(0, 100).map(nameOf));
      expect(first.count).toEqual({ value: 10_000, exact: false });
      const { facets } = queueFacets(desk, query, context);
      expect(facets.find(({ key }) => key === 'dealer')!.values).toEqual([
        { value: 'X', lines: wanted.slice(0, 10_000).filter((i) => i % 3 === 0).length },
      ]);
    }
    expect(queuePage(desk, '86*', 'line', null, 2, context).rows.map(({ line }) => line)).toEqual([
      nameOf(1),
      nameOf(2),
    ]);
    desk.close();
    own.remove();
  });

  it('of allowed lines hold those on the list under any of their names', async () => {
    const { id } = database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', LINES[7]!.line)!;
    database.run('UPDATE lines SET imsi = ? WHERE id = ?', '460001234567890', id);
    const allow =
      'INSERT INTO allowed (number, owner, reason, until, person, created, ended) VALUES (?, ?, ?, ?, ?, 0, ?)';
    database.run(allow, LINES[3]!.line, 'a', 'b', 1, 'c', null);
    database.run(allow, '460001234567890', 'a', 'b', 1, 'c', null);
    database.run(allow, LINES[4]!.line, 'a', 'b', 0, 'over', null);
    database.run(allow, LINES[5]!.line, 'a', 'b', 1, 'taken off', 1);
    const names = [LINES[3]!.line, LINES[7]!.line];
    expect(found('allowed')).toEqual(names);
    expect(found('!allowed')).toEqual(LINES.map(({ line }) => line).filter((line) => !names.includes(line)));
    database.run('DELETE FROM allowed');
  });

  it.each(['x', '[]', '[1]', '["a","b"]', '[1,2,3]', '{}'])('do not go on from %s', (cursor) => {
    expect(() => queuePage(database, '', 'score', cursor, 10, context)).toThrow(/cursor/);
  });
});

describe('runs', () => {
  it('leave of each line the verdict of the latest window, whatever the order they come in, and count its alarms', async () => {
    const own = scratch();
    const rows = (tier: string, score: number): Record<string, unknown>[] => [
      verdictRow('8613900000001', { tier, score }),
    ];
    await makeVerdicts(`${own.path}/lake`, rows('strong', 0.7), rows('none', 0.1), rows('suspect', 0.5));
    const { database: desk } = await openCases(`${own.path}/desk`);
    await takeVerdicts(desk, `${own.path}/lake`);
    const line = (): unknown => desk.get('SELECT tier, score, alarms FROM lines');
    expect(line()).toEqual({ tier: 'suspect', score: 0.5, alarms: 2 });
    // What a crash cut short is taken in again.
    desk.run('UPDATE runs SET imported = NULL WHERE id = 1');
    await takeVerdicts(desk, `${own.path}/lake`);
    expect(line()).toEqual({ tier: 'suspect', score: 0.5, alarms: 2 });
    expect(desk.get('SELECT count(*) AS n FROM past')).toEqual({ n: 3 });
    desk.close();
    own.remove();
  });

  it('without verdicts are runs as well', async () => {
    const own = scratch();
    await makeVerdicts(`${own.path}/lake`, []);
    const { database: desk } = await openCases(`${own.path}/desk`);
    const seen: number[] = [];
    await takeVerdicts(desk, `${own.path}/lake`, ({ lines }) => seen.push(lines));
    expect(seen).toEqual([0]);
    desk.close();
    own.remove();
  });
});
