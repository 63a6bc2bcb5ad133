import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLE = join(root, 'captures/sample.pcap.gz');
const NODE = ['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')];

/** A folder with `catpool` in it, as a path of commands has it. */
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(
  join(bin, 'catpool'),
  `#!/bin/sh\nexec '${process.execPath}' ${NODE.map((word) => `'${word}'`).join(' ')} "$@"\n`,
);
chmodSync(join(bin, 'catpool'), 0o755);

function shell(script: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    timeout: 100_000,
  });
  return { status, stdout, stderr };
}

/** Waits until a folder has a name that `wanted` takes. */
function appears(where: string, wanted: (name: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(where, () => look());
    const look = (): void => {
      if (!readdirSync(where).some(wanted)) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

describe('a signal', () => {
  test.each([
    ['SIGINT', 130, ['events', '-', '--format', 'ndjson'], 'out.ndjson'],
    ['SIGINT', 130, ['events', '-', '--format', 'parquet'], 'out.parquet'],
    ['SIGTERM', 143, ['messages', '-', '--format', 'parquet'], 'messages.parquet'],
  ] as const)('%s ends a command with %i, one line, and nothing left: %j', async (signal, code, args, name) => {
    const where = mkdtempSync(join(folder, 'signal-'));
    const temporary = join(where, 'temporary');
    mkdirSync(temporary);
    const isOurs = (file: string): boolean => file.startsWith('catpool-') || file.endsWith('.part');
    const child = spawn(process.execPath, [...NODE, ...args, '--output', join(where, name)], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += String(data);
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await appears(name.endsWith('.parquet') ? temporary : where, isOurs);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(stderr).toBe(`catpool: ended by ${signal}\n`);
    expect([...readdirSync(where), ...readdirSync(temporary)].filter(isOurs)).toEqual([]);
    expect(existsSync(join(where, name))).toBe(false);
  });
});

test('output waits for a reader that is slow, and is not kept in memory meanwhile', () => {
  // The writer gives 256 MB at once to a pipe that nobody reads for a second, then says how large it got.
  const writer = join(folder, 'writer.ts');
  writeFileSync(
    writer,
    `import { Sink } from ${JSON.stringify(join(root, 'src/cli/sink.ts'))};
const before = process.memoryUsage.rss();
const sink = new Sink(null);
const line = 'x'.repeat(1023) + '\\n';
for (let i = 0; i < 262_144; i++) sink.write(line);
sink.end();
console.error(Math.round((process.resourceUsage().maxRSS * 1024 - before) / 1e6));
`,
  );
  const run = shell(`'${process.execPath}' --import '${import.meta.resolve('tsx')}' ${writer} | (sleep 1; wc -c)`);
  expect(run.status).toBe(0);
  expect(run.stdout.trim()).toBe(String(262_144 * 1024));
  expect(Number(run.stderr)).toBeLessThan(128);
});

describe('a reader that goes', () => {
  test.each([
    [`catpool messages ${SAMPLE} | head -n 1 | cut -c 1-28`, '{"schema":"catpool.message/1'],
    [`catpool events ${SAMPLE} --format csv | head -n 1 | cut -c 1-4`, 'kind'],
    ['catpool --help | head -n 1', 'catpool <command>'],
    ['catpool scan --help | true', ''],
  ])('is no error: %s', (line, first) => {
    const { stdout, stderr } = shell(`${line}; echo "\${PIPESTATUS[0]}"`);
    expect(stderr).toMatch(/^(home country .*\n)?$/);
    expect(stdout).toBe(first === '' ? '0\n' : `${first}\n0\n`);
  });
});

describe('completion', () => {
  test('in bash gives commands, and the options of one', () => {
    const complete = (...words: string[]): string =>
      `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _catpool_completion; echo "\${COMPREPLY[@]}"`;
    const lines = ['source <(catpool completion bash)', complete('catpool', 'e'), complete('catpool', 'scan', '--own')];
    const { stdout, stderr } = shell(lines.join('\n'));
    expect(stderr).toBe('');
    expect(stdout).toBe('events explain evaluate export\n--own-prefixes --own-imsi\n');
  });

  test('in zsh asks for words with what they mean', () => {
    expect(shell('SHELL=zsh catpool --get-yargs-completions catpool sc').stdout).toMatch(/^scan:Suspected lines/m);
  });
});
