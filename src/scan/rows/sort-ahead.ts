import { UserError } from '../../base/errors.ts';
import { startThread } from '../../base/thread.ts';
import type { LineRows } from './line-reader.ts';

/** How far a partition is: as it was spread, in order by line and time, or left by a thread that broke down on it. */
export const Sorted = { not: 0, yes: 1, failed: 2 } as const;

/** First the partition that nobody has begun with, then how far each is: one of {@link Sorted}. Threads share it. */
export type SortState = Int32Array<SharedArrayBuffer>;

/** Longer than a partition ever takes, milliseconds. */
const PATIENCE = 120_000;

/**
 * A thread that puts the rows of partitions in order in their file, ahead of this one, which goes through them from the first on. Who
 * comes to a partition first has it: one that the thread has not begun with stays as it was spread.
 */
export class SortAhead {
  private readonly state: SortState;
  /** The one that this thread came to first, last. */
  private own = -1;

  constructor(rows: LineRows) {
    this.state = rows.sorted;
    // This thread waits without looking at events: what goes wrong is told by the state.
    const worker = startThread(new URL('./sort-thread.ts', import.meta.url), rows);
    worker.on('error', () => undefined);
    worker.unref();
  }

  /** To be called before the rows of the next partition are read. */
  reach(partition: number): void {
    if (Atomics.compareExchange(this.state, 0, partition, partition + 1) === partition) this.own = partition;
    else this.wait(partition);
  }

  /** Has the thread begin with no more: to be called before the file may be closed. */
  end(): void {
    const count = this.state.length - 1;
    const last = Math.min(Atomics.exchange(this.state, 0, count), count) - 1;
    if (last > this.own) this.wait(last);
  }

  private wait(partition: number): void {
    const { state } = this;
    Atomics.wait(state, 1 + partition, Sorted.not, PATIENCE);
    if (Atomics.load(state, 1 + partition) !== Sorted.yes) throw new UserError('a thread that sorts events broke down');
  }
}
