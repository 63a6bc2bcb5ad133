import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parsePhoneNumber } from 'awesome-phonenumber';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { KINDS, OUTCOMES, TIERS, unitInChinese, valueInChinese } from '../../src/cli/chinese.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import { found } from '../../src/review/ui/words/zh/found.ts';
import { records as desk } from '../../src/review/ui/words/zh/records.ts';
import { EXTRAS } from '../../src/scan/judge/judge.ts';
import { unitOf, YES_NO } from '../../src/scan/judge/units.ts';
import type { Verdict } from '../../src/scan/judge/verdict.ts';
import { cli, records } from '../support/cli.ts';
import { SAMPLE } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';
import { sharedCapture } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const call = sharedCapture('sip', 'NormB+sipnab', 'sip_call.pcap');
const several = [
  sharedCapture('sip', 'zeek+zeek', 'wireshark.pcap'),
  sharedCapture('sip', 'ajbanjara+Wireshark', '1filtered.cap'),
  sharedCapture('sip', 'open5gs+open5gs', 'ipsec_to_ipsec_call.pcapng'),
];

async function parquet(path: string, query: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(query.replace('$', `read_parquet('${path}')`));
  const rows = reader.getRowsJson() as unknown[][];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe('every format says the same', () => {
  for (const command of ['messages', 'events', 'features'] as const) {
    test(command, async () => {
      const ndjson = records((await cli(command, call)).stdout);
      const csvFile = join(folder, `${command}.csv`);
      await cli(command, call, '--format', 'csv', '--output', csvFile);
      const csv = parse(readFileSync(csvFile), { columns: true }) as Record<string, string>[];
      const parquetFile = join(folder, `${command}.parquet`);
      expect((await cli(command, call, '--format', 'parquet', '-o', parquetFile)).code).toBe(0);
      const table = (await cli(command, call, '--format', 'table')).stdout.trim().split('\n');
      expect(ndjson.length).toBeGreaterThan(0);
      expect(csv).toHaveLength(ndjson.length);
      expect(table).toHaveLength(ndjson.length + 1);
      for (const name of table[0]!.trim().split(/\s+/)) expect(Object.keys(csv[0]!)).toContain(name);
      expect(await parquet(parquetFile, 'SELECT count(*) FROM $')).toEqual([[String(ndjson.length)]]);
      for (const [index, record] of ndjson.entries()) {
        for (const [name, text] of Object.entries(csv[index]!)) {
          const value = record[name] ?? '';
          expect(text).toBe(
            typeof value === 'object'
              ? JSON.stringify(value)
              : typeof value === 'boolean'
                ? value
                  ? '1'
                  : ''
                : String(value),
          );
        }
      }
    });
  }

  test('times in Parquet are timestamps of nanoseconds', async () => {
    const path = join(folder, 'times.parquet');
    await cli('events', several[0]!, '--format', 'parquet', '--output', path);
    const [row] = await parquet(path, 'SELECT typeof(time), CAST(min(time) AS VARCHAR) FROM $ GROUP BY 1');
    // The first REGISTER of the capture, as tshark prints it: 2005-07-04 09:32:52.844249.
    expect(row).toEqual(['TIMESTAMP_NS', '2005-07-04 09:32:52.844249']);
  });

  test('records begin with their schema; files are for their owner alone', async () => {
    expect((await cli('messages', call)).stdout.startsWith('{"schema":"catpool.message/1","capture":')).toBe(true);
    expect((await cli('events', call)).stdout.startsWith('{"schema":"catpool.event/1","kind":"leg"')).toBe(true);
    const path = join(folder, 'private.ndjson');
    await cli('events', call, '--output', path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await cli('events', call, '--output', '/dev/null')).code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a file that cannot be written is one line', async () => {
    const { code, stderr } = await cli('events', call, '--output', join(folder, 'none', 'x.ndjson'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no folder/);
  });

  test('parquet needs a file', async () => {
    expect((await cli('events', call, '--format', 'parquet')).stderr).toMatch(/--output/);
  });
});

describe('stdout is the same bytes', () => {
  for (const command of ['messages', 'events', 'features', 'scan'] as const) {
    test(`${command}: on a second run, with one and four workers, with the files in another order`, async () => {
      const extra = command === 'scan' ? ['--threshold', '0', '--window', '30d', '--format', 'ndjson'] : [];
      const workers = (many: string) => (command === 'messages' ? [] : ['--workers', many]);
      const first = (await cli(command, ...several, ...extra, ...workers('1'))).stdout;
      expect(first.length).toBeGreaterThan(100);
      expect((await cli(command, ...several, ...extra, ...workers('4'))).stdout).toBe(first);
      expect((await cli(command, ...[...several].reverse(), ...extra)).stdout).toBe(first);
    });
  }
});

describe('scan', () => {
  test('--threshold 0 lists every line with its score and on how much it rests', async () => {
    const { stdout, stderr, code } = await cli('scan', call, '--threshold', '0', '--format', 'ndjson');
    expect(code).toBe(0);
    const [verdict, summary] = records(stdout);
    expect(verdict).toMatchObject({
      schema: 'catpool.verdict/1',
      line: '1001@10.0.0.1',
      tier: expect.any(String),
      calls: 1,
    });
    expect(verdict!.exposure).toMatchObject({
      calls: 1,
      rests_on: expect.stringMatching(/1 call in .*too little to tell/),
    });
    expect(summary).toMatchObject({ record: 'summary', lines: 1, messages: { sip: 7 } });
    expect(stderr).toMatch(/1 file · .* 7 SIP messages · 1 line/);
  });

  test('--fail-on and --stats', async () => {
    const stats = join(folder, 'stats.json');
    expect((await cli('scan', call, '--threshold', '0.0001', '--fail-on', 'suspect', '--stats', stats)).code).toBe(2);
    expect((await cli('scan', call, '--fail-on', 'suspect')).code).toBe(0);
    const written = JSON.parse(readFileSync(stats, 'utf8'));
    expect(written).toMatchObject({
      schema: 'catpool.stats/1',
      counters: { messages: { sip: 7 }, packets: { read: 7 } },
    });
  });

  test('--own-prefixes scores own lines only', async () => {
    const { stdout } = await cli(
      'scan',
      several[1]!,
      '--own-prefixes',
      '1208',
      '--threshold',
      '0',
      '--format',
      'ndjson',
    );
    expect(
      records(stdout)
        .filter((record) => record.line !== undefined)
        .map((record) => record.line),
    ).toEqual(['12086212025']);
    const none = await cli('scan', several[1]!, '--own-prefixes', '86', '--threshold', '0', '--format', 'ndjson');
    expect(records(none.stdout).filter((record) => record.line !== undefined)).toEqual([]);
  });
});

describe('explain and features', () => {
  test('explain names the line, its features and frames', async () => {
    const { stdout, code } = await cli('explain', '1001@10.0.0.1', call);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1001@10\.0\.0\.1: (none|suspect)/);
    expect(stdout).toMatch(/leg -> 1002 answered 58\.0 s .*frames 1-7/);
    const [explanation, event] = records((await cli('explain', '1001@10.0.0.1', call, '--format', 'ndjson')).stdout);
    expect(explanation).toMatchObject({ schema: 'catpool.explanation/1' });
    expect(event).toMatchObject({ schema: 'catpool.event/1', outcome: 'answered' });
  });

  test('explain says of which window its features are, so that they can be computed again', async () => {
    const { first } = sampleAsTold();
    const hour = ['explain', first, SAMPLE, '--window', '1h'];
    const [told, ...events] = records((await cli(...hour, '--format', 'ndjson')).stdout);
    const { window, features } = told as {
      window: { from: string; until: string };
      features: { name: string; value: number | null }[];
    };
    const [from, until] = [Date.parse(window.from), Date.parse(window.until)];
    // The oldest window begins with the first packet.
    expect(until - from).toBeGreaterThan(3_500_000);
    expect(until - from).toBeLessThanOrEqual(3_600_000);
    const times = events.map(({ time }) => Date.parse(time as string));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(from);
    expect(Math.max(...times)).toBeLessThan(until);
    const placed = events.filter(
      ({ kind, direction, msisdn }) => kind === 'leg' && direction === 'originating' && msisdn === first,
    );
    expect(placed.length).toBeGreaterThan(5);
    const rate = features.find(({ name }) => name === 'outgoing_per_hour')!.value!;
    expect((rate * (until - from)) / 3_600_000).toBeCloseTo(placed.length, 1);
    const { stdout } = await cli(...hour, '--language', 'en');
    const zone = 'Asia/Shanghai';
    const local = (iso: string) => {
      const eight = new Date(Date.parse(iso) + 8 * 3_600_000).toISOString();
      return `${eight.slice(0, 10)} ${eight.slice(11, 19)}${iso.slice(19, -1)}`;
    };
    expect(stdout).toContain(`Features are of the window from ${local(window.from)} to ${local(window.until)};`);
    expect(stdout).toContain(`\n  ${local(events[0]!.time as string)}  `);
    expect(stdout.split(zone)).toHaveLength(2);
    expect(stdout).not.toMatch(/\d\dT\d\d:|\dZ/);
    const nowhere = await cli('explain', '1001@10.0.0.1', call);
    expect(nowhere.stdout).toContain('\nEvents (times of UTC)\n');
  });

  test('explain says where thresholds lie lower than usual, or higher, for what other lines score', async () => {
    const { first } = sampleAsTold();
    const of = async (...options: string[]) => (await cli('explain', first, SAMPLE, ...options)).stdout;
    const [told] = records(await of('--format', 'ndjson'));
    const { threshold_shift: shift } = (told as { verdict: Verdict }).verdict.exposure;
    expect(Math.abs(shift)).toBeGreaterThan(0.1);
    const [words, opposite] = shift < 0 ? ['less than usual', 'more than'] : ['more than usual', 'less than'];
    const [head] = (await of()).split('\n');
    expect(head).toContain(`on, ${words} as other lines`);
    expect(head).not.toContain(opposite);
    expect((await of('--language', 'zh')).split('\n')[0]).toContain(shift < 0 ? '阈值低于通常' : '阈值高于通常');
  });

  test('explain says which rows are the other end of a call', async () => {
    const { first } = sampleAsTold();
    const { stdout } = await cli('explain', first, SAMPLE);
    const rows = records((await cli('explain', first, SAMPLE, '--format', 'ndjson')).stdout);
    const others = rows.filter(({ kind, msisdn }) => kind !== undefined && msisdn !== first);
    expect(others.length).toBeGreaterThan(0);
    expect(stdout.match(/ {2}at the other end$/gm)).toHaveLength(others.length);
  });

  test('explain gives what each feature moved the score by, which makes the score up', async () => {
    const { first } = sampleAsTold();
    const { stdout } = await cli('explain', first, SAMPLE, '--language', 'en');
    const [told] = records((await cli('explain', first, SAMPLE, '--format', 'ndjson')).stdout);
    const { start, moved, verdict } = told as {
      start: number;
      moved: { feature: string; contribution: number }[];
      verdict: { score: number; reasons: { feature: string; contribution: number }[] };
    };
    const sum = moved.reduce((all, { contribution }) => all + contribution, start);
    expect(sum).toBeCloseTo(verdict.score, 9);
    expect(new Set(moved.map(({ feature }) => feature)).size).toBe(moved.length);
    const sizes = moved.map(({ contribution }) => Math.abs(contribution));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    // Nine have a row of their own in the table.
    expect(moved.length).toBeGreaterThan(20);
    const [, rest] = /([+-][\d.]+) {2}All other features together/.exec(stdout)!;
    const rows = stdout.match(/^ {2}[+-]\d\.\d{3}(?= {2})/gm)!.map(Number);
    expect(rows).toHaveLength(10);
    const told3 = moved.map(({ contribution }) => Number(contribution.toFixed(3)));
    for (const row of rows.slice(0, -1)) expect(told3).toContain(row);
    const others = sum - start - rows.slice(0, -1).reduce((all, row) => all + row, 0);
    expect(others).toBeCloseTo(Number(rest), 2);
  });

  test('explain leaves nothing in English to whoever reads Chinese, but names and what was captured', async () => {
    const { first, tier } = sampleAsTold();
    const { stdout } = await cli('explain', first, SAMPLE, '--language', 'zh');
    const [head, why] = stdout.split('\n');
    expect(head).toMatch(/^\d+：(?:高度)?可疑，得分 \d\.\d+，达到 \d\.\d+ 即标记（.*）$/);
    expect(head).toContain(`：${TIERS[tier]}，`);
    expect(why).toMatch(/^原因：.*。$/);
    const moved = stdout.match(/^ {2}[+-]\d\.\d{3} {2}.*$/gm)!;
    expect(moved.length).toBeGreaterThan(5);
    for (const row of moved)
      expect(row).toMatch(
        /：(?:未见|是|否|-?[\d.]+(?:（.*）| \p{Script=Han}.*))$|其余所有特征合计（逐项：--format ndjson）$/u,
      );
    expect(stdout).toMatch(/^ {2}L6 +talk_mean .* 秒 {2}/m);
    expect(stdout).toMatch(/\d {2}通话 -> \d+ 接通 [\d.]+ 秒 {2}\S+ 帧 \d+-\d+$/m);
    expect(stdout).toMatch(/\d {2}注册 {2}已注册 {2}/m);
    // Names of features stay, and of what stands in messages.
    const plain = stdout
      .replace(/^ {2}[A-Z]+\d+[\d.a-z]* +[a-z_\d]+ /gm, '')
      .replaceAll(SAMPLE, '')
      .replace('--format ndjson', '')
      .replace(/\b(?:branch|tag|classmark)\b/g, '');
    expect(plain.match(/\b[a-z]{3,}\b/g)).toBeNull();
    expect(stdout.match(/.*[.;:]$/gm)).toBeNull();
  });

  test('explain has the Chinese words of the desk', () => {
    expect(desk.tiers).toMatchObject(TIERS);
    expect(desk.values).toMatchObject({ ...KINDS, ...OUTCOMES });
  });

  test('explain has a Chinese word for every unit, and spaces where Latin letters stand in Chinese', () => {
    for (const { words, ...definition } of [...CATALOGUE, ...EXTRAS]) {
      const unit = unitOf(definition);
      expect([unit, unitInChinese(unit)]).toEqual([unit, expect.stringMatching(/\p{Script=Han}/u)]);
      expect([
        words.zh,
        words.zh.match(/\p{Script=Han}[A-Za-z\d]|[A-Za-z\d]\p{Script=Han}|\p{Script=Han} \p{Script=Han}/gu),
      ]).toEqual([words.zh, null]);
    }
  });

  test('what is so or is not is told as that, and entropies in bits', () => {
    const isSo = CATALOGUE.filter((definition) => unitOf(definition) === YES_NO).map(({ name }) => name);
    expect(isSo.toSorted()).toEqual(['day_cell_is_night_cell', 'fixed_number', 'voice_only']);
    const counted = CATALOGUE.filter((definition) => unitOf(definition) === 'bit').map(({ name }) => name);
    expect(counted.filter((name) => !/entropy|switching/.test(name))).toEqual([]);
    expect([unitInChinese(YES_NO), unitInChinese('bit')]).toEqual(['是/否', '比特']);
    expect(['1', '0', '0.5'].map((figure) => valueInChinese(figure, YES_NO))).toEqual(['是', '否', '0.5（是/否）']);
    expect([found.line.units['yes/no'], found.line.isSo]).toEqual(['是/否', ['否', '是']]);
  });

  test('explain knows a line by its IMSI, and by its number as dialled in the country', async () => {
    const network = join(folder, 'network');
    const options = ['--seed', '5', '--subscribers', '40', '--gateways', '0', '--hours', '1', '--interfaces', 'cap'];
    expect((await cli('simulate', '--out', network, ...options)).code).toBe(0);
    const capture = join(network, 'cap-001.pcap');
    const { stdout } = await cli('scan', capture, '--threshold', '0', '--format', 'ndjson');
    const { line, imsi } = records(stdout).find((record) => record.imsi && record.line !== record.imsi)!;
    const known = `${line}: none`;
    expect((await cli('explain', String(imsi), capture)).stdout).toContain(known);
    const { regionCode, number } = parsePhoneNumber(`+${line}`);
    const national = number!.national.replace(/\D/g, '');
    const asked = await cli('explain', national, capture, '--home-country', regionCode!);
    expect(asked.stdout).toContain(known);
  });

  test('number prefixes say how many lines without a number they leave out', async () => {
    const network = join(folder, 'radio');
    const options = ['--seed', '4', '--subscribers', '90', '--gateways', '0', '--hours', '1', '--interfaces', 'a'];
    expect((await cli('simulate', '--out', network, ...options)).code).toBe(0);
    const capture = join(network, 'a-001.pcap');
    const scan = (...more: string[]) =>
      cli('scan', capture, '--threshold', '0', '--format', 'ndjson', '--own-prefixes', '999', ...more);
    const all = await cli('scan', capture, '--threshold', '0', '--format', 'ndjson');
    const lines = records(all.stdout).flatMap(({ line }) => (line === undefined ? [] : [String(line)]));
    const { stdout, stderr } = await scan();
    expect(records(stdout).filter(({ line }) => line !== undefined)).toEqual([]);
    expect(lines.every((line) => /^\d{15}$/.test(line))).toBe(true);
    expect(stderr).toContain(`--own-prefixes leaves out ${lines.length} lines known by IMSI alone`);
    expect((await scan('--own-imsi', lines[0]!.slice(0, 5))).stderr).not.toContain('--own-prefixes leaves out');
  });

  test('a line that did nothing is one line of error', async () => {
    const { code, stderr } = await cli('explain', '8613800000000', call);
    expect(code).toBe(1);
    expect(stderr).toMatch(/8613800000000 did nothing/);
  });

  test('features --describe prints the whole catalogue', async () => {
    const described = records((await cli('features', '--describe')).stdout);
    expect(described.map((record) => record.name)).toEqual([...CATALOGUE, ...EXTRAS].map(({ name }) => name));
    const leaning = described.filter((record) => record.leaning === 'up').map(({ name }) => name);
    expect(leaning).toEqual(expect.arrayContaining(['imeis', 'same_tac_change_share', 'calls_from_company']));
    expect(leaning).not.toContain('talk_mean');
    expect(described.find(({ name }) => name === 'called_back_share')!.leaning).toBe('down');
    const missing = described.filter(({ pseudonymous }) => pseudonymous === 'missing');
    expect(missing.map(({ id }) => id).sort()).toEqual(['C6', 'D11', 'G8c', 'G8e']);
    expect((await cli('features')).stderr).toMatch(/--describe/);
  });
});
