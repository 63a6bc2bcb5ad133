import type { Label } from './labels.ts';

/** What the lines of a window are known to be. */
export class KnownLines {
  private readonly labels = new Map<string, Label[]>();
  private readonly found = new Set<string>();

  /** @param lineOf the line of the window that a label is of; null where there is none */
  constructor(labels: readonly Label[], lineOf: (label: Label) => string | null) {
    for (const label of labels) {
      const line = lineOf(label);
      if (line === null) continue;
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

  /** What labels call the lines that {@link of} found to be something. */
  get names(): string[] {
    return [...this.found].flatMap((line) => this.labels.get(line)!.map((label) => label.line));
  }
}
