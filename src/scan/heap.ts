import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Garbage may grow to this share of what is alive, percent. */
const GROWTH = 40;

let collectGarbage: (() => void) | null = null;

/**
 * Clears this thread's garbage, and holds what comes from now on to the size of what is alive. By itself V8 first looks at a quarter of
 * a gigabyte, then at up to four times what is alive: a scan would hold several times the memory that it needs. To be called when
 * little is alive: the size found sets when V8 looks next.
 */
export function boundGarbage(): void {
  if (collectGarbage === null) {
    setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}
