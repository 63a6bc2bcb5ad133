import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { decodeInto } from './collect.ts';
import { RowShipper } from './table.ts';
import type { DecodeOptions, DecodeOrder, DecodeReply } from './workers.ts';

const port = parentPort!;
const options = workerData as DecodeOptions;

port.on('message', (order: DecodeOrder) => void decode(order));

async function decode({ input, index }: DecodeOrder): Promise<void> {
  const reply = (message: DecodeReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const shipper = new RowShipper((shipment) => reply({ kind: 'rows', shipment }, [shipment.rows]));
  try {
    const { result, ends, counters, events } = await decodeInto(
      input,
      index,
      options,
      options.keep === 'rows'
        ? null
        : (chunk) => {
            // A copy of its own: the chunk may be a part of a pooled buffer, which cannot be handed over.
            const own = new Uint8Array(chunk);
            reply({ kind: 'chunk', chunk: own }, [own.buffer]);
          },
      options.keep === 'events' ? null : (event) => shipper.add(event, index),
      (bytes) => reply({ kind: 'progress', bytes }),
    );
    shipper.flush();
    reply({ kind: 'done', result, ends, counters: counters.toJSON(), events });
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message, user: error instanceof UserError });
  }
}
