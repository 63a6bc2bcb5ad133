import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fillWindow } from '../../../scripts/bench/store-window.ts';
import { UserError } from '../../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { NO_MARKS, scoreWindows } from '../../../src/probe/score.ts';
import { DEFAULT_MODEL, readModel } from '../../../src/scan/judge/default-model.ts';
import { judgeWindow } from '../../../src/scan/judge/judge-window.ts';
import type { Verdict } from '../../../src/scan/judge/verdict.ts';
import { collectFromStore, lastWindow } from '../../../src/scan/lake.ts';
import type { LineRows } from '../../../src/scan/rows/line-reader.ts';
import type { LineReply } from '../../../src/scan/rows/line-threads.ts';
import { openLines, type ScanResult, scan } from '../../../src/scan/run.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { openStore, type Store } from '../../../src/store/store.ts';

const started: Worker[] = [];
/** Of them, those that put rows in order. */
const sorters: Worker[] = [];
/** What a thread that puts rows in order is told. */
let tells: (rows: LineRows) => LineRows = (rows) => rows;
/** What becomes of a thread once it has started. */
let befalls: (worker: Worker) => void = () => undefined;
vi.mock('../../../src/base/thread.ts', async (original) => {
  const { startThread } = await original<typeof import('../../../src/base/thread.ts')>();
  return {
    startThread: (module: URL, data: unknown, young?: number) => {
      if (module.href.endsWith('/sort-thread.ts')) {
        const sorter = startThread(module, tells(data as LineRows), young);
        sorters.push(sorter);
        return sorter;
      }
      const worker = startThread(module, data, young);
      started.push(worker);
      befalls(worker);
      return worker;
    },
  };
});

const HOURS = 6;
/** Their rows are more than are kept in memory, and more than two partitions. */
const SIZE = { events: 220_000, lines: 500, hours: HOURS };

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  store = openStore(join(folder, 'lake'), true);
  await fillWindow(store, SIZE);
}, 300_000);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const model = readModel(DEFAULT_MODEL);

function options(workers: number) {
  const span = lastWindow(store, undefined, { window: HOURS * 3600, since: null, until: null });
  return {
    feed: 'bench',
    homeCountry: null,
    limits: DEFAULT_LIMITS,
    workers,
    window: HOURS * 3600,
    timeZone: 'Asia/Shanghai',
    model,
    // Every line is listed.
    threshold: 0,
    ...span,
    lake: { store, filter: { feed: undefined, ...span } },
  };
}

function said({ verdicts, gateways, drift, lines, tiers }: ScanResult): string {
  return JSON.stringify({ verdicts, gateways, drift, lines, tiers });
}

describe('the lines of a large window', () => {
  let alone: ScanResult;
  beforeAll(async () => {
    started.length = 0;
    alone = await scan([], options(1));
    expect([...started, ...sorters]).toHaveLength(0);
  }, 300_000);

  test('get the same verdicts, byte by byte, whatever the number of threads', { timeout: 300_000 }, async () => {
    expect(alone.verdicts).toHaveLength(SIZE.lines);
    for (const threads of [2, 3]) {
      started.length = sorters.length = 0;
      const together = await scan([], options(threads));
      // This thread is one of them.
      expect(started).toHaveLength(threads - 1);
      expect(sorters).toHaveLength(1);
      expect(said(together) === said(alone), `${threads} threads`).toBe(true);
    }
  });

  test('get the same verdicts in partitions as all at once in memory', { timeout: 300_000 }, async () => {
    const spools = new SpoolStore(1e9);
    try {
      const { lake, ...rest } = options(1);
      const collected = await collectFromStore(store, spools, lake.filter);
      const opened = openLines(collected, spools, rest, rest);
      expect(opened.lines.partitions).toHaveLength(1);
      const whole = new Map<string, Verdict>();
      judgeWindow(opened, model, null, true, (verdict) => whole.set(verdict.line, verdict));
      // Boxes are numbered over all windows by the scan alone.
      const plain = ({ gateway: _, reasons, ...verdict }: Verdict) => ({
        ...verdict,
        reasons: reasons.filter(({ feature }) => feature !== 'gateway'),
      });
      for (const verdict of alone.verdicts) expect(plain(verdict)).toEqual(plain(whole.get(verdict.line)!));
    } finally {
      spools.close();
    }
  });
});

describe('a thread that cannot put rows in order', () => {
  test('fails the scan with one line, and the next is right', { timeout: 300_000 }, async () => {
    // The file that it is told of is none.
    tells = (rows) => ({
      ...rows,
      partitions: rows.partitions.map((partition) => ({ ...partition, rows: { ...partition.rows, file: -1 } })),
    });
    try {
      const scanning = scan([], options(2));
      await expect(scanning).rejects.toThrow(UserError);
      await expect(scanning).rejects.toThrow(/^a thread that sorts events broke down$/);
    } finally {
      tells = (rows) => rows;
    }
    expect((await scan([], options(2))).lines).toBe(SIZE.lines);
  });
});

/** Ends a thread in the place of a message of its; nothing that it says after that is heard, however far it has come. */
function endsInsteadOf(worker: Worker, kind: LineReply['kind']): void {
  const emit = worker.emit.bind(worker);
  let isOver = false;
  worker.emit = (name: string, ...of: unknown[]): boolean => {
    if (name !== 'message') return emit(name, ...of);
    if (!isOver && (of[0] as LineReply).kind !== kind) return emit(name, ...of);
    if (!isOver) void worker.terminate();
    isOver = true;
    return true;
  };
}

describe('a thread that ends in the middle', () => {
  test.each([
    ['as it begins', 'begun'],
    ['before it is done', 'ended'],
  ] as const)(
    'fails the scoring with one line, %s, and nothing is kept',
    {
      timeout: 300_000,
    },
    async (_, kind) => {
      started.length = 0;
      befalls = (worker) => void (started.length === 2 && endsInsteadOf(worker, kind));
      try {
        const { model: judge, limits, homeCountry, timeZone, window, workers } = options(3);
        const scoring = scoreWindows(
          store,
          {
            of: undefined,
            by: 'bench',
            windows: [window],
            model: judge,
            threshold: null,
            timeZone,
            homeCountry,
            limits,
            workers,
            now: () => Number.POSITIVE_INFINITY,
          },
          NO_MARKS,
          new AbortController().signal,
        );
        await expect(scoring).rejects.toThrow(UserError);
        await expect(scoring).rejects.toThrow(/^a thread that scored lines ended early$/);
        const verdicts = join(store.root, 'verdicts');
        expect(existsSync(verdicts) ? readdirSync(verdicts) : []).toEqual([]);
        // No other thread is left behind.
        for (const worker of started) expect(worker.threadId).toBe(-1);
      } finally {
        befalls = () => undefined;
      }
    },
  );
});
