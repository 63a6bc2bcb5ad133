import type { Label } from './labels.ts';

/** What the lines of a window are known to be. */
export class KnownLines {
  private readonly labels = new Map<string, Label[]>();
  private readonly found = new Set<string>();

  /** @param lineOf the line of the window that a label is of, or what a line would be called that is not there */
  constructor(labels: readonly Label[], lineOf: (label: Label) => string) {
    for (const label of labels) {
      const line = lineOf(label);
      const before = this.labels.get(line);
      if (before === undefined) this.labels.set(line, [label]);
      else before.push(label);
    }
  }

  /**
   * What a line is, by its first event in the window: of the rows that hold at that time the last, which may say more of a part of the
   * time. Null where none does.
   */
  of(line: string, first: number): Label | null {
    const label = this.labels.get(line)?.findLast(({ from, until }) => from <= first && first < until) ?? null;
    if (label !== null) this.found.add(line);
    return label;
  }

  /** Lines that {@link of} found to be something. */
  get known(): ReadonlySet<string> {
    return this.found;
  }

  /** Lines of labels that it did not: one that labels name by its number and by its IMSI is one. */
  get missing(): string[] {
    return [...this.labels.keys()].filter((line) => !this.found.has(line));
  }
}
