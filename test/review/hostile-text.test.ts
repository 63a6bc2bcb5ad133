import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { makeStore, openDesk, type Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';
import { Scene } from '../support/scene.ts';

/** What a page would run, were it put there as it is. */
const SCRIPT = '<img src=x onerror=alert(1)>"\'</script><script>alert(2)</script>';
const FORMULA = '=HYPERLINK("http://evil.example","x")';
const LINE = '8613800000001';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;
let root: Person;

/** A call whose User-Agent is the attack. */
function scene(path: string, agent: string): string {
  const call = new Scene();
  const headers = (first: string, cseq: string, tag: string): string[] => [
    first,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
    `From: "${agent.replaceAll('"', '')}" <sip:+${LINE}@example.org>;tag=a`,
    `To: <sip:+8613900000009@example.org>${tag}`,
    'Call-ID: hostile',
    `CSeq: ${cseq}`,
    `User-Agent: ${agent}`,
  ];
  call.say(0, '10.0.0.1', '10.0.0.2', headers('INVITE sip:+8613900000009@example.org SIP/2.0', '1 INVITE', ''));
  call.say(1, '10.0.0.2', '10.0.0.1', headers('SIP/2.0 200 OK', '1 INVITE', ';tag=b'));
  call.say(2, '10.0.0.1', '10.0.0.2', headers('ACK sip:+8613900000009@example.org SIP/2.0', '1 ACK', ';tag=b'));
  call.say(9, '10.0.0.1', '10.0.0.2', headers('BYE sip:+8613900000009@example.org SIP/2.0', '2 BYE', ';tag=b'));
  call.say(9.1, '10.0.0.2', '10.0.0.1', headers('SIP/2.0 200 OK', '2 BYE', ';tag=b'));
  // An hour later nothing of it is open any more.
  const later = headers('OPTIONS sip:example.org SIP/2.0', '1 OPTIONS', '').map((line) =>
    line.replace('hostile', 'later'),
  );
  call.say(3600, '10.0.0.1', '10.0.0.2', later);
  call.say(7200, '10.0.0.1', '10.0.0.2', later);
  return call.write(path);
}

beforeAll(async () => {
  folder = scratch();
  const lake = `${folder.path}/lake`;
  await makeStore(lake, [scene(`${folder.path}/a.pcap`, `${FORMULA} ${SCRIPT}`)]);
  const store = openStore(lake, false);
  const reasons = [{ feature: 'x', value: 1, contribution: 0.1, rarity: 0.01, text: SCRIPT, text_zh: SCRIPT }];
  await store.writeVerdicts([verdictRow(LINE, { reasons, first: 1_700_000_000 })], 1_699_990_000, 1_700_076_400);
  await store.close();
  test = await openDesk(lake, `${folder.path}/desk`);
  root = await test.person('root', 'administrator');
  ann = await test.person('ann', 'investigator');
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

/** Everything that came as JSON says so, cannot be taken for a page, and holds the text as it was. */
async function json(person: Person, url: string): Promise<string> {
  const reply = await person.request({ method: 'GET', url });
  expect([url, reply.statusCode]).toEqual([url, 200]);
  expect(reply.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  return reply.body;
}

describe('texts that an attacker wrote', () => {
  it('in the User-Agent of a capture come back as data', async () => {
    const queue = JSON.parse(await json(ann, '/api/lines')) as Reply<'queue'>;
    expect(queue.items[0]!.user_agent).toBe(`${FORMULA} ${SCRIPT}`);
    await json(ann, '/api/lines/1');
    await json(ann, '/api/lines/1/activity');
    const calls = JSON.parse(await json(ann, '/api/lines/1/calls')) as Reply<'calls'>;
    const call = JSON.parse(await json(ann, `/api/lines/1/calls/${calls.items[0]!.event}`)) as Reply<'call'>;
    expect(call.messages.map(({ label }) => label)).toEqual([
      'INVITE',
      '200 OK (INVITE)',
      'ACK',
      'BYE',
      '200 OK (BYE)',
    ]);
    expect(call.messages[0]!.fields.user_agent).toBe(`${FORMULA} ${SCRIPT}`);
    expect(call.messages[0]!.fields.from).not.toContain(LINE);
  });

  it('in notes, comments, names of users, saved queries and lists come back as data', async () => {
    const { body: opened } = await ann.post<CaseView>('/api/cases', { line: 1 });
    const { body: noted } = await ann.post<CaseView>(`/api/cases/${opened.id}/notes`, {
      text: SCRIPT,
      version: opened.version,
    });
    expect(noted.notes[0]!.text).toBe(SCRIPT);
    const acted = await ann.post<CaseView>(`/api/cases/${opened.id}/actions`, {
      action: 'take',
      version: noted.version,
      reason: 'other',
      comment: SCRIPT,
    });
    expect(acted.body.decisions[0]!.comment).toBe(SCRIPT);
    await root.post('/api/users', { name: 'xss', display: SCRIPT, role: 'viewer', password: null });
    await ann.post('/api/views', { name: SCRIPT, query: SCRIPT });
    await root.post('/api/allowed', {
      number: '8613900000000',
      owner: SCRIPT,
      reason: SCRIPT,
      until: test.clock.now + 1e9,
    });
    for (const url of [
      '/api/users',
      '/api/views',
      '/api/allowed',
      `/api/cases/${opened.id}`,
      '/api/cases',
      '/api/shift',
    ])
      await json(root, url);
    expect(await json(root, '/api/users')).toContain(JSON.stringify(SCRIPT).slice(1, -1));
    await json(root, '/api/audit');
  });

  it('with control characters are refused', async () => {
    const { body } = await ann
      .get<CaseView>('/api/cases/1')
      .then((view) => ann.post(`/api/cases/1/notes`, { text: 'a\u0000b', version: view.version }));
    expect(body).toMatchObject({ code: 'invalid' });
  });

  it.each([
    ['../../../../tmp/evil.sh', 'evil.sh'],
    ['..\\..\\windows\\evil.exe', 'evil.exe'],
    ['/etc/cron.d/evil', 'evil'],
    ['..', 'file'],
    ['a\u202Egnp.exe', 'agnp.exe'],
    ['<script>alert(1)<%2fscript>.html', '<script>alert(1)<%2fscript>.html'],
  ])(
    'as the name of an attached file (%s) place it nowhere else, and it comes back as bytes to keep',
    async (name, kept) => {
      const reply = await ann.upload('/api/cases/1/attachments', name, Buffer.from('<script>alert(1)</script>'));
      expect([reply.statusCode, reply.body.slice(0, 200)]).toEqual([200, expect.anything()]);
      const attached = (reply.json() as CaseView).attachments[0]!;
      expect(attached.name).toBe(kept);
      const back = await ann.request({ method: 'GET', url: `/api/cases/1/attachments/${attached.id}` });
      expect(back.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
      });
      expect(back.headers['content-disposition']).toMatch(
        /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%~!'()*-]+$/,
      );
      expect(back.body).toBe('<script>alert(1)</script>');
      for (const file of readdirSync(join(folder.path, 'desk/attachments'))) expect(file).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('do not become formulas in a CSV', async () => {
    const { body } = await ann.post<Reply<'unmask'>>('/api/unmask', { lines: [1], reason: 'export' });
    expect(body.lines[0]!.line).toBe(LINE);
    const reply = await ann.request({ method: 'GET', url: '/api/lines/1/evidence' });
    expect(reply.headers['content-type']).toBe('application/zip');
    const zip = join(folder.path, 'evidence.zip');
    writeFileSync(zip, reply.rawPayload);
    execFileSync('unzip', ['-q', zip, '-d', join(folder.path, 'evidence')]);
    const rows: Record<string, string>[] = parse(readFileSync(join(folder.path, 'evidence/calls.csv')), {
      columns: true,
    });
    expect(rows[0]!.user_agent).toBe(`'${FORMULA} ${SCRIPT}`);
    expect(rows[0]!.line).toBe(LINE);
    for (const row of rows) for (const value of Object.values(row)) expect(value).not.toMatch(/^[=+\-@\t\r]/);
    const html = readFileSync(join(folder.path, 'evidence/report.html'), 'utf8');
    expect(html).not.toMatch(/<script|<img/);
  });
});

describe('files that are too large', () => {
  it('are refused, and leave nothing behind', async () => {
    const own = scratch();
    const small = await openDesk(`${folder.path}/lake`, own.path, { largest: 10_000 });
    const person = await small.person('ann', 'investigator');
    const reply = await person.upload('/api/uploads', 'big.pcap', Buffer.alloc(20_000));
    expect([reply.statusCode, reply.json()]).toEqual([413, expect.objectContaining({ code: 'too_large' })]);
    expect(readdirSync(join(own.path, 'uploads'))).toEqual([]);
    expect((await person.get<Reply<'uploads'>>('/api/uploads')).items).toEqual([]);
    const body = await person.request({
      method: 'POST',
      url: '/api/views',
      payload: { name: 'x', query: 'y'.repeat(2_000_000) },
    });
    expect([body.statusCode, body.json().code]).toEqual([413, 'too_large']);
    await small.close();
    own.remove();
  });

  it('that are no captures fail with one line that names them, not where they lie', async () => {
    const reply = await ann.upload('/api/uploads', 'notes.txt', Buffer.from('hello'));
    expect(reply.statusCode).toBe(200);
    await test.desk.uploads.idle();
    const { items } = await ann.get<Reply<'uploads'>>('/api/uploads');
    expect(items[0]).toMatchObject({ name: 'notes.txt', state: 'failed' });
    expect(items[0]!.message).toMatch(/^notes\.txt: not a pcap or pcapng capture/);
  });
});
