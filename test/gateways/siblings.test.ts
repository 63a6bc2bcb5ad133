import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featureNames } from '../../src/features/catalogue.ts';
import { History } from '../../src/features/history/history.ts';
import { Population } from '../../src/features/population.ts';
import { Among, COMPANY_WIDTH, eachLine, type Noted } from '../../src/gateways/among.ts';
import { Company } from '../../src/gateways/company.ts';
import { COMPANY } from '../../src/gateways/company-words.ts';
import type { SiblingFeature } from '../../src/gateways/sibling-words.ts';
import { call, event, START } from '../features/lines.ts';

const UNTIL = START + 86_400;
/** Every call rings for 7 s and is talked for this long, seconds. */
const TALK = 53;

interface Line {
  cell: number;
  /** How much it is suspected. */
  score: number;
  /** Seconds of the day that its calls begin at, ascending. */
  calls: number[];
  traits: Record<string, number>;
}

function vectorOf({ traits }: Line): Float64Array {
  return Float64Array.from(featureNames, (name) => traits[name] ?? Number.NaN);
}

/** Its first location update says where it is, which is no act, then come its calls. */
function historyOf({ cell, calls }: Line, name: string): History {
  const history = new History();
  history.reset(name);
  const place = { msisdn: name, mcc: '460', mnc: '00', lac: 1, cell: `${cell}` };
  history.push(event('presence', 0, place), 'own');
  for (const second of calls) history.push(call(second, '8613900000000', TALK, place), 'own');
  history.seal();
  return history;
}

/** Values of each line among all; of the line `cut`, as it stood after its first calls. */
function valuesOf(lines: readonly Line[], cut?: { line: number; first: Line }): Record<SiblingFeature, number>[] {
  const context = { population: new Population(), from: START, until: UNTIL };
  const company = new Company(context);
  for (const [at, line] of lines.entries()) context.population.add(historyOf(line, `86138${at}`), 0);
  for (const [at, line] of lines.entries()) company.add(historyOf(line, `86138${at}`), vectorOf(line));
  const parts = [company.data()];
  const noted: Noted[] = [];
  eachLine(
    () => parts,
    (one) => noted.push({ ...one }),
  );
  const among = new Among(
    () => parts,
    Float64Array.from(lines, ({ score }) => score),
  );
  const out = new Float64Array(COMPANY_WIDTH);
  return noted.map((whole, line) => {
    among.describe(line, line === cut?.line ? notedOf(cut.first, `86138${line}`, context) : whole, out, whole);
    return Object.fromEntries(COMPANY.map(({ name }, at) => [name, out[at]])) as Record<SiblingFeature, number>;
  });
}

function notedOf(line: Line, name: string, context: ConstructorParameters<typeof Company>[0]): Noted {
  const company = new Company(context);
  company.add(historyOf(line, name), vectorOf(line));
  const { keys, traits } = company.data();
  return { keys, traits };
}

const halfHours = ({ calls }: Line): number[] => [
  ...new Set(calls.map((second) => Math.floor((START + second) / 1800))),
];

/** Ends before an hour of silence, and beginnings after one. */
function turnsOf({ calls }: Line): { rested: number[]; woke: number[] } {
  const spans = calls.map((second) => ({ begin: START + second, end: START + second + 7 + TALK }));
  const rested = spans.filter(({ end }, at) => (spans[at + 1]?.begin ?? UNTIL) - end >= 3600).map(({ end }) => end);
  const woke = spans.filter(({ begin }, at) => begin - (spans[at - 1]?.end ?? START) >= 3600).map(({ begin }) => begin);
  return { rested: rested.slice(0, 8), woke: woke.slice(0, 8) };
}

/** The ten minutes that a time is in, on two grids half a step apart. */
function tens(times: readonly number[]): Set<string> {
  return new Set(times.flatMap((time) => [`${Math.floor(time / 600)}`, `${Math.floor(time / 600 + 0.5)} later`]));
}

/** Variances from sums of squares are this exact. */
function expectClose(value: number, should: number, name: string): void {
  if (Number.isNaN(should)) expect(value, name).toBeNaN();
  else expect(value, name).toBeCloseTo(should, 5);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** By the formulas of the catalogue, straight from the lines. `own`: what is known of the line itself. */
function expected(lines: readonly Line[], line: number, own: Line): Partial<Record<SiblingFeature, number>> {
  const others = lines.filter((one, at) => at !== line && one.cell === own.cell);
  const crowd = lines.filter(({ cell }) => cell === own.cell);
  if (crowd.length < 2) return {};
  const active = halfHours(own);
  const all = new Set(crowd.flatMap(halfHours));
  const beside = active.map((bin) =>
    sum(others.filter((one) => halfHours(one).includes(bin)).map(({ score }) => score)),
  );
  const usual = sum(others.map((one) => halfHours(one).length * one.score)) / all.size;
  const found: Partial<Record<SiblingFeature, number>> = {};
  if (active.length > 1 && usual * active.length >= 1) {
    found.together_with_suspects = Math.log2((sum(beside) + 0.5) / (usual * active.length + 0.5));
    found.active_alone_share = beside.filter((score) => score < 0.3).length / active.length;
  }
  const { rested, woke } = turnsOf(own);
  const takers = [
    ...[...tens(rested)].map((ten) => others.filter((one) => tens(turnsOf(one).woke).has(ten))),
    ...[...tens(woke)].map((ten) => others.filter((one) => tens(turnsOf(one).rested).has(ten))),
  ].map((who) => ({ score: sum(who.map(({ score }) => score)), lines: who.length }));
  if (takers.length > 0) {
    found.turns_company = Math.max(...takers.map((who) => who.score / (who.lines + 1)));
    found.turns_with_suspects = takers.filter(({ score }) => score >= 0.3).length / takers.length;
  }
  return found;
}

/** In eighths, whose sums are exact. */
const score = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);
const line: fc.Arbitrary<Line> = fc.record({
  cell: fc.integer({ min: 1, max: 2 }),
  score,
  calls: fc
    .array(fc.integer({ min: 1, max: 240 }), { maxLength: 12 })
    .map((times) => [...new Set(times)].sort((a, b) => a - b).map((time) => 300 * time + 1)),
  traits: fc.constant({}),
});

describe('what lines of one place do beside each other', () => {
  const names = ['together_with_suspects', 'active_alone_share', 'turns_company', 'turns_with_suspects'] as const;

  test('is what its formulas say', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 9 }), (lines) => {
        for (const [at, values] of valuesOf(lines).entries()) {
          const should = expected(lines, at, lines[at]!);
          for (const name of names) expectClose(values[name], should[name] ?? Number.NaN, name);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('rests on the first calls of a line alone where no more is looked at, among all that the others did', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 7 }), fc.nat(), fc.nat(), (lines, which, calls) => {
        const at = which % lines.length;
        const first = { ...lines[at]!, calls: lines[at]!.calls.slice(0, calls % 6) };
        const values = valuesOf(lines, { line: at, first })[at]!;
        const should = expected(lines, at, first);
        for (const name of names) expectClose(values[name], should[name] ?? Number.NaN, name);
      }),
      { numRuns: 300 },
    );
  });

  test('is never together where cards take turns', () => {
    const card = (begin: number): Line => ({
      cell: 1,
      score: 0.9,
      calls: Array.from({ length: 20 }, (_, at) => begin + 360 * at),
      traits: {},
    });
    // Two hours each, the next begins four minutes after the one before.
    const values = valuesOf([card(7200), card(14_340), card(21_480), card(28_620)]);
    for (const { together_with_suspects, turns_with_suspects, turns_company } of values) {
      expect(together_with_suspects).toBeLessThan(-0.9);
      expect(turns_with_suspects).toBeGreaterThan(0.1);
      expect(turns_company).toBeCloseTo(0.45, 9);
    }
  });
});

describe('how far a line is from suspected ones of its place', () => {
  const traits = ['talk_mean', 'answer_seizure_ratio', 'authentication_latency_median'] as const;
  const scale: Record<string, (value: number) => number> = {
    talk_mean: (value) => Math.log2(value + 1),
    answer_seizure_ratio: (value) => value,
    authentication_latency_median: (value) => Math.log2(value + 1),
  };
  const value = fc.option(fc.integer({ min: 1, max: 60 }), { nil: Number.NaN });
  const behaving: fc.Arbitrary<Line> = fc.record({
    cell: fc.integer({ min: 1, max: 2 }),
    score,
    calls: fc.constant([]),
    traits: fc
      .record({ talk_mean: value, answer_seizure_ratio: value, authentication_latency_median: value })
      .map((one) => ({ ...one, answer_seizure_ratio: one.answer_seizure_ratio / 60 })),
  });
  const mean = (values: readonly number[], weights: readonly number[]): number =>
    sum(values.map((one, at) => one * weights[at]!)) / sum(weights);

  test('is what the formulas say', () => {
    fc.assert(
      fc.property(fc.array(behaving, { minLength: 1, maxLength: 12 }), (lines) => {
        for (const [at, found] of valuesOf(lines).entries()) {
          const own = lines[at]!;
          const [suspects, others]: [number[], number[]] = [[], []];
          let spread = Number.NaN;
          let over = Number.NaN;
          for (const trait of traits) {
            const known = (one: Line): boolean => !Number.isNaN(one.traits[trait]);
            const all = lines.filter(known).map((one) => scale[trait]!(one.traits[trait]!));
            const beside = lines.filter((one, other) => other !== at && one.cell === own.cell && known(one));
            const values = beside.map((one) => scale[trait]!(one.traits[trait]!));
            const scores = beside.map((one) => one.score);
            const ones = beside.map(() => 1);
            const x = scale[trait]!(own.traits[trait]!);
            const isSuspected = beside.length >= 3 && sum(scores) >= 0.5 - 1e-9;
            if (trait === 'authentication_latency_median') {
              const middle = mean(values, scores);
              if (isSuspected)
                spread = Math.sqrt(
                  mean(
                    values.map((one) => (one - middle) ** 2),
                    scores,
                  ),
                );
              if (beside.length >= 3) over = x - mean(values, ones);
            }
            const center = sum(all) / all.length;
            const variance = sum(all.map((one) => (one - center) ** 2)) / all.length;
            if (!isSuspected || !(variance > 1e-12) || Number.isNaN(x)) continue;
            const squares = values.map((one) => (one - x) ** 2 / variance);
            suspects.push(mean(squares, scores));
            others.push(mean(squares, ones));
          }
          const ones = suspects.map(() => 1);
          const distance = Math.log2((mean(suspects, ones) + 0.05) / (mean(others, ones) + 0.05));
          expectClose(found.latency_spread_of_suspects, spread, 'spread');
          expectClose(found.latency_over_place, over, 'over');
          expectClose(found.distance_to_suspects, distance, 'distance');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('what is typical is the median of 30 lines or more', () => {
  const lines = (count: number): Line[] =>
    Array.from({ length: count }, (_, at) => ({
      cell: 1,
      score: 0,
      calls: [],
      traits: { talk_mean: 2 ** (at % 5) - 1, answer_seizure_ratio: 0.1 * (at % 5) },
    }));
  expect(valuesOf(lines(29))[0]).toMatchObject({ talk_over_typical: Number.NaN, answered_over_typical: Number.NaN });
  const values = valuesOf(lines(35));
  for (const [at, { talk_over_typical, answered_over_typical }] of values.entries()) {
    expect(Math.abs(talk_over_typical - ((at % 5) - 2))).toBeLessThanOrEqual(1 / 128);
    expect(Math.abs(answered_over_typical - 0.1 * ((at % 5) - 2))).toBeLessThanOrEqual(1 / 128);
  }
  expect(values[0]!.post_dial_delay_over_typical).toBeNaN();
});
