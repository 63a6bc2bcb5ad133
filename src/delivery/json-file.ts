import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { appendDurably, type DiskCalls, privateFolder, systemWords } from './files.ts';
import { failed, type Message, type Outcome, SENT, type Sink } from './sink.ts';

/** Messages written at a time. */
const BATCH = 500;
const LINE_FEED = 0x0a;

/**
 * Appends each message as a line of JSON, and waits until it is on the disk. The file is made for this user alone. When it is
 * renamed or removed, as logs are rotated, the next lines go to a new one under its name.
 */
export function jsonFile(path: string, calls: DiskCalls): Sink {
  let file: number | null = null;
  /** Its end may be the beginning of a line. */
  let torn = false;

  const close = () => {
    if (file !== null) closeSync(file);
    file = null;
  };
  const open = () => {
    if (file !== null && isNow(path, file)) return file;
    close();
    privateParent(path);
    file = openSync(path, 'a+', 0o600);
    torn = !endsWhole(file);
    return file;
  };
  const send = (messages: readonly Message[]): Outcome => {
    try {
      const to = open();
      const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
      appendDurably(to, Buffer.from(torn ? `\n${lines}` : lines), calls, close);
      torn = false;
      return SENT;
    } catch (error) {
      return failed(`cannot write ${path}: ${systemWords(error)}`);
    }
  };
  return { batch: BATCH, send: async (messages) => send(messages) };
}

/** Makes the folder where it is not there; one that is stays as it is. */
function privateParent(path: string): void {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) privateFolder(folder);
}

/** Whether the open file is the one of that name. */
function isNow(path: string, file: number): boolean {
  const named = statSync(path, { throwIfNoEntry: false });
  const open = fstatSync(file);
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

function endsWhole(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === LINE_FEED;
}
