/** Scores of ordinary rows with the kind of each (empty text where unknown) and the group, such as a network, that it came with. */
export interface KindRows {
  scores: Float64Array;
  kinds: readonly string[];
  group: ArrayLike<number>;
}

/** Rows of a kind that this can be told from, and networks that they are of: lines of a call centre come in whole companies. */
const LEAST_OF_KIND = 100;
const LEAST_NETWORKS = 8;

/**
 * The lowest score that no more than a share of the rows of each kind reach, the network left out that sets it: lines of a company look
 * alike, and one company says little of others. 0 where no kind has rows enough.
 *
 * @param sets rows to tell it from, narrowest first: of each kind the first that has enough of it
 */
export function sparingEvery(
  { scores, kinds, group }: KindRows,
  sets: readonly (readonly number[])[],
  share: number,
): number {
  const byKind = sets.map((rows) => byKey(rows, (row) => kinds[row]!));
  let least = 0;
  for (const kind of new Set(byKind.flatMap((found) => [...found.keys()]))) {
    if (kind === '') continue;
    const own = byKind
      .map((found) => found.get(kind) ?? [])
      .find((rows) => rows.length >= LEAST_OF_KIND && new Set(rows.map((row) => group[row]!)).size >= LEAST_NETWORKS);
    if (own !== undefined) least = Math.max(least, topWithoutOne(scores, own, group, share));
  }
  return least;
}

/** The least that {@link topOf} is of the rows of all networks but one. */
function topWithoutOne(scores: Float64Array, rows: readonly number[], group: ArrayLike<number>, share: number): number {
  const top = topOf(scores, rows, share);
  // Others than those of the rows above have no say in it.
  const above = new Set(rows.filter((row) => scores[row]! >= top - SMALLEST_STEP).map((row) => group[row]!));
  const without = Array.from(above, (network) =>
    topOf(
      scores,
      rows.filter((row) => group[row] !== network),
      share,
    ),
  );
  return Math.min(top, ...without);
}

/** The lowest score that at most a share of the rows reach: a little above the highest that would be one too many. */
function topOf(scores: Float64Array, rows: readonly number[], share: number): number {
  const sorted = Float64Array.from(rows, (row) => scores[row]!).sort();
  const allowed = Math.floor(share * rows.length + 1e-9);
  return sorted[sorted.length - 1 - allowed]! + SMALLEST_STEP;
}

/** Above a score by so little that no other comes between. */
export const SMALLEST_STEP = 1e-9;

function byKey<K>(rows: readonly number[], keyOf: (row: number) => K): Map<K, number[]> {
  const found = new Map<K, number[]>();
  for (const row of rows) {
    const known = found.get(keyOf(row));
    if (known === undefined) found.set(keyOf(row), [row]);
    else known.push(row);
  }
  return found;
}
