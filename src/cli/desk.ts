import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Argv } from 'yargs';
import { UserError } from '../base/errors.ts';
import { type Database, openDatabase } from '../store/cases/database.ts';

export interface DeskArguments {
  store?: string | undefined;
  desk?: string | undefined;
}

/** `--desk` and `--store`, of commands beside the desk. */
export function deskOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('desk', {
      describe: 'Folder of the desk',
      type: 'string',
      defaultDescription: 'beside the store: STORE-desk',
      group: 'Input:',
    })
    .option('store', { describe: 'Store of the desk', type: 'string', group: 'Input:' });
}

/** Folder of the desk: the one named, or that beside the store. */
export function deskFolder({ store, desk }: DeskArguments): string {
  if (desk !== undefined) return desk;
  if (store === undefined) throw new UserError('name the desk with --desk, or its store with --store');
  return `${store.replace(/\/+$/, '')}-desk`;
}

/** Opens the database of a desk, also while the desk runs. @param create makes it where there is none */
export async function withDesk<T>(
  args: DeskArguments,
  create: boolean,
  use: (database: Database) => T | Promise<T>,
): Promise<T> {
  const folder = deskFolder(args);
  if (!create && !existsSync(folder)) throw new UserError(`${folder}: no desk; review makes one`);
  const database = await openDatabase(folder, Date.now);
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

/** Whoever types, as the audit log names him. */
export function cliActor(): string {
  return `cli:${userInfo().username}`;
}
