import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../src/store/cases/audit.ts';
import { type CaseRow, caseRow, pendingOf } from '../../../src/store/cases/case-rows.ts';
import { Cases, type Doer, ordersOf } from '../../../src/store/cases/cases.ts';
import type { Database } from '../../../src/store/cases/database.ts';
import { allow, handOut, lastLabels, openOrders, setOrder, takeOrders } from '../../../src/store/cases/lists.ts';
import { People } from '../../../src/store/cases/people.ts';
import { Refusal } from '../../../src/store/cases/refusal.ts';
import { readSettings, writeSettings } from '../../../src/store/cases/settings.ts';
import type { ActionName, Level, Role } from '../../../src/store/cases/workflow.ts';
import { makeVerdicts, openCases, scratch, takeVerdicts, verdictRow } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let database: Database;
let clock: { now: number };
let cases: Cases;

const doer = (name: string, role: Role): Doer => ({ id: null, name, actor: name, role });
const ann = doer('ann', 'investigator');
const ben = doer('ben', 'approver');
const cid = doer('cid', 'approver');
const HOUR = 3_600_000;

beforeEach(async () => {
  folder = scratch();
  await makeVerdicts(
    `${folder.path}/lake`,
    ['861', '862', '863'].map((line, index) =>
      verdictRow(`${line}0000000000`.slice(0, 13), { gateway: index < 2 ? 7 : null, imsi: `46000000000000${index}` }),
    ),
  );
  ({ database, clock } = await openCases(`${folder.path}/desk`));
  await takeVerdicts(database, `${folder.path}/lake`);
  cases = new Cases(database);
});
afterEach(() => {
  database.close();
  folder.remove();
});

/** One step from wherever the case stands. */
function step(who: Doer, id: number, action: ActionName, level?: Level): CaseRow {
  const { version } = caseRow(database, id);
  return cases.act(who, id, { action, version, reason: 'simbox', comment: '', level });
}

function answer(who: Doer, id: number, what: 'approve' | 'reject' | 'withdraw'): CaseRow {
  return cases.answer(who, id, pendingOf(database, id)!.id, what, caseRow(database, id).version, '');
}

/** What a refusal says of itself. */
function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'done';
}

describe('a case', () => {
  it('is suspended only when a second person agrees, and that person is not who ordered it', () => {
    const { id } = cases.openLine(ann, 1);
    expect(step(ann, id, 'suspend').state).toBe('lead');
    expect(refused(() => answer(ann, id, 'approve'))).toMatch(/forbidden: who ordered it may not approve it/);
    expect(refused(() => answer({ ...ann, name: 'ANN', role: 'approver' }, id, 'approve'))).toMatch(/forbidden/);
    expect(refused(() => answer(doer('dan', 'investigator'), id, 'approve'))).toMatch(
      /forbidden: this needs an approver/,
    );
    expect(ordersOf(database, id)).toEqual([]);
    expect(answer(ben, id, 'approve')).toMatchObject({ state: 'suspended', measure: 'suspend', measure_by: 'ann' });
    expect(ordersOf(database, id)).toMatchObject([
      { line: '8610000000000', action: 'suspend', state: 'ready', approvals: '["ann","ben"]' },
    ]);
  });

  it('needs as many second persons as the settings say, each once', () => {
    const { settings } = readSettings(database);
    writeSettings(database, 'root', 0, { ...settings, approvals: { ...settings.approvals, close: 2 } });
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'close');
    expect(answer(ben, id, 'approve').state).toBe('lead');
    expect(refused(() => answer(ben, id, 'approve'))).toMatch(/forbidden: you have answered already/);
    expect(answer(cid, id, 'approve').state).toBe('closed');
  });

  it('goes on as before where the second person rejects, or the first withdraws', () => {
    const { id } = cases.openLine(ann, 1);
    const noticed = step(ann, id, 'notify');
    step(ann, id, 'suspend');
    expect(caseRow(database, id).clock).toBe('approve');
    expect(answer(ben, id, 'reject')).toMatchObject({ state: 'noticed', clock: 'verify', due: noticed.due });
    step(ann, id, 'suspend');
    expect(refused(() => answer(ben, id, 'withdraw'))).toMatch(/forbidden/);
    expect(answer(ann, id, 'withdraw')).toMatchObject({ state: 'noticed', clock: 'verify' });
    expect(ordersOf(database, id).map(({ action }) => action)).toEqual(['re-verify']);
  });

  it('does nothing else while a decision waits', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'suspend');
    expect(refused(() => step(ann, id, 'clear'))).toMatch(/refused: a decision waits for a second person/);
  });

  it('gives 24 hours to verify, and lapses only after them', () => {
    const { id } = cases.openLine(ann, 1);
    expect(step(ann, id, 'notify')).toMatchObject({ state: 'noticed', clock: 'verify', due: clock.now + 24 * HOUR });
    clock.now += 24 * HOUR - 1;
    expect(refused(() => step(ann, id, 'lapse'))).toMatch(/refused: the time to verify has not run out/);
    clock.now += 1;
    expect(step(ann, id, 'lapse')).toMatchObject({ state: 'review', clock: null, due: null });
  });

  it('is restored at the level that the measure asks for', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'suspend');
    answer(ben, id, 'approve');
    step(ann, id, 'object');
    expect(refused(() => step(ann, id, 'restore'))).toMatch(/invalid: say at which level/);
    expect(refused(() => step(ann, id, 'restore', 'online'))).toMatch(/suspend cannot be lifted at the level online/);
    expect(refused(() => step(ann, id, 'restore', 'centre'))).toMatch(
      /forbidden: the level centre needs the role approver/,
    );
    expect(step(ann, id, 'restore', 'shop')).toMatchObject({ state: 'restored', measure: 'none', level: 'shop' });
    expect(lastLabels(database)).toMatchObject([{ line: '8610000000000', label: 'restored', gateway: '#7' }]);
    const closed = cases.openLine(ann, 2).id;
    step(ann, closed, 'close');
    answer(ben, closed, 'approve');
    expect(refused(() => step(ben, closed, 'restore', 'shop'))).toMatch(/close cannot be lifted/);
    step(ben, closed, 'restore', 'centre');
    expect(caseRow(database, closed).state).toBe('closed');
    expect(refused(() => answer(ben, closed, 'approve'))).toMatch(/forbidden/);
    expect(answer(cid, closed, 'approve').state).toBe('restored');
  });

  it('has an objection decided by another than who ordered the measure', () => {
    const { id } = cases.openLine(ann, 1);
    step(ben, id, 'restrict');
    step(ann, id, 'object');
    expect(refused(() => step(ben, id, 'uphold'))).toMatch(/forbidden: who ordered the measure/);
    expect(step(cid, id, 'uphold')).toMatchObject({ state: 'restricted', measure: 'restrict', measure_by: 'ben' });
  });

  it('tells the later of two who change it at once how it stands, and loses nothing of the first', () => {
    const { id, version } = cases.openLine(ann, 1);
    cases.note(ann, id, 'first', version);
    expect(() => cases.note(ben, id, 'second', version)).toThrow(/changed meanwhile: it is lead now/);
    expect(database.all('SELECT author, text FROM notes')).toEqual([{ author: 'ann', text: 'first' }]);
  });

  it('leaves lines on the allow list alone, also where they came there after the proposal', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'suspend');
    allow(database, 'root', 'root', {
      number: '8610000000000',
      owner: 'call centre',
      reason: 'x',
      until: clock.now + HOUR,
    });
    expect(refused(() => answer(ben, id, 'approve'))).toMatch(/refused: a line is on the allow list \(call centre\)/);
    expect(pendingOf(database, id)).not.toBeNull();
    clock.now += HOUR;
    expect(answer(ben, id, 'approve').state).toBe('suspended');
  });

  it('of a gateway holds its lines that have no case, and takes the others in by a merge', () => {
    const single = cases.openLine(ann, 1).id;
    const box = cases.openGateway(ann, 7).id;
    expect(database.all('SELECT line FROM case_lines WHERE case_id = ?', box)).toEqual([{ line: 2 }]);
    expect(refused(() => cases.openLine(ann, 2))).toBe(`conflict: the line has case ${box} already`);
    cases.merge(ann, single, box, 1);
    expect(caseRow(database, single)).toMatchObject({ state: 'merged', merged_into: box });
    step(ann, box, 'restrict');
    expect(ordersOf(database, box).map(({ line }) => line)).toEqual(['8610000000000', '8620000000000']);
  });

  it('is not merged away from under a stronger measure', () => {
    const strong = cases.openLine(ann, 1).id;
    step(ann, strong, 'restrict');
    const weak = cases.openLine(ann, 2).id;
    const { version } = caseRow(database, strong);
    expect(refused(() => cases.merge(ann, strong, weak, version))).toMatch(/holds a stronger measure/);
  });

  it('shows in its lines where it stands', () => {
    const { id } = cases.openLine(ann, 1);
    const line = (): unknown => database.get('SELECT case_id, case_state, reviewed FROM lines WHERE id = 1');
    expect(line()).toEqual({ case_id: id, case_state: 'lead', reviewed: 0 });
    step(ann, id, 'clear');
    expect(line()).toEqual({ case_id: id, case_state: 'cleared', reviewed: 1 });
  });

  it('leaves one row in the log for each change, and the chain holds', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'suspend');
    refused(() => answer(ann, id, 'approve'));
    answer(ben, id, 'approve');
    const rows = database.all<{ actor: string; action: string }>('SELECT actor, action FROM audit ORDER BY seq');
    expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'ann case.open',
      'ann case.propose',
      'ben case.approve',
      'ben case.suspend',
    ]);
    expect(verifyAudit(database)).toMatchObject({ rows: 4, broken: null });
  });
});

describe('the removal list', () => {
  it('gives the same orders under the same ids until they are done', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'restrict');
    const first = takeOrders(database, 'ops').map((order) => order.id);
    expect(takeOrders(database, 'ops').map((order) => order.id)).toEqual(first);
    setOrder(database, 'ops', first[0]!, 'done', 'ok');
    setOrder(database, 'ops', first[0]!, 'done', 'ok');
    expect(takeOrders(database, 'ops')).toEqual([]);
    expect(refused(() => setOrder(database, 'ops', first[0]!, 'sent', ''))).toMatch(/refused/);
  });

  it('does not hand out what was undone before it was fetched', () => {
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'restrict');
    step(ann, id, 'restore', 'online');
    expect(takeOrders(database, 'ops').map(({ action }) => action)).toEqual(['restore']);
  });

  it('is noted as handed out with its last step, or not at all', () => {
    const states = () => database.all<{ state: string }>('SELECT state FROM orders ORDER BY created, id');
    const { id } = cases.openLine(ann, 1);
    step(ann, id, 'restrict');
    const orders = openOrders(database);
    const full = () => {
      throw new Error('full');
    };
    expect(() => handOut(database, 'ops', orders, full)).toThrow('full');
    expect(states()).toEqual([{ state: 'ready' }]);
    // Taken back while the list was being written.
    step(ann, id, 'restore', 'online');
    expect(refused(() => handOut(database, 'ops', orders))).toMatch(/^conflict: order \S+ was taken back meanwhile$/);
    expect(database.get(`SELECT 1 FROM audit WHERE action = 'export.removal'`)).toBeUndefined();
    handOut(database, 'ops', openOrders(database));
    expect(states().map(({ state }) => state)).toEqual(expect.arrayContaining(['withdrawn', 'sent']));
  });
});

describe('users', () => {
  it('keep an administrator, and lock a name after five wrong passwords for a quarter of an hour', () => {
    const people = new People(database);
    const rootUser = people.addFirst({ name: 'root', display: 'Root', password: null });
    expect(refused(() => people.change('root', rootUser.id, { role: 'viewer' }))).toMatch(/last administrator/);
    expect(refused(() => people.add('root', { name: 'ROOT', display: '', role: 'viewer', password: null }))).toMatch(
      /conflict/,
    );
    for (let i = 0; i < 4; i++) people.failed('nobody', '127.0.0.1');
    expect(people.lockedUntil('nobody')).toBeNull();
    people.failed('Nobody', '127.0.0.1');
    expect(people.lockedUntil('nobody')).toBe(clock.now + 15 * 60_000);
    clock.now += 15 * 60_000;
    expect(people.lockedUntil('nobody')).toBeNull();
  });

  it('are signed out by an hour of silence, by twelve hours, and by a change of their role', () => {
    const people = new People(database);
    const user = people.add('root', { name: 'eve', display: 'Eve', role: 'viewer', password: null });
    const open = (): string => people.signIn(user, '127.0.0.1').secret;
    const idle = open();
    clock.now += HOUR;
    expect(people.session(idle)).toBeNull();
    const long = open();
    for (let half = 0; half < 23; half++) {
      clock.now += HOUR / 2;
      expect(people.session(long)).not.toBeNull();
    }
    clock.now += HOUR / 2;
    expect(people.session(long)).toBeNull();
    const changed = open();
    people.change('root', user.id, { role: 'investigator' });
    expect(people.session(changed)).toBeNull();
  });
});
