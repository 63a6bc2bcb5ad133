import { Random } from '../base/random.ts';
import { selectRows } from './dataset.ts';
import type { Dataset, Forest } from './forest.ts';
import { auc, averagePrecision, scored } from './metrics.ts';
import { compile } from './predict.ts';

/** What measures fall by when a feature, or a family of them, is shuffled among rows. Below 0: chance. */
export interface Importance {
  name: string;
  auc: number;
  averagePrecision: number;
}

/** Permutation importance over rows that the forests had not seen. */
export interface ImportanceTable {
  /** Rows that were scored anew. */
  rows: number;
  /** Most important first; features that no tree asks for are left out. */
  features: Importance[];
  families: Importance[];
}

/** Rows of a class that are scored anew, at most: a figure of two places needs no more. */
const MOST_ROWS = 4000;

/**
 * Gathers, fold by fold, what rows would have scored with one feature shuffled. Two features that tell the same stand in for each
 * other, so that neither looks important: families, shuffled as a whole, show it.
 */
export class Shuffler {
  private readonly dataset: Dataset;
  private readonly random: Random;
  private readonly sets: { name: string; family: boolean; columns: number[] }[];
  private readonly chosen: Uint8Array;
  private readonly rows: number[] = [];
  private readonly plain: number[] = [];
  private readonly shuffled: number[][];
  /** Features that some forest asks for. */
  private readonly asked: Uint8Array;

  /** @param familyOf name of the family of a feature, or null */
  constructor(dataset: Dataset, familyOf: (feature: string) => string | null, seed: number) {
    this.dataset = dataset;
    this.random = new Random(seed, 'importance');
    const families = new Map<string, number[]>();
    for (const [column, name] of dataset.features.entries()) {
      const family = familyOf(name);
      if (family !== null) families.set(family, [...(families.get(family) ?? []), column]);
    }
    this.sets = [
      ...dataset.features.map((name, column) => ({ name, family: false, columns: [column] })),
      ...[...families].map(([name, columns]) => ({ name, family: true, columns })),
    ];
    this.shuffled = this.sets.map(() => []);
    this.asked = new Uint8Array(dataset.features.length);
    this.chosen = this.choose();
  }

  /** Scores the rows of a fold with each set shuffled among them, by the forest that had not seen them. */
  addFold(forest: Forest, rows: Int32Array): void {
    const here = rows.filter((row) => this.chosen[row] === 1);
    const { x } = selectRows(this.dataset, here);
    const width = forest.features.length;
    const used = new Uint8Array(width);
    for (const feature of forest.feature) {
      if (feature >= 0) used[feature] = this.asked[feature] = 1;
    }
    const scorer = compile(forest);
    const out = new Float64Array(here.length);
    scorer.scoreRows(x, here.length, out);
    const plain = out.slice();
    this.rows.push(...here);
    this.plain.push(...plain);
    const order = this.random.shuffle([...here.keys()]);
    const changed = x.slice();
    for (const [index, { columns }] of this.sets.entries()) {
      const moved = columns.filter((column) => used[column] === 1);
      if (moved.length > 0) {
        for (let row = 0; row < here.length; row++)
          for (const column of moved) changed[row * width + column] = x[order[row]! * width + column]!;
        scorer.scoreRows(changed, here.length, out);
        for (let row = 0; row < here.length; row++)
          for (const column of moved) changed[row * width + column] = x[row * width + column]!;
      }
      this.shuffled[index]!.push(...(moved.length > 0 ? out : plain));
    }
  }

  /** Of all folds together. */
  table(): ImportanceTable {
    const { y, weight, group } = selectRows(this.dataset, this.rows);
    const measured = (scores: number[]) => {
      const rows = scored(Float64Array.from(scores), y, weight, group);
      return { auc: auc(rows), averagePrecision: averagePrecision(rows) };
    };
    const before = measured(this.plain);
    const all = this.sets.flatMap(({ name, family, columns }, index) => {
      if (columns.every((column) => this.asked[column] === 0)) return [];
      const after = measured(this.shuffled[index]!);
      return {
        name,
        family,
        auc: before.auc - after.auc,
        averagePrecision: before.averagePrecision - after.averagePrecision,
      };
    });
    all.sort((a, b) => b.auc - a.auc || (a.name < b.name ? -1 : 1));
    const of = (wanted: boolean) =>
      all.filter(({ family }) => family === wanted).map(({ family: _family, ...importance }) => importance);
    return { rows: this.rows.length, features: of(false), families: of(true) };
  }

  /** Rows of each class to score anew. */
  private choose(): Uint8Array {
    const { y, rows } = this.dataset;
    const chosen = new Uint8Array(rows);
    for (const kind of [0, 1]) {
      const candidates = this.random.shuffle([...y.keys()].filter((row) => y[row] === kind));
      for (const row of candidates.slice(0, MOST_ROWS)) chosen[row] = 1;
    }
    return chosen;
  }
}
