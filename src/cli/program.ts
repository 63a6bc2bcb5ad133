import pc from 'picocolors';
import yargs, { type CommandModule } from 'yargs';
import { UserError } from '../base/errors.ts';
import { asTyped, checked, withWords } from './arguments.ts';
import { completionCommand } from './commands/completion.ts';
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

/** What completion scripts ask with, as yargs has it; the words after it are no command line. */
const COMPLETE = '--get-yargs-completions';

/** Known errors are one line and exit code 1; anything else is a fault of ours and shows where it happened. */
function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof UserError) process.stderr.write(`${pc.red('catpool:')} ${error.message}\n`);
  else
    process.stderr.write(
      `${pc.red('catpool: internal error')} ${error instanceof Error ? error.stack : String(error)}\n`,
    );
}

/** Every command, in the order of the help. */
export const COMMANDS = [
  scanCommand,
  messagesCommand,
  eventsCommand,
  featuresCommand,
  explainCommand,
  importCommand,
  trainCommand,
  evaluateCommand,
  simulateCommand,
  watchCommand,
  doctorCommand,
  reviewCommand,
  exportCommand,
  userCommand,
  completionCommand,
] as readonly CommandModule[];

/** Runs one command line: prints, and sets the exit code of the process. */
export async function run(args: readonly string[], commands = COMMANDS): Promise<void> {
  const cli = yargs(args[0] === COMPLETE ? [...args] : withWords(args))
    .scriptName('catpool')
    .usage('$0 <command>\n\nFinds SIM-box / GOIP gateways (cat pools) in signalling captures.')
    .command([...commands])
    .demandCommand(1, 'Which command? See catpool --help.')
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'strip-aliased': true, 'dot-notation': false })
    .wrap(Math.min(120, process.stdout.columns ?? 120))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(asTyped(message));
    });

  try {
    await checked(cli, args).parseAsync();
  } catch (error) {
    fail(error);
  }
}
