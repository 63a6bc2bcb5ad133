import type { Task } from '../queue.ts';
import type { Link, Unit } from './link.ts';

/** Signal units to be sent one after the other. */
export class Script implements Task {
  private readonly steps: { time: number; link: Link; unit: Unit }[] = [];
  private readonly seen: boolean;
  private next = 0;

  /** @param seen the probes follow the line that it is about */
  constructor(seen: boolean) {
    this.seen = seen;
  }

  /** @param time microseconds since the epoch; units of the same time keep the order they were added in */
  add(time: number, link: Link | null, unit: Unit): void {
    if (link !== null && this.seen) this.steps.push({ time: Math.round(time), link, unit });
  }

  /** Brings the units into the order of time; the time of the first, Infinity where there is none. */
  sort(): number {
    this.steps.sort((a, b) => a.time - b.time);
    return this.steps[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  run(now: number): number {
    const step = this.steps[this.next++];
    if (step === undefined) return Number.POSITIVE_INFINITY;
    step.link.send(now, step.unit);
    return this.steps[this.next]?.time ?? Number.POSITIVE_INFINITY;
  }
}
