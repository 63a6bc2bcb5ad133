import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { type DiskCalls, replaceFile } from './files.ts';
import { journalLine, readJournalLine } from './journal.ts';

/** Of the form of the files in an outbox. One of a newer form is refused. */
const VERSION = 1;
const KEY_BYTES = 32;

/** How far one sink has come. */
export interface SinkProgress {
  /** Everything up to this sequence is done with. */
  after: number;
  /** Items it has. */
  sent: number;
  /** Items that the receiver will not take, however often it is asked. */
  dead: number;
  /** Items that were the oldest when the queue was full. */
  dropped: number;
}

/** Of a sink that gets what comes after a sequence. */
export function begun(after: number): SinkProgress {
  return { after, sent: 0, dead: 0, dropped: 0 };
}

/**
 * How far sinks had come, by their names; none where that was never written, or is damaged.
 *
 * @throws UserError where it was written by a newer version
 */
export function readProgress(folder: string): { sinks: Map<string, SinkProgress>; damaged: boolean } {
  const path = join(folder, 'progress.json');
  if (!existsSync(path)) return { sinks: new Map(), damaged: false };
  const value = readJournalLine(readFileSync(path, 'utf8').trimEnd()) as
    | { version: number; sinks: Record<string, SinkProgress> }
    | undefined;
  if (value === undefined) return { sinks: new Map(), damaged: true };
  if (value.version > VERSION) {
    throw new UserError(
      `${folder}: written by a newer catpool (outbox version ${value.version}; this one knows ${VERSION}): update catpool`,
    );
  }
  return { sinks: new Map(Object.entries(value.sinks)), damaged: false };
}

/** @param durable whether it is to be on the disk when this returns; @throws UserError where it cannot be written */
export function writeProgress(
  folder: string,
  sinks: ReadonlyMap<string, SinkProgress>,
  durable: boolean,
  calls: DiskCalls,
): void {
  const value = { version: VERSION, sinks: Object.fromEntries(sinks) };
  replaceFile(join(folder, 'progress.json'), journalLine(value), durable, calls);
}

/** The key of an outbox, 32 random bytes: made where there is none, or none that can be read. */
export function outboxKey(folder: string, calls: DiskCalls): Buffer {
  const path = join(folder, 'key');
  const known = existsSync(path) ? Buffer.from(readFileSync(path, 'latin1').trim(), 'hex') : null;
  if (known?.length === KEY_BYTES) return known;
  const key = randomBytes(KEY_BYTES);
  replaceFile(path, `${key.toString('hex')}\n`, true, calls);
  return key;
}
