/** Rows of numbers with known class. Missing values are NaN. */
export interface Dataset {
  /** Column names, in order. */
  features: readonly string[];
  rows: number;
  /** Row-major, rows x features. */
  x: Float64Array;
  /** 1 for a gateway line, 0 for an ordinary one. */
  y: Uint8Array;
  /** Weight of each row, > 0. */
  weight: Float64Array;
  /** Rows of the same group are never split between training and test: a gateway, or an ordinary line by itself. */
  group: Int32Array;
  /** Which way a split may take a feature, by name; absent, or left out: either way. */
  leanings?: Leanings;
}

/** 1 where no split may take more of a feature for ordinary, -1 where none may take less of it so. Names of other features count nothing. */
export type Leanings = ReadonlyMap<string, 1 | -1>;

/**
 * A trained forest of binary trees as flat arrays; node 0 of a tree is at `roots[t]`. An untrained one cannot exist.
 *
 * A row goes left where `x[feature] <= threshold`, right where larger, and where it is NaN to the side `missingLeft` says.
 * A leaf has feature -1. `value` is the weighted share of class 1 among the training rows that reached the node, for inner
 * nodes too (the path attribution needs it).
 */
export interface Forest {
  readonly features: readonly string[];
  readonly roots: Int32Array;
  readonly feature: Int16Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly value: Float64Array;
  /**
   * Left out: the score is the mean of the leaves. True: trees were grown one after the other, each on what those before left over, and
   * the leaves add up to the log-odds of the score; `value` is what a node adds to them.
   */
  readonly boosted?: true;
}

/** The score of what the leaves of all trees add up to. */
export function scoreOf({ boosted, roots }: Forest, sum: number): number {
  return boosted === true ? 1 / (1 + Math.exp(-sum)) : sum / roots.length;
}
