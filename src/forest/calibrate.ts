/**
 * How a raw score becomes a probability. `prior` is the share of gateway rows (by weight) among the rows it was fitted on; the
 * probability for another prevalence is corrected by it.
 */
export type Calibration =
  /** Straight lines between points (score, probability), level outside of them. Both ascend. */
  | { kind: 'isotonic'; scores: number[]; probabilities: number[]; prior: number }
  /** Logistic curve over the log-odds of the score. */
  | { kind: 'platt'; slope: number; intercept: number; prior: number };

/**
 * Isotonic calibration by pooling adjacent violators. Needs rows that the forest has not seen; below about 1,000 of them
 * {@link fitPlatt} is steadier.
 */
export function fitIsotonic(scores: Float64Array, y: Uint8Array, weight: Float64Array): Calibration {
  const order = Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!);
  const blocks: { weight: number; scores: number; gateways: number }[] = [];
  const mean = (block: { weight: number; gateways: number }) => block.gateways / block.weight;
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!]!;
    const block = { weight: 0, scores: 0, gateways: 0 };
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const w = weight[order[at]!]!;
      block.weight += w;
      block.scores += w * score;
      block.gateways += w * y[order[at]!]!;
    }
    blocks.push(block);
    while (blocks.length > 1 && mean(blocks[blocks.length - 2]!) >= mean(blocks[blocks.length - 1]!)) {
      const last = blocks.pop()!;
      const before = blocks[blocks.length - 1]!;
      before.weight += last.weight;
      before.scores += last.scores;
      before.gateways += last.gateways;
    }
  }
  // No finite number of rows proves a probability of 0 or 1.
  const least = 1 / (order.length + 2);
  return {
    kind: 'isotonic',
    scores: blocks.map((block) => block.scores / block.weight),
    probabilities: blocks.map((block) => Math.min(1 - least, Math.max(least, mean(block)))),
    prior: priorOf(y, weight),
  };
}

/** Platt's calibration: logistic regression on the log-odds of the score, with his softened targets, never falling. */
export function fitPlatt(scores: Float64Array, y: Uint8Array, weight: Float64Array): Calibration {
  const sums = [0, 0];
  for (let row = 0; row < y.length; row++) sums[y[row]!]! += weight[row]!;
  const targets = [1 / (sums[0]! + 2), (sums[1]! + 1) / (sums[1]! + 2)];
  let slope = 1;
  let intercept = Math.log((sums[1]! + 1) / (sums[0]! + 1));
  for (let step = 0; step < 100; step++) {
    // Newton's step on the weighted log-likelihood. A slope of 1 counts as one row seen before: classes that are wholly apart
    // would make it infinite.
    let gs = 1 - slope;
    let gi = 0;
    let ss = 1;
    let si = 0;
    let ii = 1e-9;
    for (let row = 0; row < y.length; row++) {
      const z = logOdds(scores[row]!);
      const p = logistic(slope * z + intercept);
      const error = weight[row]! * (targets[y[row]!]! - p);
      const curve = weight[row]! * p * (1 - p);
      gs += error * z;
      gi += error;
      ss += curve * z * z;
      si += curve * z;
      ii += curve;
    }
    const determinant = ss * ii - si * si;
    if (!(determinant > 0)) break;
    const limit = (value: number) => Math.max(-2, Math.min(2, value));
    const ds = limit((ii * gs - si * gi) / determinant);
    const di = limit((ss * gi - si * gs) / determinant);
    slope += ds;
    intercept += di;
    if (Math.abs(ds) + Math.abs(di) < 1e-12) break;
  }
  const prior = priorOf(y, weight);
  if (slope <= 0) return { kind: 'platt', slope: 0, intercept: Math.log(prior / (1 - prior)), prior };
  return { kind: 'platt', slope, intercept, prior };
}

/**
 * The probability that a raw score stands for, where gateways have the given prevalence among lines; without it, as in the rows
 * the calibration was fitted on. Never falls as the score rises.
 */
export function calibrate(calibration: Calibration, score: number, prevalence: number = calibration.prior): number {
  const p =
    calibration.kind === 'isotonic'
      ? interpolate(calibration, score)
      : logistic(calibration.slope * logOdds(score) + calibration.intercept);
  const { prior } = calibration;
  const gateway = (p * prevalence) / prior;
  const ordinary = ((1 - p) * (1 - prevalence)) / (1 - prior);
  return gateway / (gateway + ordinary);
}

function interpolate({ scores, probabilities }: Calibration & { kind: 'isotonic' }, score: number): number {
  let low = 0;
  let high = scores.length - 1;
  if (score <= scores[0]!) return probabilities[0]!;
  if (score >= scores[high]!) return probabilities[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const along = (score - scores[low]!) / (scores[high]! - scores[low]!);
  const from = probabilities[low]!;
  const to = probabilities[high]!;
  return Math.min(to, from + (to - from) * along);
}

/** Shares nearer to 0 or 1 than this say no more. */
const EDGE = 1e-3;

function logOdds(score: number): number {
  const share = Math.min(1 - EDGE, Math.max(EDGE, score));
  return Math.log(share / (1 - share));
}

function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function priorOf(y: Uint8Array, weight: Float64Array): number {
  let gateway = 0;
  let total = 0;
  for (let row = 0; row < y.length; row++) {
    gateway += weight[row]! * y[row]!;
    total += weight[row]!;
  }
  return gateway / total;
}
