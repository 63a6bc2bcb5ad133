import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { makeStore, openCases, openDesk, scratch, takeVerdicts, verdictRow } from '../support/desk.ts';
import { refusedCall } from '../support/scene.ts';

const DAY = 86_400;
const START = 1_700_000_000;
/** Ten years on, seconds. */
const LATER = START + 3650 * DAY;
const LINE = '8613800000001';

let folder: ReturnType<typeof scratch>;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => folder.remove());

/** Adds a run of one line to the store of the test. */
async function addRun(until: number, tier: string): Promise<string> {
  const store = openStore(`${folder.path}/lake`, true);
  const rows = [verdictRow(LINE, { tier, gateway: tier === 'none' ? null : 1 })];
  const name = await store.writeVerdicts(rows, until - DAY, until);
  await store.close();
  return name.replace(/^verdicts\/|\.parquet$/g, '');
}

describe('a run whose window ends in the future', () => {
  it('is not the newest, and its verdicts give way to those of any other', async () => {
    const { database, clock } = await openCases(`${folder.path}/desk`);
    const shown = async () => {
      await takeVerdicts(database, `${folder.path}/lake`);
      const run = database.get<{ name: string }>('SELECT name FROM newest_run')!.name;
      return { run, ...database.get<{ tier: string }>('SELECT tier FROM lines WHERE line = ?', LINE)! };
    };
    // Nothing else is there: it is what there is to show.
    const future = await addRun(LATER, 'suspect');
    expect(await shown()).toEqual({ run: future, tier: 'suspect' });
    const first = await addRun(START, 'strong');
    expect(await shown()).toEqual({ run: first, tier: 'strong' });
    await addRun(LATER + 1, 'suspect');
    expect(await shown()).toEqual({ run: first, tier: 'strong' });
    const second = await addRun(START + DAY, 'none');
    expect(await shown()).toEqual({ run: second, tier: 'none' });
    // Its time comes: it is one like the others.
    clock.now = 1000 * (LATER + DAY);
    expect(database.get<{ until_s: number }>('SELECT until_s FROM newest_run')!.until_s).toBe(LATER + 1);
    database.close();
  });

  it('stands in no overview', async () => {
    const names = [await addRun(START, 'strong'), await addRun(LATER, 'none')];
    const test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
    const ann = await test.person('ann', 'viewer');
    const { run, tiers, history, drift } = await ann.get<Reply<'overview'>>('/api/overview');
    expect(run!.name).toBe(names[0]);
    expect(tiers).toEqual({ suspect: 0, strong: 1 });
    expect(history.map((one) => one.run)).toEqual([names[0]]);
    expect(drift).toBeNull();
    expect((await ann.get<Reply<'gateways'>>('/api/gateways')).items).toHaveLength(1);
    await test.close();
  });

  it('comes of a capture that is brought in, which says so, and hides nothing of the last window', async () => {
    const lake = `${folder.path}/lake`;
    await makeStore(lake);
    const test = await openDesk(lake, `${folder.path}/desk`);
    const root = await test.person('root', 'approver');
    const before = await root.get<Reply<'overview'>>('/api/overview');
    const capture = readFileSync(refusedCall(LATER - START).write(join(folder.path, 'later.pcap')));
    await root.upload('/api/uploads', 'later.pcap', capture);
    await test.desk.uploads.idle();
    const { items } = await root.get<Reply<'uploads'>>('/api/uploads');
    expect(items[0]).toMatchObject({ state: 'done', message: 'is dated in the future: a clock was wrong' });
    const after = await root.get<Reply<'overview'>>('/api/overview');
    expect(after).toMatchObject({ run: before.run, tiers: before.tiers, history: before.history });
    const [id] = (await root.get<Reply<'models'>>('/api/models')).models.map((one) => one.id);
    const preview = await root.get<Reply<'previewModel'>>(`/api/models/${id}/preview`);
    expect(preview).toMatchObject({ until: before.run!.until });
    expect(preview.lines).toBeGreaterThan(100);
    await test.close();
  });
});
