import { say } from './report.ts';

/** Signals that end a command, with their numbers: the exit code is 128 and more, as a shell has it. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Ends the process in one line when it is told to, unless a command ends by itself then; temporary files go with it. */
export function endOnSignals(): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      say(`catpool: ended by ${signal}`);
      process.exit(128 + number);
    });
  }
}

/** A reader that has gone, as of `| head`, is no error: what it took was enough. */
export function endWithReader(): void {
  process.stdout.on('error', end);
  process.stderr.on('error', end);
}

function end(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
}
