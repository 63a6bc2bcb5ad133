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

describe('an order that its receiver refuses for good', () => {
  /** The newest order, as the list has it. */
  const newest = async () => (await ben.get<Reply<'orders'>>('/api/orders')).items[0]!;
  const say = (person: Person, order: string, state: string) => person.post(`/api/orders/${order}/state`, { state });
  let order: string;

  it('is shown as refused, with what the receiver answered, also in the log', async () => {
    status = 422;
    const view = await suspend(4);
    order = view.orders[0]!.id;
    await expect.poll(async () => (await newest()).state, POLL).toBe('refused');
    expect(await newest()).toMatchObject({ id: order, message: 'provisioning: HTTP 422 Unprocessable Entity' });
    const { orders } = await ann.get<CaseView>(`/api/cases/${view.id}`);
    expect(orders).toMatchObject([{ id: order, state: 'refused', message: expect.stringContaining('HTTP 422') }]);
    const { items } = await ben.get<Reply<'audit'>>(`/api/audit?subject=order:${order}`);
    expect(items[0]).toMatchObject({
      actor: 'delivery',
      action: 'order.state',
      detail: { from: 'sent', to: 'refused', message: expect.stringContaining('HTTP 422') },
    });
    const { waiting } = await ben.get<Reply<'overview'>>('/api/overview');
    expect(waiting).toContainEqual({ role: 'approver', what: 'refused', cases: 1 });
  });

  it('stands on the removal list all the same: somebody has to carry it out', async () => {
    const { body } = await ben.request({ method: 'GET', url: '/api/orders/export?format=csv' });
    expect(body).toContain(order);
    expect((await newest()).state).toBe('refused');
  });

  it('is sent again under its own id when an approver says so, and by nobody of a lower role', async () => {
    expect((await say(ann, order, 'ready')).status).toBe(403);
    status = 200;
    const before = ofKind('removal').length;
    expect((await say(ben, order, 'ready')).status).toBe(200);
    await expect.poll(() => ofKind('removal').length, POLL).toBe(before + 1);
    expect(ofKind('removal').at(-1)).toMatchObject({ headers: { 'idempotency-key': order }, body: { id: order } });
    expect(await newest()).toMatchObject({ id: order, state: 'sent', message: '' });
  });

  it('is taken back when an approver says so, and stays so', async () => {
    status = 410;
    const view = await suspend(5);
    await expect.poll(async () => (await newest()).state, POLL).toBe('refused');
    expect((await say(ben, view.orders[0]!.id, 'withdrawn')).status).toBe(200);
    expect((await say(ben, view.orders[0]!.id, 'ready')).status).toBe(422);
    status = 200;
    expect((await newest()).state).toBe('withdrawn');
  });

  it('is taken back where the line is restored meanwhile', async () => {
    status = 403;
    const view = await suspend(6);
    await expect.poll(async () => (await newest()).state, POLL).toBe('refused');
    const step = { action: 'restore', version: view.version, reason: 'mistake', comment: '', level: 'shop' };
    expect((await ann.post(`/api/cases/${view.id}/actions`, step)).status).toBe(200);
    const { orders } = await ann.get<CaseView>(`/api/cases/${view.id}`);
    expect(orders.find(({ id }) => id === view.orders[0]!.id)?.state).toBe('withdrawn');
    status = 200;
  });
});

describe('newly marked lines that could not be handed over', () => {
  it('are told after the next start', async () => {
    const store = openStore(`${folder.path}/lake`, false);
    await store.writeVerdicts([verdictRow('8613800000002', { score: 0.97 })], 1_709_650_000, 1_709_660_000);
    await store.close();
    const { outbox } = test.desk.notices as unknown as { outbox: { raise: () => number } };
    outbox.raise = () => {
      throw new Error('no space left on the disk');
    };
    await test.desk.refresh();
    const notices = test.desk.options.notices!;
    const before = ofKind('new_suspect').length;
    await test.close();
    test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { notices });
    for (const person of [ann, ben]) person.comeTo(test.app);
    test.desk.notices!.handOver();
    await expect.poll(() => ofKind('new_suspect').length, POLL).toBe(before + 1);
    expect(ofKind('new_suspect').at(-1)!.body.subject).toBe('8613800000002');
  });

  it('are not told where a desk only now begins to take them: it knew them before', async () => {
    const plain = await openDesk(`${folder.path}/lake`, `${folder.path}/late`);
    await plain.close();
    const before = ofKind('new_suspect').length;
    const late = await openDesk(`${folder.path}/lake`, `${folder.path}/late`, { notices: test.desk.options.notices! });
    late.desk.notices!.handOver();
    await late.desk.notices!.close();
    await late.close();
    expect(ofKind('new_suspect')).toHaveLength(before);
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
