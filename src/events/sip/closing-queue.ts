import type { Entry } from './state-table.ts';

/** Entries that are done with and removed before the queue is closed up. */
const DONE = 4096;

/** States that are over, until nothing more can belong to them: in about the order in which they closed. */
export class ClosingQueue {
  private readonly entries: Entry[] = [];
  private head = 0;
  private readonly onSettled: (entry: Entry) => void;
  private readonly onGone: (entry: Entry) => void;

  /**
   * @param onSettled given what is over and whose lingering time has passed
   * @param onGone given what was taken out of the table while it stood here
   */
  constructor(onSettled: (entry: Entry) => void, onGone: (entry: Entry) => void) {
    this.onSettled = onSettled;
    this.onGone = onGone;
  }

  /** Takes an entry that is over, unless it stands here already. */
  add(entry: Entry): void {
    if (entry.listed) return;
    entry.listed = true;
    entry.listedAt = entry.settled;
    this.entries.push(entry);
  }

  /** Lets go of those whose lingering time is over at `clock`, seconds. */
  release(clock: number): void {
    const { entries } = this;
    while (this.head < entries.length) {
      const entry = entries[this.head]!;
      if (entry.gone) {
        entry.listed = false;
        this.onGone(entry);
      } else if (!entry.over) {
        entry.listed = false;
      } else if (entry.settled < clock) {
        entry.listed = false;
        this.onSettled(entry);
      } else if (entry.settled > entry.listedAt) {
        // It opened again and closed later than its place says: to the end of the queue.
        entry.listedAt = entry.settled;
        entries.push(entry);
      } else {
        break;
      }
      this.head++;
    }
    if (this.head > DONE) {
      entries.splice(0, this.head);
      this.head = 0;
    }
  }
}
