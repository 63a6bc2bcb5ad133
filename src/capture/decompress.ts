import type { Stop } from '../base/stop.ts';

/** Takes decompressed bytes, which are valid only during the call. False: no more are wanted. */
export type Sink = (chunk: Buffer) => boolean;

/** A streaming decompressor. It never throws on input: where it can't go on it says so in `stop` and takes no more. */
export interface Decompressor {
  readonly stop: Stop | null;
  /** Reads the next bytes of the file; the sink is called before the promise settles, never after. */
  push(chunk: Buffer): Promise<void> | void;
  /** The file ends here: a stream that is not whole is told in `stop`. */
  finish(): void;
  /** Frees what it holds. */
  close(): void;
}
