import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isEnough } from '../../../src/forest/thresholds.ts';
import { readModel } from '../../../src/scan/judge/default-model.ts';
import type { Verdict } from '../../../src/scan/judge/verdict.ts';
import { scan, wholeCaptures } from '../../../src/scan/run.ts';
import { cli, records } from '../../support/cli.ts';
import { root } from '../../support/sources.ts';

const SAMPLE = join(root, 'captures/sample.pcap.gz');
const logOdds = (share: number): number => Math.log(share / (1 - share));

test('thresholds of a window follow what its lines score, whatever scores are theirs', async () => {
  const read = readModel(join(root, 'models/default.json'));
  const judged = async (usual: number | null) => {
    const { cohort: _, ...model } = read;
    const options = { ...wholeCaptures('test', 'CN'), window: 86_400, model, threshold: 0 };
    const asked = usual === null ? options : { ...options, model: { ...model, cohort: { usual, weight: 0.5 } } };
    return (await scan([SAMPLE], asked)).verdicts;
  };
  const fixed = await judged(null);
  expect(new Set(fixed.map(({ exposure }) => exposure.threshold_shift))).toEqual(new Set([0]));
  const { stdout } = await cli('features', SAMPLE, '--home-country', 'CN', '--format', 'ndjson');
  const textsAnHour = new Map(records(stdout).map((row) => [row.line, Number(row.outgoing_sms_per_hour)]));
  const actsOf = ({ line, calls, exposure: { hours } }: Verdict) => calls + Math.round(hours * textsAnHour.get(line)!);
  // Nine in ten of the lines of which enough was seen and that are in no doubt score less than this.
  const known = fixed
    .filter((verdict) => verdict.score < 0.8 && isEnough({ hours: verdict.exposure.hours, acts: actsOf(verdict) }))
    .map(({ score }) => score)
    .sort((a, b) => a - b);
  const level = logOdds(known[Math.ceil(0.9 * known.length) - 1]!);
  for (const usual of [level - 3, level + 1]) {
    const moved = await judged(usual);
    const shift = 0.5 * (level - usual) * (known.length / (known.length + 20));
    expect(moved.map(({ line, score }) => [line, score])).toEqual(fixed.map(({ line, score }) => [line, score]));
    for (const [at, { exposure }] of moved.entries()) {
      expect(exposure.threshold_shift).toBeCloseTo(shift, 9);
      const { marked_from } = fixed[at]!.exposure;
      // Between two strata a threshold lies between their scores, whose log-odds are moved.
      if (marked_from !== null) expect(logOdds(exposure.marked_from!) - logOdds(marked_from)).toBeCloseTo(shift, 1);
    }
    const marked = (of: typeof fixed) => of.filter(({ tier }) => tier !== 'none').length;
    if (shift > 0) expect(marked(moved)).toBeLessThan(marked(fixed));
    else expect(marked(moved)).toBeGreaterThanOrEqual(marked(fixed));
  }
});
