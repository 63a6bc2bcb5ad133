import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './sources.ts';

/** How long nothing happens before a soak is given up, milliseconds. */
export const PATIENCE = 300_000;

/** One `catpool watch` in a process of its own. */
export class Watcher {
  readonly feed: string;
  /** Folder that its captures are dropped in. */
  readonly drop: string;
  readonly errors: string[] = [];
  memory = 0;
  /** The last line that it logged. */
  last = '';
  /** Where it answers `/metrics`, of the process that runs now; null where it does not yet. */
  metrics: string | null = null;
  private readonly args: string[];
  private readonly alertsPath: string;
  private readonly temporary: string;
  private child: ChildProcess | null = null;
  private isOver = false;
  private isReady = false;
  private isWorking = false;
  private sampling: NodeJS.Timeout | null = null;

  constructor(feed: string, store: string, folder: string) {
    this.feed = feed;
    this.drop = join(folder, `drop-${feed}`);
    this.temporary = join(folder, `tmp-${feed}`);
    for (const path of [this.drop, this.temporary]) mkdirSync(path);
    const config = join(folder, `${feed}.yaml`);
    this.alertsPath = join(folder, `${feed}-alerts.jsonl`);
    const sink = `{ type: file, name: out, path: ${this.alertsPath}, mask: false, alerts: [new_suspect] }`;
    const settings = [
      ...['settle: 1s', 'sweep: 1s', 'schedule: 2s', 'nice: 0', 'metrics: 127.0.0.1:0'],
      // Every line is told, whatever the shipped model thinks of it; the captures may be of years apart.
      ...['windows: [1h, 3650d]', 'threshold: 0.01'],
    ];
    writeFileSync(config, `${settings.join('\n')}\ndelivery: { sinks: [${sink}] }\n`);
    this.args = ['watch', this.drop, '--store', store, '--config', config, '--feed', feed];
  }

  start(): void {
    if (this.isOver) return;
    const child = startCatpool(this.args, ['ignore', 'ignore', 'pipe'], this.temporary);
    let text = '';
    this.isReady = false;
    this.isWorking = false;
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      this.isReady ||= /"msg":"(?:ready|waits)/.test(text);
      this.isWorking ||= /"msg":"ready/.test(text);
      const lines = text.split('\n');
      text = lines.pop()!;
      this.last = lines.at(-1) ?? this.last;
      for (const line of lines) {
        const port = /"port":(\d+),"msg":"metrics answer"/.exec(line)?.[1];
        if (port !== undefined && child === this.child) this.metrics = `http://127.0.0.1:${port}/metrics`;
      }
      this.errors.push(...lines.filter((line) => !line.startsWith('{') || line.includes('"level":"error"')));
    });
    this.child = child;
    this.sampling = setInterval(() => {
      const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
      this.memory = Math.max(this.memory, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    }, 500);
  }

  get ended(): boolean {
    return this.child === null || this.child.exitCode !== null;
  }

  /** Waits until it has opened the store, or is held up. @throws where it ended instead */
  async ready(): Promise<void> {
    await this.reached(() => this.isReady);
  }

  /** Waits until it has opened the store and its own folder. @throws where it ended instead */
  async working(): Promise<void> {
    await this.reached(() => this.isWorking);
  }

  private async reached(state: () => boolean): Promise<void> {
    const { child } = this;
    await until(() => state() || child?.exitCode !== null, PATIENCE, 50);
    if (!state()) throw new Error(`watch ended with ${child?.exitCode}: ${this.errors.at(-1)}`);
  }

  /** Ids of the alerts that arrived, by feed and subject. */
  alerts(): [string, number][] {
    const ids = new Map<string, Set<string>>();
    const text = existsSync(this.alertsPath) ? readFileSync(this.alertsPath, 'utf8') : '';
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const { subject, id } = JSON.parse(line);
      ids.set(subject, (ids.get(subject) ?? new Set()).add(id));
    }
    return [...ids].map(([subject, all]) => [`${this.feed} ${subject}`, all.size]);
  }

  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Ends it for good: it is started no more. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.kill();
  }

  /** Ends it as a service is ended. @returns its exit code */
  async end(): Promise<number | null> {
    return this.signal('SIGTERM');
  }

  private async signal(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    this.metrics = null;
    if (this.sampling !== null) clearInterval(this.sampling);
    return child === null ? null : endChild(child, signal);
  }
}

/** Starts the command from its sources. @param temporary folder of its temporary files */
export function startCatpool(
  args: readonly string[],
  stdio: readonly ('ignore' | 'pipe')[],
  temporary: string,
): ChildProcess {
  const main = join(root, 'src/cli/main.ts');
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
    stdio: [...stdio],
    env: { ...process.env, TMPDIR: temporary },
  });
}

/** Ends a process. @returns its exit code, once it is gone; null where the signal was the end of it */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  child.kill(signal);
  return ended;
}

/** Waits until a number is more than it was, or has not become so for a long time. @returns what it is then */
export async function more(count: () => number, than: number): Promise<number> {
  let now = count();
  for (let waited = 0; now <= than && waited < PATIENCE; waited += 500) {
    await pause(500);
    now = count();
  }
  return now;
}

/** Waits for a condition, looking again every `step` milliseconds. */
export async function until(condition: () => boolean, longest: number, step: number): Promise<void> {
  for (let waited = 0; !condition(); waited += step) {
    if (waited > longest) throw new Error(`not so after ${longest / 1000} s: ${condition}`);
    await pause(step);
  }
}
