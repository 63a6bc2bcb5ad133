import { Worker } from 'node:worker_threads';

/**
 * Starts a module of the program as a thread. In development and tests the module is TypeScript, which a thread of Node 20 does not load
 * by itself.
 *
 * @param module address of the module's TypeScript, as `new URL('./worker.ts', import.meta.url)`
 * @param workerData what the thread is told once
 * @param young MB that V8 may take for what was just made; it takes 48 by itself
 */
export function startThread(module: URL, workerData: unknown, young?: number): Worker {
  const options = {
    workerData,
    ...(young === undefined ? {} : { resourceLimits: { maxYoungGenerationSizeMb: young } }),
  };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(module.href.replace(/\.ts$/, '.js')), options);
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module)}); });`;
  return new Worker(load, { ...options, eval: true });
}
