import { UserError } from '../../base/errors.ts';

/** Why the desk did not do what it was asked: no such thing, not allowed, overtaken by another, against a rule, badly put, not yet. */
export type RefusalCode = 'not_found' | 'forbidden' | 'conflict' | 'refused' | 'invalid' | 'reading';

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
