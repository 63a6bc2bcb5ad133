import { createHash } from 'node:crypto';
import { UserError } from '../base/errors.ts';
import type { Dataset } from './forest.ts';

/**
 * Refuses a dataset that no trainer can use, with one line that says why.
 *
 * @throws UserError on wrong lengths, classes other than 0 and 1, weights that are not positive and finite, infinite
 * values, or a class without rows.
 */
export function checkDataset(dataset: Dataset): void {
  const { features, rows, x, y, weight, group } = dataset;
  if (!Number.isInteger(rows) || rows < 2) throw new UserError(`training needs at least 2 rows, got ${rows}`);
  if (features.length === 0) throw new UserError('training needs at least one feature');
  if (features.length > MAX_FEATURES) throw new UserError(`at most ${MAX_FEATURES} features, got ${features.length}`);
  const twice = features.find((name, at) => features.indexOf(name) !== at);
  if (twice !== undefined) throw new UserError(`feature ${twice} is named twice`);
  if (x.length !== rows * features.length) {
    throw new UserError(
      `${rows} rows of ${features.length} features need ${rows * features.length} values, got ${x.length}`,
    );
  }
  for (const [name, column] of [
    ['y', y],
    ['weight', weight],
    ['group', group],
  ] as const) {
    if (column.length !== rows)
      throw new UserError(`${rows} rows need ${rows} entries of ${name}, got ${column.length}`);
  }
  let positives = 0;
  for (let row = 0; row < rows; row++) {
    if (y[row]! > 1) throw new UserError(`row ${row} has class ${y[row]}; only 0 and 1 are known`);
    if (!(weight[row]! > 0 && weight[row]! < Infinity))
      throw new UserError(`row ${row} has weight ${weight[row]}; it must be positive`);
    positives += y[row]!;
  }
  for (let at = 0; at < x.length; at++) {
    if (x[at] === Infinity || x[at] === -Infinity) {
      throw new UserError(`row ${Math.floor(at / features.length)} has an infinite ${features[at % features.length]}`);
    }
  }
  if (positives === 0 || positives === rows) {
    throw new UserError(`training needs both classes, got ${positives} gateway and ${rows - positives} ordinary rows`);
  }
}

/** The column index has 11 bits in a compiled node, and a feature has two columns. */
export const MAX_FEATURES = 1000;
/** More trees than this gain nothing, and would not fit a model file. */
export const MAX_TREES = 2000;

/**
 * Rows in an order that depends on their content alone, so that the order of the input changes nothing that is trained.
 * Rows that are alike in values, class and weight are in order of their group.
 */
export function canonicalOrder(dataset: Dataset): Int32Array {
  const { rows, y, weight, group } = dataset;
  const width = dataset.features.length;
  // Adding zero makes -0 and 0 the same bytes.
  const values = dataset.x.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));
  const words = new Int32Array(values.buffer);
  const key = new Float64Array(rows);
  const weightWords = new Int32Array(weight.slice().buffer);
  for (let row = 0; row < rows; row++) {
    let a = 0x811c9dc5 ^ y[row]!;
    let b = 0x9e3779b9;
    const mix = (word: number) => {
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ word ^ (a >>> 15), 0x85ebca6b);
    };
    for (let at = row * width * 2; at < (row + 1) * width * 2; at++) mix(words[at]!);
    mix(weightWords[row * 2]!);
    mix(weightWords[row * 2 + 1]!);
    key[row] = (a >>> 0) * 0x20_0000 + (b >>> 11);
  }
  const compare = (p: number, q: number): number => {
    if (key[p] !== key[q]) return key[p]! - key[q]!;
    for (let at = 0; at < width * 2; at++) {
      const difference = words[p * width * 2 + at]! - words[q * width * 2 + at]!;
      if (difference !== 0) return difference;
    }
    return y[p]! - y[q]! || weight[p]! - weight[q]! || group[p]! - group[q]!;
  };
  return Int32Array.from({ length: rows }, (_, row) => row).sort(compare);
}

/** SHA-256 (hex) of all that a dataset holds, whatever the order of its rows. */
export function digestOf(dataset: Dataset): string {
  const sorted = selectRows(dataset, canonicalOrder(dataset));
  const hash = createHash('sha256').update(JSON.stringify(sorted.features));
  const values = sorted.x.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));
  for (const column of [values, sorted.y, sorted.weight, sorted.group]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest('hex');
}

/** The given rows of a dataset, in the given order, as a dataset of its own. */
export function selectRows(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  const width = dataset.features.length;
  const selected: Dataset = {
    features: dataset.features,
    rows: rows.length,
    x: new Float64Array(rows.length * width),
    y: new Uint8Array(rows.length),
    weight: new Float64Array(rows.length),
    group: new Int32Array(rows.length),
    ...(dataset.leanings === undefined ? {} : { leanings: dataset.leanings }),
  };
  for (let to = 0; to < rows.length; to++) {
    const from = rows[to]!;
    selected.x.set(dataset.x.subarray(from * width, (from + 1) * width), to * width);
    selected.y[to] = dataset.y[from]!;
    selected.weight[to] = dataset.weight[from]!;
    selected.group[to] = dataset.group[from]!;
  }
  return selected;
}
