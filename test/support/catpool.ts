import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './sources.ts';

/** What one run of the command gave. */
interface CatpoolRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command from its sources, as a user would, in a process of its own. */
function catpool(arguments_: readonly string[], options: { input?: Buffer; cwd?: string } = {}): CatpoolRun {
  const run = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts'), ...arguments_],
    {
      cwd: options.cwd ?? root,
      ...(options.input ? { input: options.input } : {}),
      encoding: 'utf8',
      maxBuffer: 1024 * 1024 * 1024,
      timeout: 120_000,
    },
  );
  if (run.error) throw run.error;
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** Records of a command that ends well, one a line of its output. */
export function catpoolRecords(arguments_: readonly string[]): Record<string, unknown>[] {
  const run = catpool([...arguments_, '--format', 'ndjson']);
  if (run.status !== 0) throw new Error(`catpool ${arguments_.join(' ')} ended with ${run.status}: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
