import { selectRows } from './dataset.ts';
import type { Dataset, Forest } from './forest.ts';
import { compile } from './predict.ts';

/** Trains a forest on rows. */
export type Train = (rows: Dataset) => Promise<Forest>;

/** Rows that `keep` holds for, ascending. */
export function rowsWhere(dataset: Dataset, keep: (row: number) => boolean): Int32Array {
  return Int32Array.from({ length: dataset.rows }, (_, row) => row).filter(keep);
}

/**
 * The score of each row by a forest trained on the other folds, which `onFold` is shown with the rows it had not seen, fold by fold.
 *
 * @param atOnce forests that are trained at a time
 */
export async function scoresApart(
  dataset: Dataset,
  folds: Uint8Array,
  count: number,
  train: Train,
  onFold: (forest: Forest, rows: Int32Array) => void,
  atOnce = 1,
): Promise<Float64Array> {
  const scores = new Float64Array(dataset.rows);
  const without = (fold: number): Dataset =>
    selectRows(
      dataset,
      rowsWhere(dataset, (row) => folds[row] !== fold),
    );
  const started: Promise<Forest>[] = [];
  for (let fold = 0; fold < count; fold++) {
    while (started.length < Math.min(count, fold + atOnce)) {
      const next = train(without(started.length));
      // It may fail before it is waited for.
      next.catch(() => undefined);
      started.push(next);
    }
    const forest = await started[fold]!;
    const rows = rowsWhere(dataset, (row) => folds[row] === fold);
    const out = new Float64Array(rows.length);
    compile(forest).scoreRows(selectRows(dataset, rows).x, rows.length, out);
    rows.forEach((row, at) => {
      scores[row] = out[at]!;
    });
    onFold(forest, rows);
  }
  return scores;
}
