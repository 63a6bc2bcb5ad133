import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';
import { masked, sampleAsTold } from '../support/sample.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;
let ben: Person;
let root: Person;
const HOUR = 3_600_000;

beforeAll(async () => {
  folder = scratch();
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  root = await test.person('root', 'administrator');
  ann = await test.person('ann', 'investigator');
  ben = await test.person('ben', 'approver');
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

async function csv(person: Person, url: string): Promise<Record<string, string>[]> {
  const reply = await person.request({ method: 'GET', url });
  expect(reply.statusCode).toBe(200);
  return parse(reply.body, { columns: true });
}

async function act(person: Person, view: CaseView, action: string, more: object = {}): Promise<CaseView> {
  const { status, body } = await person.post<CaseView>(`/api/cases/${view.id}/actions`, {
    action,
    version: view.version,
    reason: 'simbox',
    comment: 'seen',
    ...more,
  });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body;
}

/** What the README says of the sample. */
const TOLD = sampleAsTold();

describe('a line of the sample capture, on the desk of three persons', () => {
  let line: Reply<'queue'>['items'][number];
  let view: CaseView;

  it('stands first in the queue, with its number masked, and why', async () => {
    const queue = await ann.get<Reply<'queue'>>(`/api/lines?q=tier:${TOLD.tier}%20!reviewed`);
    expect(queue.count).toEqual({ value: TOLD.alike, exact: true });
    line = queue.items[0]!;
    const { tier, gateway } = TOLD;
    expect(line).toMatchObject({ line: masked(TOLD.first), masked: true, tier, gateway, state: null });
    expect(line.reasons[0]!.text_zh).toMatch(/\p{Script=Han}/u);
  });

  it('is taken, and ordered suspended: it waits for a second person', async () => {
    const opened = await ann.post<CaseView>('/api/cases', { line: line.id });
    expect(opened).toMatchObject({ status: 200, body: { state: 'lead', subject: masked(TOLD.first), version: 1 } });
    view = await act(ann, opened.body, 'take');
    expect(view.actions.map(({ action }) => action)).toContain('suspend');
    view = await act(ann, view, 'suspend');
    expect(view).toMatchObject({
      state: 'review',
      pending: 'suspend',
      clock: { kind: 'approve' },
      may_answer: false,
      actions: [],
    });
    const waiting = await ben.get<Reply<'cases'>>('/api/cases?pending=mine');
    expect(waiting.items.map(({ id }) => id)).toEqual([view.id]);
    expect((await ann.get<Reply<'cases'>>('/api/cases?pending=mine')).items).toEqual([]);
  });

  it('is suspended when the second person approves, not when the first does', async () => {
    const url = `/api/cases/${view.id}/decisions/${view.decisions[0]!.id}`;
    const own = await ann.post(url, { answer: 'approve', version: view.version });
    expect(own).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const approved = await ben.post<CaseView>(url, { answer: 'approve', version: view.version });
    expect(approved).toMatchObject({ status: 200, body: { state: 'suspended', measure: 'suspend' } });
    view = approved.body;
  });

  it('is on the removal list once, with a whole number and who agreed, as often as it is fetched', async () => {
    const first = await csv(ben, '/api/orders/export');
    expect(first).toHaveLength(1);
    expect(first[0]).toMatchObject({
      line: TOLD.first,
      action: 'suspend',
      reason: 'simbox',
      approvals: 'ann ben',
    });
    const again = await csv(ben, '/api/orders/export');
    expect(again).toEqual(first);
    const json = await ben.get<{ orders: { order: string }[] }>('/api/orders/export?format=json');
    expect(json.orders.map(({ order }) => order)).toEqual([first[0]!.order]);
    expect((await ann.request({ method: 'GET', url: '/api/orders/export' })).statusCode).toBe(403);
    expect(await ben.post(`/api/orders/${first[0]!.order}/state`, { state: 'done', message: 'HLR' })).toMatchObject({
      status: 200,
    });
    expect(await csv(ben, '/api/orders/export')).toEqual([]);
  });

  it('is objected to, restored at the shop, and becomes a label that training reads', async () => {
    view = await ann.get<CaseView>(`/api/cases/${view.id}`);
    view = await act(ann, view, 'object', { comment: 'the subscriber called' });
    expect(view.clock).toMatchObject({ kind: 'answer', due: test.clock.now + 24 * HOUR });
    const levels = view.actions.find(({ action }) => action === 'restore')!.levels;
    expect(levels).toEqual(['shop']);
    view = await act(ann, view, 'restore', { level: 'shop', reason: 'verified_in_person' });
    expect(view).toMatchObject({ state: 'restored', measure: 'none', level: 'shop' });
    expect((await csv(ben, '/api/orders/export'))[0]).toMatchObject({ line: TOLD.first, action: 'restore' });
    const labels = await csv(ben, '/api/labels/export');
    expect(labels).toMatchObject([{ line: TOLD.first, label: 'ordinary', person: 'ann' }]);
  });

  it('has all of it in its history, and in the log, which holds', async () => {
    const history = (await root.get<CaseView>(`/api/cases/${view.id}`)).history.map(
      ({ actor, action }) => `${actor} ${action}`,
    );
    expect(history).toEqual([
      'ann case.restore',
      'ann case.object',
      'ben case.suspend',
      'ben case.approve',
      'ann case.propose',
      'ann case.take',
      'ann case.open',
    ]);
    expect(await ben.get('/api/audit/check')).toMatchObject({ broken: null });
  });
});

describe('two investigators on one case', () => {
  it('lose nothing: the later one is shown how it stands now', async () => {
    const dan = await test.person('dan', 'investigator');
    const { body } = await ann.post<CaseView>('/api/cases', { line: 2 });
    const replies = await Promise.all([
      ann.post(`/api/cases/${body.id}/notes`, { text: 'from ann', version: body.version }),
      dan.post(`/api/cases/${body.id}/notes`, { text: 'from dan', version: body.version }),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const late = replies.find(({ status }) => status === 409)!.body;
    const now = await ann.get<CaseView>(`/api/cases/${body.id}`);
    expect(late).toMatchObject({ code: 'conflict', details: { current: { version: now.version, notes: now.notes } } });
    expect(now.notes).toHaveLength(1);
  });
});

describe('a bulk decision', () => {
  it('is made for each line by itself, and says which failed', async () => {
    const { status, body } = await ann.post<Reply<'bulk'>>('/api/decisions', {
      targets: [{ line: 3 }, { line: 4 }, { line: 99_999 }, { case: 1, version: 1 }],
      action: 'notify',
      reason: 'gateway_member',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ done: 2, failed: 2 });
    expect(body.results.map(({ state, error }) => state ?? error?.code)).toEqual([
      'noticed',
      'noticed',
      'not_found',
      'conflict',
    ]);
    // No case is left of the line that is not there.
    expect((await ann.get<Reply<'cases'>>('/api/cases?state=lead')).items.every(({ lines }) => lines > 0)).toBe(true);
  });
});

describe('numbers', () => {
  it('are masked until an investigator unmasks them, for a while, with a reason that the log keeps', async () => {
    expect(JSON.stringify(await ann.get('/api/lines/5'))).not.toMatch(/(?<![\d.])86\d{9,}/);
    const viewer = await test.person('vic', 'viewer');
    expect((await viewer.post('/api/unmask', { lines: [5], reason: 'curious' })).status).toBe(403);
    const { body } = await ann.post<Reply<'unmask'>>('/api/unmask', { lines: [5], reason: 'case 7 at the police' });
    const whole = body.lines[0]!.line;
    expect(whole).toMatch(/^\d{11,}$/);
    expect((await ann.get<Reply<'line'>>('/api/lines/5')).line).toBe(whole);
    expect((await ben.get<Reply<'line'>>('/api/lines/5')).masked).toBe(true);
    const log = await root.get<Reply<'audit'>>('/api/audit?action=unmask');
    expect(log.items[0]).toMatchObject({
      actor: 'ann',
      subject: 'line:5',
      detail: { reason: 'case 7 at the police', lines: [5] },
    });
    test.clock.now += 15 * 60_000;
    expect((await ann.get<Reply<'line'>>('/api/lines/5')).masked).toBe(true);
  });

  it('do not leave any page of a viewer whole', async () => {
    const viewer = await test.person('val', 'viewer');
    const numbers = test.desk.database.all<{ line: string }>('SELECT line FROM lines').map(({ line }) => line);
    for (const url of [
      '/api/overview',
      '/api/lines',
      '/api/lines?sort=line&limit=3',
      '/api/lines/1',
      '/api/lines/1/activity',
      '/api/lines/1/calls',
      '/api/gateways',
      '/api/gateways/1',
      '/api/cases',
      '/api/cases/1',
      '/api/orders',
      '/api/labels',
      '/api/allowed',
      '/api/facets',
      '/api/shift',
    ]) {
      const text = JSON.stringify(await viewer.get(url));
      expect([url, numbers.filter((number) => text.includes(number))]).toEqual([url, []]);
      expect([url, /(?<![\d.])861[3-9]\d{9}(?!\d)/.exec(text)?.[0]]).toEqual([url, undefined]);
    }
  });
});
