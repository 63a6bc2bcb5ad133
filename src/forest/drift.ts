import type { Model } from './model.ts';
import type { FeaturePopulation } from './population.ts';

export type DriftVerdict = 'stable' | 'moderate' | 'drifted' | 'unknown';

/** How far the lines seen differ from those of the training data, in one feature or in their scores. */
export interface Drift {
  /** Name of the feature; `score` for the raw scores. */
  name: string;
  /**
   * Population stability index: the sum over bins of (share here - share then) x ln(share here / share then). Null where too few lines
   * were seen to tell.
   */
  psi: number | null;
  verdict: DriftVerdict;
}

/** The lines of a scan against those a model was trained on. */
export interface DriftReport {
  /** Lines seen. */
  lines: number;
  /** Of the scores; of the features where the model keeps no scores. */
  verdict: DriftVerdict;
  score: Drift;
  /** Highest index first. */
  features: Drift[];
  words: { en: string; zh: string };
}

/** Usual bounds of the index. */
const MODERATE = 0.1;
const DRIFTED = 0.25;
const USUAL: DriftBounds = { moderate: MODERATE, drifted: DRIFTED };
/** One network is never as many are: with so many of them, those that shares of them stay under are the bounds, if they are above the usual. */
const LEAST_NETWORKS = 20;
const MODERATE_SHARE = 0.75;
const DRIFTED_SHARE = 0.95;
/** A bin holds at least this share of the training data, so that chance alone does not empty it. */
const LEAST_SHARE = 0.04;
/** Fewer lines than this tell nothing, however few bins there are. */
const LEAST_LINES = 100;
/** Share that a bin without lines counts as: half a line, but never nothing. */
const HALF_LINE = 0.5;
/** Worst share of features that may be beyond a bound before the whole is: one in ten. */
const FEATURES_SHARE = 0.1;
/** Feature names that the words name. */
const NAMED = 3;

/** A distribution in bins: (-inf, bounds[0]], ... , (bounds[last], inf), then the missing values. */
interface BinnedSpread {
  bounds: number[];
  shares: number[];
}

/** Indices of the scores of a network from which on it is moderately or much unlike those of the training data. */
export interface DriftBounds {
  moderate: number;
  drifted: number;
}

/**
 * How far the scores of single networks of the training data are from those of all, for {@link Model.scoreDrift}; null where they are too
 * few to tell.
 *
 * @param spread of all scores
 * @param scores of ordinary lines
 * @param group the network of each
 */
export function driftBounds(
  spread: FeaturePopulation,
  scores: Float64Array,
  group: ArrayLike<number>,
): DriftBounds | null {
  const bins = binned(spread);
  const networks = new Map<number, Float64Array>();
  for (const [row, score] of scores.entries()) {
    let counts = networks.get(group[row]!);
    if (counts === undefined) networks.set(group[row]!, (counts = new Float64Array(bins.shares.length)));
    counts[binOf(bins, score)]!++;
  }
  const found: number[] = [];
  for (const counts of networks.values()) {
    const lines = counts.reduce((sum, count) => sum + count, 0);
    const { psi } = driftOfBins('score', bins, counts, lines, scores.length);
    if (psi !== null) found.push(psi);
  }
  if (found.length < LEAST_NETWORKS) return null;
  found.sort((a, b) => a - b);
  const at = (share: number): number => found[Math.ceil(share * found.length) - 1]!;
  return { moderate: Math.max(MODERATE, at(MODERATE_SHARE)), drifted: Math.max(DRIFTED, at(DRIFTED_SHARE)) };
}

/** Counts lines as they are scored; {@link report} may be asked at any time. */
export class DriftCounter {
  private readonly model: Model;
  private readonly spreads: BinnedSpread[];
  private readonly counts: Float64Array[];
  private lines = 0;

  constructor(model: Model) {
    this.model = model;
    this.spreads = [...model.population.ordinary, ...(model.scores === undefined ? [] : [model.scores])].map(binned);
    this.counts = this.spreads.map(({ shares }) => new Float64Array(shares.length));
  }

  /** One line: its vector begins at `offset` of `x`, in the order of the model's features. */
  add(x: Float64Array, offset: number, score: number): void {
    this.lines++;
    const { length } = this.model.forest.features;
    for (let feature = 0; feature < length; feature++) this.count(feature, x[offset + feature]!);
    if (this.spreads.length > length) this.count(length, score);
  }

  /** What the lines so far show. */
  report(): DriftReport {
    const { lines, spreads, counts, model } = this;
    const { features } = model.forest;
    const all = spreads.map((spread, at) => {
      const rows = at < features.length ? model.population.ordinary[at]!.rows : model.scores!.rows;
      const [name, bounds] = at < features.length ? [features[at]!, USUAL] : ['score', model.scoreDrift ?? USUAL];
      return driftOfBins(name, spread, counts[at]!, lines, rows, bounds);
    });
    const score = all[features.length] ?? { name: 'score', psi: null, verdict: 'unknown' };
    const ranked = all.slice(0, features.length).sort((a, b) => (b.psi ?? -1) - (a.psi ?? -1));
    const verdict = model.scores === undefined ? verdictOfFeatures(ranked) : score.verdict;
    return { lines, verdict, score, features: ranked, words: wordsOf(verdict, lines, score, ranked) };
  }

  private count(at: number, value: number): void {
    this.counts[at]![binOf(this.spreads[at]!, value)]!++;
  }
}

function binOf({ bounds, shares }: BinnedSpread, value: number): number {
  if (Number.isNaN(value)) return shares.length - 1;
  let bin = 0;
  while (bin < bounds.length && value > bounds[bin]!) bin++;
  return bin;
}

/**
 * Population stability of lines against the ordinary lines of a model's training data, feature by feature and of scores. Gateways are so
 * few among real lines that they do not move it.
 *
 * @param x row-major vectors in the order of the model's features
 * @param scores raw score of each row
 */
export function driftOf(model: Model, x: Float64Array, scores: Float64Array): DriftReport {
  const counter = new DriftCounter(model);
  for (let row = 0; row < scores.length; row++) counter.add(x, row * model.forest.features.length, scores[row]!);
  return counter.report();
}

/** The points of a distribution as bins of no less than {@link LEAST_SHARE}; a value that many lines have is a bin by itself. */
function binned({ values, below, atMost, missing }: FeaturePopulation): BinnedSpread {
  const bounds: number[] = [];
  const shares: number[] = [];
  const present = 1 - missing;
  let before = 0;
  const cut = (bound: number, share: number): void => {
    if (share - before < LEAST_SHARE || 1 - share < LEAST_SHARE) return;
    bounds.push(bound);
    shares.push((share - before) * present);
    before = share;
  };
  for (const [at, value] of values.entries()) {
    // Below a value that many have, there is a bin of its own: up to the value before it.
    const previous = values[at - 1];
    if (previous !== undefined && atMost[at]! - below[at]! >= LEAST_SHARE) {
      const exact = below[at]! === atMost[at - 1]!;
      if (exact) cut(previous, below[at]!);
    }
    cut(value, atMost[at]!);
  }
  return { bounds, shares: [...shares, (1 - before) * present, missing] };
}

function driftOfBins(
  name: string,
  { shares }: BinnedSpread,
  counts: Float64Array,
  lines: number,
  rows: number,
  { moderate, drifted }: DriftBounds = USUAL,
): Drift {
  // No tree asks for what no line of training had.
  if (shares.at(-1) === 1) return { name, psi: null, verdict: 'unknown' };
  // What chance makes of the index between two samples of one population: about (bins - 1)(1/n + 1/m), rarely twice that.
  const filled = shares.filter((share) => share > 0).length;
  const noise = 2 * Math.max(1, filled - 1) * (1 / Math.max(1, lines) + 1 / Math.max(1, rows));
  if (lines < LEAST_LINES || noise >= MODERATE) return { name, psi: null, verdict: 'unknown' };
  const floorHere = HALF_LINE / lines;
  const floorThen = HALF_LINE / rows;
  let psi = 0;
  for (const [bin, share] of shares.entries()) {
    if (share === 0 && counts[bin] === 0) continue;
    const here = Math.max(counts[bin]! / lines, floorHere);
    const then = Math.max(share, floorThen);
    psi += (here - then) * Math.log(here / then);
  }
  return { name, psi, verdict: psi < moderate ? 'stable' : psi < drifted ? 'moderate' : 'drifted' };
}

function verdictOfFeatures(features: readonly Drift[]): DriftVerdict {
  const told = features.filter(({ psi }) => psi !== null);
  if (told.length === 0) return 'unknown';
  const share = (bound: number) => told.filter(({ psi }) => psi! >= bound).length / told.length;
  return share(DRIFTED) > FEATURES_SHARE ? 'drifted' : share(MODERATE) > FEATURES_SHARE ? 'moderate' : 'stable';
}

function wordsOf(
  verdict: DriftVerdict,
  lines: number,
  score: Drift,
  features: readonly Drift[],
): { en: string; zh: string } {
  if (verdict === 'unknown') {
    return {
      en: `${lines} lines are too few to tell whether they are like those the model was trained on`,
      zh: `仅 ${lines} 条线路，不足以判断是否与模型训练时的线路相似`,
    };
  }
  const far = features.filter(({ psi }) => psi !== null && psi >= MODERATE);
  const named = far.slice(0, NAMED).map(({ name, psi }) => `${name} ${psi!.toFixed(2)}`);
  const index = score.psi === null ? '' : ` ${score.psi.toFixed(2)}`;
  const en = {
    stable: `scores are spread as in training (stability index${index})`,
    moderate: `scores are spread somewhat otherwise than in training (stability index${index})`,
    drifted: `lines differ from those the model was trained on (stability index${index}): thresholds may not hold, train on your own`,
  }[verdict];
  const zh = {
    stable: `分数分布与训练时一致（稳定性指数${index}）`,
    moderate: `分数分布与训练时略有不同（稳定性指数${index}）`,
    drifted: `线路与模型训练时不同（稳定性指数${index}）：阈值可能不再适用，请用自己的数据重新训练`,
  }[verdict];
  if (far.length === 0) return { en, zh };
  return {
    en: `${en}; ${far.length} of ${features.length} features moved, most: ${named.join(', ')}`,
    zh: `${zh}；${features.length} 个特征中有 ${far.length} 个偏移，最大：${named.join('、')}`,
  };
}
