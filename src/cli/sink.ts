import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { temporary } from '../base/temporary.ts';

const FLUSH_AT = 64 * 1024;

/** Where data goes: standard output, or a file that appears under its name only when it is complete. Writes wait for the reader. */
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
      this.file = -1;
      waitForReader();
      process.stdout.removeAllListeners('error').on('error', this.onError);
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

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    if (this.closed) return;
    this.closed = true;
    if (error.code === 'EPIPE') return;
    // It comes after the write that failed, mostly when the command has nothing more to write.
    process.exitCode = 1;
    process.stderr.write(`catpool: cannot write standard output: ${error.message}\n`);
  };

  write(text: string): void {
    this.pending.push(text);
    this.length += text.length;
    if (this.length >= FLUSH_AT) this.flush();
  }

  /** Whether nobody sees what is written before the end. */
  get isHidden(): boolean {
    return this.part !== null;
  }

  /**
   * Has all that was written be where it goes: of a file on the disk, so that {@link end} only gives it its name.
   *
   * @returns false where standard output did not take it all
   * @throws UserError where the file cannot be written
   */
  async settle(): Promise<boolean> {
    this.flush();
    if (this.path === null) {
      // Errors of standard output are told after the write that they are of.
      if (!this.closed) await new Promise<void>((done) => process.stdout.write('', () => setImmediate(done)));
      return !this.closed;
    }
    try {
      if (this.part !== null) fsyncSync(this.file);
    } catch (error) {
      throw new UserError(`cannot write ${this.path}: ${(error as Error).message}`);
    }
    return true;
  }

  /** Ends the output; a file takes its name now. @throws UserError where it cannot: there is no file then */
  end(): void {
    this.flush();
    if (this.path === null) return;
    try {
      closeSync(this.file);
      if (this.part !== null) renameSync(this.part, this.path);
    } catch (error) {
      if (this.part !== null) rmSync(this.part, { force: true });
      throw new UserError(`cannot write ${this.path}: ${(error as Error).message}`);
    } finally {
      this.settled();
    }
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
    const text = this.pending.join('');
    this.pending = [];
    this.length = 0;
    if (this.path === null) {
      process.stdout.write(text);
      return;
    }
    try {
      const bytes = Buffer.from(text, 'utf8');
      for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done);
    } catch (error) {
      throw new UserError(`cannot write ${this.path}: ${(error as Error).message}`);
    }
  }
}

/**
 * Has writes to a pipe wait until the reader took them: by itself Node keeps what a full pipe does not take, all of it where whoever
 * writes never lets go. Files and terminals wait already.
 */
function waitForReader(): void {
  const { _handle } = process.stdout as { _handle?: { setBlocking?: (on: boolean) => void } };
  _handle?.setBlocking?.(true);
}
