import { createHash } from 'node:crypto';
import { openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, verifyAudit } from '../../../src/store/cases/audit.ts';
import { openDatabase } from '../../../src/store/cases/database.ts';
import { cli, records } from '../../support/cli.ts';
import { openCases, scratch } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => folder.remove());

const file = (): string => join(folder.path, 'cases.sqlite');

/** A log of five rows, changed behind the desk's back. */
async function tampered(change: (sqlite: Sqlite.Database) => void): Promise<ReturnType<typeof verifyAudit>> {
  const { database } = await openCases(folder.path);
  for (let i = 1; i <= 5; i++)
    database.transaction(() => record(database, 'ann', 'case.note', `case:${i}`, { note: i }));
  expect(verifyAudit(database)).toMatchObject({ rows: 5, broken: null });
  database.close();
  const sqlite = new Sqlite(file());
  sqlite.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete');
  change(sqlite);
  sqlite.close();
  const again = await openCases(folder.path);
  const found = verifyAudit(again.database);
  again.database.close();
  return found;
}

describe('the audit log', () => {
  it('refuses to be changed, whatever SQL asks for it', async () => {
    const { database } = await openCases(folder.path);
    database.transaction(() => record(database, 'ann', 'a', 'b'));
    expect(() => database.run(`UPDATE audit SET actor = 'eve'`)).toThrow(/append-only/);
    expect(() => database.run('DELETE FROM audit')).toThrow(/append-only/);
    expect(() =>
      database.run(`REPLACE INTO audit SELECT seq, at, 'eve', action, subject, detail, previous, hash FROM audit`),
    ).toThrow(/append-only/);
    database.close();
  });

  it('is the chain that it says it is', async () => {
    const { database } = await openCases(folder.path);
    for (const who of ['ann', 'ben'])
      database.transaction(() => record(database, who, 'act', 'case:1', { 理由: '"x"' }));
    let previous = '0'.repeat(64);
    for (const row of database.all<Record<string, string | number>>('SELECT * FROM audit ORDER BY seq')) {
      const { seq, at, actor, action, subject, detail, hash } = row;
      previous = createHash('sha256')
        .update(JSON.stringify([previous, seq, at, actor, action, subject, detail]))
        .digest('hex');
      expect(hash).toBe(previous);
    }
    database.close();
  });

  it('is checked from the command line, which says what to keep elsewhere, and where it is broken', async () => {
    const { database } = await openCases(folder.path);
    for (const who of ['ann', 'ben', 'eve']) database.transaction(() => record(database, who, 'act', 'case:1'));
    const { hash } = database.get<{ hash: string }>('SELECT hash FROM audit WHERE seq = 3')!;
    database.close();
    const check = () => cli('export', 'audit', '--desk', folder.path, '--verify');
    expect(await check()).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(`3 rows hold.* 3 ${hash}\n`),
    });
    const { stdout } = await cli('export', 'audit', '--desk', folder.path);
    expect(records(stdout).map(({ seq, actor }) => [seq, actor])).toEqual([
      [1, 'ann'],
      [2, 'ben'],
      [3, 'eve'],
    ]);
    const sqlite = new Sqlite(file());
    sqlite.exec(`DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'mallory' WHERE seq = 2`);
    sqlite.close();
    expect(await check()).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^catpool: the audit log is broken at row 2: .*; 1 rows before it hold\n$/),
    });
  });

  it('shows a row that was changed', async () => {
    const found = await tampered((sqlite) => sqlite.exec(`UPDATE audit SET detail = '{"note":9}' WHERE seq = 3`));
    expect(found).toMatchObject({ rows: 2, broken: { seq: 3, why: 'it was changed' } });
  });

  it('shows a row that was taken out', async () => {
    const found = await tampered((sqlite) => sqlite.exec('DELETE FROM audit WHERE seq = 2'));
    expect(found.broken).toEqual({ seq: 3, why: 'row 2 is missing' });
  });

  it('shows that the end was cut off', async () => {
    const found = await tampered((sqlite) => sqlite.exec('DELETE FROM audit WHERE seq >= 4'));
    expect(found.broken).toEqual({ seq: 4, why: 'rows are missing at the end' });
  });

  it('shows a row whose hash was made to fit by the next one', async () => {
    const found = await tampered((sqlite) => {
      const row = sqlite.prepare('SELECT * FROM audit WHERE seq = 3').get() as Record<string, string | number>;
      const detail = '{"note":9}';
      const { previous, seq, at, actor, action, subject } = row;
      const hash = createHash('sha256')
        .update(JSON.stringify([previous, seq, at, actor, action, subject, detail]))
        .digest('hex');
      sqlite.prepare('UPDATE audit SET detail = ?, hash = ? WHERE seq = 3').run(detail, hash);
    });
    expect(found.broken).toEqual({ seq: 4, why: 'it does not follow the row before' });
  });
});

describe("the desk's database", () => {
  it('is for its owner alone', async () => {
    const { database } = await openCases(join(folder.path, 'desk'));
    expect(statSync(join(folder.path, 'desk')).mode & 0o777).toBe(0o700);
    for (const name of ['cases.sqlite', 'cases.sqlite-wal'])
      expect(statSync(join(folder.path, 'desk', name)).mode & 0o777).toBe(0o600);
    database.close();
  });

  it('of a newer version is left alone, in one line', async () => {
    const { database } = await openCases(folder.path);
    database.close();
    const sqlite = new Sqlite(file());
    sqlite.pragma('user_version = 999');
    sqlite.close();
    const before = readFileSync(file());
    await expect(openDatabase(folder.path, () => 0)).rejects.toThrow(
      /^\S+cases\.sqlite: of a newer version of catpool$/,
    );
    expect(readFileSync(file())).toEqual(before);
  });

  it.each([
    ['no database at all', (path: string) => writeFileSync(path, 'x'.repeat(8192))],
    [
      'damaged pages',
      (path: string) => {
        const handle = openSync(path, 'r+');
        for (let page = 3; page < statSync(path).size / 4096; page++)
          writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
      },
    ],
  ])('with %s is refused in one line that names it', async (_, damage) => {
    const { database } = await openCases(folder.path);
    for (let i = 0; i < 500; i++) database.transaction(() => record(database, 'ann', 'act', `case:${i}`));
    database.close();
    damage(file());
    const error: Error = await openDatabase(folder.path, () => 0).then(
      () => new Error('opened'),
      (why: Error) => why,
    );
    expect(error.name).toBe('UserError');
    expect(error.message).toMatch(/cases\.sqlite: .{5,}/);
    expect(error.message).not.toContain('\n');
  });
});
