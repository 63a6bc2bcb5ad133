import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts a module of the program as a process of its own, that is told by messages what to do and answers so. In development and tests
 * the module is TypeScript, as with threads.
 *
 * @param module address of the module's TypeScript, as `new URL('./work.ts', import.meta.url)`
 * @param environment of it; left out: that of this process
 */
export function startProcess(module: URL, environment: NodeJS.ProcessEnv = process.env): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  return fork(fileURLToPath(isSource ? module : module.href.replace(/\.ts$/, '.js')), {
    execArgv: isSource ? ['--import', import.meta.resolve('tsx')] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    env: environment,
  });
}
