import { Random } from '../base/random.ts';
import type { Bins } from './bins.ts';
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

/**
 * Number of the family of each feature, from 0; -1 where it is never hidden. Families are numbered as they come.
 */
export function numberFamilies(features: readonly string[], { familyOf, kept }: Hiding): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(features, (name) => {
    if (kept.includes(name)) return -1;
    const family = familyOf(name) ?? name;
    if (!numbers.has(family)) numbers.set(family, numbers.size);
    return numbers.get(family)!;
  });
}

/**
 * A copy of binned rows in which families of features are missing, of each group others.
 *
 * @param units number of each row's group, from 0
 * @param families what {@link numberFamilies} gives
 */
export function hideCodes(
  { rows, codes, edges }: Bins,
  units: Int32Array,
  families: Int32Array,
  share: number,
  random: Random,
): Bins {
  const groups = units.reduce((most, unit) => Math.max(most, unit + 1), 0);
  const count = families.reduce((most, family) => Math.max(most, family + 1), 0);
  const hidden = Uint8Array.from({ length: groups * count }, () => (random.chance(share) ? 1 : 0));
  const seen = codes.slice();
  for (const [feature, family] of families.entries()) {
    if (family < 0) continue;
    for (let row = 0, at = feature * rows; row < rows; row++, at++)
      if (hidden[units[row]! * count + family] === 1) seen[at] = 0;
  }
  return { rows, codes: seen, edges };
}
