import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVerdicts, openDesk, type Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';
import { canMount } from '../support/soak-disk.ts';

const MB = 1024 * 1024;
/** Bytes of the largest body that any route takes or, of a capture, that this desk does: no more is read in vain. */
const MOST = 64 * MB;
let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let port: number;
let ann: Person;
let vic: Person;
let max: Person;

beforeAll(async () => {
  folder = scratch();
  await makeVerdicts(`${folder.path}/lake`, [verdictRow('8613800000001')]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { largest: MB });
  ann = await test.person('ann', 'investigator');
  vic = await test.person('vic', 'viewer');
  max = await test.person('max', 'approver');
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  port = (test.app.server.address() as AddressInfo).port;
  expect((await ann.post('/api/cases', { line: 1 })).body).toMatchObject({ id: 1 });
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

/** The head of a request that brings `length` bytes. */
function head(url: string, length: number, who: Person | null, more: Record<string, string> = {}): string {
  const headers: Record<string, string> = {
    host: `localhost:${port}`,
    'content-type': 'multipart/form-data; boundary=x',
    'content-length': String(length),
    ...(who === null ? {} : { cookie: `catpool_session=${who.cookies.catpool_session}`, 'x-catpool-csrf': who.csrf! }),
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${url} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function form(bytes: number): Buffer {
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\n\r\n';
  return Buffer.concat([Buffer.from(part), Buffer.alloc(bytes), Buffer.from('\r\n--x--\r\n')]);
}

/** Sends a request as the plainest client does, which listens when all is sent. @returns status and code of the answer */
async function ask(who: Person, url: string, body: Buffer, more: Record<string, string> = {}): Promise<unknown[]> {
  const socket = connect(port, '127.0.0.1');
  const ended = new Promise<string>((resolve, reject) => {
    let answer = '';
    socket.on('error', reject).once('close', () => resolve(answer));
    socket.write(head(url, body.length, who, { connection: 'close', ...more }));
    socket.write(body, () => {
      socket.setEncoding('utf8').on('data', (text) => {
        answer += text;
      });
    });
  });
  const answer = await ended;
  return [Number(/^HTTP\/1.1 (\d+)/.exec(answer)![1]), JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).code];
}

const ATTACHMENTS = '/api/cases/1/attachments';

describe('a signed-in person whose request is refused while it is still being sent', () => {
  it('hears that there is no such case', async () => {
    expect(await ask(ann, '/api/cases/99/attachments', form(16 * MB))).toEqual([404, 'not_found']);
  });

  it('hears that it is not for that role', async () => {
    expect(await ask(vic, ATTACHMENTS, form(16 * MB))).toEqual([403, 'forbidden']);
  });

  it('hears that a capture is too large', async () => {
    expect(await ask(max, '/api/uploads', form(16 * MB))).toEqual([413, 'too_large']);
  });

  it('hears that a list is too large', async () => {
    const list = Buffer.from(JSON.stringify({ list: 'x'.repeat(40 * MB) }));
    const json = { 'content-type': 'application/json' };
    expect(await ask(max, '/api/exchange/in', list, json)).toEqual([413, 'too_large']);
  });

  it('hears that a disk is full, or read-only', async ({ skip }) => {
    const files = test.desk.folder('attachments');
    if (!canMount(files)) skip('no disk can be mounted here');
    const mount = (...args: string[]): void =>
      expect(spawnSync('/bin/mount', [...args, files], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    try {
      expect(await ask(ann, ATTACHMENTS, form(16 * MB))).toEqual([503, 'disk']);
      mount('-o', 'remount,ro');
      expect(await ask(ann, ATTACHMENTS, form(16 * MB))).toEqual([503, 'disk']);
    } finally {
      spawnSync('/bin/umount', ['-l', files]);
    }
  });
});

/** Sends more and more of a body, as fast as it is taken, until the desk hangs up. @returns bytes sent */
function pour(begin: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunk = Buffer.alloc(MB);
    const go = (): void => {
      if (!socket.destroyed) socket.write(chunk, go);
    };
    socket.on('error', () => undefined).once('close', () => resolve(socket.bytesWritten));
    socket.resume().write(begin, go);
  });
}

describe('a body that nobody reads', () => {
  it('is not waited for where nobody is signed in', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(head('/api/cases/99/attachments', MB, null));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 401 /);
    // Nor may it keep the connection open, drop by drop.
    socket.on('error', () => undefined);
    const drops = setInterval(() => socket.write('x'), 50);
    await Promise.race([once(socket, 'close'), pause(3000)]);
    clearInterval(drops);
    expect(socket.destroyed).toBe(true);
    socket.destroy();
  });

  it('is read no further than a body may be long, whatever it says of its length', async () => {
    const sent = await pour(head('/api/cases/99/attachments', 1e12, ann));
    expect(sent).toBeGreaterThan(MOST);
    // What the system holds between the two is some megabytes.
    expect(sent).toBeLessThan(MOST + 32 * MB);
  });

  it('is given up once its sender goes away, and nothing waits for it', async () => {
    const connections = (): Promise<number> =>
      new Promise((resolve) => test.app.server.getConnections((_, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head('/api/cases/99/attachments', 16 * MB, ann));
    socket.write(Buffer.alloc(MB));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    await expect.poll(connections).toBe(1);
    await pause(200);
    // It is still being read: an answer now could be lost.
    expect(answer).toBe('');
    socket.destroy();
    await expect.poll(connections).toBe(0);
    expect(await ann.get('/api/session')).toMatchObject({ user: { name: 'ann' } });
  });

  it('is watched no longer than its sender is there', async () => {
    const brief = await openDesk(`${folder.path}/lake`, `${folder.path}/brief`, { patience: 200 });
    await brief.app.listen({ host: '127.0.0.1', port: 0 });
    let hangUps = 0;
    brief.app.server.once('connection', (socket: Socket) => {
      const { destroy } = socket;
      socket.destroy = (error) => {
        hangUps++;
        return destroy.call(socket, error);
      };
    });
    const who = await brief.person('ann', 'investigator');
    const socket = connect((brief.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head('/api/cases/99/attachments', MB, who));
    await pause(100);
    socket.destroy();
    await pause(1000);
    const before = hangUps;
    await pause(1000);
    await brief.close();
    expect(hangUps).toBe(before);
  });
});
