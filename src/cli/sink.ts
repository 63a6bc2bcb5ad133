import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { temporary } from '../base/temporary.ts';

const FLUSH_AT = 64 * 1024;

const STDOUT = 1;
/** Between two tries to write to a pipe that is full, milliseconds. */
const PAUSE = 2;

/**
 * Where data goes: standard output, or a file that appears under its name only when it is complete. Writes wait for the reader:
 * what `process.stdout` cannot write to a pipe at once it keeps in memory, all of it where whoever writes never lets go.
 */
export class Sink {
  private readonly path: string | null;
  /** Name of the file until it is complete; null where it is written in place: a device or a pipe. */
  private readonly part: string | null = null;
  private readonly file: number;
  private readonly settled: () => void = () => undefined;
  private pending: string[] = [];
  private length = 0;
  /** The reader of standard output has gone (for instance `| head`): nothing more is wanted. */
  closed = false;

  /** @param path null: standard output */
  constructor(path: string | null) {
    this.path = path;
    if (path === null) {
      this.file = STDOUT;
      return;
    }
    try {
      const known = statSync(path, { throwIfNoEntry: false });
      if (known === undefined || known.isFile()) this.part = `${path}.part`;
      this.file = openSync(this.part ?? path, 'w', 0o600);
      if (this.part !== null) this.settled = temporary(this.part);
    } catch (error) {
      throw new UserError(`cannot write ${path}: ${(error as Error).message}`);
    }
  }

  write(text: string): void {
    this.pending.push(text);
    this.length += text.length;
    if (this.length >= FLUSH_AT) this.flush();
  }

  /** Ends the output; a file takes its name now. */
  end(): void {
    this.flush();
    if (this.path === null) return;
    closeSync(this.file);
    if (this.part !== null) renameSync(this.part, this.path);
    this.settled();
  }

  /** Removes what was written to a file so far. */
  abandon(): void {
    if (this.path === null) return;
    closeSync(this.file);
    if (this.part !== null) rmSync(this.part, { force: true });
    this.settled();
  }

  private flush(): void {
    if (this.length === 0 || this.closed) return;
    const bytes = Buffer.from(this.pending.join(''), 'utf8');
    this.pending = [];
    this.length = 0;
    for (let done = 0; done < bytes.length && !this.closed; ) done += this.put(bytes, done);
  }

  /** Writes bytes from `start` on. @returns how many of them */
  private put(bytes: Buffer, start: number): number {
    try {
      return writeSync(this.file, bytes, start);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.path !== null) throw new UserError(`cannot write ${this.path}: ${message}`);
      if (code === 'EPIPE') this.closed = true;
      else if (code === 'EAGAIN') Atomics.wait(IDLE, 0, 0, PAUSE);
      else throw new UserError(`cannot write standard output: ${message}`);
      return 0;
    }
  }
}

const IDLE = new Int32Array(new SharedArrayBuffer(4));
