import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { verifyAudit } from '../../src/store/cases/audit.ts';
import { makeVerdicts, openDesk, PASSWORD, Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';

/** Lines as whoever places a call may name himself: a formula, and a way out of a folder. */
const FORMULA = '=HYPERLINK("http://evil.example")@evil.example';
const CLIMBER = '../../../tmp/evil@example.org';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let root: Person;
let ben: Person;

beforeAll(async () => {
  folder = scratch();
  await makeVerdicts(`${folder.path}/lake`, [
    verdictRow('8613800000001'),
    verdictRow(FORMULA, { msisdn: null }),
    verdictRow(CLIMBER, { msisdn: null }),
  ]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { patience: 300 });
  root = await test.person('root', 'administrator');
  ben = await test.person('ben', 'approver');
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

/** As much of JSON schema as the document uses. */
interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const SPECIMENS = ['8613800000001', 'specimen', 'a specimen of text', 'AAAA', '2026-01-01T00:00:00Z', '1'];

/** Something that a schema takes. */
function specimen(schema: Schema): unknown {
  const { anyOf, oneOf } = schema;
  const choice = (anyOf ?? oneOf)?.[0];
  if (choice !== undefined) return specimen(choice);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'object' || schema.properties !== undefined)
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, specimen(one)]));
  if (schema.type === 'array') return [specimen(schema.items ?? {})];
  // A time, milliseconds since the epoch: tomorrow.
  if (schema.maximum === 8.64e15) return test.clock.now + 86_400_000;
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (schema.type === 'boolean') return false;
  if (schema.type === 'null') return null;
  const { pattern, minLength = 0, maxLength = 1000 } = schema;
  return SPECIMENS.find(
    (one) =>
      one.length >= minLength &&
      one.length <= maxLength &&
      (pattern === undefined || new RegExp(pattern, 'u').test(one)),
  );
}

/** The value once for each leaf of it, that leaf replaced. */
function* attacked(value: unknown, by: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) for (const one of attacked(inner, by)) yield value.with(index, one);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value))
      for (const one of attacked(inner, by)) yield { ...value, [key]: one };
    yield { ...value, [`more ${JSON.stringify(by).slice(0, 40)}`]: by };
  } else yield by;
}

const NASTY: readonly unknown[] = [
  "1' OR '1'='1",
  "'); DROP TABLE lines; --",
  '../../../../etc/passwd',
  'a\u0000b',
  '<img src=x onerror=alert(1)>',
  '\r\nset-cookie: x=y',
  '__proto__',
  `${'('.repeat(300)}*`,
  '',
  'x'.repeat(30_000),
  -1,
  1e308,
  0.5,
  null,
  true,
  [],
  { __proto__: null, $gt: 0 },
];

describe('each place of each body in the OpenAPI document', () => {
  it('takes what breaks out of SQL, paths and pages as data, or refuses it', async () => {
    const document = await root.get<{ paths: Record<string, Record<string, Operation>> }>('/api/openapi.json');
    const tables = (): unknown =>
      test.desk.database.all('SELECT name, sql FROM sqlite_master WHERE name NOT LIKE ? ORDER BY name', 'sqlite_%');
    const before = tables();
    const taken = new Set<string>();
    let asked = 0;
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { operationId, parameters = [], requestBody }] of Object.entries(methods)) {
        const schema = requestBody?.content['application/json']?.schema;
        // Whoever changes his password or signs in again has another session.
        if (schema === undefined || ['login', 'setup', 'changePassword'].includes(operationId)) continue;
        const places = parameters.filter((one) => one.in === 'path');
        const url = places.reduce(
          (all, { name, schema: own }) => all.replace(`{${name}}`, String(specimen(own))),
          path,
        );
        const whole = specimen(schema);
        for (const value of NASTY)
          for (const payload of attacked(whole, value)) {
            const reply = await root.request({
              method: method.toUpperCase() as 'POST',
              url,
              payload: JSON.stringify(payload),
              headers: { 'content-type': 'application/json' },
            });
            asked++;
            expect([operationId, payload, reply.statusCode < 500, reply.body]).toEqual([
              operationId,
              payload,
              true,
              reply.body,
            ]);
            expect(reply.headers['content-type']).toMatch(/^application\/json/);
            expect(reply.body).not.toMatch(/\$16\$|scrypt\$|root:x:0:0|SQLITE|SqliteError/);
            expect(reply.cookies.map(({ name }) => name)).not.toContain('x');
            if (reply.statusCode >= 400) expect(Object.keys(reply.json())).toEqual(['code', 'message', 'details']);
            else taken.add(operationId);
          }
      }
    expect(asked).toBeGreaterThan(1000);
    // Not all of it was refused at the door.
    expect([...taken]).toEqual(expect.arrayContaining(['saveView', 'addUser', 'allow', 'exchangeOut']));
    expect(tables()).toEqual(before);
    expect(({} as { $gt?: number }).$gt).toBeUndefined();
    expect(verifyAudit(test.desk.database).broken).toBeNull();
  });
});

describe('a line that names itself to do harm', () => {
  const suspended = async (line: string): Promise<{ id: number; view: CaseView }> => {
    const { id } = test.desk.database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', line)!;
    const { body } = await root.post<CaseView>('/api/cases', { line: id });
    const step = { action: 'suspend', version: body.version, reason: 'simbox', comment: FORMULA };
    const { body: view } = await root.post<CaseView>(`/api/cases/${body.id}/actions`, step);
    const answer = { answer: 'approve', version: view.version, comment: '' };
    await ben.post(`/api/cases/${view.id}/decisions/${view.decisions[0]!.id}`, answer);
    return { id, view };
  };

  it('is no formula in the removal list, nor among the labels', async () => {
    await suspended(FORMULA);
    for (const url of ['/api/orders/export?format=csv', '/api/labels/export']) {
      const { body } = await root.request({ method: 'GET', url });
      const rows: Record<string, string>[] = parse(body, { columns: true });
      expect(rows.map(({ line }) => line)).toContain(`'${FORMULA}`);
      for (const row of rows) for (const value of Object.values(row)) expect(value).not.toMatch(/^[=+\-@\t\r]/);
    }
    // Programs are given it as it is.
    const { orders } = await root.get<{ orders: { line: string }[] }>('/api/orders/export?format=json');
    expect(orders.map(({ line }) => line)).toContain(FORMULA);
  });

  it('does not climb out of the folder that its evidence is unpacked into', async () => {
    const { id } = await suspended(CLIMBER);
    await root.post('/api/unmask', { lines: [id], reason: 'evidence' });
    const reply = await root.request({ method: 'GET', url: `/api/lines/${id}/evidence` });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-disposition']).toMatch(/^attachment; filename="evidence-[\w.-]+\.zip"/);
    expect(String(reply.headers['content-disposition'])).not.toMatch(/\/|%2F/);
    const zip = join(folder.path, 'evidence.zip');
    writeFileSync(zip, reply.rawPayload);
    const names = execFileSync('unzip', ['-Z1', zip], { encoding: 'utf8' }).trim().split('\n');
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(name).toMatch(/^[\w-]+(\.[a-z]+)?$/);
  });
});

describe('a capture that stops on its way', () => {
  it('is given up, and leaves nothing behind', async () => {
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = test.app.server.address() as AddressInfo;
    const login = await fetch(`http://localhost:${port}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'root', password: PASSWORD }),
    });
    const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!;
    const { csrf } = (await login.json()) as { csrf: string };
    const socket = connect(port, '127.0.0.1');
    const ended = new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
    });
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pcap"\r\n\r\n';
    socket.write(
      `POST /api/uploads HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nx-catpool-csrf: ${csrf}\r\n` +
        `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n${head}${'y'.repeat(1000)}`,
    );
    socket.resume();
    await ended;
    await test.desk.uploads.idle();
    expect(readdirSync(join(folder.path, 'desk/uploads'))).toEqual([]);
    expect((await root.get<Reply<'uploads'>>('/api/uploads')).items).toEqual([]);
    expect((await new Person(test.app).request({ method: 'GET', url: '/api/session' })).statusCode).toBe(200);
  });
});
