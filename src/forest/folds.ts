import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Dataset } from './forest.ts';

/**
 * Deals the rows into `count` folds: rows of one group stay together, and each fold gets nearly the same number of rows of each
 * class. The result depends on the groups and the seed, not on the order of the rows.
 *
 * @returns the fold of each row, 0 to count - 1
 * @throws UserError where a class has fewer groups than there are folds
 */
export function foldsByGroup(dataset: Pick<Dataset, 'y' | 'group'>, count: number, seed: number): Uint8Array {
  const { y, group } = dataset;
  if (!Number.isInteger(count) || count < 2 || count > 100) throw new UserError(`folds must be 2 to 100, got ${count}`);
  const sizes = new Map<number, [number, number]>();
  for (let row = 0; row < group.length; row++) {
    let size = sizes.get(group[row]!);
    if (size === undefined) sizes.set(group[row]!, (size = [0, 0]));
    size[y[row]!]!++;
  }
  const foldOf = new Map<number, number>();
  for (const kind of [1, 0] as const) {
    // A group with rows of both classes goes by its gateway rows.
    const names = [...sizes].filter(([, size]) => (size[1] > 0 ? 1 : 0) === kind).map(([name]) => name);
    const groups = [...sizes.values()].filter((size) => size[kind] > 0).length;
    if (groups < count) {
      throw new UserError(`${count} folds need ${count} ${kind === 1 ? 'gateways' : 'ordinary lines'}, got ${groups}`);
    }
    names.sort((a, b) => a - b);
    new Random(seed, `folds ${kind}`).shuffle(names);
    names.sort((a, b) => sizes.get(b)![kind] - sizes.get(a)![kind]);
    const filled = new Float64Array(count);
    for (const name of names) {
      let least = 0;
      for (let fold = 1; fold < count; fold++) if (filled[fold]! < filled[least]!) least = fold;
      filled[least]! += sizes.get(name)![kind];
      foldOf.set(name, least);
    }
  }
  return Uint8Array.from(group, (name) => foldOf.get(name)!);
}
