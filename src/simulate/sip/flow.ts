import type { Line } from '../lines/line.ts';
import type { Task } from '../queue.ts';
import type { Core } from './core.ts';

interface Step {
  time: number;
  line: Line;
  fromLine: boolean;
  text: () => string;
}

/** Messages to be sent one after the other, each written when its time comes. Sort it before it runs. */
export class Flow implements Task {
  private readonly core: Core;
  private readonly steps: Step[] = [];
  private next = 0;

  constructor(core: Core) {
    this.core = core;
  }

  /**
   * Adds a message. @param time microseconds since the epoch
   * @param text writes it; gives the same text again for a retransmission
   */
  add(time: number, line: Line, fromLine: boolean, text: () => string): void {
    this.steps.push({ time: Math.round(time), line, fromLine, text });
  }

  get isEmpty(): boolean {
    return this.steps.length === 0;
  }

  /** Brings the messages into the order of time. */
  sort(): void {
    this.steps.sort((a, b) => a.time - b.time);
  }

  run(now: number): number {
    const step = this.steps[this.next++];
    if (step === undefined) return Number.POSITIVE_INFINITY;
    const { core } = this;
    core.now = now;
    if (core.shows(step.line)) core.send(step.line, step.fromLine, step.text());
    return this.steps[this.next]?.time ?? Number.POSITIVE_INFINITY;
  }
}
