import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { type CollectOptions, decodeToRows } from './collect.ts';
import type { DecodeOrder, DecodeReply } from './workers.ts';

const port = parentPort!;
const options = workerData as Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits'>;

port.on('message', (order: DecodeOrder) => void decode(order));

async function decode({ input, index }: DecodeOrder): Promise<void> {
  try {
    const done = await decodeToRows(
      input,
      index,
      options,
      (chunk) => {
        // A copy of its own: the chunk may be a part of a pooled buffer, which cannot be handed over.
        const own = new Uint8Array(chunk);
        port.postMessage({ kind: 'chunk', chunk: own } satisfies DecodeReply, [own.buffer]);
      },
      (bytes) => port.postMessage({ kind: 'progress', bytes } satisfies DecodeReply),
    );
    const { result, ends, counters, events } = done;
    port.postMessage({ kind: 'done', result, ends, counters: counters.toJSON(), events } satisfies DecodeReply);
  } catch (error) {
    port.postMessage({
      kind: 'failed',
      message: (error as Error).message,
      user: error instanceof UserError,
    } satisfies DecodeReply);
  }
}
