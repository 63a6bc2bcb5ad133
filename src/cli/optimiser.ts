import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs through between two looks at whether it is worth optimising: twice as many as V8 takes. */
const BETWEEN_LOOKS = 2 * 67_584;
/** Bytes of bytecode that others add to a function that is optimised, at most: half of what V8 takes. */
const INLINED = 460;

/**
 * Has V8 optimise later, and less at a time, in all threads. By itself it optimises functions that have run for a fraction of the time
 * that this takes, hundreds of which are hardly needed again, each together with much of what it calls; of a scan of some hundred MB
 * that was a quarter of all time, in each thread anew. Still later, and code that is not optimised takes what is saved.
 */
export function optimiseLater(): void {
  setFlagsFromString(`--interrupt-budget=${BETWEEN_LOOKS}`);
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED}`);
}
