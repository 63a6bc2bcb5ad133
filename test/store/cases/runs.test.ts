import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/store/cases/database.ts';
import { arrivingRun, importRuns } from '../../../src/store/cases/runs.ts';
import { openStore } from '../../../src/store/store.ts';
import { makeVerdicts, openCases, scratch, takeVerdicts, verdictRow } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => folder.remove());

const LINES = 1500;
const MARKED = 20;
/** A run in which so many lines are marked, from one on. */
const run = (from: number): Record<string, unknown>[] =>
  Array.from({ length: LINES }, (_, index) => {
    const isMarked = index >= from && index < from + MARKED;
    return verdictRow(`86138${String(index).padStart(8, '0')}`, {
      tier: isMarked ? 'strong' : 'none',
      gateway: isMarked ? 1 : null,
      score: index / LINES,
    });
  });

describe('a run that comes in', () => {
  it('leaves the marked lines of the run before together until all others are in', async () => {
    const lake = `${folder.path}/lake`;
    await makeVerdicts(lake, run(0));
    const { database } = await openCases(`${folder.path}/desk`);
    await takeVerdicts(database, lake);
    await makeVerdictsAgain(lake, run(700));
    const store = openStore(lake, false);
    const seen: { lines: number; shown: number }[] = [];
    await importRuns(
      database,
      store,
      () => undefined,
      async () => {
        const { n } = database.get<{ n: number }>(
          `SELECT count(*) AS n FROM lines WHERE run = (SELECT id FROM newest_run) AND tier <> 'none'`,
        )!;
        const arriving = arrivingRun(database);
        expect(arriving).toMatchObject({ expected: LINES });
        seen.push({ lines: arriving!.lines, shown: n });
      },
    );
    // Lines that are or were marked come last: 20 of the run, and 20 of the run before.
    expect(seen.filter(({ lines }) => lines <= LINES - 2 * MARKED).map(({ shown }) => shown)).toEqual(
      Array(8).fill(MARKED),
    );
    expect(arrivingRun(database)).toBeNull();
    expect(database.get(`SELECT count(*) AS n FROM lines WHERE tier = 'strong' AND gateway = 1 AND run = 2`)).toEqual({
      n: MARKED,
    });
    await store.close();
    database.close();
  });

  it('shows its marked lines first where it is the first', async () => {
    const lake = `${folder.path}/lake`;
    await makeVerdicts(lake, run(700));
    const { database } = await openCases(`${folder.path}/desk`);
    const store = openStore(lake, false);
    const seen: unknown[] = [];
    await importRuns(
      database,
      store,
      () => undefined,
      async () => {
        seen.push(database.get(`SELECT count(*) AS n, sum(tier = 'strong') AS strong FROM lines`));
      },
    );
    expect(seen[0]).toEqual({ n: MARKED, strong: MARKED });
    await store.close();
    database.close();
  });

  it('does not hold the file between its transactions: who decides meanwhile has it', async () => {
    const lake = `${folder.path}/lake`;
    await makeVerdicts(lake, run(0));
    const { database } = await openCases(`${folder.path}/desk`);
    const importing = await openDatabase(`${folder.path}/desk`, () => 0, true);
    database.leaveLog(true);
    const store = openStore(lake, false);
    let decided = 0;
    await importRuns(
      importing,
      store,
      () => undefined,
      async () => {
        database.run(`INSERT INTO agents (text) VALUES ('decision ${decided++}')`);
      },
    );
    importing.foldLog();
    importing.close();
    database.leaveLog(false);
    expect(decided).toBeGreaterThan(5);
    expect(database.get('SELECT count(*) AS n FROM agents')).toEqual({ n: decided });
    expect(database.get('SELECT count(*) AS n FROM lines')).toEqual({ n: LINES });
    await store.close();
    database.close();
  });
});

/** One more run, of the hour after. */
async function makeVerdictsAgain(path: string, rows: Record<string, unknown>[]): Promise<void> {
  const store = openStore(path, false);
  await store.writeVerdicts(rows, 1_700_003_600, 1_700_007_200);
  await store.close();
}
