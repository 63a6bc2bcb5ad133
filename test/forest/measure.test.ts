import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { calibrate, fitIsotonic, fitPlatt } from '../../src/forest/calibrate.ts';
import { foldsByGroup } from '../../src/forest/folds.ts';
import {
  auc,
  averagePrecision,
  bootstrapInterval,
  brier,
  ece,
  measure,
  scored,
  tprAtFpr,
} from '../../src/forest/metrics.ts';
import {
  type Basis,
  hasThresholds,
  type OrdinaryRows,
  type Seen,
  type Stratum,
  scoreFor,
  type Threshold,
  thresholdsByExposure,
  thresholdsFor,
} from '../../src/forest/thresholds.ts';
import { noisyRows } from './rows.ts';
import { thresholdFor } from './strata.ts';

const ones = (count: number) => new Float64Array(count).fill(1);
const unknown = (count: number) => new Array<string>(count).fill('');
/** Strata of rows that weigh one each and came each by itself, of unknown kind, but for what is said. */
const strataOf = (scores: Float64Array, seen: readonly Seen[], changes: Partial<OrdinaryRows> = {}) =>
  thresholdsByExposure({
    scores,
    weight: ones(scores.length),
    seen,
    kinds: unknown(scores.length),
    group: Int32Array.from(scores, (_, at) => at),
    enriched: new Array<boolean>(scores.length).fill(false),
    ...changes,
  });
const of = (scores: number[], y: number[], weight = ones(scores.length), group = scores.map((_, at) => at)) =>
  scored(Float64Array.from(scores), Uint8Array.from(y), weight, Int32Array.from(group));

describe('measures, against sums by hand', () => {
  // Gateways at .9 and .7, ordinary lines at .8, .7 and .1.
  const rows = of([0.9, 0.8, 0.7, 0.7, 0.1], [1, 0, 1, 0, 0]);

  it('AUC: of 6 pairs 4 are right and one is a tie', () => expect(auc(rows)).toBeCloseTo(4.5 / 6, 15));
  it('average precision: 1 x 1/2 + 2/4 x 1/2', () => expect(averagePrecision(rows)).toBeCloseTo(0.75, 15));
  it('TPR at FPR', () => {
    expect(tprAtFpr(rows, 0)).toBe(0.5);
    expect(tprAtFpr(rows, 1 / 3)).toBe(0.5);
    expect(tprAtFpr(rows, 2 / 3)).toBe(1);
  });
  it('Brier: mean of squares', () => {
    expect(brier(Float64Array.of(0.9, 0.2, 0.5), Uint8Array.of(1, 0, 1), Float64Array.of(1, 1, 2))).toBeCloseTo(
      (0.01 + 0.04 + 2 * 0.25) / 4,
      15,
    );
  });
  it('ECE: gaps of bins, by weight', () => {
    // Bin 0.2..0.3: mean .25 against 1 of 2; bin 0.9..1: mean .95 against 1 of 1 (1.0 belongs to the last bin).
    expect(ece(Float64Array.of(0.22, 0.28, 0.9, 1), Uint8Array.of(1, 0, 1, 1), ones(4))).toBeCloseTo(
      (0.5 + 0.1) / 4,
      12,
    );
  });
  it('a weight counts as repeats', () => {
    const weighted = of([0.9, 0.8, 0.7, 0.7, 0.1], [1, 0, 1, 0, 0], Float64Array.of(1, 2, 3, 1, 2));
    const repeated = of([0.9, 0.8, 0.8, 0.7, 0.7, 0.7, 0.7, 0.1, 0.1], [1, 0, 0, 1, 1, 1, 0, 0, 0]);
    expect(auc(weighted)).toBeCloseTo(auc(repeated), 14);
    expect(averagePrecision(weighted)).toBeCloseTo(averagePrecision(repeated), 14);
    expect(tprAtFpr(weighted, 0.5)).toBe(tprAtFpr(repeated, 0.5));
  });
  it('AUC is the share of pairs in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 })), {
          minLength: 2,
          maxLength: 40,
        }),
        (list) => {
          const gateways = list.filter(([, y]) => y === 1);
          const ordinary = list.filter(([, y]) => y === 0);
          fc.pre(gateways.length > 0 && ordinary.length > 0);
          let right = 0;
          for (const [g] of gateways) for (const [o] of ordinary) right += g > o ? 1 : g === o ? 0.5 : 0;
          const measured = auc(
            of(
              list.map(([s]) => s / 9),
              list.map(([, y]) => y),
            ),
          );
          expect(measured).toBeCloseTo(right / gateways.length / ordinary.length, 12);
        },
      ),
    );
  });
});

describe('bootstrap intervals', () => {
  it('hold the value, are the same for the same seed, and widen when lines come in groups', () => {
    const random = new Random(1);
    const y = Array.from({ length: 400 }, (_, i) => (i < 100 ? 1 : 0));
    const box = Array.from({ length: 10 }, () => random.normal());
    const scores = y.map((one, i) => random.normal() + (one === 1 ? 1 + box[Math.floor(i / 10)]! : 0));
    const single = of(scores, y);
    const boxed = of(
      scores,
      y,
      ones(400),
      y.map((one, i) => (one === 1 ? 1000 + Math.floor(i / 10) : i)),
    );
    const interval = (rows: typeof single) => bootstrapInterval(rows, (weight) => auc(rows, weight))!;
    expect(interval(single)).toEqual(interval(single));
    expect(interval(single).low).toBeLessThan(auc(single));
    expect(interval(single).high).toBeGreaterThan(auc(single));
    expect(interval(boxed).high - interval(boxed).low).toBeGreaterThan(interval(single).high - interval(single).low);
  });
  it('are null where nothing could be measured', () => {
    const rows = of([0.1, 0.2], [0, 0]);
    expect(bootstrapInterval(rows, (weight) => auc(rows, weight), 20)).toBeNull();
  });
});

describe('the report', () => {
  it('says null for rates that the rows cannot measure', () => {
    const y = Array.from({ length: 3010 }, (_, i) => (i < 10 ? 1 : 0));
    const scores = y.map((one, i) => (one === 1 ? 0.9 : i / 4000));
    const report = measure(of(scores, y), Float64Array.from(scores));
    expect(report).toMatchObject({ rows: 3010, positives: 10, groups: 3010, auc: 1, averagePrecision: 1 });
    expect(report.tprAtFpr[0]).toEqual({ rate: 1e-3, tpr: 1, low: 1, high: 1 });
    expect(report.tprAtFpr[1]).toEqual({ rate: 1e-4, tpr: null, low: null, high: null });
    expect(measure(of([0.5], [0]), Float64Array.of(0.5))).toMatchObject({ auc: null, averagePrecision: null });
  });
});

describe('thresholds', () => {
  const scores = Float64Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) / 10_000);

  it('let the share of the rate through, no more', () => {
    const [first, second, third] = thresholdsFor(scores, ones(10_000));
    // The ten highest are .9990 to .9999.
    expect(first!.score).toBeCloseTo(0.99895, 12);
    expect(scores.filter((score) => score >= first!.score!)).toHaveLength(10);
    expect(first).toMatchObject({ rate: 1e-3, rows: 10_000, reason: null });
    expect(second).toMatchObject({ rate: 1e-4, score: null });
    expect(second!.reason).toBe('not measurable: 30000 ordinary rows are needed, there are 10000 ordinary rows');
    expect(third!.score).toBeNull();
  });
  it('never let a tie through that is over the rate', () => {
    const tied = Float64Array.from({ length: 3000 }, (_, i) => (i < 4 ? 1 : 0.5));
    const [threshold] = thresholdsFor(tied, ones(3000));
    expect(tied.filter((score) => score >= threshold!.score!)).toHaveLength(0);
    const three = thresholdsFor(
      tied.map((_, i) => (i < 3 ? 1 : 0.5)),
      ones(3000),
    )[0]!;
    expect(three.score).toBe(0.75);
  });
  it('count rows by what they weigh', () => {
    const weight = Float64Array.from({ length: 10_000 }, (_, i) => (i < 2000 ? 1 : 1e-9));
    expect(thresholdsFor(scores, weight)[0]!.reason).toContain('10000 ordinary rows that weigh as 2000');
    expect(thresholdsFor(new Float64Array(0), ones(0))[0]!.score).toBeNull();
    expect(thresholdsFor(Float64Array.of(0.3), ones(1), [1 - 1e-9])[0]).toMatchObject({ score: null });
  });
  it('where all may pass, the lowest score is the threshold', () => {
    expect(thresholdsFor(Float64Array.of(0.3, 0.4, 0.5, 0.6), ones(4), [1])[0]!.score).toBe(0.3);
  });
  it('differ by what was seen, and for how long', () => {
    // 4,000 lines seen over SIP for an hour, 5,000 for a day, that look better; 1,000 for four hours, that look worst.
    const hoursOf = (i: number) => (i < 4000 ? 1 : i < 9000 ? 24 : 4);
    const seen = Array.from(scores, (_, i): Seen => ({ basis: 'sip', hours: hoursOf(i), acts: i % 40 }));
    const shown = scores.map((score, i) => (i < 4000 ? score / 2 : i < 9000 ? score / 4 : score));
    const strata = strataOf(shown, seen);
    const of = (basis: Basis, hours: number, rate = 1e-3) => thresholdFor(strata, { basis, hours }, rate);
    expect(of('sip', 1)!.score).toBeLessThan(0.5);
    expect(of('sip', 24)!.score).toBeLessThan(0.25);
    expect(of('sip', 1, 0.5)).toBeUndefined();
    // Too few rows for 1e-3: that of all that were seen for as long or for shorter, but no lower than the third of its own.
    const few = of('sip', 4)!;
    expect(few.rows).toBe(5000);
    expect(few.score!).toBeGreaterThanOrEqual([...shown.slice(9000)].sort((a, b) => b - a)[2]!);
    // Nobody was seen for so short: what is known of those seen for an hour. Nobody on that basis: none.
    expect(of('sip', 0.1)).toMatchObject({ score: of('sip', 1)!.score, rows: 4000 });
    expect(of('radio', 1)).toMatchObject({ score: null, rows: 0 });
  });
  it('change gradually with the hours: between the middles of two strata by the logarithm, beyond them not at all', () => {
    const stratum = (hours: number, score: number | null) => ({
      basis: 'sip' as const,
      hours,
      acts: 0,
      thresholds: [{ rate: 1e-3, score, rows: 9000, reason: null }],
    });
    const strata = [stratum(0, 0.9), stratum(0.5, 0.96), stratum(2.5, 0.94), stratum(9, 0.86)];
    const thresholds = [{ rate: 1e-3, score: 0.5, rows: 9000, reason: null }];
    const asked = (hours: number, of = strata) =>
      scoreFor({ strata: of, thresholds }, { basis: 'sip', hours, acts: 9 }, 1e-3);
    // Middles: the square roots of 1/6 * 0.5, 0.5 * 2.5, 2.5 * 9 and 9 * 24 hours.
    expect(asked(Math.sqrt(2.5 * 9))).toBeCloseTo(0.94, 9);
    expect(asked(Math.sqrt(9 * 24))).toBeCloseTo(0.86, 9);
    // Halfway between these two by the logarithm.
    expect(asked((2.5 * 9 * 9 * 24) ** 0.25)).toBeCloseTo(0.9, 9);
    expect(asked(9 + 1e-9)! - asked(9 - 1e-9)!).toBeCloseTo(0, 6);
    for (const hours of [24, 200]) expect(asked(hours)).toBe(0.86);
    for (const hours of [0, 0.01]) expect(asked(hours)).toBe(0.9);
    // A stratum without a score: that of all lines; it draws no other to it.
    const without = [...strata.slice(0, 3), stratum(9, null)];
    expect(asked(8, without)).toBe(0.94);
    expect(asked(9, without)).toBe(0.5);
  });
  it('let no more than one in a hundred of any kind of ordinary line through', () => {
    // 10,000 people below .5, and 200 desks of ten networks from .6 on: two of those may be marked, though ten of all lines might.
    const rows = Float64Array.from({ length: 10_200 }, (_, i) =>
      i < 10_000 ? (i % 500) / 1000 : 0.6 + (i - 10_000) / 1000,
    );
    const seen = Array.from(rows, (): Seen => ({ basis: 'calls', hours: 24, acts: 30 }));
    const marked = (kinds: readonly string[]) => {
      const strata = strataOf(rows, seen, { kinds, group: Int32Array.from(rows, (_, i) => i % 10) });
      const { score } = thresholdFor(strata, { basis: 'calls', hours: 24 }, 1e-3)!;
      return rows.filter((row) => row >= score!).length;
    };
    expect(marked(unknown(10_200))).toBe(10);
    expect(marked(Array.from(rows, (_, i) => (i < 10_000 ? 'normal' : 'desk')))).toBe(2);
    // Of fewer than a hundred nothing can be told.
    expect(marked(Array.from(rows, (_, i) => (i < 10_101 ? 'normal' : 'desk')))).toBe(10);
  });
  it('tell it of networks enough, by rows that were gathered for their kinds as well', () => {
    // Ten networks, each with 1,000 people below .5 and ten desks, .6 to .69 by network, gathered for being desks.
    const network = Int32Array.from({ length: 10 * 1010 }, (_, i) => Math.floor(i / 1010));
    const isDesk = (i: number) => i % 1010 >= 1000;
    const rows = Float64Array.from(network, (n, i) => (isDesk(i) ? 0.6 + n / 100 + (i % 10) / 1e4 : (i % 500) / 1000));
    const kinds = Array.from(network, (_, i) => (isDesk(i) ? 'desk' : 'person'));
    const enriched = Array.from(network, (_, i) => isDesk(i));
    const asked = (basis: Basis, group: ArrayLike<number> = network) => {
      const seen = Array.from(network, (): Seen => ({ basis, hours: 24, acts: 30 }));
      const strata = strataOf(rows, seen, { kinds, group, enriched });
      return thresholdFor(strata, { basis, hours: 24 }, 1e-3)!.score!;
    };
    // Of 100 such desks one may be marked, but one network has the ten highest: none of the 90 of others.
    expect(asked('calls')).toBeCloseTo(0.68 + 9 / 1e4, 6);
    expect(asked('texts')).toBe(asked('calls'));
    // Where each network has one of the ten highest, no network sets it.
    expect(
      asked(
        'calls',
        network.map((n, i) => (isDesk(i) ? i % 10 : n)),
      ),
    ).toBeCloseTo(0.69 + 8 / 1e4, 6);
    expect(asked('sip')).toBe(asked('calls'));
    // Seven networks' desks say nothing of others'.
    expect(
      asked(
        'calls',
        network.map((n) => Math.min(n, 6)),
      ),
    ).toBeLessThan(0.5);
  });
  it('tell it of lines seen for as long where there are enough, however gathered, and else by those of any hours', () => {
    // Ten networks, each with 1,000 people seen for a day, 20 desks seen for an hour that look worst, and desks gathered for it, seen for a day.
    const asked = (gathered: number) => {
      const size = 1020 + gathered;
      const network = Int32Array.from({ length: 10 * size }, (_, i) => Math.floor(i / size));
      const within = (i: number) => i % size;
      const rows = Float64Array.from(network, (n, i) =>
        within(i) < 1000 ? (i % 500) / 1000 : within(i) < 1020 ? 0.8 + n / 1000 : 0.6 + n / 1000,
      );
      const seen = Array.from(
        network,
        (_, i): Seen => ({ basis: 'calls', hours: within(i) < 1000 || within(i) >= 1020 ? 24 : 1, acts: 30 }),
      );
      const kinds = Array.from(network, (_, i) => (within(i) < 1000 ? 'person' : 'desk'));
      const enriched = Array.from(network, (_, i) => within(i) >= 1020);
      return thresholdFor(
        strataOf(rows, seen, { kinds, group: network, enriched }),
        { basis: 'calls', hours: 24 },
        1e-3,
      )!.score!;
    };
    // Of 100 one may be marked, but one network has the ten highest.
    expect(asked(10)).toBeCloseTo(0.608, 6);
    expect(asked(9)).toBeCloseTo(0.808, 6);
  });
  it('are those of all lines where nothing of a basis can be measured, unless these would not spare a kind', () => {
    // 4,000 people seen over SIP below .4; in calls alone ten networks of ten desks from .8 on, too few to measure anything.
    const rows = Float64Array.from({ length: 4100 }, (_, i) => (i < 4000 ? i / 10_000 : 0.8 + (i - 4000) / 1000));
    const seen = Array.from(rows, (_, i): Seen => ({ basis: i < 4000 ? 'sip' : 'calls', hours: 24, acts: 30 }));
    const group = Int32Array.from(rows, (_, i) => (i < 4000 ? i : 5000 + (i % 10)));
    const asked = (kind: string) =>
      thresholdFor(
        strataOf(rows, seen, { group, kinds: Array.from(rows, (_, i) => (i < 4000 ? '' : kind)) }),
        { basis: 'calls', hours: 24 },
        1e-3,
      )!;
    expect(asked('').score).toBeNull();
    expect(asked('desk').score).toBeCloseTo(0.898, 6);
  });
  it('go by the rows that stand for their share of a network', () => {
    const rows = Float64Array.from({ length: 4000 }, (_, i) => (i < 3000 ? i / 6000 : 0.9 + i / 100_000));
    const seen = Array.from(rows, (): Seen => ({ basis: 'radio', hours: 24, acts: 30 }));
    const asked = (enriched: boolean[]) =>
      thresholdFor(strataOf(rows, seen, { enriched }), { basis: 'radio', hours: 24 }, 1e-3)!;
    expect(asked(Array.from(rows, (_, i) => i >= 3000))).toMatchObject({ rows: 3000 });
    expect(asked(Array.from(rows, (_, i) => i >= 3000)).score).toBeLessThan(0.5);
    expect(asked(Array.from(rows, () => false)).score).toBeGreaterThan(0.9);
  });
  it('are lower for lines of which enough was seen, where the others look worst', () => {
    // 5,000 lines that hardly call reach .9, 5,000 busy ones .5: of all 10,000 ten may be marked. Those that hardly call are not, at
    // what is asked of the busy ones: they are asked for what one in 10,000 reaches.
    const rows = Float64Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? 0.9 : 0.5) * (i / 40_000));
    const seen = Array.from(rows, (_, i): Seen => ({ basis: 'sip', hours: 24, acts: i % 2 === 0 ? 4 : 5 }));
    const strata = strataOf(rows, seen);
    const [all, busy] = [0, 5].map((acts) =>
      [1e-3, 1e-4].map((rate) => thresholdFor(strata, { basis: 'sip', hours: 24 }, rate, acts)!.score!),
    ) as [[number, number], [number, number]];
    const above = (from: number, busy: number) => rows.filter((row, i) => i % 2 === busy && row >= from).length;
    expect(above(all[0], 0)).toBe(40);
    expect(above(busy[0], 1)).toBe(40);
    expect(busy[0]).toBeLessThan(0.5);
    expect(busy[1]).toBe(all[1]);
    const asked = (acts: number, hours = 24) =>
      scoreFor({ strata, thresholds: [] }, { basis: 'sip', hours, acts }, 1e-3);
    expect([asked(4), asked(5)]).toEqual([all[0], busy[0]]);
    // Twenty minutes are never enough.
    expect(strata.some(({ acts, hours }) => acts > 0 && hours < 0.5)).toBe(false);
    expect(asked(5, 1 / 3)).toBe(asked(0, 1 / 3));
  });
  it('are no lower than the third highest score of the rows that they are for', () => {
    // 5,000 lines that never reach .5, and ten like them in all but their hours that reach .9.
    const calm = Float64Array.from({ length: 5010 }, (_, i) => (i < 5000 ? (i % 500) / 1000 : 0.9 + (i - 5000) / 1000));
    const seen = Array.from(calm, (_, i): Seen => ({ basis: 'radio', hours: i < 5000 ? 3 : 24, acts: 30 }));
    const strata = strataOf(calm, seen);
    expect(thresholdFor(strata, { basis: 'radio', hours: 24 }, 1e-3)!.score).toBeGreaterThanOrEqual(0.907);
    expect(thresholdFor(strata, { basis: 'radio', hours: 3 }, 1e-3)!.score).toBeLessThan(0.5);
  });
  it('are there where they are for some lines alone', () => {
    const none: Threshold[] = [{ rate: 1e-3, score: null, rows: 5, reason: 'too few' }];
    const one: Threshold[] = [{ rate: 1e-3, score: 0.7, rows: 5000, reason: null }];
    const stratum = (thresholds: Threshold[]): Stratum => ({ basis: 'sip', hours: 0, acts: 0, thresholds });
    expect(hasThresholds({ thresholds: none, strata: [] })).toBe(false);
    expect(hasThresholds({ thresholds: none, strata: [stratum(none)] })).toBe(false);
    expect(hasThresholds({ thresholds: none, strata: [stratum(none), stratum(one)] })).toBe(true);
    expect(hasThresholds({ thresholds: one, strata: [] })).toBe(true);
  });
});

describe('calibration', () => {
  it('isotonic pools what is out of order, and never says 0 or 1', () => {
    const fitted = fitIsotonic(Float64Array.of(0.1, 0.2, 0.3, 0.4), Uint8Array.of(0, 1, 0, 1), ones(4));
    expect(fitted).toMatchObject({ kind: 'isotonic', prior: 0.5 });
    expect(calibrate(fitted, 0)).toBeCloseTo(1 / 6, 12);
    expect(calibrate(fitted, 0.25)).toBeCloseTo(0.5, 12);
    expect(calibrate(fitted, 0.175)).toBeCloseTo((1 / 6 + 0.5) / 2, 12);
    expect(calibrate(fitted, 1)).toBeCloseTo(5 / 6, 12);
  });
  it('corrects for prevalence by the odds', () => {
    const fitted = fitIsotonic(Float64Array.of(0.1, 0.2, 0.3, 0.4), Uint8Array.of(0, 1, 0, 1), ones(4));
    expect(calibrate(fitted, 0.25, 0.1)).toBeCloseTo(0.1, 12);
    // 5/6 are odds of 5; at a prevalence of .01 instead of .5 they are 5/99.
    expect(calibrate(fitted, 1, 0.01)).toBeCloseTo(5 / 99 / (1 + 5 / 99), 12);
  });
  it('Platt finds the curve the classes were drawn from', () => {
    const random = new Random(2);
    const scores = Float64Array.from({ length: 20_000 }, () => random.between(0.01, 0.99));
    const truth = (score: number) => 1 / (1 + Math.exp(-(2 * Math.log(score / (1 - score)) - 1)));
    const y = Uint8Array.from(scores, (score) => (random.chance(truth(score)) ? 1 : 0));
    for (const fitted of [fitPlatt(scores, y, ones(20_000)), fitIsotonic(scores, y, ones(20_000))]) {
      for (const score of [0.1, 0.3, 0.5, 0.7, 0.9])
        expect(Math.abs(calibrate(fitted, score) - truth(score))).toBeLessThan(0.04);
    }
  });
  it('never falls, whatever it was fitted on', () => {
    const row = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1 }),
      fc.double({ min: 0.01, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 60 }),
        fc.double({ min: 1e-5, max: 0.9, noNaN: true }),
        (rows, prevalence) => {
          fc.pre(new Set(rows.map(([, y]) => y)).size === 2);
          const columns = [
            Float64Array.from(rows, ([s]) => s),
            Uint8Array.from(rows, ([, y]) => y),
            Float64Array.from(rows, ([, , w]) => w),
          ] as const;
          for (const fitted of [fitIsotonic(...columns), fitPlatt(...columns)]) {
            let before = 0;
            for (let score = 0; score <= 1; score += 0.01) {
              const p = calibrate(fitted, score, prevalence);
              expect(p).toBeGreaterThanOrEqual(before - 1e-15);
              expect(p).toBeLessThan(1);
              before = p;
            }
          }
        },
      ),
    );
  });
});

describe('folds', () => {
  const rows = noisyRows(600);
  it('keep groups whole, deal both classes evenly, and do not depend on the order of rows', () => {
    const folds = foldsByGroup(rows, 5, 3);
    const foldOf = new Map<number, number>();
    const counts = Array.from({ length: 5 }, () => [0, 0]);
    folds.forEach((fold, row) => {
      expect(foldOf.get(rows.group[row]!) ?? fold).toBe(fold);
      foldOf.set(rows.group[row]!, fold);
      counts[fold]![rows.y[row]!]!++;
    });
    const share = rows.y.reduce((sum, y) => sum + y, 0) / 5;
    for (const [ordinary, gateway] of counts) {
      expect(Math.abs(gateway! - share)).toBeLessThan(10);
      expect(Math.abs(ordinary! - (600 / 5 - share))).toBeLessThanOrEqual(1);
    }
    const turned = foldsByGroup({ y: rows.y.slice().reverse(), group: rows.group.slice().reverse() }, 5, 3);
    expect([...turned].reverse()).toEqual([...folds]);
    expect(foldsByGroup(rows, 5, 4)).not.toEqual(folds);
  });
  it('refuse more folds than there are gateways', () => {
    expect(() => foldsByGroup(rows, 21, 1)).toThrow('21 folds need 21 gateways, got 20');
    expect(() => foldsByGroup(rows, 1, 1)).toThrow('folds must be 2 to 100, got 1');
    expect(() => foldsByGroup({ y: Uint8Array.of(1, 1), group: Int32Array.of(1, 2) }, 2, 1)).toThrow(
      'ordinary lines, got 0',
    );
  });
});
