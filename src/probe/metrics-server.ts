import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { startThread } from '../base/thread.ts';
import type { HostPort } from './config.ts';
import type { SentStatus } from './metrics.ts';
import type { MetricsReply } from './metrics-thread.ts';
import type { ProbeStatus } from './probe.ts';

/** To the thread: a status, the answer to what it asked or the first. */
export interface MetricsOrder {
  status: SentStatus;
}

/**
 * Answers `/metrics` for Prometheus and `/health` for whoever supervises the probe, in a thread of its own: also while a window is
 * scored, then by the last status it was given.
 */
export class MetricsServer {
  private readonly status: () => ProbeStatus;
  private worker: Worker | null = null;

  /** @param status asked at each request, as soon as there is time */
  constructor(status: () => ProbeStatus) {
    this.status = status;
  }

  /** @returns where it listens @throws UserError where it cannot */
  async listen(at: HostPort): Promise<HostPort> {
    const worker = startThread(new URL('./metrics-thread.ts', import.meta.url), { at, ...this.order() });
    this.worker = worker;
    const [reply] = (await once(worker, 'message')) as [MetricsReply];
    if (reply.kind === 'failed') {
      await this.close();
      throw new UserError(`metrics: cannot listen on ${at.host}:${at.port}: ${reply.words}`);
    }
    worker.on('message', () => worker.postMessage(this.order()));
    return reply.kind === 'listens' ? reply.at : at;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = null;
  }

  private order(): MetricsOrder {
    const { counters, ...status } = this.status();
    const { packets, messages, anomalies, dropped, encrypted } = counters;
    return { status: { ...status, counters: { packets, messages, anomalies, dropped, encrypted } } };
  }
}
