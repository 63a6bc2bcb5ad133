import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Runs a script of this folder in as many processes as there are processors: each is told which runs are its own. */
export async function inProcesses(script: string, args: readonly string[], runs: number): Promise<void> {
  const step = availableParallelism();
  await Promise.all(
    Array.from({ length: step }, (_, first) => {
      const path = fileURLToPath(new URL(script, import.meta.url));
      const child = fork(path, [...args, first, step, runs].map(String), { execArgv: process.execArgv });
      return new Promise<void>((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}`))));
      });
    }),
  );
}
