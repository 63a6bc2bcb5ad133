import { spawnSync } from 'node:child_process';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../src/review/server/api.ts';
import { makeVerdicts, openDesk, type Person, scratch, type TestDesk, verdictRow } from '../support/desk.ts';
import { canMount } from '../support/soak-disk.ts';

const HOUR = 3_600_000;
const NO_ROOM = {
  code: 'disk',
  message: 'a disk is full, read-only or failing: it was not done; try again when that is over',
};

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let ann: Person;

beforeAll(async () => {
  folder = scratch();
  await makeVerdicts(
    `${folder.path}/lake`,
    Array.from({ length: 20 }, (_, index) => verdictRow(`86138000000${String(index).padStart(2, '0')}`)),
  );
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  ann = await test.person('ann', 'approver');
});
afterAll(async () => {
  await test.close();
  folder.remove();
});

/** What SQLite is told of the desk's own connection. */
function pragma(text: string): unknown {
  const { sqlite } = test.desk.database as unknown as { sqlite: { pragma: (text: string, how: object) => unknown } };
  return sqlite.pragma(text, { simple: true });
}

/** Lets the file of the desk grow no more, as a full disk does, while something is done. */
async function full(work: () => Promise<void>): Promise<void> {
  const pages = pragma('page_count');
  pragma(`max_page_count = ${pages}`);
  try {
    await work();
  } finally {
    pragma('max_page_count = 1073741823');
  }
}

/** Lets the file of the desk be written no more, as a disk that became read-only does, while something is done. */
async function readOnly(work: () => Promise<void>): Promise<void> {
  pragma('query_only = 1');
  try {
    await work();
  } finally {
    pragma('query_only = 0');
  }
}

const opened = async (): Promise<number> => (await ann.get<Reply<'cases'>>('/api/cases')).items.length;

describe('a desk whose disk takes no more', () => {
  it('shows all that it has, also to whoever has not asked for a while', async () => {
    await readOnly(async () => {
      test.clock.now += HOUR / 2;
      for (const url of ['/api/session', '/api/overview', '/api/lines', '/api/lines/1', '/api/cases', '/api/facets'])
        await ann.get(url);
      expect(await ann.get('/api/session')).toMatchObject({ user: { name: 'ann' } });
    });
  });

  it.each([
    ['full', full],
    ['read-only', readOnly],
  ])('%s: refuses a decision in so many words, and does nothing of it', async (what, trouble) => {
    const before = await opened();
    const views = async (): Promise<number> => (await ann.get<Reply<'views'>>('/api/views')).items.length;
    const had = await views();
    await trouble(async () => {
      // What pages of the file have room for is done; then there is none.
      let answer: { status: number; body: unknown } = { status: 200, body: null };
      let done = -1;
      for (; answer.status === 200 && done < 500; done++)
        answer = await ann.post('/api/views', { name: `${what} ${done}`, query: 'x'.repeat(400) });
      expect(answer).toEqual({ status: 503, body: { ...NO_ROOM, details: {} } });
      expect(await views()).toBe(had + done);
    });
    expect(await opened()).toBe(before);
    const { status, body } = await ann.post<CaseView>('/api/cases', { line: before + 1 });
    expect([status, body.state]).toEqual([200, 'lead']);
  });

  it('says of many lines at once which were done and which found no room', async () => {
    await readOnly(async () => {
      const targets = [{ line: 11 }, { line: 12 }];
      const { status, body } = await ann.post<Reply<'bulk'>>('/api/decisions', {
        targets,
        action: 'suspend',
        reason: 'simbox',
      });
      expect([status, body.done, body.failed]).toEqual([200, 0, 2]);
      expect(body.results.map(({ error }) => error)).toEqual([NO_ROOM, NO_ROOM]);
    });
  });

  it('keeps nothing of a capture that it could not note', async () => {
    await readOnly(async () => {
      const reply = await ann.upload('/api/uploads', 'x.pcap', Buffer.alloc(100));
      expect([reply.statusCode, reply.json().code]).toEqual([503, 'disk']);
    });
    expect(readdirSync(`${folder.path}/desk/uploads`)).toEqual([]);
    expect(await ann.get('/api/uploads')).toEqual({ items: [] });
  });

  it('lets scratch files go once the disk does, and those that a desk left when it was killed', async () => {
    const { desk, clock } = test;
    const files = desk.folder('scratch');
    const mounts = canMount(files);
    const mount = (...args: string[]): void =>
      expect(spawnSync('/bin/mount', [...args, files], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    const put = (name: string, hours: number): void => {
      writeFileSync(join(files, name), 'whole numbers');
      utimesSync(join(files, name), clock.now / 1000 - hours * 3600, clock.now / 1000 - hours * 3600);
    };
    if (mounts) mount('-t', 'tmpfs', 'tmpfs');
    try {
      put('evidence-done.zip', 0);
      put('evidence-killed', 3);
      put('evidence-now', 0);
      if (mounts) mount('-o', 'remount,ro');
      desk.discard(join(files, 'evidence-done.zip'));
      expect(readdirSync(files).includes('evidence-done.zip')).toBe(mounts);
      if (mounts) mount('-o', 'remount,rw');
      desk.watch(() => undefined);
      await expect.poll(() => readdirSync(files), { timeout: 60_000 }).toEqual(['evidence-now']);
    } finally {
      if (mounts) spawnSync('/bin/umount', ['-l', files]);
    }
  });
});
