import type { Label } from './labels.ts';

/** What lines are known to be. */
export class KnownLines {
  private readonly labels = new Map<string, Label[]>();

  constructor(labels: readonly Label[]) {
    for (const label of labels) {
      const before = this.labels.get(label.line);
      if (before === undefined) this.labels.set(label.line, [label]);
      else before.push(label);
    }
  }

  /**
   * What a line is in a window, by its first event there: of the rows that hold at that time the last, which may say more of a part of the
   * time. Null where none does.
   */
  of(line: string, first: number): Label | null {
    return this.labels.get(line)?.findLast(({ from, until }) => from <= first && first < until) ?? null;
  }
}
