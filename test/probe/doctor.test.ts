import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { sampleAsTold } from '../support/sample.ts';
import { root } from '../support/sources.ts';

let folder: string;
let lake: string;
let drop: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  lake = join(folder, 'lake');
  drop = join(folder, 'drop');
  mkdirSync(drop);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** State and words of each check, by name. */
async function doctor(
  config = '',
  ...more: string[]
): Promise<{ code: number; checks: Record<string, string>; all: string }> {
  const path = join(folder, 'probe.yaml');
  writeFileSync(path, `folder: ${drop}\nstore: ${lake}\n${config}`);
  const { code, stdout } = await cli('doctor', '--config', path, ...more);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^(\w+) +(\w+) +(.*)$/.exec(line)!);
  return {
    code,
    checks: Object.fromEntries(lines.map(([, state, what, words]) => [what, `${state}: ${words}`])),
    all: stdout,
  };
}

async function fill(...more: string[]): Promise<void> {
  const run = await cli(
    'scan',
    join(root, 'captures/sample.pcap.gz'),
    '--store',
    lake,
    '--feed',
    'north',
    '--format',
    'ndjson',
    ...more,
  );
  expect(run.code).toBe(0);
}

describe('doctor', () => {
  test("reads the operator's own files", async () => {
    const allowed = join(folder, 'allowed.csv');
    const config = `references: { allowed: ${allowed} }\n`;
    expect((await doctor(config)).checks.references).toMatch(/^fail: --allowed .*allowed\.csv: no such file/);
    writeFileSync(allowed, 'line,owner,reason,until\n8613800000001,us,probe,2099-12-31\n');
    expect((await doctor(config)).checks.references).toBe('ok: 1 file');
  });

  test('finds a new installation well, and leaves nothing behind', async () => {
    const { code, checks } = await doctor();
    expect(code).toBe(0);
    expect(Object.keys(checks)).toEqual([
      'node',
      'config',
      'folder',
      'store',
      'disk',
      'clock',
      'country',
      'model',
      'delivery',
      'decode',
    ]);
    expect(checks.decode).toMatch(new RegExp(`^ok: ${sampleAsTold().messages} messages, \\d+ events`));
    expect(checks.store).toMatch(/^ok: .*will be made$/);
    expect(readdirSync(folder).sort()).toEqual(['drop', 'probe.yaml']);
  });

  test('says that numbers of a probe without a country are not completed', async () => {
    expect((await doctor()).checks.country).toMatch(/^warn: home_country is not set/);
    expect((await doctor('home_country: CN\n')).checks.country).toBe('ok: CN');
  });

  test('says what is wrong with a configuration, and exits with 1', async () => {
    const { code, checks } = await doctor('settle: soon\n');
    expect(code).toBe(1);
    expect(checks.config).toMatch(/^fail: .*probe\.yaml: settle: expected a duration such as 30s.*: correct it$/);
  });

  test('says that there is no folder, and what to do', async () => {
    rmSync(drop, { recursive: true });
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.folder).toMatch(/^fail: .*drop: no such file or directory: make it/);
  });

  test('says that there is no model', async () => {
    const { code, checks } = await doctor(`model: ${join(folder, 'none.json')}\n`);
    expect(code).toBe(1);
    expect(checks.model).toMatch(/^fail: model .*none\.json: .*no such file.*: name a model/);
  });

  test('says that a secret is not there', async () => {
    const sink = `{ type: webhook, name: desk, url: 'https://example.org/', key: { file: ${join(folder, 'key')} } }`;
    const { code, checks } = await doctor(`delivery: { sinks: [${sink}] }\n`);
    expect(code).toBe(1);
    expect(checks.delivery).toMatch(/^fail: .*desk.*key/);
  });

  test('says that a store is of a newer version', async () => {
    mkdirSync(lake, { mode: 0o700 });
    writeFileSync(join(lake, 'store.json'), '{"schema":"catpool.store/1","version":99}\n');
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.store).toMatch(/^fail: .*written by a newer catpool \(store version 99/);
  });

  test('says where a pseudonymous store has no key at hand, or the wrong one, that the right one is to be fetched', async () => {
    const [right, wrong] = ['right.key', 'wrong.key'].map((name) => {
      const path = join(folder, name);
      writeFileSync(path, randomBytes(32), { mode: 0o600 });
      return path;
    }) as [string, string];
    await fill('--pseudonym-key', right);
    const fetch = 'a store opens with the key that made it alone, .*: fetch it from where it is kept';
    const none = await doctor();
    expect(none.code).toBe(1);
    expect(none.checks.store).toMatch(
      new RegExp(
        `^fail: .*lake: pseudonymous: give its key with --pseudonym-key .*fingerprint [0-9a-f]{16}\\): ${fetch}`,
      ),
    );
    const other = await doctor('', '--pseudonym-key', wrong);
    expect(other.code).toBe(1);
    expect(other.checks.store).toMatch(new RegExp(`^fail: .*lake: pseudonymous, with another key: .*: ${fetch}`));
    const gone = await doctor('', '--pseudonym-key', join(folder, 'gone.key'));
    expect(gone.checks.store).toMatch(new RegExp(`^fail: .*gone.key: no such file: .*: ${fetch}`));
    const { code, checks } = await doctor('', '--pseudonym-key', right);
    expect(code).toBe(0);
    expect(checks.store).toBe('ok: 1 captures of north');
    rmSync(lake, { recursive: true });
    await fill();
    const needless = await doctor('', '--pseudonym-key', right);
    expect(needless.checks.store).toMatch(/^fail: .*holds numbers as they are: .*: leave the key out$/);
  });

  test('says that a file of events is missing, and that others can look into the store', async () => {
    await fill();
    expect((await doctor()).checks.store).toMatch(/^ok: 1 captures of north$/);
    rmSync(join(lake, 'events'), { recursive: true });
    const { code, checks, all } = await doctor();
    expect(code).toBe(1);
    expect(checks.store).toMatch(
      /^fail: events\/day=2024-03-05\/\w+\.north\.parquet: missing or damaged: bring it back/,
    );
    expect(all).toMatch(/^ok +store +1 captures of north$/m);
  });

  test('says that a file of events is damaged', async () => {
    await fill();
    const [day] = readdirSync(join(lake, 'events'));
    const [name] = readdirSync(join(lake, 'events', day!));
    const path = join(lake, 'events', day!, name!);
    truncateSync(path, statSync(path).size - 1);
    const { code, checks } = await doctor();
    expect(code).toBe(1);
    expect(checks.store).toMatch(/^fail: events\/.*\.parquet: missing or damaged: bring it back/);
  });

  test('says how many captures could not be read', async () => {
    writeFileSync(join(drop, 'x.pcap'), 'text, not a capture');
    const run = await cli('watch', drop, '--store', lake, '--once', '--settle', '0s');
    expect(run.code).toBe(0);
    expect((await doctor()).checks.quarantine).toMatch(/^warn: 1 files could not be read: see .*quarantine\.jsonl$/);
  });
});
