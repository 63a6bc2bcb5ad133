import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeskEvent, Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { makeVerdicts, openDesk, scratch, type TestDesk, verdictRow } from '../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let lake: string;
/** More than are taken in by the desk's own process. */
const MANY = 10_000;
const STRONG = 30;

beforeAll(async () => {
  folder = scratch();
  lake = `${folder.path}/lake`;
  await makeVerdicts(lake, [verdictRow('8613800000001'), verdictRow('8613800000002', { tier: 'none', score: 0.1 })]);
});
afterAll(() => folder.remove());

/** Verdicts that do not pack: as in life, no two lines have the same reasons. */
async function writeMany(): Promise<void> {
  const rows = Array.from({ length: MANY }, (_, index) => {
    const hash = (text: string): string => createHash('sha512').update(`${text} ${index}`).digest('hex');
    const reasons = [
      { feature: 'x', value: 1, contribution: 0.1, rarity: 0.01, text: hash('en'), text_zh: hash('zh') },
    ];
    const tier = index < STRONG ? 'strong' : 'none';
    return verdictRow(`86138${String(index).padStart(8, '0')}`, { tier, score: 1 - index / MANY, reasons });
  });
  const store = openStore(lake, false);
  await store.writeVerdicts(rows, 1_700_010_000, 1_700_013_600);
  await store.close();
}

/** Calls with each event that the desk tells its pages. */
function listen({ desk }: TestDesk, onEvent: (event: DeskEvent) => void): void {
  const tell = desk.hub.tell.bind(desk.hub);
  desk.hub.tell = (event) => {
    tell(event);
    onEvent(event);
  };
}

const arriving = async (test: TestDesk, cookies: Record<string, string>): Promise<Reply<'arriving'>['run']> =>
  (await test.app.inject({ method: 'GET', url: '/api/arriving', cookies })).json<Reply<'arriving'>>().run;

describe('many verdicts at once', () => {
  it('come in beside the desk, which says how far they are, and where that was ended come in again', async () => {
    const first = await openDesk(lake, `${folder.path}/desk`);
    await first.person('ann', 'investigator');
    await writeMany();
    const told = new Promise<void>((resolve) => listen(first, ({ kind }) => kind === 'arriving' && resolve()));
    const cut = first.desk.refresh();
    cut.catch(() => undefined);
    await told;
    await first.close();
    await expect(cut).rejects.toThrow();

    const test = await openDesk(lake, `${folder.path}/desk`, { waits: false });
    const ann = await test.person('ben', 'investigator');
    expect(test.desk.newestRun()).toMatchObject({ lines: 2, strong: 1 });
    const seen: Promise<Reply<'arriving'>['run']>[] = [];
    const runs: DeskEvent[] = [];
    listen(test, (event) => {
      if (event.kind === 'arriving') seen.push(arriving(test, ann.cookies));
      if (event.kind === 'run') runs.push(event);
    });
    await test.desk.refresh();
    const [before] = await Promise.all(seen);
    expect(before).toMatchObject({ from: 1_700_010_000, until: 1_700_013_600, expected: MANY, first: false });
    expect(before!.lines).toBeLessThan(MANY);
    expect(runs).toMatchObject([{ lines: MANY, strong: STRONG, suspect: 0 }]);
    expect(await arriving(test, ann.cookies)).toBeNull();
    expect(test.desk.database.get(`SELECT count(*) AS n FROM lines WHERE tier = 'strong' AND run = 2`)).toEqual({
      n: STRONG,
    });
    expect(test.desk.database.get('SELECT count(*) AS n FROM past WHERE run = 2')).toEqual({ n: MANY });
    await test.close();
  });
});

describe('a store of very many captures', () => {
  it('is said to be still read by what needs its events, and by nothing else', async () => {
    const test = await openDesk(lake, `${folder.path}/reading`);
    const ann = await test.person('cas', 'approver');
    const { store } = test.desk;
    const read = store.ready.bind(store);
    let done = (): void => undefined;
    const reading = new Promise<void>((resolve) => {
      done = resolve;
    });
    store.ready = () => reading;
    for (const url of ['/api/lines/1/activity', '/api/lines/1/calls', '/api/gateways/1', '/api/victims']) {
      const reply = await ann.request({ method: 'GET', url });
      expect([url, reply.statusCode, reply.json().code]).toEqual([url, 503, 'reading']);
    }
    await ann.get('/api/lines');
    await ann.get('/api/lines/1');
    expect(await ann.get('/api/overview')).toMatchObject({ feeds: null });
    done();
    store.ready = read;
    await ann.get('/api/lines/1/activity');
    expect(await ann.get('/api/overview')).toMatchObject({ feeds: [] });
    await test.close();
  });
});
