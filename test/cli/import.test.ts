import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { simpleMapping, writeCsv } from '../support/cdr.ts';
import { cli, records } from '../support/cli.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = ['line', 'other', 'way', 'began', 'talked', 'imei', 'cell'];
const mapping = join(folder, 'own.yaml');
writeFileSync(
  mapping,
  simpleMapping({ columns: '  imei: imei\n  cell: cell\n  mcc: { value: "460" }\n  mnc: { value: "00" }' }).replace(
    '    in: {',
    '    text: { kind: sms, direction: originating }\n    in: {',
  ),
);

/** Local time, seconds into the fifth of January. */
function clock(seconds: number): string {
  return new Date((Date.parse('2026-01-05T00:00:00Z') / 1000 + seconds) * 1000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
}

const boxLines = Array.from({ length: 40 }, (_, i) => `138111110${String(i).padStart(2, '0')}`);
const people = Array.from({ length: 60 }, (_, i) => `139222220${String(i).padStart(2, '0')}`);

/** A day of lines that call strangers all day from one place, and of people who call a few others from many. */
function day(): (string | number)[][] {
  const random = new Random(3);
  const rows: (string | number)[][] = [];
  for (const [index, line] of boxLines.entries()) {
    const imei = `35693803${String(100_000 + index)}`;
    for (let call = 0; call < 60; call++) {
      const stranger = `137${String(random.integer(0, 99_999_999)).padStart(8, '0')}`;
      rows.push([line, stranger, 'out', clock(9 * 3600 + call * 600 + index), random.integer(8, 20), imei, 7]);
    }
  }
  for (const [index, line] of people.entries()) {
    const imei = `86${String(random.integer(0, 999_999)).padStart(6, '0')}${String(200_000 + index)}`;
    for (let call = 0; call < 10; call++) {
      const friend = people[(index + 1 + random.integer(0, 3)) % people.length]!;
      const began = 8 * 3600 + call * 4000 + random.integer(0, 3000);
      rows.push([
        line,
        friend,
        call % 2 === 0 ? 'out' : 'in',
        clock(began),
        random.integer(20, 600),
        imei,
        random.integer(100, 120),
      ]);
    }
  }
  return rows;
}

async function imported(name: string, rows: readonly (readonly (string | number)[])[], ...more: string[]) {
  const file = writeCsv(folder, `${name}.csv`, [HEAD, ...rows]);
  const store = join(folder, `${name}-lake`);
  const run = await cli('import', 'cdr', file, '--mapping', mapping, '--store', store, '--home-country', 'CN', ...more);
  return { ...run, file, store };
}

describe('records of two kinds of lines', () => {
  let store = '';
  beforeAll(async () => {
    const run = await imported('two-kinds', day());
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(run.stderr).toMatch(/^3,000 rows over \d+ h \d\d m · 3,000 events imported · 0 refused\n$/);
    store = run.store;
  });

  test('are scored: every line has its verdict', async () => {
    const { code, stdout, stderr } = await cli('scan', '--store', store, '--threshold', '0', '--format', 'ndjson');
    expect(code).toBe(0);
    // 40 lines with 60 calls, 60 with 10: nobody sent a SIP message.
    expect(stderr).toMatch(/ · 3,000 call records · 100 lines · /);
    const lines = records(stdout).flatMap(({ line, record }) => (record === undefined ? [line] : []));
    expect(lines.sort()).toEqual([...boxLines, ...people].map((line) => `86${line}`).sort());
  });

  test('are explained', async () => {
    const { code, stdout } = await cli('explain', `86${boxLines[0]}`, '--store', store, '--time-zone', 'Asia/Shanghai');
    expect(code).toBe(0);
    expect(stdout).toContain(`86${boxLines[0]}`);
    // Sixty calls ten minutes apart, to as many strangers, from one place.
    expect(stdout).toMatch(/^ +M2b +top_cell_dwell_hours +9\.833 /m);
    expect(stdout).toMatch(/^ +C1a +called_numbers +60 /m);
  });

  test('teach a model that tells them apart', async () => {
    const labels = join(folder, 'labels.csv');
    const named = (lines: string[], label: string): string[] =>
      lines.map((line, i) => `86${line},${label},${label === 'gateway' ? `g${i % 4}` : ''}`);
    writeFileSync(
      labels,
      `${['line,label,gateway', ...named(boxLines, 'gateway'), ...named(people, 'ordinary')].join('\n')}\n`,
    );
    const model = join(folder, 'own.json');
    const trained = await cli(
      'train',
      '--store',
      store,
      '--labels',
      labels,
      '-o',
      model,
      '--trees',
      '20',
      '--folds',
      '3',
    );
    expect(trained.stderr).toMatch(/20 trees from 100 lines, 40 of them gateway lines/);
    const { stdout } = await cli(
      'scan',
      '--store',
      store,
      '--model',
      model,
      '--threshold',
      '0.5',
      '--format',
      'ndjson',
    );
    const marked = records(stdout).flatMap(({ line, record }) => (record === undefined ? [line] : []));
    expect(marked.sort()).toEqual(boxLines.map((line) => `86${line}`).sort());
  });
});

test('features are those that the records give by hand; those of interfaces that are not there are missing', async () => {
  const line = '13800000001';
  const at = (minute: number): string => clock(10 * 3600 + 60 * minute);
  const { store } = await imported('by-hand', [
    // Five answered calls to five numbers, 10 to 50 s; a sixth to the first of them that nobody answered.
    ...[10, 20, 30, 40, 50].map((talk, i) => [line, `1390000000${i}`, 'out', at(10 * i), talk, '', i < 3 ? 1 : 2]),
    [line, '13900000000', 'out', at(60), 0, '', 2],
    [line, '13900000001', 'in', at(70), 7, '', 2],
    [line, '13900000009', 'in', at(80), 7, '', 2],
    ...[0, 1, 1].map((other, i) => [line, `1390000000${other}`, 'text', at(90 + i), '', '', '']),
    // So that two hours were seen.
    ['13800000002', '13900000007', 'out', at(119), 60, '', ''],
  ]);
  const { stdout } = await cli('features', '--store', store, '--time-zone', 'Asia/Shanghai');
  const row = records(stdout).find((record) => record.line === `86${line}`)!;
  expect(row).toMatchObject({
    hours: 2,
    events: 11,
    calls: 8,
    talk_mean: 30,
    called_numbers: 5,
    calls_per_called_number: 6 / 5,
    called_numbers_per_hour: 5 / 2,
    cells: 2,
    sms_numbers: 2,
    outgoing_sms_per_hour: 3 / 2,
    talk_up_to_10_s: 1 / 5,
    imeis: null,
    imeis_per_user_agent: null,
    authentication_latency_median: null,
    time_to_answer: null,
  });
  const of = (name: string): number => row[name] as number;
  // Sample standard deviation of 10, 20, ..., 50: the square root of 250.
  expect(of('talk_variation')).toBeCloseTo(Math.sqrt(250) / 30, 12);
  expect(of('answer_seizure_ratio')).toBeCloseTo(5 / 6, 12);
  expect(of('no_answer_share')).toBeCloseTo(1 / 6, 12);
  expect(of('outgoing_to_incoming')).toBeCloseTo(Math.log2(7 / 3), 12);
  expect(of('outgoing_share')).toBeCloseTo(6 / 8, 12);
});

describe('what is refused', () => {
  const good = Array.from({ length: 30 }, (_, i) => ['13800000001', '110', 'out', clock(i * 60), 5, '', '']);
  const bad = ['13812345678', '110', 'out', clock(0), 'x13812345678', '', ''];

  test('is shown with numbers masked, counted, and listed in a file of its own', async () => {
    const report = join(folder, 'refused.ndjson');
    const { code, stderr } = await imported('some-bad', [bad, ...good, bad], '--show', '1', '--refused', report);
    expect(code).toBe(0);
    expect(stderr).toBe(
      [
        '  row 2, talked: expected a length of time (seconds), got x1381*****78',
        `  ... all of them: ${report}`,
        'warning: 2 rows refused: talked: expected a length of time (seconds)',
        '32 rows over 29 m 05 s · 30 events imported · 2 refused',
        '',
      ].join('\n'),
    );
    expect(records(readFileSync(report, 'utf8'))).toEqual(
      [2, 33].map((row) => ({
        schema: 'catpool.refused/1',
        row,
        column: 'talked',
        expected: 'a length of time (seconds)',
        found: 'x13812345678',
      })),
    );
    expect(statSync(report).mode & 0o777).toBe(0o600);
  });

  test('beyond a share keeps all of the file out, so that the mapping can be put right', async () => {
    const first = await imported('many-bad', [bad, bad, bad, ...good.slice(0, 7)]);
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(
      /3 rows of 10 refused, more than 10 %: nothing was imported \(mapping, or --max-refused\)\n$/,
    );
    expect((await cli('events', '--store', first.store)).stdout).toBe('');
    const second = await imported('many-bad', [bad, bad, bad, ...good.slice(0, 7)], '--max-refused', '30');
    expect(second.code).toBe(0);
    expect(records((await cli('events', '--store', first.store)).stdout)).toHaveLength(7);
  });

  test.each([
    [['--max-refused', '101'], '--max-refused: expected a percentage from 0 to 100, got 101'],
    [['--time-zone', 'Nowhere'], 'no such time zone: Nowhere (use a name like Europe/Rome, or an offset like +08:00)'],
    [['--feed', 'a/b'], 'feed a/b: in a store a name has letters, digits, dots, dashes and underscores, at most 64'],
    [['--home-country', 'XX'], 'unknown country XX: give its two letters (ISO 3166), for instance CN'],
  ])('an option that cannot be is one line: %s', async (options, message) => {
    const file = writeCsv(folder, 'options.csv', [HEAD, ...good]);
    const lake = join(folder, 'options-lake');
    const { code, stderr } = await cli('import', 'cdr', file, '--mapping', mapping, '--store', lake, ...options);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `catpool: ${message}\n` });
  });
});

test('a file is imported once, plain, compressed or under another name', async () => {
  const rows = [['13800000001', '110', 'out', clock(0), 5, '', '']];
  const { file, store } = await imported('once', rows);
  const again = await imported('once', rows);
  expect(again).toMatchObject({ code: 0, stderr: `${file}: imported before; nothing was changed\n` });
  const copy = writeCsv(folder, 'copy.csv', [HEAD, ...rows]);
  const other = await cli('import', 'cdr', copy, '--mapping', mapping, '--store', store, '--home-country', 'CN');
  expect(other.stderr).toBe(`${copy}: imported before; nothing was changed\n`);
  expect(records((await cli('events', '--store', store)).stdout)).toHaveLength(1);
});

test('numbers of later files are completed as those of the first', async () => {
  const { store } = await imported('home', [['13800000001', '13900000001', 'out', clock(0), 5, '', '']]);
  for (const feed of ['cdr', 'other']) {
    const next = writeCsv(folder, `${feed}.csv`, [HEAD, ['13800000002', '13900000002', 'out', clock(60), 5, '', '']]);
    const run = await cli('import', 'cdr', next, '--mapping', mapping, '--store', store, '--feed', feed);
    expect(run).toMatchObject({ code: 0 });
    const [event] = records((await cli('events', '--store', store, '--feed', feed)).stdout).slice(-1);
    expect(event).toMatchObject({ msisdn: '8613800000002', counterpart: '8613900000002' });
  }
});

test('the ready mappings are listed and printed', async () => {
  const list = await cli('import', 'mapping');
  expect(list.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'msc',
    'asterisk',
    'sichuan-voice',
    'sichuan-sms',
    '',
  ]);
  expect((await cli('import', 'mapping', 'msc')).stdout).toContain('schema: catpool.cdr-mapping/1');
  expect((await cli('import', 'mapping', 'none')).stderr).toBe(
    'catpool: no ready mapping none: there are msc, asterisk, sichuan-voice, sichuan-sms\n',
  );
});

test('a file may come through a pipe', () => {
  const run = spawnSync(
    process.execPath,
    [
      ...['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')],
      ...['import', 'cdr', '-', '--mapping', mapping, '--store', join(folder, 'piped')],
    ],
    { input: `${HEAD.join(',')}\n13800000001,110,out,${clock(0)},5,,\n`, encoding: 'utf8' },
  );
  expect(run.stderr).toBe('1 row over 0 m 05 s · 1 event imported · 0 refused\n');
  expect(run.status).toBe(0);
});
