import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { appendDurably, type DiskCalls, systemWords } from './files.ts';
import type { Entry } from './queue.ts';

/** The list is set aside as `dead.jsonl.1`, in place of the one before, when it is this large, bytes. */
const LARGEST = 16 * 1024 * 1024;

/**
 * What a sink will never have, for the operator to see to: `dead.jsonl`, one JSON record a line:
 * `{"schema":"catpool.dead/1","time":...,"sink":...,"why":...,"entry":{...}}`. The entry is as it was taken, its numbers whole.
 */
export class DeadList {
  private readonly path: string;
  private readonly calls: DiskCalls;

  constructor(path: string, calls: DiskCalls) {
    this.path = path;
    this.calls = calls;
  }

  /** @param time ISO 8601 UTC; @throws UserError where it could not be written */
  add(time: string, sink: string, why: string, entry: Entry): void {
    try {
      if (existsSync(this.path) && statSync(this.path).size > LARGEST) renameSync(this.path, `${this.path}.1`);
      const file = openSync(this.path, 'a', 0o600);
      try {
        const line = `${JSON.stringify({ schema: 'catpool.dead/1', time, sink, why, entry })}\n`;
        appendDurably(file, Buffer.from(line), this.calls, () => undefined);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new UserError(`cannot write ${this.path}: ${systemWords(error)}`);
    }
  }
}
