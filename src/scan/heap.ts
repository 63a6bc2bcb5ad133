import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Garbage may grow to this share of what is alive, percent: where a store is gone through, which holds much for long, and while captures
 * are decoded, where little is alive and much is made.
 */
export const OF_STORES = 40;
export const OF_CAPTURES = 80;

let collectGarbage: (() => void) | null = null;

/**
 * Clears this thread's garbage, and holds what comes from now on to the size of what is alive. By itself V8 first looks at a quarter of
 * a gigabyte, then at up to four times what is alive: a scan would hold several times the memory that it needs. To be called when
 * little is alive: the size found sets when V8 looks next.
 *
 * @param growth percent, of all threads of the process; a thread leaves it as it is
 */
export function boundGarbage(growth?: number): void {
  if (growth !== undefined) setFlagsFromString(`--heap-growing-percent=${growth}`);
  if (collectGarbage === null) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}
