import { describe, expect, test } from 'vitest';
import type { Gateway } from '../../../src/gateways/boxes.ts';
import { joinGateways } from '../../../src/scan/judge/boxes.ts';

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
