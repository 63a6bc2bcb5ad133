import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { CATALOGUE } from '../../src/features/catalogue.ts';
import { DEFAULT_MODEL, readModel } from '../../src/scan/default-model.ts';
import { judgeWindow, scan, withLines } from '../../src/scan/run.ts';
import { WindowVectors } from '../../src/scan/vectors.ts';
import type { Verdict } from '../../src/scan/verdict.ts';
import { root } from '../support/sources.ts';

const WIDTH = CATALOGUE.length;
/** More than are kept in memory. */
const LINES = 20_000;
const nameOf = (line: number) => `86138${String(line).padStart(8, '0')}`;

/** The vector of a line: every value its own, one missing. */
function vectorOf(line: number): Float64Array {
  const vector = Float64Array.from({ length: WIDTH }, (_, feature) => line + feature / 1024);
  vector[line % WIDTH] = Number.NaN;
  return vector;
}

test('vectors of a window come back bit by bit, in order and out of it, and no other line has one', () => {
  const vectors = new WindowVectors();
  const out = new Float64Array(WIDTH);
  for (let line = 0; line < LINES; line += 2) {
    expect(vectors.recall(nameOf(line), out)).toBe(false);
    vectors.keep(nameOf(line), vectorOf(line));
  }
  const all = Array.from({ length: LINES / 2 }, (_, i) => 2 * i);
  const few = [0, LINES - 2, 510, 512, 8, LINES - 4, 2];
  for (const line of [...all, ...all, ...few]) {
    expect(vectors.recall(nameOf(line), out)).toBe(true);
    const kept = vectorOf(line);
    const right = out.every((value, feature) => Object.is(value, kept[feature]));
    expect(right, nameOf(line)).toBe(true);
  }
  for (const line of [1, 513, LINES - 1, LINES + 5]) expect(vectors.recall(nameOf(line), out)).toBe(false);
  vectors.close();
});

test('a scan that keeps vectors says of every line what one that computes them each time says', async () => {
  const captures = [join(root, 'captures/sample.pcap.gz')];
  const options = {
    feed: 'test',
    homeCountry: null,
    limits: DEFAULT_LIMITS,
    workers: 1,
    window: 30 * 86_400,
    since: null,
    until: null,
    timeZone: null,
  };
  const model = readModel(DEFAULT_MODEL);
  expect(model.second).toBeDefined();
  const each = new Map<string, Verdict>();
  await withLines(captures, options, (opened) =>
    judgeWindow(opened, model, null, true, (line, verdict) => {
      if (verdict !== null) each.set(line, verdict);
    }),
  );
  const { verdicts } = await scan(captures, { ...options, model, threshold: 0 });
  expect(verdicts.length).toBeGreaterThan(100);
  const said = ({ line, score, tier, anomaly, exposure, reasons }: Verdict) => {
    const own = reasons.filter(({ feature }) => feature !== 'gateway');
    return { line, score, tier, anomaly, exposure, reasons: own };
  };
  expect(verdicts.map(said)).toEqual(verdicts.map(({ line }) => said(each.get(line)!)));
});
