import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { cli } from '../support/cli.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';
import { root } from '../support/sources.ts';

const LINE = sampleAsTold().first;
let folder: ReturnType<typeof scratch>;
let key: string;
/** Desks on the same capture: in a store of numbers, and in one of pseudonyms. */
let plain: TestDesk;
let hidden: TestDesk;
let people: Record<'plain' | 'hidden', Person>;

beforeAll(async () => {
  folder = scratch();
  key = `${folder.path}/lake.key`;
  writeFileSync(key, Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 97 + 31) % 256)), { mode: 0o600 });
  await makeStore(`${folder.path}/plain`, [SAMPLE]);
  await makeStore(`${folder.path}/hidden`, [SAMPLE], key);
  plain = await openDesk(`${folder.path}/plain`, `${folder.path}/plain-desk`);
  hidden = await openDesk(`${folder.path}/hidden`, `${folder.path}/hidden-desk`, { pseudonymKey: key });
  people = { plain: await plain.person('ann', 'investigator'), hidden: await hidden.person('ann', 'investigator') };
  for (const [desk, ann] of [
    [plain, people.plain],
    [hidden, people.hidden],
  ] as const) {
    const rows = desk.desk.database.all<{ id: number }>(`SELECT id FROM lines WHERE tier <> 'none' LIMIT 50`);
    await ann.post('/api/unmask', { lines: rows.map(({ id }) => id), reason: 'test' });
  }
});
afterAll(async () => {
  await plain.close();
  await hidden.close();
  folder.remove();
});

async function lineAt(ann: Person): Promise<Reply<'queue'>['items'][number]> {
  const { items } = await ann.get<Reply<'queue'>>(`/api/lines?q=${LINE}`);
  expect(items).toHaveLength(1);
  return items[0]!;
}

describe('a desk on a pseudonymous store', () => {
  it('needs the key, and says so', async () => {
    const run = await cli('review', '--store', `${folder.path}/hidden`, '--port', '0');
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/--pseudonym-key/) });
  });

  it('has the lines of the network by their numbers, which the store has not', async () => {
    const numbers = ({ desk }: TestDesk) =>
      desk.database.all<{ line: string }>('SELECT line FROM lines ORDER BY line').map(({ line }) => line);
    // A store of pseudonyms lacks some features: it need not mark the very same lines.
    const known = new Set(readFileSync(join(root, 'captures/sample-labels.csv'), 'utf8').match(/^\d+/gm));
    expect(numbers(hidden).length).toBeGreaterThan(2);
    expect(numbers(hidden).filter((line) => !known.has(line))).toEqual([]);
    expect(numbers(plain).filter((line) => !known.has(line))).toEqual([]);
    const store = openStore(`${folder.path}/hidden`, false, { pseudonymKey: key });
    const stored = new Set<string>();
    for await (const { msisdn } of store.events()) if (msisdn !== null) stored.add(msisdn);
    await store.close();
    expect(stored.size).toBeGreaterThan(20);
    expect(stored.has(LINE)).toBe(false);
  });

  it('finds a line by its number, with what it did, whom it talked to and what it showed', async () => {
    const [a, b] = [await lineAt(people.plain), await lineAt(people.hidden)];
    expect([b.line, b.calls, b.cell, b.user_agent]).toEqual([LINE, a.calls, a.cell, a.user_agent]);
    const of = async (ann: Person, { id }: { id: number }) => {
      const { counterparts, devices, cells, heat } = await ann.get<Reply<'activity'>>(`/api/lines/${id}/activity`);
      // A desk numbers its lines as they come in.
      return { devices, cells, heat, counterparts: counterparts.map(({ line, ...one }) => [one, line !== null]) };
    };
    expect((await of(people.plain, a)).counterparts.length).toBeGreaterThan(5);
    expect(await of(people.hidden, b)).toEqual(await of(people.plain, a));
    const calls = (ann: Person, { id }: { id: number }) => ann.get<Reply<'calls'>>(`/api/lines/${id}/calls`);
    expect(await calls(people.hidden, b)).toEqual(await calls(people.plain, a));
    const { features } = await people.hidden.get<Reply<'features'>>(`/api/lines/${b.id}/features`);
    expect(features.filter(({ value }) => value !== null).length).toBeGreaterThan(20);
  });

  it('knows the devices and addresses by which lines are tied', () => {
    const marks = ({ desk }: TestDesk) =>
      desk.database
        .all<{ line: string; value: string }>('SELECT l.line, m.value FROM marks m JOIN lines l ON l.id = m.line')
        .map(({ line, value }) => `${line} ${value}`)
        .sort();
    const lines = (rows: readonly string[]) => new Set(rows.map((row) => row.split(' ')[0]!));
    const [a, b] = [marks(plain), marks(hidden)];
    const both = [...lines(a)].filter((line) => lines(b).has(line));
    const of = (rows: readonly string[]) => rows.filter((row) => both.includes(row.split(' ')[0]!));
    expect(both.length).toBeGreaterThan(2);
    expect(of(a).filter((row) => row.includes(' imei:')).length).toBeGreaterThan(5);
    expect(of(b)).toEqual(of(a));
  });

  it('orders the line itself out of service, and not whose number its pseudonym looks like', async () => {
    const { id } = await lineAt(people.hidden);
    const ben = await hidden.person('ben', 'approver');
    const { body: opened } = await people.hidden.post<CaseView>('/api/cases', { line: id });
    const step = { action: 'suspend', version: opened.version, reason: 'simbox', comment: '' };
    const { body: waits } = await people.hidden.post<CaseView>(`/api/cases/${opened.id}/actions`, step);
    const url = `/api/cases/${opened.id}/decisions/${waits.decisions[0]!.id}`;
    await ben.post(url, { answer: 'approve', version: waits.version, comment: '' });
    const removal = await cli('export', 'removal', '--desk', `${folder.path}/hidden-desk`);
    expect(removal.stdout.split('\n').filter((row) => row.includes(',suspend,'))).toEqual([
      expect.stringContaining(`,${LINE},`),
    ]);
    const zip = `${folder.path}/line.zip`;
    const where = ['--store', `${folder.path}/hidden`, '--pseudonym-key', key, '-o', zip];
    expect((await cli('export', 'evidence', LINE, ...where)).code).toBe(0);
    const calls = execFileSync('unzip', ['-p', zip, 'calls.csv'], { encoding: 'utf8' });
    const { items } = await people.plain.get<Reply<'calls'>>(
      `/api/lines/${(await lineAt(people.plain)).id}/calls?limit=500`,
    );
    for (const { counterpart } of items) expect(calls).toContain(counterpart);
    const packets = execFileSync('unzip', ['-p', zip, 'packets.pcapng'], { maxBuffer: 64 * 1024 * 1024 });
    expect(packets.includes(LINE)).toBe(true);
  });

  it('takes a capture in under the key, and learns from its decisions', async () => {
    const run = await cli(
      ...['evaluate', '--labels', 'store', '--store', `${folder.path}/hidden`, '--pseudonym-key', key],
      ...['--desk', `${folder.path}/hidden-desk`],
    );
    expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/1 of 1 gateway line marked/)]);
    const other = `${folder.path}/part.pcap`;
    execFileSync('sh', ['-c', `gzip -dc "${SAMPLE}" | head -c 4000000 > "${other}"`]);
    const reply = await people.hidden.upload('/api/uploads', 'part.pcap', readFileSync(other));
    expect(reply.statusCode).toBe(200);
    await hidden.desk.uploads.idle();
    const { items } = await people.hidden.get<Reply<'uploads'>>('/api/uploads');
    expect(items[0]).toMatchObject({ state: 'done' });
  });
});
