import { readFileSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { diskCalls, replaceFile, systemWords } from '../delivery/files.ts';
import { journalLine, readJournalLine } from '../delivery/journal.ts';
import { type FeedMemory, NO_MEMORY } from './checks.ts';
import { type Marks, NO_MARKS } from './score.ts';

/** Of the form of the file. One of a newer version is refused. */
const VERSION = 1;

/** What a probe remembers besides its ledger: what is lost is found out again. */
export interface ProbeState {
  version: number;
  /** When the last scoring began, milliseconds since the epoch; null where there was none. */
  scored: number | null;
  marks: Marks;
  memory: FeedMemory;
}

/** Reads the state; a new one where there is none, or it is damaged. @throws UserError where it is of a newer version */
export function readState(path: string): { state: ProbeState; damaged: boolean } {
  const fresh: ProbeState = { version: VERSION, scored: null, marks: NO_MARKS, memory: NO_MEMORY };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: fresh, damaged: false };
    throw new UserError(`${path}: cannot be read: ${systemWords(error)}`);
  }
  const state = readJournalLine(text.trimEnd()) as ProbeState | undefined;
  if (state === undefined) return { state: fresh, damaged: true };
  if (state.version > VERSION)
    throw new UserError(
      `${path}: written by a newer catpool (version ${state.version}; this one knows ${VERSION}): update catpool`,
    );
  return { state, damaged: false };
}

/** @throws UserError where it cannot be written; the one before is still there */
export function writeState(path: string, state: ProbeState): void {
  replaceFile(path, journalLine(state), true, diskCalls);
}
