import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { readDelivery } from '../../src/delivery/config.ts';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import type { NoticesOptions } from '../../src/review/server/notices.ts';
import { openStore } from '../../src/store/store.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk, verdictRow } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';

const KEY = 'correct horse battery staple';
/** However busy the machine is. */
const POLL = { timeout: 60_000 };

let folder: ReturnType<typeof scratch>;
let server: Server;
let test: TestDesk;
let ann: Person;
let ben: Person;

interface Received {
  headers: IncomingHttpHeaders;
  body: { id: string; kind: string; subject: string; text: string; text_zh: string; content: Record<string, unknown> };
}
const received: Received[] = [];
/** What the receiver answers. */
let status = 200;
let refused = 0;

const ofKind = (kind: string): Received[] => received.filter(({ body }) => body.kind === kind);

function noticesTo(url: string, documents: string[]): NoticesOptions {
  const sink = { type: 'webhook', name: 'provisioning', url, key: { env: 'KEY' }, mask: false, documents };
  return {
    config: readDelivery({ sinks: [sink] }),
    clock: systemClock,
    environment: { KEY },
    report: () => undefined,
  };
}

beforeAll(async () => {
  folder = scratch();
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      if (status === 200) {
        const [, time, proof] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['x-catpool-signature']))!;
        expect(createHmac('sha256', KEY).update(`${time}.${text}`).digest('hex')).toBe(proof);
        received.push({ headers: request.headers, body: JSON.parse(text) });
      } else refused++;
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  const notices = noticesTo(url, ['removal', 'restoration', 'lead', 'victims']);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { notices });
  // As the desk's own look at the store does.
  test.desk.notices!.handOver();
  ann = await test.person('ann', 'investigator');
  ben = await test.person('ben', 'approver');
});
afterAll(async () => {
  await test.close();
  server.close();
  folder.remove();
});

async function suspend(line: number): Promise<CaseView> {
  const { body: opened } = await ann.post<CaseView>('/api/cases', { line });
  const step = { action: 'suspend', version: opened.version, reason: 'simbox', comment: 'seen' };
  const { body: waits } = await ann.post<CaseView>(`/api/cases/${opened.id}/actions`, step);
  const url = `/api/cases/${waits.id}/decisions/${waits.decisions[0]!.id}`;
  return (await ben.post<CaseView>(url, { answer: 'approve', version: waits.version })).body;
}

const lineOf = (id: number) =>
  test.desk.database.get<{ line: string }>('SELECT line FROM lines WHERE id = ?', id)!.line;

describe('what a desk hands over', () => {
  it('tells of the lines that a scan was the first to mark', async () => {
    await expect.poll(() => ofKind('new_suspect').length, POLL).toBe(sampleAsTold().marked);
    expect(ofKind('new_suspect')[0]!.body.text_zh).toMatch(/\p{Script=Han}/u);
  });

  it('brings an order to provisioning when the second person has approved, once, under its own id', async () => {
    const view = await suspend(2);
    await expect.poll(() => ofKind('removal').length, POLL).toBe(1);
    const [{ headers, body }] = ofKind('removal') as [Received];
    expect(headers['idempotency-key']).toBe(body.id);
    expect(body).toMatchObject({
      id: view.orders[0]!.id,
      subject: lineOf(2),
      content: { order: body.id, line: lineOf(2), action: 'suspend', reason: 'simbox', approvals: ['ann', 'ben'] },
    });
    const { items } = await ben.get<Reply<'orders'>>('/api/orders');
    expect(items).toMatchObject([{ id: body.id, state: 'sent' }]);
    test.desk.notices!.handOver();
    expect(ofKind('removal')).toHaveLength(1);
  });

  it('gives the police the lead: the line, why, and the order', async () => {
    await expect.poll(() => ofKind('lead').length, POLL).toBe(1);
    const { content } = ofKind('lead')[0]!.body;
    expect(content).toMatchObject({
      schema: 'catpool.lead/1',
      measure: 'suspend',
      reason: 'simbox',
      lines: [{ line: lineOf(2), order: ofKind('removal')[0]!.body.id }],
    });
    const [line] = content.lines as { reasons: { text: string; text_zh: string }[] }[];
    expect(line!.reasons.length).toBeGreaterThan(0);
    expect(line!.reasons[0]!.text_zh).toMatch(/\p{Script=Han}/u);
  });

  it('keeps an order for a receiver that is down, also over a restart of the desk', async () => {
    status = 503;
    const view = await suspend(3);
    await expect.poll(() => refused, POLL).toBeGreaterThan(0);
    expect(ofKind('removal')).toHaveLength(1);
    const notices = test.desk.options.notices!;
    await test.close();
    status = 200;
    test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { notices });
    for (const person of [ann, ben]) person.comeTo(test.app);
    await expect.poll(() => ofKind('removal').map(({ body }) => body.id), POLL).toContain(view.orders[0]!.id);
    expect(ofKind('removal')).toHaveLength(2);
  });

  it('undoes it likewise', async () => {
    const [first] = (await ann.get<Reply<'cases'>>('/api/cases?state=suspended')).items;
    const step = {
      action: 'restore',
      version: first!.version,
      reason: 'verified_in_person',
      comment: '',
      level: 'shop',
    };
    const reply = await ann.post(`/api/cases/${first!.id}/actions`, step);
    expect([reply.status, reply.body]).toEqual([200, expect.anything()]);
    await expect.poll(() => ofKind('restoration').length, POLL).toBe(1);
    expect(ofKind('restoration')[0]!.body.content).toMatchObject({ action: 'restore' });
  });

  it('brings victims that were not warned yet to those who warn them, when an approver says so', async () => {
    const { items, receiver } = await ann.get<Reply<'victims'>>('/api/victims?limit=500');
    expect(receiver).toBe(true);
    await ann.post(`/api/victims/${items[0]!.id}/warned`, { note: 'called' });
    expect((await ann.post('/api/victims/send')).status).toBe(403);
    expect(await ben.post('/api/victims/send')).toEqual({ status: 200, body: { victims: items.length - 1 } });
    await expect.poll(() => ofKind('victims').length, POLL).toBe(1);
    const { victims } = ofKind('victims')[0]!.body.content as { victims: { number: string; warned: boolean }[] };
    expect(victims).toHaveLength(items.length - 1);
    expect(victims.every(({ number, warned }) => /^\d+$/.test(number) && !warned)).toBe(true);
  });

  it('tells of no line twice, when another scan marks it too', async () => {
    const store = openStore(`${folder.path}/lake`, false);
    const known = lineOf(1);
    await store.writeVerdicts(
      [verdictRow(known, { score: 0.99 }), verdictRow('8613800000001', { score: 0.98 })],
      1_709_640_000,
      1_709_650_000,
    );
    await store.close();
    await test.desk.refresh();
    await expect.poll(() => ofKind('new_suspect').length, POLL).toBe(sampleAsTold().marked + 1);
    expect(ofKind('new_suspect').at(-1)!.body.subject).toBe('8613800000001');
  });
});

describe('a desk without receivers', () => {
  it('says that nobody takes victims, and leaves orders to be fetched', async () => {
    const plain = await openDesk(`${folder.path}/lake`, `${folder.path}/plain`);
    const cas = await plain.person('cas', 'approver');
    expect((await cas.get<Reply<'victims'>>('/api/victims')).receiver).toBe(false);
    expect(await cas.post('/api/victims/send')).toMatchObject({ status: 422, body: { code: 'refused' } });
    await plain.close();
  });
});
