import type { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import { startThread } from '../../base/thread.ts';
import type { HepAddress } from '../config.ts';

/** What the thread of live input is told. */
export interface LiveData {
  /** Folder that captures are written to. */
  folder: string;
  /** Seconds of packet time. */
  segment: number;
  hep: readonly HepAddress[];
  /** Whether a capture is read from standard input. */
  pipe: boolean;
}

/** What the thread of live input tells. */
export type LiveReply =
  | { kind: 'ready'; ports: number[] }
  | { kind: 'said'; words: string }
  | { kind: 'counted'; written: number; lost: number; refused: number }
  /** The pipe ended. */
  | { kind: 'ended' }
  | { kind: 'failed'; words: string }
  /** All that came is in captures. */
  | { kind: 'over' };

export interface LiveEvents {
  onWords: (words: string) => void;
  /** The pipe ended, and all of it is in captures. */
  onEnd: () => void;
  /** Live input cannot go on. */
  onFailure: (error: UserError) => void;
}

/** Live input, taken by a thread of its own so that no packet is lost while captures are read and scored. */
export class Live {
  /** Packets written to captures, those that the disk did not take, and what was no HEP. */
  counts = { written: 0, lost: 0, refused: 0 };
  /** Ports that HEP is taken on. */
  readonly ports: number[];
  private readonly worker: Worker;
  private isOver = false;

  private constructor(worker: Worker, ports: number[]) {
    this.worker = worker;
    this.ports = ports;
  }

  /** @throws UserError where it cannot listen, or the pipe cannot be opened */
  static async start(data: LiveData, events: LiveEvents): Promise<Live> {
    const worker = startThread(new URL('./receiver.ts', import.meta.url), data);
    return new Promise((resolve, reject) => {
      let live: Live | null = null;
      const fail = (words: string) => {
        const error = new UserError(words);
        if (live === null) reject(error);
        else if (!live.isOver) events.onFailure(error);
      };
      worker.on('error', (error) => fail(`live input: ${error.message}`));
      worker.on('message', (reply: LiveReply) => {
        if (reply.kind === 'ready') {
          live = new Live(worker, reply.ports);
          resolve(live);
        } else if (reply.kind === 'said') events.onWords(reply.words);
        else if (reply.kind === 'ended') events.onEnd();
        else if (reply.kind === 'failed') fail(reply.words);
        else if (reply.kind === 'counted' && live !== null)
          live.counts = { written: reply.written, lost: reply.lost, refused: reply.refused };
      });
    });
  }

  /** Ends: what came until now is in captures. */
  async close(): Promise<void> {
    this.isOver = true;
    const over = new Promise<void>((resolve) => {
      this.worker.on('message', ({ kind }: LiveReply) => {
        if (kind === 'over') resolve();
      });
      this.worker.once('exit', () => resolve());
    });
    this.worker.postMessage('end');
    await over;
    await this.worker.terminate();
  }
}
