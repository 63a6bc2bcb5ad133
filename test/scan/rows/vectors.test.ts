import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { CATALOGUE } from '../../../src/features/catalogue.ts';
import { COMPANY_WIDTH } from '../../../src/gateways/among.ts';
import { DEFAULT_MODEL, readModel } from '../../../src/scan/judge/default-model.ts';
import { judgeWindow } from '../../../src/scan/judge/judge-window.ts';
import type { Verdict } from '../../../src/scan/judge/verdict.ts';
import { LineVectors } from '../../../src/scan/rows/vectors.ts';
import { scan, withLines } from '../../../src/scan/run.ts';
import { root } from '../../support/sources.ts';

const WIDTH = CATALOGUE.length;
/** More than are kept in memory. */
const LINES = 20_000;
const FEW = 600;

/** The vector of a line: every value its own, one missing. */
function vectorOf(line: number): Float64Array {
  const vector = Float64Array.from({ length: WIDTH }, (_, feature) => line + feature / 1024);
  vector[line % WIDTH] = Number.NaN;
  return vector;
}

function companyOf(line: number): Float64Array {
  return Float64Array.from({ length: COMPANY_WIDTH }, (_, feature) =>
    feature === line % 7 ? Number.NaN : -line - feature / 64,
  );
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

test.each([FEW, LINES])(
  'vectors of %d lines come back bit by bit with their company, in order and out of it',
  (count) => {
    const vectors = new LineVectors(count);
    expect(vectors.descriptor >= 0).toBe(count === LINES);
    for (let line = 0; line < count; line++) vectors.put(line, vectorOf(line));
    for (let line = 0; line < count; line++) {
      expect(isSame(vectors.vector(line), vectorOf(line)), String(line)).toBe(true);
      vectors.putCompany(line, companyOf(line));
    }
    for (const line of [0, count - 1, 510, 512, 8, count - 4, 2, 255, 256, 257]) {
      expect(isSame(vectors.company(line), companyOf(line)), String(line)).toBe(true);
      expect(isSame(vectors.vector(line), vectorOf(line)), String(line)).toBe(true);
    }
    vectors.close();
  },
);

test('vectors that several put into one file, range by range, are all there', () => {
  const all = new LineVectors(LINES, { inFile: true });
  const several = [0, 1, 2].map(() => new LineVectors(LINES, { shared: all.descriptor }));
  // Ranges that no block ends with.
  for (let begin = 0, turn = 0; begin < LINES; begin += 777, turn++) {
    const one = several[turn % 3]!;
    for (let line = begin; line < Math.min(LINES, begin + 777); line++) one.put(line, vectorOf(line));
    if (turn % 3 === 2) for (const each of several) each.flush();
  }
  for (const one of several) {
    one.flush();
    one.close();
  }
  for (let line = 0; line < LINES; line++) expect(isSame(all.vector(line), vectorOf(line)), String(line)).toBe(true);
  all.close();
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
    judgeWindow(opened, model, null, true, (verdict) => void each.set(verdict.line, verdict)),
  );
  const { verdicts } = await scan(captures, { ...options, model, threshold: 0 });
  expect(verdicts.length).toBeGreaterThan(100);
  const said = ({ line, score, tier, anomaly, exposure, reasons }: Verdict) => {
    const own = reasons.filter(({ feature }) => feature !== 'gateway');
    return { line, score, tier, anomaly, exposure, reasons: own };
  };
  expect(verdicts.map(said)).toEqual(verdicts.map(({ line }) => said(each.get(line)!)));
});
