import { vi } from 'vitest';
import { run } from '../../src/cli/program.ts';

/** What one command line gave, run in this process. */
export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, with its output caught. */
export async function cli(...args: string[]): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...more: unknown[]) => {
    stdout += String(text);
    const done = more.at(-1);
    if (typeof done === 'function') done();
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const log = vi.spyOn(console, 'log').mockImplementation((text) => {
    stdout += `${String(text)}\n`;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await run(args);
    return { code: Number(process.exitCode ?? 0), stdout, stderr };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
    log.mockRestore();
  }
}

/** Records of NDJSON text. */
export function records(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
