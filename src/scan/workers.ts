import { Worker } from 'node:worker_threads';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import type { CaptureInput } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import type { CollectOptions, Keep } from './collect.ts';
import type { RowShipment } from './table.ts';

/** What a worker is told once. */
export type DecodeOptions = Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits'> & { keep: Keep };

/** From the pool to a worker. */
export interface DecodeOrder {
  input: CaptureInput;
  index: number;
}

/** From a worker to the pool. */
export type DecodeReply =
  | { kind: 'chunk'; chunk: Uint8Array }
  | { kind: 'rows'; shipment: RowShipment }
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; result: CaptureResult; ends: LooseEnds; counters: ReturnType<Counters['toJSON']>; events: number }
  | { kind: 'failed'; message: string; user: boolean };

/** Who is given what a worker makes of one capture, while it is read. */
export interface DecodeOutputs {
  onChunk: (chunk: Buffer) => void;
  onRows: (shipment: RowShipment) => void;
  onProgress: (bytes: number) => void;
}

interface Decoded {
  result: CaptureResult;
  ends: LooseEnds;
  counters: Counters;
  events: number;
}

interface Job extends DecodeOrder {
  outputs: DecodeOutputs;
  resolve: (decoded: Decoded) => void;
  reject: (error: Error) => void;
}

/** In development and tests the worker is TypeScript, which a thread of Node 20 does not load by itself. */
const FROM_SOURCES = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(new URL('./worker.ts', import.meta.url))}); });`;

/** Threads that decode captures, one capture at a time each. */
export class DecodePool {
  private readonly options: DecodeOptions;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Job[] = [];
  private closed = false;

  constructor(size: number, { feed, homeCountry, limits, keep }: DecodeOptions) {
    this.options = { feed, homeCountry, limits, keep };
    for (let i = 0; i < size; i++) this.start();
  }

  /** Decodes one capture when a worker is free. What it gives is complete when the promise is kept. */
  decode(input: CaptureInput, index: number, outputs: DecodeOutputs): Promise<Decoded> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, index, outputs, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private start(): void {
    const { options } = this;
    const worker = import.meta.url.endsWith('.ts')
      ? new Worker(FROM_SOURCES, { eval: true, workerData: options })
      : new Worker(new URL('./worker.js', import.meta.url), { workerData: options });
    this.all.add(worker);
    this.idle.push(worker);
    // A worker that ends while it has nothing to do has no job to fail: it is only missed.
    worker.on('error', () => this.lose(worker));
    worker.on('exit', () => this.lose(worker));
  }

  private lose(worker: Worker): void {
    if (!this.all.delete(worker)) return;
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    if (!this.closed && this.waiting.length > 0) this.start();
    this.next();
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    const worker = this.idle.pop();
    if (worker === undefined) return;
    const { input, index, outputs, resolve, reject } = this.waiting.shift()!;
    const settle = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onExit = (): void => {
      settle();
      reject(new Error(`the thread that read ${input.path} ended`));
    };
    const onMessage = (reply: DecodeReply): void => {
      if (reply.kind !== 'done' && reply.kind !== 'failed') {
        try {
          deliver(reply, outputs);
        } catch (error) {
          settle();
          reject(error as Error);
          void worker.terminate();
        }
        return;
      }
      settle();
      this.idle.push(worker);
      if (reply.kind === 'failed') {
        reject(reply.user ? new UserError(reply.message) : new Error(reply.message));
      } else {
        const { result, ends, counters, events } = reply;
        resolve({ result, ends, counters: Counters.fromJSON(counters), events });
      }
      this.next();
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage({ input, index } satisfies DecodeOrder);
  }
}

function deliver(reply: Exclude<DecodeReply, { kind: 'done' | 'failed' }>, outputs: DecodeOutputs): void {
  if (reply.kind === 'chunk') {
    outputs.onChunk(Buffer.from(reply.chunk.buffer, reply.chunk.byteOffset, reply.chunk.length));
  } else if (reply.kind === 'rows') outputs.onRows(reply.shipment);
  else outputs.onProgress(reply.bytes);
}
