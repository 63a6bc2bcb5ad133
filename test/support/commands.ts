import type { Argv, CommandModule } from 'yargs';
import yargs from 'yargs';
import { commandsFor } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/program.ts';

/** Every command. */
export const COMMANDS = await commandsFor();

type Given = Record<string, unknown>;

/** What a command line was read as, by commands that do nothing; undefined where it was refused. */
export async function parsed(...args: string[]): Promise<Given | undefined> {
  const given: Given[] = [];
  await run(
    args,
    COMMANDS.map((command) => idle(command, given)),
  );
  return given[0];
}

/** A command with those below it, none of which does anything but say what it was given. */
function idle(command: CommandModule, given: Given[]): CommandModule {
  return {
    ...command,
    builder: (argv: Argv) => {
      const add = argv.command.bind(argv) as (below: CommandModule) => Argv;
      argv.command = ((below: CommandModule) => add(idle(below, given))) as typeof argv.command;
      return build(command, argv);
    },
    handler: (args) => void given.push(args as Given),
  };
}

function build(command: CommandModule, argv: Argv): Argv {
  return (command.builder as (argv: Argv) => Argv)(argv);
}

/** What a command says of itself. */
interface Told {
  /** With those above it: `import cdr`. */
  name: string;
  /** As the help has them, `$0` first or after a pipe. */
  examples: string[];
  positionals: string[];
  /** As yargs keeps them. */
  options: Record<'array' | 'boolean' | 'number', readonly string[]> & {
    key: Readonly<Record<string, unknown>>;
    choices: Readonly<Record<string, readonly string[]>>;
  };
}

/** Every command and those below it, in the order of the help. */
export function toldCommands(): Told[] {
  return COMMANDS.flatMap((command) => toldBy(command, ''));
}

function toldBy(command: CommandModule, above: string): Told[] {
  const argv = yargs([]);
  const name = `${above}${String(command.command).split(' ')[0]}`;
  const below: CommandModule[] = [];
  const examples: string[] = [];
  const positionals: string[] = [];
  const positional = argv.positional.bind(argv);
  Object.assign(argv, {
    command: (one: CommandModule) => {
      below.push(one);
      return argv;
    },
    example: (example: string) => {
      examples.push(example);
      return argv;
    },
    positional: (key: string, options: object) => {
      positionals.push(key);
      return positional(key, options);
    },
  });
  build(command, argv);
  const options = (argv as unknown as { getOptions(): Told['options'] }).getOptions();
  return [{ name, examples, positionals, options }, ...below.flatMap((one) => toldBy(one, `${name} `))];
}
