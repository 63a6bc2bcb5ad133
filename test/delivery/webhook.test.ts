import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { readDelivery } from '../../src/delivery/config.ts';
import { openSinks } from '../../src/delivery/open-sinks.ts';
import type { Sink } from '../../src/delivery/sink.ts';
import { open, order, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';
import { certificate, deadPort, listen } from './servers.ts';

const KEY = 'correct horse battery staple';

interface Request {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A receiver that keeps what it is sent and answers as told. */
function receiver(answer: (request: Request, response: ServerResponse) => void) {
  const requests: Request[] = [];
  const handle = (message: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    message.on('data', (data: Buffer) => pieces.push(data));
    message.on('end', () => {
      const { method, url, headers } = message;
      const request = { method, url, headers, body: Buffer.concat(pieces).toString('utf8') };
      requests.push(request);
      answer(request, response);
    });
  };
  return { requests, handle };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: Request, response: ServerResponse) => {
    response.writeHead(code, headers).end('thanks\n');
  };

function sinkFor(url: string, more: object = {}, clock = new ManualClock()): Sink {
  const { sinks } = readDelivery({ sinks: [{ type: 'webhook', name: 'noc', url, key: { env: 'KEY' }, ...more }] });
  return openSinks(sinks, { clock, environment: { KEY } })[0]!.sink;
}

/** What becomes of one alert that is sent to `url`. */
async function attempt(url: string, more: object = {}) {
  const clock = new ManualClock();
  const { outbox } = open(scratch(), [setup(sinkFor(url, more, clock))], clock);
  outbox.raise([suspect('8613800000001')]);
  const wait = await outbox.pump();
  const { sent, dead, queued, trouble } = outbox.status().sinks[0]!;
  return { sent, dead, queued, trouble, wait };
}

describe('a webhook', () => {
  it('gets JSON with the id as idempotency key, and a signature over time and body that openssl agrees with', async () => {
    const { requests, handle } = receiver(status(204));
    const port = await listen(createServer(handle));
    const clock = new ManualClock('2026-03-01T12:34:56.789Z');
    // Editors end a file with a line feed, which is not of the key.
    const file = join(scratch(), 'key');
    writeFileSync(file, `${KEY}\n`);
    const sink = sinkFor(`http://127.0.0.1:${port}/hook?a=1`, { key: { file } }, clock);
    const { outbox } = open(scratch(), [setup(sink)], clock);
    outbox.raise([suspect('8613800000001', 12, { reasons_zh: ['从未离开小区'] })]);
    outbox.post(order('order-1'));
    expect(await outbox.pump()).toBeNull();
    expect(requests.map(({ method, url }) => ({ method, url }))).toEqual([
      { method: 'POST', url: '/hook?a=1' },
      { method: 'POST', url: '/hook?a=1' },
    ]);
    const [alert, document] = requests.map(({ body }) => JSON.parse(body));
    expect(alert).toMatchObject({ schema: 'catpool.alert/1', kind: 'new_suspect', line: '8613800000001', repeats: 0 });
    expect(document).toMatchObject({ schema: 'catpool.document/1', id: 'order-1', content: { action: 'suspend' } });
    for (const { headers, body } of requests) {
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(headers['idempotency-key']).toBe(JSON.parse(body).id);
      const seconds = Date.parse('2026-03-01T12:34:56Z') / 1000;
      const digest = execFileSync('openssl', ['dgst', '-sha256', '-hmac', KEY, '-r'], { input: `${seconds}.${body}` });
      expect(headers['x-catpool-signature']).toBe(`t=${seconds},v1=${digest.toString().slice(0, 64)}`);
    }
  });

  it.each([200, 201, 202, 204])('answers %i: it has the alert', async (code) => {
    const port = await listen(createServer(receiver(status(code)).handle));
    expect(await attempt(`http://127.0.0.1:${port}/`)).toMatchObject({ sent: 1, dead: 0, queued: 0, wait: null });
  });

  it.each([400, 401, 403, 404, 410, 413, 422])('answers %i: the alert goes to the dead list', async (code) => {
    const port = await listen(createServer(receiver(status(code)).handle));
    const result = await attempt(`http://127.0.0.1:${port}/`);
    expect(result).toMatchObject({ sent: 0, dead: 1, queued: 0, wait: null });
    expect(result.trouble).toMatch(`HTTP ${code}`);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('answers %i: it is tried again', async (code) => {
    const port = await listen(createServer(receiver(status(code)).handle));
    const result = await attempt(`http://127.0.0.1:${port}/`);
    expect(result).toMatchObject({ sent: 0, dead: 0, queued: 1 });
    expect(result.wait).toBeGreaterThan(0);
  });

  it('says when to come again: in seconds, or at a time', async () => {
    const waits = await Promise.all(
      ['120', 'Sun, 01 Mar 2026 00:02:00 GMT'].map(async (when) => {
        const port = await listen(createServer(receiver(status(429, { 'Retry-After': when })).handle));
        return (await attempt(`http://127.0.0.1:${port}/`)).wait;
      }),
    );
    expect(waits).toEqual([120_000, 120_000]);
  });

  it('that redirects is not followed', async () => {
    const target = receiver(status(200));
    const elsewhere = await listen(createServer(target.handle));
    for (const code of [301, 302, 307, 308]) {
      const { handle } = receiver(status(code, { Location: `http://127.0.0.1:${elsewhere}/` }));
      const port = await listen(createServer(handle));
      const result = await attempt(`http://127.0.0.1:${port}/`);
      expect(result).toMatchObject({ sent: 0, dead: 0, queued: 1 });
      expect(result.trouble).toMatch(/redirects are not followed$/);
    }
    expect(target.requests).toEqual([]);
  });

  it('that is not there is tried again', async () => {
    const result = await attempt(`http://127.0.0.1:${await deadPort()}/`);
    expect(result).toMatchObject({ sent: 0, dead: 0, queued: 1, trouble: expect.stringMatching('ECONNREFUSED') });
  });

  it.each([
    ['ends its direction', (socket: import('node:net').Socket) => socket.end()],
    ['resets the connection', (socket: import('node:net').Socket) => socket.resetAndDestroy()],
    ['speaks no HTTP', (socket: import('node:net').Socket) => socket.end('220 mail.example.com ESMTP\r\n')],
    ['stops in its answer', (socket: import('node:net').Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
  ])('that %s before it answered is tried again', async (_, treat) => {
    const port = await listen(createTcp({ allowHalfOpen: true }, (socket) => socket.once('data', () => treat(socket))));
    expect(await attempt(`http://127.0.0.1:${port}/`)).toMatchObject({ sent: 0, dead: 0, queued: 1 });
  });

  it('that answered, and whose body never ends, has the alert', async () => {
    const { handle } = receiver((_, response) => response.writeHead(200).write('once upon a time'));
    const port = await listen(createServer(handle));
    expect(await attempt(`http://127.0.0.1:${port}/`)).toMatchObject({ sent: 1, queued: 0 });
  });

  it('that never answers is given up: the connection is ended', async () => {
    const clock = new ManualClock();
    const server = createServer(() => undefined);
    const asked = once(server, 'request');
    const port = await listen(server);
    const { outbox } = open(scratch(), [setup(sinkFor(`http://127.0.0.1:${port}/`, {}, clock))], clock);
    outbox.raise([suspect('a')]);
    const pumped = outbox.pump();
    const [request] = (await asked) as [IncomingMessage];
    const ended = new Promise((resolve) => request.socket.once('close', resolve));
    await clock.advance(30_000);
    await pumped;
    await ended;
    expect(outbox.status().sinks[0]).toMatchObject({ failed: 1, queued: 1, trouble: 'no answer within 30 s' });
  });

  it('over https is verified: by the name it has, and by who signed it', async () => {
    const { key, cert, path } = certificate('localhost');
    const other = certificate('elsewhere.example');
    const { requests, handle } = receiver(status(200));
    const port = await listen(createHttps({ key, cert }, handle), 'localhost');
    const wrong = await listen(createHttps({ key: other.key, cert: other.cert }, handle), 'localhost');
    expect(await attempt(`https://localhost:${port}/`)).toMatchObject({
      sent: 0,
      queued: 1,
      trouble: expect.stringMatching(/self.signed/),
    });
    expect(await attempt(`https://localhost:${wrong}/`, { ca: other.path })).toMatchObject({
      sent: 0,
      queued: 1,
      trouble: expect.stringMatching(/altnames/),
    });
    expect(requests).toEqual([]);
    expect(await attempt(`https://localhost:${port}/`, { ca: path })).toMatchObject({ sent: 1, queued: 0 });
    expect(requests).toHaveLength(1);
  });

  it('takes its key from a file, and says so where it cannot', () => {
    const folder = scratch();
    writeFileSync(join(folder, 'key'), `${KEY}\n`);
    writeFileSync(join(folder, 'short'), 'short\n');
    writeFileSync(join(folder, 'empty'), '\n');
    const openWith = (key: object) => {
      const { sinks } = readDelivery({ sinks: [{ type: 'webhook', name: 'noc', url: 'http://localhost/', key }] });
      return openSinks(sinks, { clock: systemClock, environment: {} });
    };
    expect(openWith({ file: join(folder, 'key') })).toHaveLength(1);
    expect(() => openWith({ file: join(folder, 'short') })).toThrow('sink noc: key: expected at least 16 bytes');
    expect(() => openWith({ file: join(folder, 'empty') })).toThrow(`sink noc: key: ${join(folder, 'empty')} is empty`);
    expect(() => openWith({ file: join(folder, 'none') })).toThrow(/^sink noc: key: cannot read .*none: no such file/);
    expect(() => openWith({ env: 'KEY' })).toThrow('sink noc: key: environment variable KEY is not set');
  });
});
