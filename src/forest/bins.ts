import type { Dataset } from './forest.ts';

/** A dataset's values as small codes, column by column. */
export interface Bins {
  rows: number;
  /** Codes, column-major: rows of feature 0, then of feature 1, ... 0 is a missing value, 1 the lowest bin. */
  codes: Uint8Array;
  /** Of each feature, the upper bounds of its bins but the last, ascending: code k holds edges[k-2] < x <= edges[k-1]. */
  edges: Float64Array[];
}

/** Largest number a 32-bit float holds: the threshold that every value is below and only a missing one is not. */
export const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * Puts each feature into at most `count` bins. Where it has more distinct values than that, bins hold equal mass, each class
 * counting for half, so that a rare class keeps its detail. Edges are exact in 32-bit floats: what is trained is what is saved.
 */
export function makeBins(dataset: Dataset, count: number): Bins {
  const { rows, x, y } = dataset;
  const width = dataset.features.length;
  const codes = new Uint8Array(rows * width);
  const edges: Float64Array[] = [];
  const byClass = [new Float64Array(rows), new Float64Array(rows)] as const;
  for (let feature = 0; feature < width; feature++) {
    const have = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = x[row * width + feature]!;
      if (!Number.isNaN(value)) byClass[y[row]!]![have[y[row]!]!++] = value;
    }
    const bounds = edgesOf(byClass[0].subarray(0, have[0]).sort(), byClass[1].subarray(0, have[1]).sort(), count);
    edges.push(bounds);
    for (let row = 0; row < rows; row++) codes[feature * rows + row] = codeOf(bounds, x[row * width + feature]!);
  }
  return { rows, codes, edges };
}

function codeOf(bounds: Float64Array, value: number): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= bounds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

function edgesOf(ordinary: Float64Array, gateway: Float64Array, count: number): Float64Array {
  const distinct: number[] = [];
  const mass: number[] = [];
  const share = [0.5 / Math.max(1, ordinary.length), 0.5 / Math.max(1, gateway.length)] as const;
  let i = 0;
  let j = 0;
  while (i < ordinary.length || j < gateway.length) {
    const value =
      i < ordinary.length && (j >= gateway.length || ordinary[i]! <= gateway[j]!) ? ordinary[i]! : gateway[j]!;
    let here = 0;
    for (; i < ordinary.length && ordinary[i] === value; i++) here += share[0];
    for (; j < gateway.length && gateway[j] === value; j++) here += share[1];
    distinct.push(value);
    mass.push(here);
  }
  const bounds: number[] = [];
  let left = mass.reduce((sum, here) => sum + here, 0);
  let inBin = 0;
  for (let at = 0; at + 1 < distinct.length; at++) {
    inBin += mass[at]!;
    const binsLeft = count - bounds.length;
    // The mass that is left is shared anew after each cut, so that one heavy value does not use up the bins of others.
    if (binsLeft <= 1 || (distinct.length > count && inBin < left / binsLeft)) continue;
    const cut = cutBetween(distinct[at]!, distinct[at + 1]!);
    if (Number.isNaN(cut)) continue;
    bounds.push(cut);
    left -= inBin;
    inBin = 0;
  }
  return Float64Array.from(bounds);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The largest 32-bit float below `value`. */
export function float32Below(value: number): number {
  const rounded = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, Math.fround(value)));
  if (rounded < value) return rounded;
  if (rounded === 0) return -1.401298464324817e-45;
  scratch.setFloat32(0, rounded);
  scratch.setInt32(0, scratch.getInt32(0) + (rounded > 0 ? -1 : 1));
  return scratch.getFloat32(0);
}

/** A 32-bit float t with a <= t < b, near the middle; NaN where there is none. */
export function cutBetween(a: number, b: number): number {
  const middle = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, Math.fround(a / 2 + b / 2)));
  if (middle >= a && middle < b) return middle;
  const below = float32Below(b);
  return below >= a ? below : Number.NaN;
}
