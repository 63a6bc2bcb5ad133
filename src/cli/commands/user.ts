import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import Table from 'cli-table3';
import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { NAME, PASSWORD, SHORT } from '../../review/server/api/common.ts';
import { hashPassword } from '../../review/server/password.ts';
import { People } from '../../store/cases/people.ts';
import { ROLES, type Role } from '../../store/cases/workflow.ts';
import { cliActor, type DeskArguments, deskOptions, withDesk } from '../desk.ts';
import { say } from '../report.ts';

interface Arguments extends DeskArguments {
  action: 'add' | 'list' | 'disable' | 'enable' | 'reset';
  name?: string | undefined;
  role: Role;
  display?: string | undefined;
  withoutPassword: boolean;
}

export const userCommand: CommandModule<object, Arguments> = {
  command: 'user <action> [name]',
  describe: "The desk's users",
  builder: (yargs) =>
    deskOptions(yargs)
      .positional('action', {
        describe: 'add; list; disable and enable; reset gives a new password',
        choices: ['add', 'list', 'disable', 'enable', 'reset'] as const,
        demandOption: true,
      })
      .positional('name', { describe: 'Name of the user', type: 'string' })
      .option('role', {
        describe: 'What a new user may do',
        choices: ROLES,
        default: 'viewer' as const,
        group: 'User:',
      })
      .option('display', { describe: 'Name that others read', type: 'string', group: 'User:' })
      .option('without-password', {
        describe: 'Comes in through a trusted proxy alone',
        type: 'boolean',
        default: false,
        group: 'User:',
      })
      .example('$0 user add wang --role approver --desk lake-desk', 'asks for the password, or reads it from a pipe')
      .example('$0 user list --store lake', 'who there is') as never,
  handler: user,
};

async function user(args: Arguments): Promise<void> {
  if (args.action === 'list') {
    await withDesk(args, false, (database) => list(new People(database)));
    return;
  }
  const name = checked(NAME, args.name ?? '', 'the name');
  await withDesk(args, args.action === 'add', async (database) => {
    const people = new People(database);
    const known = people.byName(name);
    if (args.action === 'add') {
      const display = checked(SHORT, args.display ?? name, '--display');
      if (known !== null) throw new UserError(`there is a user ${name} already`);
      const password = args.withoutPassword ? null : await hashPassword(await askPassword());
      people.add(cliActor(), { name, display, role: args.role, password });
      say(`${name} is ${args.role} now`);
      return;
    }
    if (known === null) throw new UserError(`there is no user ${name}; user list names them`);
    if (args.action === 'reset') {
      const password = await hashPassword(await askPassword());
      people.change(cliActor(), known.id, { password });
      people.unlock(name);
      say(`${name} has a new password, and was signed out everywhere`);
      return;
    }
    people.change(cliActor(), known.id, { disabled: args.action === 'disable' });
    say(`${name} is ${args.action}d`);
  });
}

function list(people: People): void {
  const table = new Table({ head: ['name', 'display', 'role', 'state', 'since'], style: { head: [], border: [] } });
  for (const { name, display, role, disabled, created } of people.list())
    table.push([name, display, role, disabled ? 'disabled' : 'active', new Date(created).toISOString().slice(0, 10)]);
  process.stdout.write(`${table.toString()}\n`);
}

function checked(schema: typeof NAME | typeof SHORT | typeof PASSWORD, text: string, what: string): string {
  const found = schema.safeParse(text);
  if (!found.success) throw new UserError(`${what}: ${found.error.issues[0]!.message}`);
  return found.data;
}

/** Asks twice on a terminal, without showing it; else reads the first line of standard input. */
async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return checked(PASSWORD, await readLine(null), 'the password');
  const first = checked(PASSWORD, await readLine('Password: '), 'the password');
  if ((await readLine('Again: ')) !== first) throw new UserError('the two differ');
  return first;
}

function readLine(prompt: string | null): Promise<string> {
  if (prompt !== null) process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: prompt !== null });
  return new Promise((resolve) => {
    let line = '';
    reader.once('line', (text) => {
      line = text;
      reader.close();
    });
    reader.once('close', () => {
      if (prompt !== null) process.stderr.write('\n');
      resolve(line);
    });
  });
}
