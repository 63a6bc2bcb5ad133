import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLog } from '../../src/cli/log.ts';
import { records } from '../support/cli.ts';
import { sharedCapture } from '../support/shared.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NODE = ['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')];
const store = join(folder, 'lake');

/** What every line of a log has. */
const LINE = {
  level: expect.stringMatching(/^(?:info|warn|error)$/),
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  msg: expect.any(String),
};

test('a probe and the desk write the same log: levels by name, times in ISO 8601 UTC', async () => {
  const spool = join(folder, 'spool');
  mkdirSync(spool);
  copyFileSync(sharedCapture('sip', 'NormB+sipnab', 'sip_call.pcap'), join(spool, 'call.pcap'));
  const config = join(folder, 'probe.yaml');
  writeFileSync(config, 'settle: 1s\nscore: off\n');
  const probe = spawnSync(process.execPath, [...NODE, 'watch', spool, '--store', store, '--config', config, '--once'], {
    encoding: 'utf8',
  });
  const watched = records(probe.stderr);
  expect(watched.length).toBeGreaterThan(1);
  for (const line of watched) expect(line).toMatchObject({ ...LINE, feed: 'local' });

  const log = join(folder, 'desk.log');
  const desk = spawn(process.execPath, [...NODE, 'review', '--store', store, '--port', '0', '--log', log]);
  const ended = new Promise((resolve) => desk.on('close', resolve));
  const address = await new Promise<string>((resolve) => desk.stdout.once('data', (data) => resolve(String(data))));
  expect((await fetch(new URL('/api/session', address))).status).toBe(200);
  desk.kill('SIGTERM');
  await ended;
  const reviewed = records(readFileSync(log, 'utf8'));
  expect(reviewed).toContainEqual(expect.objectContaining({ msg: 'request', route: '/api/session' }));
  for (const line of reviewed) expect(line).toMatchObject(LINE);
});

test('names of lines are masked in every log', () => {
  let written = '';
  const log = openLog('info', {}, { write: (text) => void (written += text) });
  log.info({ line: '8613812345678', imsi: 460001234567890, kind: 'leg' }, 'seen');
  expect(JSON.parse(written)).toMatchObject({ line: '86138******78', imsi: '*', kind: 'leg', msg: 'seen' });
});
