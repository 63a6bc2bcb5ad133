import { rmSync } from 'node:fs';

/** Files and folders that are gone when their work is done, or when the process ends before that. */
const paths = new Set<string>();

/**
 * Has a file or folder removed when the process ends in any way but a kill.
 *
 * @returns to be called when it is no longer temporary: it was removed, or has its name
 */
export function temporary(path: string): () => void {
  if (paths.size === 0) process.on('exit', removeAll);
  paths.add(path);
  return () => {
    paths.delete(path);
    if (paths.size === 0) process.off('exit', removeAll);
  };
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process ends: nobody could do anything about it.
    }
  }
}
