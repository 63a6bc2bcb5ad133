import { Random } from '../base/random.ts';
import { RATES } from './thresholds.ts';

/** Scores of rows with known class, in the order that all measures by rank need. */
export interface Scored {
  scores: Float64Array;
  y: Uint8Array;
  weight: Float64Array;
  group: Int32Array;
  /** Rows, highest score first. */
  order: Int32Array;
}

export interface Interval {
  low: number;
  high: number;
}

/** What a model did on rows it had not seen. Null where the rows could not measure it. */
export interface Metrics {
  rows: number;
  positives: number;
  groups: number;
  auc: number | null;
  averagePrecision: number | null;
  brier: number;
  ece: number;
  /** Share of gateway rows found at each false-positive rate, with the 95 % bootstrap interval over groups. */
  tprAtFpr: { rate: number; tpr: number | null; low: number | null; high: number | null }[];
}

/** Puts scored rows in order. */
export function scored(scores: Float64Array, y: Uint8Array, weight: Float64Array, group: Int32Array): Scored {
  return {
    scores,
    y,
    weight,
    group,
    order: Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!),
  };
}

/** Calls `visit` with the weights of both classes at each distinct score, highest first, until it says `false`. */
function byScore(
  { scores, y, order }: Scored,
  weight: Float64Array,
  visit: (ordinary: number, gateway: number) => unknown,
): void {
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!];
    let ordinary = 0;
    let gateway = 0;
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const row = order[at]!;
      if (y[row] === 1) gateway += weight[row]!;
      else ordinary += weight[row]!;
    }
    if (visit(ordinary, gateway) === false) return;
  }
}

function classWeights({ y }: Scored, weight: Float64Array): [number, number] {
  const sums: [number, number] = [0, 0];
  for (let row = 0; row < y.length; row++) sums[y[row] === 1 ? 1 : 0] += weight[row]!;
  return sums;
}

/** Area under the ROC curve: the chance that a gateway row scores above an ordinary one, ties half. NaN without both classes. */
export function auc(rows: Scored, weight: Float64Array = rows.weight): number {
  const [ordinary, gateway] = classWeights(rows, weight);
  let above = 0;
  let area = 0;
  byScore(rows, weight, (w0, w1) => {
    area += w0 * (above + w1 / 2);
    above += w1;
  });
  return area / (ordinary * gateway);
}

/** Average precision: precision at each distinct score, weighted by the recall gained there. NaN without gateway rows. */
export function averagePrecision(rows: Scored, weight: Float64Array = rows.weight): number {
  const gateway = classWeights(rows, weight)[1];
  let found = 0;
  let flagged = 0;
  let sum = 0;
  byScore(rows, weight, (w0, w1) => {
    found += w1;
    flagged += w0 + w1;
    if (w1 > 0) sum += w1 * (found / flagged);
  });
  return sum / gateway;
}

/** Largest share of gateway rows at or above a score that at most `rate` of the ordinary rows reach. NaN without gateway rows. */
export function tprAtFpr(rows: Scored, rate: number, weight: Float64Array = rows.weight): number {
  const [ordinary, gateway] = classWeights(rows, weight);
  const allowed = rate * ordinary * (1 + 1e-12);
  let wrong = 0;
  let right = 0;
  let best = 0;
  byScore(rows, weight, (w0, w1) => {
    wrong += w0;
    right += w1;
    if (wrong <= allowed) best = right;
    return wrong <= allowed;
  });
  return best / gateway;
}

/** Mean squared difference of probability and class. */
export function brier(probabilities: Float64Array, y: Uint8Array, weight: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < y.length; row++) {
    sum += weight[row]! * (probabilities[row]! - y[row]!) ** 2;
    total += weight[row]!;
  }
  return sum / total;
}

/** Expected calibration error over `bins` bins of equal width: the weighted mean gap of probability and share of gateways. */
export function ece(probabilities: Float64Array, y: Uint8Array, weight: Float64Array, bins = 10): number {
  const gap = new Float64Array(bins);
  let total = 0;
  for (let row = 0; row < y.length; row++) {
    gap[Math.min(bins - 1, Math.floor(probabilities[row]! * bins))]! += weight[row]! * (probabilities[row]! - y[row]!);
    total += weight[row]!;
  }
  return gap.reduce((sum, one) => sum + Math.abs(one), 0) / total;
}

/**
 * 95 % percentile interval of a statistic over resampled groups (never rows: the lines of one gateway are not independent). Groups
 * with gateway rows and groups without are drawn apart, so that each round has both.
 *
 * @param statistic gets the weight of each row in a round; NaN leaves the round out
 * @returns null where no round gave a number
 */
export function bootstrapInterval(
  rows: Scored,
  statistic: (weight: Float64Array) => number,
  rounds = 200,
  seed = 1,
): Interval | null {
  const numbers = new Map<number, number>();
  const hasGateway: boolean[] = [];
  const groupOf = Int32Array.from(rows.group, (name, row) => {
    let number = numbers.get(name);
    if (number === undefined) numbers.set(name, (number = numbers.size));
    hasGateway[number] = hasGateway[number] === true || rows.y[row] === 1;
    return number;
  });
  const kinds = [true, false].map((kind) => [...hasGateway.keys()].filter((group) => hasGateway[group] === kind));
  const random = new Random(seed, 'bootstrap');
  const values: number[] = [];
  const times = new Int32Array(numbers.size);
  const weight = new Float64Array(groupOf.length);
  for (let round = 0; round < rounds; round++) {
    times.fill(0);
    for (const groups of kinds) for (let draw = 0; draw < groups.length; draw++) times[random.pick(groups)]!++;
    for (let row = 0; row < weight.length; row++) weight[row] = rows.weight[row]! * times[groupOf[row]!]!;
    const value = statistic(weight);
    if (!Number.isNaN(value)) values.push(value);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))]!;
  return { low: at(0.025), high: at(0.975) };
}

/** All measures of scored rows. A false-positive rate below 3/n of n ordinary rows is not measured. */
export function measure(rows: Scored, probabilities: Float64Array, seed = 1): Metrics {
  const positives = rows.y.reduce((sum, one) => sum + one, 0);
  const ordinary = rows.y.length - positives;
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    rows: rows.y.length,
    positives,
    groups: new Set(rows.group).size,
    auc: orNull(auc(rows)),
    averagePrecision: orNull(averagePrecision(rows)),
    brier: brier(probabilities, rows.y, rows.weight),
    ece: ece(probabilities, rows.y, rows.weight),
    tprAtFpr: RATES.map((rate) => {
      if (positives === 0 || ordinary < 3 / rate - 1e-9) return { rate, tpr: null, low: null, high: null };
      const interval = bootstrapInterval(rows, (weight) => tprAtFpr(rows, rate, weight), 200, seed);
      return { rate, tpr: tprAtFpr(rows, rate), low: interval?.low ?? null, high: interval?.high ?? null };
    }),
  };
}
