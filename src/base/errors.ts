/** An error the user can act on: shown as one line, without a stack, with exit code 1. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Why a file could not be read, in words; what a parser says, its first line. */
export function troubleOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS.get(code ?? '') ?? message.split('\n')[0]!;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'a folder, not a file'],
  ['EACCES', 'permission to read it is denied'],
  ['EPERM', 'permission to read it is denied'],
]);
