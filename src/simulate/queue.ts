/** Something that goes on over time: a call, a line's next attempt, a registration. */
export interface Task {
  /** Does what is due at `now` (microseconds since the epoch); returns when it wants to run again, Infinity for never. */
  run(now: number): number;
}

/** A binary heap of tasks by time. The same pushes give the same order, ties included. */
export class TaskQueue {
  private times = new Float64Array(1024);
  private readonly tasks: Task[] = [];
  private now = Number.NEGATIVE_INFINITY;

  /** Time of the earliest task, Infinity where there is none. */
  get nextTime(): number {
    return this.tasks.length === 0 ? Number.POSITIVE_INFINITY : this.times[0];
  }

  /** Adds a task; a time that is over means now. */
  push(time: number, task: Task): void {
    const { tasks } = this;
    const at = tasks.length;
    if (at === this.times.length) {
      const grown = new Float64Array(at * 2);
      grown.set(this.times);
      this.times = grown;
    }
    tasks.push(task);
    this.up(at, Math.max(time, this.now), task);
  }

  /** Runs the earliest task and puts it back where it wants to run again. */
  step(): void {
    const task = this.tasks[0]!;
    this.now = this.times[0];
    // What the task pushes is not earlier than it, so it stays at the root meanwhile.
    const again = task.run(this.now);
    if (again !== Number.POSITIVE_INFINITY) {
      this.down(Math.max(again, this.now), task);
      return;
    }
    const last = this.tasks.pop()!;
    const size = this.tasks.length;
    if (size > 0) this.down(this.times[size], last);
  }

  private up(at: number, time: number, task: Task): void {
    const { times, tasks } = this;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent] <= time) break;
      times[at] = times[parent];
      tasks[at] = tasks[parent]!;
      at = parent;
    }
    times[at] = time;
    tasks[at] = task;
  }

  /** Sinks a task from the root. */
  private down(time: number, task: Task): void {
    const { times, tasks } = this;
    const size = tasks.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && times[child + 1] < times[child]) child++;
      if (times[child] >= time) break;
      times[at] = times[child];
      tasks[at] = tasks[child]!;
      at = child;
    }
    times[at] = time;
    tasks[at] = task;
  }
}
