import { CATALOGUE, computeVector, featureNames } from '../features/catalogue.ts';
import { exposureOf } from '../features/exposure.ts';
import type { Dataset } from '../forest/forest.ts';
import type { Label } from './labels.ts';
import { type LinesOptions, openLines, type WindowOptions, withCollected } from './run.ts';

/** Vectors of labelled lines, gathered over as many captures and windows as one likes. */
export class TrainingRows {
  private readonly vectors: Float64Array[] = [];
  private readonly y: number[] = [];
  private readonly weight: number[] = [];
  private readonly group: number[] = [];
  private readonly groups = new Map<string, number>();
  /** Calls seen of each row. */
  readonly calls: number[] = [];
  readonly difficulty: string[] = [];

  /**
   * Adds a row for every labelled line the captures show. Lines of one box, and all windows of one line, are one group; with a
   * `population`, everything of these captures is, so that a forest is measured on populations it has not seen.
   *
   * @param population name of the captures as one group, or null
   * @param windows one row of a line for each window in which it did something
   * @returns rows added
   */
  async add(
    population: string | null,
    paths: readonly string[],
    labels: readonly Label[],
    options: LinesOptions,
    windows: readonly WindowOptions[] = [options],
  ): Promise<number> {
    const byLine = new Map<string, Label[]>();
    for (const label of labels) {
      const known = byLine.get(label.line);
      if (known) known.push(label);
      else byLine.set(label.line, [label]);
    }
    let added = 0;
    await withCollected(paths, options, (collected, store) => {
      for (const window of windows) {
        const { lines, context } = openLines(collected, store, options, window);
        lines.each((history) => {
          if (history.count === 0) return;
          const first = history.time[0]!;
          const label = byLine.get(history.line)?.find((one) => one.from <= first && first < one.until);
          if (label === undefined) return;
          const vector = new Float64Array(CATALOGUE.length);
          computeVector(history, context, vector);
          this.vectors.push(vector);
          this.y.push(label.gateway ? 1 : 0);
          this.weight.push(label.weight);
          const group = population ?? (label.gateway && label.box !== '' ? `box ${label.box}` : `line ${label.line}`);
          const number = this.groups.get(group) ?? this.groups.size;
          this.groups.set(group, number);
          this.group.push(number);
          this.calls.push(exposureOf(history, context).calls);
          this.difficulty.push(label.gateway ? label.difficulty : '');
          added++;
        });
        lines.close();
      }
    });
    return added;
  }

  get rows(): number {
    return this.y.length;
  }

  dataset(): Dataset {
    const x = new Float64Array(this.rows * CATALOGUE.length);
    for (const [row, vector] of this.vectors.entries()) x.set(vector, row * CATALOGUE.length);
    return {
      features: featureNames,
      rows: this.rows,
      x,
      y: Uint8Array.from(this.y),
      weight: Float64Array.from(this.weight),
      group: Int32Array.from(this.group),
    };
  }
}
