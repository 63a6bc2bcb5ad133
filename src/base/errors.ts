/** An error the user can act on: shown as one line, without a stack, with exit code 1. */
export class UserError extends Error {
  override name = 'UserError';
}
