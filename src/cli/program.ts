import pc from 'picocolors';
import yargs from 'yargs';
import { UserError } from '../base/errors.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { featuresCommand } from './commands/features.ts';
import { importCommand } from './commands/import.ts';
import { messagesCommand } from './commands/messages.ts';
import { reviewCommand } from './commands/review.ts';
import { scanCommand } from './commands/scan.ts';
import { simulateCommand } from './commands/simulate.ts';
import { trainCommand } from './commands/train.ts';
import { userCommand } from './commands/user.ts';
import { watchCommand } from './commands/watch.ts';

/** Known errors are one line and exit code 1; anything else is a fault of ours and shows where it happened. */
function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof UserError) process.stderr.write(`${pc.red('catpool:')} ${error.message}\n`);
  else
    process.stderr.write(
      `${pc.red('catpool: internal error')} ${error instanceof Error ? error.stack : String(error)}\n`,
    );
}

/** Runs one command line: prints, and sets the exit code of the process. */
export async function run(args: readonly string[]): Promise<void> {
  const cli = yargs(args as string[])
    .scriptName('catpool')
    .usage('$0 <command>\n\nFinds SIM-box / GOIP gateways (cat pools) in signalling captures.')
    .command(scanCommand)
    .command(messagesCommand)
    .command(eventsCommand)
    .command(featuresCommand)
    .command(explainCommand)
    .command(importCommand)
    .command(trainCommand)
    .command(evaluateCommand)
    .command(simulateCommand)
    .command(watchCommand)
    .command(doctorCommand)
    .command(reviewCommand)
    .command(exportCommand)
    .command(userCommand)
    .completion('completion', 'Print a shell completion script')
    .demandCommand(1, 'Which command? See catpool --help.')
    .strict()
    .check((given) => {
      for (const [name, value] of Object.entries(given)) {
        if (Number.isNaN(value)) throw new UserError(`--${name}: expected a number`);
      }
      return true;
    })
    .recommendCommands()
    .parserConfiguration({ 'strip-aliased': true })
    .wrap(Math.min(120, process.stdout.columns ?? 120))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(message);
    });

  try {
    await cli.parseAsync();
  } catch (error) {
    fail(error);
  }
}
