import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/base/random.ts';
import type { Dataset, Forest } from '../../src/forest/forest.ts';
import { sharedDir } from '../support/shared.ts';

/** A dataset from rows written out: values, then the class. Every row is its own group and weighs 1. */
export function table(features: string[], rows: number[][]): Dataset {
  return {
    features,
    rows: rows.length,
    x: Float64Array.from(rows.flatMap((row) => row.slice(0, -1))),
    y: Uint8Array.from(rows, (row) => row.at(-1)!),
    weight: new Float64Array(rows.length).fill(1),
    group: Int32Array.from(rows, (_, row) => row),
  };
}

/** Rows with some signal, some noise, missing values, ties, unequal weights, and gateways of several lines. */
export function noisyRows(rows: number, seed = 1): Dataset {
  const random = new Random(seed, 'rows');
  const dataset = table(
    ['calls', 'cells', 'gap', 'noise'],
    Array.from({ length: rows }, () => {
      const y = random.chance(0.3) ? 1 : 0;
      return [
        random.poisson(y === 1 ? 9 : 5),
        y === 1 && random.chance(0.5) ? Number.NaN : random.integer(1, 6),
        random.normal() + y,
        random.chance(0.1) ? Number.NaN : random.normal(),
        y,
      ];
    }),
  );
  for (let row = 0; row < rows; row++) {
    dataset.weight[row] = random.pick([0.5, 1, 2]);
    if (dataset.y[row] === 1) dataset.group[row] = rows + random.integer(0, 19);
  }
  return dataset;
}

/** The score that the contract of {@link Forest} gives a forest that is not boosted: walk each tree, mean of the leaves. */
export function walkedScore(forest: Forest, x: Float64Array, offset: number): number {
  return walkedSum(forest, x, offset) / forest.roots.length;
}

/** What the leaves add up to that a walk through each tree ends in: of a boosted forest, the log-odds. */
export function walkedSum(forest: Forest, x: Float64Array, offset: number): number {
  let sum = 0;
  for (const root of forest.roots) {
    let node = root;
    while (forest.feature[node]! >= 0) {
      const value = x[offset + forest.feature[node]!]!;
      const left = Number.isNaN(value) ? forest.missingLeft[node] === 1 : value <= forest.threshold[node]!;
      node = left ? forest.left[node]! : forest.right[node]!;
    }
    sum += forest.value[node]!;
  }
  return sum;
}

/** The public labelled set (see the README beside it), its signalling columns. */
export function sichuan(): Dataset {
  const [head, ...lines] = readFileSync(join(sharedDir, 'data', 'sichuan', 'features.csv'), 'utf8')
    .trim()
    .split(/\r?\n/);
  const names = head!.split(',');
  const label = names.indexOf('label');
  const columns = names.flatMap((name, at) => (/^(label|busi_count|month_ids|flow.*|arpu.*)$/.test(name) ? [] : [at]));
  return table(
    columns.map((at) => names[at]!),
    lines.map((line) => {
      const cells = line.split(',');
      return [...columns.map((at) => (cells[at] === '' ? Number.NaN : Number(cells[at]))), Number(cells[label])];
    }),
  );
}
