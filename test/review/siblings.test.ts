import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/review/server/api.ts';
import { readSubscribers } from '../../src/store/cases/subscribers.ts';
import { makeVerdicts, openDesk, type Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';

const LINES = Array.from({ length: 7 }, (_, i) => `8613800000${String(i).padStart(3, '0')}`);
let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;

beforeAll(async () => {
  folder = scratch();
  // A gateway of an earlier run has the number of one of today.
  await makeVerdicts(
    `${folder.path}/lake`,
    [verdictRow(LINES[6]!, { gateway: 1 })],
    LINES.slice(0, 6).map((line, at) => verdictRow(line, { gateway: at < 3 ? 1 : null, imsi: `46000000000000${at}` })),
  );
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  ann = await test.person('ann', 'investigator');
  // One person has the first line, the fourth, and the fifth that only its IMSI tells.
  writeFileSync(
    `${folder.path}/subscribers.csv`,
    `msisdn,imsi,id_hash\n${LINES[0]},,aa\n${LINES[3]},,aa\n,460000000000004,aa\n${LINES[5]},,bb\n`,
  );
  await readSubscribers(test.desk.database, `${folder.path}/subscribers.csv`, test.desk.plan);
  for (const at of [0, 1]) {
    const { id } = test.desk.database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', LINES[at]!)!;
    test.desk.database.run('INSERT INTO marks (value, line) VALUES (?, ?)', 'imei:35391805000000', id);
  }
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

describe('the siblings of a line', () => {
  it('are the lines of its gateway, of its devices, and of its owner, those first that share most', async () => {
    const of = (at: number) =>
      test.desk.database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', LINES[at]!)!.id;
    const { siblings } = await ann.get<Reply<'line'>>(`/api/lines/${of(0)}`);
    const shared = siblings.map(({ id, why }) => [id, [...why].sort()]);
    expect(shared[0]).toEqual([of(1), ['gateway:1', 'imei:35391805000000']]);
    expect(new Map(shared.slice(1) as [number, string[]][])).toEqual(
      new Map([
        [of(2), ['gateway:1']],
        [of(3), ['identity:']],
        [of(4), ['identity:']],
      ]),
    );
    expect((await ann.get<Reply<'line'>>(`/api/lines/${of(5)}`)).siblings).toEqual([]);
  });
});
