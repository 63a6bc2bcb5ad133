import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { UserError } from '../base/errors.ts';

/** Options that name a file to write. */
const WRITTEN = ['output', 'stats'] as const;
/** A model may be trained on from itself. */
const NOT_READ: ReadonlySet<string> = new Set([...WRITTEN, 'o', '$0', 'model']);

/**
 * Whether the files that a command is to write can be written, before hours of reading: that they have a folder, and are none of those
 * that it reads.
 */
export function checkOutputs(args: Readonly<Record<string, unknown>>): true {
  if (args.format === 'parquet' && args.output === undefined)
    throw new UserError('--format parquet needs --output FILE');
  for (const name of WRITTEN) {
    const path = args[name];
    if (typeof path !== 'string') continue;
    const known = statSync(path, { throwIfNoEntry: false });
    if (known === undefined || known.isFile()) checkFolder(name, path);
    if (known?.isDirectory()) throw new UserError(`--${name} ${path}: is a folder`);
    if (known?.isFile()) for (const input of inputsOf(args)) refuseInput(name, path, known, input);
  }
  return true;
}

function checkFolder(name: string, path: string): void {
  const folder = dirname(path);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) throw new UserError(`--${name} ${path}: there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UserError(`--${name} ${path}: the folder ${folder} cannot be written to`);
  }
}

/** Whatever the command line names besides files to write. */
function* inputsOf(args: Readonly<Record<string, unknown>>): Generator<string> {
  for (const [name, value] of Object.entries(args)) {
    if (NOT_READ.has(name)) continue;
    for (const text of Array.isArray(value) ? value : [value]) if (typeof text === 'string' && text !== '') yield text;
  }
}

function refuseInput(name: string, path: string, written: Stats, input: string): void {
  const read = statSync(input, { throwIfNoEntry: false });
  const isInput =
    read !== undefined &&
    (read.isDirectory()
      ? realpathSync(path).startsWith(join(realpathSync(input), sep)) && isCaptureName(path)
      : read.dev === written.dev && read.ino === written.ino);
  if (isInput) throw new UserError(`--${name} ${path}: would be written over what is read; name another file`);
}

/** In a folder of captures results may lie beside these. */
function isCaptureName(path: string): boolean {
  return /\.(pcap|pcapng|cap|ntar|dmp)(\.gz|\.zst)?\d*$/i.test(path);
}
