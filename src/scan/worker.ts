import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { decodeInto } from './collect.ts';
import { boundGarbage } from './heap.ts';
import { RowShipper } from './rows/table.ts';
import { type DecodeOptions, type DecodeOrder, type DecodeReply, packStates } from './workers.ts';

boundGarbage();
const port = parentPort!;
const options = workerData as DecodeOptions;

port.on('message', (order: DecodeOrder) => void decode(order));

async function decode({ input, index, named }: DecodeOrder): Promise<void> {
  const reply = (message: DecodeReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const shipper = new RowShipper((shipment) => reply({ kind: 'rows', shipment }, [shipment.rows]));
  const send = (kind: 'chunk' | 'nameless', chunk: Buffer): void => {
    // A copy of its own: the chunk may be a part of a pooled buffer, which cannot be handed over.
    const own = new Uint8Array(chunk);
    reply({ kind, chunk: own }, [own.buffer]);
  };
  try {
    const { result, ends, counters, events } = await decodeInto(input, index, options, {
      onChunk: options.keep === 'rows' ? null : (chunk) => send('chunk', chunk),
      onNameless: options.apart ? (chunk) => send('nameless', chunk) : null,
      onEvent: options.keep === 'events' ? null : (event) => shipper.add(event, index),
      onProgress: (bytes) => reply({ kind: 'progress', bytes }),
      named,
    });
    shipper.flush();
    for (const text of packStates(ends)) reply({ kind: 'states', states: text });
    const { states: _, ...rest } = ends;
    reply({ kind: 'done', result, ends: rest, counters: counters.toJSON(), events });
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message, user: error instanceof UserError });
  }
}
