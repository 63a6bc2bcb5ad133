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

/** Thresholds of the lines that made at least `calls` calls, and fewer than the next stratum asks for. */
export interface Stratum {
  calls: number;
  thresholds: Threshold[];
}

/** False-positive rates that thresholds are set for. */
export const RATES = [1e-3, 1e-4, 1e-5] as const;

/** Calls at which a stratum begins: a line seen little scores otherwise than one seen much. */
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
 * Thresholds by number of calls seen.
 *
 * @param calls calls of each ordinary row
 */
export function thresholdsByCalls(scores: Float64Array, weight: Float64Array, calls: ArrayLike<number>): Stratum[] {
  return STRATUM_CALLS.map((from, at) => {
    const until = STRATUM_CALLS[at + 1] ?? Infinity;
    const rows = [...scores.keys()].filter((row) => calls[row]! >= from && calls[row]! < until);
    return {
      calls: from,
      thresholds: thresholdsFor(
        Float64Array.from(rows, (row) => scores[row]!),
        Float64Array.from(rows, (row) => weight[row]!),
      ),
    };
  });
}

/** The threshold for a line that made `calls` calls. Undefined where no threshold was set for the rate. */
export function thresholdFor(strata: readonly Stratum[], calls: number, rate: number): Threshold | undefined {
  const stratum = strata.findLast((one) => calls >= one.calls);
  return stratum?.thresholds.find((one) => one.rate === rate);
}
