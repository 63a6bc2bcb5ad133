/** An error the user can act on: shown as one line, without a stack, with exit code 1. */
export class UserError extends Error {
  override name = 'UserError';
}

/** Why a file could not be read, in words; what a parser says, its first line. */
export function troubleOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return 'a folder, not a file';
  return SYSTEM_WORDS.get(code ?? '') ?? message.split('\n')[0]!;
}

/** Writes to a path. @throws UserError, one line, where that cannot be: a full disk, a missing right */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UserError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** What the system says of a path, by its code. */
export const SYSTEM_WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'no such file or folder'],
  ['EACCES', 'permission to read it is denied'],
  ['EPERM', 'permission to read it is denied'],
]);
