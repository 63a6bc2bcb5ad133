import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/delivery/clock.ts';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that stands until a test moves it. */
export class ManualClock implements Clock {
  private time: number;
  private sleepers = new Set<Sleeper>();

  constructor(start = '2026-03-01T00:00:00Z') {
    this.time = Date.parse(start);
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || ms <= 0) {
        resolve();
        return;
      }
      const sleeper: Sleeper = {
        at: this.time + ms,
        wake: () => {
          this.sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Sets the time without waking anybody, as an operator who sets the clock does. */
  set(time: number): void {
    this.time = time;
  }

  /** Moves on by `ms`, stopping at each sleeper on the way and letting it do what it does without waiting for the outside. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await nextTurn();
      const [next] = [...this.sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = end;
    await nextTurn();
  }
}
