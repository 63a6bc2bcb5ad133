import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PcapWriter } from '../../src/capture/write.ts';
import { cli, records } from '../support/cli.ts';
import { SAMPLE } from '../support/desk.ts';
import { sharedCapture } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const call = sharedCapture('sip', 'NormB+sipnab', 'sip_call.pcap');
const main = join(import.meta.dirname, '../../dist/cli/main.js');

function copied(...names: string[]): string {
  const path = join(folder, ...names);
  copyFileSync(call, path);
  return path;
}

describe('a file that cannot be written is told before anything is read', () => {
  for (const command of ['events', 'messages', 'features', 'scan']) {
    test(`${command}: over its own capture`, async () => {
      const capture = copied(`${command}.pcap`);
      for (const option of ['--output', '--stats']) {
        const { code, stderr } = await cli(command, capture, option, capture);
        expect(code).toBe(1);
        expect(stderr).toBe(`catpool: ${option} ${capture}: would be written over what is read; name another file\n`);
      }
      expect(readFileSync(capture).equals(readFileSync(call))).toBe(true);
    });
  }

  test('over a capture in the folder that is read, not beside it', async () => {
    mkdirSync(join(folder, 'spool'));
    const capture = copied('spool', 'one.pcap');
    expect((await cli('events', join(folder, 'spool'), '-o', capture)).stderr).toMatch(/written over/);
    const beside = join(folder, 'spool', 'events.ndjson');
    for (let run = 0; run < 2; run++) expect((await cli('events', join(folder, 'spool'), '-o', beside)).code).toBe(0);
    expect(readFileSync(capture).equals(readFileSync(call))).toBe(true);
  });

  test('over its labels', async () => {
    const labels = join(folder, 'labels.md');
    writeFileSync(labels, 'line,label\n1,gateway\n');
    for (const output of [labels, join(folder, 'labels')]) {
      const { stderr } = await cli('evaluate', call, '--labels', labels, '--output', output);
      expect(stderr).toBe(`catpool: --output ${labels}: would be written over what is read; name another file\n`);
    }
    expect(readFileSync(labels, 'utf8')).toMatch(/^line/);
  });

  test.each(['x.pdf', 'x.JSON', 'x.csv', 'x.docx'])('a report in a form that there is not: %s', async (output) => {
    const { code, stderr } = await cli('evaluate', join(folder, 'missing.pcap'), '--labels', 'none', '-o', output);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `catpool: --output ${output}: a report is HTML and Markdown: end its name in .html, .md or nothing\n`,
    );
  });

  test.each([
    [['-o', join(folder, 'none', 'x.csv')], /there is no folder .*none$/m],
    [['-o', folder], /is a folder$/m],
    [['--format', 'parquet'], /needs --output FILE$/m],
  ])('scan %s', async (options, words) => {
    // Were it read first, this would be said.
    const { code, stderr } = await cli('scan', join(folder, 'missing.pcap'), ...options);
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
  });
});

test('a full disk is one line', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', '"$0" "$1" events "$2" > /dev/full', process.execPath, main, call],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  const lines = stderr.split('\n').filter((line) => line.startsWith('catpool') || /^\s+at /.test(line));
  expect(lines).toEqual([expect.stringMatching(/^catpool: cannot write standard output: ENOSPC/)]);
});

test.each(['capture-001.pcap', 'truth.ndjson'])(
  'a disk that is full while simulate writes %s is one line',
  async (name) => {
    const out = join(folder, `full-${name}`);
    mkdirSync(out);
    symlinkSync('/dev/full', join(out, name));
    const { code, stderr } = await cli('simulate', '--out', out, '--subscribers', '20', '--hours', '0.5');
    expect(code).toBe(1);
    expect(stderr).toBe(`catpool: cannot write ${join(out, name)}: ENOSPC: no space left on device, write\n`);
  },
);

test.each([
  [
    ['--since', '2024-03-05T09:00:00'],
    /--since: expected a time with its offset, such as .*, got 2024-03-05T09:00:00\n/,
  ],
  [['--until', '2024-03-05'], /--until: expected a time with its offset/],
  [['--since', '2024-03-05T09:00:00Z', '--until', '2024-03-05T10:00:00+08:00'], /--until: is not after --since/],
  [['--threshold', '90'], /--threshold: expected a score from 0 to 1/],
  [['--threshold', '-1'], /--threshold: expected a score from 0 to 1/],
  [['--record'], /--record needs --store/],
])('scan %s is refused', async (options, words) => {
  const { code, stderr } = await cli('scan', call, ...options);
  expect(code).toBe(1);
  expect(stderr).toMatch(words);
});

test('what is tried out on a store is not kept there', async () => {
  const lake = join(folder, 'lake');
  const runs = (): number => readdirSync(join(lake, 'verdicts')).filter((name) => name.endsWith('.parquet')).length;
  const scan = async (...options: string[]): Promise<void> => {
    const { code, stderr } = await cli('scan', ...options, '--store', lake);
    expect(code, stderr).toBe(0);
  };
  await scan(call);
  expect(runs()).toBe(1);
  await scan();
  await scan(call);
  await scan('--threshold', '0');
  await scan('--until', '2000-01-01T00:00:00Z');
  await scan('--no-record');
  expect(runs()).toBe(1);
  await scan('--record');
  expect(runs()).toBe(2);
});

test('events put in without a scan are scored by the first one, which is kept', async () => {
  const lake = join(folder, 'events');
  expect((await cli('events', call, '--store', lake)).code).toBe(0);
  expect((await cli('scan', '--store', lake)).code).toBe(0);
  expect(readdirSync(join(lake, 'verdicts'))).toHaveLength(1);
});

test('captures of other programs in a folder are counted, and the others read', async () => {
  const mixed = join(folder, 'mixed');
  mkdirSync(mixed);
  copied('mixed', 'one.pcap');
  // Microsoft Network Monitor 2.
  writeFileSync(join(mixed, 'two.cap'), Buffer.from('474d425500020100', 'hex'));
  writeFileSync(join(mixed, 'notes.txt'), 'no capture\n');
  for (const command of ['scan', 'events', 'messages']) {
    const { code, stderr } = await cli(command, mixed);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^.*warning:.* 1 file: a Microsoft Network Monitor capture, passed over/m);
  }
});

describe('simulate', () => {
  const small = ['--subscribers', '5', '--gateways', '1', '--hours', '1', '--seed', '3'];

  test('takes the captures of an earlier simulation away, and no others', { timeout: 60_000 }, async () => {
    const out = join(folder, 'sim');
    expect((await cli('simulate', '--out', out, '--interfaces', 'sip,a', ...small)).code).toBe(0);
    expect(existsSync(join(out, 'a-001.pcap'))).toBe(true);
    copied('sim', 'own.pcap');
    expect((await cli('simulate', '--out', out, ...small)).code).toBe(0);
    const names = readdirSync(out).filter((name) => name.endsWith('.pcap'));
    expect(names).toEqual(['capture-001.pcap', 'own.pcap']);
  });

  test('takes a country by its letters, as all commands do', { timeout: 60_000 }, async () => {
    const scenarios: string[] = [];
    for (const country of ['CN', '86']) {
      const out = join(folder, `sim-${country}`);
      expect((await cli('simulate', '--out', out, '--country', country, ...small)).code).toBe(0);
      scenarios.push(readFileSync(join(out, 'scenario.yaml'), 'utf8'));
    }
    expect(scenarios[0]).toBe(scenarios[1]);
  });

  test('says where it cannot write', async () => {
    const { code, stderr } = await cli('simulate', '--out', '/proc/none', ...small);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^catpool: cannot write \/proc\/none: /);
  });
});

test('events of a store have counters and speed too', async () => {
  const [lake, stats] = [join(folder, 'counted'), join(folder, 'counted.json')];
  await cli('events', SAMPLE, '--store', lake, '--output', join(folder, 'counted.ndjson'));
  const { stdout } = await cli('events', '--store', lake, '--stats', stats);
  const told = JSON.parse(readFileSync(stats, 'utf8'));
  expect(told).toMatchObject({ schema: 'catpool.stats/1', events: records(stdout).length });
  expect(told.captures).toHaveLength(1);
  expect(told.counters.messages.sip).toBeGreaterThan(1000);
});

test('a table of nothing has its header, as CSV has', async () => {
  const path = join(folder, 'silent.pcap');
  // A packet of no signalling.
  const writer = new PcapWriter(path, { linkType: 1 });
  writer.write(Buffer.alloc(60), 1_700_000_000, 0);
  writer.close();
  for (const [command, head] of [
    ['messages', /^time +frame +source .*\n$/],
    ['events', /^time +kind +direction .*\n$/],
    ['features', /^line +hours +events .*\n$/],
  ] as const)
    expect([command, (await cli(command, path, '--format', 'table')).stdout]).toEqual([
      command,
      expect.stringMatching(head),
    ]);
});

test('a feed that is not in the store is no empty answer', async () => {
  const lake = join(folder, 'feeds');
  expect((await cli('events', call, '--store', lake, '--feed', 'west')).code).toBe(0);
  for (const command of ['events', 'scan', 'features']) {
    const { code, stderr } = await cli(command, '--store', lake, '--feed', 'east');
    expect(code).toBe(1);
    expect(stderr).toBe(`catpool: --feed east: ${lake} has no such feed, but west\n`);
  }
  expect((await cli('scan', call, '--pseudonym-key', 'key')).stderr).toBe('catpool: --pseudonym-key needs --store\n');
});
