import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOf } from '../../src/forest/explain.ts';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { cli } from '../support/cli.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;
const TOLD = sampleAsTold();
const LINE = TOLD.first;
const path = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = scratch();
  copyFileSync(SAMPLE, path('sample.pcap.gz'));
  await makeStore(path('lake'), [path('sample.pcap.gz')]);
  test = await openDesk(path('lake'), path('lake-desk'));
  ann = await test.person('ann', 'investigator');
  await ann.post('/api/unmask', { lines: [1], reason: 'evidence' });
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

function unpack(zip: string, into: string): string {
  mkdirSync(path(into));
  execFileSync('unzip', ['-q', zip, '-d', path(into)]);
  return path(into);
}

/** Fields of each packet, Call-ID and frame time of SIP where none are named, as tshark reads it. */
function tshark(file: string, filter: string, ...fields: string[]): string[] {
  return execFileSync(
    'tshark',
    [
      ...['-r', file, '-Y', filter, '-T', 'fields'],
      ...(fields.length === 0 ? ['frame.time_epoch', 'sip.Call-ID'] : fields).flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
    .split('\n')
    .filter((line) => line !== '');
}

/** Where most requests of the line come from, and its calls from there in the three hours of the sample, as tshark counts Call-IDs. */
function ofTheLine(): { address: string; calls: number } {
  const byAddress = new Map<string, Set<string>>();
  for (const row of tshark(
    SAMPLE,
    `sip.Method == "INVITE" && sip.from.user contains "${LINE}"`,
    'ip.src',
    'sip.Call-ID',
  )) {
    const [address, call] = row.split('\t') as [string, string];
    byAddress.set(address, (byAddress.get(address) ?? new Set()).add(call));
  }
  const [[address, calls]] = [...byAddress].sort(([, x], [, y]) => y.size - x.size) as [[string, Set<string>]];
  return { address, calls: calls.size };
}

describe('an evidence package', () => {
  it('is made with --output, read without Catpool, verified by sha256sum alone, its digest in the log', async () => {
    const zip = path('line.zip');
    const run = await cli('export', 'evidence', LINE, '--store', path('lake'), '--desk', path('lake-desk'), '-o', zip);
    expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/SHA-256 [0-9a-f]{64}/)]);
    const at = unpack(zip, 'line');
    const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: at, encoding: 'utf8' });
    for (const name of [
      'report.html',
      'report.pdf',
      'verdict.json',
      'features.json',
      'calls.csv',
      'packets.pcapng',
      'manifest.json',
    ])
      expect(sums).toContain(`${name}: OK`);
    // ISO 32000-1 §7.5: the header, the pages, the end.
    const pdf = readFileSync(join(at, 'report.pdf'), 'latin1');
    expect(pdf).toMatch(/^%PDF-1\.\d[\s\S]*\/Type *\/Pages\b[\s\S]*%%EOF\s*$/);
    const digest = createHash('sha256').update(readFileSync(zip)).digest('hex');
    const row = test.desk.database.get<{ detail: string }>(
      `SELECT detail FROM audit WHERE action = 'export.evidence'`,
    )!;
    expect(JSON.parse(row.detail).sha256).toBe(digest);
    expect(statSync(zip).mode & 0o077).toBe(0);
    writeFileSync(join(at, 'calls.csv'), 'changed');
    expect(() => execFileSync('sha256sum', ['--status', '-c', 'SHA256SUMS'], { cwd: at })).toThrow();
  });

  /** Calls to a number in the sample, whether or not they reached it: a server between both sides gives each a Call-ID of its own. */
  const callsTo = (line: string): number => {
    const begun = new Map<string, { time: number; caller: string }>();
    const filter = `sip.Method == "INVITE" && sip.to.user contains "${line}"`;
    for (const row of tshark(SAMPLE, filter, 'frame.time_epoch', 'sip.Call-ID', 'sip.from.user')) {
      const [time, id, caller] = row.split('\t') as [string, string, string];
      if (!begun.has(id)) begun.set(id, { time: Number(time), caller });
    }
    const sides = [...begun.values()];
    return sides.filter(
      (one, at) => !sides.slice(0, at).some(({ time, caller }) => caller === one.caller && one.time - time < 2),
    ).length;
  };

  it('holds the calls of the line, and their packets as the capture has them', () => {
    const rows: Record<string, string>[] = parse(execFileSync('unzip', ['-p', path('line.zip'), 'calls.csv']), {
      columns: true,
    });
    const legs = rows.filter(({ kind, repeat }) => kind === 'leg' && repeat === 'false');
    expect([
      legs.filter(({ direction }) => direction === 'out').length,
      legs.filter(({ direction }) => direction === 'in').length,
    ]).toEqual([ofTheLine().calls, callsTo(LINE)]);
    // What those it talked to showed of their devices and addresses is not said to be its own.
    expect(new Set(rows.flatMap(({ endpoint }) => (endpoint === '' ? [] : [endpoint!.split(':')[0]])))).toEqual(
      new Set([ofTheLine().address]),
    );
    const own = tshark(SAMPLE, `sip.Method && ip.src == ${ofTheLine().address}`, 'sip.contact.parameter').join(' ');
    expect(rows.filter(({ imei }) => imei !== '' && !own.replaceAll('-', '').includes(imei!))).toEqual([]);
    execFileSync('sh', ['-c', `gzip -dc "${path('sample.pcap.gz')}" > "${path('sample.pcap')}"`]);
    const invites = tshark(path('sample.pcap'), `sip.Method == "INVITE" && sip.from.user contains "${LINE}"`);
    const cut = tshark(path('line/packets.pcapng'), `sip.Method == "INVITE" && sip.from.user contains "${LINE}"`);
    expect(cut).toEqual(invites);
    const ids = new Set(invites.map((line) => line.split('\t')[1]));
    const dialog = (file: string): string[] => tshark(file, 'sip').filter((line) => ids.has(line.split('\t')[1]));
    expect(dialog(path('line/packets.pcapng'))).toEqual(dialog(path('sample.pcap')));
  });

  it('of a gateway holds all its lines', async () => {
    const run = await cli(
      'export',
      'evidence',
      '#1',
      '--store',
      path('lake'),
      '--desk',
      path('lake-desk'),
      '-o',
      path('box.zip'),
    );
    expect([run.code, run.stderr]).toEqual([0, expect.anything()]);
    const verdicts = JSON.parse(
      execFileSync('unzip', ['-p', path('box.zip'), 'verdict.json'], { encoding: 'utf8' }),
    ).verdicts;
    expect(verdicts).toHaveLength(TOLD.box);
    const features = JSON.parse(
      execFileSync('unzip', ['-p', path('box.zip'), 'features.json'], { encoding: 'utf8' }),
    ).lines;
    expect(Object.keys(features).sort()).toEqual(verdicts.map(({ line }: { line: string }) => line).sort());
  });

  it('says so where the captures are gone', async () => {
    rmSync(path('sample.pcap.gz'));
    const run = await cli(
      'export',
      'evidence',
      LINE,
      '--store',
      path('lake'),
      '--desk',
      path('lake-desk'),
      '-o',
      path('gone.zip'),
    );
    expect([run.code, run.stderr]).toEqual([
      0,
      expect.stringContaining('no packets: the original captures are no longer there'),
    ]);
    const at = unpack(path('gone.zip'), 'gone');
    expect(existsSync(join(at, 'packets.pcapng'))).toBe(false);
    execFileSync('sha256sum', ['--status', '-c', 'SHA256SUMS'], { cwd: at });
    mkdirSync(path('moved'));
    copyFileSync(SAMPLE, path('moved/sample.pcap.gz'));
    const found = await cli(
      'export',
      'evidence',
      LINE,
      '--store',
      path('lake'),
      '--desk',
      path('lake-desk'),
      '--captures',
      path('moved'),
      '-o',
      path('back.zip'),
    );
    expect([found.code, found.stderr]).toEqual([0, expect.not.stringContaining('no packets')]);
  });

  it('holds a call whole that goes on from one capture to the next', async () => {
    // The middle of a call of the line, as tshark tells it.
    const [call] = tshark(path('sample.pcap'), `sip.Method == "BYE" && sip.from.user contains "${LINE}"`);
    const [bye, id] = call!.split('\t') as [string, string];
    const frames = execFileSync('tshark', ['-r', path('sample.pcap'), '-T', 'fields', '-e', 'frame.time_epoch'], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    }).split('\n');
    const cut = frames.indexOf(bye);
    mkdirSync(path('parts'));
    execFileSync('editcap', ['-F', 'pcap', '-r', path('sample.pcap'), path('parts/1.pcap'), `1-${cut}`]);
    execFileSync('editcap', ['-F', 'pcap', path('sample.pcap'), path('parts/2.pcap'), `1-${cut}`]);
    await makeStore(path('parts-lake'), [path('parts/1.pcap'), path('parts/2.pcap')]);
    await (await openDesk(path('parts-lake'), path('parts-lake-desk'))).close();
    const run = await cli('export', 'evidence', LINE, '--store', path('parts-lake'), '-o', path('parts.zip'));
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('missing')]);
    const packets = join(unpack(path('parts.zip'), 'parts-unpacked'), 'packets.pcapng');
    const filter = `sip.Call-ID == "${id}"`;
    expect(tshark(packets, filter).sort()).toEqual(tshark(path('sample.pcap'), filter).sort());
  });

  it('has its report in both languages, with the caveat of the model, and times as the desk tells them', () => {
    const html = execFileSync('unzip', ['-p', path('line.zip'), 'report.html'], { encoding: 'utf8' });
    expect(html).toContain('trained on simulated captures alone');
    expect(html).toContain('仅以仿真抓包训练');
    expect(html).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC</);
    expect(html.match(/<li>/g)!.length).toBeGreaterThanOrEqual(3);
    expect(html).toContain('lang="zh-CN"');
  });

  it('of a case has what the police need beside it: the lines, why, the measure and the orders', async () => {
    const ben = await test.person('ben', 'approver');
    const { body: opened } = await ann.post<CaseView>('/api/cases', { line: 1 });
    const step = { action: 'suspend', version: opened.version, reason: 'simbox', comment: '' };
    const { body: waits } = await ann.post<CaseView>(`/api/cases/${opened.id}/actions`, step);
    const url = `/api/cases/${opened.id}/decisions/${waits.decisions[0]!.id}`;
    const { body: view } = await ben.post<CaseView>(url, { answer: 'approve', version: waits.version, comment: '' });
    const zip = path('lead.zip');
    const run = await cli(
      'export',
      'lead',
      String(view.id),
      '--store',
      path('lake'),
      '--captures',
      path('moved'),
      '-o',
      zip,
    );
    expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/SHA-256 [0-9a-f]{64}/)]);
    const at = unpack(zip, 'lead');
    execFileSync('sha256sum', ['--status', '-c', 'SHA256SUMS'], { cwd: at });
    expect(JSON.parse(readFileSync(join(at, 'lead.json'), 'utf8'))).toMatchObject({
      schema: 'catpool.lead/1',
      ...{ case: view.id, measure: 'suspend', reason: 'simbox' },
      lines: [{ line: LINE, order: view.orders[0]!.id }],
    });
    for (const name of ['report.html', 'calls.csv', 'packets.pcapng']) expect(existsSync(join(at, name))).toBe(true);
    expect(readFileSync(join(at, 'report.html'), 'utf8')).toContain(`案件 ${view.id}`);
    // At the desk it is an approver's, with the lines unmasked, and in the history of the case.
    const get = (person: Person) => person.request({ method: 'GET', url: `/api/cases/${view.id}/lead` });
    expect((await get(ann)).statusCode).toBe(403);
    expect((await get(ben)).json()).toMatchObject({ code: 'forbidden', details: { lines: [1] } });
    await ben.post('/api/unmask', { lines: [1], reason: 'police' });
    expect((await get(ben)).headers['content-type']).toBe('application/zip');
    const { history } = await ben.get<CaseView>(`/api/cases/${view.id}`);
    expect(history.map(({ action, actor }) => [action, actor])).toContainEqual(['export.lead', 'ben']);
  });

  it('is in the report of the shift with all else that was done, by whom, no number whole', async () => {
    const run = await cli('export', 'shift', '3650d', '--desk', path('lake-desk'));
    expect(run.code).toBe(0);
    const { by_person, waiting, since, until, schema } = JSON.parse(run.stdout);
    expect(schema).toBe('catpool.shift/1');
    // Its length, within ten seconds: the clock runs on while the report is made.
    expect(Math.floor((until - since) / 10_000)).toBe(3650 * 8640);
    const did = (person: string) =>
      by_person
        .find((one: { person: string }) => one.person === person)
        ?.actions.map(({ action }: { action: string }) => action);
    expect(did('ann')).toContain('unmask');
    expect(did('ben')).toContain('export.lead');
    expect(waiting).toContainEqual({ role: 'approver', what: 'order', cases: 1 });
    expect(run.stdout).not.toContain(LINE);
  });

  it.each([
    [['export', 'lead', '99', '-o', 'x.zip'], /there is no case 99 at this desk/],
    [['export', 'lead', '#1', '-o', 'x.zip'], /expected the number of a case, got #1/],
    [['export', 'evidence', '8600000000000', '-o', 'x.zip'], /no verdict of it in this store/],
    [['export', 'evidence', LINE], /name the file with --output/],
    [['export', 'removal', '--verify'], /--verify goes with export audit/],
    [['export', 'shift', 'today'], /the length of the shift: expected a length of time such as 24h or 7d, got today/],
  ])('%s is one clear line', async (args, why) => {
    const run = await cli(...args, '--store', path('lake'), '--desk', path('lake-desk'));
    expect([run.code, run.stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(run.stderr).toMatch(why);
  });
});

describe('features of a line', () => {
  it('stand beside the spread of ordinary lines that the model holds', async () => {
    const { features } = await ann.get<Reply<'features'>>('/api/lines/1/features');
    const calls = features.find(({ name }) => name === 'outgoing_per_hour')!;
    expect(calls.value).toBeCloseTo(ofTheLine().calls / 3, 1);
    expect(calls.ordinary!.values.length).toBe(calls.ordinary!.at_most.length);
    expect(calls.rarity).toBeLessThan(0.1);
    const moved = features.reduce((sum, { contribution }) => sum + contribution, 0);
    const { score, reasons } = await ann.get<Reply<'line'>>('/api/lines/1');
    // The same parts of the score as the verdict tells.
    const told = reasons.flatMap(({ feature, contribution }) => {
      const row = features.find(({ name }) => name === feature);
      return row === undefined ? [] : [[feature, row.contribution - contribution]];
    });
    expect(told.length).toBeGreaterThan(1);
    for (const [, difference] of told) expect(difference).toBeCloseTo(0, 12);
    // Own behaviour and the company it keeps: together they are what the score has moved by.
    expect(startOf(readModel(DEFAULT_MODEL)) + moved).toBeCloseTo(score, 9);
    const company = features.find(({ name }) => name === 'endpoint_company')!;
    expect(company).toMatchObject({ family: 'G', unit: 'score' });
    expect(company.ordinary!.values.length).toBeGreaterThan(1);
  });
});
