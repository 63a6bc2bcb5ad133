import type { Worker } from 'node:worker_threads';
import { Counters } from '../base/counters.ts';
import { UserError } from '../base/errors.ts';
import { startThread } from '../base/thread.ts';
import type { CaptureInput } from '../capture/list.ts';
import type { CaptureResult } from '../capture/read.ts';
import type { LooseEnds } from '../events/loose-ends.ts';
import type { SipState } from '../events/sip/state.ts';
import type { CollectOptions, DecodedRows, Keep } from './collect.ts';
import type { RowShipment } from './rows/table.ts';

/** What a worker is told once. */
export type DecodeOptions = Pick<CollectOptions, 'feed' | 'homeCountry' | 'limits' | 'ss7Variant'> & {
  keep: Keep;
  /** Events that wait for names are no part of the loose ends. */
  apart?: boolean;
};

/** To a worker. */
export interface DecodeOrder {
  input: CaptureInput;
  index: number;
  /** Whether the capture gets its name. */
  named: boolean;
}

/** From a worker. */
export type DecodeReply =
  | { kind: 'chunk'; chunk: Uint8Array }
  | { kind: 'nameless'; chunk: Uint8Array }
  | { kind: 'rows'; shipment: RowShipment }
  | { kind: 'progress'; bytes: number }
  | { kind: 'states'; states: string }
  | { kind: 'done'; result: CaptureResult; ends: PackedEnds; counters: ReturnType<Counters['toJSON']>; events: number }
  | { kind: 'failed'; message: string; user: boolean };

/** Loose ends on their way: states come before them, see {@link packStates}. */
export type PackedEnds = Omit<LooseEnds, 'states'>;

/** States of one piece: so many that one thread reads a piece while the other makes the next. */
const PIECE = 512;

/** States as JSON, which takes half the time of what threads do with objects by themselves, piece by piece. */
export function* packStates({ states, capture }: LooseEnds): Generator<string> {
  // All states name their capture, twice each.
  const { sha256 } = capture;
  capture.sha256 = '';
  for (let at = 0; at < states.length; at += PIECE) yield JSON.stringify(states.slice(at, at + PIECE));
  capture.sha256 = sha256;
}

function unpackEnds(ends: PackedEnds, states: SipState[]): LooseEnds {
  const { capture } = ends;
  for (const state of states) {
    state.firstCapture = capture;
    state.lastCapture = capture;
    if (state.type !== 'call' && state.prior !== null) state.prior.capture = capture;
  }
  return { ...ends, states };
}

/** Who is given what a worker makes of one capture, while it is read. */
export interface DecodeOutputs {
  onChunk: (chunk: Buffer) => void;
  onNameless: (chunk: Buffer) => void;
  onRows: (shipment: RowShipment) => void;
  onProgress: (bytes: number) => void;
}

/** A thread that decodes captures, one after the other. */
export class DecodeWorker {
  private readonly worker: Worker;

  constructor({ feed, homeCountry, limits, ss7Variant = null, keep, apart = false }: DecodeOptions) {
    const workerData: DecodeOptions = { feed, homeCountry, limits, ss7Variant, keep, apart };
    this.worker = startThread(new URL('./worker.ts', import.meta.url), workerData);
  }

  /**
   * Decodes one capture. What it gives is complete when the promise is kept.
   *
   * @throws UserError as decoding here does; an error where the thread breaks down
   */
  decode(order: DecodeOrder, outputs: DecodeOutputs): Promise<DecodedRows> {
    const { worker } = this;
    const states: SipState[] = [];
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        worker.off('message', onMessage);
        worker.off('error', fail);
        worker.off('exit', onExit);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      const onExit = (): void => fail(new Error(`${order.input.path}: the thread that read it ended early`));
      const onMessage = (reply: DecodeReply): void => {
        if (reply.kind === 'failed') {
          fail(reply.user ? new UserError(reply.message) : new Error(reply.message));
        } else if (reply.kind === 'done') {
          settle();
          const { result, ends, counters, events } = reply;
          resolve({ result, ends: unpackEnds(ends, states), counters: Counters.fromJSON(counters), events });
        } else if (reply.kind === 'states') {
          states.push(...(JSON.parse(reply.states) as SipState[]));
        } else {
          try {
            deliver(reply, outputs);
          } catch (error) {
            fail(error as Error);
          }
        }
      };
      worker.on('message', onMessage);
      worker.on('error', fail);
      worker.on('exit', onExit);
      worker.postMessage(order);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

function deliver(reply: Exclude<DecodeReply, { kind: 'done' | 'failed' | 'states' }>, outputs: DecodeOutputs): void {
  if (reply.kind === 'chunk') outputs.onChunk(bufferOf(reply.chunk));
  else if (reply.kind === 'nameless') outputs.onNameless(bufferOf(reply.chunk));
  else if (reply.kind === 'rows') outputs.onRows(reply.shipment);
  else outputs.onProgress(reply.bytes);
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
