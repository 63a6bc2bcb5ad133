import { Numbering } from './key-table.ts';

/**
 * Which lines of a window exchanged calls, and who of those that a line exchanged calls with did so with another of them: friends do now
 * and then, cards of a box that call each other nearly all.
 *
 * {@link number} every line, then {@link add} every line, then ask {@link of} each. Memory: 4 bytes for each line that a line called or was
 * called by, and some 40 for each line.
 */
export class Circles {
  private readonly lines = new Numbering();
  /** Places of those that line n exchanged calls with are [starts[n], ends[n]). */
  private starts = NONE;
  private ends = NONE;
  private others = new Int32Array(1024);
  private count = 0;
  /** Of each line, the one asked about last that it exchanged calls with, or that it is in the circle of. */
  private near = NONE;
  private inside = NONE;

  /** Makes a line, by its key, one of those that count. */
  number(line: number): void {
    this.lines.number(line);
  }

  /** @param keys of whom the line called and who called it, as lines; others than {@link number} was told are passed over */
  add(line: number, keys: Float64Array): void {
    const { lines } = this;
    if (this.starts === NONE) {
      this.starts = new Int32Array(lines.count);
      this.ends = new Int32Array(lines.count);
      this.near = new Int32Array(lines.count).fill(-1);
      this.inside = new Int32Array(lines.count).fill(-1);
    }
    const place = lines.find(line);
    if (this.count + keys.length > this.others.length) {
      const wider = new Int32Array(2 * (this.count + keys.length));
      wider.set(this.others);
      this.others = wider;
    }
    this.starts[place] = this.count;
    for (const key of keys) {
      const other = lines.find(key);
      if (other >= 0 && other !== place) this.others[this.count++] = other;
    }
    this.ends[place] = this.count;
  }

  /** Those that a line exchanged calls with, as lines, that exchanged calls with another of them too. Valid until another line is asked about. */
  of(line: number): (key: number) => boolean {
    const { lines, starts, ends, others, near, inside } = this;
    const place = lines.find(line);
    for (let i = starts[place]!; i < ends[place]!; i++) near[others[i]!] = place;
    for (let i = starts[place]!; i < ends[place]!; i++) {
      const one = others[i]!;
      for (let j = starts[one]!; j < ends[one]!; j++) {
        const other = others[j]!;
        if (near[other] === place) inside[one] = inside[other] = place;
      }
    }
    return (key) => {
      const at = lines.find(key);
      return at >= 0 && inside[at] === place;
    };
  }
}

const NONE = new Int32Array(0);
