/** A score threshold set for a false-positive rate. A line is at it where its raw score is at or above `score`. */
export interface Threshold {
  /** Share of ordinary lines that may be at or above it. */
  rate: number;
  /** Raw score; null where the data could not measure the rate. */
  score: number | null;
  /** Ordinary rows it was measured on. */
  rows: number;
  /** Why it could not be measured; null where it was. */
  reason: string | null;
}

/** Thresholds of the lines of which at least so many hours and calls were seen, and less than the next strata ask for. */
export interface Stratum {
  hours: number;
  calls: number;
  thresholds: Threshold[];
}

/** How much was seen of lines. */
export interface Seen {
  hours: ArrayLike<number>;
  calls: ArrayLike<number>;
}

/** False-positive rates that thresholds are set for. */
export const RATES = [1e-3, 1e-4, 1e-5] as const;

/** Hours and calls at which a stratum begins: a line seen little scores otherwise than one seen much. */
const STRATUM_HOURS = [0, 0.5, 2.5, 9] as const;
const STRATUM_CALLS = [0, 1, 5, 20] as const;

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
      if (Number.isNaN(above)) return score + SMALLEST_STEP;
      const middle = (above + score) / 2;
      return middle > score ? middle : above;
    }
    above = score;
    at = next;
  }
  return above;
}

/** Above the highest ordinary score where ties let none through. */
const SMALLEST_STEP = 1e-9;

/**
 * Thresholds by how much was seen. Where the rows of a stratum are too few for a rate, it is set on all rows that were seen as many
 * hours, else not at all; but no lower than the highest scores of the stratum's own rows.
 *
 * @param seen hours and calls of each ordinary row
 */
export function thresholdsByExposure(scores: Float64Array, weight: Float64Array, { hours, calls }: Seen): Stratum[] {
  const rows = [...scores.keys()];
  const of = (kept: readonly number[], rates?: readonly number[]) =>
    thresholdsFor(
      Float64Array.from(kept, (row) => scores[row]!),
      Float64Array.from(kept, (row) => weight[row]!),
      rates,
    );
  return bands(STRATUM_HOURS).flatMap((hour) => {
    const long = rows.filter((row) => isWithin(hours[row]!, hour));
    const wider = of(long);
    return bands(STRATUM_CALLS).map((call): Stratum => {
      const own = long.filter((row) => isWithin(calls[row]!, call));
      const highest = own.length === 0 ? Number.NEGATIVE_INFINITY : of(own, [leastRate(own.length)])[0]!.score;
      const thresholds = of(own).map((threshold, at): Threshold => {
        const { score, rows } = wider[at]!;
        if (threshold.score !== null || score === null) return threshold;
        return { ...threshold, score: Math.max(score, highest ?? Number.NEGATIVE_INFINITY), rows, reason: null };
      });
      return { hours: hour.from, calls: call.from, thresholds };
    });
  });
}

/** The lowest rate that so many rows of one weight can measure. */
function leastRate(rows: number): number {
  return Math.min(1, 3 / rows);
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

/** The threshold for a line of which so much was seen. Undefined where no threshold was set for the rate. */
export function thresholdFor(
  strata: readonly Stratum[],
  seen: { hours: number; calls: number },
  rate: number,
): Threshold | undefined {
  const stratum = strata.findLast((one) => seen.hours >= one.hours && seen.calls >= one.calls);
  return stratum?.thresholds.find((one) => one.rate === rate);
}
