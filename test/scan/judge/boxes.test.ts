import { describe, expect, test } from 'vitest';
import type { Limits } from '../../../src/forest/cohort.ts';
import type { Gateway } from '../../../src/gateways/boxes.ts';
import { boxed, joinGateways } from '../../../src/scan/judge/boxes.ts';
import type { Verdict } from '../../../src/scan/judge/verdict.ts';

const box = (score: number, from: number, until: number): Gateway => ({
  gateway: 0,
  lines: Array.from({ length: until - from + 1 }, (_, i) => String(from + i)),
  score,
  evidence: [],
  place: null,
  endpoints: [`192.0.2.${from}`],
  first: from,
  last: until,
});

describe('boxes of several windows', () => {
  test('are one where a third shares half of each, whichever scores most', () => {
    for (const [a, b, c] of [
      [0.9, 0.8, 0.7],
      [0.9, 0.7, 0.8],
      [0.7, 0.8, 0.9],
    ] as const) {
      const joined = joinGateways([box(a, 1, 4), box(b, 5, 8), box(c, 3, 6)]);
      expect(joined).toHaveLength(1);
      expect(joined[0]).toMatchObject({
        gateway: 1,
        lines: ['1', '2', '3', '4', '5', '6', '7', '8'],
        score: 0.9,
        first: 1,
        last: 8,
      });
      expect(joined[0]!.endpoints).toHaveLength(3);
    }
  });

  test('stay apart where they share less', () => {
    expect(joinGateways([box(0.9, 1, 5), box(0.8, 5, 9)]).map(({ lines }) => lines.length)).toEqual([5, 5]);
  });
});

describe('a line that is tied to a box', () => {
  const limits: Limits = {
    thresholds: [
      { rate: 1e-3, score: 0.8, rows: 1000, reason: null },
      { rate: 1e-4, score: 0.9, rows: 1000, reason: null },
    ],
    strata: [],
  };
  const tierOf = (score: number, acts: number, loose: boolean, tier: Verdict['tier'] = 'none', basis = 'radio') => {
    const exposure = { basis, hours: 24, acts };
    const verdict = { line: '1', score, tier, reasons: [], exposure } as unknown as Verdict;
    return boxed(limits, verdict, box(0.9, 1, 4), null, loose)?.tier;
  };

  test('is suspect from three fifths of its threshold on, and strong where only evidence of its device was missing', () => {
    expect([0.47, 0.49, 0.85, 0.91].map((score) => tierOf(score, 20, false))).toEqual([
      undefined,
      'suspect',
      'suspect',
      'strong',
    ]);
  });

  test('comes nearer where a company could tie it too, little was seen of it, or it only texts', () => {
    expect([0.67, 0.69].map((score) => tierOf(score, 20, true))).toEqual([undefined, 'suspect']);
    for (const loose of [false, true])
      expect([0.75, 0.77].map((score) => tierOf(score, 4, loose))).toEqual([undefined, 'suspect']);
    expect([0.75, 0.77].map((score) => tierOf(score, 20, false, 'none', 'texts'))).toEqual([undefined, 'suspect']);
    expect(tierOf(0.91, 20, true, 'suspect')).toBe('suspect');
  });
});
