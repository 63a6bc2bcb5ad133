import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Circles } from '../../src/gateways/circles.ts';

/** Whom each line called or was called by, by its place; places beyond the lines are others. */
function circlesOf(talks: readonly (readonly number[])[]): boolean[][] {
  const circles = new Circles();
  const key = (place: number): number => 1000 + 64 * place;
  talks.forEach((_, place) => {
    circles.number(key(place));
  });
  talks.forEach((others, place) => {
    circles.add(key(place), Float64Array.from(others, key));
  });
  return talks.map((_, place) => {
    const isInCircle = circles.of(key(place));
    return Array.from({ length: talks.length + 2 }, (_, other) => isInCircle(key(other)));
  });
}

test('are those whom a line exchanged calls with and who did so with each other', () => {
  const graph = fc
    .integer({ min: 1, max: 14 })
    .chain((lines) =>
      fc.array(fc.array(fc.nat({ max: lines + 1 }), { maxLength: 6 }), { minLength: lines, maxLength: lines }),
    );
  fc.assert(
    fc.property(graph, (talks) => {
      const noted = (one: number, other: number): boolean => one !== other && (talks[one]?.includes(other) ?? false);
      const found = circlesOf(talks);
      talks.forEach((others, line) => {
        const near = others.filter((other) => other !== line && other < talks.length);
        for (let other = 0; other < talks.length + 2; other++) {
          const expected = near.includes(other) && near.some((third) => noted(third, other) || noted(other, third));
          expect(found[line]![other]).toBe(expected);
        }
      });
    }),
    { numRuns: 500 },
  );
});
