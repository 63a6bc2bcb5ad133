import { Random } from '../base/random.ts';
import type { Dataset } from './forest.ts';

/** What training does not see of each group. */
export interface Hiding {
  /** Share of the families of features that are missing in all rows of a group, 0 to 1. */
  share: number;
  /** Name of the family of a feature, or null: it is one by itself. */
  familyOf: (feature: string) => string | null;
  /** Features that are never hidden. */
  kept: readonly string[];
  seed: number;
}

/**
 * A copy of the rows in which families of features are missing, of each group others, as if its probe had not shown them: so that no
 * forest rests on one family alone, which another network may have otherwise.
 */
export function hideFamilies(dataset: Dataset, { share, familyOf, kept, seed }: Hiding): Dataset {
  const { features, rows, group } = dataset;
  const width = features.length;
  const x = dataset.x.slice();
  const hidden = new Map<number, number[]>();
  const columnsOf = (one: number): number[] => {
    const columns: number[] = [];
    for (const [column, name] of features.entries()) {
      if (kept.includes(name)) continue;
      if (new Random(seed, `${one} ${familyOf(name) ?? name}`).chance(share)) columns.push(column);
    }
    return columns;
  };
  for (let row = 0; row < rows; row++) {
    const one = group[row]!;
    let columns = hidden.get(one);
    if (columns === undefined) {
      columns = columnsOf(one);
      hidden.set(one, columns);
    }
    for (const column of columns) x[row * width + column] = Number.NaN;
  }
  return { ...dataset, x };
}
