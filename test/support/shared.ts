import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Absolute path of the folder that holds `captures/`: CATPOOL_SHARED (from the repository root), else `../shared`. */
export const sharedDir = resolve(root, process.env.CATPOOL_SHARED || '../shared');

/** Files beside the captures that describe them. */
const NOT_CAPTURES = /\.(md|jsonl|dat)$/;

/** Absolute path of one real capture, for instance `sharedCapture('sip', 'kamailio+x', 'call.pcap')`. Throws where it is missing. */
export function sharedCapture(...parts: string[]): string {
  const path = join(sharedDir, 'captures', ...parts);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`no capture ${path}: set CATPOOL_SHARED`);
  return path;
}

/** Absolute paths of all real captures of a family, sorted. Throws where there are none, so that no test passes on nothing. */
export function sharedCaptures(family: 'sip' | 'ss7' | 'lte' | 'formats'): string[] {
  const files = filesUnder(join(sharedDir, 'captures', family)).filter((path) => !NOT_CAPTURES.test(path));
  if (files.length === 0) throw new Error(`no captures in ${join(sharedDir, 'captures', family)}: set CATPOOL_SHARED`);
  return files;
}

/** The messages of RFC 4475 by name (`wsinv`, `badinv01`, ...), as absolute paths. */
export function tortureMessages(): Map<string, string> {
  const files = filesUnder(join(sharedDir, 'captures', 'torture')).filter((path) => path.endsWith('.dat'));
  if (files.length !== 49)
    throw new Error(`${files.length} of 49 torture messages in ${sharedDir}: set CATPOOL_SHARED`);
  return new Map(files.map((path) => [path.replace(/^.*\/(.*)\.dat$/, '$1'), path]));
}

function filesUnder(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
