import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Cases, type Doer } from '../../src/store/cases/cases.ts';
import type { Database } from '../../src/store/cases/database.ts';
import { cli, records } from '../support/cli.ts';
import { makeVerdicts, openCases, scratch, takeVerdicts, verdictRow } from '../support/desk.ts';
import { root } from '../support/sources.ts';

let folder: ReturnType<typeof scratch>;
let database: Database;
let desk: string;
let output: string;

/** A desk with one order that is to be carried out. */
beforeEach(async () => {
  folder = scratch();
  desk = `${folder.path}/desk`;
  output = `${folder.path}/removal.csv`;
  await makeVerdicts(`${folder.path}/lake`, [verdictRow('8613800000001')]);
  ({ database } = await openCases(desk));
  await takeVerdicts(database, `${folder.path}/lake`);
  const cases = new Cases(database);
  const ann: Doer = { id: null, name: 'ann', actor: 'ann', role: 'investigator' };
  const { id, version } = cases.openLine(ann, 1);
  cases.act(ann, id, { action: 'restrict', version, reason: 'simbox', comment: '' });
});
afterEach(() => {
  database.close();
  folder.remove();
});

const removal = (...more: string[]) => cli('export', 'removal', '--desk', desk, ...more);

/** State of the order, and how often orders were handed out. */
function handedOut(): { state: string; times: number } {
  return database.get(
    `SELECT state, (SELECT count(*) FROM audit WHERE action = 'export.removal') AS times FROM orders`,
  )!;
}

describe('export removal', () => {
  test('notes orders as handed out with the list that it wrote', async () => {
    expect(await removal('-o', output)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(output, 'utf8')).toContain(',8613800000001,');
    expect(handedOut()).toEqual({ state: 'sent', times: 1 });
    const { stdout } = await removal();
    expect(stdout).toBe(readFileSync(output, 'utf8'));
    expect(handedOut()).toEqual({ state: 'sent', times: 2 });
  });

  test('hands out nothing where the file cannot be opened or written', async () => {
    mkdirSync(`${output}.part`);
    for (const path of [output, '/dev/full']) {
      const { code, stderr } = await removal('-o', path);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^catpool: cannot write \S+: E\w+[^\n]*\n$/)]);
      expect(handedOut()).toEqual({ state: 'ready', times: 0 });
    }
  });

  test.each([
    ['> /dev/full', /cannot write standard output: ENOSPC/],
    // Its reader has gone before it is begun.
    ['| true', /standard output did not take the list: no order is handed out/],
  ])('hands out nothing where standard output does not take it: %s', (where, words) => {
    const command = `(sleep 1; "$0" dist/cli/main.js export removal --desk "$1") ${where}`;
    const { stderr } = spawnSync('sh', ['-c', command, process.execPath, desk], { encoding: 'utf8', cwd: root });
    expect(stderr).toMatch(words);
    expect(handedOut()).toEqual({ state: 'ready', times: 0 });
  });

  test('leaves no list where its orders cannot be noted as handed out, or says that there is one', async () => {
    database.run(`CREATE TRIGGER broken BEFORE UPDATE ON orders BEGIN SELECT RAISE(ABORT, 'cannot be noted'); END`);
    const file = await removal('-o', output);
    expect([file.code, file.stderr]).toEqual([1, expect.stringContaining('cannot be noted')]);
    expect([output, `${output}.part`].filter((path) => existsSync(path))).toEqual([]);
    const { code, stdout, stderr } = await removal();
    expect(stdout).toContain(',8613800000001,');
    expect([code, stderr]).toEqual([
      1,
      'catpool: cannot be noted; the list was written, but its orders are not noted as handed out: the next list has them again\n',
    ]);
    expect(handedOut()).toEqual({ state: 'ready', times: 0 });
  });
});

describe('export audit', () => {
  const audit = (...more: string[]) => cli('export', 'audit', '--desk', desk, ...more);

  test('has what each row tells as an object, and the chain goes over what the database has', async () => {
    const rows = records((await audit()).stdout);
    const restricted = rows.find(({ action }) => action === 'case.restrict');
    expect(restricted?.detail).toMatchObject({ reason: 'simbox' });
    const kept = database.all<{ detail: string; hash: string }>('SELECT detail, hash FROM audit ORDER BY seq');
    expect(rows.map(({ detail, hash }) => ({ detail, hash }))).toEqual(
      kept.map(({ detail, hash }) => ({ detail: JSON.parse(detail), hash })),
    );
    expect((await audit('--verify')).stderr).toMatch(
      new RegExp(`^${rows.length} rows hold\\. .* ${kept.at(-1)!.hash}\n$`),
    );
  });

  test('gives a row that was written over as it stands', async () => {
    database.run(`DROP TRIGGER audit_no_update`);
    database.run(`UPDATE audit SET detail = 'nothing' WHERE seq = 1`);
    expect(records((await audit()).stdout)[0]?.detail).toBe('nothing');
    expect((await audit('--verify')).stderr).toMatch(/^catpool: the audit log is broken at row 1: it was changed/);
  });
});
