import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { fillWindow } from '../../scripts/bench/store-window.ts';
import { UserError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { NO_MARKS, type Scored, scoreWindows } from '../../src/probe/score.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const started: ChildProcess[] = [];
/** What becomes of a process once it has started. */
let befalls: (child: ChildProcess) => void = () => undefined;
vi.mock('../../src/base/child.ts', async (original) => {
  const { startProcess } = await original<typeof import('../../src/base/child.ts')>();
  return {
    startProcess: (...args: Parameters<typeof startProcess>) => {
      const child = startProcess(...args);
      started.push(child);
      befalls(child);
      return child;
    },
  };
});

const HOURS = 6;
/** As many as are scored apart. */
const SIZE = { events: 60_000, lines: 700, hours: HOURS };

let folder: string;
let store: Store;
const model = readModel(DEFAULT_MODEL);
const { TMPDIR } = process.env;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  store = openStore(join(folder, 'lake'), true);
  await fillWindow(store, SIZE);
}, 300_000);
beforeEach(() => {
  started.length = 0;
  befalls = () => undefined;
  process.env.TMPDIR = mkdtempSync(join(folder, 'tmp-'));
});
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function score(apart: boolean, windows = [HOURS * 3600], signal = new AbortController().signal): Promise<Scored> {
  const options = { of: undefined, by: 'bench', windows, model, threshold: 0.01, timeZone: 'Asia/Shanghai' };
  const told = { ...options, homeCountry: null, limits: DEFAULT_LIMITS, workers: 2, apart };
  return scoreWindows(store, { ...told, now: () => Number.POSITIVE_INFINITY }, NO_MARKS, signal);
}

/** What is told, and the verdicts that were written. */
function said({ windows, findings, marks, tiers }: Scored): unknown {
  const files = windows.map(({ file }) => readFileSync(join(store.root, file), 'base64'));
  return { windows: windows.map(({ file: _, ...window }) => window), findings, marks, tiers, files };
}

/** What is left of the processes and of their files. */
async function left(): Promise<unknown> {
  await vi.waitFor(() =>
    expect(started.every((child) => child.exitCode !== null || child.signalCode !== null)).toBe(true),
  );
  return readdirSync(process.env.TMPDIR!);
}

describe('a window of many events', { timeout: 300_000 }, () => {
  test('is scored by a process of its own as by this one', async () => {
    const here = await score(false);
    expect(started).toHaveLength(0);
    expect(here.windows.map(({ events, lines }) => [events, lines])).toEqual([[SIZE.events, SIZE.lines]]);
    expect(here.tiers.suspect + here.tiers.strong).toBeGreaterThan(0);
    // The store keeps a folder for itself once it has written.
    const kept = readdirSync(process.env.TMPDIR!);
    const apart = await score(true);
    expect(started).toHaveLength(1);
    expect(said(apart)).toEqual(said(here));
    expect(await left()).toEqual(kept);
  });

  test('is scored here where it is one of few', async () => {
    const { windows } = await score(true, [1800]);
    expect(started).toHaveLength(0);
    expect(windows).toHaveLength(1);
  });

  test('is left for the next time when the probe is told to end', async () => {
    const stopping = new AbortController();
    befalls = (child) => void child.once('spawn', () => setTimeout(() => stopping.abort(new Error('stopped')), 500));
    const before = existsSync(join(store.root, 'verdicts')) ? readdirSync(join(store.root, 'verdicts')) : [];
    const { windows, marks } = await score(true, undefined, stopping.signal);
    expect(started).toHaveLength(1);
    expect(windows).toEqual([]);
    expect(marks).toEqual(NO_MARKS);
    expect(readdirSync(join(store.root, 'verdicts'))).toEqual(before);
    expect(await left()).toEqual([]);
    expect(started[0]!.signalCode).toBe('SIGKILL');
  });

  test('fails the scoring with one line where its process is ended by another', async () => {
    befalls = (child) => void child.once('spawn', () => setTimeout(() => child.kill('SIGKILL'), 500));
    const scoring = score(true);
    await expect(scoring).rejects.toThrow(UserError);
    await expect(scoring).rejects.toThrow(/^the process that scored a window was ended early: SIGKILL$/);
    expect(await left()).toEqual([]);
  });

  test('does not mind signals that a terminal sends to all', async () => {
    befalls = (child) => {
      // Once it reads the store: then it has a folder for what does not fit into memory.
      const timer = setInterval(() => {
        const [own] = readdirSync(process.env.TMPDIR!);
        const begun =
          own !== undefined && readdirSync(join(process.env.TMPDIR!, own)).some((name) => name.startsWith('catpool-'));
        if (!begun) return;
        clearInterval(timer);
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
      }, 5);
      child.once('exit', () => clearInterval(timer));
    };
    const { windows } = await score(true);
    expect(windows).toHaveLength(1);
  });
});
