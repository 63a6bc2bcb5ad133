import { UserError } from '../../base/errors.ts';

/** Why the desk did not do what it was asked: no such thing, not allowed, overtaken by another, against a rule, badly put, not yet, no room. */
export type RefusalCode = 'not_found' | 'forbidden' | 'conflict' | 'refused' | 'invalid' | 'reading' | 'disk';

/** What the desk will not do, with why; nothing was changed. */
export class Refusal extends UserError {
  override name = 'Refusal';
  readonly code: RefusalCode;
  /** For programs: what changed meanwhile, which rule, where in a query. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: RefusalCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What is said of a disk that takes no more. Which one is for the log: whoever has not signed in has no business with folders. */
export function diskRefusal(): Refusal {
  return new Refusal('disk', 'a disk is full, read-only or failing: it was not done; try again when that is over');
}
