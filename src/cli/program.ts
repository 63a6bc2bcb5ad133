import pc from 'picocolors';
import yargs, { type CommandModule } from 'yargs';
import { UserError } from '../base/errors.ts';
import { checked, saidOf, withWords } from './arguments.ts';
import { commandsFor } from './commands.ts';
import { forgetWaiting, sayWaiting } from './report.ts';

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

/** Runs one command line: prints, and sets the exit code of the process. @param given commands to choose from; left out: all there are */
export async function run(args: readonly string[], given?: readonly CommandModule[]): Promise<void> {
  const commands = given ?? (await commandsFor(args[0]));
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
      throw error ?? new UserError(saidOf(message, args));
    });

  try {
    await checked(cli, args).parseAsync();
    sayWaiting();
  } catch (error) {
    forgetWaiting();
    fail(error);
  }
}
