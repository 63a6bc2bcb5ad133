import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { openStore } from '../../src/store/store.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';
import { cutCapture } from '../support/lake.ts';

let folder: ReturnType<typeof scratch>;
let lake: string;
let test: TestDesk;
let ann: Person;
beforeAll(async () => {
  folder = scratch();
  lake = join(folder.path, 'lake');
  await makeStore(lake, cutCapture(SAMPLE, 12, folder.path, 'sample'));
  test = await openDesk(lake, join(folder.path, 'desk'));
  ann = await test.person('ann', 'investigator');
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

const cited = (): string[] => {
  const [name] = readdirSync(join(lake, 'cited'));
  return readFileSync(join(lake, 'cited', name!), 'utf8').match(/\b[0-9a-f]{64}\b/g) ?? [];
};

describe('captures that open cases rest on', () => {
  let view: CaseView;
  let seen: string[];

  it('are named in the store: those that the line was seen in', async () => {
    const queue = await ann.get<Reply<'queue'>>('/api/lines?q=tier:strong,suspect');
    const row = test.desk.database.get<{ line: string }>('SELECT line FROM lines WHERE id = ?', queue.items[0]!.id)!;
    const store = openStore(lake, false);
    const names = new Set<string>();
    for await (const event of store.events({ line: [row.line] }))
      for (const { sha256 } of [event.first_capture, event.last_capture]) names.add(sha256);
    await store.close();
    seen = [...names];
    view = (await ann.post<CaseView>('/api/cases', { line: queue.items[0]!.id })).body;
    await test.desk.citations.renew();
    expect(seen.length).toBeGreaterThan(1);
    expect(cited()).toEqual(expect.arrayContaining(seen));
    expect(new Set(cited()).size).toBeLessThan(13);
    const [name] = readdirSync(join(lake, 'cited'));
    expect(statSync(join(lake, 'cited', name!)).mode & 0o777).toBe(0o600);
    expect(statSync(join(lake, 'cited')).mode & 0o777).toBe(0o700);
    // No number stands there.
    expect(readFileSync(join(lake, 'cited', name!), 'utf8')).not.toContain(row.line);
  });

  it('stay named by a desk that is opened again', async () => {
    const before = cited();
    const again = await openDesk(lake, join(folder.path, 'desk'));
    await again.desk.citations.renew();
    expect(cited()).toEqual(before);
    await again.close();
  });

  it('are named no more once the case is closed', async () => {
    const act = async (action: string, more: object = {}) => {
      const reply = await ann.post<CaseView>(`/api/cases/${view.id}/actions`, {
        action,
        version: view.version,
        reason: 'simbox',
        comment: 'seen',
        ...more,
      });
      expect(reply.status).toBe(200);
      view = reply.body;
    };
    await act('take');
    await act('clear');
    await test.desk.citations.renew();
    expect(cited()).toEqual([]);
  });
});
