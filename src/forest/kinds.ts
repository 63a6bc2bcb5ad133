/** Scores of ordinary rows with the kind of each (empty text where unknown) and the group, such as a network, that it came with. */
export interface KindRows {
  scores: Float64Array;
  kinds: readonly string[];
  group: ArrayLike<number>;
}

/** No kind of ordinary line may have more than this share of its lines marked: a call centre's lines are few, and are people's. */
const KIND_SHARE = 0.01;
/** Rows of a kind that this can be told from. */
const LEAST_OF_KIND = 100;
/** Of a kind, rows that tell of a network; networks that tell of a further one, and those with which they do so at {@link SURE}. */
const LEAST_IN_NETWORK = 5;
const LEAST_NETWORKS = 3;
const MANY_NETWORKS = 9;
/** How sure a further network's kinds are to be spared. */
const SURE = 0.9;

/** The lowest score that no more than {@link KIND_SHARE} of the rows of each kind reach; 0 where no kind has rows enough. */
export function sparingEvery({ scores, kinds }: Omit<KindRows, 'group'>, rows: readonly number[]): number {
  let least = 0;
  for (const own of byKey(rows, (row) => kinds[row]!).values()) {
    if (kinds[own[0]!] !== '' && own.length >= LEAST_OF_KIND) least = Math.max(least, topOf(scores, own));
  }
  return least;
}

/**
 * A score that no more than {@link KIND_SHARE} of the lines of a kind reach in a further network, nine times of ten, whichever kind:
 * lines of a call centre come in whole companies, so it is companies that are counted, not lines. With n networks that have the
 * kind, what the kind's lines reach there is put in order, and the bound is the one at place ⌈.9 (n + 1)⌉: a further network is as
 * likely to come between any two (Vovk's conformal prediction). With fewer than nine it is the highest. 0 where no kind is in
 * three networks.
 *
 * @param sets rows to tell it from, narrowest first: of each kind the first that has it in nine networks, else the last
 */
export function sparingEveryNetwork({ scores, kinds, group }: KindRows, sets: readonly (readonly number[])[]): number {
  const tops = sets.map((rows) => {
    const found = new Map<string, number[]>();
    for (const [kind, own] of byKey(rows, (row) => kinds[row]!)) {
      if (kind === '') continue;
      const networks = [...byKey(own, (row) => group[row]!).values()].filter((one) => one.length >= LEAST_IN_NETWORK);
      found.set(
        kind,
        networks.map((one) => topOf(scores, one)).sort((a, b) => a - b),
      );
    }
    return found;
  });
  let least = 0;
  for (const kind of new Set(tops.flatMap((found) => [...found.keys()]))) {
    const known = tops.map((found) => found.get(kind) ?? []);
    const top = known.find((one) => one.length >= MANY_NETWORKS) ?? known.at(-1)!;
    if (top.length < LEAST_NETWORKS) continue;
    least = Math.max(least, top[Math.min(top.length, Math.ceil(SURE * (top.length + 1) - 1e-9)) - 1]!);
  }
  return least;
}

/** The lowest score that at most {@link KIND_SHARE} of the rows reach: a little above the highest that would be one too many. */
function topOf(scores: Float64Array, rows: readonly number[]): number {
  const sorted = Float64Array.from(rows, (row) => scores[row]!).sort();
  const allowed = Math.floor(KIND_SHARE * rows.length + 1e-9);
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
