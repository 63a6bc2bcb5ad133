import { Worker } from 'node:worker_threads';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import type { CaptureInput } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import type { CollectOptions } from './collect.ts';

/** From the pool to a worker. */
export interface DecodeOrder {
  input: CaptureInput;
  index: number;
}

/** From a worker to the pool. */
export type DecodeReply =
  | { kind: 'chunk'; chunk: Uint8Array }
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; result: CaptureResult; ends: LooseEnds; counters: ReturnType<Counters['toJSON']>; events: number }
  | { kind: 'failed'; message: string; user: boolean };

interface Job extends DecodeOrder {
  onChunk: (chunk: Buffer) => void;
  onProgress: (bytes: number) => void;
  resolve: (done: { result: CaptureResult; ends: LooseEnds; counters: Counters; events: number }) => void;
  reject: (error: Error) => void;
}

/** In development and tests the worker is TypeScript, which a thread of Node 20 does not load by itself. */
const FROM_SOURCES = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(new URL('./worker.ts', import.meta.url))}); });`;

/** Threads that decode captures, one capture at a time each. */
export class DecodePool {
  private readonly idle: Worker[] = [];
  private readonly all: Worker[] = [];
  private readonly waiting: Job[] = [];

  constructor(size: number, options: Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits'>) {
    const { feed, homeCountry, limits } = options;
    const workerData = { feed, homeCountry, limits };
    for (let i = 0; i < size; i++) {
      const worker = import.meta.url.endsWith('.ts')
        ? new Worker(FROM_SOURCES, { eval: true, workerData })
        : new Worker(new URL('./worker.js', import.meta.url), { workerData });
      this.all.push(worker);
      this.idle.push(worker);
    }
  }

  decode(
    input: CaptureInput,
    index: number,
    onChunk: Job['onChunk'],
    onProgress: Job['onProgress'],
  ): Promise<{ result: CaptureResult; ends: LooseEnds; counters: Counters; events: number }> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, index, onChunk, onProgress, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.terminate()));
  }

  private next(): void {
    const worker = this.idle.pop();
    if (worker === undefined) return;
    const job = this.waiting.shift();
    if (job === undefined) {
      this.idle.push(worker);
      return;
    }
    const settle = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      this.idle.push(worker);
      this.next();
    };
    const onError = (error: Error): void => {
      job.reject(error);
      worker.off('message', onMessage);
    };
    const onMessage = (reply: DecodeReply): void => {
      if (reply.kind === 'chunk') {
        job.onChunk(Buffer.from(reply.chunk.buffer, reply.chunk.byteOffset, reply.chunk.length));
      } else if (reply.kind === 'progress') {
        job.onProgress(reply.bytes);
      } else if (reply.kind === 'failed') {
        settle();
        job.reject(reply.user ? new UserError(reply.message) : new Error(reply.message));
      } else {
        settle();
        const { result, ends, counters, events } = reply;
        job.resolve({ result, ends, counters: Counters.fromJSON(counters), events });
      }
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.postMessage({ input: job.input, index: job.index } satisfies DecodeOrder);
  }
}
