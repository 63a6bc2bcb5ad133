import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { openDesk, scratch, verdictRow } from '../support/desk.ts';

const DAY = 86_400;
const START = 1_700_000_000;
const folders: ReturnType<typeof scratch>[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** Of so many lines, so many marked, in a run of a day that begins so many days after the first. */
type Run = readonly [days: number, lines: number, marked: number];

/** What the overview says of the share of marked lines after these runs. */
async function driftAfter(...runs: Run[]): Promise<Reply<'overview'>['drift']> {
  const folder = scratch();
  folders.push(folder);
  const store = openStore(`${folder.path}/lake`, true);
  for (const [days, lines, marked] of runs) {
    const rows = Array.from({ length: lines }, (_, index) =>
      verdictRow(`86138000000${10 + index}`, { tier: index < marked ? 'strong' : 'none' }),
    );
    await store.writeVerdicts(rows, START + days * DAY, START + (days + 1) * DAY);
  }
  await store.close();
  const test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  const ann = await test.person('ann', 'viewer');
  const { drift } = await ann.get<Reply<'overview'>>('/api/overview');
  await test.close();
  return drift;
}

describe('the share of marked lines', () => {
  it('is held against that of the days before', async () => {
    expect(await driftAfter([0, 10, 1], [1, 10, 3], [2, 10, 5])).toEqual({ before: 0.2, now: 0.5 });
  });

  it('has no before on the first day, however often it was scanned', async () => {
    expect(await driftAfter([0, 10, 1])).toBeNull();
    expect(await driftAfter([0, 10, 1], [0.25, 10, 2], [0.5, 10, 2])).toBeNull();
  });

  it('is not known of runs that hold marked lines alone', async () => {
    expect(await driftAfter([0, 4, 4], [1, 4, 4])).toBeNull();
    expect(await driftAfter([0, 4, 4], [1, 10, 4])).toBeNull();
  });
});
