import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { scratch } from './bench.ts';
import type { Errand } from './killed-child.ts';
import { listen } from './servers.ts';

const CHILD = fileURLToPath(new URL('./killed-child.ts', import.meta.url));
/** Of each way to be killed. */
const KILLS = 10;
const FINDINGS = 20;

interface Run {
  taken: number[];
  words: string[];
  signal: NodeJS.Signals | null;
}

/** Runs the process to its end, whatever that is. */
async function run(errand: Errand, started: (child: ChildProcess) => void): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(errand)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started(child);
  const words: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => words.push(line));
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const taken = words.filter((line) => line.startsWith('taken ')).map((line) => Number(line.slice(6)));
  return { taken, words, signal };
}

it('killed at any instant, an outbox delivers all it took, in order, under ids that show what came twice', {
  timeout: 300_000,
}, async () => {
  const random = new Random(7);
  const folder = scratch();
  const arrived: { id: string; subject: string }[] = [];
  let child: ChildProcess | undefined;
  /** Requests until the process is killed, and whether it had its answer by then. */
  let fatal: { requests: number; answer: boolean } | null = null;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (data: Buffer) => pieces.push(data));
    request.on('end', () => {
      if (random.chance(0.02)) {
        response.writeHead(503).end();
        return;
      }
      arrived.push(JSON.parse(Buffer.concat(pieces).toString('utf8')));
      const kill = fatal !== null && --fatal.requests === 0;
      if (kill && !fatal?.answer) child?.kill('SIGKILL');
      response.writeHead(204).end(() => {
        if (kill) child?.kill('SIGKILL');
      });
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}/`;
  const log = join(folder, 'alerts.jsonl');
  const outbox = join(folder, 'outbox');
  const taken = new Set<number>();
  const go = async (killAt: number, end: number) => {
    // The last one may have been taken before the kill: it is raised again.
    const from = Math.max(0, taken.size - 1);
    const result = await run({ folder: outbox, url, log, from, to: end, killAt }, (started) => {
      child = started;
    });
    for (const number of result.taken) taken.add(number);
    return result;
  };

  for (let kill = 0; kill < 2 * KILLS; kill++) {
    const inDisk = kill % 2 === 0;
    fatal = inDisk ? null : { requests: random.integer(1, 12), answer: random.chance(0.5) };
    // 5 calls or so open the outbox, 10 or so take an alert and settle it.
    const { signal } = await go(inDisk ? random.integer(1, 60) : 0, taken.size + FINDINGS);
    expect(signal).toBe('SIGKILL');
  }
  fatal = null;
  const all = taken.size + 5;
  const { words, signal } = await go(0, all);
  expect(signal).toBeNull();
  expect(words).toContain('drained true');

  const wanted = Array.from({ length: all }, (_, number) => `measure-${number}`);
  const logged = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as { id: string; subject: string });
  for (const messages of [arrived, logged]) {
    // In order of their first arrival; every id is one alert, every alert one id.
    const byId = new Map(messages.map(({ id, subject }) => [id, subject]));
    expect([...byId.values()]).toEqual(wanted);
    expect(new Set(messages.map(({ id, subject }) => `${id} ${subject}`)).size).toBe(all);
  }
  expect(arrived.length - all).toBeLessThanOrEqual(2 * KILLS);
  const status = JSON.parse(words.find((line) => line.startsWith('status '))!.slice(7));
  for (const sink of status) expect(sink).toMatchObject({ queued: 0, dead: 0, dropped: 0 });
  expect(readdirSync(outbox).filter((name) => name.endsWith('.part') || name.startsWith('lock'))).toEqual([]);
});
