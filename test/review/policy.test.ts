import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/forest/model.ts';
import { saveModel } from '../../src/forest/model.ts';
import { Automatic } from '../../src/review/server/automatic.ts';
import { Models } from '../../src/review/server/models.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { Cases, type Doer } from '../../src/store/cases/cases.ts';
import type { Database } from '../../src/store/cases/database.ts';
import { addSigner, ownSigner, raiseKept, signList, takeIn } from '../../src/store/cases/exchange.ts';
import { allow } from '../../src/store/cases/lists.ts';
import type { RunRow } from '../../src/store/cases/runs.ts';
import { readSettings, writeSettings } from '../../src/store/cases/settings.ts';
import { makeVerdicts, openCases, scratch, takeVerdicts, verdictRow } from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
const open: Database[] = [];
const ben: Doer = { id: null, name: 'ben', actor: 'ben', role: 'approver' };

beforeEach(() => {
  folder = scratch();
});
afterEach(() => {
  for (const database of open.splice(0)) database.close();
  folder.remove();
});

/** A desk named `name` over verdicts, automatic suspension switched on. */
async function deskOf(name: string, rows: Record<string, unknown>[]) {
  await makeVerdicts(`${folder.path}/${name}-lake`, rows);
  const { database, clock } = await openCases(`${folder.path}/${name}`);
  open.push(database);
  const { settings } = readSettings(database);
  writeSettings(database, 'root', 0, { ...settings, automatic: { suspend: true, alarms: 1 } });
  const runs: RunRow[] = [];
  await takeVerdicts(database, `${folder.path}/${name}-lake`, (run) => runs.push(run));
  const cases = new Cases(database);
  const models = new Models(database, `${folder.path}/${name}`);
  return { database, clock, cases, models, run: runs[0]!, automatic: new Automatic(database, cases, models) };
}

/** The shipped model as if it had been trained on real captures, with a threshold for 1e-5. */
function realModel(change: (model: Model) => void = () => undefined): string {
  const model = structuredClone(readModel(DEFAULT_MODEL));
  model.training.simulated = false;
  model.strata = [];
  model.thresholds = model.thresholds.map((one) => (one.rate === 1e-5 ? { ...one, score: 0.95, reason: null } : one));
  change(model);
  const path = `${folder.path}/model.json`;
  writeFileSync(path, saveModel(model));
  return path;
}

const DEVICE = { feature: 'imeis', value: 14, contribution: 0.3, rarity: 0.001, text: 'IMEIs', text_zh: 'IMEI' };
const BEHAVIOUR = { ...DEVICE, feature: 'outgoing_per_hour' };

describe('automatic suspension', () => {
  it('refuses a model trained on simulated captures alone', async () => {
    const { automatic, models, run, cases } = await deskOf('a', [
      verdictRow('8613800000001', { score: 0.99, gateway: 1, model: 'x' }),
    ]);
    expect(automatic.refusal(models.current())).toMatch(/trained on simulated captures alone/);
    expect(automatic.act(run)).toEqual([]);
    expect(cases.openCaseOf(1)).toBeNull();
  });

  it('refuses a model that no rate of 1e-5 was measured for', async () => {
    const { automatic, models } = await deskOf('a', [verdictRow('8613800000001')]);
    const path = realModel((model) => {
      model.thresholds = model.thresholds.map((one) =>
        one.rate === 1e-5 ? { ...one, score: null, reason: 'too few' } : one,
      );
    });
    models.switchTo('root', 'root', models.add('root', 'root', 'real', path), 1);
    expect(automatic.refusal(models.current())).toMatch(/no threshold for a false-positive rate of 1e-5/);
  });

  it('suspends at the score, with evidence of device or box, and never on behaviour alone', async () => {
    const path = realModel();
    const { models: probe } = await deskOf('probe', [verdictRow('1000000')]);
    const id = probe.add('root', 'root', 'real', path);
    const device = probe.model(id).forest.features.find((name) => name.includes('imei'))!;
    const row = (line: string, more: object) =>
      verdictRow(line, { model: id, score: 0.96, reasons: [BEHAVIOUR], ...more });
    const { automatic, models, run, database, clock } = await deskOf('a', [
      row('8613800000001', { gateway: 4 }),
      row('8613800000002', { reasons: [{ ...DEVICE, feature: device }] }),
      row('8613800000003', {}),
      row('8613800000004', { gateway: 4, score: 0.949 }),
      row('8613800000005', { gateway: 4, tier: 'suspect' }),
      row('8613800000006', { gateway: 4 }),
    ]);
    models.switchTo('root', 'root', models.add('root', 'root', 'real', path), 1);
    allow(database, 'root', 'root', { number: '8613800000006', owner: 'probe', reason: 'x', until: clock.now + 1e6 });
    automatic.act(run);
    const orders = database.all<{ line: string }>('SELECT line, action, approvals FROM orders ORDER BY line');
    expect(orders).toEqual(
      ['8613800000001', '8613800000002'].map((line) => ({ line, action: 'suspend', approvals: '["policy"]' })),
    );
    expect(automatic.act(run)).toEqual([]);
  });

  it('leaves verdicts alone that another model gave, or that do not say which', async () => {
    const { automatic, models, run } = await deskOf('a', [verdictRow('8613800000001', { score: 0.99, gateway: 1 })]);
    models.switchTo('root', 'root', models.add('root', 'root', 'real', realModel()), 1);
    expect(automatic.refusal(models.current())).toBeNull();
    expect(automatic.act(run)).toEqual([]);
  });
});

describe('a signed list', () => {
  it('carries an order to a desk that trusts the signer, once, and its undoing likewise', async () => {
    const a = await deskOf('a', [verdictRow('8613800000001')]);
    const b = await deskOf('b', [verdictRow('8613900000001'), verdictRow('8613800000001')]);
    const { id } = a.cases.openLine(ben, 1);
    a.cases.act(ben, id, { action: 'restrict', version: 1, reason: 'simbox', comment: '' });
    const list = signList(a.database, 'ben', ['order', 'undo'], 0);
    expect(() => takeIn(b.database, b.cases, ben, list)).toThrow(/no signer that this desk trusts/);
    const { name, key } = ownSigner(a.database);
    addSigner(b.database, 'root', 'root', name, key);
    expect(takeIn(b.database, b.cases, ben, list)).toEqual({ applied: 1, repeated: 0, kept: 0, failed: [] });
    expect(takeIn(b.database, b.cases, ben, list)).toEqual({ applied: 0, repeated: 1, kept: 0, failed: [] });
    expect(b.database.all('SELECT line, action FROM orders')).toEqual([{ line: '8613800000001', action: 'restrict' }]);
    a.cases.act(ben, id, { action: 'restore', version: 2, reason: 'mistake', comment: '', level: 'shop' });
    expect(takeIn(b.database, b.cases, ben, signList(a.database, 'ben', ['undo'], 0)).failed).toEqual([]);
  });

  it('that was changed on its way, or signed by another, is refused whole', async () => {
    const a = await deskOf('a', [verdictRow('8613800000001')]);
    const b = await deskOf('b', [verdictRow('8613800000001'), verdictRow('8613800000002')]);
    const { id } = a.cases.openLine(ben, 1);
    a.cases.act(ben, id, { action: 'restrict', version: 1, reason: 'simbox', comment: '' });
    const list = signList(a.database, 'ben', ['order'], 0);
    const { name, key } = ownSigner(a.database);
    addSigner(b.database, 'root', 'root', name, key);
    const forged = structuredClone(list);
    forged.list.items[0]!.subject = '8613800000002';
    expect(() => takeIn(b.database, b.cases, ben, forged)).toThrow(/the signature is not that of/);
    const foreign = { ...signList(b.database, 'ben', ['order'], 0) };
    foreign.list.signer = name;
    expect(() => takeIn(b.database, b.cases, ben, foreign)).toThrow(/the signature is not that of/);
    expect(b.database.all('SELECT * FROM cases')).toEqual([]);
  });

  it('of numbers that are no lines yet raises each when it appears', async () => {
    const a = await deskOf('a', [verdictRow('8613800000009')]);
    const b = await deskOf('b', [verdictRow('8613800000001')]);
    a.cases.openLine(ben, 1);
    const { name, key } = ownSigner(a.database);
    addSigner(b.database, 'root', 'root', name, key);
    expect(takeIn(b.database, b.cases, ben, signList(a.database, 'ben', ['lead'], 0))).toMatchObject({ kept: 1 });
    expect(raiseKept(b.database, b.cases)).toEqual([]);
    await makeVerdicts(`${folder.path}/b2-lake`, [verdictRow('8613800000009')]);
    b.database.run('UPDATE runs SET name = ?', 'before');
    await takeVerdicts(b.database, `${folder.path}/b2-lake`);
    expect(raiseKept(b.database, b.cases)).toMatchObject([
      { subject: '8613800000009', opened_by: name, state: 'lead' },
    ]);
    expect(raiseKept(b.database, b.cases)).toEqual([]);
  });

  it('of discredited identities and blocked IMEIs raises each line that shows one, now and later', async () => {
    const b = await deskOf('b', [verdictRow('8613800000001'), verdictRow('8613800000002')]);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    addSigner(b.database, 'root', 'root', 'police', key);
    const about = { action: 'raise' as const, reason: 'police_request', at: '2026-01-05T00:00:00Z' };
    const list = {
      signer: 'police',
      created: '2026-01-05T00:00:00Z',
      items: [
        { kind: 'identity' as const, id: 'i1', subject: 'a1b2c3', ...about },
        { kind: 'imei' as const, id: 'i2', subject: '35827323000001', ...about },
      ],
    };
    const rows = list.items.map(({ kind, id, subject, action, reason, at }) => [kind, id, subject, action, reason, at]);
    const text = `catpool.exchange/1\n${JSON.stringify([list.signer, list.created, rows])}`;
    const signature = sign(null, Buffer.from(text), privateKey).toString('base64');
    const mark = (line: number, imei: string) =>
      b.database.run('INSERT INTO marks (value, line) VALUES (?, ?)', `imei:${imei}`, line);
    mark(1, '35827323000001');
    const taken = takeIn(b.database, b.cases, ben, { schema: 'catpool.exchange/1', list, signature });
    expect(taken).toEqual({ applied: 1, repeated: 0, kept: 1, failed: [] });
    expect(b.database.all('SELECT subject, opened_by, state FROM cases')).toEqual([
      { subject: '8613800000001', opened_by: 'police', state: 'lead' },
    ]);
    // The identity takes out another line, and a third one shows the device.
    b.database.run(`INSERT INTO subscribers (number, id_hash) VALUES ('8613800000002', 'a1b2c3')`);
    expect(raiseKept(b.database, b.cases)).toMatchObject([{ subject: '8613800000002', opened_by: 'police' }]);
    await makeVerdicts(`${folder.path}/b2-lake`, [verdictRow('8613800000003')]);
    b.database.run('UPDATE runs SET name = ?', 'before');
    await takeVerdicts(b.database, `${folder.path}/b2-lake`);
    mark(3, '35827323000001');
    expect(raiseKept(b.database, b.cases)).toMatchObject([{ subject: '8613800000003', opened_by: 'police' }]);
    expect(raiseKept(b.database, b.cases)).toEqual([]);
  });
});
