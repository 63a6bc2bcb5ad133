import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/store/cases/audit.ts';
import { certificate } from '../delivery/servers.ts';
import {
  makeVerdicts,
  openCases,
  openDesk,
  PASSWORD,
  scratch,
  type TestDesk,
  takeVerdicts,
  verdictRow,
} from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let port: number;

beforeAll(async () => {
  folder = scratch();
  await makeVerdicts(
    `${folder.path}/lake`,
    Array.from({ length: 400 }, (_, i) => verdictRow(`86138000${String(i).padStart(5, '0')}`)),
  );
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { patience: 400 });
  await test.person('ann', 'investigator');
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  port = (test.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  test.desk.hub.close();
  await test.close();
  folder.remove();
});

/** Signs in over the network. */
async function signIn(): Promise<Record<string, string>> {
  const reply = await fetch(`http://localhost:${port}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `http://localhost:${port}` },
    body: JSON.stringify({ name: 'ann', password: PASSWORD }),
  });
  expect(reply.status).toBe(200);
  const cookie = reply.headers.getSetCookie()[0]!.split(';')[0]!;
  const { csrf } = (await reply.json()) as { csrf: string };
  return { cookie, 'x-catpool-csrf': csrf, 'content-type': 'application/json' };
}

describe('a desk that listens', () => {
  it('tells open pages of a change as it is made', async () => {
    const headers = await signIn();
    const stream = await fetch(`http://localhost:${port}/api/events`, { headers });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('content-security-policy')).toContain("default-src 'none'");
    const reader = stream.body!.getReader();
    await fetch(`http://localhost:${port}/api/cases`, { method: 'POST', headers, body: '{"line":1}' });
    let text = '';
    while (!text.includes('event: case')) {
      const { value, done } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    expect(JSON.parse(/event: case\ndata: (.*)\n/.exec(text)![1]!)).toEqual({
      kind: 'case',
      case: 1,
      version: 1,
      state: 'lead',
      actor: 'ann',
    });
    await reader.cancel();
  });

  it('tells open pages of the verdicts that a scan brings', async () => {
    const headers = await signIn();
    const stream = await fetch(`http://localhost:${port}/api/events`, { headers });
    const reader = stream.body!.getReader();
    await makeVerdicts(`${folder.path}/lake`, [
      verdictRow('8613900000001'),
      verdictRow('8613900000002', { tier: 'suspect' }),
      verdictRow('8613900000003', { tier: 'none' }),
    ]);
    await test.desk.refresh();
    let text = '';
    while (!text.includes('event: run')) {
      const { value, done } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    expect(JSON.parse(/event: run\ndata: (.*)\n/.exec(text)![1]!)).toMatchObject({
      ...{ kind: 'run', lines: 3, suspect: 1, strong: 1 },
    });
    await reader.cancel();
  });

  it.each([
    ['head', 'GET /api/session HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    [
      'body',
      'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    ],
  ])('gives up on a client that sends its %s drop by drop, and answers others meanwhile', async (_, begin) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(begin);
    const drops = setInterval(() => socket.write('x'), 50);
    // Cut off in the middle of a drop it is reset: that ends it as well.
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    const other = await fetch(`http://localhost:${port}/api/session`);
    expect(other.status).toBe(200);
    await ended;
    clearInterval(drops);
  });
});

describe('a desk with a certificate', () => {
  it('speaks TLS alone, and gives its cookie to nothing else', async () => {
    const tls = certificate();
    const safe = await openDesk(`${folder.path}/lake`, `${folder.path}/safe`, {
      tls: { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) },
      secure: true,
    });
    try {
      await safe.person('ann', 'investigator');
      await safe.app.listen({ host: '127.0.0.1', port: 0 });
      const there = (safe.app.server.address() as AddressInfo).port;
      const body = JSON.stringify({ name: 'ann', password: PASSWORD });
      const reply = await new Promise<IncomingMessage>((resolve, reject) => {
        const asked = request(`https://localhost:${there}/api/login`, { method: 'POST', ca: tls.cert }, resolve);
        asked.setHeader('content-type', 'application/json').setHeader('origin', `https://localhost:${there}`);
        asked.on('error', reject).end(body);
      });
      reply.resume();
      expect(reply.statusCode).toBe(200);
      const [session] = reply.headers['set-cookie']!;
      expect(session).toMatch(/^catpool_session=.*HttpOnly; Secure; SameSite=Strict$/);
      await expect(fetch(`http://localhost:${there}/api/session`)).rejects.toThrow();
    } finally {
      await safe.close();
    }
  });
});

describe('a desk that is killed while decisions are made', () => {
  it('has each of them wholly or not at all, and none that was told as done is lost', async () => {
    const path = join(folder.path, 'killed');
    const first = await openCases(path);
    await takeVerdicts(first.database, `${folder.path}/lake`);
    first.database.close();
    const told: number[] = [];
    for (const after of [1, 4, 9, 2]) {
      const child = spawn(process.execPath, [
        '--import',
        import.meta.resolve('tsx'),
        fileURLToPath(new URL('../support/decide.ts', import.meta.url)),
        path,
      ]);
      let text = '';
      let seen = 0;
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (data) => {
          text += data;
          seen = text.split('\n').length - 1;
          if (seen >= after) child.kill('SIGKILL');
        });
        child.on('close', () => resolve());
      });
      expect(child.signalCode).toBe('SIGKILL');
      told.push(...text.split('\n').slice(0, -1).map(Number));
    }
    const { database } = await openCases(path);
    expect(verifyAudit(database).broken).toBeNull();
    const rows = database.all<{
      id: number;
      state: string;
      orders: number;
      labels: number;
      logged: number;
      pending: number;
      open: string;
    }>(
      `SELECT c.id, c.state, l.case_state AS open,
         (SELECT count(*) FROM orders o WHERE o.case_id = c.id) AS orders,
         (SELECT count(*) FROM labels b WHERE b.case_id = c.id) AS labels,
         (SELECT count(*) FROM decisions d WHERE d.case_id = c.id AND d.state = 'proposed') AS pending,
         (SELECT count(*) FROM audit a WHERE a.subject = 'case:' || c.id AND a.action = 'case.suspend') AS logged
       FROM cases c JOIN case_lines m ON m.case_id = c.id JOIN lines l ON l.id = m.line ORDER BY c.id`,
    );
    for (const { id, state, open, orders, labels, logged, pending } of rows) {
      const done = state === 'suspended' ? 1 : 0;
      expect([id, open, orders, labels, logged]).toEqual([id, state, done, done, done]);
      expect(pending + done).toBeLessThanOrEqual(1);
    }
    const suspended = rows.filter(({ state }) => state === 'suspended').map(({ id }) => id);
    expect(suspended).toEqual(expect.arrayContaining(told));
    expect(told.length).toBeGreaterThanOrEqual(16);
    database.close();
  });
});
