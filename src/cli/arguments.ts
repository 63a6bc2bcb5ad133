import type { Argv } from 'yargs';
import { UserError } from '../base/errors.ts';

/** Stands before a word that is no option while yargs reads it, which drops a lone `-` and what comes after `--`. No argument holds a NUL. */
const WORD = '\0';

/** What yargs knows of the options of the command that was given. */
interface Known {
  array: readonly string[];
  boolean: readonly string[];
  key: Readonly<Record<string, unknown>>;
  alias: Readonly<Record<string, readonly string[]>>;
}

/** Arguments as yargs is to read them. */
export function withWords(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  return [...before.map((arg) => (arg === '-' ? WORD + arg : arg)), ...after.map((arg) => WORD + arg)];
}

/**
 * What yargs says of a command line, in one line, with options as they are typed; an unknown one it names once more in camel case, and
 * of a wrong choice it says in two lines what is no option and what is one.
 */
export function saidOf(message: string, args: readonly string[]): string {
  return asTyped(message)
    .replace(
      /^Invalid values:\n {2}Argument: (.*?), Given: (.*?), Choices: ("[^\n]*").*$/s,
      (_, name: string, given: string, choices: string) =>
        `${isOption(name, args) ? '--' : ''}${name}: expected ${oneOf(unquoted(choices))}, got ${unquoted(given) || 'nothing'}`,
    )
    .replace(
      /^Missing required arguments?: (.*)$/m,
      (_, names: string) => `--${names.split(', ').join(', --')}: is needed`,
    )
    .replace(/^Unknown arguments?: (.*)$/m, (_, names: string) => {
      const all = names.split(', ');
      const once = all.filter((name) => !all.some((other) => other !== name && camelCase(other) === name));
      return `Unknown argument${once.length > 1 ? 's' : ''}: ${once.join(', ')}`;
    });
}

function isOption(name: string, args: readonly string[]): boolean {
  return args.some((arg) => [name, camelCase(name)].some((known) => `${arg}=`.startsWith(`--${known}=`)));
}

/** Of `"a", "b"`: `a, b`. */
function unquoted(values: string): string {
  return values.slice(1, -1).replaceAll('", "', ', ');
}

/** Of `a, b, c`: `a, b or c`. */
function oneOf(choices: string): string {
  return choices.replace(/, (?!.*, )/, ' or ');
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A text as it was typed. */
function asTyped(text: string): string {
  return text.replaceAll(WORD, '');
}

/** Checks what yargs lets pass, and gives each command its words as they were typed. */
export function checked<T>(cli: Argv<T>, args: readonly string[]): Argv<T> {
  return cli
    .check((given) => {
      const known = (cli as unknown as { getOptions(): Known }).getOptions();
      checkOptions(args, known);
      for (const [name, value] of Object.entries(given)) {
        if (Number.isNaN(value)) throw new UserError(`--${name}: expected a number`);
      }
      return true;
    })
    .middleware((given) => {
      for (const [name, value] of Object.entries(given)) {
        if (typeof value === 'string') Object.assign(given, { [name]: asTyped(value) });
        else if (Array.isArray(value))
          Object.assign(given, { [name]: value.map((one) => (typeof one === 'string' ? asTyped(one) : one)) });
      }
    });
}

/** @throws UserError where an option that is no list is given twice, or one that needs a value has none */
function checkOptions(args: readonly string[], known: Known): void {
  const seen = new Set<string>();
  for (const [at, arg] of args.entries()) {
    if (arg === '--') return;
    const match = /^--?([A-Za-z][^=]*)(=.*)?$/s.exec(arg);
    if (match === null) continue;
    const [, typed, value] = match as unknown as [string, string, string | undefined];
    const name = nameOf(typed, known);
    if (name === null) continue;
    const isBoolean = known.boolean.includes(name);
    const next = value === undefined ? args[at + 1] : value.slice(1);
    if (!isBoolean && (next === undefined || next === '' || (value === undefined && OPTION.test(next))))
      throw new UserError(`--${name}: expected a value`);
    if (seen.has(name) && !known.array.includes(name)) throw new UserError(`--${name}: given twice`);
    seen.add(name);
  }
}

/** An argument that is no value of the option before it: a negative number is one, and so is a lone dash. */
const OPTION = /^-(?!\d)./;

/** Full name of an option as it was typed: short, in camel case, or with `no-` before it; null where there is none. */
function nameOf(typed: string, { key, alias, boolean }: Known): string | null {
  const kebab = typed.length === 1 ? typed : typed.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const plain = kebab.startsWith('no-') && boolean.includes(kebab.slice(3)) ? kebab.slice(3) : kebab;
  if (!(plain in key)) return null;
  // `o` stands among the aliases of `output`.
  return Object.keys(alias).find((name) => alias[name]!.includes(plain)) ?? plain;
}
