import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { printTable } from '../../../src/cli/scan-table.ts';
import { saveModel } from '../../../src/forest/model.ts';
import { spreadOf } from '../../../src/forest/population.ts';
import { closeScore } from '../../../src/scan/judge/close.ts';
import { readModel } from '../../../src/scan/judge/default-model.ts';
import { cli, records } from '../../support/cli.ts';
import { SAMPLE } from '../../support/desk.ts';

const DEFAULT = new URL('../../../models/default.json', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Scores of so many ordinary lines, evenly spread up to the highest. */
const evenly = (rows: number, highest: number) =>
  spreadOf(
    Float64Array.from({ length: rows }, (_, row) => (highest * (row + 1)) / rows),
    new Float64Array(rows).fill(1),
  );

interface Told {
  line: string;
  score: number;
  tier: string;
  exposure: { marked_from: number | null };
}

describe('lines besides the marked ones that are worth a look', () => {
  it('have the score that one in a hundred ordinary lines reaches, in two digits', () => {
    expect(closeScore({ scores: evenly(1000, 0.8) })).toBe(0.79);
    expect(closeScore({ scores: evenly(299, 0.8) })).toBeNull();
    expect(closeScore({})).toBeNull();
  });

  it('are counted, but for the marked and for those that nothing would mark, and the score lists them', async () => {
    const model = join(folder, 'model.json');
    writeFileSync(model, saveModel({ ...readModel(DEFAULT), scores: evenly(1000, 0.21) }));
    const every = records(
      (await cli('scan', SAMPLE, '--model', model, '--threshold', '0', '--format', 'ndjson')).stdout,
    );
    const lines = every.filter(({ line }) => line !== undefined) as unknown as Told[];
    const close = lines.filter(
      ({ score, tier, exposure }) => tier === 'none' && exposure.marked_from !== null && score >= 0.2,
    );
    expect(close.length).toBeGreaterThan(5);
    expect(close.length).toBeLessThan(lines.length / 2);

    const summary = records((await cli('scan', SAMPLE, '--model', model, '--format', 'ndjson')).stdout).at(-1)!;
    expect(summary.close).toEqual({ score: 0.2, lines: close.length });
    const listed = (await cli('scan', SAMPLE, '--model', model, '--threshold', '.20')).stdout;
    for (const { line } of close) expect(listed).toContain(`\n  ${line} `);
  });

  it('are told of at the end of the table where they are few', () => {
    const said = (lines: number, threshold?: number): string => {
      const output = join(folder, 'table.txt');
      const tiers = { none: 100, suspect: 0, strong: 0 };
      const result = { verdicts: [], gateways: [], nearest: null, counters: new Counters(), tiers };
      printTable({ ...result, close: { score: 0.6, lines } }, { language: 'en', output, threshold });
      return readFileSync(output, 'utf8');
    };
    const none = '0 lines strong, 0 suspect, 100 not.';
    expect(said(1)).toBe(
      `${none} 1 more reaches .60, as about one in 100 ordinary lines does (--threshold .60 lists it).\n`,
    );
    expect(said(10)).toBe(
      `${none} 10 more reach .60, as about one in 100 ordinary lines does (--threshold .60 lists them).\n`,
    );
    expect(said(11)).toBe(`${none}\n`);
    expect(said(0)).toBe(`${none}\n`);
    expect(said(5, 0.6)).toBe(`${none}\n`);
  });
});
