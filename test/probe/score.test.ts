import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { ReferencePaths } from '../../src/features/references/references.ts';
import { type Marks, NO_MARKS, type Scored, scoreWindows } from '../../src/probe/score.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/judge/default-model.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { commitAll } from '../support/lake.ts';
import { refusedCall } from '../support/scene.ts';
import { root } from '../support/sources.ts';

const HOUR = 3600;
const DAY = 86_400;

let folder: string;
let store: Store;
let first: Scored;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  store = openStore(join(folder, 'lake'), true);
  await commitAll(store, [join(root, 'captures/sample.pcap.gz')]);
  first = await score(NO_MARKS);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function score(
  marks: Marks,
  windows = [DAY],
  { signal = new AbortController().signal, of = store, now = 0, references = {} as ReferencePaths } = {},
): Promise<Scored> {
  const model = readModel(DEFAULT_MODEL);
  return scoreWindows(
    of,
    {
      of: 'test',
      by: 'test',
      windows,
      model,
      threshold: null,
      timeZone: null,
      homeCountry: null,
      limits: DEFAULT_LIMITS,
      references,
      workers: 1,
      now: () => now,
    },
    marks,
    signal,
  );
}

/** Marks of the first scoring as if it had been a day ago, changed. */
function earlier(change: (lines: Record<string, { tier: string }>, marks: Marks) => void): Marks {
  const marks = structuredClone(first.marks);
  const window = marks.windows[DAY]!;
  window.until -= DAY;
  change(window.lines, marks);
  return marks;
}

function kinds({ findings }: Scored): string[] {
  return [...new Set(findings.map(({ kind }) => kind))].filter((kind) => kind !== 'drift').sort();
}

describe('the first scoring', () => {
  test('tells every marked line and every gateway, and keeps the verdicts in the store', () => {
    expect(kinds(first)).toEqual(['new_gateway', 'new_suspect']);
    const [window] = first.windows;
    expect(first.findings.filter(({ kind }) => kind === 'new_suspect')).toHaveLength(window!.suspect + window!.strong);
    expect(first.findings.filter(({ kind }) => kind === 'new_gateway')).toHaveLength(window!.gateways);
    expect(first.tiers).toEqual({ suspect: window!.suspect, strong: window!.strong });
    expect(window!.file).toMatch(/^verdicts\/\S+\.parquet$/);
  });
  test('tells nothing of lines that the operator answers for', async () => {
    const allowed = join(folder, 'allowed.csv');
    const marked = Object.keys(first.marks.windows[DAY]!.lines);
    writeFileSync(
      allowed,
      `line,owner,reason,until\n${marked.map((line) => `${line},us,probes,2099-12-31\n`).join('')}`,
    );
    const { windows, findings } = await score(NO_MARKS, [DAY], { references: { allowed } });
    expect(windows[0]).toMatchObject({ suspect: 0, strong: 0, gateways: 0 });
    expect(windows[0]!.allowed).toBeGreaterThan(0);
    expect(windows[0]!.allowed).toBeLessThanOrEqual(marked.length);
    expect(kinds({ findings } as Scored)).toEqual([]);
  });
});

describe('a later scoring', () => {
  test('tells nothing where nothing is new', async () => {
    expect(kinds(await score(earlier(() => undefined)))).toEqual([]);
  });

  test('waits until a 24th of the window is new', async () => {
    const marks = structuredClone(first.marks);
    marks.windows[DAY]!.until -= HOUR - 1;
    expect((await score(marks)).windows).toEqual([]);
    marks.windows[DAY]!.until -= 1;
    expect((await score(marks)).windows).toHaveLength(1);
  });

  test('tells a line that was not marked before, and none other', async () => {
    const line = Object.keys(first.marks.windows[DAY]!.lines)[0]!;
    const { findings } = await score(earlier((lines) => delete lines[line]));
    expect(findings.filter(({ kind }) => kind !== 'drift')).toEqual([
      expect.objectContaining({ kind: 'new_suspect', line }),
    ]);
  });

  test('tells a line that came to another tier', async () => {
    const [line, { tier }] = Object.entries(first.marks.windows[DAY]!.lines)[0]!;
    const other = tier === 'strong' ? 'suspect' : 'strong';
    const { findings } = await score(
      earlier((lines) => {
        lines[line]!.tier = other;
      }),
    );
    expect(findings.filter(({ kind }) => kind !== 'drift')).toEqual([
      expect.objectContaining({ kind: 'tier_changed', line, from: other, to: tier }),
    ]);
  });

  test('knows a gateway again by half of its lines, under its name', async () => {
    const scored = await score(
      earlier((_, marks) => {
        for (const gateway of marks.gateways)
          gateway.lines = gateway.lines.slice(0, Math.ceil(gateway.lines.length / 2));
      }),
    );
    expect(kinds(scored)).toEqual([]);
    expect(scored.marks.gateways.map(({ name }) => name)).toEqual(first.marks.gateways.map(({ name }) => name));
  });
});

describe('a capture dated in the future', () => {
  test('ends no window, and one that did so by an older program is scored again', async () => {
    const scene = refusedCall(40 * 365 * DAY);
    const both = openStore(join(folder, 'both'), true);
    await commitAll(both, [join(root, 'captures/sample.pcap.gz'), scene.write(join(folder, 'later.pcap'))]);
    const { until, lines } = first.windows[0]!;
    const later = structuredClone(NO_MARKS);
    later.windows[DAY] = { until: both.latest()!, lines: {} };
    for (const marks of [NO_MARKS, later]) {
      const { windows } = await score(marks, [DAY], { of: both, now: 1000 * until });
      expect(windows).toEqual([expect.objectContaining({ until, lines })]);
    }
    await both.close();
  });
});

describe('windows longer than what the store holds', () => {
  test('are scored once: a longer one would show the same', async () => {
    const { windows } = await score(NO_MARKS, [30 * DAY, HOUR, 7 * DAY, DAY]);
    expect(windows.map(({ window }) => window)).toEqual([HOUR, DAY]);
  });

  test('are told from those that begin where nothing was captured for a while', async () => {
    const gaps = openStore(join(folder, 'gaps'), true);
    for (const hours of [0, 6]) {
      await commitAll(gaps, [refusedCall(hours * HOUR).write(join(folder, `after-${hours}.pcap`))]);
    }
    const { windows } = await score(NO_MARKS, [HOUR, DAY, 7 * DAY], { of: gaps });
    expect(windows.map(({ window, events }) => [window, events])).toEqual([
      [HOUR, 1],
      [DAY, 2],
    ]);
    await gaps.close();
  });
});

describe('a probe that is told to end', () => {
  test('begins no further window', async () => {
    const stopping = new AbortController();
    stopping.abort();
    expect((await score(NO_MARKS, [HOUR, DAY], { signal: stopping.signal })).windows).toEqual([]);
  });
});
