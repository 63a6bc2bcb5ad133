import { statSync } from 'node:fs';

/** Bytes on disk of the files named, for a progress bar; folders and pipes count nothing. */
export function totalBytes(paths: readonly string[]): number {
  let sum = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) sum += stat.size;
  }
  return sum;
}
