import { SMALLEST_STEP, sparingEvery } from './kinds.ts';
import { type TailRows, tailBound } from './tail.ts';

/** A score threshold set for a false-positive rate. A line is at it where its raw score is at or above `score`. */
export interface Threshold {
  /** Share of ordinary lines that may be at or above it. */
  rate: number;
  /** Raw score; null where the data tell nothing of the rate. */
  score: number | null;
  /** Ordinary rows it was measured on. */
  rows: number;
  /** Why the rate could not be counted; null where it was. With a score beside it: how that was drawn instead. */
  reason: string | null;
}

/**
 * What was seen of a line besides its calls: how it signals (SIP), and in which device too (its IMEI in Contact); where and in which
 * device it is (radio), or where alone (cells: CAP and MAP); how switches signal for it (trunk); or nothing (call records and what is as
 * little, ISUP). Or it hardly calls: it texts.
 */
export const BASES = ['sip', 'sip_imei', 'radio', 'cells', 'trunk', 'calls', 'texts'] as const;
export type Basis = (typeof BASES)[number];

/** Those that show more of a line than its calls or messages. */
const SEEN_WELL: ReadonlySet<Basis> = new Set(['sip', 'sip_imei', 'radio']);

/** How much was seen of a line. */
export interface Seen {
  basis: Basis;
  hours: number;
  /** Calls, and short messages that it sent. */
  acts: number;
}

/** Below these, the behaviour of a line is too little to tell. */
const ENOUGH = { acts: 5, hours: 0.5 } as const;

/** Whether so much was seen of a line that its behaviour can tell. */
export function isEnough({ acts, hours }: Omit<Seen, 'basis'>): boolean {
  return acts >= ENOUGH.acts && hours >= ENOUGH.hours;
}

/** Thresholds of the lines that were seen in this way for at least so many hours, and for less than the next stratum asks for. */
export interface Stratum extends Seen {
  /** 0: of all lines. Else of those that did at least so much. */
  acts: number;
  thresholds: Threshold[];
}

/**
 * No kind of ordinary line may have more than this share of its lines marked, nor where networks that are full of a kind count as well, and
 * kinds are at their worst: a call centre's lines are few, and are people's.
 */
const KIND_SHARE = 0.01;

/** False-positive rates that thresholds are set for. */
export const RATES = [1e-3, 1e-4, 1e-5] as const;

/**
 * Hours at which a stratum begins: a line seen for long scores otherwise than one seen for an hour. Calls make none: few ordinary lines
 * have many, and a rate of these alone would ask of busy lines what one in a million of all lines reaches.
 */
const STRATUM_HOURS = [0, 0.5, 2.5, 9] as const;
/** Lines are seen for so long in the windows that models are trained on, hours. */
const SHORTEST_HOURS = 1 / 6;
const LONGEST_HOURS = 24;

/**
 * Thresholds for each rate, from raw scores of ordinary rows that the forest has not seen. A rate needs 3/rate rows (after
 * weighting: Kish's effective number), since with fewer even no false positive at all would not show it.
 */
export function thresholdsFor(
  scores: Float64Array,
  weight: Float64Array,
  rates: readonly number[] = RATES,
): Threshold[] {
  const order = Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!);
  let total = 0;
  let squares = 0;
  for (const w of weight) {
    total += w;
    squares += w * w;
  }
  const effective = Math.floor(squares === 0 ? 0 : (total * total) / squares + 1e-9);
  return rates.map((rate) => {
    const rows = scores.length;
    const need = Math.ceil(3 / rate - 1e-9);
    if (effective < need) {
      const have = effective === rows ? `${rows} ordinary rows` : `${rows} ordinary rows that weigh as ${effective}`;
      return { rate, score: null, rows, reason: `not measurable: ${need} ordinary rows are needed, there are ${have}` };
    }
    return { rate, score: cut(scores, weight, order, rate * total), rows, reason: null };
  });
}

/** The middle between the lowest score that may be at or above the threshold and the highest that may not. */
function cut(scores: Float64Array, weight: Float64Array, order: Int32Array, allowed: number): number {
  let above = Number.NaN;
  let sum = 0;
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!]!;
    let next = at;
    for (; next < order.length && scores[order[next]!] === score; next++) sum += weight[order[next]!]!;
    if (sum > allowed * (1 + 1e-12)) {
      // Ties let none through.
      if (Number.isNaN(above)) return score + SMALLEST_STEP;
      const middle = (above + score) / 2;
      return middle > score ? middle : above;
    }
    above = score;
    at = next;
  }
  return above;
}

/** Ordinary rows that thresholds by exposure are set on; all arrays go by row. */
export interface OrdinaryRows {
  /** Raw scores, of forests that had not seen the row. */
  scores: Float64Array;
  weight: Float64Array;
  seen: readonly Seen[];
  /** What kind of line it is; empty text where unknown. */
  kinds: readonly string[];
  /** The network, or whatever else it came with. */
  group: ArrayLike<number>;
  /** True of rows that were gathered for their kinds and do not stand for their share of a network: no rate is measured on them. */
  enriched: readonly boolean[];
}

/**
 * Whether there is any threshold, over all lines or for those of which so much was seen: without one, who scans has to name a score.
 * Lines that none is for are not marked.
 */
export function hasThresholds({
  strata,
  thresholds,
}: {
  strata: readonly Stratum[];
  thresholds: readonly Threshold[];
}): boolean {
  return [...thresholds, ...strata.flatMap((stratum) => stratum.thresholds)].some(({ score }) => score !== null);
}

/**
 * Thresholds by what was seen of lines, and for how long. Where the rows of a stratum are too few for a rate, it is the lower of two: what
 * the tail of their scores comes to ({@link tailBound}), and what is measured on those seen for shorter as well, which look worse, else
 * for longer, band by band: of a line seen for longer no more is asked than of one seen for shorter. Then it is no lower than the third
 * highest score of the stratum's own rows.
 *
 * No threshold is lower than that of a wider rate, nor lets more than 1 % of the rows of any kind through, nor of these and those
 * gathered for their kinds, where there are enough ({@link sparingEvery}). Of lines seen in calls alone a desk that calls for a living looks
 * as a box does, and of those that text a machine that texts customers: there, of a kind with few rows, those seen for shorter and longer
 * tell it too.
 * Where nothing of a basis can be measured, there is none but where that of all lines would not spare a kind.
 *
 * Lines of which enough was seen ({@link isEnough}) have strata of their own for the widest rate: there, others have no part in it, since
 * a verdict asks the next rate of these.
 */
export function thresholdsByExposure(rows: OrdinaryRows): Stratum[] {
  const all = strataOf(rows, 0);
  const known = (row: number): boolean => isEnough(rows.seen[row]!);
  const enough = strataOf({ ...rows, scores: rows.scores.map((score, row) => (known(row) ? score : 0)) }, ENOUGH.acts);
  return [
    ...all,
    ...enough
      .filter(({ hours }) => hours >= ENOUGH.hours)
      .map(({ thresholds, ...stratum }): Stratum => {
        const same = all.find(({ basis, hours }) => basis === stratum.basis && hours === stratum.hours)!;
        return { ...stratum, thresholds: thresholds.map((one, at) => (at === 0 ? one : same.thresholds[at]!)) };
      }),
  ];
}

function strataOf(rows: OrdinaryRows, acts: number): Stratum[] {
  const { scores, weight, seen, group, enriched } = rows;
  const select = (of: readonly number[]) => ({
    scores: Float64Array.from(of, (row) => scores[row]!),
    weight: Float64Array.from(of, (row) => weight[row]!),
    group: of.map((row) => group[row]!),
  });
  const measuredOn = (of: readonly number[]) => {
    const selected = select(of);
    return thresholdsFor(selected.scores, selected.weight);
  };
  const overall = measuredOn([...scores.keys()].filter((row) => !enriched[row]));
  return BASES.flatMap((basis) => {
    const every = [...scores.keys()].filter((row) => seen[row]!.basis === basis);
    const alike = every.filter((row) => !enriched[row]);
    const shorterThan = bands(STRATUM_HOURS).map(({ until }) =>
      measuredOn(alike.filter((row) => seen[row]!.hours < until)),
    );
    return bands(STRATUM_HOURS).map((hours, band): Stratum => {
      const own = alike.filter((row) => isWithin(seen[row]!.hours, hours));
      const third = [...own].sort((a, b) => scores[b]! - scores[a]!)[Math.min(2, own.length - 1)];
      const least = third === undefined ? 0 : scores[third]!;
      const sparing = (...sets: (readonly number[])[]) => sparingEvery(rows, sets, KIND_SHARE);
      const everyOwn = every.filter((row) => isWithin(seen[row]!.hours, hours));
      let floor = Math.max(sparing(own), SEEN_WELL.has(basis) ? sparing(everyOwn) : sparing(everyOwn, every));
      const thresholds = measuredOn(own).map((threshold, at): Threshold => {
        let measured: Threshold | undefined = threshold;
        if (threshold.score === null) {
          const tail = tailOf(select(own), threshold.rate);
          const wider = shorterThan.slice(band).find((thresholds) => thresholds[at]!.score !== null)?.[at];
          measured = tail === null || wider === undefined ? (tail ?? wider) : lower(tail, wider);
        }
        if (measured === undefined) {
          // Then that of all lines holds, unless it is too low for the kinds that are seen so.
          const all = overall[at]!;
          return all.score !== null && all.score < floor ? { ...all, score: floor } : threshold;
        }
        floor = Math.max(measured.score!, floor, threshold.score === null ? least : 0);
        return { ...measured, score: floor };
      });
      return { basis, hours: hours.from, acts, thresholds };
    });
  });
}

function tailOf(rows: TailRows, rate: number): Threshold | null {
  const score = tailBound(rows, rate);
  const { length } = rows.scores;
  return score === null
    ? null
    : { rate, score, rows: length, reason: `drawn from the highest of ${length} ordinary rows` };
}

interface Band {
  from: number;
  until: number;
}

function bands(starts: readonly number[]): Band[] {
  return starts.map((from, at) => ({ from, until: starts[at + 1] ?? Number.POSITIVE_INFINITY }));
}

function isWithin(value: number, { from, until }: Band): boolean {
  return value >= from && value < until;
}

/**
 * The raw score of a rate for a line of which so much was seen: that of its stratum in the middle of it, and between two middles what
 * lies between theirs, by the logarithm of the hours, so that a few minutes more change no verdict by themselves. Undefined where its
 * stratum has none.
 */
function stratumScore(strata: readonly Stratum[], seen: Seen, rate: number): number | undefined {
  const { hours } = seen;
  const alike = strata.filter((one) => one.basis === seen.basis);
  const enough = isEnough(seen) ? alike.filter(({ acts }) => acts > 0) : [];
  const own = enough.length > 0 ? enough : alike.filter(({ acts }) => acts === 0);
  const scoreOf = (at: number) => own[at]?.thresholds.find((one) => one.rate === rate)?.score ?? undefined;
  const place = own.findLastIndex((one) => hours >= one.hours);
  const score = scoreOf(place);
  if (score === undefined) return undefined;
  const ends = [...own.map((one) => Math.max(one.hours, SHORTEST_HOURS)), LONGEST_HOURS];
  const middleOf = (at: number) => Math.log(ends[at]! * ends[at + 1]!) / 2;
  const span = Math.log(Math.max(hours, SHORTEST_HOURS));
  const next = span < middleOf(place) ? place - 1 : place + 1;
  const beside = next < own.length ? scoreOf(next) : undefined;
  if (beside === undefined) return score;
  return score + ((beside - score) * (span - middleOf(place))) / (middleOf(next) - middleOf(place));
}

function lower(a: Threshold, b: Threshold): Threshold {
  return b.score! < a.score! ? b : a;
}

/** The raw score that a rate asks of a line of which so much was seen: of its strata, else over all; null where neither was measured. */
export function scoreFor(
  { strata, thresholds }: { strata: readonly Stratum[]; thresholds: readonly Threshold[] },
  seen: Seen,
  rate: number,
): number | null {
  const over = thresholds.find((threshold) => threshold.rate === rate)?.score ?? null;
  return stratumScore(strata, seen, rate) ?? over;
}
