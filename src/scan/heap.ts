import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Garbage may grow to this share of what is alive, percent. */
const GROWTH = 100;

let told = false;

/**
 * Holds this thread's garbage to the size of what is alive. By itself V8 first looks at a quarter of a gigabyte, then at up to four
 * times what is alive: a scan would hold several times the memory that it needs. Costs some hundredths of the time.
 */
export function boundGarbage(): void {
  if (told) return;
  told = true;
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  // The first collection, while there is little to look at, sets the size at which the next one comes.
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
